package cache

import (
	"context"
	"errors"
	"maps"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

// level is the world's Firestore.
type level struct{ w *world }

var errDown = errors.New("firestore is down")

func (l level) Look(_ context.Context, id string, books []tenant.Book) (f cachedoc.Found, err error) {
	w := l.w
	w.meanwhile()
	if w.down || w.chance(100) {
		return f, errDown
	}
	if e, there := w.entries[id]; there {
		f.Entry = &e
	}
	for _, b := range books {
		f.AddHead(b, cachedoc.Head{At: w.seen(w.heads[b], f.Entry)})
	}
	if w.flaw == marksLater {
		w.meanwhile()
		w.invalidate(w.shards[books[0].Shard()])
	}
	for _, b := range books {
		f.Marks = append(f.Marks, w.marks[b.Shard()])
	}
	w.meanwhile()
	return f, nil
}

// seen is a head as the reader sees it.
func (w *world) seen(at map[string]int64, e *cachedoc.Entry) map[string]int64 {
	at = maps.Clone(at)
	switch {
	case w.flaw == headsIgnored:
		return nil
	case w.flaw == onlyOwnDate && e != nil && e.Through != 0:
		d := bizdate.Date(e.Through)
		maps.DeleteFunc(at, func(f string, _ int64) bool { return f != cachedoc.DateField(d) && f != cachedoc.MonthField(d.Month()) })
	}
	return at
}

func (l level) Put(_ context.Context, id string, e cachedoc.Entry) error {
	l.w.meanwhile()
	if l.w.down || l.w.chance(100) {
		return errDown
	}
	l.w.entries[id] = e
	if l.w.chance(100) {
		return errDown // it was written all the same
	}
	return nil
}
