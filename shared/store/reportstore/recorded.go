package reportstore

import (
	"context"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/store/eventlog"
)

// recordedPage is how many events are read at a time.
const recordedPage = 500

// Recorded gives a property's events that were recorded after a place and up to the moment of
// knowledge, in order, to each until it says that it has enough, or scan events were looked at. It
// gives where it ended, and whether there may be more.
func (r Reader) Recorded(ctx context.Context, b Book, after eventlog.Position, scan int, each func(eventlog.Stored) (bool, error)) (next eventlog.Position, more bool, err error) {
	defer fault.Wrap(&err, "reportstore.Recorded")
	places, err := eventlog.Since(ctx, r.Snap, b.Book, after, r.Known, scan+1)
	if err != nil {
		return after, false, unavailable(err)
	}
	next = after
	if more = len(places) > scan; more {
		places = places[:scan]
	}
	for len(places) > 0 {
		n := min(recordedPage, len(places))
		events, err := eventlog.Rows(ctx, r.Snap, b.Shard(), places[:n])
		if err != nil {
			return next, more, unavailable(err)
		}
		for _, e := range events {
			switch ok, err := each(e); {
			case err != nil:
				return next, more, err
			case !ok:
				return next, true, nil
			}
			next = e.Position()
		}
		places = places[n:]
	}
	return next, more, nil
}
