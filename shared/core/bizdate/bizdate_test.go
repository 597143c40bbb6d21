package bizdate_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"2024-02-29", true}, {"1900-01-01", true}, {"9999-12-31", true},
		{"2023-02-29", false}, {"1900-02-29", false}, {"2024-04-31", false}, {"1899-12-31", false}, {"0000-00-00", false},
		{"2024-13-01", false}, {"2024-00-10", false}, {"2024-2-09", false}, {"2024-02-9", false}, {"24-02-09", false},
		{"2024-02-09 ", false}, {" 2024-02-09", false}, {"2024-02-09T00:00:00Z", false}, {"20240209", false}, {"", false},
		{"10000-01-01", false}, {"-2024-01-01", false}, {"２024-01-01", false},
	} {
		d, err := bizdate.Parse(c.text)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, bizdate.ErrDate) {
			t.Errorf("%q: %v", c.text, err)
		}
		if err == nil && d.String() != c.text {
			t.Errorf("%q came back as %q", c.text, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2024-02-29", "0000-00-00", "9999-12-31", "2024-1-1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := bizdate.Parse(s)
		if err != nil {
			if !d.IsZero() {
				t.Fatalf("%q: refused, and yet %v", s, d)
			}
			return
		}
		if d.String() != s {
			t.Fatalf("%q came back as %q", s, d)
		}
		if n, err := bizdate.FromNumber(d.Number()); err != nil || n != d {
			t.Fatalf("%q: number %d gives %v, %v", s, d.Number(), n, err)
		}
	})
}

func TestFromNumberTakesOnlyDates(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(18_991_200, 99_991_300)).Draw(t, "n")
		d, err := bizdate.FromNumber(n)
		if err == nil && d.Number() != n {
			t.Fatalf("%d gives %v", n, d)
		}
		if err == nil {
			if again, err := bizdate.Parse(d.String()); err != nil || again != d {
				t.Fatalf("%d gives %v, which is no date: %v", n, d, err)
			}
		}
	})
}

func TestAddDaysAndOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := bizdate.MustParse("2000-01-01").AddDays(rapid.IntRange(-36_000, 2_900_000).Draw(t, "day"))
		n := rapid.IntRange(1, 1000).Draw(t, "n")
		e := d.AddDays(n)
		if e <= d || e.String() <= d.String() || e.AddDays(-n) != d || e.Time().Sub(d.Time()) != time.Duration(n)*24*time.Hour {
			t.Fatalf("%v and %d days: %v", d, n, e)
		}
	})
}

func TestMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, first, last string }{
		{"2024-02", "2024-02-01", "2024-02-29"}, {"2023-02", "2023-02-01", "2023-02-28"},
		{"2024-12", "2024-12-01", "2024-12-31"}, {"2024-04", "2024-04-01", "2024-04-30"}, {"2000-02", "2000-02-01", "2000-02-29"},
	} {
		m, err := bizdate.ParseMonth(c.text)
		if err != nil || m.String() != c.text || m.First().String() != c.first || m.Last().String() != c.last {
			t.Errorf("%s: %v %v..%v", c.text, err, m.First(), m.Last())
		}
		if m.First().Month() != m || m.Last().Month() != m || m.Last().AddDays(1).Month() == m {
			t.Errorf("%s does not hold its own days", c.text)
		}
	}
	for _, s := range []string{"", "2024", "2024-13", "2024-00", "2024-1", "2024-01-01", "1899-12", " 2024-01"} {
		if _, err := bizdate.ParseMonth(s); !errors.Is(err, bizdate.ErrMonth) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	var x struct{ D bizdate.Date }
	if err := json.Unmarshal([]byte(`{"D":"2024-02-29"}`), &x); err != nil || x.D != bizdate.MustParse("2024-02-29") {
		t.Errorf("%v %v", x.D, err)
	}
	if b, err := json.Marshal(x); err != nil || string(b) != `{"D":"2024-02-29"}` {
		t.Errorf("%s %v", b, err)
	}
	if err := json.Unmarshal([]byte(`{"D":"2024-02-30"}`), &x); !errors.Is(err, bizdate.ErrDate) {
		t.Errorf("got %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("MustParse of no date did not panic")
		}
	}()
	bizdate.MustParse("today")
}
