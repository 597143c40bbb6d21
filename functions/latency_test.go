package functions_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// fullMonth is a property with a month of 3,000 entries, a hundred a day.
func fullMonth(t testing.TB, counter *rpc.Counter) (person, string) {
	t.Helper()
	h := newHouse(t, "2026-04-30", counter.Options()...)
	owner, _ := h.founder(t)
	property := owner.property("FULL", "2026-04-01", 0, "")
	for day := 1; day <= 30; day++ {
		var lines []string
		for i := range 100 {
			kind := []string{`"paymentMode":"CASH"`, `"paymentMode":"CARD"`, `"paymentMode":"OTA"`}[i%3]
			lines = append(lines, fmt.Sprintf(`{"key":"%d-%d","propertyId":%q,"businessDate":"2026-04-%02d","currency":"EUR","amountMinor":%d,%s,"source":"ROOM","description":"Room %d"}`,
				day, i, property, day, 10_000+i, kind, i))
		}
		if r, a := owner.bulk("revenues", lines); r.Accepted != 100 {
			t.Fatal(a.Raw)
		}
	}
	return owner, property
}

// entryColumns are all that a report reads of an entry.
var entryColumns = []string{
	"BusinessDate", "Kind", "EntryId", "Status", "AmountMinor", "NetMinor", "TaxLines", "Currency",
	"PaymentMode", "Category", "Description", "BankReference", "VendorName", "ExternalSystem", "ExternalId",
	"OccurredAt", "PostedDate", "Legs", "CreatedBy", "RecordedStream", "RecordedVersion", "RecordedAt",
	"DecidedStream", "DecidedVersion", "DecidedBy", "ReversalOf", "ReversedBy",
}

// bareRead is one range read of a property's entries by the raw client, and nothing else.
func bareRead(t testing.TB, p person, property string, from, to civil.Date) {
	t.Helper()
	b := tenant.Book{Org: p.org, Property: tenant.PropertyID(property)}
	key := func(d civil.Date) spanner.Key {
		return spanner.Key{b.Shard(), string(b.Org), string(b.Property), int64(d.Year*100 + int(d.Month)), d}
	}
	n := 0
	err := p.db.Client().Single().Read(testkit.Context(t), "Entries", spanner.KeyRange{Start: key(to), End: key(from), Kind: spanner.ClosedClosed}, entryColumns).
		Do(func(*spanner.Row) error { n++; return nil })
	if err != nil || n == 0 {
		t.Fatal(n, err)
	}
}

// BenchmarkReportLatency compares reports with one bare range read of the same rows, in turns.
func BenchmarkReportLatency(b *testing.B) {
	owner, property := fullMonth(b, &rpc.Counter{})
	first, last := civil.Date{Year: 2026, Month: 4, Day: 1}, civil.Date{Year: 2026, Month: 4, Day: 30}
	for name, c := range map[string]struct {
		path string
		from civil.Date
	}{
		"monthly": {"monthly-report?month=2026-04", first},
		"daily":   {"daily-report?date=2026-04-30", last},
	} {
		b.Run(name, func(b *testing.B) {
			var ours, bare []time.Duration
			for b.Loop() {
				began := time.Now()
				owner.must(200, "GET", "/v1/reports/"+c.path+"&propertyId="+property, "")
				ours = append(ours, time.Since(began))
				began = time.Now()
				bareRead(b, owner, property, c.from, last)
				bare = append(bare, time.Since(began))
			}
			for _, q := range []struct {
				name string
				at   int
			}{{"p50", 50}, {"p99", 99}} {
				o, r := percentile(ours, q.at), percentile(bare, q.at)
				b.ReportMetric(float64(o.Microseconds())/1000, q.name+"-ms")
				b.ReportMetric(float64(r.Microseconds())/1000, q.name+"-bare-ms")
				b.ReportMetric(float64(o)/float64(r), q.name+"-ratio")
			}
		})
	}
}

func percentile(all []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

// TestReportsReadByKey: what a property's reports cost in RPCs, none of which is SQL.
func TestReportsReadByKey(t *testing.T) {
	t.Parallel()
	counter := &rpc.Counter{}
	h := newHouse(t, today, counter.Options()...)
	owner, _ := h.founder(t)
	property := owner.property("KEYS", "2026-03-01", 50_000, "")
	owner.record("revenues", property, today)
	owner.closeDay(property, today)
	cost := map[string]int{
		"daily-report?date=" + today:                   3 + 2, // days, entries, late ones; the hash is looked for, and kept
		"daily-report?from=2026-03-01&to=2026-03-31":   3 + 1, // the range ends later than the last row: is it closed?
		"monthly-report?month=2026-03":                 3 + 1,
		"quarterly-report?quarter=2026-Q1&rows=months": 1 + 1,
		"yearly-report?year=2026&rows=days":            1 + 1,
		"explain?period=2026-03&cell=closing":          4 + 4 + 1, // and the eve of the range, what opened the books there, and the entries' events
	}
	for path, want := range cost {
		counter.Reset()
		owner.must(200, "GET", "/v1/reports/"+path+"&propertyId="+property, "")
		if got := counter.Total(); got != want {
			t.Errorf("%s: %s, want %d", path, counter, want)
		}
		if n := counter.Count("ExecuteStreamingSql") + counter.Count("ExecuteSql"); n > 0 {
			t.Errorf("%s: %d statements of SQL", path, n)
		}
	}
	counter.Reset()
	owner.must(200, "GET", "/v1/reports/daily-report?date="+today+"&propertyId="+property, "")
	if got := counter.Total(); got != 3 {
		t.Errorf("a daily report again: %s, want 3", counter)
	}
}
