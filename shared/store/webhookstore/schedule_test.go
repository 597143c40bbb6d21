package webhookstore

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/platform/webhook"
)

func scheduled(lot float64) *Store {
	return New(nil, Options{Now: time.Now, Jitter: func(n int64) int64 { return int64(lot * float64(n)) }})
}

// TestThreeDays: an event that nobody takes is tried in ever longer waits, the last time 3 days after the
// first, and then parked.
func TestThreeDays(t *testing.T) {
	t.Parallel()
	s, start := scheduled(0), time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	d, now := Delivery{Status: Pending}, start
	var waits []time.Duration
	for d.Status == Pending && len(waits) < 50 {
		d = s.Answered(d, now, webhook.Answer{Status: 500}).Delivery
		if d.Status == Pending {
			waits, now = append(waits, d.DueAt.Sub(now)), d.DueAt
		}
	}
	const h, m = time.Hour, time.Minute
	want := []time.Duration{5 * time.Second, 30 * time.Second, 2 * m, 10 * m, 30 * m, h, 2 * h, 4 * h,
		6 * h, 6 * h, 6 * h, 6 * h, 6 * h, 6 * h, 6 * h, 6 * h, 6 * h, 6 * h}
	sum := time.Duration(0)
	for _, w := range want {
		sum += w
	}
	want = append(want, 72*h-sum)
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	if d.Status != Parked || d.Attempts != int64(len(want))+1 || !d.LastAt.Equal(start.Add(72*h)) || !d.FirstAt.Equal(start) || d.LastError != "http_500" {
		t.Errorf("in the end %+v", d)
	}
}

func TestSettled(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	old := Delivery{Status: Pending, Attempts: 20, FirstAt: now.Add(-71 * time.Hour)}
	fresh := Delivery{Status: Pending}
	type result struct {
		Status   DeliveryStatus
		Attempts int64
		Wait     time.Duration // 0 for none
		Error    string
	}
	for name, c := range map[string]struct {
		before Delivery
		lot    float64
		do     func(*Store, Delivery) Settled
		want   result
	}{
		"taken":                {fresh, 0, answered(webhook.Answer{Status: 202}), result{Delivered, 1, 0, ""}},
		"refused":              {fresh, 0, answered(webhook.Answer{Status: 404}), result{Pending, 1, 5 * time.Second, "http_404"}},
		"a redirect":           {fresh, 0, answered(webhook.Answer{Status: 302}), result{Pending, 1, 5 * time.Second, "http_302"}},
		"no answer":            {fresh, 0, answered(webhook.Answer{Reason: webhook.ReasonTimeout}), result{Pending, 1, 5 * time.Second, "timeout"}},
		"spread":               {fresh, 0.5, answered(webhook.Answer{Status: 500}), result{Pending, 1, 5500 * time.Millisecond, "http_500"}},
		"gone":                 {fresh, 0, answered(webhook.Answer{Status: 410}), result{Parked, 1, 0, "http_410"}},
		"asked to wait":        {fresh, 0, answered(webhook.Answer{Status: 429, RetryAfter: time.Hour}), result{Pending, 1, time.Hour, "http_429"}},
		"asked to wait less":   {fresh, 0, answered(webhook.Answer{Status: 503, RetryAfter: time.Second}), result{Pending, 1, 5 * time.Second, "http_503"}},
		"asked to wait long":   {fresh, 0, answered(webhook.Answer{Status: 503, RetryAfter: 24 * time.Hour}), result{Pending, 1, 6 * time.Hour, "http_503"}},
		"asked beyond the end": {old, 0, answered(webhook.Answer{Status: 503, RetryAfter: 24 * time.Hour}), result{Pending, 21, time.Hour, "http_503"}},
		"not tried":            {fresh, 0, func(s *Store, d Delivery) Settled { return s.Skipped(d, now, time.Minute) }, result{Pending, 1, time.Minute, "endpoint_failing"}},
		"not tried for 3 days": {Delivery{Status: Pending, Attempts: 9, FirstAt: now.Add(-giveUp)}, 0, func(s *Store, d Delivery) Settled { return s.Skipped(d, now, 0) }, result{Parked, 10, 0, "endpoint_failing"}},
		"unreadable":           {fresh, 0, (*Store).Unreadable, result{Parked, 0, 0, "event_unreadable"}},
	} {
		s := scheduled(c.lot)
		got := c.do(s, c.before)
		r := result{got.Status, got.Attempts, 0, got.LastError}
		if !got.DueAt.IsZero() {
			r.Wait = got.DueAt.Sub(now)
		}
		if diff := cmp.Diff(c.want, r); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(c.before, got.Before()); diff != "" {
			t.Errorf("%s changed what it was:\n%s", name, diff)
		}
	}
	if got := scheduled(0).Released(old); got.Attempts != 20 || got.Status != Pending || time.Since(got.DueAt) > time.Minute {
		t.Errorf("released: %+v", got.Delivery)
	}
}

func answered(a webhook.Answer) func(*Store, Delivery) Settled {
	at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	return func(s *Store, d Delivery) Settled { return s.Answered(d, at, a) }
}
