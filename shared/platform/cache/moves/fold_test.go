package moves

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

func TestFold(t *testing.T) {
	t.Parallel()
	head := map[string]int64{
		"d20260301": 10, "d20260115": 20, "d20260114": 25, "m202601": 15, "m202412": 30, "m202411": 35, "d20241101": 40, "floor": 1, "d20260401": 50,
	}
	got := folded(head, map[string]int64{"d20260401": 60, "m202601": 22}, bizdate.MustParse("2026-01-20"))
	want := map[string]int64{"d20260301": 10, "m202601": 25, "m202412": 30, "floor": 40, "d20260401": 60}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever stands in a head: after a fold no value counts that did not count before, and the head is small.
func TestAFoldBringsNothingBack(t *testing.T) {
	t.Parallel()
	first := bizdate.MustParse("2024-01-01")
	date := rapid.Custom(func(t *rapid.T) bizdate.Date { return first.AddDays(rapid.IntRange(0, 1100).Draw(t, "day")) })
	field := rapid.Custom(func(t *rapid.T) string {
		switch d := date.Draw(t, "date"); rapid.IntRange(0, 9).Draw(t, "form") {
		case 0:
			return cachedoc.Floor
		case 1, 2:
			return cachedoc.MonthField(d.Month())
		case 3:
			return rapid.SampledFrom([]string{"", "x", "d2026", "mm", "d2026030x"}).Draw(t, "odd")
		default:
			return cachedoc.DateField(d)
		}
	})
	scopes := rapid.MapOf(field, rapid.Int64Range(1, 1000))
	rapid.Check(t, func(t *rapid.T) {
		head, news, before := scopes.Draw(t, "head"), scopes.Draw(t, "news"), date.Draw(t, "before")
		plain := maps.Clone(head)
		for f, at := range news {
			plain[f] = max(plain[f], at)
		}
		out := folded(head, news, before)
		for range 20 {
			d := date.Draw(t, "through")
			was, is := cachedoc.Head{At: plain}.Changed(d), cachedoc.Head{At: out}.Changed(d)
			if is < was {
				t.Fatalf("through %s: %d, before the fold %d\nhead %v\nnews %v\nafter %v", d, is, was, head, news, out)
			}
		}
		months := 0
		for f := range out {
			if len(f) == 9 && f[0] == 'd' && f < "d"+fmt.Sprint(before.Number()) && f != "d2026030x" {
				t.Fatalf("%s is left", f)
			}
			if len(f) == 7 && f < cachedoc.MonthField(before.Month()) {
				months++
			}
		}
		if months > keptMonths {
			t.Fatalf("%d months are left", months)
		}
	})
}
