package invariants_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/invariants"
	"innkeep.internal/shared/store/snapshotstore"
	"innkeep.internal/shared/testkit"
)

var (
	first  = bizdate.MustParse("2026-03-01")
	second = bizdate.MustParse("2026-03-02")
	owner  = approval.Actor{Subject: "owner", Role: approval.OwnerAdmin, Version: 1}
	clerk  = approval.Actor{Subject: "clerk", Role: approval.FrontDesk, Version: 1}
)

// book is a small property's: one closed day with a count, one open day with a reversed entry and
// one that waits, and room statistics said twice.
type book struct {
	tenant.Book
	db       *spannerdb.DB
	reversed ids.Entry
	waits    ids.Entry
}

func newBook(t *testing.T) book {
	t.Helper()
	id := ids.NewUUID()
	b := book{db: testkit.Spanner(t), Book: tenant.Book{Org: "org", Property: tenant.PropertyID(id.String())}}
	d := daybookstore.Desk{
		Book: b.Book, Property: daybook.Property{UUID: id, Currency: "EUR", GoLive: first},
		Zone: time.UTC, Policy: approval.Default(), Chart: ledger.Default(),
	}
	ms, err := daybookstore.Opening(d, owner, daybook.Hash{1}, 5_000)
	if err != nil {
		t.Fatal(err)
	}
	property := spanner.Insert("Properties",
		[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
		[]any{b.Shard(), string(b.Org), string(b.Property), "H", "House", "HOTEL", "UTC", 0, "EUR", civil.DateOf(first.Time()), 10, spanner.CommitTimestamp})
	if _, err := b.db.Client().Apply(testkit.Context(t), append([]*spanner.Mutation{property}, ms...)); err != nil {
		t.Fatal(err)
	}
	s := daybookstore.New(b.db, func() time.Time { return second.Time().Add(12 * time.Hour) })
	do := func(a approval.Actor, id ids.Entry, action daybook.Action) ids.Entry {
		t.Helper()
		o := daybookstore.Order{Actor: a, Key: ids.NewUUID().String(), Action: action, Entry: id}
		r, err := s.Execute(testkit.Context(t), d, o)
		if err != nil {
			t.Fatal(err)
		}
		if made, ok := r.Data.(daybook.EntryRecorded); ok {
			id, _ = ids.ParseEntry(made.Locator(d.Property.UUID))
		}
		return id
	}
	sale := daybook.Draft{Kind: ledger.Revenue, BusinessDate: first, AmountMinor: 1_000, Currency: "EUR", Mode: ledger.Cash, Category: "ROOM"}
	do(owner, ids.Entry{}, daybook.Record{Draft: sale})
	do(owner, ids.Entry{}, daybook.Count{Date: first, CountedMinor: 6_000})
	do(owner, ids.Entry{}, daybook.Close{Date: first})
	sale.BusinessDate = second
	b.reversed = do(owner, ids.Entry{}, daybook.Record{Draft: sale})
	do(owner, b.reversed, daybook.Reverse{EntryID: b.reversed.String(), Reason: "twice"})
	b.waits = do(clerk, ids.Entry{}, daybook.Record{Draft: sale})
	do(owner, ids.Entry{}, daybook.RecordStatistics{Date: second, Rooms: daybook.Rooms{Available: 10, Sold: 9}})
	do(owner, ids.Entry{}, daybook.RecordStatistics{Date: second, Rooms: daybook.Rooms{Available: 10, Sold: 7}})
	return b
}

func (b book) key(rest ...any) spanner.Key {
	return append(spanner.Key{b.Shard(), string(b.Org), string(b.Property)}, rest...)
}

func (b book) update(table string, names []string, key spanner.Key, more map[string]any) *spanner.Mutation {
	values := append([]any{}, key...)
	for n, v := range more {
		names, values = append(names, n), append(values, v)
	}
	return spanner.Update(table, names, values)
}

func (b book) day(d bizdate.Date, more map[string]any) *spanner.Mutation {
	return b.update("DailyCashBalances", []string{"ShardId", "OrgId", "PropertyId", "Month", "BusinessDate"},
		b.key(int64(d.Month()), civil.DateOf(d.Time())), more)
}

func (b book) entry(id ids.Entry, more map[string]any) *spanner.Mutation {
	return b.update("Entries", []string{"ShardId", "OrgId", "PropertyId", "Month", "BusinessDate", "Kind", "EntryId"},
		b.key(int64(id.Date.Month()), civil.DateOf(id.Date.Time()), "REVENUE", id.ID.String()), more)
}

func (b book) event(stream string, version int, more map[string]any) *spanner.Mutation {
	return b.update("Events", []string{"ShardId", "OrgId", "PropertyId", "StreamId", "Version"}, b.key(stream, version), more)
}

// TestCheckFinds breaks a sound book in each of the ways that the check is there for.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want string
		breaks     func(book) []*spanner.Mutation
	}{
		{"a balance moved with its closing", "I4", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.day(second, map[string]any{"OpeningMinor": 7_000, "ClosingMinor": 7_000})}
		}},
		{"a flow without an event", "I5", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.day(second, map[string]any{"CashReceivedMinor": 5, "ClosingMinor": 6_005})}
		}},
		{"a closed day's figures", "I13", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.day(first, map[string]any{"CashReceivedMinor": 5, "ClosingMinor": 5_005})}
		}},
		{"a closed day opened by hand", "I5", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.day(first, map[string]any{"Status": "OPEN"})}
		}},
		{"a count overwritten in its row", "I14", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.day(first, map[string]any{"CountedMinor": 1})}
		}},
		{"a count's evidence deleted", "I10", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{spanner.Delete("CashCounts", b.key(202603, civil.DateOf(first.Time()), 3))}
		}},
		{"an event deleted", "I11", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{spanner.Delete("Events", b.key(first.String(), 2))}
		}},
		{"an event's text changed", "I11", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.event(first.String(), 4, map[string]any{"Actor": `{"subject":"nobody"}`})}
		}},
		{"an entry deleted", "I10", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{spanner.Delete("Entries",
				b.key(202603, civil.DateOf(second.Time()), "REVENUE", b.waits.ID.String()))}
		}},
		{"an entry approved by hand", "I10", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.entry(b.waits, map[string]any{
				"Status": "APPROVED", "PendingDate": spanner.NullDate{}, "PostedDate": civil.DateOf(second.Time()), "Legs": "[]"})}
		}},
		{"an amount changed", "I2", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.entry(b.waits, map[string]any{"AmountMinor": 9, "NetMinor": 9})}
		}},
		{"a tax without a line", "I1", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.entry(b.waits, map[string]any{"TaxMinor": 400, "NetMinor": 600})}
		}},
		{"a reversal forgotten", "I7", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.entry(b.reversed, map[string]any{"Status": "APPROVED", "ReversedBy": spanner.NullString{}})}
		}},
		{"unbalanced legs", "I7", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{b.entry(b.reversed, map[string]any{"Legs": `[{"account":"1010","amountMinor":1}]`})}
		}},
		{"all command rows deleted", "I8", func(b book) []*spanner.Mutation {
			return []*spanner.Mutation{spanner.Delete("Commands", b.key().AsPrefix())}
		}},
	}
	b := newBook(t)
	if found, err := invariants.Find(testkit.Context(t), b.db, b.Book); err != nil || len(found) > 0 {
		t.Fatalf("sound books: %v, %v", found, err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			if _, err := b.db.Client().Apply(testkit.Context(t), tt.breaks(b)); err != nil {
				t.Fatal(err)
			}
			found, err := invariants.Find(testkit.Context(t), b.db, b.Book)
			if err != nil || !slices.ContainsFunc(found, func(f invariants.Finding) bool { return f.Invariant == tt.want }) {
				t.Errorf("found %q, %v; want an %s", found, err, tt.want)
			}
		})
	}
}

