package bizdate_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestFault06DayBoundary: the boundary is the property's, and the last instant of a day is in it (I17).
func TestFault06DayBoundary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, instant string
		cutoff        int
		want          string
	}{
		{"UTC", "2024-05-31T23:59:59.999Z", 0, "2024-05-31"}, // the last instant of a day belongs to it
		{"UTC", "2024-05-31T23:59:59.999999999Z", 0, "2024-05-31"},
		{"UTC", "2024-06-01T00:00:00Z", 0, "2024-06-01"},
		{"UTC", "2024-06-01T02:59:59.999Z", 180, "2024-05-31"}, // cut-off at 03:00
		{"UTC", "2024-06-01T03:00:00Z", 180, "2024-06-01"},
		{"UTC", "2024-01-01T00:10:00Z", 30, "2023-12-31"},
		{"UTC", "2024-03-01T00:10:00Z", 30, "2024-02-29"},
		{"Asia/Kolkata", "2024-05-31T18:29:59.999Z", 0, "2024-05-31"}, // midnight is 18:30 UTC
		{"Asia/Kolkata", "2024-05-31T18:30:00Z", 0, "2024-06-01"},
		{"Asia/Kathmandu", "2024-05-31T18:14:59.999Z", 0, "2024-05-31"},
		{"Asia/Kathmandu", "2024-05-31T18:15:00Z", 0, "2024-06-01"},
		{"Pacific/Kiritimati", "2024-05-31T09:59:59.999Z", 0, "2024-05-31"}, // UTC+14
		{"Pacific/Kiritimati", "2024-05-31T10:00:00Z", 0, "2024-06-01"},
		{"Pacific/Pago_Pago", "2024-06-01T10:59:59.999Z", 0, "2024-05-31"}, // UTC-11
		{"America/Sao_Paulo", "2018-11-04T02:59:59.999Z", 0, "2018-11-03"}, // 00:00 was skipped
		{"America/Sao_Paulo", "2018-11-04T03:00:00Z", 0, "2018-11-04"},     // 01:00 on the wall
		{"America/Sao_Paulo", "2018-11-04T03:00:00Z", 30, "2018-11-04"},    // the cut-off was skipped, too
		{"Asia/Beirut", "2022-03-26T21:59:59.999Z", 0, "2022-03-26"},       // 00:00 was skipped
		{"Asia/Beirut", "2022-03-26T22:00:00Z", 0, "2022-03-27"},
		{"America/Sao_Paulo", "2018-02-18T01:59:59.999Z", 0, "2018-02-17"}, // midnight went back to 23:00
		{"America/Sao_Paulo", "2018-02-18T02:30:00Z", 0, "2018-02-17"},     // 23:30 for the second time
		{"America/Sao_Paulo", "2018-02-18T03:00:00Z", 0, "2018-02-18"},
		{"Pacific/Apia", "2011-12-30T09:59:59.999Z", 0, "2011-12-29"}, // a whole day was skipped
		{"Pacific/Apia", "2011-12-30T10:00:00Z", 0, "2011-12-31"},
	} {
		instant, err := time.Parse(time.RFC3339Nano, c.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := bizdate.Of(instant, zone(t, c.zone), c.cutoff); got.String() != c.want {
			t.Errorf("%s in %s, cut-off %d: %v, want %s", c.instant, c.zone, c.cutoff, got, c.want)
		}
	}
}

// TestInvariant17DaylightSavingDays counts the minutes that fall on a business date.
func TestInvariant17DaylightSavingDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, date string
		cutoff     int
		minutes    int
	}{
		{"America/New_York", "2024-03-10", 0, 23 * 60}, {"America/New_York", "2024-11-03", 0, 25 * 60},
		{"America/New_York", "2024-03-09", 180, 23 * 60}, {"America/New_York", "2024-11-02", 180, 25 * 60},
		{"America/New_York", "2024-03-10", 180, 24 * 60}, {"America/New_York", "2024-11-03", 180, 24 * 60},
		{"Europe/Berlin", "2024-03-31", 0, 23 * 60}, {"Europe/Berlin", "2024-10-27", 0, 25 * 60},
		{"Europe/Berlin", "2024-03-30", 240, 23 * 60}, {"Europe/Berlin", "2024-10-26", 240, 25 * 60},
		{"Australia/Lord_Howe", "2024-10-06", 0, 23*60 + 30}, {"Australia/Lord_Howe", "2024-04-07", 0, 24*60 + 30},
		{"America/Sao_Paulo", "2018-11-04", 0, 23 * 60}, {"America/Sao_Paulo", "2018-02-17", 0, 25 * 60},
		{"Asia/Beirut", "2022-03-27", 0, 23 * 60}, {"Asia/Kolkata", "2024-03-10", 0, 24 * 60},
		{"Pacific/Apia", "2011-12-30", 0, 0}, {"Pacific/Apia", "2011-12-31", 0, 24 * 60},
	} {
		d, z, n := bizdate.MustParse(c.date), zone(t, c.zone), 0
		for at := d.Time().Add(-48 * time.Hour); at.Before(d.Time().Add(72 * time.Hour)); at = at.Add(time.Minute) {
			if bizdate.Of(at, z, c.cutoff) == d {
				n++
			}
		}
		if n != c.minutes {
			t.Errorf("%s in %s, cut-off %d: %d minutes, want %d", c.date, c.zone, c.cutoff, n, c.minutes)
		}
	}
}

// TestInvariant17IsTheWallClock compares with the text of the local time: the day of the wall
// clock, or the one before while it shows less than the cut-off.
func TestInvariant17IsTheWallClock(t *testing.T) {
	t.Parallel()
	names := []string{
		"UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe",
		"America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca",
	}
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(names).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		cutoff := rapid.IntRange(0, 12*60).Draw(t, "cutoff")
		at := time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(t, "instant"))
		local := at.In(z)
		want := local.Format(time.DateOnly)
		if local.Format("15:04") < time.Date(2000, 1, 1, cutoff/60, cutoff%60, 0, 0, time.UTC).Format("15:04") {
			want = time.Date(local.Year(), local.Month(), local.Day()-1, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
		}
		if got := bizdate.Of(at, z, cutoff).String(); got != want {
			t.Fatalf("%v, cut-off %d: %s, want %s", local, cutoff, got, want)
		}
	})
}

// TestCutoffInsideARepeatedHour pins what follows from the wall clock: a cut-off inside of the hour
// that is repeated comes twice, and between the two the earlier date holds again.
func TestCutoffInsideARepeatedHour(t *testing.T) {
	t.Parallel()
	z := zone(t, "America/New_York") // 2024-11-03: 01:59:59 EDT, then 01:00 EST
	for _, c := range []struct{ instant, want string }{
		{"2024-11-03T05:29:59Z", "2024-11-02"}, {"2024-11-03T05:30:00Z", "2024-11-03"},
		{"2024-11-03T06:00:00Z", "2024-11-02"}, {"2024-11-03T06:30:00Z", "2024-11-03"},
	} {
		at, err := time.Parse(time.RFC3339, c.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := bizdate.Of(at, z, 90).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.instant, got, c.want)
		}
	}
}
