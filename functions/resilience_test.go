package functions_test

import (
	"fmt"
	"testing"
)

// Operators see what the machines of the instance are at; nobody else does.
func TestResilienceOverHTTP(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	op := s.operator(t)
	s.owner.must(403, "GET", "/v1/ops/resilience", "")
	a := op.must(200, "GET", "/v1/ops/resilience", "")
	if a.str("instance") == "" || a.str("since") == "" {
		t.Errorf("whose state it is: %s", a.Raw)
	}
	services, _ := a.Body["services"].([]any)
	if len(services) != 6 {
		t.Errorf("services: %v", services)
	}
	bulkheads, _ := a.Body["bulkheads"].([]any)
	own := 0
	for _, b := range bulkheads {
		b, _ := b.(map[string]any)
		if b["name"] == "Status" && fmt.Sprint(b["concurrent"]) == "10" && fmt.Sprint(b["running"]) != "0" {
			own++
		}
	}
	if own == 0 {
		t.Errorf("the function does not see itself at work: %s", a.Raw)
	}
}