// snapshot is the row of a stream's events up to a version, after change has had the state, under the
// hash of what it says then; columns replace others.
func (b book) snapshot(t *testing.T, stream bizdate.Date, version int64, change func(*daybook.Day), columns map[string]any) *spanner.Mutation {
	t.Helper()
	d, err := snapshotstore.LoadAt(testkit.Context(t), b.db.Snapshot(), b.Book, stream, version)
	if err != nil {
		t.Fatal(err)
	}
	row := map[string]any{"ChainHash": d.Chain[:]}
	if change != nil {
		change(&d)
	}
	state := daybook.EncodeDay(d)
	hash := daybook.StateHash(daybook.SnapshotSchema, stream.String(), version, state)
	more := map[string]any{
		"ShardId": b.Shard(), "OrgId": string(b.Org), "PropertyId": string(b.Property), "StreamId": stream.String(), "Version": version,
		"SchemaVersion": int64(daybook.SnapshotSchema), "State": state, "StateHash": hash[:], "TakenAt": spanner.CommitTimestamp,
	}
	maps.Copy(row, more)
	maps.Copy(row, columns)
	return spanner.InsertOrUpdateMap("Snapshots", row)
}

// TestSnapshotsAreChecked: what is not the fold of its events is found, also where its hash was computed
// anew, and nothing else is.
func TestSnapshotsAreChecked(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	older := daybook.StateHash(0, first.String(), 3, "{}")
	tests := []struct {
		name, want string // where, if anywhere
		row        *spanner.Mutation
	}{
		{"whole", "", b.snapshot(t, first, 4, nil, nil)},
		{"a part", "", b.snapshot(t, first, 3, nil, nil)},
		{"with pending and reversed entries", "", b.snapshot(t, second, 2, nil, nil)},
		{"an older schema", "", b.snapshot(t, first, 3, nil, map[string]any{"SchemaVersion": 0, "State": "{}", "StateHash": older[:]})},
		{"an older schema and its hash", "2026-03-01/3", b.snapshot(t, first, 3, nil, map[string]any{"SchemaVersion": 0, "State": "{}"})},
		{"a flow", "2026-03-01/4", b.snapshot(t, first, 4, func(d *daybook.Day) { d.Flows.EntryCount++ }, nil)},
		{"the status", "2026-03-01/4", b.snapshot(t, first, 4, func(d *daybook.Day) { d.Closed = false }, nil)},
		{"a count", "2026-03-01/3", b.snapshot(t, first, 3, func(d *daybook.Day) { d.CountedMinor++ }, nil)},
		{"a count left out", "2026-03-01/3", b.snapshot(t, first, 3, func(d *daybook.Day) { *d = without(*d) }, nil)},
		{"a count's version", "2026-03-01/3", b.snapshot(t, first, 3, func(d *daybook.Day) { d.CountVersion-- }, nil)},
		{"what came after the count", "2026-03-01/3", b.snapshot(t, first, 3, func(d *daybook.Day) { d.AfterCountMinor++ }, nil)},
		{"the version inside", "2026-03-01/3", b.snapshot(t, first, 3, func(d *daybook.Day) { d.Version-- }, nil)},
		{"the stream inside", "2026-03-01/3", b.snapshot(t, first, 3, func(d *daybook.Day) { d.Date = second }, nil)},
		{"the chain inside", "2026-03-01/3", b.snapshot(t, first, 3, func(d *daybook.Day) { d.Chain[0]++ }, nil)},
		{"the chain outside", "2026-03-01/3", b.snapshot(t, first, 3, nil, map[string]any{"ChainHash": make([]byte, 32)})},
		{"the hash", "2026-03-01/3", b.snapshot(t, first, 3, nil, map[string]any{"StateHash": make([]byte, 32)})},
		{"the state", "2026-03-01/3", b.snapshot(t, first, 3, nil, map[string]any{"State": "{}"})},
		{"a version to come", "2026-03-02", b.snapshot(t, second, 2, nil, map[string]any{"Version": 9})},
		{"a stream that is not there", "2026-04-01", b.snapshot(t, second, 2, nil, map[string]any{"StreamId": "2026-04-01"})},
	}
	for _, tt := range tests { // in turn: there is one row a stream
		if _, err := b.db.Client().Apply(testkit.Context(t), []*spanner.Mutation{spanner.Delete("Snapshots", spanner.AllKeys()), tt.row}); err != nil {
			t.Fatal(err)
		}
		found, err := invariants.Find(testkit.Context(t), b.db, b.Book)
		other := func(f invariants.Finding) bool { return f.Invariant != "I11" || f.Where != tt.want || f.Date.IsZero() }
		if err != nil || (len(found) > 0) != (tt.want != "") || slices.ContainsFunc(found, other) {
			t.Errorf("%s: found %q, %v; want only I11 at %q", tt.name, found, err, tt.want)
		}
	}
}

// without is a day that was never counted.
func without(d daybook.Day) daybook.Day {
	d.Counted, d.CountedMinor, d.CountVersion, d.AfterCountMinor = false, 0, 0, 0
	return d
}

// An approval that the policy did not allow is found although every table agrees with it.
func TestCheckFindsSelfApproval(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	actor := `{"subject":"clerk","role":"ACCOUNTANT","memberVersion":1}`
	ms := []*spanner.Mutation{b.event(second.String(), 1, map[string]any{"Actor": actor})}
	if _, err := b.db.Client().Apply(testkit.Context(t), ms); err != nil {
		t.Fatal(err)
	}
	found, err := invariants.Find(testkit.Context(t), b.db, b.Book)
	if err != nil || !slices.ContainsFunc(found, func(f invariants.Finding) bool {
		return f.Invariant == "I15" && f.Where == "2026-03-02/1" && f.Date == second
	}) {
		t.Errorf("found %q, %v; want an I15", found, err)
	}
}
