package capacity_test

import (
	"testing"

	"innkeep.internal/shared/domain/capacity"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	use := func(name string, load, most int64, scales bool) capacity.Use {
		return capacity.Use{Limit: name, Load: load, Most: most, Scales: scales}
	}
	for name, c := range map[string]struct {
		events int64
		uses   []capacity.Use
		next   string
		state  capacity.State
		at     int64
	}{
		"nothing happens":           {0, []capacity.Use{use("a", 0, 10, true), use("b", 0, 10, true)}, "a", capacity.Room, 0},
		"the more used is next":     {200, []capacity.Use{use("a", 10, 1000, true), use("b", 40, 100, true)}, "b", capacity.Room, 500},
		"half of it: plan":          {10, []capacity.Use{use("a", 50, 100, true)}, "a", capacity.Plan, 20},
		"just below":                {10, []capacity.Use{use("a", 4999, 10000, true)}, "a", capacity.Room, 20},
		"80 %: raise":               {10, []capacity.Use{use("a", 80, 100, true), use("b", 79, 100, true)}, "a", capacity.Raise, 12},
		"over it":                   {10, []capacity.Use{use("a", 300, 100, true)}, "a", capacity.Raise, 3},
		"not by the number of them": {10, []capacity.Use{use("lag", 20, 30, false)}, "lag", capacity.Plan, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := capacity.Judge(c.events, c.uses)
			if v.Next.Limit != c.next || v.State != c.state || v.EventsPerSecond != c.at || len(v.All) != len(c.uses) {
				t.Errorf("%+v", v)
			}
		})
	}
}
