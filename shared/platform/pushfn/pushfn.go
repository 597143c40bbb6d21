// Package pushfn is what the functions behind our own Pub/Sub push subscriptions and Cloud
// Scheduler are made of: HTTP functions that parse the push body, check who pushes, and answer so
// that Pub/Sub acknowledges what is done and tries the rest again.
//
// It owns the table from fault.Kind to acknowledgement. It knows no topic and no meaning of a
// message. Delivery is at least once and, without a key, in no order: the effects of a function
// are idempotent by themselves.
package pushfn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"innkeep.internal/shared/platform/httpfn"
)

// defaultTimeout is that of the service "events" in functions/catalogue.yaml.
const defaultTimeout = 10 * time.Second

// Message is what was pushed.
type Message struct {
	ID           string // the same in every attempt
	OrderingKey  string // the emulator leaves it out
	Subscription string // projects/<project>/subscriptions/<id>
	Attributes   map[string]string
	Data         []byte
	Published    time.Time // UTC
	Attempt      int       // from 1 on; 0 where the subscription has no dead-letter policy, and on the emulator
}

// Options of a function. Push, Sweep or both are required.
type Options struct {
	// Timeout is the deadline of the context; 10 s when zero. The subscription's acknowledgement
	// deadline is longer, else Pub/Sub sends a second copy beside the first.
	Timeout time.Duration
	// Push takes one message: nil acknowledges it, every error has it sent again, and in the end
	// to the dead letters.
	Push func(context.Context, Message) error
	// Sweep is asked for by the scheduler, with the body {"sweep":true}.
	Sweep func(context.Context) error
	// Pusher says who may push; when nil, the one that Config describes, from the environment.
	Pusher Verifier
	// Guard bounds how many requests work at once, where it is there. What is refused comes again: a
	// message from Pub/Sub, a sweep with the next minute.
	Guard *httpfn.Guard
}

// New makes the function of the name, as the catalogue has it: POST only. It panics without Push
// and Sweep.
func New(name string, o Options) http.Handler {
	if o.Push == nil && o.Sweep == nil {
		panic("pushfn: a function needs Push or Sweep")
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Pusher == nil {
		o.Pusher = fromEnvironment()
	}
	return httpfn.Observe(httpfn.Recover(httpfn.Deadline(o.Timeout, &function{name: name, Options: o})))
}

type function struct {
	name string
	Options
}

// call is what is known of a request when it is answered.
type call struct {
	trigger string // "push", "sweep", or "unknown" where it was not read
	message Message
}

// ServeHTTP answers a push or a sweep. Everything is done, logged and counted before the answer,
// after which the instance may lose its CPU.
func (f *function) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	start := time.Now()
	c := call{trigger: "unknown"}
	err := f.serve(w, r, &c)
	a := answerTo(r.Context(), err)
	if err != nil {
		f.log(r.Context(), c, a, err)
	}
	answeredMetric(r.Context(), f.name, c.trigger, a.outcome, time.Since(start))
	w.WriteHeader(a.status)
}

func (f *function) serve(w http.ResponseWriter, r *http.Request, c *call) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		}
	}()
	if err := f.Pusher.Verify(r.Context(), bearer(r)); err != nil {
		return err
	}
	if g := f.Guard; g != nil {
		if err := g.Bulkhead.Enter(r.Context(), g.Class); err != nil {
			return err
		}
		defer g.Bulkhead.Leave()
	}
	body, err := read(w, r)
	if err != nil {
		return err
	}
	sweep, m, err := parse(body)
	if err != nil {
		return err
	}
	if sweep {
		c.trigger = "sweep"
		if f.Sweep == nil {
			return fmt.Errorf("%w: the function has no sweep", ErrBody)
		}
		return f.Sweep(r.Context())
	}
	c.trigger, c.message = "push", m
	if f.Push == nil {
		return fmt.Errorf("%w: the function takes no messages", ErrBody)
	}
	return f.Push(r.Context(), m)
}

// errPanic is a defect, told with its stack.
var errPanic = errors.New("panic")

// log writes the one line about a request that was not done.
func (f *function) log(ctx context.Context, c call, a answer, err error) {
	attrs := []slog.Attr{
		slog.String("function", f.name), slog.String("trigger", c.trigger),
		slog.String("outcome", a.outcome), slog.Int("status", a.status), slog.Any("error", err),
	}
	if m := c.message; c.trigger == "push" {
		attrs = append(attrs, slog.String("messageId", m.ID), slog.Int("attempt", m.Attempt), slog.String("subscription", m.Subscription))
		if shard, ok := m.Attributes["shard"]; ok {
			attrs = append(attrs, slog.String("shard", shard))
		}
	}
	slog.LogAttrs(ctx, a.level, "push not done", attrs...)
}
