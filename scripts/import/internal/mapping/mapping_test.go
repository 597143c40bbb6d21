package mapping

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/scripts/import/internal/innkeep"
)

const revenues = `
kind: revenue
key: {column: no, prefix: t/}
currency: EUR
fields:
  property: {column: house}
  businessDate: {column: day, layout: "02.01.2006"}
  amount: {column: gross, decimal: ",", thousands: "."}
  paymentMode: {column: mode, values: {bar: CASH, karte: CARD}, default: BANK}
  source: {column: source, values: {R: ROOM}}
  description: {template: "room {room}, {guest}"}
  externalRef: {system: pms, id: {column: no}}
taxLines:
  - {code: VAT7, amount: {column: tax, decimal: ","}}
properties:
  a: {code: A}
  b: {code: B, currency: JPY}
`

var header = strings.Split("no|house|day|gross|mode|source|room|guest|tax", "|")

func parse(t *testing.T, text string) *Mapping {
	t.Helper()
	m, err := Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMap(t *testing.T) {
	t.Parallel()
	mapper, err := parse(t, revenues).Mapper(header)
	if err != nil {
		t.Fatal(err)
	}
	got, refusal := mapper.Map(strings.Split(" 7 |a|03.02.2024|1.234,50|bar|R|12||80,76", "|"))
	want := Posting{PropertyCode: "A", Line: innkeep.Line{
		Key: "t/7", BusinessDate: "2024-02-03", AmountMinor: 123450, Currency: "EUR", PaymentMode: "CASH", Source: "ROOM",
		Description: "room 12,", TaxLines: []innkeep.TaxLine{{Code: "VAT7", AmountMinor: 8076}},
		ExternalRef: &innkeep.ExternalRef{System: "pms", ID: "7"},
	}}
	if diff := cmp.Diff(want, got); refusal != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", refusal, diff)
	}
	got, refusal = mapper.Map(strings.Split("8|b|03.02.2024|1.234|scheck|R|12|Ann|", "|"))
	if refusal != nil || got.Line.AmountMinor != 1234 || got.Line.Currency != "JPY" || got.Line.PaymentMode != "BANK" || got.Line.TaxLines != nil {
		t.Errorf("%+v %v", got, refusal)
	}
}

func TestMapRefuses(t *testing.T) {
	t.Parallel()
	mapper, err := parse(t, revenues).Mapper(header)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ record, code string }{
		"no number":         {"|a|03.02.2024|1|bar|R|1||", "key_missing"},
		"no property":       {"1||03.02.2024|1|bar|R|1||", "missing_value"},
		"unknown property":  {"1|z|03.02.2024|1|bar|R|1||", "unknown_property"},
		"no date":           {"1|a||1|bar|R|1||", "missing_value"},
		"wrong layout":      {"1|a|2024-02-03|1|bar|R|1||", "bad_date"},
		"no such day":       {"1|a|30.02.2024|1|bar|R|1||", "bad_date"},
		"year out of range": {"1|a|30.01.0024|1|bar|R|1||", "bad_date"},
		"no amount":         {"1|a|03.02.2024||bar|R|1||", "missing_value"},
		"decimals":          {"1|a|03.02.2024|1,234|bar|R|1||", "bad_amount"},
		"decimals of JPY":   {"1|b|03.02.2024|1,0|bar|R|1||", "bad_amount"},
		"no decimal":        {"1|a|03.02.2024|1 EUR|bar|R|1||", "bad_amount"},
		"bad tax":           {"1|a|03.02.2024|1|bar|R|1||x", "bad_amount"},
		"unknown source":    {"1|a|03.02.2024|1|bar|Q|1||", "unknown_value"},
		"no source":         {"1|a|03.02.2024|1|bar||1||", "missing_value"},
	} {
		_, refusal := mapper.Map(strings.Split(c.record, "|"))
		if refusal == nil || refusal.Code != c.code || refusal.Reason == "" {
			t.Errorf("%s: %+v, want %s", name, refusal, c.code)
		}
	}
}

func TestKeysWithoutANumber(t *testing.T) {
	t.Parallel()
	keys := func() []string {
		m := parse(t, strings.Replace(revenues, "column: no, prefix", "prefix", 1))
		mapper, err := m.Mapper(header)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, record := range []string{"1|a|x", "1|a|x", "1|ax|", "1|a|x"} {
			keys = append(keys, mapper.keys.key(strings.Split(record, "|")))
		}
		return keys
	}
	first, second := keys(), keys()
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second time differs\n%s", diff)
	}
	hash := strings.TrimSuffix(first[0], "-1")
	if !strings.HasPrefix(hash, "t/") || first[1] != hash+"-2" || first[3] != hash+"-3" || first[2][:20] == hash[:20] {
		t.Errorf("%q", first)
	}
}

func TestMissingColumns(t *testing.T) {
	t.Parallel()
	_, err := parse(t, revenues).Mapper([]string{"no", "no", "house", "day", "gross", "source", "room", "tax"})
	for _, name := range []string{"no", "mode", "guest"} {
		if err == nil || !strings.Contains(err.Error(), `"`+name+`" stands there`) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
}

func TestEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Parse(strings.NewReader(`
kind: revenue
colour: blue
csv: {delimiter: ";;", encoding: ebcdic}
key: {column: no}
currency: euro
fields:
  property: {column: house, values: {x: nowhere}}
  businessDate: {column: day, layout: "02 Jan"}
  amount: {column: gross, decimal: ",", thousands: ",", layout: x}
  paymentMode: {column: mode, value: CASH}
  categoryCode: {value: FOOD}
  description: {template: "{room", decimal: "."}
  vendorName: {values: {"": x}}
  externalRef: {}
taxLines: [{}]
properties:
  a: {type: CASTLE, timeZone: Mars/Base, roomCount: -1, currency: XXX}
  b: {code: B}
  c: {code: B, stars: 5}
`))
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{
		"field colour", "field stars", "csv.delimiter", "csv.encoding", "key.prefix", "currency: is \"euro\"",
		"\"nowhere\" is not in properties", "fields.businessDate.layout", "fields.amount.thousands", "fields.amount.layout",
		"fields.paymentMode: needs exactly one", "fields.source: is missing", "fields.categoryCode: belongs to kind expense",
		"fields.description.template", "fields.description: decimal", "fields.vendorName: needs exactly one", "fields.vendorName.values",
		"fields.externalRef.system", "fields.externalRef.id", "taxLines[0].code", "taxLines[0].amount",
		"properties.a.code", "properties.a.type", "properties.a.timeZone", "properties.a.roomCount", "properties.a.currency",
		"properties.c.code",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported", want)
		}
	}
	if len(problems) != 27 {
		t.Errorf("%d problems:\n%v", len(problems), err)
	}
}

func TestCreatableNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	err := parse(t, revenues).Creatable()
	for _, want := range []string{"properties.a.name", "properties.a.type", "properties.b.timeZone"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named: %v", want, err)
		}
	}
}

func TestNoYAML(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a: [", "kind: revenue\nkind: revenue\n"} {
		if _, err := Parse(strings.NewReader(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
