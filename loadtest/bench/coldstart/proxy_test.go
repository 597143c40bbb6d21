package coldstart_test

import (
	"os"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"

	"innkeep.internal/loadtest/bench/coldstart"
	"innkeep.internal/shared/testkit"
)

// TestProxy: what goes through is what goes past, and is counted.
func TestProxy(t *testing.T) {
	t.Parallel()
	name := testkit.DatabaseOf(t, []string{"CREATE TABLE T (K INT64, V INT64) PRIMARY KEY (K)"})
	p, err := coldstart.Forward(t.Context(), os.Getenv("SPANNER_EMULATOR_HOST"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	db := testkit.Open(t, name, option.WithEndpoint(p.Addr))
	if _, err := db.Client().Apply(testkit.Context(t), []*spanner.Mutation{spanner.Insert("T", []string{"K", "V"}, []any{1, 7})}, spanner.ApplyAtLeastOnce()); err != nil {
		t.Fatal(err)
	}
	row, err := db.Single().ReadRow(testkit.Context(t), "T", spanner.Key{1}, []string{"V"})
	var v int64
	if err == nil {
		err = row.Columns(&v)
	}
	if err != nil || v != 7 {
		t.Errorf("%d came back, %v", v, err)
	}
	if _, err := db.Single().ReadRow(testkit.Context(t), "Nothing", spanner.Key{1}, []string{"V"}); spanner.ErrCode(err) != codes.NotFound {
		t.Errorf("a table that is not there: %v", err)
	}
	if diff := cmp.Diff(map[string]int{"CreateSession": 1, "Commit": 1, "StreamingRead": 2}, p.Calls()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if calls := p.Calls(); len(calls) > 0 {
		t.Errorf("%v were counted twice", calls)
	}
}
