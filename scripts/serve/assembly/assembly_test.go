package assembly

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/functions"
	"innkeep.internal/shared/api"
)

// What the catalogue says of a function is what its code has: its name, its routes.
func TestPartsAreTheCatalogues(t *testing.T) {
	t.Parallel()
	c, err := functions.Load()
	if err != nil {
		t.Fatal(err)
	}
	parts, err := Make(c, api.Process)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if p.API == nil {
			if !p.Function.Internal() || p.Handler == nil {
				t.Errorf("%s has no operations", p.Function.Name)
			}
			continue
		}
		doc := p.API.OpenAPI()
		if doc.Info.Title != p.Function.EntryPoint {
			t.Errorf("%s calls itself %s", p.Function.EntryPoint, doc.Info.Title)
		}
		if g := p.API.Guard(); g == nil {
			if !p.Function.Stream {
				t.Errorf("%s is not bounded", p.Function.Name)
			}
		} else if g.Class.String() != string(p.Function.Priority) {
			t.Errorf("%s is of class %s, the catalogue says %s", p.Function.Name, g.Class, p.Function.Priority)
		}
		var paths []string
		for path := range doc.Paths {
			paths = append(paths, path)
		}
		slices.Sort(paths)
		if diff := cmp.Diff(paths, slices.Sorted(slices.Values(p.Function.Routes))); diff != "" {
			t.Errorf("%s: routes (-operations +catalogue)\n%s", p.Function.Name, diff)
		}
	}
}

// fold stands for a pubsub function.
type fold struct{ http.Handler }

func TestPubSubFunctions(t *testing.T) {
	t.Parallel()
	m := makers{internal: map[string]func(api.Source) http.Handler{"Fold": func(api.Source) http.Handler { return fold{} }}}
	f := functions.Function{EntryPoint: "Fold", Trigger: functions.PubSub}
	parts, err := m.make(functions.Catalogue{Functions: []functions.Function{f}}, api.Process)
	if err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	if _, ok := parts[0].Handler.(fold); !ok || parts[0].API != nil || parts[0].Function.EntryPoint != "Fold" {
		t.Errorf("%+v", parts[0])
	}
	f.Trigger = functions.HTTP
	if _, err := m.make(functions.Catalogue{Functions: []functions.Function{f}}, api.Process); err == nil {
		t.Error("a pubsub function was made as an http function")
	}
}

func TestMakeTellsOfBothSides(t *testing.T) {
	t.Parallel()
	m := makers{http: all.http, internal: map[string]func(api.Source) http.Handler{"Fold": nil}}
	_, err := m.make(functions.Catalogue{Functions: []functions.Function{{EntryPoint: "Nightly", Trigger: functions.PubSub}}}, api.Process)
	for _, want := range []string{
		"Nightly is not among the makers of pubsub functions", "Revenues is not in the catalogue", "Fold is not in the catalogue",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
