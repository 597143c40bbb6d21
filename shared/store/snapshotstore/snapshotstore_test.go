package snapshotstore

import (
	"context"
	"errors"
	"testing"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

var stream = bizdate.MustParse("2026-03-01")

// book is a property whose first day has more events than a page, and no other table's rows.
type book struct {
	tenant.Book
	t     *testing.T
	db    *spannerdb.DB
	calls *rpc.Counter
	days  []daybook.Day // by version: what Evolve made of the stream, without opening and closing
}

const long = pageSize + 20

func newBook(t *testing.T, events int) book {
	t.Helper()
	id := ids.NewUUID()
	b := book{t: t, calls: &rpc.Counter{}, days: make([]daybook.Day, 1, events+1)}
	b.db = testkit.Spanner(t, b.calls.Options()...)
	b.Book = tenant.Book{Org: "org", Property: tenant.PropertyID(id.String())}
	b.days[0].Date = stream
	ms := []*spanner.Mutation{spanner.Insert("Properties",
		[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
		[]any{b.Shard(), string(b.Org), string(b.Property), "H", "House", "HOTEL", "UTC", 0, "EUR", civil.DateOf(stream.Time()), 10, spanner.CommitTimestamp})}
	s := daybook.State{
		Book: b.Book, Property: daybook.Property{UUID: id, Currency: "EUR", GoLive: stream}, Today: stream,
		Policy: approval.Default(), Chart: ledger.Default(),
	}
	for n := range events {
		var do daybook.Action = daybook.Record{Draft: daybook.Draft{
			Kind: ledger.Revenue, BusinessDate: stream, AmountMinor: int64(n), Currency: "EUR", Mode: ledger.Cash, Category: "ROOM",
		}}
		switch {
		case n == 0:
			do = daybook.SetOpening{OpeningMinor: 1_000}
		case n%40 == 0:
			do = daybook.Count{Date: stream, CountedMinor: int64(n)}
		}
		command := daybook.Command{Actor: approval.Actor{Subject: "owner", Role: approval.OwnerAdmin, Version: 1}, Key: daybook.Hash{1, byte(n), byte(n >> 8)}, Do: do}
		made, err := daybook.Decide(s, command)
		if err == nil {
			s, err = daybook.Evolve(s, made[0])
		}
		if err != nil {
			t.Fatal(err)
		}
		day := s.Days[0]
		day.OpeningMinor, day.ClosingMinor = 0, 0
		b.days = append(b.days, day)
		ms = append(ms, b.event(made[0]))
	}
	b.apply(ms...)
	return b
}

func (b book) event(e daybook.Event) *spanner.Mutation {
	return spanner.Insert("Events", []string{"ShardId", "OrgId", "PropertyId", "StreamId", "Version", "Type", "SchemaVersion",
		"Actor", "Cause", "Judged", "Data", "ChainHash", "RecordedAt"}, append(key(b.Book, stream, e.Version), string(e.Data.Type()), 1,
		e.Raw.Actor, e.Cause[:], e.Raw.Judged, e.Raw.Data, e.Chain[:], spanner.CommitTimestamp))
}

func (b book) apply(ms ...*spanner.Mutation) {
	b.t.Helper()
	if _, err := b.db.Client().Apply(testkit.Context(b.t), ms); err != nil {
		b.t.Fatal(err)
	}
}

// put is the row of a state, after it was changed.
func (b book) put(d daybook.Day, change func(*row)) {
	b.t.Helper()
	state := daybook.EncodeDay(d)
	hash := daybook.StateHash(daybook.SnapshotSchema, stream.String(), d.Version, state)
	x := row{StreamId: stream.String(), Version: d.Version, SchemaVersion: daybook.SnapshotSchema, State: state, StateHash: hash[:], ChainHash: d.Chain[:]}
	if change != nil {
		change(&x)
	}
	b.apply(spanner.InsertOrUpdate(table,
		[]string{"ShardId", "OrgId", "PropertyId", "StreamId", "Version", "SchemaVersion", "State", "StateHash", "ChainHash", "TakenAt"},
		append(key(b.Book, stream), x.Version, x.SchemaVersion, x.State, x.StateHash, x.ChainHash, spanner.CommitTimestamp)))
}

// load is the stream's state up to a version, and how many calls it took.
func (b book) load(version int64) (daybook.Day, int) {
	b.t.Helper()
	b.calls.Reset()
	d, err := LoadAt(testkit.Context(b.t), b.db.Snapshot(), b.Book, stream, version)
	if err != nil {
		b.t.Fatal(err)
	}
	return d, b.calls.Total()
}

func (b book) take(ctx context.Context, d daybook.Day) {
	b.t.Helper()
	_, err := b.db.ReadWrite(ctx, "test/take", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		ms, err := Take(ctx, tx, []State{{b.Book, d}})
		if err != nil {
			return err
		}
		return tx.BufferWrite(ms)
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// kept is the row that stands.
func (b book) kept() row {
	b.t.Helper()
	var rows []row
	if err := b.db.Snapshot().Read(testkit.Context(b.t), table, key(b.Book, stream), columns, nil, into(&rows)); err != nil || len(rows) != 1 {
		b.t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows[0]
}

func TestLoad(t *testing.T) {
	t.Parallel()
	b := newBook(t, long)
	same := func(what string, version int64, calls int) {
		t.Helper()
		got, n := b.load(version)
		if diff := cmp.Diff(b.days[version], got); diff != "" || n != calls {
			t.Errorf("%s: %d calls, want %d (-want +got):\n%s", what, n, calls, diff)
		}
	}
	same("without a snapshot", long, 3) // its row, and two pages
	same("a version without a snapshot", 77, 2)
	b.take(testkit.Context(t), b.days[300])
	same("behind a snapshot", long, 2)
	same("at a snapshot", 300, 2)
	same("before a snapshot", 299, 2)
	b.take(testkit.Context(t), b.days[10])
	if b.kept().Version != 300 {
		t.Error("an older snapshot has replaced a newer one")
	}
	b.take(testkit.Context(t), b.days[long])
	same("a snapshot of the last version", long, 2)

	d, err := Load(testkit.Context(t), b.db.Snapshot(), b.Book, stream)
	if err != nil || d != b.days[long] {
		t.Errorf("the whole stream: %+v, %v", d, err)
	}
	if d, err := Load(testkit.Context(t), b.db.Snapshot(), b.Book, stream.AddDays(1)); err != nil || d != (daybook.Day{Date: stream.AddDays(1)}) {
		t.Errorf("a stream without events: %+v, %v", d, err)
	}
	if d, err := LoadAt(testkit.Context(t), b.db.Snapshot(), b.Book, stream, long+1); !errors.Is(err, ErrUnfoldable) {
		t.Errorf("a version that the stream does not have: %+v, %v", d, err)
	}
}

// TestLoadStandsStill: what a snapshot shows is of one moment, the row of Snapshots too.
func TestLoadStandsStill(t *testing.T) {
	t.Parallel()
	b := newBook(t, 20)
	before := b.db.Snapshot()
	if _, err := Load(testkit.Context(t), before, b.Book, stream); err != nil {
		t.Fatal(err)
	}
	b.take(testkit.Context(t), b.days[10])
	b.apply(spanner.Delete("Events", key(b.Book, stream, 5)), spanner.Delete("Events", key(b.Book, stream, 20)))
	if d, err := Load(testkit.Context(t), before, b.Book, stream); err != nil || d != b.days[20] {
		t.Errorf("at the moment before: %+v, %v", d, err)
	}
	if d, err := Load(testkit.Context(t), b.db.Snapshot(), b.Book, stream); err != nil || d != b.days[19] {
		t.Errorf("by the snapshot: %+v, %v", d, err)
	}
	b.apply(spanner.Delete(table, key(b.Book, stream)))
	if _, err := Load(testkit.Context(t), b.db.Snapshot(), b.Book, stream); !errors.Is(err, ErrUnfoldable) {
		t.Errorf("an event is missing and nobody says so: %v", err)
	}
}

// TestRefused: a snapshot of false figures is believed while nothing shows that it is false (scripts/verify
// finds that one), and refused by each thing that does.
func TestRefused(t *testing.T) {
	t.Parallel()
	const version = 30
	b := newBook(t, 40)
	wrong := b.days[version]
	wrong.Flows.CashReceivedMinor++
	reseal := func(x *row) {
		h := daybook.StateHash(x.SchemaVersion, x.StreamId, x.Version, x.State)
		x.StateHash = h[:]
	}
	tests := []struct {
		name   string
		change func(*row)
		want   reason
	}{
		{"believed", nil, ""},
		{"an older schema", func(x *row) { x.SchemaVersion = 0; reseal(x) }, otherSchema},
		{"a newer schema", func(x *row) { x.SchemaVersion++; reseal(x) }, otherSchema},
		{"another hash", func(x *row) { x.StateHash = make([]byte, 32) }, badHash},
		{"a short hash", func(x *row) { x.StateHash = x.StateHash[:31] }, badHash},
		{"another version than was written", func(x *row) { x.Version-- }, badHash},
		{"no JSON", func(x *row) { x.State = "{"; reseal(x) }, badState},
		{"no state", func(x *row) { x.State = "null"; reseal(x) }, badState},
		{"a state of another version", func(x *row) { x.Version--; reseal(x) }, badState},
		{"another chain hash than the state's", func(x *row) { x.ChainHash = make([]byte, 32) }, badState},
		{"a state of another stream", func(x *row) {
			d := wrong
			d.Date = stream.AddDays(1)
			x.State = daybook.EncodeDay(d)
			reseal(x)
		}, badState},
		{"beyond the stream's end", func(x *row) {
			d := wrong
			d.Version = 41
			x.State, x.Version = daybook.EncodeDay(d), 41
			reseal(x)
		}, beyondEnd},
		{"of another stream of events", func(x *row) {
			d := wrong
			d.Chain[7]++
			x.State, x.ChainHash = daybook.EncodeDay(d), d.Chain[:]
			reseal(x)
		}, badChain},
	}
	for _, tt := range tests { // in turn: there is one row
		b.put(wrong, tt.change)
		x, ctx := b.kept(), testkit.Context(t)
		f := fold{snap: b.db.Snapshot(), book: b.Book, stream: stream, until: 1_000}
		if _, why, err := f.behind(ctx, x); why != tt.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", tt.name, why, err, tt.want)
		}
		want := b.days[40]
		if tt.want == "" {
			want.Flows.CashReceivedMinor++
		}
		got, err := Load(ctx, b.db.Snapshot(), b.Book, stream)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

// TestTakeReplaces: a later snapshot stays if it is what somebody wrote of this stream, whatever its schema.
func TestTakeReplaces(t *testing.T) {
	t.Parallel()
	b := newBook(t, 40)
	for name, c := range map[string]struct {
		change func(*row)
		stays  bool
	}{
		"sound": {nil, true},
		"a newer program's": {func(x *row) {
			x.SchemaVersion, x.State = 2, `{"day":{}}`
			h := daybook.StateHash(2, x.StreamId, x.Version, x.State)
			x.StateHash = h[:]
		}, true},
		"damaged": {func(x *row) { x.State += " " }, false},
		"beyond the end": {func(x *row) {
			x.Version = 900
			h := daybook.StateHash(1, x.StreamId, x.Version, x.State)
			x.StateHash = h[:]
		}, false},
		"another chain's": {func(x *row) { x.ChainHash = make([]byte, 32) }, false},
	} {
		b.put(b.days[30], c.change)
		before := b.kept()
		b.take(testkit.Context(t), b.days[20])
		after := b.kept()
		if c.stays {
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%s: replaced (-before +after):\n%s", name, diff)
			}
			continue
		}
		if d, why := after.day(); why != "" || d != b.days[20] {
			t.Errorf("%s: not replaced: %+v, %q", name, d, why)
		}
	}
	b.put(b.days[20], func(x *row) { x.State = "damaged" })
	b.take(testkit.Context(t), b.days[20])
	if d, why := b.kept().day(); why != "" || d != b.days[20] {
		t.Errorf("the same version anew: %+v, %q", d, why)
	}
}

func TestTakeOfNothing(t *testing.T) {
	t.Parallel()
	if ms, err := Take(t.Context(), nil, nil); err != nil || len(ms) > 0 {
		t.Errorf("%v, %v", ms, err)
	}
}

// An event that nobody can read is no state, and no guess.
func TestUnknownEventIsUnfoldable(t *testing.T) {
	t.Parallel()
	b := newBook(t, 20)
	b.apply(spanner.Update("Events", []string{"ShardId", "OrgId", "PropertyId", "StreamId", "Version", "SchemaVersion"}, append(key(b.Book, stream, 7), 2)))
	_, err := Load(testkit.Context(t), b.db.Snapshot(), b.Book, stream)
	if !errors.Is(err, ErrUnfoldable) || !errors.Is(err, daybook.ErrUnknownEvent) {
		t.Errorf("%v", err)
	}
	b.take(testkit.Context(t), b.days[10])
	if d, err := Load(testkit.Context(t), b.db.Snapshot(), b.Book, stream); err != nil || d != b.days[20] {
		t.Errorf("behind a snapshot: %+v, %v", d, err)
	}
}
