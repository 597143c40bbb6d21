package spannerdb_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

var columns = []string{"K", "V"}

func open(t *testing.T, counter *rpc.Counter) *spannerdb.DB {
	t.Helper()
	name := testkit.DatabaseOf(t, []string{
		"CREATE TABLE T (K INT64, V INT64) PRIMARY KEY (K)",
		"CREATE INDEX TByV ON T (V)",
	})
	db := testkit.Open(t, name, counter.Options()...)
	if _, err := db.Client().Apply(testkit.Context(t), []*spanner.Mutation{put(1, 10), put(2, 5)}); err != nil {
		t.Fatal(err)
	}
	counter.Reset()
	return db
}

func put(k, v int64) *spanner.Mutation { return spanner.InsertOrUpdate("T", columns, []any{k, v}) }

func write(tx *spanner.ReadWriteTransaction, m ...*spanner.Mutation) error { return tx.BufferWrite(m) }

func TestReadWriteRefusesBeforeItSends(t *testing.T) {
	t.Parallel()
	counter := &rpc.Counter{}
	db := open(t, counter)
	for _, tt := range []struct {
		name string
		ctx  context.Context
		tag  string
		want error
	}{
		{"no deadline", t.Context(), "a/b", spannerdb.ErrNoDeadline},
		{"no tag", testkit.Context(t), "", spannerdb.ErrTag},
		{"51 bytes of tag", testkit.Context(t), strings.Repeat("a", 51), spannerdb.ErrTag},
	} {
		out, err := db.ReadWrite(tt.ctx, tt.tag, func(context.Context, *spanner.ReadWriteTransaction) error {
			t.Errorf("%s: the function ran", tt.name)
			return nil
		})
		if !errors.Is(err, tt.want) || out != (spannerdb.Outcome{}) {
			t.Errorf("%s: ReadWrite = %+v, %v; want nothing and %v", tt.name, out, err, tt.want)
		}
	}
	if counter.Total() != 0 {
		t.Errorf("calls = %v, want none", counter)
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	db := open(t, &rpc.Counter{})
	mine := errors.New("refused by a rule")

	out, err := db.ReadWrite(testkit.Context(t), "t/refuse", func(_ context.Context, _ *spanner.ReadWriteTransaction) error {
		return mine
	})
	if !errors.Is(err, mine) || out.Attempted || out.Unknown {
		t.Errorf("refused: %+v, %v; want the rule's own error, not attempted", out, err)
	}

	out, err = db.ReadWrite(testkit.Context(t), "t/exists", func(_ context.Context, tx *spanner.ReadWriteTransaction) error {
		return write(tx, spanner.Insert("T", columns, []any{1, 1}))
	})
	if spanner.ErrCode(err) != codes.AlreadyExists || !out.Attempted || out.Unknown {
		t.Errorf("insert of an existing key: %+v, %v; want AlreadyExists, attempted, nothing unknown", out, err)
	}

	out, err = db.ReadWrite(testkit.Context(t), "t/ok", func(_ context.Context, tx *spanner.ReadWriteTransaction) error {
		return write(tx, put(3, 3))
	})
	if err != nil || time.Since(out.CommitTime) > time.Minute || out.CommitTime.Location() != time.UTC {
		t.Errorf("commit: %+v, %v; want a commit time of now, UTC", out, err)
	}
}

// Without the gate the transactions of one client end each other on the emulator.
func TestConcurrentTransactionsOfOneClient(t *testing.T) {
	t.Parallel()
	db := open(t, &rpc.Counter{})
	const writers, each = 16, 10
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				if _, err := db.ReadWrite(testkit.Context(t), "t/add", addOne); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	row, err := db.Single().ReadRow(testkit.Context(t), "T", spanner.Key{1}, []string{"V"})
	if err != nil {
		t.Fatal(err)
	}
	var v int64
	if err := row.Columns(&v); err != nil || v != 10+writers*each {
		t.Errorf("value = %d, %v; want %d: an increment was lost", v, err, 10+writers*each)
	}
}

func addOne(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
	row, err := tx.ReadRow(ctx, "T", spanner.Key{1}, []string{"V"})
	if err != nil {
		return err
	}
	var v int64
	if err := row.Columns(&v); err != nil {
		return err
	}
	return write(tx, put(1, v+1))
}

func TestGateHonoursTheDeadline(t *testing.T) {
	t.Parallel()
	db := open(t, &rpc.Counter{})
	inside, leave := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := db.ReadWrite(testkit.Context(t), "t/first", func(context.Context, *spanner.ReadWriteTransaction) error {
			close(inside)
			<-leave
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	out, err := db.ReadWrite(ctx, "t/second", addOne)
	if !errors.Is(err, context.DeadlineExceeded) || spanner.ErrCode(err) != codes.DeadlineExceeded || out.Attempted || out.Unknown {
		t.Errorf("second transaction = %+v, %v; want DeadlineExceeded and nothing attempted", out, err)
	}
	close(leave)
	wg.Wait()
}
