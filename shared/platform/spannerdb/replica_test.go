package spannerdb_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
	"innkeep.internal/shared/testkit"
)

// stale is how old the timestamps are that leave the leader in these tests.
const stale = 300 * time.Millisecond

// replica stands in for a read-only replica: an emulator of its own with the same rows, behind a door
// that keeps its address when the emulator dies and another one takes its place.
type replica struct {
	t    *testing.T
	name string // of the database
	door *door
	emu  *emulator.Process
}

func newReplica(t *testing.T, name string) *replica {
	t.Helper()
	r := &replica{t: t, name: name, door: newDoor(t)}
	r.start()
	t.Cleanup(func() { r.emu.Stop() })
	return r
}

func at(addr string) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint("passthrough:///" + addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// options lead a route's client to the replica.
func (r *replica) options() []option.ClientOption { return at(r.door.Addr().String()) }

// start begins an emulator, loads it, and opens the door once it shows the rows at the reads' age.
func (r *replica) start() {
	t := r.t
	t.Helper()
	var err error
	if r.emu, err = emulator.Start(t.Context(), emulator.Spanner); err != nil {
		t.Fatal(err)
	}
	admin, err := spanneradmin.Open(t.Context(), at(r.emu.Addr)...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	name, err := spanneradmin.ParseName(r.name)
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.EnsureInstance(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if err := admin.CreateDatabase(t.Context(), name, schema); err != nil {
		t.Fatal(err)
	}
	db := testkit.Open(t, r.name, at(r.emu.Addr)...)
	load(t, db)
	visible(t, db)
	r.door.to(r.emu.Addr)
}

// die ends the emulator with SIGKILL, and its connections with it.
func (r *replica) die() {
	r.door.to("")
	r.emu.Stop()
}

var schema = []string{"CREATE TABLE T (K INT64, V INT64) PRIMARY KEY (K)"}

const rowsOfT = 20

func load(t *testing.T, db *spannerdb.DB) {
	t.Helper()
	var ms []*spanner.Mutation
	for k := range int64(rowsOfT) {
		ms = append(ms, put(k, k*k))
	}
	if _, err := db.Client().Apply(testkit.Context(t), ms); err != nil {
		t.Fatal(err)
	}
}

// visible waits until a database shows its rows at the age of the tests' reads, and some more.
func visible(t *testing.T, db *spannerdb.DB) {
	t.Helper()
	for {
		n := 0
		rows := db.Client().Single().WithTimestampBound(spanner.ExactStaleness(stale+100*time.Millisecond)).
			Read(testkit.Context(t), "T", spanner.AllKeys(), columns)
		if err := rows.Do(func(*spanner.Row) error { n++; return nil }); err == nil && n == rowsOfT {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("the rows did not show")
		}
	}
}

// door passes connections on to where it leads.
type door struct {
	net.Listener
	came  atomic.Int64 // connections so far
	mu    sync.Mutex
	addr  string
	conns []net.Conn
}

func newDoor(t *testing.T) *door {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{Listener: l}
	t.Cleanup(func() { _ = l.Close(); d.to("") })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			d.came.Add(1)
			go d.pass(context.WithoutCancel(t.Context()), c)
		}
	}()
	return d
}

// to leads the door elsewhere; empty: nowhere. Connections end.
func (d *door) to(addr string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.addr = addr
	for _, c := range d.conns {
		_ = c.Close()
	}
	d.conns = nil
}

func (d *door) pass(ctx context.Context, c net.Conn) {
	defer func() { _ = c.Close() }()
	d.mu.Lock()
	inner, err := net.Conn(nil), errors.New("the door leads nowhere")
	if d.addr != "" {
		inner, err = (&net.Dialer{}).DialContext(ctx, "tcp", d.addr)
	}
	if err != nil {
		d.mu.Unlock()
		return
	}
	d.conns = append(d.conns, c, inner)
	d.mu.Unlock()
	defer func() { _ = inner.Close() }()
	go func() { _, _ = io.Copy(inner, c); _ = inner.Close() }()
	_, _ = io.Copy(c, inner)
}

// emulatorAddr is where the tests' emulator listens.
func emulatorAddr(t *testing.T) string {
	t.Helper()
	testkit.Admin(t)
	return os.Getenv(emulator.Spanner.Env())
}
