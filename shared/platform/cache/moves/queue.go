package moves

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// gap is the least time between two moves of a head: what Firestore bears of one document in the long
	// run. It is counted from the answer to the first to the sending of the next.
	gap = time.Second
	// flushHeads is how many heads a flush moves, lanes how many flushes are under way at a time: 100
	// heads are five RPCs, side by side, so 4,000 heads a second at 100 ms each.
	flushHeads = 100
	lanes      = 4
	// flushTimeout bounds a flush: two of them fit into the service's 5 s.
	flushTimeout = 2 * time.Second
	// retries is how often a head is tried again, a gap after each failure.
	retries = 3
	// refusedFor is how long a refused head is refused at once: all its events of a batch learn of it within
	// the service's 5 s, and a sweep's retry a minute later is a true one.
	refusedFor = 4 * time.Second
)

// Write moves some heads, and gives an error or nil for each.
type Write func(ctx context.Context, all []News) []error

// Queue holds the news of heads until they are written. It has a goroutine while there are any.
type Queue struct {
	write Write
	wake  chan struct{}

	mu      sync.Mutex
	items   map[string]*item // that wait, by head
	ready   byUrgency
	resting byTime
	recent  map[string]*moved
	order   []*moved // recent, as they were begun
	flights int
	running bool
	seq     int64
	success time.Time // when a head was moved last
}

// item is a head with news, and who waits for it to be moved.
type item struct {
	news    News
	due     time.Time
	seq     int64 // of its coming, for items of one urgency
	tries   int
	first   time.Time // try
	waiters []*call
	index   int // in ready or resting
	rests   bool
}

// moved is a head that was moved or refused a short time ago.
type moved struct {
	head    string
	free    time.Time // when it may be moved again
	at      map[string]int64
	refusal *RefusedError
	until   time.Time // of the refusal, or free
}

// call is one caller's wait.
type call struct {
	open int
	errs []error
	done chan struct{}
}

// NewQueue makes an empty queue on what writes.
func NewQueue(w Write) *Queue {
	return &Queue{write: w, wake: make(chan struct{}, 1), items: map[string]*item{}, recent: map[string]*moved{}}
}

// Move has the heads moved, and returns when each was or could not be. The error is nil, or wraps a
// RefusedError for each head that Firestore refuses, or ErrUnavailable where the news are to be told again.
// What ctx leaves behind is still written: heads only rise, and the news are true.
func (q *Queue) Move(ctx context.Context, all []News) error {
	c := &call{done: make(chan struct{})}
	q.mu.Lock()
	now := time.Now()
	q.forget(now)
	for _, n := range all {
		q.add(ctx, c, n, now)
	}
	wait := c.open > 0
	if wait && !q.running {
		q.running = true
		go q.run(context.WithoutCancel(ctx))
	}
	q.mu.Unlock()
	if wait {
		q.stir()
		select {
		case <-c.done:
		case <-ctx.Done():
			return errors.Join(ErrUnavailable, ctx.Err())
		}
	}
	return errors.Join(c.errs...)
}

// add puts news into the queue for a caller.
func (q *Queue) add(ctx context.Context, c *call, n News, now time.Time) {
	last := q.recent[n.Head]
	if last != nil && last.refusal != nil && now.Before(last.until) {
		c.errs = append(c.errs, last.refusal)
		return
	}
	if last != nil && last.at != nil && n.within(last.at) {
		return
	}
	c.open++
	it := q.items[n.Head]
	if it == nil {
		q.seq++
		it = &item{news: n.clone(), seq: q.seq}
		q.items[n.Head] = it
		depth.Add(ctx, 1)
	} else {
		q.leave(it)
		it.news.Add(n)
	}
	it.waiters = append(it.waiters, c)
	if it.due = later(it.due, n.NotBefore); last != nil {
		it.due = later(it.due, last.free)
	}
	q.enter(it, now)
}

func (q *Queue) enter(it *item, now time.Time) {
	if it.rests = it.due.After(now); it.rests {
		heap.Push(&q.resting, it)
	} else {
		heap.Push(&q.ready, it)
	}
}

func (q *Queue) leave(it *item) {
	if it.rests {
		heap.Remove(&q.resting, it.index)
	} else {
		heap.Remove(&q.ready, it.index)
	}
}

// forget drops what was moved so long ago that it does not matter.
func (q *Queue) forget(now time.Time) {
	for len(q.order) > 0 && !q.order[0].until.After(now) {
		m := q.order[0]
		if q.recent[m.head] == m {
			delete(q.recent, m.head)
		}
		q.order = q.order[1:]
	}
}

// remember takes the place of what was known of a head.
func (q *Queue) remember(m *moved) {
	q.recent[m.head] = m
	q.order = append(q.order, m)
}

func (q *Queue) stir() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run flushes until nothing waits and nothing is under way.
func (q *Queue) run(ctx context.Context) {
	for {
		batch, next, over := q.take(time.Now())
		switch {
		case over:
			return
		case len(batch) > 0:
			go q.flush(ctx, batch)
		case next.IsZero(): // until a flush ends, or news come
			<-q.wake
		default:
			timer := time.NewTimer(time.Until(next))
			select {
			case <-q.wake:
			case <-timer.C:
			}
			timer.Stop()
		}
	}
}

// take gives the next heads to be moved, or when there will be some, or that the queue is empty.
func (q *Queue) take(now time.Time) (batch []*item, next time.Time, over bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.resting) > 0 && !q.resting[0].due.After(now) {
		it := q.resting[0]
		q.leave(it)
		q.enter(it, now)
	}
	if len(q.items) == 0 && q.flights == 0 {
		q.running = false
		return nil, next, true
	}
	if q.flights == lanes {
		return nil, next, false
	}
	for len(q.ready) > 0 && len(batch) < flushHeads {
		it := q.ready[0]
		q.leave(it)
		delete(q.items, it.news.Head)
		// News that come meanwhile wait for the answer, which says when they may go.
		q.remember(&moved{head: it.news.Head, free: now.Add(flushTimeout + 2*gap), until: now.Add(flushTimeout + 2*gap)})
		if it.tries == 0 {
			it.first = now
		}
		batch = append(batch, it)
	}
	if len(batch) > 0 {
		q.flights++
	} else if len(q.resting) > 0 {
		next = q.resting[0].due
	}
	return batch, next, false
}
