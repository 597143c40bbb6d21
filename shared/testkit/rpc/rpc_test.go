package rpc_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

var columns = []string{"K", "V"}

// open gives a database with one table, its row 1 = 10, and a client with counter and faults.
func open(t *testing.T) (*spannerdb.DB, *rpc.Counter, *rpc.Faults) {
	t.Helper()
	name := testkit.DatabaseOf(t, []string{"CREATE TABLE T (K INT64, V INT64) PRIMARY KEY (K)"})
	counter, faults := &rpc.Counter{}, &rpc.Faults{}
	db := testkit.Open(t, name, slices.Concat(counter.Options(), faults.Options())...)
	if _, err := db.Client().Apply(testkit.Context(t), []*spanner.Mutation{put(1, 10)}); err != nil {
		t.Fatal(err)
	}
	counter.Reset()
	return db, counter, faults
}

func put(k, v int64) *spanner.Mutation { return spanner.InsertOrUpdate("T", columns, []any{k, v}) }

// value is what row k holds; -1 when it is missing.
func value(t *testing.T, db *spannerdb.DB, k int64) int64 {
	t.Helper()
	row, err := db.Single().ReadRow(testkit.Context(t), "T", spanner.Key{k}, []string{"V"})
	if spanner.ErrCode(err) == codes.NotFound {
		return -1
	}
	var v int64
	if err == nil {
		err = row.Columns(&v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// increment adds 1 to row 1, with one read; runs counts the runs of the function.
func increment(ctx context.Context, db *spannerdb.DB, runs *int) (spannerdb.Outcome, error) {
	return db.ReadWrite(ctx, "rpc/increment", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		*runs++
		row, err := tx.ReadRow(ctx, "T", spanner.Key{1}, []string{"V"})
		if err != nil {
			return err
		}
		var v int64
		if err := row.Columns(&v); err != nil {
			return err
		}
		return tx.BufferWrite([]*spanner.Mutation{put(1, v+1)})
	})
}

func TestReadAndCommitAreTwoCalls(t *testing.T) {
	t.Parallel()
	db, counter, _ := open(t)
	runs := 0
	if _, err := increment(testkit.Context(t), db, &runs); err != nil {
		t.Fatal(err)
	}
	if counter.Total() != 2 || counter.Count("StreamingRead") != 1 || counter.Count("Commit") != 1 {
		t.Errorf("calls = %v, want one StreamingRead and one Commit", counter)
	}
}

func TestFailedCallIsNotSent(t *testing.T) {
	t.Parallel()
	db, counter, faults := open(t)
	rule := faults.On("Commit").Fail(codes.Unknown)
	runs := 0
	_, err := increment(testkit.Context(t), db, &runs)
	if spanner.ErrCode(err) != codes.Unknown || rule.Hits() != 1 {
		t.Errorf("error = %v, hits = %d; want Unknown, 1", err, rule.Hits())
	}
	if got := value(t, db, 1); got != 10 {
		t.Errorf("row = %d, want 10: the commit must not have been sent (%v)", got, counter)
	}
}

func TestAbortedTwiceThenCommitted(t *testing.T) {
	t.Parallel()
	db, counter, faults := open(t)
	faults.On("Commit").Times(2).Fail(codes.Aborted)
	runs := 0
	if _, err := increment(testkit.Context(t), db, &runs); err != nil {
		t.Fatal(err)
	}
	if runs != 3 || value(t, db, 1) != 11 {
		t.Errorf("runs = %d, row = %d, want 3 and 11 (%v)", runs, value(t, db, 1), counter)
	}
}

func TestStreamFaults(t *testing.T) {
	t.Parallel()
	db, _, faults := open(t)
	ctx := testkit.Context(t)
	read := func() error {
		_, err := db.Single().ReadRow(ctx, "T", spanner.Key{1}, columns)
		return err
	}
	faults.On("StreamingRead").Nth(2).Fail(codes.PermissionDenied)
	faults.On("StreamingRead").Nth(3).Lose(codes.DataLoss)
	faults.On("StreamingRead").Nth(4).When(isRead("elsewhere")).Fail(codes.Internal)
	for i, want := range []codes.Code{codes.OK, codes.PermissionDenied, codes.DataLoss, codes.OK} {
		if got := spanner.ErrCode(read()); got != want {
			t.Errorf("read %d = %v, want %v", i+1, got, want)
		}
	}
}

func isRead(table string) func(any) bool {
	return func(req any) bool {
		r, ok := req.(*spannerpb.ReadRequest)
		return ok && r.GetTable() == table
	}
}

func TestHoldAndDelay(t *testing.T) {
	t.Parallel()
	db, _, faults := open(t)
	held := faults.On("Commit").Hold()
	done := make(chan error, 1)
	go func() {
		runs := 0
		_, err := increment(testkit.Context(t), db, &runs)
		done <- err
	}()
	<-held.Reached()
	select {
	case err := <-done:
		t.Fatalf("the transaction ended while its commit was held: %v", err)
	default:
	}
	held.Release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	faults.On("Commit").Delay(time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	runs := 0
	if _, err := increment(ctx, db, &runs); spanner.ErrCode(err) != codes.DeadlineExceeded {
		t.Errorf("a commit delayed beyond the deadline = %v, want DeadlineExceeded", err)
	}
}
