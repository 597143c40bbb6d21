package cache

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"io"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

const (
	// secondAge is how long the second level keeps an answer. It says nothing of how long one counts.
	secondAge = 7 * 24 * time.Hour
	// zipFrom is from how many bytes on an answer is compressed.
	zipFrom = 1 << 10
	// largest is what a document holds: Firestore takes 1 MiB with names and the other fields.
	largest = 1<<20 - 4<<10
	// unzipped bounds what an entry becomes.
	unzipped = 64 << 20
)

var errTooLarge = errors.New("cache: an entry is larger than an answer can be")

// look is what the second level has, and up to when that is verified. An error is one of the level.
func (c *Cache) look(ctx context.Context, q Question, oldest time.Duration) (v Value, verified time.Time, found bool, err error) {
	if c.second == nil || len(q.Books) == 0 {
		return v, verified, false, nil
	}
	f, err := c.second.Look(ctx, q.Key.id(), q.Books)
	if err != nil {
		asked(ctx, "second", "error")
		return v, verified, false, err
	}
	at, counts := f.Verified(c.now())
	verified = time.Unix(0, at).UTC()
	outcome := "hit"
	switch {
	case f.Entry == nil:
		outcome = "miss"
	case !counts:
		outcome = "changed"
	case !c.good(q, verified, oldest):
		outcome = "stale"
	default:
		if v.Bytes, err = unpack(*f.Entry); err != nil {
			outcome = "error"
			break
		}
		v.Stamp, v.Through = time.Unix(0, f.Entry.Stamp).UTC(), bizdate.Date(f.Entry.Through) //nolint:gosec // as put has written it
		found = true
	}
	asked(ctx, "second", outcome)
	return v, verified, found, nil // an entry that cannot be read is replaced
}

// put gives an answer to the second level, before it is given to the caller: an instance may stand still
// after that.
func (c *Cache) put(ctx context.Context, q Question, v Value) {
	if c.second == nil || len(q.Books) == 0 {
		return
	}
	e, err := pack(v)
	if err != nil || len(e.Payload) > largest {
		puts(ctx, "too_large", len(e.Payload))
		return
	}
	if err := c.second.Put(ctx, q.Key.id(), e); err != nil {
		puts(ctx, "error", 0)
		return
	}
	puts(ctx, "stored", len(e.Payload))
}

func pack(v Value) (cachedoc.Entry, error) {
	e := cachedoc.Entry{
		Payload: v.Bytes, Stamp: v.Stamp.UnixNano(), Through: v.Through.Number(), ExpireAt: v.Stamp.Add(secondAge),
	}
	if len(v.Bytes) < zipFrom {
		return e, nil
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return e, err
	}
	if _, err := w.Write(v.Bytes); err != nil {
		return e, err
	}
	err = w.Close()
	e.Payload, e.Zipped = b.Bytes(), true
	return e, err
}

func unpack(e cachedoc.Entry) ([]byte, error) {
	if !e.Zipped {
		return e.Payload, nil
	}
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(e.Payload)), unzipped+1))
	if len(b) > unzipped {
		return nil, errTooLarge
	}
	return b, err
}
