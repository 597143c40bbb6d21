package exportapi

import (
	"slices"

	"innkeep.internal/shared/platform/document"
)

// picture is a chart that is drawn of a table: of one column, or of two against each other.
type picture struct {
	title   string
	form    document.Form
	columns []string // by their titles
}

// pictures are the charts of the tables that have some, by their names in JSON.
var pictures = map[string][]picture{
	"rows": {
		{"Received and spent", document.Pairs, []string{"Total received", "Total expenses"}},
		{"Closing cash", document.Columns, []string{"Closing"}},
	},
	"byPaymentMode": {{"Received by payment mode", document.Shares, []string{"Received"}}},
	"bySource":      {{"Received by source", document.Bars, []string{"Amount"}}},
	"byCategory":    {{"Spent by category", document.Bars, []string{"Amount"}}},
}

// mostLabels of each form that a chart is drawn for.
var mostLabels = map[document.Form]int{document.Pairs: 62, document.Columns: 366, document.Shares: 8, document.Bars: 12}

// charts are the charts of a table under its name in JSON; none where there is too little or too much
// to be seen.
func charts(name string, s document.Section) (drawn []document.Chart) {
	labelled := slices.IndexFunc(s.Columns, func(c document.Column) bool { return !c.Key && !c.Type.Right() })
	for _, p := range pictures[name] {
		c := document.Chart{Title: p.title, Form: p.form}
		var at []int
		for _, title := range p.columns {
			i := slices.IndexFunc(s.Columns, func(c document.Column) bool { return c.Title == title })
			if i < 0 {
				break
			}
			at = append(at, i)
			c.Type = s.Columns[i].Type
			c.Series = append(c.Series, document.Series{Name: title})
		}
		if labelled < 0 || len(at) < len(p.columns) || s.Columns[0].Title == "Of" {
			continue
		}
		for row, err := range s.Rows {
			if err != nil {
				return nil // the table says so itself
			}
			c.Labels = append(c.Labels, document.Shown(s.Columns[labelled].Type, row[labelled]))
			for k, i := range at {
				c.Series[k].Values = append(c.Series[k].Values, row[i].Number())
			}
		}
		if n := len(c.Labels); n > 1 && n <= mostLabels[p.form] {
			drawn = append(drawn, c)
		}
	}
	return drawn
}
