package spannerdb

import "testing"

func TestRole(t *testing.T) {
	t.Setenv("INNKEEP_SPANNER_ROLE", "fn_days")
	t.Setenv("SPANNER_EMULATOR_HOST", "")
	if got := role(); got != "fn_days" {
		t.Error(got)
	}
	t.Setenv("SPANNER_EMULATOR_HOST", "127.0.0.1:1")
	if got := role(); got != "" {
		t.Error(got)
	}
}
