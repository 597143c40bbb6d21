package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/bizdate"
)

// house is a property of the demo and how it trades.
type house struct {
	code, name, kind, zone, currency string
	cutoffMinutes                    int
	rooms                            int64
	openingMinor, floatMinor         int64
	roomMinor                        int64 // a night, before tax
	taxCode                          string
	taxBasisPoints                   int64
	modes                            []string // of revenues; those that come more often stand more often
}

func houses() []house {
	return []house{
		{
			code: "HARBOUR", name: "Harbour House", kind: "HOTEL", zone: "Europe/Lisbon", currency: "EUR",
			cutoffMinutes: 180, rooms: 24, openingMinor: 50000, floatMinor: 20000, roomMinor: 9500,
			taxCode: "VAT", taxBasisPoints: 600, modes: []string{"CARD", "CARD", "CARD", "CASH", "CASH", "OTA", "BANK"},
		},
		{
			code: "GARDEN", name: "Garden Rooms", kind: "GUEST_HOUSE", zone: "Asia/Kolkata", currency: "INR",
			rooms: 9, openingMinor: 2000000, floatMinor: 500000, roomMinor: 350000,
			taxCode: "GST", taxBasisPoints: 1200, modes: []string{"UPI", "UPI", "UPI", "CASH", "CASH", "CASH", "CARD"},
		},
	}
}

// today is the house's business date at an instant.
func (h house) today(now time.Time) (bizdate.Date, error) {
	zone, err := time.LoadLocation(h.zone)
	if err != nil {
		return 0, err
	}
	return bizdate.Of(now, zone, h.cutoffMinutes), nil
}

// trade is what one business date brings.
type trade struct {
	revenues  []entryapi.RevenueLine
	expenses  []entryapi.ExpenseLine // recorded by the owner
	petty     []entryapi.ExpenseLine // recorded by the front desk: these wait for approval
	movements []entryapi.MovementLine
}

// trades is the business of a date. The first of the books brings the float, each later one takes
// most of the cash of the day before to the bank.
func (h house) trades(property string, on, goLive bizdate.Date) trade {
	b := h.day(property, on)
	if on == goLive {
		b.move("float", "FLOAT_IN", h.floatMinor)
		return b.trade
	}
	cash := int64(0)
	for _, r := range h.day(property, on.AddDays(-1)).trade.revenues {
		if r.PaymentMode == "CASH" {
			cash += r.AmountMinor
		}
	}
	if banked := cash * 7 / 10; banked > 0 {
		b.move("deposit", "BANK_DEPOSIT", banked)
	}
	if on.Time().Weekday() == time.Sunday {
		b.move("draw", "OWNER_DRAW", h.roomMinor)
	}
	return b.trade
}

// dice are those of a date: what it brings depends on house and date alone, so that a second run on
// the same emulator repeats the first.
func (h house) dice(on bizdate.Date) *rand.Rand {
	var seed [32]byte
	copy(seed[:], h.code+" "+on.String())
	return rand.New(rand.NewChaCha8(seed))
}

// book writes the lines of one house and date.
type book struct {
	house
	trade
	property string
	on       bizdate.Date
	rng      *rand.Rand
}

// day is a date without its movements.
func (h house) day(property string, on bizdate.Date) *book {
	b := &book{house: h, property: property, on: on, rng: h.dice(on)}
	for i := range 4 + b.rng.IntN(4) {
		b.sell(fmt.Sprint("room-", i), "ROOM", h.roomMinor*int64(90+b.rng.IntN(50))/100, "Room "+fmt.Sprint(1+b.rng.Int64N(h.rooms)))
	}
	for i := range 1 + b.rng.IntN(3) {
		b.sell(fmt.Sprint("food-", i), "FOOD", h.roomMinor*int64(10+b.rng.IntN(20))/100, "Restaurant")
	}
	extra := []string{"BEVERAGE", "LAUNDRY", "PARKING", "TRANSPORT"}[b.rng.IntN(4)]
	b.sell("extra", extra, h.roomMinor*int64(5+b.rng.IntN(15))/100, "")
	b.buy(&b.expenses, "kitchen", "FOOD", "BANK", h.roomMinor*int64(20+b.rng.IntN(30))/100, "Market")
	b.buy(&b.petty, "petty", "GUEST_SUPPLIES", "CASH", h.roomMinor*int64(2+b.rng.IntN(8))/100, "Corner shop")
	switch on.Time().Weekday() {
	case time.Monday:
		b.buy(&b.expenses, "power", "UTILITIES", "BANK", h.roomMinor*3, "Power and water")
	case time.Wednesday:
		b.buy(&b.petty, "repair", "MAINTENANCE", "CASH", h.roomMinor/4, "Handyman")
	case time.Friday:
		b.buy(&b.expenses, "wages", "PAYROLL", "BANK", h.roomMinor*12, "")
	}
	return b
}

func (b *book) key(name string) entryapi.LineKey {
	return entryapi.LineKey{Key: fmt.Sprintf("demo/%s/%s/%s", b.code, b.on, name)}
}

// sell adds a revenue of a net amount; the tax is rounded down to whole minor units.
func (b *book) sell(name, source string, netMinor int64, text string) {
	tax := netMinor * b.taxBasisPoints / 10000
	b.revenues = append(b.revenues, entryapi.RevenueLine{LineKey: b.key(name), Revenue: entryapi.Revenue{
		Common: entryapi.Common{
			PropertyID: b.property, BusinessDate: b.on.String(), AmountMinor: netMinor + tax, Currency: b.currency, Description: text,
			TaxLines: []entryapi.TaxLine{{Code: b.taxCode, AmountMinor: tax}},
		},
		PaymentMode: b.modes[b.rng.IntN(len(b.modes))], Source: source,
	}})
}

func (b *book) buy(list *[]entryapi.ExpenseLine, name, category, mode string, minor int64, vendor string) {
	*list = append(*list, entryapi.ExpenseLine{LineKey: b.key(name), Expense: entryapi.Expense{
		Common: entryapi.Common{
			PropertyID: b.property, BusinessDate: b.on.String(), AmountMinor: minor, Currency: b.currency, VendorName: vendor,
		},
		PaymentMode: mode, CategoryCode: category,
	}})
}

func (b *book) move(name, kind string, minor int64) {
	b.movements = append(b.movements, entryapi.MovementLine{LineKey: b.key(name), Movement: entryapi.Movement{
		Common: entryapi.Common{PropertyID: b.property, BusinessDate: b.on.String(), AmountMinor: minor, Currency: b.currency},
		Kind:   kind,
	}})
}
