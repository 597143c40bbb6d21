package assembly

import (
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
		doc := p.API.OpenAPI()
		if doc.Info.Title != p.Function.EntryPoint {
			t.Errorf("%s calls itself %s", p.Function.EntryPoint, doc.Info.Title)
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

func TestMakeTellsOfBothSides(t *testing.T) {
	t.Parallel()
	_, err := Make(functions.Catalogue{Functions: []functions.Function{{EntryPoint: "Nightly"}}}, api.Process)
	for _, want := range []string{"Nightly is not among the makers", "Revenues is not in the catalogue"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
