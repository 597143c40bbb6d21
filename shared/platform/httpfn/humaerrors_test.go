package httpfn

import (
	"reflect"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"innkeep.internal/shared/platform/httpfn/strict"
)

// What huma's validator says of each kind of fault has a code of its own here.
func TestHumaCodes(t *testing.T) {
	t.Parallel()
	type sample struct {
		S string   `json:"s" minLength:"2" maxLength:"3" pattern:"^a"`
		P string   `json:"p,omitempty" pattern:"^a" patternDescription:"with an a"`
		E string   `json:"e,omitempty" enum:"a,b"`
		D string   `json:"d,omitempty" format:"date"`
		I int      `json:"i,omitempty" minimum:"1" maximum:"5"`
		X int      `json:"x,omitempty" exclusiveMinimum:"1" exclusiveMaximum:"5"`
		B bool     `json:"b,omitempty"`
		L []string `json:"l,omitempty" minItems:"2" maxItems:"3" uniqueItems:"true"`
	}
	registry := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	schema := registry.Schema(reflect.TypeFor[sample](), false, "")
	values := []any{
		map[string]any{}, map[string]any{"s": "x", "y": 1.0}, map[string]any{"s": "aaaa"}, "x",
		map[string]any{"s": 1.0, "e": "c", "d": "x", "i": 0.0, "x": 1.0, "b": 1.0, "l": []any{"a"}, "p": "x"},
		map[string]any{"s": "aa", "i": 6.0, "x": 5.0, "l": []any{"a", "b", "c", "a"}}, map[string]any{"i": "x", "l": 1.0},
	}
	var res huma.ValidateResult
	for _, v := range values {
		path := huma.NewPathBuffer([]byte("body"), 4)
		huma.Validate(registry, schema, path, huma.ModeWriteToServer, v, &res)
	}
	if len(res.Errors) < 20 {
		t.Fatalf("only %d faults: the test tests little", len(res.Errors))
	}
	for _, err := range res.Errors {
		d := err.(huma.ErrorDetailer).ErrorDetail()
		if code := humaCode(d.Message); code == strict.ErrBadValue {
			t.Errorf("%s: %s has no code", d.Location, d.Message)
		}
	}
}

func TestHumaPointer(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"body": "", "body.a": "/a", "body.lines[3].tags": "/lines/3/tags", "body[0]": "/0", "query.limit": "#limit", "path.id": "#id",
	} {
		if got := humaPointer(location); got != want {
			t.Errorf("%s: %s, want %s", location, got, want)
		}
	}
}
