package spannerdb_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/otlp"
	"innkeep.internal/shared/testkit/rpc"
)

// Reads along routes are counted, and so is a replica that is taken out since it fails.
func TestRoutesAreMeasured(t *testing.T) {
	faults := &rpc.Faults{}
	db := openEast(t, testkit.DatabaseOf(t, schema), 0, nil, faults.Options()...)
	read := func() {
		t.Helper()
		if got, err := seen(t, db.SnapshotAt(time.Now().Add(-stale))); err != nil || !whole(got) {
			t.Errorf("%v, %v", got, err)
		}
	}
	otlp.Moved(t, read, "innkeep.routes.reads")
	faults.On("StreamingRead").Times(rpc.Always).Fail(codes.Unavailable)
	otlp.Moved(t, func() {
		for range 2 { // as many failures as openEast bears
			read()
		}
	}, "innkeep.routes.ejections")
}
