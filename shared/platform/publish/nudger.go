package publish

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The instrument of nudges; without a provider it does nothing.
var (
	meter         = otel.Meter("innkeep.internal/shared/platform/publish")
	nudgeCount, _ = meter.Int64Counter("innkeep.feed.nudges", metric.WithUnit("{nudge}"),
		metric.WithDescription("Nudges asked for, by outcome: sent, shared (sent for another one too), failed, left (the caller did not wait for it)."))
)

// Nudger says "look" to the consumers of a shard. It sends one nudge at a time a shard; those who
// ask meanwhile share the one that follows. Nothing of it is owed to anybody: a nudge that is lost
// is made up for by the sweep.
type Nudger struct {
	send func(ctx context.Context, shard int64, at time.Time) error
	Times

	mu   sync.Mutex
	next map[int64]*sending // there where a send runs: the one that follows it, nil when nobody asked
}

// sending is one send and those who wait for it.
type sending struct {
	ctx  context.Context // the first caller's, without his end
	at   time.Time       // the latest of its callers
	done chan struct{}
	err  error // after done
}

// Times are those of a Nudger.
type Times struct {
	// Wait is how long a caller stays at most. It need not be enough for a send: that goes on without him.
	Wait time.Duration
	// Send is what one send may take; it must end with its context.
	Send time.Duration
	// Gap is from the beginning of one send of a shard to the next at least, so that a shard with many
	// commits costs a bounded number of messages.
	Gap time.Duration
}

// NewNudger makes a Nudger. It panics without send or with times that are not positive; Gap may be zero.
func NewNudger(send func(ctx context.Context, shard int64, at time.Time) error, t Times) *Nudger {
	if send == nil || t.Wait <= 0 || t.Send <= 0 || t.Gap < 0 {
		panic("publish: a nudger needs a send and positive times")
	}
	return &Nudger{send: send, Times: t, next: map[int64]*sending{}}
}

// Nudge returns when a send for shard that began after this call has ended, well or not, when ctx
// ends, or after the Nudger's wait. The send carries at, or a later time of those who share it, so
// what the caller committed before is seen by whoever is nudged.
//
// Who waits no longer, or goes away, takes nobody's send with him: it is made all the same. After its
// last answer an instance may lose its CPU, though: what it had to send then comes with its next
// request, or with the sweep.
func (n *Nudger) Nudge(ctx context.Context, shard int64, at time.Time) {
	waiting, cancel := context.WithTimeout(ctx, n.Wait)
	defer cancel()
	s, shared := n.join(ctx, shard, at)
	outcome := "sent"
	select {
	case <-s.done:
		switch {
		case s.err != nil:
			outcome = "failed"
		case shared:
			outcome = "shared"
		}
	case <-waiting.Done():
		outcome = "left"
	}
	nudgeCount.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.outcome", outcome)))
}

// join gives the first send of the shard that is still to begin; shared says that others had asked
// for it before.
func (n *Nudger) join(ctx context.Context, shard int64, at time.Time) (s *sending, shared bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s, running := n.next[shard]
	if s != nil {
		if at.After(s.at) {
			s.at = at
		}
		return s, true
	}
	s = &sending{ctx: context.WithoutCancel(ctx), at: at, done: make(chan struct{})}
	if running {
		n.next[shard] = s
		return s, false
	}
	n.next[shard] = nil
	go n.run(shard, s)
	return s, false
}

// run sends s and what was asked for meanwhile, until there is nothing.
func (n *Nudger) run(shard int64, s *sending) {
	for s != nil {
		began := time.Now()
		if s.err = n.deliver(shard, s); s.err != nil {
			level := slog.LevelWarn
			if status.Code(s.err) == codes.Canceled {
				level = slog.LevelDebug // the client was closed: the process is ending
			}
			slog.Log(s.ctx, level, "nudge not sent", slog.Int64("shard", shard), slog.Any("error", s.err))
		}
		close(s.done)
		<-time.After(n.Gap - time.Since(began))
		s = n.following(shard)
	}
}

func (n *Nudger) deliver(shard int64, s *sending) (err error) {
	ctx, cancel := context.WithTimeout(s.ctx, n.Send)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("publish: the send panicked: %v", v)
		}
	}()
	return n.send(ctx, shard, s.at)
}

// following is the next send, which begins now. Without one the shard is idle.
func (n *Nudger) following(shard int64) *sending {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.next[shard]
	if s == nil {
		delete(n.next, shard)
		return nil
	}
	n.next[shard] = nil
	return s
}
