// Command capacity says what loads take in the cloud, what that costs, and what saturates first:
//
//	go run ./loadtest/capacity [--figures FILE] [--prices FILE] [--edition enterprise-plus] [--units 30000] [--json FILE]
//
// It calculates with what go run ./loadtest/bench has measured (figures.json beside it, from a run that the
// file names), with published figures of the services (prices.json, each with its source), with the
// instances that functions/catalogue.yaml allows, and with the limits by which ops/monitor judges a live
// installation. What nobody has measured, how much hotels post above all, are assumptions, which flags
// change and the output repeats. A price that could not be read on the service's own page is marked.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	_ "embed"

	"innkeep.internal/functions"
	"innkeep.internal/loadtest/bench/figures"
)

//go:embed figures.json
var suite []byte

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "capacity:", err)
		os.Exit(1)
	}
}

// loads are the owner's: three sizes, and a rate without a pause.
func loads(a Assumptions) []Load {
	of := func(name string, organisations float64) Load {
		mean := organisations * a.EventsPerDay / 86_400
		return Load{name, organisations, mean, mean * a.Peak}
	}
	const steady = 5000
	return []Load{
		of("50 K organisations", 50_000), of("500 K organisations", 500_000), of("1 M organisations", 1_000_000),
		{"5,000 events/s, always", steady * 86_400 / a.EventsPerDay, steady, steady},
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("capacity", flag.ContinueOnError)
	from := flags.String("figures", "", "`file` of the benchmark suite; the one in the repository when empty")
	prices := flags.String("prices", "", "`file` of published figures; the one in the repository when empty")
	edition := flags.String("edition", "enterprise-plus", "of Spanner: standard, enterprise or enterprise-plus")
	units := flags.Int64("units", 30_000, "processing units that Spanner may grow to")
	file := flags.String("json", "", "`file` for the results")
	a := usual
	flags.Float64Var(&a.EventsPerDay, "events-per-day", a.EventsPerDay, "of an organisation")
	flags.Float64Var(&a.Peak, "peak", a.Peak, "the busiest hour over the mean")
	flags.Float64Var(&a.HitRate, "hit-rate", a.HitRate, "of reports, from a cache")
	flags.Float64Var(&a.Months, "months", a.Months, "of books that are stored")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *units < 100 {
		return errors.New("there are at least 100 units, and nothing behind the flags")
	}
	x, f, err := newModel(*from, *prices, a)
	if err != nil {
		return err
	}
	x.edition, x.units = *edition, *units
	var results []Result
	for _, l := range loads(a) {
		r, err := x.put(l)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	x.print(out, f, results)
	if *file == "" {
		return nil
	}
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(*file, append(text, '\n'), 0o644)
}

// newModel reads figures and prices; an empty path is the repository's own file.
func newModel(from, prices string, a Assumptions) (*model, figures.File, error) {
	x := &model{a: a, used: map[string]Price{}}
	f, err := read(from, suite, figures.Parse)
	if err != nil {
		return nil, f, err
	}
	if x.prices, err = read(prices, published, readPrices); err != nil {
		return nil, f, err
	}
	if x.m, err = measured(f); err != nil {
		return nil, f, err
	}
	if x.all, err = functions.Load(); err != nil {
		return nil, f, err
	}
	return x, f, a.check()
}

func read[T any](path string, own []byte, parse func([]byte) (T, error)) (v T, err error) {
	text := own
	if path != "" {
		if text, err = os.ReadFile(path); err != nil {
			return v, err
		}
	}
	if v, err = parse(text); err != nil && path != "" {
		return v, fmt.Errorf("%s: %w", path, err)
	}
	return v, err
}

func (x *model) print(out io.Writer, f figures.File, results []Result) {
	fmt.Fprintf(out, "measured %s at %s on %d x %s; prices read %s, %s: %s\n", f.MeasuredAt.Format("2006-01-02"), f.Commit, f.Machine.CPUs, f.Machine.CPU,
		x.prices.ReadOn, x.prices.Currency, x.prices.Region)
	fmt.Fprintf(out, "assumed: %g events a day and organisation, peak %g times the mean, %g of reports from a cache, %g months of books,\n"+
		"  writes %g s and reports %g s in a function, %g outside subscriber of domain-events, processors used to %g, Spanner's to %g;\n"+
		"  of 100 calls %g posts, %g of %d lines, %g approvals, %g daily reports, %g monthly ones, %g exports\n\n",
		x.a.EventsPerDay, x.a.Peak, x.a.HitRate, x.a.Months, x.a.WriteSeconds, x.a.ReadSeconds, x.a.Subscribers, x.a.CPUShare, x.a.SpannerShare,
		mix.Posts, mix.Bulks, bulkLines, mix.Approvals, mix.Daily, mix.Monthly, mix.Exports)
	row := func(name string, value func(Result) string) {
		fmt.Fprintf(out, "%-34s", name)
		for _, r := range results {
			fmt.Fprintf(out, " %23s", value(r))
		}
		fmt.Fprintln(out)
	}
	number := func(v func(Result) float64) func(Result) string {
		return func(r Result) string { return short(v(r)) }
	}
	row("", func(r Result) string { return r.Load.Name })
	row("events a second, mean", number(func(r Result) float64 { return r.Load.Mean }))
	row("events a second, peak", number(func(r Result) float64 { return r.Load.Peak }))
	row("calls a second, peak", number(func(r Result) float64 { return r.PeakCalls }))
	row("Spanner commits a second, peak", number(func(r Result) float64 { return r.Commits }))
	row("Spanner reads a second, peak", number(func(r Result) float64 { return r.Reads }))
	row("Spanner nodes", number(func(r Result) float64 { return r.Nodes }))
	row("stored, GiB", number(func(r Result) float64 { return r.StoredGiB }))
	row("processors of functions, mean", number(func(r Result) float64 { return r.CPU }))
	row("processors of functions, peak", number(func(r Result) float64 { return r.PeakCPU }))
	row("Firestore reads a month, M", number(func(r Result) float64 { return r.FirestoreReads / 1e6 }))
	row("Firestore writes a month, M", number(func(r Result) float64 { return r.FirestoreWrites / 1e6 }))
	row("Pub/Sub a month, GiB", number(func(r Result) float64 { return r.PubSubGiB }))
	for i, c := range results[0].Costs {
		row("$ a month: "+c.Name, number(func(r Result) float64 { return r.Costs[i].Dollars }))
	}
	row("$ a month", number(Result.Total))
	row("$ a month and organisation", func(r Result) string { return fmt.Sprintf("%.4f", r.Total()/r.Load.Organisations) })
	row("saturates first", func(r Result) string { return r.SaturatesFirst })
	row("  which is used to", func(r Result) string { return fmt.Sprintf("%.1f %%", float64(r.Verdict.Next.BasisPoints())/100) })
	row("  and full at, events/s", func(r Result) string { return short(float64(r.FullAt)) })
	fmt.Fprintln(out)
	x.limits(out, results[len(results)-1])
	x.doubtful(out)
}

// limits lists those that grow with the load, the most used first.
func (x *model) limits(out io.Writer, r Result) {
	fmt.Fprintf(out, "limits at %s, with Spanner up to %d units:\n", r.Load.Name, x.units)
	for _, u := range r.Verdict.All {
		if u.Scales {
			fmt.Fprintf(out, "  %-18s %-12s %5.1f %%  of %s; raise %s\n", u.Limit, u.Of, float64(u.BasisPoints())/100, short(float64(u.Most))+" "+u.Unit, u.Raise)
		}
	}
}

// doubtful names the prices that did not stand on the service's own page.
func (x *model) doubtful(out io.Writer) {
	for _, s := range []struct {
		standing Standing
		why      string
	}{{Unconfirmed, "unconfirmed, since no page that could be read shows them"}, {ThirdParty, "from pages of third parties"}} {
		var names []string
		for name, p := range x.used {
			if p.Standing == s.standing {
				names = append(names, fmt.Sprintf("%s %g %s (%s)", name, p.Value, p.Unit, p.Source))
			}
		}
		slices.Sort(names)
		if len(names) > 0 {
			fmt.Fprintf(out, "\n%s:\n  %s\n", s.why, strings.Join(names, "\n  "))
		}
	}
	fmt.Fprintln(out, "\nstored bytes are those of the commits as sent: the names of columns stand for what Spanner adds to each value, and for indexes\nnot counted: leases of rate limits, snapshots, backups, webhooks, logs and metrics, committed-use discounts, free tiers")
}

// short is a number of three figures.
func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
