package cachelevel_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
	"innkeep.internal/shared/platform/cache/cachelevel"
	testfirestore "innkeep.internal/shared/testkit/firestore"
)

// patience bounds what a test waits for; the emulator's first calls are slow.
const patience = 40 * time.Second

func open(t *testing.T) *firestore.Client {
	t.Helper()
	client, err := firestore.NewClient(t.Context(), testfirestore.Project(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// eventually calls until it succeeds: an emulator that has just started is slower than the level waits.
func eventually(t *testing.T, call func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := call()
	for err != nil && ctx.Err() == nil {
		err = call()
	}
	if err != nil {
		t.Fatal(err)
	}
}

var (
	house = tenant.Book{Org: "acme", Property: "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"} // shard 3
	own   = tenant.Book{Org: "acme", Property: tenant.Setup}                           // shard 13
)

func TestLook(t *testing.T) {
	t.Parallel()
	client := open(t)
	l := cachelevel.New(client, nil)
	look := func(books ...tenant.Book) (f cachedoc.Found) {
		eventually(t, func() (err error) {
			f, err = l.Look(t.Context(), "id", books)
			return err
		})
		return f
	}
	empty := cachedoc.Found{Heads: []cachedoc.Head{{}}, Whole: []cachedoc.Head{{}}, Marks: make([]cachedoc.Mark, 2)}
	if diff := cmp.Diff(empty, look(house, own)); diff != "" {
		t.Errorf("nothing (-want +got):\n%s", diff)
	}
	e := cachedoc.Entry{Payload: bytes.Repeat([]byte{7}, 1<<20-8<<10), Zipped: true, Stamp: 1 << 60, Through: 20260305, ExpireAt: time.Unix(1, 0).UTC()}
	eventually(t, func() error { return l.Put(t.Context(), "id", e) })
	set := func(collection, id string, v any) {
		eventually(t, func() error {
			_, err := client.Collection(collection).Doc(id).Set(t.Context(), v)
			return err
		})
	}
	head := cachedoc.Head{At: map[string]int64{"d20260305": 1<<60 + 1, "m202602": 5}}
	set(cachedoc.Heads, cachedoc.HeadID(house), head)
	set(cachedoc.Marks, cachedoc.MarkID(house.Shard()), cachedoc.Mark{Watermark: 1<<60 + 7, Floor: 3})
	want := cachedoc.Found{Entry: &e, Heads: []cachedoc.Head{head}, Marks: []cachedoc.Mark{{Watermark: 1<<60 + 7, Floor: 3}}}
	if diff := cmp.Diff(want, look(house)); diff != "" {
		t.Errorf("what was written (-want +got):\n%s", diff)
	}
}

// A guard that refuses is asked before anything is sent.
func TestGuard(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	l := cachelevel.New(open(t), func(context.Context, func(context.Context) error) error { return refused })
	if _, err := l.Look(t.Context(), "id", nil); !errors.Is(err, refused) {
		t.Error(err)
	}
	if err := l.Put(t.Context(), "id", cachedoc.Entry{}); !errors.Is(err, refused) {
		t.Error(err)
	}
}
