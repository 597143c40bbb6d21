package daybookstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/daybookstore"
)

// act is a call of the write path of each sort: what must be there before, the call, and what may
// come between the call and its repetition.
type act struct {
	name    string
	bulk    bool
	orders  func(t *testing.T, h house) []daybookstore.Order
	between func(t *testing.T, h house, orders []daybookstore.Order)
}

// call carries the orders out, one or many.
func (a act) call(ctx context.Context, h house, orders []daybookstore.Order) []daybookstore.Answer {
	if a.bulk {
		return h.ExecuteAll(ctx, h.desk, orders)
	}
	r, err := h.Execute(ctx, h.desk, orders[0])
	return []daybookstore.Answer{{Receipt: r, Err: err}}
}

const todayText = "2026-03-10"

func one(o daybookstore.Order) []daybookstore.Order { return []daybookstore.Order{o} }

// acts are all commands there are, alone and in bulk.
func acts() []act {
	all := append(recordActs(), decisionActs()...)
	all = append(all, dayActs()...)
	return append(all, bulkActs()...)
}

func recordActs() []act {
	var all []act
	for _, d := range []daybook.Draft{
		taxed(revenue(todayText, 900)), emptied(expense(todayText, 700)), movement(todayText, ledger.BankDeposit, 500),
	} {
		all = append(all, act{
			name:   "record approved " + string(d.Kind),
			orders: func(*testing.T, house) []daybookstore.Order { return one(record("it", d)) },
			between: func(t *testing.T, h house, os []daybookstore.Order) {
				h.do(t, reverse("between", h.made(os[0])))
				h.do(t, closeDay("between", todayText))
			},
		}, act{
			name: "record pending " + string(d.Kind),
			orders: func(*testing.T, house) []daybookstore.Order {
				o := record("it", d)
				o.Actor = manager
				return one(o)
			},
			between: func(t *testing.T, h house, os []daybookstore.Order) {
				h.do(t, reject("between", h.made(os[0])))
				h.do(t, closeDay("between", todayText))
			},
		})
	}
	return all
}

// taxed has tax lines, and a moment of the desk's own clock.
func taxed(d daybook.Draft) daybook.Draft {
	at := time.Date(2026, 3, 10, 9, 30, 0, 123_456_789, time.FixedZone("IST", 5*3600+1800))
	d.Taxes, d.OccurredAt = []ledger.TaxLine{{Code: "VAT", AmountMinor: 100}}, &at
	return d
}

// emptied has a list that is there and empty, as a request may have it.
func emptied(d daybook.Draft) daybook.Draft {
	d.Taxes = []ledger.TaxLine{}
	return d
}

func decisionActs() []act {
	waits := func(t *testing.T, h house) ids.Entry { return h.waiting(t, "waits", todayText, 800) }
	closes := func(t *testing.T, h house, _ []daybookstore.Order) { h.do(t, closeDay("between", todayText)) }
	return []act{
		{
			name:   "approve",
			orders: func(t *testing.T, h house) []daybookstore.Order { return one(approve("it", waits(t, h))) },
			between: func(t *testing.T, h house, os []daybookstore.Order) {
				h.do(t, closeDay("between", todayText))
				h.do(t, reverse("between", os[0].Entry))
			},
		},
		{
			name:    "reject",
			orders:  func(t *testing.T, h house) []daybookstore.Order { return one(reject("it", waits(t, h))) },
			between: closes,
		},
		{
			name:    "withdraw",
			orders:  func(t *testing.T, h house) []daybookstore.Order { return one(withdraw("it", waits(t, h))) },
			between: closes,
		},
		{
			name: "reverse",
			orders: func(t *testing.T, h house) []daybookstore.Order {
				return one(reverse("it", h.posted(t, "posted", todayText, 800)))
			},
			between: closes,
		},
	}
}

