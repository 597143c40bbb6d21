package daybook_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

var (
	owner      = approval.Actor{Subject: "olga", Role: approval.OwnerAdmin, Version: 1}
	owner2     = approval.Actor{Subject: "otto", Role: approval.OwnerAdmin, Version: 2}
	manager    = approval.Actor{Subject: "mia", Role: approval.PropertyManager, Version: 3}
	accountant = approval.Actor{Subject: "ada", Role: approval.Accountant, Version: 4}
	desk       = approval.Actor{Subject: "dan", Role: approval.FrontDesk, Version: 5}
	auditor    = approval.Actor{Subject: "audrey", Role: approval.Auditor, Version: 6}
	service    = approval.Actor{Subject: "pms", Role: approval.Service, Version: 7}
	nobody     = approval.Actor{Subject: "eve", Role: "ADMIN"}
	actors     = []approval.Actor{owner, owner2, manager, accountant, desk, auditor, service, nobody}
)

const goLive = "2024-05-01"

func day(s string) bizdate.Date { return bizdate.MustParse(s) }

// may is a day of the test's month.
func may(n int) bizdate.Date { return day(goLive).AddDays(n - 1) }

// book is one property's day book in memory: what a store does around Decide and Evolve.
type book struct {
	t       testing.TB
	state   daybook.State // all rows
	events  []daybook.Event
	entries map[string]daybook.Entry
	order   []string // entry ids, as they were made
	keys    int
}

// unopened is a property that has no row yet; today is May 10.
func unopened(t testing.TB) *book {
	return &book{t: t, entries: map[string]daybook.Entry{}, state: daybook.State{
		Book:     tenant.Book{Org: "acme", Property: "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"},
		Property: daybook.Property{UUID: ids.UUID{1}, Currency: "EUR", GoLive: day(goLive)},
		Today:    may(10), Policy: approval.Default(), Chart: ledger.Default(),
	}}
}

// opened is a property with its opening set.
func opened(t testing.TB, openingMinor int64) *book {
	b := unopened(t)
	b.must(owner, daybook.SetOpening{OpeningMinor: openingMinor})
	return b
}

// do is one command: it is decided on the rows that a store would have read, and on all of them,
// which must come to the same.
func (b *book) do(by approval.Actor, do daybook.Action) ([]daybook.Event, error) {
	b.keys++
	c := daybook.Command{Actor: by, Key: sha256.Sum256(fmt.Append(nil, "key", b.keys)), Do: do}
	full := b.state
	full.Entry = b.entries[subject(do)]
	b.fillGrant(&full, by)
	windowed := full
	windowed.Days = window(full.Days, from(do, full))
	events, err := daybook.Decide(full, c)
	again, errAgain := daybook.Decide(windowed, c)
	if diff := cmp.Diff(events, again); diff != "" || (err == nil) != (errAgain == nil) {
		b.t.Fatalf("%T is decided otherwise on the window: %v, %v (-all +window):\n%s", do, err, errAgain, diff)
	}
	for _, e := range events {
		b.apply(e)
	}
	return events, err
}

func (b *book) apply(e daybook.Event) {
	s := b.state
	switch data := e.Data.(type) {
	case daybook.EntryApproved:
		s.Entry = b.entries[data.EntryID]
	case daybook.EntryRejected:
		s.Entry = b.entries[data.EntryID]
	case daybook.EntryWithdrawn:
		s.Entry = b.entries[data.EntryID]
	case daybook.EntryReversed:
		s.Entry = b.entries[data.Original.EntryID]
	}
	s, err := daybook.Evolve(s, e)
	if err != nil {
		b.t.Fatalf("Evolve refuses what Decide let out: %v", err)
	}
	for _, x := range s.Touched {
		if _, known := b.entries[x.EntryID]; !known {
			b.order = append(b.order, x.EntryID)
		}
		b.entries[x.EntryID] = x
	}
	s.Entry, s.Touched = daybook.Entry{}, nil
	b.state = s
	b.events = append(b.events, e)
}

