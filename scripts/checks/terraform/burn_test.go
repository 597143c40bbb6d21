package terraform

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"
)

// rule is one of the burns of modules/alerting/slo.tf.
type rule struct {
	Burn     float64 `cty:"burn"`
	Long     int64   `cty:"long_minutes"`
	Short    int64   `cty:"short_minutes"`
	LeastBad int64   `cty:"least_bad"`
	Severity string  `cty:"severity"`
}

// promise is what slo.tf says, evaluated: nothing of it is written down here.
type promise struct {
	rules     map[string]rule
	allowance float64
	every     time.Duration // how often rules are looked at
}

// seen is how old a metric is when a rule sees it: one export of OpenTelemetry's, a minute.
const seen = time.Minute

func readPromise(t *testing.T) promise {
	t.Helper()
	attributes := hclsyntax.Attributes{}
	blocks(files(t), "locals", func(f file, b *hclsyntax.Block) {
		if f.name == "modules/alerting/slo.tf" {
			attributes = b.Body.Attributes
		}
	})
	known := map[string]cty.Value{}
	get := func(name string, into any) {
		t.Helper()
		a, ok := attributes[name]
		if !ok {
			t.Fatalf("slo.tf has no %s", name)
		}
		v, problems := a.Expr.Value(&hcl.EvalContext{Variables: map[string]cty.Value{"local": cty.ObjectVal(known)}})
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		known[name] = v
		if m, ok := into.(*map[string]rule); ok {
			*m = map[string]rule{}
			for key, value := range v.AsValueMap() {
				var r rule
				if err := gocty.FromCtyValue(value, &r); err != nil {
					t.Fatal(err)
				}
				(*m)[key] = r
			}
			return
		}
		if into != nil {
			if err := gocty.FromCtyValue(v, into); err != nil {
				t.Fatal(err)
			}
		}
	}
	var p promise
	var seconds float64
	get("slo", nil)
	get("allowance", &p.allowance)
	get("burns", &p.rules)
	get("evaluation_seconds", &seconds)
	p.every = time.Duration(seconds * float64(time.Second))
	return p
}

// series counts requests and bad ones up to each step of a promise's evaluation.
type series struct{ all, bad []int64 }

// traffic says of a moment how many requests a second come, and what share of them is bad.
type traffic func(at time.Duration) (perSecond, share float64)

// run counts a traffic for a time. Without noise counts are even; with it they are as dice fall.
func (p promise) run(length time.Duration, f traffic, noise *rand.Rand) series {
	steps := int(length / p.every)
	s := series{make([]int64, steps+1), make([]int64, steps+1)}
	all, bad := 0.0, 0.0
	for i := range steps {
		perSecond, share := f(time.Duration(i) * p.every)
		n := perSecond * p.every.Seconds()
		if noise == nil {
			all, bad = all+n, bad+n*share
			// A bit more than the halves, so that sums which binary fractions miss are whole.
			s.all[i+1], s.bad[i+1] = int64(all+1e-6), int64(bad+1e-6)
			continue
		}
		a := poisson(noise, n)
		s.all[i+1] = s.all[i] + a
		s.bad[i+1] = s.bad[i] + min(a, poisson(noise, n*share))
	}
	return s
}

// poisson is a count of mean m.
func poisson(r *rand.Rand, m float64) int64 {
	if m > 50 {
		return max(0, int64(math.Round(m+math.Sqrt(m)*r.NormFloat64())))
	}
	limit, product, n := math.Exp(-m), 1.0, int64(-1)
	for product > limit || n < 0 {
		product *= r.Float64()
		n++
	}
	return n
}

// fires tells the steps at which a rule's query has a result.
func (p promise) fires(s series, r rule) (at []time.Duration) {
	late := int(seen / p.every)
	window := func(i int, minutes int64) (all, bad int64) {
		from := max(0, i-int(time.Duration(minutes)*time.Minute/p.every))
		return s.all[i] - s.all[from], s.bad[i] - s.bad[from]
	}
	for i := range s.all {
		all, bad := window(i, r.Long)
		shortAll, shortBad := window(i, r.Short)
		limit := r.Burn * p.allowance
		if all == 0 || shortAll == 0 || bad < r.LeastBad {
			continue
		}
		// As float64, in which the query compares.
		if float64(bad)/float64(all) >= limit-1e-12 && float64(shortBad)/float64(shortAll) >= limit-1e-12 {
			at = append(at, time.Duration(i+late)*p.every)
		}
	}
	return at
}

// first is when any rule of a severity fires first after a moment; false: never.
func (p promise) first(s series, severity string, after time.Duration) (time.Duration, string, bool) {
	when, who, found := time.Duration(0), "", false
	for name, r := range p.rules {
		if r.Severity != severity {
			continue
		}
		for _, at := range p.fires(s, r) {
			if at >= after && (!found || at < when) {
				when, who, found = at, name, true
				break
			}
		}
	}
	return when - after, who, found
}

