package daybookstore_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
)

// pages lists all entries of a query, page by page.
func (h house) pages(t *testing.T, q daybookstore.EntryQuery) (all []string) {
	t.Helper()
	for {
		page, err := h.Entries(testkit.Context(t), h.desk.Book, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) > q.Limit {
			t.Fatalf("a page of %d, limit %d", len(page), q.Limit)
		}
		for _, e := range page {
			all = append(all, e.BusinessDate.String()+" "+e.EntryID)
		}
		if len(page) < q.Limit {
			return all
		}
		last, err := ids.ParseEntry(page[len(page)-1].Locator(h.desk.Property.UUID))
		if err != nil {
			t.Fatal(err)
		}
		q.After = &last
	}
}

// Every page size gives the same list, newest first, with cursors in the middle of days.
func TestEntriesPaging(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-02-01", 0)
	var orders []daybookstore.Order
	want := map[daybook.Status][]string{}
	for i := range 30 {
		o := record(fmt.Sprint("it-", i), revenue(today.AddDays(-i%4*7).String(), 10)) // over two months
		status := daybook.Approved
		if i%3 == 0 {
			o.Actor, status = manager, daybook.Pending
		}
		orders = append(orders, o, record(fmt.Sprint("other-", i), expense(todayText, 1)))
		line := h.made(o).Date.String() + " " + h.made(o).ID.String()
		want[status], want[""] = append(want[status], line), append(want[""], line)
	}
	sound(t, "bulk", h.ExecuteAll(testkit.Context(t), h.desk, orders), false)
	for status, lines := range want {
		slices.SortFunc(lines, func(a, b string) int {
			if a[:10] != b[:10] {
				return strings.Compare(b, a) // the newest date first
			}
			return strings.Compare(a, b)
		})
		for _, limit := range []int{1, 3, 7, 30, 31} {
			q := daybookstore.EntryQuery{Kind: ledger.Revenue, From: today.AddDays(-40), To: today, Status: status, Limit: limit}
			if diff := cmp.Diff(lines, h.pages(t, q)); diff != "" {
				t.Errorf("status %q, pages of %d (-want +got):\n%s", status, limit, diff)
			}
		}
	}
	one := daybookstore.EntryQuery{Kind: ledger.Revenue, From: today.AddDays(-7), To: today.AddDays(-7), Limit: 100}
	for _, line := range h.pages(t, one) {
		if !strings.HasPrefix(line, "2026-03-03") {
			t.Errorf("a list of 2026-03-03 has %s", line)
		}
	}
}

func TestListRanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-02-01", 7)
	h.posted(t, "b", "2026-03-02", 1)
	h.posted(t, "a", "2026-02-03", 1)
	ctx, b := testkit.Context(t), h.desk.Book
	for _, tt := range []struct{ from, to, want string }{
		{"2026-01-01", "2026-03-31", "2026-02-01 2026-02-03 2026-03-02"},
		{"2026-02-01", "2026-02-01", "2026-02-01"},
		{"2026-02-02", "2026-03-01", "2026-02-03"},
		{"2026-03-03", "2026-03-31", ""},
	} {
		rows, err := h.Days(ctx, b, mustDate(tt.from), mustDate(tt.to))
		var got []string
		for _, d := range rows {
			got = append(got, d.Date.String())
		}
		if strings.Join(got, " ") != tt.want || err != nil {
			t.Errorf("days %s to %s: %v, %v; want %s", tt.from, tt.to, got, err, tt.want)
		}
	}
	for _, r := range [][2]string{{"2026-03-02", "2026-03-01"}, {"2025-03-01", "2026-03-02"}} {
		_, err := h.Days(ctx, b, mustDate(r[0]), mustDate(r[1]))
		_, err2 := h.Entries(ctx, b, daybookstore.EntryQuery{Kind: ledger.Revenue, From: mustDate(r[0]), To: mustDate(r[1]), Limit: 1})
		if !errors.Is(err, daybookstore.ErrRange) || !errors.Is(err2, daybookstore.ErrRange) {
			t.Errorf("%v: %v and %v, want ErrRange", r, err, err2)
		}
	}
}

// Approvals that wait at three properties, page by page, while some are decided between the pages:
// nobody is listed twice, and whoever waits all the time is listed.
func TestPendingPaging(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	org := newHouse(t, db, "2026-03-01", 0).desk.Book.Org
	houses := map[tenant.PropertyID]house{}
	var properties []tenant.PropertyID
	waits := map[string]ids.Entry{}
	for range 3 {
		h := newHouseOf(t, db, org, "2026-03-01", 0)
		p := h.desk.Book.Property
		houses[p], properties = h, append(properties, p)
		for i := range 8 {
			o := record(fmt.Sprint("w", i), []daybook.Draft{revenue(todayText, 1), expense(todayText, 2)}[i%2])
			if i >= 5 {
				o = record(fmt.Sprint("w", i), revenue("2026-03-08", 3))
			}
			o.Actor = manager
			h.do(t, o)
			waits[h.made(o).String()] = h.made(o)
		}
	}
	stranger := newHouse(t, db, "2026-03-01", 0)
	stranger.waiting(t, "w", todayText, 1)

	slices.Sort(properties)
	q := daybookstore.PendingQuery{Properties: properties, Limit: 4}
	seen, decided := map[string]bool{}, map[string]bool{}
	for n := 0; ; n++ {
		page, err := houses[properties[0]].Pending(testkit.Context(t), org, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range page.Entries {
			id := x.Locator(houses[x.Property].desk.Property.UUID)
			if seen[id] || decided[id] {
				t.Errorf("%s is listed although seen %v, decided %v", id, seen[id], decided[id])
			}
			seen[id] = true
		}
		if page.Next == "" {
			break
		}
		after, err := ids.ParseEntry(page.Next)
		if err != nil {
			t.Fatal(err)
		}
		q.After = &after
		for id, e := range waits { // one that was listed, the cursor itself at times, and one that was not
			if len(decided) <= n && !decided[id] {
				h := houses[tenant.PropertyID(e.Property.String())]
				h.do(t, reject("r"+id, e))
				decided[id] = true
			}
		}
	}
	for id := range waits {
		if !seen[id] && !decided[id] {
			t.Errorf("%s waits and was never listed", id)
		}
	}
}
