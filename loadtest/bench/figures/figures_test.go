package figures_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/loadtest/bench/figures"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	if got := figures.Median([]float64{5, 1, 3}); got != 3 {
		t.Errorf("of three: %g", got)
	}
	if got := figures.Median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("of four: %g", got)
	}
	if got := figures.Median(nil); !math.IsNaN(got) {
		t.Errorf("of none: %g", got)
	}
}

// TestIntervalCoversTheMedian: of a skewed distribution too, in about 95 of 100 samples.
func TestIntervalCoversTheMedian(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	const samples = 2000
	covered := 0
	for range samples {
		values := make([]float64, 101)
		for i := range values {
			values[i] = r.ExpFloat64()
		}
		if low, high := figures.Interval(values); low <= math.Ln2 && math.Ln2 <= high {
			covered++
		}
	}
	if share := float64(covered) / samples; share < 0.93 || share > 0.985 {
		t.Errorf("%.3f of the intervals hold the median", share)
	}
	if low, high := figures.Interval([]float64{3, 1, 2}); low != 1 || high != 3 {
		t.Errorf("of three values: %g to %g", low, high)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	two := 2.0
	for _, c := range []struct {
		f    figures.Figure
		want bool
	}{
		{figures.Figure{Value: 3}, false}, {figures.Figure{Value: 3, Most: &two}, true}, {figures.Figure{Value: 2, Most: &two}, false},
		{figures.Figure{Value: 1, Least: &two}, true}, {figures.Figure{Value: 2, Least: &two}, false},
	} {
		if missed := c.f.Missed(); (missed != "") != c.want {
			t.Errorf("%+v: %q", c.f, missed)
		}
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	f := figures.File{MeasuredAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Commit: "abc", Figures: []figures.Figure{{Name: "a/b", Value: 1.5, Unit: "ms"}}}
	path := filepath.Join(t.TempDir(), "figures.json")
	if err := f.Write(path); err != nil {
		t.Fatal(err)
	}
	back, err := figures.Read(path)
	if diff := cmp.Diff(f, back); diff != "" || err != nil {
		t.Errorf("%v (-written +read)\n%s", err, diff)
	}
	if v, err := back.Get("a/b"); v != 1.5 || err != nil {
		t.Error(v, err)
	}
	if _, err := back.Get("a/c"); err == nil || !strings.Contains(err.Error(), "a/c is missing") {
		t.Error(err)
	}
	if _, err := figures.Read(filepath.Join(t.TempDir(), "nowhere")); !os.IsNotExist(err) {
		t.Error(err)
	}
	for _, bad := range []string{
		`{}`, `{"commit":"x","measuredAt":"2026-01-02T03:04:05Z","figures":[]}`, `{"wrong":1}`, `[`,
		`{"commit":"x","measuredAt":"2026-01-02T03:04:05Z","figures":[{"name":"a","value":1,"unit":"x"},{"name":"a","value":1,"unit":"x"}]}`,
		`{"commit":"x","measuredAt":"2026-01-02T03:04:05Z","figures":[{"name":"a","value":1}]}`,
	} {
		if _, err := figures.Parse([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
