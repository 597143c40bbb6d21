package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/loadtest/proof"
)

func good() *Report {
	r := &Report{
		Phase: 3, Began: time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC), Commit: "abc", Proof: proof.Proof{Entries: 9, Accepted: 9},
		Kinds: []Kind{{Name: "post <&", P99: 12.5}}, Faults: []Fault{{"503 x", 2}}, Notes: []string{"a note"},
		Plots: []Plot{{Title: "Rate", Series: []Series{{Name: "offered", X: []float64{0, 1}, Y: []float64{3, 4}}}}},
	}
	r.Add(ErrorPart, "%", 0.4)
	r.Add(HitPart, "%", 86)
	r.Add(P99, "ms", 400)
	r.Add(LagP99, "ms", 900)
	r.Add(AchievedPart, "%", 99)
	return r
}

// Each figure fails the run by itself when it falls short, and when nothing was measured.
func TestJudge(t *testing.T) {
	t.Parallel()
	for phase := 1; phase <= 3; phase++ {
		r := good()
		if r.Judge(Thresholds(phase)); !r.Passed() || len(r.Checks) != 6 {
			t.Fatalf("phase %d: %v", phase, r.Checks)
		}
	}
	for _, x := range []struct {
		name  string
		phase int
		by    float64
		spoil func(r *Report)
	}{
		{ErrorPart, 3, 0, func(r *Report) { r.Figures[0].Value = 0.5 }},
		{ErrorPart, 1, 0.25, func(r *Report) { r.Figures[0].Value = 1.25 }},
		{HitPart, 3, 1, func(r *Report) { r.Figures[1].Value = 84 }},
		{HitPart, 2, 1, func(r *Report) { r.Figures[1].Value = 81 }},
		{P99, 1, 100, func(r *Report) { r.Figures[2].Value = 600 }},
		{LagP99, 1, 1, func(r *Report) { r.Figures[3].Value = 2001 }},
		{AchievedPart, 1, 15, func(r *Report) { r.Figures[4].Value = 80 }},
		{AchievedPart, 1, 95, func(r *Report) { r.Figures = r.Figures[:4] }},
		{"entries lost, doubled or unbalanced", 1, 1, func(r *Report) { r.Proof.Entries = 8 }},
		{"entries lost, doubled or unbalanced", 1, 3, func(r *Report) { r.Proof.Breaks = 3 }},
	} {
		r := good()
		x.spoil(r)
		if r.Judge(Thresholds(x.phase)); r.Passed() {
			t.Errorf("%s falls short and passes", x.name)
		}
		for _, c := range r.Checks {
			short := strings.Contains(c.String(), "SHORT by")
			if c.Good == (c.Name == x.name) || short == c.Good || !c.Good && c.By != x.by {
				t.Errorf("%s: %s", x.name, c)
			}
		}
	}
	if (&Report{}).Passed() {
		t.Error("a run that was not judged passes")
	}
}

func TestFilesAndChanges(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r, file := good(), filepath.Join(folder, "report.json")
	r.Judge(Thresholds(3))
	if err := r.WriteJSON(file); err != nil {
		t.Fatal(err)
	}
	old, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, old); diff != "" {
		t.Errorf("(-written +read)\n%s", diff)
	}
	r.Figures[2].Value = 300
	r.Add("new", "s", 1)
	changes := r.Compare(old)
	want := []Change{
		{ErrorPart, "%", 0.4, 0.4, 0, false}, {HitPart, "%", 86, 86, 0, false}, {P99, "ms", 400, 300, -25, false},
		{LagP99, "ms", 900, 900, 0, false}, {AchievedPart, "%", 99, 99, 0, false}, {"new", "s", 0, 1, 0, true},
	}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	page := filepath.Join(folder, "report.html")
	if err := r.WritePage(page, changes); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<svg", "post &lt;&amp;", "-25.0 %", "a note", "commit abc", "503 x"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	for _, part := range []string{"<script", "src=", "href=", "NaN"} {
		if strings.Contains(string(text), part) {
			t.Errorf("the page has %q", part)
		}
	}
	if _, err := Read(page); err == nil {
		t.Error("a page was read as a report")
	}
}

// What the same calls ask for may not grow with the number of organisations; as much, or less, is well.
func TestGrowth(t *testing.T) {
	t.Parallel()
	run := func(organisations int, rpcs, rows, bytes, allocations float64) *Report {
		r := good()
		r.Organisations, r.SameAllocations = organisations, allocations
		r.Same = []Cost{{Function: "post", RPCs: 1, Rows: rows, Sent: bytes}, {Function: "daily", RPCs: rpcs, Written: 1, Received: 10}}
		r.Judge(Thresholds(1))
		return r
	}
	within := func(deviation float64, r *Report) *Report {
		r.SameAllocationsWithin = deviation
		return r
	}
	old := run(50_000, 2, 30, 1000, 500)
	for _, x := range []struct {
		now   *Report
		short []string
	}{
		{run(1_000_000, 2, 30, 1000, 500), nil},
		{run(1_000_000, 2, 29, 1010, 400), nil}, // bytes by 1 %: a slope of 0.003
		{run(1_000_000, 2.1, 30, 1000, 500), []string{"RPCs"}},
		{run(1_000_000, 2, 31, 1020, 510), []string{"rows", "bytes", "allocations"}},
		{within(2, run(1_000_000, 2, 30, 1000, 510)), nil}, // 0.0066 within 0.0013
		{within(1, run(1_000_000, 2, 30, 1000, 512)), []string{"allocations"}},
		{run(1_000_000, 2, 30, 1000, 0), []string{"allocations"}}, // not measured
	} {
		x.now.JudgeGrowth(old)
		if len(x.now.Checks) != 10 {
			t.Fatalf("%d checks", len(x.now.Checks))
		}
		if err := x.now.WriteJSON(filepath.Join(t.TempDir(), "report.json")); err != nil {
			t.Error(err)
		}
		var short []string
		for _, c := range x.now.Checks {
			if !c.Good {
				short = append(short, strings.Fields(c.Name)[2])
			}
		}
		if diff := cmp.Diff(x.short, short); diff != "" {
			t.Errorf("(-want +got)\n%s\n%v", diff, x.now.Checks)
		}
	}
	again := run(50_000, 9, 9, 9, 9)
	if again.JudgeGrowth(old); len(again.Checks) != 6 {
		t.Error("runs with as many organisations are judged by growth")
	}
	uncounted := good()
	if uncounted.Judge(Thresholds(1)); len(uncounted.Checks) != 6 {
		t.Error(uncounted.Checks)
	}
	if uncounted.JudgeGrowth(old); len(uncounted.Checks) != 6 {
		t.Error("a run without counted calls is judged by growth")
	}
}