// The numbers are the owner's.
func TestBurnsAreTheOwners(t *testing.T) {
	t.Parallel()
	p := readPromise(t)
	if math.Abs(p.allowance-0.001) > 1e-12 {
		t.Errorf("allowance %v, not 0.001", p.allowance)
	}
	want := []string{"14.4 over 60 and 5: page", "6 over 360 and 30: page", "1 over 4320 and 360: ticket"}
	var got []string
	for _, r := range p.rules {
		got = append(got, fmt.Sprintf("%v over %d and %d: %s", r.Burn, r.Long, r.Short, r.Severity))
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("there is no rule %s in %q", w, got)
		}
	}
}

// An incident after a good day is paged, the faster the worse it is. The bound at 14.4 is 5 minutes.
func TestIncidentsArePaged(t *testing.T) {
	t.Parallel()
	p := readPromise(t)
	for _, c := range []struct {
		burn   float64
		within time.Duration
	}{{14.4, 5 * time.Minute}, {20, 5 * time.Minute}, {100, 3 * time.Minute}, {1000, 2 * time.Minute}} {
		for _, perSecond := range []float64{5, 50, 500, 5000} {
			began := 24 * time.Hour
			s := p.run(began+time.Hour, func(at time.Duration) (float64, float64) {
				if at < began {
					return perSecond, p.allowance * 0.1
				}
				return perSecond, c.burn * p.allowance
			}, nil)
			took, by, ok := p.first(s, "page", began)
			if !ok || took > c.within {
				t.Errorf("burn %v at %v requests a second: paged after %v by %q, want within %v", c.burn, perSecond, took, by, c.within)
			}
			t.Logf("burn %v at %v requests a second: paged after %v by %s", c.burn, perSecond, took, by)
		}
	}
}

// Slow burns are told before they have spent what their rule allows, and an alert ends with the incident.
func TestSlowBurnsAndEnds(t *testing.T) {
	t.Parallel()
	p := readPromise(t)
	began, length := 4*24*time.Hour, 3*24*time.Hour
	at := func(burn float64) series {
		return p.run(began+length+24*time.Hour, func(at time.Duration) (float64, float64) {
			if at < began || at >= began+length {
				return 50, p.allowance * 0.05
			}
			return 50, burn * p.allowance
		}, nil)
	}
	if took, _, ok := p.first(at(6.5), "page", began); !ok || took > 6*time.Hour+2*time.Minute {
		t.Errorf("burn 6.5: paged %v after %v", ok, took)
	}
	creeping := at(1.1)
	if took, _, ok := p.first(creeping, "ticket", began); !ok || took > length+2*time.Minute {
		t.Errorf("burn 1.1: a ticket %v after %v", ok, took)
	}
	if took, by, ok := p.first(creeping, "page", began); ok {
		t.Errorf("burn 1.1: paged after %v by %s", took, by)
	}
	burning := at(50)
	for name, r := range p.rules {
		last := time.Duration(0)
		if all := p.fires(burning, r); len(all) > 0 {
			last = all[len(all)-1]
		}
		if end := last - (began + length); end > time.Duration(r.Short)*time.Minute+seen+p.every {
			t.Errorf("%s: the alert ends %v after the incident", name, end)
		}
	}
}

// Months at 0.9 of what is allowed wake nobody: even ones at any traffic, and as dice fall. A ticket
// tells 0.9 from 1 only where there are enough requests: at 20 a second 3 days have 5,000 bad ones.
func TestQuietMonthsAreQuiet(t *testing.T) {
	t.Parallel()
	p := readPromise(t)
	const month = 30 * 24 * time.Hour
	const full = 3 * 24 * time.Hour // from when on the longest window is
	for _, perSecond := range []float64{0.01, 0.2, 1, 5, 20, 500} {
		quiet := func(time.Duration) (float64, float64) { return perSecond, 0.9 * p.allowance }
		for seed := range uint64(4) {
			noise := rand.New(rand.NewPCG(seed, 1))
			if seed == 0 {
				noise = nil
			}
			s := p.run(month, quiet, noise)
			if at, by, ok := p.first(s, "page", full); ok {
				t.Errorf("%v requests a second, month %d: paged at %v by %s", perSecond, seed, at, by)
			}
			if at, by, ok := p.first(s, "ticket", full); ok && (noise == nil || perSecond >= 20) {
				t.Errorf("%v requests a second, month %d: a ticket at %v by %s", perSecond, seed, at, by)
			}
		}
	}
}

// A month of short faults that stay within the allowance, a restart a day of 3 s, pages nobody.
func TestShortFaultsPageNobody(t *testing.T) {
	t.Parallel()
	p := readPromise(t)
	s := p.run(30*24*time.Hour, func(at time.Duration) (float64, float64) {
		if at%(24*time.Hour) == 12*time.Hour {
			return 50, 0.02 // of the half minute
		}
		return 50, p.allowance * 0.2
	}, nil)
	if at, by, ok := p.first(s, "page", 0); ok {
		t.Errorf("paged at %v by %s", at, by)
	}
}
