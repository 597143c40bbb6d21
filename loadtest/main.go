// Command loadtest drives an installation with organisations in their tens of thousands to a million and
// says what it did:
//
//	go run ./loadtest --phase 1|2|3 [--target URL] [--duration 60s] [--warmup 45s] [--rate N] [--out DIR]
//	    [--organisations N] [--seed N] [--server PROGRAM]
//	    [--compare old/report.json] [--profile]
//
// Phases are of 50,000, 500,000 and 1,000,000 organisations. Without --target it builds and starts the
// local server with emulators of its own, and ends them; with it, it drives one that runs, whose
// variables (set -a; . .innkeep/local.env; set +a) say where its database is. Organisations that are
// there already, by the same seed, are found and left as they are.
//
// First the floors are measured: what the emulator takes from the raw client, and what the load test itself can
// send. Then calls come at --rate a second, unless told otherwise at a share of the floor, whatever
// becomes of those before, and each is timed from its intended moment: 60 % posts, 5 % approvals, 25 %
// daily reports, 8 % monthly ones, 2 % exports. Then the same few calls are made of organisations that nobody
// has met, one after the other, and what each asks for is counted: beside --compare of a run with
// another number of organisations none of it may have grown. At the end every book that was opened is
// proved, and the entries in the tables are compared with those that HTTP accepted.
//
// It writes report.html and report.json to --out. It ends with 1 when a threshold is not reached, and says
// which and by how much; with 2 when it was called wrongly or could not measure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"innkeep.internal/loadtest/report"
)

const (
	exitShort  = 1
	exitFailed = 2
)

// phases are the numbers of organisations.
var phases = map[int]int{1: 50_000, 2: 500_000, 3: 1_000_000}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := start(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func start(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage())
		return 0
	}
	var old *report.Report
	if err == nil && o.compare != "" {
		old, err = report.Read(o.compare)
	}
	if err != nil {
		fmt.Fprintln(stderr, "loadtest:", err)
		return exitFailed
	}
	r, err := run(ctx, o, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "loadtest:", err)
		return exitFailed
	}
	var changes []report.Change
	if old != nil {
		changes = r.Compare(old)
		r.JudgeGrowth(old)
	}
	tell(stdout, r, changes)
	if err := write(o.out, r, changes); err != nil {
		fmt.Fprintln(stderr, "loadtest:", err)
		return exitFailed
	}
	fmt.Fprintln(stdout, "written:", filepath.Join(o.out, "report.html"), filepath.Join(o.out, "report.json"))
	if !r.Passed() {
		return exitShort
	}
	return 0
}

// options are the flags.
type options struct {
	phase, organisations          int
	target, out, compare, program string
	warmup, duration              time.Duration
	rate                          float64
	seed                          uint64
	organisationsSet, rateSet     bool
	profile                       bool
}

func flags(o *options) *flag.FlagSet {
	f := flag.NewFlagSet("loadtest", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.IntVar(&o.phase, "phase", 1, "`1, 2 or 3`: 50,000, 500,000 or 1,000,000 organisations, and their thresholds")
	f.IntVar(&o.organisations, "organisations", 0, "`how many` instead of the phase's: for short runs")
	f.StringVar(&o.target, "target", "", "`URL` of a local server that runs; without it one is started")
	f.DurationVar(&o.duration, "duration", time.Minute, "how long is measured")
	f.DurationVar(&o.warmup, "warmup", 45*time.Second, "how long calls come before that")
	f.Float64Var(&o.rate, "rate", 0, "`calls` a second; without it a share of the measured floor")
	f.StringVar(&o.out, "out", ".innkeep/loadtest", "`folder` of the report")
	f.Uint64Var(&o.seed, "seed", 1, "of organisations and calls")
	f.BoolVar(&o.profile, "profile", false, "write what the server's processors and memory went to in the measured time: cpu.pprof, allocs.pprof")
	f.StringVar(&o.program, "server", "", "`program` of the local server, of go build ./scripts/serve; without it one is built")
	f.StringVar(&o.compare, "compare", "", "report.json of an earlier run, `file`")
	return f
}

func usage() string {
	var o options
	text := "go run ./loadtest [flags]\n"
	flags(&o).VisitAll(func(f *flag.Flag) {
		name, what := flag.UnquoteUsage(f)
		text += fmt.Sprintf("  --%s %s\n        %s\n", f.Name, name, what)
	})
	return text
}

func parse(args []string) (o options, err error) {
	f := flags(&o)
	if err := f.Parse(args); err != nil {
		return o, err
	}
	f.Visit(func(x *flag.Flag) {
		o.organisationsSet = o.organisationsSet || x.Name == "organisations"
		o.rateSet = o.rateSet || x.Name == "rate"
	})
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is not understood", f.Arg(0))
	case phases[o.phase] == 0:
		return o, fmt.Errorf("--phase is 1, 2 or 3, not %d", o.phase)
	case o.organisationsSet && (o.organisations < 10 || o.organisations > phases[3]):
		return o, fmt.Errorf("--organisations is 10 to %d, not %d", phases[3], o.organisations)
	case o.rateSet && !(o.rate > 0 && o.rate <= 100_000): // NaN is neither
		return o, fmt.Errorf("--rate is above 0 and at most 100000 calls a second, not %v", o.rate)
	case o.duration < time.Second || o.warmup < 0:
		return o, errors.New("--duration is 1s or more, --warmup not negative")
	case o.out == "":
		return o, errors.New("--out is empty")
	}
	if !o.organisationsSet {
		o.organisations = phases[o.phase]
	}
	return o, nil
}

func write(folder string, r *report.Report, changes []report.Change) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	return errors.Join(r.WriteJSON(filepath.Join(folder, "report.json")), r.WritePage(filepath.Join(folder, "report.html"), changes))
}

// tell writes the figures, the changes and the judgement as lines.
func tell(out io.Writer, r *report.Report, changes []report.Change) {
	for _, f := range r.Figures {
		fmt.Fprintf(out, "%-34s %10.4g %s\n", f.Name, f.Value, f.Unit)
	}
	for _, c := range r.Same {
		fmt.Fprintf(out, "%-40s %5.4g RPCs, %.4g rows, %.5g bytes\n", c.Function, c.RPCs, c.Rows+c.Written, c.Sent+c.Received)
	}
	for _, c := range changes {
		if c.Before != 0 {
			fmt.Fprintf(out, "%-34s %10.4g -> %.4g %s (%+.1f %%)\n", c.Name, c.Before, c.Now, c.Unit, c.Percent)
		}
	}
	for _, f := range r.Faults {
		fmt.Fprintf(out, "failed: %d %s\n", f.N, f.What)
	}
	for _, text := range r.Proof.Shown {
		fmt.Fprintln(out, "broken:", text)
	}
	for _, text := range r.Notes {
		fmt.Fprintln(out, "note:", text)
	}
	fmt.Fprintln(out, r.Bound)
	for _, c := range r.Checks {
		fmt.Fprintln(out, c)
	}
}
