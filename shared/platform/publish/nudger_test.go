package publish_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/platform/publish"
)

// wait is that of the tests' nudgers; time stands still in synctest but for what they wait for.
const wait = 200 * time.Millisecond

// sent is one send as the test saw it.
type sent struct {
	shard      int64
	at         time.Time
	began, end time.Time
}

// recorder is a send that takes some time.
type recorder struct {
	takes time.Duration
	err   error

	mu   sync.Mutex
	all  []sent
	busy map[int64]int // sends that run, by shard
	most int           // of them at once in one shard
}

func (r *recorder) send(ctx context.Context, shard int64, at time.Time) error {
	r.mu.Lock()
	if r.busy == nil {
		r.busy = map[int64]int{}
	}
	r.busy[shard]++
	r.most = max(r.most, r.busy[shard])
	s := sent{shard: shard, at: at, began: time.Now()}
	r.mu.Unlock()
	err := r.err
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(r.takes):
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[shard]--
	s.end = time.Now()
	r.all = append(r.all, s)
	return err
}

// covered says whether a send began after a nudge was asked for, carries its time and had ended
// when the caller went on.
func (r *recorder) covered(shard int64, at, asked, returned time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.all {
		if s.shard == shard && !s.began.Before(asked) && !s.at.Before(at) && !s.end.After(returned) {
			return true
		}
	}
	return false
}

func TestNudgeAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: 5 * time.Millisecond}
		n := publish.NewNudger(r.send, publish.Times{Wait: wait, Send: wait})
		for range 3 {
			asked := time.Now()
			n.Nudge(t.Context(), 3, asked)
			if took := time.Since(asked); took != r.takes {
				t.Errorf("a lone caller waited %v", took)
			}
			if !r.covered(3, asked, asked, time.Now()) {
				t.Error("no send covers the nudge")
			}
		}
		if len(r.all) != 3 {
			t.Errorf("%d sends", len(r.all))
		}
	})
}

// Sends of a shard begin a gap apart, however many ask; a caller after a pause waits for nothing.
func TestNudgesKeepTheGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: 5 * time.Millisecond}
		const gap = 50 * time.Millisecond
		n := publish.NewNudger(r.send, publish.Times{Wait: wait, Send: wait, Gap: gap})
		for i := range 6 {
			asked := time.Now()
			n.Nudge(t.Context(), 1, asked)
			if !r.covered(1, asked, asked, time.Now()) {
				t.Errorf("caller %d is not covered", i)
			}
			if i > 0 && r.all[i].began.Sub(r.all[i-1].began) != gap {
				t.Errorf("send %d began %v after the one before", i, r.all[i].began.Sub(r.all[i-1].began))
			}
		}
		time.Sleep(gap) //nolint:forbidigo // time stands still in synctest but for this
		asked := time.Now()
		if n.Nudge(t.Context(), 1, asked); time.Since(asked) != r.takes {
			t.Errorf("after a pause a caller waited %v", time.Since(asked))
		}
		time.Sleep(gap) //nolint:forbidigo // the nudger's own goroutine ends with the gap
	})
}

// A thousand callers of one shard at once are two sends, and each is covered by one that began
// after he came, with a time that is not earlier than his.
func TestNudgesCoalesce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: 10 * time.Millisecond}
		n := publish.NewNudger(r.send, publish.Times{Wait: wait, Send: wait})
		at := time.Unix(1_000, 0)
		var callers sync.WaitGroup
		for i := range 1_000 {
			callers.Go(func() {
				asked, mine := time.Now(), at.Add(time.Duration(i*7919%1_000)) // in no order
				n.Nudge(t.Context(), 0, mine)
				if !r.covered(0, mine, asked, time.Now()) {
					t.Errorf("caller %d is not covered", i)
				}
			})
		}
		callers.Wait()
		if len(r.all) != 2 || r.most != 1 || !r.all[1].at.Equal(at.Add(999)) {
			t.Errorf("%d sends, %d at once, the last carries %v", len(r.all), r.most, r.all[len(r.all)-1].at)
		}
	})
}

