// Command bench measures the product, on emulators that it starts:
//
//	go run ./loadtest/bench [--only NAME[,NAME]] [--json FILE] [--list]
//
// Each section measures one thing: what a command costs in RPCs, rows and bytes, what it costs this
// side in processor time and allocations, how it compares with the raw client that does the same reads
// and writes, how soon a function stands. It fails when a figure misses its bound. The figures go to the
// file that loadtest/capacity calculates with.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"

	"innkeep.internal/loadtest/bench/figures"
	"innkeep.internal/shared/platform/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	// A deployed function writes its log as this does; here nobody reads it.
	slog.SetDefault(slog.New(telemetry.NewHandler(io.Discard, "innkeep-bench", slog.LevelInfo)))
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// section is one part of the suite.
type section struct {
	name    string
	what    string
	measure func(context.Context) ([]figures.Figure, error)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "the `sections` to measure, separated by commas; all when empty")
	file := flags.String("json", "", "`file` for the figures; those of other sections that stand there stay")
	list := flags.Bool("list", false, "only say which sections there are")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is not understood", flags.Arg(0))
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	if *list {
		for _, s := range chosen {
			fmt.Fprintf(out, "%-12s %s\n", s.name, s.what)
		}
		return nil
	}
	f := figures.File{MeasuredAt: time.Now().UTC().Truncate(time.Second), Commit: commit(ctx), Machine: machine()}
	fmt.Fprintf(out, "%s, commit %s, %d x %s, %s\n", f.MeasuredAt.Format(time.RFC3339), f.Commit, f.Machine.CPUs, f.Machine.CPU, f.Machine.Go)
	var faults []error
	for _, s := range chosen {
		began := time.Now()
		all, err := s.measure(ctx)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", s.name, err))
			continue // the figures of the others count
		}
		fmt.Fprintf(out, "\n%s: %s (%.0f s)\n", s.name, s.what, time.Since(began).Seconds())
		for _, x := range all {
			fmt.Fprintf(out, "  %-42s %14s %-14s %s\n", x.Name, number(x.Value), x.Unit, x.Note)
			if missed := x.Missed(); missed != "" {
				faults = append(faults, errors.New(missed))
			}
		}
		f.Figures = append(f.Figures, all...)
	}
	if *file != "" && len(f.Figures) > 0 {
		if err := keep(f, *file); err != nil {
			return err
		}
	}
	return errors.Join(faults...)
}

// choose gives the named sections, in the order of the suite; all for "".
func choose(only string) ([]section, error) {
	if only == "" {
		return sections, nil
	}
	names := strings.Split(only, ",")
	var chosen []section
	for _, s := range sections {
		if slices.Contains(names, s.name) {
			chosen = append(chosen, s)
			names = slices.DeleteFunc(names, func(n string) bool { return n == s.name })
		}
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("there is no section %q: see --list", strings.Join(names, ", "))
	}
	return chosen, nil
}

// keep writes the figures, and those of the file that were not measured now: they stand as a whole, so
// each section that a run leaves out stays as it was.
func keep(f figures.File, path string) error {
	old, err := figures.Read(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return f.Write(path)
	case err != nil:
		return err
	}
	measured := map[string]bool{}
	for _, x := range f.Figures {
		name, _, _ := strings.Cut(x.Name, "/")
		measured[name] = true
	}
	for _, x := range old.Figures {
		if name, _, _ := strings.Cut(x.Name, "/"); !measured[name] {
			if x.Measured == "" {
				x.Measured = old.MeasuredAt.Format(time.DateOnly) + " " + old.Commit
			}
			f.Figures = append(f.Figures, x)
		}
	}
	return f.Write(path)
}

// number is a value as people read it.
func number(v float64) string {
	switch {
	case v == float64(int64(v)):
		return fmt.Sprint(int64(v))
	case v >= 1000:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// commit is what the working copy stands at, with "+" where something in it was changed.
func commit(ctx context.Context) string {
	text, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

func machine() figures.Machine {
	m := figures.Machine{OS: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version(), CPU: "unknown"}
	text, _ := os.ReadFile("/proc/cpuinfo") // elsewhere it is not told
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	return m
}