func dayActs() []act {
	return []act{
		{
			name: "count",
			orders: func(*testing.T, house) []daybookstore.Order {
				return one(daybookstore.Order{Actor: owner, Key: "it", Action: daybook.Count{
					Date: today, CountedMinor: 4_000, Denominations: []daybook.Denomination{}, Blind: true, Note: "by two",
				}})
			},
			between: func(t *testing.T, h house, _ []daybookstore.Order) {
				h.do(t, count("between", todayText, 5_000))
				h.do(t, closeDay("between", todayText))
			},
		},
		{
			name: "statistics",
			orders: func(*testing.T, house) []daybookstore.Order {
				guests := int64(9)
				return one(let("it", todayText, daybook.Rooms{Available: 10, OutOfOrder: 1, Sold: 5, Complimentary: 1, Guests: &guests}))
			},
			between: func(t *testing.T, h house, _ []daybookstore.Order) {
				h.do(t, let("between", todayText, daybook.Rooms{Available: 10, Sold: 10}))
				h.do(t, closeDay("between", todayText))
			},
		},
		{
			name: "close",
			orders: func(t *testing.T, h house) []daybookstore.Order {
				h.posted(t, "posted", "2026-03-05", 800)
				return one(closeDay("it", todayText))
			},
			between: func(t *testing.T, h house, _ []daybookstore.Order) { h.do(t, reopen("between", todayText)) },
		},
		{
			name: "reopen",
			orders: func(t *testing.T, h house) []daybookstore.Order {
				h.do(t, closeDay("closed", todayText))
				return one(reopen("it", todayText))
			},
			between: func(t *testing.T, h house, _ []daybookstore.Order) { h.do(t, closeDay("between", todayText)) },
		},
		{
			name: "set opening",
			orders: func(*testing.T, house) []daybookstore.Order {
				return one(daybookstore.Order{Actor: owner, Key: "it", Action: daybook.SetOpening{OpeningMinor: 777}})
			},
			between: func(t *testing.T, h house, _ []daybookstore.Order) {
				h.do(t, daybookstore.Order{Actor: owner, Key: "between", Action: daybook.SetOpening{OpeningMinor: 5}})
				h.do(t, closeDay("between", todayText))
			},
		},
		{
			name: "grant",
			orders: func(*testing.T, house) []daybookstore.Order {
				return one(daybookstore.Order{Actor: owner, Key: "it", Action: daybook.Grant{Subject: "manager"}})
			},
			between: func(t *testing.T, h house, _ []daybookstore.Order) { h.do(t, closeDay("between", todayText)) },
		},
	}
}

func bulkActs() []act {
	return []act{
		{
			name: "bulk of records", bulk: true,
			orders: func(*testing.T, house) []daybookstore.Order {
				var os []daybookstore.Order
				for i := range 6 {
					os = append(os, record(fmt.Sprint("it-", i), revenue(today.AddDays(-i%3).String(), 100)))
				}
				os[4].Actor = manager
				return os
			},
			between: func(t *testing.T, h house, os []daybookstore.Order) {
				h.do(t, reverse("between", h.made(os[0])))
				h.do(t, reject("between too", h.made(os[4])))
				h.do(t, closeDay("between", todayText))
			},
		},
		{
			name: "bulk of decisions", bulk: true,
			orders: func(t *testing.T, h house) []daybookstore.Order {
				id := func(n int) ids.Entry { return h.waiting(t, fmt.Sprint("waits-", n), today.AddDays(-n).String(), 300) }
				return []daybookstore.Order{
					approve("it-0", id(0)), reject("it-1", id(1)), approve("it-2", id(2)), withdraw("it-3", id(3)),
					reverse("it-4", h.posted(t, "posted", todayText, 50)),
				}
			},
			between: func(t *testing.T, h house, os []daybookstore.Order) {
				h.do(t, closeDay("between", todayText))
				h.do(t, reverse("between", os[0].Entry))
			},
		},
	}
}

// sound fails unless every answer is one of success.
func sound(t *testing.T, what string, as []daybookstore.Answer, replayed bool) {
	t.Helper()
	for i, a := range as {
		if a.Err != nil || a.Replayed != replayed || a.At.IsZero() {
			t.Fatalf("%s: answer %d is %+v; want success, replayed %v", what, i, a, replayed)
		}
	}
}

// equal fails unless the answers say the same, bit for bit: event and time are all that they say.
func equal(t *testing.T, what string, want, got []daybookstore.Answer) {
	t.Helper()
	for i := range want {
		if diff := cmp.Diff(want[i].Recorded, got[i].Recorded); diff != "" {
			t.Errorf("%s: answer %d (-want +got):\n%s", what, i, diff)
		}
	}
}
