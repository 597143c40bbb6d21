package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // so that time zones are known on a machine without the database
	"unicode/utf8"

	"innkeep.internal/shared/core/money"
)

var (
	propertyTypes = []string{"HOTEL", "HOSTEL", "RESORT", "APARTMENT", "GUEST_HOUSE"}
	paymentModes  = []string{"CASH", "BANK", "CARD", "UPI", "WALLET", "CHEQUE", "OTA", "CITY_LEDGER"}
)

// checker collects problems.
type checker struct{ problems Problems }

func (c *checker) add(place, format string, args ...any) {
	c.problems = append(c.problems, place+": "+fmt.Sprintf(format, args...))
}

// check is every problem of the mapping that shows without the file.
func (m *Mapping) check() Problems {
	c := new(checker)
	if !slices.Contains([]string{"revenue", "expense", "movement"}, m.Kind) {
		c.add("kind", "is %q: revenue, expense or movement", m.Kind)
	}
	if m.CSV.Delimiter != "" && (utf8.RuneCountInString(m.CSV.Delimiter) != 1 || strings.ContainsAny(m.CSV.Delimiter, "\"\r\n")) {
		c.add("csv.delimiter", "is %q: one character, not a quote or a line end", m.CSV.Delimiter)
	}
	if !slices.Contains([]string{"", "utf-8", "windows-1252"}, m.CSV.Encoding) {
		c.add("csv.encoding", "is %q: utf-8 or windows-1252", m.CSV.Encoding)
	}
	if m.Key.Prefix == "" {
		c.add("key.prefix", "is missing: it keeps the lines of two sources apart")
	}
	if m.Currency != "" {
		c.currency("currency", m.Currency)
	}
	m.checkFields(c)
	m.checkProperties(c)
	return c.problems
}

// checkFields checks what a kind of posting needs and may have, and each field by itself.
func (m *Mapping) checkFields(c *checker) {
	f := m.Fields
	c.field("fields.property", f.Property, true, textField)
	c.field("fields.businessDate", f.BusinessDate, true, dateField)
	c.field("fields.amount", f.Amount, true, amountField)
	c.field("fields.currency", f.Currency, false, textField)
	c.field("fields.paymentMode", f.PaymentMode, m.Kind == "revenue" || m.Kind == "expense", textField)
	for _, own := range []struct {
		name, kind string
		field      *Field
	}{{"source", "revenue", f.Source}, {"categoryCode", "expense", f.CategoryCode}, {"kind", "movement", f.Kind}} {
		if own.field != nil && m.Kind != own.kind {
			c.add("fields."+own.name, "belongs to kind %s", own.kind)
		}
		c.field("fields."+own.name, own.field, m.Kind == own.kind, textField)
	}
	c.field("fields.description", f.Description, false, textField)
	c.field("fields.bankReference", f.BankReference, false, textField)
	c.field("fields.vendorName", f.VendorName, false, textField)
	if f.ExternalRef != nil {
		if f.ExternalRef.System == "" {
			c.add("fields.externalRef.system", "is missing")
		}
		c.field("fields.externalRef.id", f.ExternalRef.ID, true, textField)
	}
	for i, tax := range m.TaxLines {
		place := fmt.Sprintf("taxLines[%d]", i)
		if tax.Code == "" {
			c.add(place+".code", "is missing")
		}
		c.field(place+".amount", tax.Amount, true, amountField)
	}
	if f.PaymentMode != nil {
		f.PaymentMode.targets(func(mode string) {
			if !slices.Contains(paymentModes, mode) {
				c.add("fields.paymentMode", "%q is no payment mode: %s", mode, strings.Join(paymentModes, ", "))
			}
		})
	}
}

// checkProperties checks the property map, and that each line will have a currency.
func (m *Mapping) checkProperties(c *checker) {
	named := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(m.Properties)) {
		p, place := m.Properties[name], "properties."+name
		if p.Code == "" {
			c.add(place+".code", "is missing")
		} else if other, taken := named[p.Code]; taken {
			c.add(place+".code", "%q is the code of %s too", p.Code, other)
		}
		named[p.Code] = name
		if p.Type != "" && !slices.Contains(propertyTypes, p.Type) {
			c.add(place+".type", "is %q: %s", p.Type, strings.Join(propertyTypes, ", "))
		}
		if _, err := time.LoadLocation(p.TimeZone); p.TimeZone != "" && err != nil {
			c.add(place+".timeZone", "is %q: an IANA name as Europe/Lisbon", p.TimeZone)
		}
		if p.RoomCount < 0 {
			c.add(place+".roomCount", "is negative")
		}
		if p.Currency != "" {
			c.currency(place+".currency", p.Currency)
		} else if m.Currency == "" && m.Fields.Currency == nil {
			c.add(place+".currency", "is missing, and so is the mapping's")
		}
	}
	if len(m.Properties) == 0 && m.Currency == "" && m.Fields.Currency == nil {
		c.add("currency", "is missing: here, in each property, or as fields.currency")
	}
	if f := m.Fields.Property; f != nil && len(m.Properties) > 0 {
		f.targets(func(name string) {
			if _, known := m.Properties[name]; !known {
				c.add("fields.property", "%q is not in properties", name)
			}
		})
	}
}

// Creatable is Problems naming what the property map lacks for properties to be created from it.
func (m *Mapping) Creatable() error {
	c := new(checker)
	if len(m.Properties) == 0 {
		c.add("properties", "is missing: it says what to create")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Properties)) {
		p, place := m.Properties[name], "properties."+name
		for _, need := range []struct{ key, text string }{{"name", p.Name}, {"type", p.Type}, {"timeZone", p.TimeZone}} {
			if need.text == "" {
				c.add(place+"."+need.key, "is missing")
			}
		}
		if p.Currency == "" && m.Currency == "" {
			c.add(place+".currency", "is missing, and so is the mapping's")
		}
	}
	if len(c.problems) > 0 {
		return c.problems
	}
	return nil
}

func (c *checker) currency(place, code string) {
	if _, err := money.ParseCurrency(code); err != nil {
		c.add(place, "is %q: an ISO 4217 code as EUR", code)
	}
}
