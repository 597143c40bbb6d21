package limiter

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"innkeep.internal/shared/core/fault"
)

// ErrLimited means that the key has used up what its limit leaves to calls of this class. Nothing has
// happened.
var ErrLimited = fault.New(fault.Limited, "rate_limited", "too many requests: wait for as long as Retry-After says")

// Decision is the answer of a Limiter.
type Decision struct {
	Allowed bool
	// Limit of the key in a window, and what is left of it for this class of calls, as far as this
	// instance knows.
	Limit, Remaining int
	// Reset is when more of the limit is free again; 0 where all of it is.
	Reset time.Duration
	// RetryAfter is when a refused call may come again.
	RetryAfter time.Duration
	// Alone says that the ledger was not there, and that this instance decided on its own share.
	Alone  bool
	window time.Duration
}

// Err is nil where the call may go on, else ErrLimited with the fact retryAfterSeconds, which becomes
// the header Retry-After.
func (d Decision) Err() error {
	if d.Allowed {
		return nil
	}
	return ErrLimited.With("retryAfterSeconds", strconv.Itoa(seconds(d.RetryAfter)))
}

// SetHeaders says how the limit of the policy that name is stands: RateLimit-Policy and RateLimit, as
// draft-ietf-httpapi-ratelimit-headers has them: quota q in w seconds; r left, more in t seconds.
func (d Decision) SetHeaders(h http.Header, name string) {
	h.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", name, d.Limit, seconds(d.window)))
	h.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", name, max(0, d.Remaining), seconds(d.Reset)))
}

// seconds is d in whole seconds, rounded up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
