package invalidate

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"innkeep.internal/shared/platform/cache/cachedoc"
	"innkeep.internal/shared/platform/cache/moves"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	emulated "innkeep.internal/shared/testkit/firestore"
)

// TestMain keeps the warnings of provoked failures out of the way; it is also a process that is killed.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 1})))
	if os.Getenv(envDatabase) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// house is some properties' books, and the documents that the invalidator keeps of them.
type house struct {
	t       *testing.T
	db      *spannerdb.DB
	project string
	writer  *events.Writer
	client  *firestore.Client
	want    map[string]map[string]int64 // scopes of the heads, by what was written
	latest  time.Time
	commits int
}

func newHouse(t *testing.T, properties int) *house {
	t.Helper()
	h := &house{t: t, project: emulated.Project(t), db: testkit.Spanner(t), want: map[string]map[string]int64{}}
	h.writer = events.New(t, h.db, properties)
	h.client = h.open(nil)
	return h
}

// open is a client whose calls go through an interceptor, if there is one. With the emulator's variable a
// client takes no options of its connection, but another one.
func (h *house) open(through grpc.UnaryClientInterceptor) *firestore.Client {
	h.t.Helper()
	var opts []option.ClientOption
	if through != nil {
		conn, err := grpc.NewClient(os.Getenv("FIRESTORE_EMULATOR_HOST"),
			grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithChainUnaryInterceptor(asOwner, through))
		if err != nil {
			h.t.Fatal(err)
		}
		opts = append(opts, option.WithGRPCConn(conn))
	}
	client, err := firestore.NewClient(h.t.Context(), h.project, opts...)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = client.Close() })
	// The emulator's first call takes it seconds.
	for ctx := testkit.Context(h.t); ctx.Err() == nil; {
		if _, err := moves.New(client).Marks(ctx); err == nil {
			break
		}
	}
	return client
}

// asOwner is what the emulator asks of who writes in bulk.
func asOwner(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return invoke(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer owner"), method, req, reply, cc, opts...)
}

func (h *house) invalidator(client *firestore.Client) *Invalidator {
	return NewInvalidator(h.db, moves.New(client), events.Now, nil)
}

// post writes a sale of a property on a day of the first week, and says what has to come of it.
func (h *house) post(i int) {
	h.t.Helper()
	b, day := h.writer.Books[i%len(h.writer.Books)], events.First.AddDays(i%5)
	h.latest = h.writer.Commit(h.t, h.writer.Sale(h.t, b, day, i))
	h.commits++
	id := cachedoc.HeadID(b)
	if h.want[id] == nil {
		h.want[id] = map[string]int64{}
	}
	h.want[id][cachedoc.DateField(day)] = h.latest.UnixNano()
}

// settle sweeps until the cursors are behind everything.
func (h *house) settle(v *Invalidator) {
	h.t.Helper()
	ctx := testkit.Context(h.t)
	for {
		err := v.Sweep(ctx)
		if h.taken() == int64(h.commits) {
			return
		}
		if ctx.Err() != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) taken() int64 {
	h.t.Helper()
	all, err := feed.ReadAll(testkit.Context(h.t), h.db.Snapshot(), name)
	if err != nil {
		h.t.Fatal(err)
	}
	s := feed.StandingOf(all)
	return s.Events - s.Parked
}

func (h *house) heads() map[string]map[string]int64 {
	h.t.Helper()
	docs, err := h.client.Collection(cachedoc.Heads).Documents(testkit.Context(h.t)).GetAll()
	if err != nil {
		h.t.Fatal(err)
	}
	all := map[string]map[string]int64{}
	for _, doc := range docs {
		var head cachedoc.Head
		if err := doc.DataTo(&head); err != nil {
			h.t.Fatal(err)
		}
		if doc.Ref.ID != elsewhere {
			all[doc.Ref.ID] = head.At
		}
	}
	return all
}

// check compares the heads with what was written.
func (h *house) check() {
	h.t.Helper()
	got := h.heads()
	for id, want := range h.want {
		if !maps.Equal(got[id], want) {
			h.t.Errorf("%s: %v, want %v", id, got[id], want)
		}
	}
	if len(got) != len(h.want) {
		h.t.Errorf("%d heads, want %d", len(got), len(h.want))
	}
}

func (h *house) marks() []time.Time {
	h.t.Helper()
	all, err := moves.New(h.client).Marks(testkit.Context(h.t))
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func(context.Context) bool) {
	t.Helper()
	ctx := testkit.Context(t)
	for !ok(ctx) {
		if ctx.Err() != nil {
			t.Fatal("in vain: " + what)
		}
	}
}
