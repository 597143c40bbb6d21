package exportapi

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"

	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/platform/document"
)

// elements are what the field holds in all owners, each with its owner's labels.
func (f field) elements(owners []owner) (all []owner) {
	for _, o := range owners {
		got, ok := f.of(o.value)
		if !ok {
			continue
		}
		add := func(key string, v reflect.Value) {
			if v.Kind() == reflect.Pointer {
				v = v.Elem()
			}
			all = append(all, owner{value: v, labels: o.labels, key: key, currency: currencyOf(v, o.currency)})
		}
		switch f.shape {
		case single:
			add("", got)
		case list:
			for i := range got.Len() {
				add("", got.Index(i))
			}
		case keyed:
			for _, key := range slices.Sorted(maps.Keys(stringKeys(got))) {
				add(key, got.MapIndex(stringKeys(got)[key]))
			}
		}
	}
	return all
}

func stringKeys(m reflect.Value) map[string]reflect.Value {
	keys := make(map[string]reflect.Value, m.Len())
	for _, k := range m.MapKeys() {
		keys[k.String()] = k
	}
	return keys
}

// table makes the sections of a collection: one for each currency.
type table struct {
	*builder
	field  field
	title  string
	labels []string // titles of the columns that say whose a row is
	inner  reflect.Type
}

// add adds the sections of the elements, by currency.
func (t *table) add(elements []owner) error {
	inner := t.field.typ
	if t.field.shape != single {
		inner = inner.Elem()
	}
	if inner.Kind() == reflect.Pointer {
		inner = inner.Elem()
	}
	if inner.Kind() == reflect.Struct {
		t.inner = inner
	}
	groups := map[money.Currency][]owner{}
	for _, e := range elements {
		groups[e.currency] = append(groups[e.currency], e)
	}
	order := slices.Sorted(maps.Keys(groups))
	for _, c := range order {
		columns, err := t.columns(groups[c], c)
		if err != nil {
			return err
		}
		if len(columns) == 0 {
			continue
		}
		title := t.title
		if len(order) > 1 && c != "" {
			title += " in " + string(c)
		}
		t.doc.Sections = append(t.doc.Sections, section(title, t.field.name, columns, groups[c]))
	}
	return nil
}

// column is a column of a table and where its values come from.
type column struct {
	document.Column
	name string // in JSON
	of   func(owner) document.Value
}

func (t *table) columns(elements []owner, c money.Currency) (columns []column, err error) {
	for i, label := range t.labels {
		columns = append(columns, column{Column: document.Column{Title: label, Chars: 20}, of: func(o owner) document.Value { return document.Word(o.labels[i]) }})
	}
	if t.field.shape == keyed {
		columns = append(columns, column{Column: document.Column{Title: keyTitle(t.field.name), Chars: 24}, of: func(o owner) document.Value { return document.Word(o.key) }})
	}
	if t.inner == nil { // the elements are scalars
		f := field{name: t.field.name, typ: elements[0].value.Type()}
		kind := f.kind(c)
		title := "Value"
		if t.field.shape == list {
			title = t.field.label()
		}
		return append(columns, column{Column: document.Column{Title: title, Type: kind}, of: func(o owner) document.Value { return scalarValue(o.value, kind, false) }}), nil
	}
	own, err := structColumns(t.inner, c)
	if err != nil {
		return nil, err
	}
	own = slices.DeleteFunc(own, func(o column) bool {
		return o.optional() && !slices.ContainsFunc(elements, func(e owner) bool { return !o.of(e).Absent() })
	})
	if len(own) == 0 {
		return nil, nil
	}
	dates(own, elements)
	return append(columns, own...), nil
}

// dates makes a range that is the same for all of several elements, or for the only one, a matter of
// programs: it stands with the facts. A range of one date is that date.
func dates(columns []column, elements []owner) {
	from := slices.IndexFunc(columns, func(c column) bool { return c.Title == "From" && c.Type.Kind == document.Date })
	to := slices.IndexFunc(columns, func(c column) bool { return c.Title == "To" && c.Type.Kind == document.Date })
	if from < 0 || to < 0 || len(columns) < 4 {
		return
	}
	same, single := true, true
	for _, e := range elements {
		same = same && columns[from].of(e) == columns[from].of(elements[0]) && columns[to].of(e) == columns[to].of(elements[0])
		single = single && columns[from].of(e) == columns[to].of(e)
	}
	columns[to].Key = same || single
	switch {
	case same:
		columns[from].Key = true
	case single:
		columns[from].Title = "Date"
	}
}

