package invariants

import (
	"bytes"

	"innkeep.internal/shared/domain/daybook"
)

// snapshot is a row of Snapshots.
//
//nolint:revive // the columns' names
type snapshot struct {
	StreamId      string
	Version       int64
	SchemaVersion int64
	State         string
	StateHash     []byte
	ChainHash     []byte
}

// snapshotAt proves of the stream's snapshot, if it is of the event that history has come to, that
// it is the fold of events 1 to there (I11). The state of another schema is not compared: this
// program does not read it, and folds the stream anew.
func (c *check) snapshotAt(f *fold, e event) {
	x, found := c.pending[e.StreamId]
	if !found || x.Version != e.Version {
		return
	}
	delete(c.pending, e.StreamId)
	where := e.where()
	hash := daybook.StateHash(x.SchemaVersion, x.StreamId, x.Version, x.State)
	same(c, "I11", where, "that the snapshot's hash is that of its state", bytes.Equal(hash[:], x.StateHash), true)
	same(c, "I11", where, "that the snapshot's chain hash is its event's", bytes.Equal(x.ChainHash, e.ChainHash), true)
	if x.SchemaVersion != daybook.SnapshotSchema {
		return
	}
	d, err := daybook.DecodeDay(x.State)
	if err != nil {
		c.failf("I11", where, "the snapshot: %v", err)
		return
	}
	same(c, "I11", where, "the snapshot's stream", d.Date.String(), e.StreamId)
	same(c, "I11", where, "the snapshot's version", d.Version, e.Version)
	same(c, "I11", where, "that the chain hash in the snapshot is its event's", bytes.Equal(d.Chain[:], e.ChainHash), true)
	same(c, "I11", where, "that the snapshot's day is closed", d.Closed, f.closed)
	same(c, "I11", where, "the snapshot's flows", d.Flows, f.flows)
	same(c, "I11", where, "that the snapshot's day was counted", d.Counted, f.counted)
	same(c, "I11", where, "the snapshot's count", d.CountedMinor, f.countedMinor)
	same(c, "I11", where, "the snapshot's count's version", d.CountVersion, f.countVersion)
	same(c, "I11", where, "what came after the snapshot's count", d.AfterCountMinor, f.afterCount)
}

// snapshotsLeft finds those that are of no event.
func (c *check) snapshotsLeft() {
	for stream, x := range c.pending {
		c.failf("I11", on(stream), "a snapshot is of version %d, which the stream does not have", x.Version)
	}
}
