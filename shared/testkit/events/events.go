// Package events writes books for tests of what reads them: properties with events of money in their
// rows, and nothing else of the write path. Only tests import it.
package events

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/testkit"
)

// ahead is more than the emulator's commit timestamps are ahead of the machine's clock: about 1 ms when it
// starts, 85 ms were measured after ten minutes of tests, since its clock never goes back and the machine's
// is put right.
const ahead = 200 * time.Millisecond

// Now is a clock by which every commit that was answered lies in the past. A read at that time waits
// until it has come.
func Now() time.Time { return time.Now().Add(ahead) }

// Writer writes events of some properties, the versions of each stream in order from 1 on. It is for
// one goroutine.
type Writer struct {
	DB       *spannerdb.DB
	Books    []tenant.Book
	Chart    ledger.Chart
	versions map[stream]int64
}

type stream struct {
	book tenant.Book
	id   string
}

// First is the first business date that books have a period for; there are two months of them.
var First = bizdate.MustParse("2026-03-01")

// New makes properties without events.
func New(t testing.TB, db *spannerdb.DB, properties int) *Writer {
	t.Helper()
	w := &Writer{DB: db, Chart: ledger.Default()}
	var ms []*spanner.Mutation
	for i := range properties {
		b := tenant.Book{Org: "org", Property: tenant.PropertyID(ids.NewUUID().String())}
		w.Books = append(w.Books, b)
		ms = append(ms, spanner.Insert("Properties",
			[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
			[]any{b.Shard(), string(b.Org), string(b.Property), fmt.Sprint(i), "House", "HOTEL", "UTC", 0, "EUR", civil.DateOf(First.Time()), 10, spanner.CommitTimestamp}))
		for _, m := range []int64{202603, 202604} {
			ms = append(ms, spanner.Insert("Periods", []string{"ShardId", "OrgId", "PropertyId", "Month"}, []any{b.Shard(), string(b.Org), string(b.Property), m}))
		}
	}
	w.commit(t, ms)
	return w
}

// Sale is the event of a sale of 11.80 with tax, paid in a way that goes by i.
func (w *Writer) Sale(t testing.TB, b tenant.Book, day bizdate.Date, i int) *spanner.Mutation {
	t.Helper()
	mode := []ledger.PaymentMode{ledger.Cash, ledger.Card, ledger.UPI}[i%3]
	p := ledger.Posting{Kind: ledger.Revenue, Category: "ROOM", Mode: mode, GrossMinor: 1180, NetMinor: 1000, Taxes: []ledger.TaxLine{{Code: "VAT", AmountMinor: 180}}}
	legs, err := w.Chart.Legs(p)
	if err != nil {
		t.Fatal(err)
	}
	return w.Event(t, b, day.String(), daybook.EntryRecorded{Legs: legs, Facts: daybook.Facts{
		EntryID: ids.NewUUID().String(), Kind: p.Kind, BusinessDate: day, AmountMinor: p.GrossMinor, NetMinor: p.NetMinor, Taxes: p.Taxes,
		Currency: "EUR", Mode: mode, Category: p.Category,
	}})
}

// Event is the next event of a stream.
func (w *Writer) Event(t testing.TB, b tenant.Book, id string, data daybook.Data) *spanner.Mutation {
	t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return w.Raw(b, id, string(data.Type()), string(raw))
}

// Raw is the next event of a stream, of any type and with any data.
func (w *Writer) Raw(b tenant.Book, id, kind, data string) *spanner.Mutation {
	s := stream{b, id}
	if w.versions == nil {
		w.versions = map[stream]int64{}
	}
	w.versions[s]++
	return spanner.Insert(eventlog.Table, eventlog.Columns, []any{
		b.Shard(), string(b.Org), string(b.Property), id, w.versions[s], kind, 1,
		`{"subject":"owner","role":"OWNER_ADMIN","version":1}`, make([]byte, 32), `{"policy":0,"chart":0}`, data, make([]byte, 32), spanner.CommitTimestamp,
	})
}

// Commit writes events in one commit, and gives its time.
func (w *Writer) Commit(t testing.TB, ms ...*spanner.Mutation) time.Time {
	t.Helper()
	return w.commit(t, ms)
}

func (w *Writer) commit(t testing.TB, ms []*spanner.Mutation) time.Time {
	t.Helper()
	// Without a transaction: the emulator has one a client, and readers may have it.
	at, err := w.DB.Client().Apply(testkit.Context(t), ms, spanner.ApplyAtLeastOnce())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// run is how many sales of one property follow each other, as the lines of a bulk call do.
const run = 25

// Fill writes n sales over all properties and the days of two months, 500 a commit.
func (w *Writer) Fill(t testing.TB, n int) {
	t.Helper()
	var ms []*spanner.Mutation
	for i := range n {
		ms = append(ms, w.Sale(t, w.Books[i/run%len(w.Books)], First.AddDays(i*60/n), i))
		if len(ms) == 500 || i == n-1 {
			w.Commit(t, ms...)
			ms = nil
		}
	}
}
