package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// work is a kind of call and how much of it there is beside others.
type work struct {
	kind  string
	share int
}

// rate is a kind of call and how often it comes.
type rate struct {
	kind      string
	perSecond float64
}

const (
	workers = 24 // that keep an installation busy without a queue to speak of
	after   = 15 * time.Second
)

// pick is a kind by its share.
func pick(mix []work) string {
	all := 0
	for _, w := range mix {
		all += w.share
	}
	n := rand.IntN(all)
	for _, w := range mix {
		if n -= w.share; n < 0 {
			return w.kind
		}
	}
	return mix[0].kind
}

// saturate is how many calls a second of the mix succeed while so many workers make one after the other:
// in the last two thirds of the time, when what follows from calls (the feed) is under way as well.
func (h *hammer) saturate(ctx context.Context, d time.Duration, mix []work) int {
	l := &log{}
	var all sync.WaitGroup
	begin := time.Now().Add(d / 3)
	end := begin.Add(d - d/3)
	for range workers {
		all.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				l.add(h.do(ctx, pick(mix)))
			}
		})
	}
	all.Wait()
	n := 0
	for _, o := range l.all {
		if o.ok && o.at.After(begin) {
			n++
		}
	}
	return int(float64(n) / end.Sub(begin).Seconds())
}

// offer makes calls at their rates until the end, whatever becomes of those before, and notes them.
func (h *hammer) offer(ctx context.Context, l *log, end time.Time, rates []rate) *sync.WaitGroup {
	all := &sync.WaitGroup{}
	for _, r := range rates {
		all.Go(func() {
			next := time.Now()
			for next.Before(end) && ctx.Err() == nil {
				select {
				case <-time.After(time.Until(next)):
				case <-ctx.Done():
				}
				all.Go(func() { l.add(h.do(ctx, r.kind)) })
				next = next.Add(time.Duration(rand.ExpFloat64() / r.perSecond * float64(time.Second)))
			}
		})
	}
	return all
}

// capacity is how many calls a second of the mix succeed beside those that are held.
func (h *hammer) capacity(ctx context.Context, d time.Duration, held []rate, mix []work) int {
	beside := h.offer(ctx, &log{}, time.Now().Add(d), held)
	defer beside.Wait()
	return max(1, h.saturate(ctx, d, mix))
}

// result is what came of a load.
type result struct {
	offered, goodput float64 // a second, of all kinds
	shed             int     // answered 503 or 429
	posts, postsGood int     // closes among them
	postsP99         time.Duration
	recovered        time.Duration // after the load; the span looked at where it did not
}

// press offers the mix at so many times the capacity beside what is held, and then half of it for a
// while.
func (h *hammer) press(ctx context.Context, d time.Duration, held []rate, mix []work, capacity, times int) result {
	l := &log{}
	from := time.Now()
	end := from.Add(d)
	first := h.offer(ctx, l, end, append(rates(mix, float64(capacity*times)), held...))
	<-time.After(time.Until(end))
	calm := &log{}
	second := h.offer(ctx, calm, end.Add(after), append(rates(mix, float64(capacity)/2), held...))
	first.Wait()
	second.Wait()

	r := result{}
	var posts []time.Duration
	for _, o := range l.all {
		switch {
		case o.ok:
			r.goodput++
		case o.status == http.StatusServiceUnavailable, o.status == http.StatusTooManyRequests:
			r.shed++
		}
		if o.kind == "post" || o.kind == "close" {
			if r.posts++; o.ok {
				r.postsGood++
				posts = append(posts, o.took)
			}
		}
	}
	r.offered, r.goodput = float64(len(l.all))/d.Seconds(), r.goodput/d.Seconds()
	if slices.Sort(posts); len(posts) > 0 {
		r.postsP99 = posts[len(posts)*99/100]
	}
	r.recovered = recovery(calm.all, end)
	return r
}

func rates(mix []work, perSecond float64) (out []rate) {
	all := 0
	for _, w := range mix {
		all += w.share
	}
	for _, w := range mix {
		out = append(out, rate{w.kind, perSecond * float64(w.share) / float64(all)})
	}
	return out
}

// recovery is how long after the end the last call began that was refused or took 2 s.
func recovery(all []outcome, end time.Time) (last time.Duration) {
	for _, o := range all {
		if !o.ok || o.took >= 2*time.Second {
			last = max(last, o.at.Sub(end))
		}
	}
	return last.Round(100 * time.Millisecond)
}
