// Package exportapi makes documents of the views that the reports give as JSON: the same structs, so a
// figure is defined in one place whatever form it goes out in.
//
// It reads a view by the conventions of the API. A name that ends in Minor is an amount in the
// currency that stands beside it or above it, one in BasisPoints a percentage; lists and maps are
// tables, and what they hold within is a table with a column that says whose it is. Amounts of two
// currencies never stand in one column.
package exportapi

import (
	"fmt"
	"reflect"
	"slices"

	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/platform/document"
)

// New is the document of a view, a struct. First are facts that stand before the view's own.
func New(title, subtitle string, first []document.Fact, view any) (document.Document, error) {
	b := builder{doc: document.Document{Title: title, Subtitle: subtitle, Facts: slices.Clone(first)}}
	v := reflect.ValueOf(view)
	root := owner{value: v, currency: currencyOf(v, "")}
	b.scalars(root)
	fields := fieldsOf(v.Type())
	if alone, ok := only(root); ok {
		b.scalars(alone)
		b.doc.Facts = slices.DeleteFunc(b.doc.Facts, func(f document.Fact) bool { return f.Label == inWords("name") || f.Label == inWords("code") })
		b.cards(alone)
		if err := b.collections(fieldsOf(alone.value.Type()), []owner{alone}, ""); err != nil {
			return document.Document{}, err
		}
		fields = slices.DeleteFunc(slices.Clone(fields), func(f field) bool { return f.name == "properties" || f.name == "totals" })
	}
	b.cards(root)
	slices.SortStableFunc(b.doc.Facts[len(first):], func(x, y document.Fact) int { return rank(x.Label) - rank(y.Label) })
	fields = slices.Clone(fields)
	slices.SortStableFunc(fields, func(x, y field) int { // the whole before its parts
		return boolInt(y.name == "totals") - boolInt(x.name == "totals")
	})
	if err := b.collections(fields, []owner{root}, ""); err != nil {
		return document.Document{}, err
	}
	return b.doc, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// only is the one property of a report over properties: its figures are the report's, and those of
// the totals.
func only(root owner) (owner, bool) {
	for _, f := range fieldsOf(root.value.Type()) {
		if f.name == "properties" && f.shape == list && f.typ.Elem().Kind() == reflect.Struct {
			if all := f.elements([]owner{root}); len(all) == 1 {
				return all[0], true
			}
		}
	}
	return owner{}, false
}

type builder struct{ doc document.Document }

// owner is a struct of the view: what its columns are called by, and its currency.
type owner struct {
	value    reflect.Value
	labels   []string // by which its own collections tell it from the others
	key      string   // under which it stands in a map
	currency money.Currency
}

// currencyOf is the currency that a struct names, else the one above it.
func currencyOf(v reflect.Value, above money.Currency) money.Currency {
	for _, f := range fieldsOf(v.Type()) {
		if f.name != "currency" {
			continue
		}
		if own, ok := f.of(v); ok && own.Kind() == reflect.String && own.String() != "" {
			return money.Currency(own.String())
		}
	}
	return above
}

// scalars are the root's own values: texts as facts, numbers as tables of a line each.
func (b *builder) scalars(o owner) {
	tables := map[document.Kind]*document.Section{}
	var order []document.Kind
	rows := map[document.Kind][]document.Row{}
	for _, f := range fieldsOf(o.value.Type()) {
		if f.shape != scalar {
			continue
		}
		v, t := f.value(o.value, o.currency)
		if v.Absent() && f.optional {
			continue
		}
		if t.Kind == document.Text || t.Kind == document.Date || factual[f.name] {
			b.fact(f.label(), string(document.AppendPlain(nil, t, v)))
			continue
		}
		if tables[t.Kind] == nil {
			order = append(order, t.Kind)
			tables[t.Kind] = &document.Section{Title: figureTables[t.Kind], Columns: []document.Column{
				{Title: "Figure", Chars: 26}, {Title: "Value", Type: t}, {Title: "Meaning", Chars: 60},
			}}
		}
		rows[t.Kind] = append(rows[t.Kind], document.Row{document.Word(f.label()), v, document.Word(meaning(f.doc))})
	}
	for _, kind := range order {
		s := tables[kind]
		s.Rows, s.Repeatable = document.List(rows[kind]), true
		b.doc.Sections = append(b.doc.Sections, *s)
	}
}

// fact adds a fact that is not told already.
func (b *builder) fact(label, value string) {
	fact := document.Fact{Label: label, Value: value}
	if !slices.Contains(b.doc.Facts, fact) {
		b.doc.Facts = append(b.doc.Facts, fact)
	}
}

// figureTables are the titles of the tables of single figures, by what these are.
var figureTables = map[document.Kind]string{document.Amount: "Amounts", document.Integer: "Counts", document.Percent: "Percentages"}

// collections adds the tables of all that the owners hold, and then of what that holds.
func (b *builder) collections(fields []field, owners []owner, prefix string) error {
	for _, f := range fields {
		if f.shape == scalar || f.shape == other {
			continue
		}
		elements := f.elements(owners)
		if len(elements) == 0 {
			continue
		}
		title := f.title(elements)
		if prefix != "" {
			title = prefix + ": " + lower(title)
		}
		t := table{builder: b, field: f, title: title, labels: labelTitles(owners)}
		if err := t.add(elements); err != nil {
			return fmt.Errorf("exportapi: %s: %w", title, err)
		}
		if t.inner == nil {
			continue
		}
		for i := range elements {
			if len(elements) == 1 {
				break // the title names it
			}
			elements[i].labels = append(elements[i].labels[:len(elements[i].labels):len(elements[i].labels)], t.identity(elements[i]))
		}
		if err := b.collections(fieldsOf(t.inner), elements, title); err != nil {
			return err
		}
	}
	return nil
}
