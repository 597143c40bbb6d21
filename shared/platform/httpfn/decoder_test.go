package httpfn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn"
)

type part struct {
	Name        string `json:"name" maxLength:"20"`
	AmountMinor int64  `json:"amountMinor" minimum:"0" maximum:"1000000000000000"`
}

// line has one field of each kind that bodies use.
type line struct {
	Key       string            `json:"key" minLength:"1" maxLength:"64"`
	Day       bizdate.Date      `json:"day"`
	Amount    int64             `json:"amount"`
	Mode      string            `json:"mode" enum:"CASH,CARD"`
	Parts     []part            `json:"parts" maxItems:"3"`
	Note      *string           `json:"note"`
	Small     int8              `json:"small,omitempty"`
	Share     float64           `json:"share,omitempty" minimum:"0" maximum:"1"`
	Flag      bool              `json:"flag,omitempty"`
	When      time.Time         `json:"when,omitzero"`
	Labels    map[string]string `json:"labels,omitempty"`
	Reference string            `json:"reference,omitempty" pattern:"^[A-Z]+$" patternDescription:"capital letters"`
	ID        string            `json:"id,omitempty" format:"uuid"`
	Level     int               `json:"level,omitempty" enum:"1,2,1000000"`
	Unique    []string          `json:"unique,omitempty" uniqueItems:"true"`
}

const goodLine = `{"key":"k-1","day":"2026-03-01","amount":-9007199254740993,"mode":"CASH",` +
	`"parts":[{"name":"room","amountMinor":100000},{"name":"tax","amountMinor":18000}],"note":null}`

// with is the good line with more members, swap the one with a part replaced.
func with(members string) string { return goodLine[:len(goodLine)-1] + "," + members + "}" }

func swap(old, replacement string) string {
	if !strings.Contains(goodLine, old) {
		panic("not in the good line: " + old)
	}
	return strings.Replace(goodLine, old, replacement, 1)
}