// title is the collection's name in words; rows are called by what each is about.
func (f field) title(elements []owner) string {
	if f.name != "rows" || f.shape != list || elements[0].value.Kind() != reflect.Struct {
		return f.label()
	}
	for _, e := range elements {
		var ends [2]document.Value
		for _, x := range fieldsOf(e.value.Type()) {
			switch x.name {
			case "from":
				ends[0], _ = x.value(e.value, "")
			case "to":
				ends[1], _ = x.value(e.value, "")
			}
		}
		if ends[0] != ends[1] || ends[0].Absent() {
			return "By period"
		}
	}
	return "Day by day"
}

// optional says whether the column is left out where nobody has a value for it.
func (c column) optional() bool { return c.name != "" }

// structColumns are the columns of a struct's scalars, but for its currency, which stands beside them.
func structColumns(t reflect.Type, c money.Currency) (columns []column, err error) {
	for _, f := range fieldsOf(t) {
		if f.shape != scalar || f.name == "currency" && c != "" {
			continue
		}
		if f.isAmount() && c == "" {
			return nil, fmt.Errorf("%s is in no currency", f.name)
		}
		out := column{
			Column: document.Column{Title: f.label(), Type: f.kind(c), Sum: added[f.name], Key: keys[f.name], Chars: chars[f.name]},
			of:     func(o owner) document.Value { v, _ := f.value(o.value, c); return v },
		}
		if f.optional {
			out.name = f.name
		}
		columns = append(columns, out)
	}
	return columns, nil
}

// section is a table of elements that are there already.
func section(title, name string, columns []column, elements []owner) document.Section {
	s := tableOf(title, columns, func(yield func(owner, error) bool) {
		for _, e := range elements {
			if !yield(e, nil) {
				return
			}
		}
	})
	s.Repeatable = true
	s.Charts = charts(name, s)
	return s
}

func tableOf(title string, columns []column, elements iter.Seq2[owner, error]) document.Section {
	s := document.Section{Title: title, Rows: func(yield func(document.Row, error) bool) {
		row := make(document.Row, len(columns))
		for e, err := range elements {
			if err != nil {
				yield(nil, err)
				return
			}
			for i, c := range columns {
				row[i] = c.of(e)
			}
			if !yield(row, nil) {
				return
			}
		}
	}}
	for _, c := range columns {
		s.Columns = append(s.Columns, c.Column)
		if c.Sum {
			s.Total = "Total"
		}
	}
	return s
}

// Stream is a table of structs that come one after the other, once, with amounts in a currency.
func Stream[T any](title string, c money.Currency, rows iter.Seq2[T, error]) (document.Section, error) {
	columns, err := structColumns(reflect.TypeFor[T](), c)
	if err != nil {
		return document.Section{}, fmt.Errorf("exportapi: %s: %w", title, err)
	}
	return tableOf(title, columns, func(yield func(owner, error) bool) {
		for row, err := range rows {
			if !yield(owner{value: reflect.ValueOf(row), currency: c}, err) {
				return
			}
		}
	}), nil
}

// identity is what an element is called where others stand beside it.
func (t *table) identity(e owner) string {
	if e.key != "" {
		return e.key
	}
	for _, name := range []string{"name", "code", "currency"} {
		for _, f := range fieldsOf(t.inner) {
			if f.name != name {
				continue
			}
			if v, _ := f.value(e.value, ""); v.Text() != "" {
				return v.Text()
			}
		}
	}
	for _, f := range fieldsOf(t.inner) {
		if f.shape != scalar {
			continue
		}
		if v, kind := f.value(e.value, ""); !v.Absent() && (kind.Kind == document.Text || kind.Kind == document.Date) {
			return document.Shown(kind, v)
		}
	}
	return ""
}

// labelTitles are the titles of the columns that the owners' labels stand in.
func labelTitles(owners []owner) []string {
	if len(owners) == 0 {
		return nil
	}
	titles := []string{"Of", "Within", "And within"}
	return titles[:min(len(owners[0].labels), len(titles))]
}
