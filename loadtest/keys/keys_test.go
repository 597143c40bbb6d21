package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"innkeep.internal/shared/core/tenant"
)

// The same arguments give the same figures: those of 20,000 organisations stand here, to six places.
func TestSimulationIsExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shape                                string
		exponent                             float64
		keys                                 int
		count, load, floor, largestKey, part float64
	}{
		{"one an organisation", 0.99, 20_000, 1.028800, 2.144432, 2.365250, 0.091017, 23.300274},
		{"chains have many", 0.99, 34_564, 1.043861, 1.049044, 1.000750, 0.000050, 0.999949},
	} {
		r := spread(c.shape, 20_000, c.exponent, 1)
		got := []float64{r.CountMaxOverMean, r.LoadMaxOverMean, r.Floor, r.LargestKey, r.SplitMaxOverMean}
		for i, want := range []float64{c.count, c.load, c.floor, c.largestKey, c.part} {
			if math.Abs(got[i]-want) > 1e-6 {
				t.Errorf("%s, figure %d: %.6f, want %.6f", c.shape, i, got[i], want)
			}
		}
		if r.Keys != c.keys {
			t.Errorf("%s: %d keys, want %d", c.shape, r.Keys, c.keys)
		}
		keys, load := 0, 0.0
		for shard := range tenant.Shards {
			keys, load = keys+r.Counts[shard], load+r.Loads[shard]
		}
		if keys != r.Keys || math.Abs(load-1) > 1e-9 {
			t.Errorf("%s: the shards hold %d keys and %f of the load", c.shape, keys, load)
		}
	}
}

// Where no property is larger than a hotel, no shard carries over 1.1 times the mean.
func TestChainsAreEven(t *testing.T) {
	t.Parallel()
	for _, exponent := range exponents {
		if r := spread("chains have many", 100_000, exponent, 1); r.LoadMaxOverMean > 1.1 {
			t.Errorf("Zipf %.2f: %.4f of the mean", exponent, r.LoadMaxOverMean)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out bytes.Buffer
	if err := run([]string{"--organisations", "500", "--out", dir}, &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 15 {
		t.Errorf("%d lines:\n%s", n, out.String())
	}
	text, err := os.ReadFile(filepath.Join(dir, "keys.json"))
	var all []result
	if err != nil || json.Unmarshal(text, &all) != nil || len(all) != 12 {
		t.Errorf("%v: %s", err, text)
	}
	if svg, err := os.ReadFile(filepath.Join(dir, "keys.svg")); err != nil || !strings.HasPrefix(string(svg), "<svg") {
		t.Error(err)
	}
	if run([]string{"--organisations", "0"}, &out) == nil {
		t.Error("no organisations are taken")
	}
}
