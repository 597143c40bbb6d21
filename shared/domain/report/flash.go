package report

import (
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
)

// FlashRanges are what a flash report compares: the date, the month and the year up to it.
type FlashRanges struct{ Day, Month, Year Range }

// NewFlashRanges are those of a date.
func NewFlashRanges(d bizdate.Date) FlashRanges {
	return FlashRanges{
		Day: Range{d, d}, Month: Range{d.Month().First(), d}, Year: Range{d/10_000*10_000 + 101, d},
	}
}

// LastYear is the same date of the year before; for 29 February the 28th, the last of that month.
func LastYear(d bizdate.Date) bizdate.Date { return min(d-10_000, (d - 10_000).Month().Last()) }

// ToDate is the part of twelve months' amounts that falls into a range of one year: each month's amount
// is spread over its days by largest remainder, so that its days sum to it exactly, and those of the
// range are added up. Amounts are not negative.
func ToDate(months [12]int64, r Range) (int64, error) {
	var sum int64
	add := adder{}
	for _, part := range r.Months() {
		month := part.From.Month()
		days := int(month.Last() - month.First() + 1)
		first, last := int(part.From-month.First()), int(part.To-month.First())
		amount := months[time.Month(month%100)-time.January]
		if first == 0 && last == days-1 {
			add.to(&sum, amount)
			continue
		}
		for _, x := range money.Of(amount, "").Split(days)[first : last+1] {
			add.to(&sum, x.Minor)
		}
	}
	return sum, add.err
}
