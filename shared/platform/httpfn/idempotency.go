package httpfn

import (
	"strings"

	"innkeep.internal/shared/core/fault"
)

const (
	keyHeader = "Idempotency-Key"
	maxKey    = 200
)

// What is refused about a write's key.
var (
	ErrKeyMissing = fault.New(fault.Malformed, "idempotency_key_missing", "a write carries the header Idempotency-Key")
	ErrKeyInvalid = fault.New(fault.Malformed, "idempotency_key_invalid", "Idempotency-Key is one header of 1 to 200 visible ASCII characters")
)

// Write is the part of the input that every writing operation embeds. The key is there and valid
// when the handler is reached.
type Write struct {
	IdempotencyKey string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"200" doc:"Names the call: a repetition with the same key and the same request takes effect once and gets the same reply. 1 to 200 visible ASCII characters."`
}

// Written is the part of the output that every writing operation embeds.
type Written struct {
	IdempotentReplay string `header:"Idempotent-Replay" enum:"true" doc:"true on a reply to a call that had taken effect before."`
	ConsistencyToken string `header:"Consistency-Token" doc:"Send it back with a read that must see this write."`
}

// NewWritten is a write's answer. An empty token is not sent.
func NewWritten(token string, replay bool) Written {
	w := Written{ConsistencyToken: token}
	if replay {
		w.IdempotentReplay = "true"
	}
	return w
}

// Read is the part of the input that reads embed which a caller can hold to a write of his.
type Read struct {
	ConsistencyToken string `header:"Consistency-Token" maxLength:"100" doc:"From the reply to a write: nothing older than it is served."`
}

// checkKey judges the values of the header.
func checkKey(values []string) *fault.Error {
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return ErrKeyMissing
	}
	visible := func(r rune) bool { return r < '!' || r > '~' }
	if len(values) > 1 || len(values[0]) > maxKey || strings.ContainsFunc(values[0], visible) {
		return ErrKeyInvalid
	}
	return nil
}
