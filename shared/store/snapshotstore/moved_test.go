package snapshotstore

import (
	"testing"

	"innkeep.internal/shared/testkit/otlp"
)

// A snapshot whose hash is not that of its state is counted, and its stream folded anew.
func TestRefusedSnapshotsAreMeasured(t *testing.T) {
	b := newBook(t, 3)
	b.put(b.days[3], func(x *row) { x.StateHash = make([]byte, len(x.StateHash)) })
	otlp.Moved(t, func() {
		if d, _ := b.load(3); d.Version != 3 {
			t.Errorf("the stream is read up to %d", d.Version)
		}
	}, "innkeep.snapshots.refused")
}