// Callers who come while sends run, over some time and shards: all are covered, soon, by few sends.
func TestNudgesInAStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: 10 * time.Millisecond}
		n := publish.NewNudger(r.send, publish.Times{Wait: wait, Send: wait})
		var callers sync.WaitGroup
		for i := range 1_000 {
			callers.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Microsecond) //nolint:forbidigo // time stands still in synctest but for this
				asked, shard := time.Now(), int64(i%4)
				n.Nudge(t.Context(), shard, asked)
				if !r.covered(shard, asked, asked, time.Now()) {
					t.Errorf("caller %d is not covered", i)
				}
				if took := time.Since(asked); took > 2*r.takes {
					t.Errorf("caller %d waited %v", i, took)
				}
			})
		}
		callers.Wait()
		if len(r.all) > 4*12 || r.most != 1 {
			t.Errorf("%d sends in 100 ms of 4 shards, %d at once in one", len(r.all), r.most)
		}
	})
}

// A send that hangs holds nobody for longer than wait, and no goroutine for much longer; the shards
// beside it go on.
func TestNudgeThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		sends := map[int64]int{}
		n := publish.NewNudger(func(ctx context.Context, shard int64, _ time.Time) error {
			mu.Lock()
			sends[shard]++
			mu.Unlock()
			if shard == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}, publish.Times{Wait: wait, Send: wait})
		var callers sync.WaitGroup
		nudge := func(shard int64, want time.Duration) {
			callers.Go(func() {
				start := time.Now()
				n.Nudge(t.Context(), shard, start)
				if took := time.Since(start); took != want {
					t.Errorf("shard %d: waited %v, want %v", shard, took, want)
				}
			})
		}
		nudge(1, wait)
		synctest.Wait()
		time.Sleep(wait / 2) //nolint:forbidigo // time stands still in synctest but for this
		nudge(1, wait)
		nudge(2, 0)
		callers.Wait()
		mu.Lock()
		if sends[1] != 2 || sends[2] != 1 {
			t.Errorf("sends by shard: %v", sends)
		}
		mu.Unlock()
		time.Sleep(wait / 2) //nolint:forbidigo // the last send's own time-out
		synctest.Wait()
		n.Nudge(t.Context(), 2, time.Now()) // the test's end would find a goroutine that is left
	})
}

// Failures are nobody's business, panics included.
func TestNudgeFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: time.Millisecond, err: errors.New("away")}
		n := publish.NewNudger(r.send, publish.Times{Wait: wait, Send: wait})
		n.Nudge(t.Context(), 0, time.Now())
		n.Nudge(t.Context(), 0, time.Now())
		if len(r.all) != 2 {
			t.Errorf("%d sends: one after a failure does not begin", len(r.all))
		}
		n = publish.NewNudger(func(context.Context, int64, time.Time) error { panic("broken") }, publish.Times{Wait: wait, Send: wait})
		n.Nudge(t.Context(), 0, time.Now())
		n.Nudge(t.Context(), 0, time.Now())
	})
}

// One of several callers who goes away takes nobody's send with him, his own included: it begins when
// its turn comes.
func TestNudgeCallerLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: 50 * time.Millisecond}
		n := publish.NewNudger(r.send, publish.Times{Wait: wait, Send: wait})
		leaving, leave := context.WithCancel(t.Context())
		at := time.Now()
		var callers sync.WaitGroup
		call := func(ctx context.Context, plus, want time.Duration) {
			callers.Go(func() {
				n.Nudge(ctx, 0, at.Add(plus))
				if took := time.Since(at); took != want {
					t.Errorf("returned after %v, want %v", took, want)
				}
			})
			synctest.Wait()
		}
		call(leaving, 0, 0)                        // begins the first send and leaves
		call(leaving, 2, 0)                        // asks for the second and leaves
		call(t.Context(), 1, 100*time.Millisecond) // shares it
		leave()
		callers.Wait()
		if len(r.all) != 2 || !r.all[1].at.Equal(at.Add(2)) {
			t.Errorf("sends %v", r.all)
		}

		leaving, leave = context.WithCancel(t.Context())
		at = time.Now()
		call(t.Context(), 0, 50*time.Millisecond)
		call(leaving, 0, 0)
		leave()
		callers.Wait()
		synctest.Wait()
		time.Sleep(r.takes) //nolint:forbidigo // time stands still in synctest but for this
		synctest.Wait()
		if len(r.all) != 4 {
			t.Errorf("%d sends: one that was asked for was not made", len(r.all))
		}
	})
}

func TestNewNudgerPanics(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(){
		"no send":         func() { publish.NewNudger(nil, publish.Times{Wait: wait, Send: wait}) },
		"no wait":         func() { publish.NewNudger((&recorder{}).send, publish.Times{Send: wait}) },
		"no time to send": func() { publish.NewNudger((&recorder{}).send, publish.Times{Wait: wait}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			act()
		}()
	}
}
