package spannerdb_test

import (
	"errors"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// keys reads column K of what the snapshot shows, by key or by index.
func keys(t *testing.T, s *spannerdb.Snapshot, index string) []int64 {
	t.Helper()
	var got []int64
	each := func(r *spanner.Row) error {
		var k int64
		err := r.Columns(&k)
		got = append(got, k)
		return err
	}
	var err error
	if index == "" {
		err = s.Read(testkit.Context(t), "T", spanner.AllKeys(), []string{"K"}, nil, each)
	} else {
		err = s.ReadUsingIndex(testkit.Context(t), "T", index, spanner.AllKeys(), []string{"K"}, &spanner.ReadOptions{Limit: 10}, each)
	}
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSnapshotStandsStill(t *testing.T) {
	t.Parallel()
	counter := &rpc.Counter{}
	db := open(t, counter)
	snap := db.Snapshot()
	if !snap.Timestamp().IsZero() {
		t.Error("a snapshot that has read nothing has a timestamp")
	}
	first := keys(t, snap, "")
	at := snap.Timestamp()

	if _, err := db.Client().Apply(testkit.Context(t), []*spanner.Mutation{put(3, 1)}); err != nil {
		t.Fatal(err)
	}
	counter.Reset()
	if diff := cmp.Diff([]int64{1, 2}, first); diff != "" {
		t.Errorf("first read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{1, 2}, keys(t, snap, "")); diff != "" {
		t.Errorf("second read after a commit (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{2, 1}, keys(t, snap, "TByV")); diff != "" {
		t.Errorf("index read after a commit (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{1, 2, 3}, keys(t, db.Snapshot(), "")); diff != "" {
		t.Errorf("a new snapshot (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{1, 2}, keys(t, db.SnapshotAt(at), "")); diff != "" {
		t.Errorf("a snapshot at the first one's timestamp (-want +got):\n%s", diff)
	}
	if counter.Total() != 4 {
		t.Errorf("calls = %v, want 4 StreamingRead: one each", counter)
	}
}

func TestSnapshotOfNoRows(t *testing.T) {
	t.Parallel()
	db := open(t, &rpc.Counter{})
	snap := db.Snapshot()
	err := snap.Read(testkit.Context(t), "T", spanner.Key{99}, []string{"K"}, nil, func(*spanner.Row) error {
		t.Error("there is a row")
		return nil
	})
	if err != nil || snap.Timestamp().IsZero() {
		t.Errorf("timestamp = %v, error = %v: an empty answer has a timestamp, too", snap.Timestamp(), err)
	}
}

func TestSnapshotReadInsideARead(t *testing.T) {
	t.Parallel()
	db := open(t, &rpc.Counter{})
	snap := db.Snapshot()
	stop := errors.New("enough")
	err := snap.Read(testkit.Context(t), "T", spanner.AllKeys(), []string{"K"}, nil, func(*spanner.Row) error {
		if snap.Timestamp().IsZero() {
			t.Error("a row was seen without a timestamp")
		}
		keys(t, snap, "TByV")
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("error = %v, want each's own", err)
	}
}
