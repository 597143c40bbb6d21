package daybook

import (
	"encoding/hex"
	"encoding/json"
	"strconv"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
)

// SnapshotSchema is the version of a kept state's JSON. It moves when the JSON does, and when the
// same events come to something else: a state of another version is folded anew, never read.
const SnapshotSchema = 1

// ErrBadSnapshot means that a text is no state of a stream as EncodeDay writes it.
var ErrBadSnapshot = fault.New(fault.Internal, "bad_snapshot", "the snapshot's state cannot be read")

// kept is the state of a day's stream: what FoldDay makes of its events, and no more. Opening and
// closing are left out: they follow from the days before (I4), so that a posting on an earlier date
// moves them without an event of this stream.
type kept struct {
	Stream  bizdate.Date `json:"stream"`
	Version int64        `json:"version"`
	Chain   string       `json:"chain"` // hexadecimal
	Closed  bool         `json:"closed"`
	Flows
	Count *keptCount `json:"count,omitempty"`
}

type keptCount struct {
	CountedMinor int64 `json:"countedMinor"`
	Version      int64 `json:"version"`
	AfterMinor   int64 `json:"afterMinor"`
}

// EncodeDay is the canonical JSON of what a day's stream says of the day.
func EncodeDay(d Day) string {
	k := kept{Stream: d.Date, Version: d.Version, Chain: hex.EncodeToString(d.Chain[:]), Closed: d.Closed, Flows: d.Flows}
	if d.Counted {
		k.Count = &keptCount{CountedMinor: d.CountedMinor, Version: d.CountVersion, AfterMinor: d.AfterCountMinor}
	}
	b, _ := json.Marshal(k) //nolint:errchkjson // plain data
	return string(b)
}

// DecodeDay is the day that EncodeDay wrote, without opening and closing. ErrBadSnapshot for any
// other text, down to its white space.
func DecodeDay(state string) (Day, error) {
	var k kept
	if err := json.Unmarshal([]byte(state), &k); err != nil {
		return Day{}, ErrBadSnapshot
	}
	d := Day{Date: k.Stream, Version: k.Version, Closed: k.Closed, Flows: k.Flows}
	if k.Count != nil {
		d.Counted, d.CountedMinor, d.CountVersion, d.AfterCountMinor = true, k.Count.CountedMinor, k.Count.Version, k.Count.AfterMinor
	}
	chain, err := hex.DecodeString(k.Chain)
	copy(d.Chain[:], chain)
	if err != nil || EncodeDay(d) != state {
		return Day{}, ErrBadSnapshot
	}
	return d, nil
}

// StateHash is the hash of a kept state (I11): SHA-256 over its schema, stream, version and JSON,
// each preceded by its length.
func StateHash(schema int64, stream string, version int64, state string) Hash {
	return digest(strconv.FormatInt(schema, 10), stream, strconv.FormatInt(version, 10), state)
}
