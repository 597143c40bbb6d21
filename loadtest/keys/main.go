// Command keys shows how evenly the real shard function spreads organisations, properties and their
// loads, and what no key could do better:
//
//	go run ./loadtest/keys [--organisations 1000000] [--seed 1] [--out DIR]
//
// Loads fall off with an organisation's rank by Zipf's law, with exponents from 0.8 to 1.2, in two
// groups: each organisation with one property, and large ones with as many properties as their load
// needs when a property has no more than a busy hotel's. It prints a table and, with --out, writes
// keys.json and keys.svg. The same arguments give the same figures, on any machine.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"innkeep.internal/loadtest/plot"
	"innkeep.internal/shared/core/tenant"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "keys:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("keys", flag.ContinueOnError)
	organisations := flags.Int("organisations", 1_000_000, "how many")
	seed := flags.Uint64("seed", 1, "of the property ids")
	dir := flags.String("out", "", "`folder` for keys.json and keys.svg")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *organisations < 1 {
		return errors.New("there is at least one organisation, and nothing behind the flags")
	}
	all := simulate(*organisations, *seed)
	fmt.Fprintf(out, "%-26s %5s %10s %10s %10s %10s %12s %12s\n", "properties", "Zipf", "keys", "count", "load", "no better", "largest key", "split, n/16")
	for _, r := range all {
		fmt.Fprintf(out, "%-26s %5.2f %10d %10.4f %10.4f %10.4f %11.3f%% %12.3f\n",
			r.Shape, r.Exponent, r.Keys, r.CountMaxOverMean, r.LoadMaxOverMean, r.Floor, 100*r.LargestKey, r.SplitMaxOverMean)
	}
	fmt.Fprintf(out, "count, load: the fullest of %d shards over the mean. no better: a shard of the largest key and its part of the rest.\n"+
		"split: the fullest of %d ranges of whole properties, cut by load, over the mean.\n", tenant.Shards, splits)
	if *dir == "" {
		return nil
	}
	return write(*dir, all)
}

func write(dir string, all []result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a report is for everybody
		return err
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "keys.json"), text, 0o644); err != nil {
		return err
	}
	p := plot.Plot{Title: "Load of each shard over the mean, Zipf 0.99", X: "shard", Y: "of the mean", Bars: true, Limit: 1.1}
	for _, r := range all {
		if r.Exponent != 0.99 {
			continue
		}
		s := plot.Series{Name: r.Shape}
		for shard, load := range r.Loads {
			s.X, s.Y = append(s.X, float64(shard)), append(s.Y, load*tenant.Shards)
		}
		p.Series = append(p.Series, s)
	}
	return os.WriteFile(filepath.Join(dir, "keys.svg"), []byte(p.SVG()), 0o644)
}
