package moves

import (
	"maps"
	"strconv"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

// keptMonths is how many months before the fold a head tells apart; what is older is one time.
const keptMonths = 13

// folded is a head with news, in which the dates before a date stand in their months, and old months in
// the floor. Whatever the last date of a value, what the head says of it is not earlier than before.
func folded(head, news map[string]int64, before bizdate.Date) map[string]int64 {
	all := maps.Clone(news)
	for field, at := range head {
		all[field] = max(all[field], at)
	}
	oldest := before.Time().AddDate(0, -keptMonths, 1-before.Time().Day())
	first := bizdate.Month(oldest.Year()*100 + int(oldest.Month())) //nolint:gosec // six digits
	out := map[string]int64{}
	for field, at := range all {
		to := field
		if d, ok := number(field, 'd', 8); ok && bizdate.Date(d) < before {
			to = cachedoc.MonthField(bizdate.Date(d).Month())
		}
		if m, ok := number(to, 'm', 6); ok && bizdate.Month(m) < first {
			to = cachedoc.Floor
		}
		out[to] = max(out[to], at)
	}
	return out
}

// number is the digits of a field that is a letter and so many of them.
func number(field string, letter byte, digits int) (int32, bool) {
	if len(field) != digits+1 || field[0] != letter {
		return 0, false
	}
	n, err := strconv.ParseUint(field[1:], 10, 31)
	return int32(n), err == nil
}
