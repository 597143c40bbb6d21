package partitions

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/spannerdb/splits"
	"innkeep.internal/shared/store/partitionstore"
	"innkeep.internal/shared/testkit"
)

type splitter struct{ targets int }

func (s *splitter) Add(context.Context, splits.Target, time.Time, string) error {
	s.targets++
	return nil
}

func TestSweep(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	_, err := db.Client().Apply(t.Context(), []*spanner.Mutation{spanner.InsertMap("Properties", map[string]any{
		"ShardId": 3, "OrgId": "o", "PropertyId": "-", "CreatedAt": spanner.CommitTimestamp,
	})})
	if err != nil {
		t.Fatal(err)
	}
	b := api.NewBackend(api.Parts{DB: db, Now: time.Now})
	source := func(context.Context) (*api.Backend, error) { return b, nil }
	by := &splitter{}
	f := newFunction(source, func(context.Context, *api.Backend) (partitionstore.Splitter, error) { return by, nil })
	for range 2 {
		if err := f.sweep(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if by.targets != len(partitionstore.Targets()) {
		t.Errorf("%d targets were asked for", by.targets)
	}
	// On the emulator split points are left out.
	if err := newFunction(source, openSplitter).sweep(t.Context()); err != nil {
		t.Error(err)
	}
}
