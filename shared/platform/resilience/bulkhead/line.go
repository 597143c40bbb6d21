package bulkhead

import (
	"time"

	"innkeep.internal/shared/platform/resilience/priority"
)

// waiter is a call that waits.
type waiter struct {
	class      priority.Class
	wait       time.Duration // at most
	settled    chan struct{} // closed when the two below are there
	outcome    string        // "" while it waits
	err        error         // why it was shed; nil where it was let in
	prev, next *waiter
}

// settle ends the wait, once.
func (w *waiter) settle(outcome string, err error) {
	w.outcome, w.err = outcome, err
	close(w.settled)
}

// line is the calls of one class that wait, in their order.
type line struct {
	first, last *waiter
	length      int
}

func (l *line) add(w *waiter) {
	w.prev = l.last
	if l.last == nil {
		l.first = w
	} else {
		l.last.next = w
	}
	l.last = w
	l.length++
}

func (l *line) remove(w *waiter) {
	if w.prev == nil {
		l.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		l.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.prev, w.next = nil, nil
	l.length--
}
