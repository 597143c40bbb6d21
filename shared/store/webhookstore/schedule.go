package webhookstore

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"innkeep.internal/shared/platform/webhook"
)

const (
	// giveUp is how long an event is tried, from its first attempt on; the last one is at its end.
	giveUp = 72 * time.Hour
	// maxRetryAfter is how long a receiver can ask us to wait: as long as the schedule ever does.
	maxRetryAfter = 6 * time.Hour
	// spread: a wait may be a fifth of itself longer, so that what failed together does not come
	// back together.
	spread = 5
)

// backoff is the wait after each failed attempt; the last one stays. The sweep looks once a minute, so
// that the short ones may take as long when nothing else happens.
var backoff = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour,
}

// Why a delivery failed, beside webhook's reasons and "http_<status>".
const (
	errorDisabled   = "endpoint_disabled"
	errorFailing    = "endpoint_failing" // not tried: others to the same endpoint had failed just before
	errorUnreadable = "event_unreadable"
)

// Settled is a delivery after an attempt, to be written down.
type Settled struct {
	Delivery
	before Delivery
}

// Before is the delivery as it was claimed.
func (d Settled) Before() Delivery { return d.before }

// Answered is a claimed delivery after the receiver's answer, or none, to an attempt that began at a time.
func (s *Store) Answered(d Delivery, at time.Time, a webhook.Answer) Settled {
	after := d
	after.Attempts, after.LastAt, after.LastStatus, after.LastError, after.Took = d.Attempts+1, at.UTC(), int64(a.Status), a.Reason, a.Took
	if after.FirstAt.IsZero() {
		after.FirstAt = after.LastAt
	}
	switch {
	case a.OK():
		after.Status, after.DueAt = Delivered, time.Time{}
		return Settled{after, d}
	case a.Status != 0:
		after.LastError = "http_" + strconv.Itoa(a.Status)
	}
	if a.Status == http.StatusGone {
		after.Status, after.DueAt = Parked, time.Time{}
		return Settled{after, d}
	}
	return Settled{s.retried(after, a.RetryAfter), d}
}

// Skipped is a claimed delivery that was not tried, since the endpoint has failed others just now. It
// counts as an attempt: else a backlog would come again at once, all of it.
func (s *Store) Skipped(d Delivery, at time.Time, retryAfter time.Duration) Settled {
	after := d
	after.Attempts, after.LastAt, after.LastStatus, after.LastError, after.Took = d.Attempts+1, at.UTC(), 0, errorFailing, 0
	if after.FirstAt.IsZero() {
		after.FirstAt = after.LastAt
	}
	return Settled{s.retried(after, retryAfter), d}
}

// Unreadable is a claimed delivery whose event cannot be shown to anybody. Trying again makes no other
// of it.
func (s *Store) Unreadable(d Delivery) Settled {
	after := d
	after.Status, after.DueAt, after.LastError = Parked, time.Time{}, errorUnreadable
	return Settled{after, d}
}

// Released is a claimed delivery for which there was no time: it is due as it was.
func (s *Store) Released(d Delivery) Settled {
	after := d
	after.DueAt = s.now()
	return Settled{after, d}
}

// retried gives a delivery whose attempt has failed its next one, or none.
func (s *Store) retried(d Delivery, retryAfter time.Duration) Delivery {
	end := d.FirstAt.Add(giveUp)
	if !d.LastAt.Before(end) {
		d.Status, d.DueAt = Parked, time.Time{}
		return d
	}
	wait := backoff[min(d.Attempts, int64(len(backoff)))-1]
	wait += time.Duration(s.jitter(int64(wait) / spread))
	wait = max(wait, min(retryAfter, maxRetryAfter))
	d.DueAt = d.LastAt.Add(wait)
	if d.DueAt.After(end) {
		d.DueAt = end
	}
	return d
}

func lot(n int64) int64 { return rand.Int64N(n) } //nolint:gosec // nothing depends on it being secret
