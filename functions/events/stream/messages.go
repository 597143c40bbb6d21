package stream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/history"
)

const eventStream = "text/event-stream"

// reconnectMillis is what a reader should wait before he connects again.
const reconnectMillis = 2000

// errReader means that the reader is gone, or does not read.
var errReader = errors.New("the reader takes no more")

// messages writes server-sent events to one reader. Each write has a deadline.
type messages struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	last    time.Time // when something was written
}

// newMessages begins a reply that lasts: the server's own time-out, for short ones, no longer holds.
func newMessages(w http.ResponseWriter, timeout time.Duration) *messages {
	m := &messages{w: w, control: http.NewResponseController(w), timeout: timeout, last: time.Now()}
	h := w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("X-Accel-Buffering", "no") // for proxies that would keep the events back
	w.WriteHeader(http.StatusOK)
	return m
}

// open begins the stream, with the place at which it stands.
func (m *messages) open(at eventlog.Position) error {
	return m.send(fmt.Appendf(nil, "retry: %d\nid: %s\n\n", reconnectMillis, history.Cursor(at)))
}

// page writes a page's events, and where it ends.
func (m *messages) page(ctx context.Context, p history.Page) error {
	if len(p.Events) == 0 {
		return nil
	}
	for _, e := range p.Events {
		at := history.Cursor(e.Position())
		b := fmt.Appendf(nil, ": left out\nid: %s\n\n", at)
		if text, ok := show(ctx, e); ok { // one line: see eventapi.JSON
			b = fmt.Appendf(nil, "id: %s\nevent: %s\ndata: %s\n\n", at, e.Type, text)
		}
		if err := m.write(b); err != nil {
			return err
		}
	}
	sentCount.Add(ctx, int64(len(p.Events)))
	return m.flush()
}

// beat says that the stream is well, and where it stands.
func (m *messages) beat(at eventlog.Position) error {
	return m.send(fmt.Appendf(nil, ": heartbeat\nid: %s\n\n", history.Cursor(at)))
}

// end is the last that a reader gets.
func (m *messages) end(why string) { _ = m.send(fmt.Appendf(nil, ": end, %s\n\n", why)) }

func (m *messages) send(b []byte) error {
	if err := m.write(b); err != nil {
		return err
	}
	return m.flush()
}

func (m *messages) write(b []byte) error {
	_ = m.control.SetWriteDeadline(time.Now().Add(m.timeout)) // tests' recorders have none
	if _, err := m.w.Write(b); err != nil {
		return fmt.Errorf("%w: %w", errReader, err)
	}
	return nil
}

// flush sends what was written. It leaves no deadline behind: over HTTP/2 one that passes ends the
// stream, whether or not anything is being written.
func (m *messages) flush() error {
	if err := m.control.Flush(); err != nil {
		return fmt.Errorf("%w: %w", errReader, err)
	}
	m.last = time.Now()
	_ = m.control.SetWriteDeadline(time.Time{})
	return nil
}
