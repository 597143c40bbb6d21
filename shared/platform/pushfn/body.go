package pushfn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn"
)

var (
	// ErrBody means that a body is neither a push of Pub/Sub's nor a sweep that the function has.
	ErrBody = fault.New(fault.Malformed, "push_body", "the body is neither a message that was pushed nor a sweep")
	// ErrBodyLost means that a body did not arrive whole, or in time.
	ErrBodyLost = fault.New(fault.Unavailable, "push_body_lost", "the body did not arrive")
)

// maxBody bounds a body in bytes: a message of 10 MiB is 13.4 MiB in base64, and the rest is ample
// for 100 attributes and the envelope.
const maxBody = 15 << 20

// sweepBody is what the scheduler posts, to the byte.
const sweepBody = `{"sweep":true}`

// envelope is the body of a push (cloud.google.com/pubsub/docs/push, "wrapped"). Its members come
// a second time in snake case, so unknown ones are passed over.
type envelope struct {
	Message *struct {
		Data        []byte            `json:"data"` // base64
		Attributes  map[string]string `json:"attributes"`
		MessageID   string            `json:"messageId"`
		PublishTime time.Time         `json:"publishTime"`
		OrderingKey string            `json:"orderingKey"`
	} `json:"message"`
	Subscription    string `json:"subscription"`
	DeliveryAttempt int    `json:"deliveryAttempt"`
}

// read gives the whole body.
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	tooLarge := httpfn.ErrBodyTooLarge.With("maxBytes", strconv.Itoa(maxBody))
	if r.ContentLength > maxBody {
		return nil, tooLarge
	}
	// The context's deadline does not end a read. Afterwards there is none: one that passes while
	// the function works would end its context.
	control := http.NewResponseController(w)
	if deadline, ok := r.Context().Deadline(); ok {
		_ = control.SetReadDeadline(deadline) // tests' recorders have none
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	var buf bytes.Buffer
	if r.ContentLength > 0 {
		buf.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := io.Copy(&buf, http.MaxBytesReader(w, r.Body, maxBody))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return nil, tooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBodyLost, err)
	}
	return buf.Bytes(), nil
}

// parse says what was asked for.
func parse(body []byte) (sweep bool, m Message, err error) {
	if string(bytes.TrimSpace(body)) == sweepBody {
		return true, m, nil
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return false, m, fmt.Errorf("%w: %w", ErrBody, err)
	}
	if e.Message == nil || e.Message.MessageID == "" {
		return false, m, fmt.Errorf("%w: it has no message with an id", ErrBody)
	}
	return false, Message{
		ID: e.Message.MessageID, OrderingKey: e.Message.OrderingKey, Subscription: e.Subscription,
		Attributes: e.Message.Attributes, Data: e.Message.Data,
		Published: e.Message.PublishTime.UTC(), Attempt: e.DeliveryAttempt,
	}, nil
}
