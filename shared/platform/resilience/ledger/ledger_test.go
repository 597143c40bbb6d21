package ledger_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"innkeep.internal/shared/platform/resilience/breaker"
	"innkeep.internal/shared/platform/resilience/ledger"
	"innkeep.internal/shared/platform/resilience/limiter"
	"innkeep.internal/shared/testkit/firestore"
)

// patience bounds what a test waits for; the emulator's first calls are slow.
const patience = 40 * time.Second

func open(ctx context.Context, t testing.TB, project string) *ledger.Ledger {
	t.Helper()
	b := breaker.New(breaker.Options{Name: "test", Failures: 5, Reset: time.Second})
	l, err := ledger.Open(ctx, project, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestARecordIsWrittenWhereNobodyWroteMeanwhile(t *testing.T) {
	t.Parallel()
	project := firestore.Project(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	one, two := open(ctx, t, project), open(ctx, t, project)

	_, none, err := one.Load(ctx, "org/../x")
	if err != nil || !none.At.IsZero() {
		t.Fatalf("%v, %v", none, err)
	}
	r := limiter.Record{Newest: 7, Taken: []int64{1, 2, 3}}
	first, err := one.Store(ctx, "org/../x", r, none, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Store(ctx, "org/../x", r, none, time.Minute); !errors.Is(err, limiter.ErrMoved) {
		t.Errorf("a record was made twice: %v", err)
	}
	got, seen, err := two.Load(ctx, "org/../x")
	if err != nil || !cmp.Equal(r, got) || !seen.At.Equal(first.At) {
		t.Errorf("%v at %v, want %v at %v: %v", got, seen, r, first, err)
	}
	r.Newest, r.Taken = 8, []int64{2, 3, 9}
	if _, err = two.Store(ctx, "org/../x", r, seen, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Store(ctx, "org/../x", r, first, time.Minute); !errors.Is(err, limiter.ErrMoved) {
		t.Errorf("a write was lost: %v", err)
	}
	if got, _, err = one.Load(ctx, "org/../x"); err != nil || !cmp.Equal(r, got) {
		t.Errorf("%v, want %v: %v", got, r, err)
	}
}

// A Firestore that does not answer is not waited for: the breaker opens after its failures, and calls
// end at once.
func TestADeadFirestoreIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	b := breaker.New(breaker.Options{Name: "test", Failures: 2, Reset: time.Minute, Patience: time.Minute})
	// A connection wins over the emulator that the environment may name.
	conn, err := grpc.NewClient(silent.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), "p", b, option.WithGRPCConn(conn))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for n := range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, _, err := l.Load(ctx, "org")
		cancel()
		if open := errors.Is(err, breaker.ErrOpen); err == nil || open != (n == 2) {
			t.Errorf("call %d: %v", n, err)
		}
	}
	if m := b.State().Mode; m != breaker.Open {
		t.Errorf("the breaker is %s", m)
	}
}
