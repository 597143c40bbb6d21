package stream

import (
	"context"
	"time"

	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/history"
)

// live is one stream that is being written.
type live struct {
	Options
	out  *messages
	look func(ctx context.Context, after eventlog.Position, woken time.Time) (history.Page, error)
	wake <-chan time.Time // nil: nothing wakes it
}

// run writes what comes after a place until ctx ends, the reader is gone, or look fails: that is its
// error. One page is held at a time, and the next is read when the reader has taken it.
func (l *live) run(ctx context.Context, at eventlog.Position) error {
	if err := l.out.open(at); err != nil {
		return err
	}
	var woken time.Time
	for {
		page, err := l.look(ctx, at, woken)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		at = page.Next
		if err := l.out.page(ctx, page); err != nil {
			return err
		}
		if page.More { // it catches up, perhaps through much that its filter leaves out
			if time.Since(l.out.last) >= l.Heartbeat {
				err = l.out.beat(at)
			}
		} else {
			woken, err = l.wait(ctx, at)
		}
		if err != nil {
			return err
		}
	}
}

// wait returns when it is time to look again: some moment after the head has moved, else after Poll.
func (l *live) wait(ctx context.Context, at eventlog.Position) (woken time.Time, err error) {
	looked := time.Now()
	next := time.NewTimer(l.Poll)
	defer next.Stop()
	beat := time.NewTimer(l.Heartbeat - time.Since(l.out.last))
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return woken, context.Cause(ctx)
		case <-next.C:
			return woken, nil
		case woken = <-l.wake:
			next.Reset(l.Gap - time.Since(looked))
		case <-beat.C:
			if err := l.out.beat(at); err != nil {
				return woken, err
			}
			beat.Reset(l.Heartbeat)
		}
	}
}
