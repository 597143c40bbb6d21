package spannerdb_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/route"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// openEast is a database with a leader and one replica route, both of which lead to the same emulator.
func openEast(t *testing.T, name string, stall time.Duration, leader []option.ClientOption, east ...option.ClientOption) *spannerdb.DB {
	t.Helper()
	own := testkit.Open(t, name)
	load(t, own)
	visible(t, own)
	db, err := spannerdb.OpenRouted(t.Context(), name, spannerdb.Routing{
		Routes:    spannerdb.ReadRoutes{{Name: "east", Location: "europe-west3", Type: "READ_ONLY", Weight: 1, Options: east}},
		Staleness: stale, Stall: stall, Judge: route.Options{Failures: 2},
	}, leader...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// seen is the keys that a snapshot shows.
func seen(t *testing.T, s *spannerdb.Snapshot) (got []int64, err error) {
	t.Helper()
	err = s.Read(testkit.Context(t), "T", spanner.AllKeys(), []string{"K"}, &spanner.ReadOptions{RequestTag: "t/seen"}, func(r *spanner.Row) error {
		var k int64
		err := r.Columns(&k)
		got = append(got, k)
		return err
	})
	return got, err
}

func whole(got []int64) bool {
	for i, k := range got {
		if k != int64(i) {
			return false
		}
	}
	return len(got) == rowsOfT
}

// What is read at a moment that is old enough says which replicas may answer, everything else does not.
func TestWhichReadsLeaveTheLeader(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []*sppb.ReadRequest
	faults := &rpc.Faults{}
	faults.On("StreamingRead").Times(rpc.Always).When(func(req any) bool {
		mu.Lock()
		defer mu.Unlock()
		if r, ok := req.(*sppb.ReadRequest); ok {
			asked = append(asked, r)
		}
		return false
	}).Fail(codes.Internal)
	db := openEast(t, testkit.DatabaseOf(t, schema), 0, faults.Options())
	moment := time.Now().Add(-stale)
	for _, c := range []struct {
		name   string
		snap   *spannerdb.Snapshot
		routed bool
		low    bool
	}{
		{"old enough", db.SnapshotAt(moment), true, false},
		{"old enough, of a report", db.SnapshotAt(moment).LowPriority(), true, true},
		{"too young", db.SnapshotAt(time.Now().Add(-stale / 3)), false, false},
		{"strong", db.Snapshot(), false, false},
		{"strong, of a report", db.Snapshot().LowPriority(), false, true},
	} {
		asked = nil
		if got, err := seen(t, c.snap); err != nil || !whole(got) {
			t.Fatalf("%s: %v, %v", c.name, got, err)
		}
		req := asked[0]
		include := req.GetDirectedReadOptions().GetIncludeReplicas()
		if (include != nil) != c.routed {
			t.Errorf("%s: directed read %v, want %v", c.name, include, c.routed)
		}
		if c.routed {
			sel := include.GetReplicaSelections()
			if len(sel) != 1 || sel[0].GetLocation() != "europe-west3" || sel[0].GetType() != sppb.DirectedReadOptions_ReplicaSelection_READ_ONLY || !include.GetAutoFailoverDisabled() {
				t.Errorf("%s: %v", c.name, include)
			}
			if at := req.GetTransaction().GetSingleUse().GetReadOnly().GetReadTimestamp().AsTime(); !at.Equal(moment) {
				t.Errorf("%s: read at %v, want exactly %v", c.name, at, moment)
			}
		}
		if o := req.GetRequestOptions(); o.GetRequestTag() != "t/seen" || (o.GetPriority() == sppb.RequestOptions_PRIORITY_LOW) != c.low {
			t.Errorf("%s: %v", c.name, o)
		}
	}
}

// breaking is a connection whose streams end after their first answer.
type breaking struct{ on, broke atomic.Bool }

func (b *breaking) option() option.ClientOption {
	return option.WithGRPCDialOption(grpc.WithChainStreamInterceptor(
		func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			s, err := open(ctx, desc, cc, method, opts...)
			return &brokenStream{ClientStream: s, of: b}, err
		}))
}

type brokenStream struct {
	grpc.ClientStream
	of *breaking
	n  int
}

func (s *brokenStream) RecvMsg(m any) error {
	if s.n++; s.n == 2 && s.of.on.Load() {
		s.of.broke.Store(true)
		return status.Error(codes.Unavailable, "broken by the test")
	}
	err := s.ClientStream.RecvMsg(m)
	if p, ok := m.(*sppb.PartialResultSet); ok && s.n == 1 && s.of.on.Load() {
		p.ResumeToken = []byte("here") // the client gives out what it has
		p.Last = false
	}
	return err
}

// A read that breaks off after rows were given goes on elsewhere, each row once.
func TestAReadThatBreaksOff(t *testing.T) {
	t.Parallel()
	b := &breaking{}
	db := openEast(t, testkit.DatabaseOf(t, schema), 0, nil, b.option())
	b.on.Store(true)
	got, err := seen(t, db.SnapshotAt(time.Now().Add(-stale)))
	if err != nil || !whole(got) {
		t.Errorf("rows %v, %v", got, err)
	}
	s := states(db)
	if !b.broke.Load() || s["east"].Failed != 1 || s["leader"].Reads != 1 {
		t.Errorf("broken %v; east %+v, leader %+v", b.broke.Load(), s["east"], s["leader"])
	}
}

// What a replica does wrong costs its callers no error.
func TestFailuresOfARoute(t *testing.T) {
	t.Parallel()
	name := testkit.DatabaseOf(t, schema)
	for _, c := range []struct {
		name   string
		break_ func(*rpc.Rule) //nolint:revive // break is a word of Go's
	}{
		{"unavailable", func(r *rpc.Rule) { r.Fail(codes.Unavailable) }},
		{"internal", func(r *rpc.Rule) { r.Fail(codes.Internal) }},
		{"exhausted", func(r *rpc.Rule) { r.Fail(codes.ResourceExhausted) }},
		{"the place does not exist", func(r *rpc.Rule) { r.Fail(codes.InvalidArgument) }},
		{"the session is gone", func(r *rpc.Rule) { r.Fail(codes.NotFound) }},
		{"no answer", func(r *rpc.Rule) { r.Delay(time.Minute) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			faults := &rpc.Faults{}
			db := openEast(t, name, 100*time.Millisecond, nil, faults.Options()...)
			rule := faults.On("StreamingRead").Times(rpc.Always)
			c.break_(rule)
			for range 3 {
				if got, err := seen(t, db.SnapshotAt(time.Now().Add(-stale))); err != nil || !whole(got) {
					t.Errorf("rows %v, %v", got, err)
				}
			}
			if s := states(db)["east"]; rule.Hits() != 2 || s.Failed != 2 || s.Phase != route.Resting || s.LastError == "" {
				t.Errorf("%d calls; %+v; want two that failed and a route that rests", rule.Hits(), s)
			}
		})
	}
}

// A read that is wrong by itself is refused as ever, and no route is blamed.
func TestAWrongReadIsNobodysFault(t *testing.T) {
	t.Parallel()
	db := openEast(t, testkit.DatabaseOf(t, schema), 0, nil)
	for range 3 {
		err := db.SnapshotAt(time.Now().Add(-stale)).Read(testkit.Context(t), "Nowhere", spanner.AllKeys(), []string{"K"}, nil, func(*spanner.Row) error { return nil })
		if spanner.ErrCode(err) != codes.NotFound {
			t.Errorf("a table that is not there: %v", err)
		}
	}
	mine := errors.New("enough")
	err := db.SnapshotAt(time.Now().Add(-stale)).Read(testkit.Context(t), "T", spanner.AllKeys(), []string{"K"}, nil, func(*spanner.Row) error { return mine })
	if !errors.Is(err, mine) {
		t.Errorf("each's own error: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err = db.SnapshotAt(time.Now().Add(-stale)).Read(gone, "T", spanner.AllKeys(), []string{"K"}, nil, func(*spanner.Row) error { return nil })
	if spanner.ErrCode(err) != codes.Canceled {
		t.Errorf("a caller that has gone: %v", err)
	}
	if s := states(db); s["east"].Failed != 0 || s["east"].Phase != route.Serving || s["east"].InUse != 0 || s["leader"].InUse != 0 {
		t.Errorf("%+v", s)
	}
}

// The leader has 100 calls at a time, of whatever kind; the next waits until its deadline, unsent.
func TestTheLeadersCalls(t *testing.T) {
	t.Parallel()
	faults, counter := &rpc.Faults{}, &rpc.Counter{}
	db := testkit.Open(t, testkit.DatabaseOf(t, schema), append(counter.Options(), faults.Options()...)...)
	load(t, db)
	held := faults.On("StreamingRead").Times(rpc.Always).Hold()
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if got, err := seen(t, db.Snapshot()); err != nil || !whole(got) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	for states(db)["leader"].InUse < 100 && t.Context().Err() == nil {
		<-time.After(time.Millisecond)
	}
	<-held.Reached()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	sent := counter.Count("Commit")
	_, err := db.Client().Apply(ctx, []*spanner.Mutation{put(1, 1)}, spanner.ApplyAtLeastOnce())
	if spanner.ErrCode(err) != codes.DeadlineExceeded || counter.Count("Commit") != sent {
		t.Errorf("the 101st call: %v, sent %d times; want to wait until its deadline", err, counter.Count("Commit")-sent)
	}
	held.Release()
	wg.Wait()
	stop := errors.New("enough")
	if err := db.Snapshot().Read(testkit.Context(t), "T", spanner.AllKeys(), []string{"K"}, nil, func(*spanner.Row) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
	for states(db)["leader"].InUse > 0 { // a stream that is given up ends beside its reader
		if t.Context().Err() != nil {
			t.Fatal("a call was not given back")
		}
		<-time.After(time.Millisecond)
	}
}

// In the cloud there are ten connections to the primary and five to a replica from the beginning.
func TestConnections(t *testing.T) {
	name := testkit.DatabaseOf(t, schema)
	addr := strings.TrimPrefix(emulatorAddr(t), "http://")
	t.Setenv(emulator.Spanner.Env(), "")
	primary, replica := newDoor(t), newDoor(t)
	primary.to(addr)
	replica.to(addr)
	db, err := spannerdb.OpenRouted(t.Context(), name, spannerdb.Routing{Routes: spannerdb.ReadRoutes{
		{Name: "east", Type: "READ_ONLY", Weight: 1, Options: at(replica.Addr().String())},
	}}, at(primary.Addr().String())...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	deadline := time.Now().Add(10 * time.Second)
	for primary.came.Load() < 10 || replica.came.Load() < 5 {
		if time.Now().After(deadline) {
			break
		}
		<-time.After(time.Millisecond)
	}
	if primary.came.Load() != 10 || replica.came.Load() != 5 {
		t.Errorf("%d connections to the primary, %d to the replica; want 10 and 5", primary.came.Load(), replica.came.Load())
	}
}
