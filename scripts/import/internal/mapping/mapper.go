package mapping

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"innkeep.internal/scripts/import/internal/innkeep"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
)

// Refusal says why a record is no posting. Code is one of missing_value, unknown_value,
// unknown_property, unknown_currency, bad_date, bad_amount, key_missing.
type Refusal struct{ Code, Reason string }

// Posting is a record as a posting: Line without its PropertyID, which only the server knows.
type Posting struct {
	PropertyCode string
	Line         innkeep.Line
}

// Mapper maps the records of one file. It counts the lines it has seen and is used by one goroutine.
type Mapper struct {
	mapping *Mapping
	columns map[string]int
	keys    keyer
	pieces  map[*Field][]piece
}

// Mapper is a mapper for a file with these columns; an error names every column that the mapping
// needs and the header lacks or has twice.
func (m *Mapping) Mapper(header []string) (*Mapper, error) {
	mapper := &Mapper{mapping: m, columns: map[string]int{}, pieces: map[*Field][]piece{}}
	for i, name := range header {
		mapper.columns[name] = i
	}
	var wrong []string
	for _, name := range m.used(mapper) {
		if n := count(header, name); n != 1 {
			wrong = append(wrong, fmt.Sprintf("%q stands there %d times", name, n))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("the file's header lacks what the mapping needs: %s; its columns are %s",
			strings.Join(wrong, ", "), strings.Join(header, ", "))
	}
	mapper.keys = keyer{prefix: m.Key.Prefix, column: -1, seen: map[lineHash]uint32{}}
	if m.Key.Column != "" {
		mapper.keys.column = mapper.columns[m.Key.Column]
	}
	return mapper, nil
}

// used is the columns that the mapping reads; it splits the templates on its way.
func (m *Mapping) used(mapper *Mapper) (columns []string) {
	f := m.Fields
	fields := []*Field{f.Property, f.BusinessDate, f.Amount, f.Currency, f.PaymentMode, f.Source, f.CategoryCode,
		f.Kind, f.Description, f.BankReference, f.VendorName}
	if f.ExternalRef != nil {
		fields = append(fields, f.ExternalRef.ID)
	}
	for i := range m.TaxLines {
		fields = append(fields, m.TaxLines[i].Amount)
	}
	columns = append(columns, m.Key.Column)
	for _, field := range fields {
		if field == nil {
			continue
		}
		columns = append(columns, field.Column)
		mapper.pieces[field], _ = splitTemplate(field.Template)
		for _, p := range mapper.pieces[field] {
			columns = append(columns, p.column)
		}
	}
	slices.Sort(columns)
	columns = slices.Compact(columns)
	return slices.DeleteFunc(columns, func(c string) bool { return c == "" })
}

func count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

// Map is the record as a posting. With a Refusal the posting holds what was read before it, so that
// the refusal can be counted with its property and month.
func (m *Mapper) Map(cells []string) (Posting, *Refusal) {
	r := &record{mapper: m, cells: cells}
	f := m.mapping.Fields
	var p Posting
	l := &p.Line
	l.Key = r.key()
	name := r.text("property", f.Property, true)
	property := r.property(name)
	p.PropertyCode = property.Code
	l.BusinessDate = r.date("businessDate", f.BusinessDate)
	currency := r.currency(f.Currency, property)
	l.Currency = string(currency)
	l.AmountMinor = r.amount("amount", f.Amount, currency)
	l.PaymentMode = r.text("paymentMode", f.PaymentMode, m.mapping.Kind != "movement")
	l.Source = r.text("source", f.Source, true)
	l.CategoryCode = r.text("categoryCode", f.CategoryCode, true)
	l.Kind = r.text("kind", f.Kind, true)
	l.Description = r.text("description", f.Description, false)
	l.BankReference = r.text("bankReference", f.BankReference, false)
	l.VendorName = r.text("vendorName", f.VendorName, false)
	if ref := f.ExternalRef; ref != nil {
		if id := r.text("externalRef.id", ref.ID, false); id != "" {
			l.ExternalRef = &innkeep.ExternalRef{System: ref.System, ID: id}
		}
	}
	for _, tax := range m.mapping.TaxLines {
		if r.text("taxLines "+tax.Code, tax.Amount, false) != "" {
			minor := r.amount("taxLines "+tax.Code, tax.Amount, currency)
			l.TaxLines = append(l.TaxLines, innkeep.TaxLine{Code: tax.Code, AmountMinor: minor})
		}
	}
	return p, r.refusal
}

// record is one record being mapped; the first refusal stands.
type record struct {
	mapper  *Mapper
	cells   []string
	refusal *Refusal
}

func (r *record) refuse(code, format string, args ...any) {
	if r.refusal == nil {
		r.refusal = &Refusal{Code: code, Reason: fmt.Sprintf(format, args...)}
	}
}

// key is asked for of every record, refused or not: occurrences are counted over the whole file.
func (r *record) key() string {
	key := r.mapper.keys.key(r.cells)
	if key == "" {
		r.refuse("key_missing", "column %s, the line's own number, is empty", r.mapper.mapping.Key.Column)
	}
	return key
}

// text is a field's text after Values and Default; "" for a field that the mapping does not have.
func (r *record) text(name string, f *Field, required bool) string {
	if f == nil {
		return ""
	}
	raw := f.Value
	switch {
	case f.Column != "":
		raw = strings.TrimSpace(r.cells[r.mapper.columns[f.Column]])
	case f.Template != "":
		raw = r.template(f)
	}
	text, known := raw, true
	if f.Values != nil && raw != "" {
		text, known = f.Values[raw]
	}
	if (raw == "" || !known) && f.Default != nil {
		text, known = *f.Default, true
	}
	if !known {
		r.refuse("unknown_value", "%s: %q is not among the mapping's values", name, raw)
	} else if text == "" && required {
		r.refuse("missing_value", "%s is empty", name)
	}
	return text
}

// template fills a template; runs of blanks, as empty cells leave them, become one.
func (r *record) template(f *Field) string {
	var b strings.Builder
	for _, p := range r.mapper.pieces[f] {
		b.WriteString(p.text)
		if p.column != "" {
			b.WriteString(r.cells[r.mapper.columns[p.column]])
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// property is the property that the file calls by name; without a property map name is its code.
func (r *record) property(name string) Property {
	if len(r.mapper.mapping.Properties) == 0 {
		return Property{Code: name}
	}
	p, known := r.mapper.mapping.Properties[name]
	if !known && name != "" {
		r.refuse("unknown_property", "property %q is not among the mapping's properties", name)
	}
	return p
}

// currency is the column's, else the property's, else the mapping's.
func (r *record) currency(f *Field, p Property) money.Currency {
	code := p.Currency
	if code == "" {
		code = r.mapper.mapping.Currency
	}
	if f != nil {
		if text := r.text("currency", f, code == ""); text != "" {
			code = text
		}
	}
	currency, err := money.ParseCurrency(code)
	if err != nil {
		r.refuse("unknown_currency", "currency %q is no active ISO 4217 code", code)
	}
	return currency
}

// date is YYYY-MM-DD.
func (r *record) date(name string, f *Field) string {
	text := r.text(name, f, true)
	t, err := time.Parse(f.layout(), text)
	if err == nil {
		_, err = bizdate.New(t.Year(), t.Month(), t.Day())
	}
	if err != nil {
		r.refuse("bad_date", "%s: %q is no date written as %s", name, text, f.layout())
		return ""
	}
	return t.Format(time.DateOnly)
}

// amount is in minor units of the currency.
func (r *record) amount(name string, f *Field, currency money.Currency) int64 {
	text := r.text(name, f, true)
	if r.refusal != nil {
		return 0
	}
	minor, err := minorUnits(text, currency.Exponent(), f.decimal(), f.Thousands)
	if err != nil {
		r.refuse("bad_amount", "%s: %v", name, err)
	}
	return minor
}
