// Package deadline passes the time that a request has left on to whoever is called for it, in a
// header: a number of milliseconds, so that clocks need not agree.
package deadline

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"innkeep.internal/shared/core/fault"
)

// Header holds what is left, in whole milliseconds. Only our own functions send it to each other: the
// gateway takes none from outside.
const Header = "Innkeep-Budget-Ms"

// Margin is what whoever calls keeps for himself: the way back, and an answer of his own where none
// comes in time.
const Margin = 100 * time.Millisecond

// ErrSpent means that the time of the request was over before anything was begun.
var ErrSpent = fault.New(fault.Unavailable, "deadline_spent", "the time for the request was over before it was begun")

// Enter is the time that a request may take here: what its header has left, most at the longest. A
// header that is no number counts as none.
func Enter(h http.Header, most time.Duration) (time.Duration, error) {
	text := h.Get(Header)
	if text == "" {
		return most, nil
	}
	ms, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return most, nil //nolint:nilerr // a bad header must not fail a request
	}
	if ms <= 0 {
		return 0, ErrSpent
	}
	left := time.Duration(ms) * time.Millisecond
	if most <= 0 {
		return left, nil
	}
	return min(left, most), nil
}

// Set writes what ctx has left, less Margin, into the headers of a call. Without a deadline it takes
// the header away. ErrSpent means that the call is not worth making.
func Set(ctx context.Context, h http.Header) error {
	h.Del(Header)
	end, ok := ctx.Deadline()
	if !ok {
		return nil
	}
	left := time.Until(end) - Margin
	if left < time.Millisecond {
		return ErrSpent
	}
	h.Set(Header, strconv.FormatInt(left.Milliseconds(), 10))
	return nil
}
