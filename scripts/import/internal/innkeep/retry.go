package innkeep

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

const (
	firstPause = 250 * time.Millisecond // the ceiling of the first pause; it doubles
	maxPause   = 15 * time.Second       // the highest ceiling
	maxAsked   = 90 * time.Second       // the longest Retry-After that is followed: the limiter's window is 60 s

	// patience is how long a call is tried: a deployment or a failover ends sooner.
	patience = 5 * time.Minute
	// firstPatience is the same before the server has answered at all: a wrong address shows soon.
	firstPatience = 10 * time.Second
)

type (
	// transient is a connection error: whether the call had an effect is unknown.
	transient struct{ error }
	// permanent is an error that sending again cannot help.
	permanent struct{ error }
)

func (e transient) Unwrap() error { return e.error }
func (e permanent) Unwrap() error { return e.error }

// retry calls once until it succeeds, fails for good, ctx ends or patience does.
func (c *Client) retry(ctx context.Context, once func() error) error {
	started := time.Now()
	var waited time.Duration // a part of what has passed, or more than it in a test
	for tries := 0; ; tries++ {
		err := once()
		if err == nil || ctx.Err() != nil || !retryable(err) {
			return errors.Join(ctx.Err(), err)
		}
		limit := firstPatience
		if c.answered.Load() {
			limit = patience
		}
		if passed := max(waited, time.Since(started)); passed >= limit {
			return fmt.Errorf("given up after %s: %w", passed.Round(time.Second), err)
		}
		pause := pauseAfter(tries, err)
		if pause > 2*time.Second {
			c.notice(fmt.Sprintf("trying again in %s: %v", pause.Round(time.Second), err))
		}
		if err := c.wait(ctx, pause); err != nil {
			return err
		}
		waited += pause
		c.Retries.Add(1)
	}
}

// pauseAfter is full jitter: anything up to a ceiling that doubles with each try. What the server
// asks for in Retry-After comes on top of it, so that callers do not come back all at once.
func pauseAfter(tries int, err error) time.Duration {
	ceiling := min(firstPause<<min(tries, 10), maxPause)
	pause := rand.N(ceiling) + time.Millisecond
	var p *Problem
	if errors.As(err, &p) {
		pause += min(p.retryAfter, maxAsked)
	}
	return pause
}

// retryable says whether sending again may help.
func retryable(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		switch p.Status {
		case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	var (
		connection  transient
		dns         *net.DNSError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		certificate x509.CertificateInvalidError
	)
	if errors.As(err, &dns) && dns.IsNotFound || errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &certificate) {
		return false
	}
	return errors.As(err, &connection)
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
