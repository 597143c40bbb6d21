package report

import (
	"time"

	"innkeep.internal/shared/core/bizdate"
)

// ages are how old a report may be by how many days ago its last date was (DOMAIN.md, the owner's numbers).
var ages = []struct {
	days int
	age  time.Duration
}{{0, 5 * time.Second}, {1, 10 * time.Second}, {3, 30 * time.Second}, {7, 2 * time.Minute}, {30, 5 * time.Minute}}

// oldAge is the age of reports that end earlier than all of these.
const oldAge = 15 * time.Minute

// Age is how old a report whose last date is to may be on a business date: what was recorded longer ago is
// in it. The younger the date, the sooner people look for what they have just posted.
func Age(to, today bizdate.Date) time.Duration {
	for _, a := range ages {
		if to >= today.AddDays(-a.days) {
			return a.age
		}
	}
	return oldAge
}
