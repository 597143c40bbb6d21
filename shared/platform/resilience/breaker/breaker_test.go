package breaker

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/fault"
)

// TestMain keeps the warnings of provoked failures out of the way.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	os.Exit(m.Run())
}

var (
	errDown = status.Error(codes.Unavailable, "down")
	options = Options{Name: "spanner/read", Failures: 5, Reset: time.Minute}
)

func fail(ctx context.Context, b *Breaker, n int) {
	for range n {
		_ = b.Do(ctx, func(context.Context) error { return errDown })
	}
}

func fine(context.Context) error { return nil }

func TestItOpensAfterFailuresInARow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(options)
		fail(t.Context(), b, 4)
		if err := b.Do(t.Context(), fine); err != nil {
			t.Fatal("a success does not begin the count anew", err)
		}
		fail(t.Context(), b, 4)
		if m := b.State().Mode; m != Closed {
			t.Fatalf("%s after 4 failures in a row", m)
		}
		fail(t.Context(), b, 1)
		err := b.Do(t.Context(), func(context.Context) error { t.Error("called while open"); return nil })
		if !errors.Is(err, ErrOpen) || fault.From(err).Params["retryAfterSeconds"] != "60" {
			t.Fatalf("%v", err)
		}
		if s := b.State(); s.Mode != Open || s.Opened != 1 || s.Refused != 1 || s.Failed != 9 || s.Alive != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestOneCallAtATimeSeesWhetherItIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(options)
		fail(t.Context(), b, 5)
		<-time.After(time.Minute - 1)
		if _, err := b.Allow(t.Context()); !errors.Is(err, ErrOpen) {
			t.Fatal("it let a call through too soon")
		}
		<-time.After(1)
		probe, err := b.Allow(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Allow(t.Context()); !errors.Is(err, ErrOpen) {
			t.Error("a second call beside the first")
		}
		b.Done(t.Context(), probe, Silent, nil)
		if probe, err = b.Allow(t.Context()); err != nil {
			t.Fatal("a caller who went away took the probe with him")
		}
		b.Done(t.Context(), probe, Failed, errDown)
		if s := b.State(); s.Mode != Open || s.Opened != 2 {
			t.Fatalf("%+v", s)
		}
		<-time.After(time.Minute)
		if err := b.Do(t.Context(), fine); err != nil || b.State().Mode != Closed {
			t.Errorf("%v, %s", err, b.State().Mode)
		}
	})
}

func TestWhatBeganEarlierSaysNothingOfNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(options)
		late, _ := b.Allow(t.Context())
		fail(t.Context(), b, 5)
		<-time.After(time.Minute)
		probe, err := b.Allow(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b.Done(t.Context(), late, Alive, nil)
		if m := b.State().Mode; m != HalfOpen {
			t.Errorf("a call from before made it %s", m)
		}
		b.Done(t.Context(), probe, Alive, nil)
	})
}

func TestAPanicIsNoVerdict(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(options)
		fail(t.Context(), b, 5)
		<-time.After(time.Minute)
		func() {
			defer func() { _ = recover() }()
			_ = b.Do(t.Context(), func(context.Context) error { panic("ours") })
		}()
		if err := b.Do(t.Context(), fine); err != nil {
			t.Error("the probe is lost", err)
		}
	})
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		took time.Duration
		want Verdict
	}{
		"nothing":             {nil, 0, Alive},
		"exists already":      {status.Error(codes.AlreadyExists, ""), 0, Alive},
		"not found":           {status.Error(codes.NotFound, ""), 0, Alive},
		"precondition":        {status.Error(codes.FailedPrecondition, ""), 0, Alive},
		"argument":            {status.Error(codes.InvalidArgument, ""), 0, Alive},
		"aborted":             {status.Error(codes.Aborted, ""), 0, Alive},
		"cancelled":           {status.Error(codes.Canceled, ""), 0, Silent},
		"went away":           {context.Canceled, time.Hour, Silent},
		"unavailable":         {errDown, 0, Failed},
		"exhausted":           {status.Error(codes.ResourceExhausted, ""), 0, Failed},
		"no code":             {errors.New("connection refused"), 0, Failed},
		"time-out":            {status.Error(codes.DeadlineExceeded, ""), time.Second, Failed},
		"a hurried caller":    {context.DeadlineExceeded, 10 * time.Millisecond, Silent},
		"a conflict":          {fault.New(fault.Conflict, "x", ""), 0, Alive},
		"its own unavailable": {fault.New(fault.Unavailable, "x", ""), 0, Failed},
		"limited":             {fault.New(fault.Limited, "x", ""), 0, Alive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := New(options)
				ticket, _ := b.Allow(t.Context())
				<-time.After(c.took)
				if got := b.Judge(t.Context(), ticket, c.err); got != c.want {
					t.Errorf("%d, want %d", got, c.want)
				}
			})
		})
	}
}

func TestTheFastPathAllocatesNothing(t *testing.T) {
	b := New(options)
	if n := testing.AllocsPerRun(1000, func() { _ = b.Do(context.Background(), fine) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkClosed(b *testing.B) {
	br := New(options)
	b.ReportAllocs()
	for b.Loop() {
		ticket, _ := br.Allow(context.Background())
		br.Done(context.Background(), ticket, Alive, nil)
	}
}

func BenchmarkOpen(b *testing.B) {
	br := New(options)
	fail(context.Background(), br, 5)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = br.Allow(context.Background())
	}
}
