package courier

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/webhookstore"
)

const (
	contentType = "application/cloudevents+json"
	userAgent   = "Innkeep-Webhooks/1"
	// maxFailures is how many messages in a row an endpoint may leave unanswered, or answer by saying that
	// it is overloaded, before the rest is put off: each may have taken its whole time.
	maxFailures = 3
)

// lane is what a call does at one endpoint of one shard.
type lane struct {
	*Courier
	endpoint webhookstore.Endpoint

	mu       sync.Mutex
	failures int           // in a row
	down     bool          // nothing more is tried
	gone     bool          // and never again
	wait     time.Duration // that the receiver asked for
	settled  []webhookstore.Settled
}

// lane sends what is due, some at a time, until nothing is, the endpoint fails or the time ends.
func (c *Courier) lane(ctx context.Context, shard int64, to webhookstore.Target) error {
	for c.enough(ctx) {
		found, parked, err := c.store.Claim(ctx, shard, to, claimed)
		if err != nil {
			return err
		}
		parkedMetric(ctx, parked)
		if len(found.Deliveries) == 0 {
			return nil
		}
		l := &lane{Courier: c, endpoint: found.Endpoint}
		var g errgroup.Group
		g.SetLimit(perEndpoint)
		for _, d := range found.Deliveries {
			g.Go(func() error {
				l.deliver(ctx, found, d)
				return nil
			})
		}
		_ = g.Wait()
		if err := c.write(ctx, to, l); err != nil {
			return err
		}
		if l.down || len(found.Deliveries) < claimed {
			return nil
		}
	}
	return nil
}

// write puts down what came of a lane's deliveries; what is parked by it is counted. A caller that
// went away does not undo what was sent.
func (c *Courier) write(ctx context.Context, to webhookstore.Target, l *lane) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.settle)
	defer cancel()
	if err := c.store.Settle(ctx, to, l.settled, l.gone); err != nil {
		return err
	}
	parked := 0
	for _, d := range l.settled {
		if d.Status == webhookstore.Parked {
			parked++
		}
	}
	parkedMetric(ctx, parked)
	return nil
}

// deliver tries one delivery, or says why not.
func (l *lane) deliver(ctx context.Context, from webhookstore.Claimed, d webhookstore.Delivery) {
	leave, ok := l.enter(ctx, l.endpoint.Target)
	if ok {
		defer leave()
	}
	if down, wait := l.state(); down {
		l.note(l.store.Skipped(d, l.store.Now(), wait))
		deliveredMetric(ctx, "skipped", 0)
		return
	}
	if !ok || !l.enough(ctx) {
		l.note(l.store.Released(d))
		return
	}
	event, found := from.Events[d.Position]
	id, body, err := "", []byte(nil), error(nil)
	if found {
		id, body, err = l.render(event)
	}
	if !found || err != nil {
		unreadable(ctx, d, err)
		l.note(l.store.Unreadable(d))
		deliveredMetric(ctx, "unreadable", 0)
		return
	}
	at := l.store.Now()
	h := webhook.Sign(id, at, body, l.endpoint.Signers(at)...)
	h.Set("Content-Type", contentType)
	h.Set("User-Agent", userAgent)
	sending, cancel := l.bounded(ctx)
	defer cancel()
	a := l.send(sending, l.endpoint.URL, h, body)
	if a.Status == 0 && sending.Err() != nil { // our time ended, not the receiver's
		l.note(l.store.Released(d))
		return
	}
	l.judge(a)
	l.note(l.store.Answered(d, at, a))
	deliveredMetric(ctx, outcome(a), a.Took)
}

// bounded leaves the end of a call's time for what must be written down.
func (c *Courier) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	at, bounded := ctx.Deadline()
	if !bounded {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, at.Add(-c.settle))
}

func (l *lane) note(d webhookstore.Settled) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled = append(l.settled, d)
}

func (l *lane) state() (down bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.down, l.wait
}

// judge says from an answer whether the endpoint takes more now. What it refuses for itself (404, 500)
// says nothing of the others.
func (l *lane) judge(a webhook.Answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch a.Status {
	case http.StatusGone:
		l.gone, l.down = true, true
	case 0, http.StatusBadGateway, http.StatusGatewayTimeout:
		l.failures++
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		l.failures++
		if a.RetryAfter > 0 {
			l.down, l.wait = true, max(l.wait, a.RetryAfter)
		}
	default:
		l.failures = 0
	}
	l.down = l.down || l.failures >= maxFailures
}

func outcome(a webhook.Answer) string {
	switch {
	case a.OK():
		return "delivered"
	case a.Status == 0:
		return a.Reason
	}
	return "refused"
}
