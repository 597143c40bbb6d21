package heads_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"innkeep.internal/shared/platform/heads"
	"innkeep.internal/shared/testkit/firestore"
)

// patience bounds what a test waits for; the emulator's first calls are slow.
const patience = 40 * time.Second

func open(t *testing.T, project string) *heads.Heads {
	t.Helper()
	h, err := heads.Open(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// move moves a head, again and again where the emulator is still too slow.
func move(ctx context.Context, t *testing.T, h *heads.Heads, at map[string]time.Time) {
	t.Helper()
	err := error(heads.ErrUnavailable)
	for errors.Is(err, heads.ErrUnavailable) && ctx.Err() == nil {
		err = h.Move(ctx, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// until waits for a time on the channel; later times than it fail the test.
func until(ctx context.Context, t *testing.T, moved <-chan time.Time, want time.Time) {
	t.Helper()
	for {
		select {
		case <-ctx.Done():
			t.Fatalf("the watcher was not told of %s", want)
		case at := <-moved:
			if at.Equal(want) {
				return
			}
			if at.After(want) {
				t.Fatalf("the head is at %s, after %s", at, want)
			}
		}
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

func TestMoveWakesWatchersOfAllInstances(t *testing.T) {
	t.Parallel()
	project := firestore.Project(t)
	relay, one, two := open(t, project), open(t, project), open(t, project)
	ctx := soon(t)
	// A head that is there tells when a listener is: the emulator, under load, loses what happens while one begins.
	before := noon.Add(-time.Second)
	move(ctx, t, relay, map[string]time.Time{"org.1": before})
	a, endA := one.Watch(ctx, "org.1")
	defer endA()
	b, endB := two.Watch(ctx, "org.1")
	defer endB()
	until(ctx, t, a, before)
	until(ctx, t, b, before)
	other, endOther := two.Watch(ctx, "org.2")
	defer endOther()
	for i := range 3 {
		at := noon.Add(time.Duration(i) * time.Second)
		move(ctx, t, relay, map[string]time.Time{"org.1": at})
		until(ctx, t, a, at)
		until(ctx, t, b, at)
	}
	select {
	case at := <-other:
		t.Errorf("the head of another name woke this one: %s", at)
	default:
	}
	late, endLate := one.Watch(ctx, "org.1")
	defer endLate()
	until(ctx, t, late, noon.Add(2*time.Second))
}

// Doubled, late and reordered moves, from many at once: the head stands at the latest time.
func TestHeadsOnlyMoveForward(t *testing.T) {
	t.Parallel()
	h := open(t, firestore.Project(t))
	ctx := soon(t)
	const moves = 10
	order := append(rand.Perm(moves), rand.Perm(moves)...)
	var wg sync.WaitGroup
	errs := make(chan error, len(order))
	lanes := make(chan struct{}, 2)
	for _, i := range order {
		wg.Go(func() {
			lanes <- struct{}{}
			errs <- h.Move(ctx, map[string]time.Time{"org": noon.Add(time.Duration(i) * time.Millisecond)})
			<-lanes
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil && !errors.Is(err, heads.ErrUnavailable) {
			t.Error(err)
		}
	}
	last := noon.Add((moves - 1) * time.Millisecond)
	for _, at := range []time.Time{last, noon} { // the second is late by all of them
		move(ctx, t, h, map[string]time.Time{"org": at})
	}
	fresh, end := h.Watch(ctx, "org")
	defer end()
	select {
	case at := <-fresh:
		if !at.Equal(last) {
			t.Errorf("the head is at %s, want %s", at, last)
		}
	case <-ctx.Done():
		t.Fatal("the head was not told")
	}
}

func TestMoreHeadsThanACommitHolds(t *testing.T) {
	t.Parallel()
	h := open(t, firestore.Project(t))
	ctx := soon(t)
	at := map[string]time.Time{}
	for i := range 501 {
		at[fmt.Sprintf("org-%03d", i)] = noon.Add(time.Duration(i))
	}
	move(ctx, t, h, at)
	for _, name := range []string{"org-000", "org-499", "org-500"} {
		moved, end := h.Watch(ctx, name)
		until(ctx, t, moved, at[name])
		end()
	}
}

// Every organisation's id is a name, also those that Firestore takes for no document's.
func TestNames(t *testing.T) {
	t.Parallel()
	h := open(t, firestore.Project(t))
	ctx := soon(t)
	for _, name := range []string{".", "..", "__x__", "a", "A-b_c.9:-"} {
		move(ctx, t, h, map[string]time.Time{name: noon})
		moved, end := h.Watch(ctx, name)
		until(ctx, t, moved, noon)
		end()
	}
	long := fmt.Sprintf("%0201d", 1)
	for _, at := range []map[string]time.Time{
		{"": noon}, {"a/b": noon}, {"é": noon}, {long: noon}, {"a": {}}, {"a": time.Unix(0, 0)},
	} {
		if err := h.Move(ctx, at); !errors.Is(err, heads.ErrHead) {
			t.Errorf("%v: %v, want ErrHead", at, err)
		}
	}
	_, end := h.Watch(ctx, "a/b")
	end()
}

func TestMoveOfNothing(t *testing.T) {
	t.Parallel()
	h := open(t, firestore.Project(t))
	if err := h.Move(soon(t), nil); err != nil {
		t.Error(err)
	}
}

func TestMoveWithoutFirestore(t *testing.T) {
	t.Parallel()
	h := open(t, firestore.Project(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Move(ctx, map[string]time.Time{"a": noon}); !errors.Is(err, heads.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	if err := h.Reach(ctx); err == nil {
		t.Error("it is reached")
	}
	if err := h.Reach(soon(t)); err != nil {
		t.Error(err)
	}
}