var decoderTests = []struct {
	name, raw string
	kind      fault.Kind
	want      []string // code and pointer
}{
	{"empty", ``, fault.Malformed, []string{"malformed_json "}},
	{"cut off", goodLine[:40], fault.Malformed, []string{"malformed_json "}},
	{"trailing data", goodLine + `{}`, fault.Malformed, []string{"malformed_json "}},
	{"trailing comma", with(``), fault.Malformed, []string{"malformed_json "}},
	{"comment", goodLine + `//`, fault.Malformed, []string{"malformed_json "}},
	{"leading zero", swap(`-9007199254740993`, `01`), fault.Malformed, []string{"malformed_json "}},
	{"plus", swap(`-9007199254740993`, `+1`), fault.Malformed, []string{"malformed_json /amount"}},
	{"control character", swap(`k-1`, "k\n1"), fault.Malformed, []string{"malformed_json /key"}},
	{"bad escape", swap(`k-1`, `\x`), fault.Malformed, []string{"malformed_json /key"}},
	{"bad utf-8", swap(`k-1`, "k\xff"), fault.Malformed, []string{"bad_utf8 /key"}},
	{"bad utf-8 in a name", with("\"a\xff\":1"), fault.Malformed, []string{"bad_utf8 "}},
	{"half a pair", swap(`k-1`, `\ud800`), fault.Malformed, []string{"bad_utf8 /key"}},
	{"two duplicates", with(`"key":"x","mode":"CARD"`), fault.Malformed, []string{"duplicate_field /key", "duplicate_field /mode"}},
	{"duplicate by escape", with(`"\u006bey":"x"`), fault.Malformed, []string{"duplicate_field /key"}},
	{"duplicate in a map", with(`"labels":{"a":"1","a":"2"}`), fault.Malformed, []string{"duplicate_field /labels/a"}},
	{"duplicate below unknown", with(`"x":{"a":1,"a":2}`), fault.Malformed, []string{"unknown_field /x", "duplicate_field /x/a"}},
	{"too deep", with(`"x":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100)), fault.Malformed, []string{"unknown_field /x", "too_deep /x" + strings.Repeat(`/0`, 63)}},
	{"unknown", with(`"x":1`), fault.Invalid, []string{"unknown_field /x"}},
	{"other case", with(`"KEY":"x"`), fault.Invalid, []string{"unknown_field /KEY"}},
	{"pointer escapes", with(`"a/b~c":1`), fault.Invalid, []string{"unknown_field /a~1b~0c"}},
	{"missing, all", `{}`, fault.Invalid, []string{"missing_field /amount", "missing_field /day", "missing_field /key", "missing_field /mode", "missing_field /note", "missing_field /parts"}},
	{"null", swap(`"k-1"`, `null`), fault.Invalid, []string{"null_not_allowed /key"}},
	{"null list", swap(`[{"name":"room","amountMinor":100000},{"name":"tax","amountMinor":18000}]`, `null`), fault.Invalid, []string{"null_not_allowed /parts"}},
	{"null optional", with(`"small":null`), fault.Invalid, []string{"null_not_allowed /small"}},
	{"no object", `[]`, fault.Invalid, []string{"wrong_type "}},
	{"string for integer", swap(`100000`, `"100000"`), fault.Invalid, []string{"wrong_type /parts/0/amountMinor"}},
	{"fraction", swap(`100000`, `12.5`), fault.Invalid, []string{"not_an_integer /parts/0/amountMinor"}},
	{"exponent", swap(`18000`, `1e3`), fault.Invalid, []string{"not_an_integer /parts/1/amountMinor"}},
	{"point zero", swap(`18000`, `1.0`), fault.Invalid, []string{"not_an_integer /parts/1/amountMinor"}},
	{"beyond int64", swap(`-9007199254740993`, `9223372036854775808`), fault.Invalid, []string{"out_of_range /amount"}},
	{"far beyond int64", swap(`-9007199254740993`, strings.Repeat(`9`, 400)), fault.Invalid, []string{"out_of_range /amount"}},
	{"beyond int8", with(`"small":200`), fault.Invalid, []string{"out_of_range /small"}},
	{"below minimum", swap(`100000`, `-1`), fault.Invalid, []string{"out_of_range /parts/0/amountMinor"}},
	{"beyond maximum by one", swap(`100000`, `1000000000000001`), fault.Invalid, []string{"out_of_range /parts/0/amountMinor"}},
	{"fraction out of range", with(`"share":1e400`), fault.Invalid, []string{"out_of_range /share"}},
	{"too long", swap(`k-1`, strings.Repeat(`x`, 65)), fault.Invalid, []string{"too_long /key"}},
	{"too short", swap(`k-1`, ``), fault.Invalid, []string{"too_short /key"}},
	{"too many", swap(`"parts":[`, `"parts":[{"name":"a","amountMinor":1},{"name":"b","amountMinor":1},`), fault.Invalid, []string{"too_many /parts"}},
	{"not allowed", swap(`CASH`, `cash`), fault.Invalid, []string{"not_allowed_value /mode"}},
	{"integer not allowed", with(`"level":3`), fault.Invalid, []string{"not_allowed_value /level"}},
	{"pattern", with(`"reference":"abc"`), fault.Invalid, []string{"bad_format /reference"}},
	{"format", with(`"id":"abc"`), fault.Invalid, []string{"bad_format /id"}},
	{"time", with(`"when":"2026-13-01T00:00:00Z"`), fault.Invalid, []string{"bad_format /when"}},
	{"own type", swap(`2026-03-01`, `2026-02-30`), fault.Invalid, []string{"bad_date /day"}},
	{"not unique", with(`"unique":["a","b","a"]`), fault.Invalid, []string{"not_unique /unique/2"}},
	{"every fault", `{"key":1,"day":"x","amount":1.5,"mode":"A","parts":[{"name":2}],"note":3}`, fault.Invalid, []string{
		"wrong_type /key", "bad_date /day", "not_an_integer /amount", "not_allowed_value /mode",
		"wrong_type /parts/0/name", "missing_field /parts/0/amountMinor", "wrong_type /note",
	}},
}

func TestDecoder(t *testing.T) {
	t.Parallel()
	d := httpfn.NewDecoder[line]()
	for _, tt := range decoderTests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := d.Decode([]byte(tt.raw))
			e := fault.From(err)
			if e == nil {
				t.Fatalf("Decode(%s) = %v, want a fault", tt.raw, err)
			}
			if e.Kind != tt.kind {
				t.Errorf("kind = %v, want %v (%v)", e.Kind, tt.kind, e.Fields)
			}
			var got []string
			for _, f := range e.Fields {
				got = append(got, f.Code+" "+f.Pointer)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecoderPasses(t *testing.T) {
	t.Parallel()
	d := httpfn.NewDecoder[line]()
	note := "\u20ac \U0001F600 \ufffd /"
	want := line{
		Key: "k", Day: 20260301, Amount: 9223372036854775807, Mode: "CARD", Parts: []part{}, Note: &note, Small: -128,
		Share: 0.25, Flag: true, When: time.Date(2026, 3, 1, 1, 2, 3, 0, time.UTC), Labels: map[string]string{"a": "b"},
		Reference: "ABC", ID: "0b5e4c1e-7d1b-4f7e-9e57-0d3b1b0a7c11", Level: 1000000, Unique: []string{"x"},
	}
	raw := ` {"key":"\u006b","day":"2026-03-01","amount":9223372036854775807,"mode":"CARD","parts":[ ],
		"note":"\u20ac \ud83d\ude00 \ufffd \/","small":-128,"share":2.5e-1,"flag":true,"when":"2026-03-01T01:02:03Z",
		"labels":{"a":"b"},"reference":"ABC","id":"0b5e4c1e-7d1b-4f7e-9e57-0d3b1b0a7c11","level":1000000,"unique":["x"]} `
	got, err := d.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err, fault.From(err).Fields)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecoderListsAtMost1000(t *testing.T) {
	t.Parallel()
	d := httpfn.NewDecoder[[]int64]()
	_, err := d.Decode([]byte("[" + strings.Repeat(`"",`, 4999) + `""]`))
	e := fault.From(err)
	if len(e.Fields) != 1000 || e.Params["faults"] != "5000" || !errors.Is(err, fault.ErrInvalid) {
		t.Errorf("%d fields, %v", len(e.Fields), e.Params)
	}
}

// FuzzDecoder compares the grammar with encoding/json's, and asks that an error is always a fault.
func FuzzDecoder(f *testing.F) {
	for _, s := range []string{goodLine, `{"key":"\ud83d\ude00"}`, `[1,2.5e-7,{"a":null}]`, `"\u00zz"`, `-`, `{"a":1,"a":2}`, "\xef\xbb\xbf{}"} {
		f.Add([]byte(s))
	}
	strictly, freely := httpfn.NewDecoder[line](), httpfn.NewDecoder[any]()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if v, err := strictly.Decode(raw); err == nil {
			if err := json.Unmarshal(raw, &v); err != nil {
				t.Errorf("passed, but encoding/json says %v", err)
			}
		} else if e := fault.From(err); e == nil || e.Code == "bad_value" || len(e.Fields) == 0 {
			t.Errorf("%v", err)
		}
		_, err := freely.Decode(raw)
		if err == nil && (!json.Valid(raw) || !utf8.Valid(raw)) {
			t.Error("passed, but is not JSON in UTF-8")
		}
		if e := fault.From(err); e != nil && e.Code == "malformed_json" && json.Valid(raw) {
			t.Errorf("refused, but is JSON: %v", e.Fields)
		}
	})
}

func BenchmarkDecode1000Lines(b *testing.B) {
	d := httpfn.NewDecoder[line]()
	lines := make([][]byte, 1000)
	for i := range lines {
		lines[i] = []byte(strings.Replace(goodLine, "k-1", fmt.Sprintf("k-%d", i), 1))
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(goodLine) * 1000))
	for b.Loop() {
		for _, raw := range lines {
			if _, err := d.Decode(raw); err != nil {
				b.Fatal(err)
			}
		}
	}
}
