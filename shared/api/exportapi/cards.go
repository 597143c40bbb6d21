package exportapi

import (
	"slices"

	"innkeep.internal/shared/platform/document"
)

// cardNames are the figures that stand on top of a report that has them, in this order.
var cardNames = []string{
	"closingMinor", "totalReceivedMinor", "totalExpensesMinor", "netCashFlowMinor", "profitMarginBasisPoints", "varianceMinor",
	"occupancyBasisPoints", "adrMinor", "revparMinor", "revParMinor",
}

// mostCards is how many key figures a report has.
const mostCards = 8

// cards are the key figures of an owner, and of the totals by currency that it has.
func (b *builder) cards(o owner) {
	sources := []owner{o}
	for _, f := range fieldsOf(o.value.Type()) {
		if f.name == "totals" && f.shape == list && len(b.doc.Figures) == 0 {
			sources = append(sources, f.elements(sources[:1])...)
		}
	}
	for _, s := range sources {
		own := figures(s)
		if len(b.doc.Figures)+len(own) > mostCards {
			return
		}
		b.doc.Figures = append(b.doc.Figures, own...)
	}
}

func figures(o owner) (own []document.Figure) {
	fields := fieldsOf(o.value.Type())
	for _, name := range cardNames {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name && f.shape == scalar })
		if i < 0 || fields[i].isAmount() && o.currency == "" {
			continue
		}
		if value, t := fields[i].value(o.value, o.currency); !value.Absent() {
			own = append(own, document.Figure{Label: fields[i].label(), Type: t, Value: value, Note: meaning(fields[i].doc)})
		}
	}
	return own
}
