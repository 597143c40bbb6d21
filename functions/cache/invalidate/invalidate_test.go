package invalidate

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
	"innkeep.internal/shared/platform/cache/moves"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
)

// Nudges come twice, late, in another order and not at all, to two instances: the heads are those of the
// events. What was lost comes with the sweep.
func TestNudgesOfAllKinds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 8)
	ctx := testkit.Context(t)
	type nudge struct {
		shard int64
		at    time.Time
	}
	var nudges []nudge
	for i := range 60 {
		h.post(i)
		b := h.writer.Books[i%8]
		if i%3 != 0 { // a third is lost
			nudges = append(nudges, nudge{b.Shard(), h.latest}, nudge{b.Shard(), h.latest})
		}
	}
	rand.Shuffle(len(nudges), func(i, j int) { nudges[i], nudges[j] = nudges[j], nudges[i] })
	var instances sync.WaitGroup
	for _, v := range []*Invalidator{h.invalidator(h.client), h.invalidator(h.open(nil))} {
		for _, half := range [][]nudge{nudges[:len(nudges)/2], nudges[len(nudges)/2:]} {
			instances.Go(func() {
				for _, n := range half {
					if err := v.Drain(ctx, n.shard, n.at); err != nil && !errors.Is(err, feed.ErrBusy) {
						t.Error(err)
					}
				}
			})
		}
	}
	instances.Wait()
	h.settle(h.invalidator(h.client))
	h.check()
}

// Whoever is awake keeps the marks of all shards young; none is ahead of what its heads have.
func TestIdleShardsAreMarked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	ctx := testkit.Context(t)
	v := h.invalidator(h.client)
	h.post(0)
	shard := h.writer.Books[0].Shard()
	for round := range 2 {
		since := time.Now()
		eventually(t, "all marks are young", func(context.Context) bool {
			if err := v.Drain(ctx, shard, h.latest); err != nil {
				t.Fatal(err)
			}
			for _, at := range h.marks() {
				if at.Before(since) {
					return false
				}
			}
			return true
		})
		if took := time.Since(since); round == 1 && took > 6*time.Second {
			t.Errorf("it took %v", took)
		}
		h.post(0)
	}
}

// A head that Firestore refuses in a batch is tried three times more; then its events are parked, the
// others are done, and the mark of its shard stands still until a sweep has them taken after all.
func TestARefusedHeadIsParked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 40)
	ctx := testkit.Context(t)
	bad, good := sameShard(t, h.writer.Books)
	refusing := refuser{head: cachedoc.HeadID(bad), code: codes.InvalidArgument}
	v := h.invalidator(h.open(refusing.intercept))
	for i, b := range h.writer.Books {
		if b == bad || b == good {
			h.post(i)
			h.post(i + 40)
		}
	}
	before := time.Now()
	for range 3 {
		if err := v.runner.Drain(ctx, bad.Shard(), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	parked, err := feed.ListParked(ctx, h.db.Snapshot(), name, true)
	if err != nil || len(parked) != 2 || parked[0].Book != bad || !strings.Contains(parked[0].Cause, "refused") {
		t.Fatalf("parked: %+v, %v", parked, err)
	}
	if tried := refusing.count(); tried != 4 {
		t.Errorf("it was tried %d times", tried)
	}
	got := h.heads()
	if got[cachedoc.HeadID(bad)] != nil || len(got[cachedoc.HeadID(good)]) == 0 {
		t.Errorf("the heads: %v", got)
	}
	if at := h.marks()[bad.Shard()]; !at.IsZero() {
		t.Errorf("the shard is marked: %v", at)
	}
	refusing.end()
	eventually(t, "the parked events are taken", func(ctx context.Context) bool {
		if err := v.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		return h.taken() == int64(h.commits) && h.marks()[bad.Shard()].After(before)
	})
	h.check()
}

// While Firestore takes nothing the cursor stands still, and nothing is parked.
func TestFirestoreIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	var away atomic.Bool
	client := h.open(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if _, moves := req.(*firestorepb.BatchWriteRequest); moves && away.Load() {
			return status.Error(codes.Unavailable, "away")
		}
		return invoke(ctx, method, req, reply, cc, opts...)
	})
	for i := range 9 {
		h.post(i)
	}
	away.Store(true)
	v := h.invalidator(client)
	short, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := v.Sweep(short); !errors.Is(err, moves.ErrUnavailable) {
		t.Errorf("the sweep: %v", err)
	}
	all, err := feed.ReadAll(testkit.Context(t), h.db.Snapshot(), name)
	if s := feed.StandingOf(all); err != nil || s.Events != 0 || s.Parked != 0 || len(h.heads()) > 0 {
		t.Errorf("%+v, %v", s, err)
	}
	away.Store(false)
	h.settle(v)
	h.check()
}

// elsewhere is where the moves of a refused head end.
const elsewhere = "elsewhere"

// refuser answers for a head in every batch that it stands in, until it is ended.
type refuser struct {
	head string
	code codes.Code

	mu    sync.Mutex
	tries int
	over  bool
}

func (r *refuser) intercept(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	batch, ok := req.(*firestorepb.BatchWriteRequest)
	r.mu.Lock()
	over := r.over
	r.mu.Unlock()
	if !ok || over {
		return invoke(ctx, method, req, reply, cc, opts...)
	}
	at := -1
	for i, w := range batch.GetWrites() {
		if strings.HasSuffix(w.GetUpdate().GetName(), "/"+r.head) {
			at = i
			w.GetUpdate().Name = strings.TrimSuffix(w.GetUpdate().GetName(), r.head) + elsewhere
		}
	}
	err := invoke(ctx, method, req, reply, cc, opts...)
	if answer, isBatch := reply.(*firestorepb.BatchWriteResponse); isBatch && at >= 0 && err == nil {
		answer.GetStatus()[at].Code = int32(r.code)
		r.mu.Lock()
		r.tries++
		r.mu.Unlock()
	}
	return err
}

func (r *refuser) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries
}

func (r *refuser) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
}

// sameShard is two books of one shard.
func sameShard(t *testing.T, books []tenant.Book) (tenant.Book, tenant.Book) {
	t.Helper()
	seen := map[int64]tenant.Book{}
	for _, b := range books {
		if other, ok := seen[b.Shard()]; ok {
			return other, b
		}
		seen[b.Shard()] = b
	}
	t.Fatal("no two books share a shard")
	return tenant.Book{}, tenant.Book{}
}
