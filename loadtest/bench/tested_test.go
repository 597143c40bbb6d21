package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/loadtest/bench/figures"
)

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := parse("goos: linux\nBenchmarkWriters/16-2   1   0 ns/op   1234.5 commands/s   601 apart/s  2.05 ratio\n" +
		"BenchmarkReportLatency/daily-2  40 123 ns/op  6.6 p50-ms  5.0 p50-bare-ms  1.32 p50-ratio\nBenchmarkProject-2 1 9 ns/op 0.9 replay/live 8000 live-events/s\nPASS\n")
	want := []figures.Figure{
		{Name: "writers/16/commands", Value: 1234.5, Unit: "1/s"}, {Name: "writers/16/apart", Value: 601, Unit: "1/s"}, {Name: "writers/16/ratio", Value: 2.05, Unit: "ratio"},
		{Name: "latency/daily/p50", Value: 6.6, Unit: "ms"}, {Name: "latency/daily/p50-bare", Value: 5, Unit: "ms"}, {Name: "latency/daily/p50-ratio", Value: 1.32, Unit: "ratio"},
		{Name: "replay/replay-to-live", Value: 0.9, Unit: "ratio"}, {Name: "replay/live-events", Value: 8000, Unit: "1/s"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	for _, bad := range []string{"PASS\n", "BenchmarkOther-2 1 5 ns/op 3 x/s\n", "BenchmarkProject-2 1 x ns/op\n"} {
		if got, err := parse(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	if all, err := choose(""); err != nil || len(all) != len(sections) {
		t.Error(len(all), err)
	}
	if two, err := choose("cost,commands"); err != nil || len(two) != 2 || two[0].name != "commands" {
		t.Error(two, err)
	}
	if _, err := choose("commands,nothing"); err == nil {
		t.Error("a section was found that is not there")
	}
	seen := map[string]bool{}
	for _, s := range sections {
		if seen[s.name] || s.name == "" || s.what == "" {
			t.Errorf("the section %q stands there twice, or says nothing of itself", s.name)
		}
		seen[s.name] = true
	}
}
