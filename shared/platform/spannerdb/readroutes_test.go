package spannerdb_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"innkeep.internal/shared/platform/spannerdb"
)

func TestReadRoutesAsText(t *testing.T) {
	t.Parallel()
	var got spannerdb.ReadRoutes
	err := got.EnvDecode(`[{"name":"leader","weight":2},{"name":"west","location":"europe-west1","type":"READ_ONLY","weight":3},{"name":"any","type":"READ_ONLY"}]`)
	want := spannerdb.ReadRoutes{{Name: "leader", Weight: 2}, {Name: "west", Location: "europe-west1", Type: "READ_ONLY", Weight: 3}, {Name: "any", Type: "READ_ONLY", Weight: 1}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(spannerdb.ReadRoute{}, "Options")); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if err := new(spannerdb.ReadRoutes).EnvDecode(""); err != nil {
		t.Errorf("none: %v", err)
	}
	for text, want := range map[string]string{
		`{}`:                            "cannot unmarshal",
		`[] []`:                         "more than one",
		`[{"name":"a","zone":"x"}]`:     "unknown field",
		`[{"name":"a"}]`:                "a location or a type is needed",
		`[{"name":"A","location":"x"}]`: "a name has",
		`[{"name":"a","location":"x","weight":101}]`:                    "a weight is",
		`[{"name":"a","location":"x","weight":-1}]`:                     "a weight is",
		`[{"name":"a","type":"WITNESS"}]`:                               "a type is",
		`[{"name":"a","type":"TYPE_UNSPECIFIED"}]`:                      "a type is",
		`[{"name":"leader","location":"x"}]`:                            "a weight alone",
		`[{"name":"a","location":"x"},{"name":"a","type":"READ_ONLY"}]`: "two of that name",
		`[{"name":"a"},{"name":"b","type":"READ_ONLY","weight":1000}]`:  "a location or a type is needed\nread route 2",
	} {
		var rs spannerdb.ReadRoutes
		if err := rs.EnvDecode(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