func (b *book) must(by approval.Actor, do daybook.Action) daybook.Event {
	b.t.Helper()
	events, err := b.do(by, do)
	if err != nil {
		b.t.Fatalf("%s: %T: %v", by.Subject, do, err)
	}
	return events[len(events)-1]
}

// id is the id of the nth entry made.
func (b *book) id(n int) string { return b.order[n] }

func (b *book) entry(n int) daybook.Entry { return b.entries[b.id(n)] }

func (b *book) row(d bizdate.Date) daybook.Day {
	b.t.Helper()
	i := slices.IndexFunc(b.state.Days, func(x daybook.Day) bool { return x.Date == d })
	if i < 0 {
		b.t.Fatalf("%v has no row", d)
	}
	return b.state.Days[i]
}

func (b *book) variance(d bizdate.Date) int64 {
	b.t.Helper()
	v, counted := b.row(d).VarianceMinor()
	if !counted {
		b.t.Fatalf("%v was not counted", d)
	}
	return v
}

// fillGrant reads what the daily grant is judged by.
func (b *book) fillGrant(s *daybook.State, by approval.Actor) {
	if !s.NeedsGrant(by) {
		return
	}
	for _, x := range b.entries {
		if x.Status == daybook.Pending && x.CreatedBy == by.Subject {
			s.OwnPending = append(s.OwnPending, x.BusinessDate)
		}
	}
	slices.Sort(s.OwnPending)
	for _, e := range b.events {
		if g, ok := e.Data.(daybook.DailyGranted); ok && g.Subject == by.Subject && e.Stream == s.OpenDay() {
			s.Granted = true
		}
	}
}

// window is the rows from the newest down to the first that is closed or earlier than the date.
func window(days []daybook.Day, from bizdate.Date) []daybook.Day {
	for i, d := range slices.Backward(days) {
		if d.Closed || d.Date < from {
			return days[i:]
		}
	}
	return days
}

// from is the first date that a command must know of; zero for all open ones.
func from(do daybook.Action, s daybook.State) bizdate.Date {
	switch do := do.(type) {
	case daybook.Record:
		return do.Draft.BusinessDate
	case daybook.Count:
		return do.Date
	case daybook.RecordStatistics:
		return do.Date
	case daybook.SetOpening:
		return s.Property.GoLive
	case daybook.Approve, daybook.Reject, daybook.Withdraw, daybook.Reverse:
		return s.Entry.BusinessDate
	}
	return 0
}

// subject is the entry that the action is about.
func subject(do daybook.Action) string {
	switch do := do.(type) {
	case daybook.Approve:
		return do.EntryID
	case daybook.Reject:
		return do.EntryID
	case daybook.Withdraw:
		return do.EntryID
	case daybook.Reverse:
		return do.EntryID
	}
	return ""
}

func revenue(d bizdate.Date, mode ledger.PaymentMode, minor int64, taxes ...int64) daybook.Record {
	r := daybook.Record{Draft: daybook.Draft{Kind: ledger.Revenue, BusinessDate: d, AmountMinor: minor, Currency: "EUR", Mode: mode, Category: "ROOM"}}
	for _, tax := range taxes {
		r.Draft.Taxes = append(r.Draft.Taxes, ledger.TaxLine{Code: "VAT", AmountMinor: tax})
	}
	return r
}

func expense(d bizdate.Date, mode ledger.PaymentMode, minor int64) daybook.Record {
	r := revenue(d, mode, minor)
	r.Draft.Kind, r.Draft.Category = ledger.Expense, "UTILITIES"
	return r
}

func movement(d bizdate.Date, kind ledger.MovementKind, minor int64) daybook.Record {
	r := revenue(d, ledger.Cash, minor)
	r.Draft.Kind, r.Draft.Category = ledger.Movement, string(kind)
	return r
}

func counted(d bizdate.Date, minor int64) daybook.Count {
	return daybook.Count{Date: d, CountedMinor: minor}
}
