package functions_test

import (
	"encoding/json"
	"testing"
)

// TestRoutesOverHTTP: the emulator has no replicas, so there is the leader's route alone.
func TestRoutesOverHTTP(t *testing.T) {
	t.Parallel()
	h := newHouse(t, today)
	owner, _ := h.founder(t)
	owner.must(403, "GET", "/v1/ops/routes", "")
	a := h.operator(t).must(200, "GET", "/v1/ops/routes", "")
	routes, _ := a.Body["routes"].([]any)
	if len(routes) != 1 {
		t.Fatal(a.Raw)
	}
	leader, _ := routes[0].(map[string]any)
	if leader["name"] != "leader" || leader["leader"] != any(true) || leader["phase"] != "SERVING" || leader["limit"] != json.Number("100") || leader["inUse"] != json.Number("0") {
		t.Errorf("the leader's route: %v", leader)
	}
}
