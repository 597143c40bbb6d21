package feed

import (
	"strconv"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/publish"
)

// Topic carries the nudges.
const Topic = "feed-nudges"

// Nudge is the message that says: look at this shard, something was committed at that time. The
// ordering key is the shard, so that one nudge of it is delivered at a time.
func Nudge(shard int64, at time.Time) publish.Message {
	s := strconv.FormatInt(shard, 10)
	return publish.Message{OrderingKey: s, Attributes: map[string]string{"shard": s, "at": at.UTC().Format(time.RFC3339Nano)}}
}

// ErrNudge means that a message is no nudge.
var ErrNudge = fault.New(fault.Malformed, "bad_nudge", "the message is no nudge: it needs shard, 0 to 15, and at")

// ParseNudge reads a nudge's attributes.
func ParseNudge(attributes map[string]string) (shard int64, at time.Time, err error) {
	shard, err = strconv.ParseInt(attributes["shard"], 10, 64)
	if err != nil || shard < 0 || shard >= shards {
		return 0, at, ErrNudge
	}
	if at, err = time.Parse(time.RFC3339Nano, attributes["at"]); err != nil {
		return 0, at, ErrNudge
	}
	return shard, at, nil
}
