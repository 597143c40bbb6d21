package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"innkeep.internal/loadtest/bench/figures"
)

// tested is a benchmark that stands beside the tests of a package, and is run there: by go test, with an
// emulator of its own.
func tested(folder, name, times string) func(context.Context) ([]figures.Figure, error) {
	return func(ctx context.Context) ([]figures.Figure, error) {
		cmd := exec.CommandContext(ctx, "go", "test", folder, "-run", "^$", "-bench", name, "-benchtime", times, "-timeout", "5m")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, out)
		}
		return parse(string(out))
	}
}

// sectionOf is which section a benchmark's figures belong to.
var sectionOf = map[string]string{"Writers": "writers", "Project": "replay", "ReportLatency": "latency", "AddedLatency": "door"}

// line is a benchmark's result: its name, how often it ran, and then a value and a unit, again and again.
var line = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

// parse takes the figures out of what go test printed. What it always prints, and what says nothing, is left
// out: ns/op of benchmarks that report figures of their own.
func parse(out string) (all []figures.Figure, err error) {
	for _, found := range line.FindAllStringSubmatch(out, -1) {
		name, part, _ := strings.Cut(found[1], "/")
		section, ok := sectionOf[name]
		if !ok {
			return nil, fmt.Errorf("the benchmark %s belongs to no section", name)
		}
		fields := strings.Fields(found[2])
		for i := 0; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", found[0], err)
			}
			if fields[i+1] == "ns/op" || value == 0 {
				continue
			}
			what, unit := unitOf(fields[i+1])
			all = append(all, figures.Figure{Name: strings.Join(nonEmpty(section, part, what), "/"), Value: value, Unit: unit})
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there was no result among: " + out)
	}
	return all, nil
}

// unitOf parts a benchmark's unit, "p99-bare-ms" or "apart/s", into what was measured and its unit.
func unitOf(s string) (what, unit string) {
	if base, ok := strings.CutSuffix(s, "/s"); ok {
		return base, "1/s"
	}
	if i := strings.LastIndexByte(s, '-'); i > 0 && s[i+1:] != "ratio" {
		return s[:i], s[i+1:]
	}
	return strings.ReplaceAll(s, "/", "-to-"), "ratio"
}

func nonEmpty(parts ...string) (out []string) {
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}
