package moves

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// flush moves a batch of heads.
func (q *Queue) flush(ctx context.Context, batch []*item) {
	all := make([]News, len(batch))
	for i, it := range batch {
		all[i] = it.news
	}
	short, cancel := context.WithTimeout(ctx, flushTimeout)
	errs := q.write(short, all)
	cancel()
	now := time.Now()
	batchSize.Record(ctx, int64(len(batch)))
	q.mu.Lock()
	q.flights--
	for _, err := range errs {
		if err == nil {
			q.success = now
		}
		counted(ctx, moveCount, 1, err)
	}
	for i, it := range batch {
		q.settle(ctx, it, errs[i], now)
	}
	q.mu.Unlock()
	q.stir()
}

// settle ends a head's flush: it was moved, is tried again, or is given up.
func (q *Queue) settle(ctx context.Context, it *item, err error, now time.Time) {
	// What failed may have been written all the same.
	m := &moved{head: it.news.Head, free: now.Add(gap), until: now.Add(gap)}
	q.remember(m)
	switch {
	case err == nil:
		m.at = it.news.At
		lag.Record(ctx, now.Sub(it.news.Oldest).Seconds())
		coalesced.Add(ctx, int64(it.news.Events-1))
	case it.tries < retries:
		it.tries++
		q.again(ctx, it, m.free, now)
		return
	case permanent(err) || !q.success.Before(it.first):
		m.refusal, m.until = &RefusedError{it.news.Head, err}, now.Add(refusedFor)
		refused.Add(ctx, 1)
		err = m.refusal
	default:
		err = errors.Join(ErrUnavailable, err)
	}
	depth.Add(ctx, -1)
	for _, c := range it.waiters {
		if err != nil {
			c.errs = append(c.errs, err)
		}
		if c.open--; c.open == 0 {
			close(c.done)
		}
	}
	if waits := q.items[it.news.Head]; waits != nil { // news that came meanwhile
		q.leave(waits)
		waits.due = later(waits.news.NotBefore, m.free)
		q.enter(waits, now)
	}
}

// again puts a head back that was not moved, with the news that came meanwhile.
func (q *Queue) again(ctx context.Context, it *item, due, now time.Time) {
	if came := q.items[it.news.Head]; came != nil {
		q.leave(came)
		it.news.Add(came.news)
		it.waiters = append(it.waiters, came.waiters...)
		depth.Add(ctx, -1)
	}
	q.items[it.news.Head] = it
	it.due = later(due, it.news.NotBefore)
	q.enter(it, now)
}

// permanent reports whether Firestore would answer so again, however well it is: the document has grown too
// large, say. Other codes may be about the whole database, and then nothing is refused for itself.
func permanent(err error) bool { return status.Code(err) == codes.InvalidArgument }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// byUrgency is the heads that may be moved, the most urgent first, then in the order of their coming.
type byUrgency []*item

func (h byUrgency) Len() int { return len(h) }
func (h byUrgency) Less(i, j int) bool {
	if h[i].news.Urgency != h[j].news.Urgency {
		return h[i].news.Urgency < h[j].news.Urgency
	}
	return h[i].seq < h[j].seq
}
func (h byUrgency) Swap(i, j int) { h[i], h[j] = h[j], h[i]; h[i].index, h[j].index = i, j }
func (h *byUrgency) Push(x any)   { *h = push(*h, x) }
func (h *byUrgency) Pop() any     { x, rest := pop(*h); *h = rest; return x }

// byTime is the heads that rest, those that may be moved first in front.
type byTime []*item

func (h byTime) Len() int           { return len(h) }
func (h byTime) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h byTime) Swap(i, j int)      { h[i], h[j] = h[j], h[i]; h[i].index, h[j].index = i, j }
func (h *byTime) Push(x any)        { *h = push(*h, x) }
func (h *byTime) Pop() any          { x, rest := pop(*h); *h = rest; return x }

func push(h []*item, x any) []*item {
	it, ok := x.(*item)
	if !ok {
		panic("moves: a heap holds items")
	}
	it.index = len(h)
	return append(h, it)
}

func pop(h []*item) (*item, []*item) {
	n := len(h) - 1
	it := h[n]
	h[n] = nil
	return it, h[:n]
}
