package main

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/loadtest/report"
	"innkeep.internal/scripts/serve/counters"
)

// What looks and idle seconds take is not the calls'; what falls into one organisation's calls moves no median.
func TestSpans(t *testing.T) {
	t.Parallel()
	begin := time.Unix(0, 0)
	var all []counters.Reading
	for i, objects := range []uint64{1000, 1800, 2600, 9000, 9800} {
		all = append(all, counters.Reading{At: begin.Add(time.Duration(i) * 2 * time.Second), AllocatedObjects: objects})
	}
	got := spans(all, 100, 50)
	if diff := cmp.Diff([]float64{600, 600, 6200, 600}, got); diff != "" {
		t.Error(diff)
	}
	if mean, within := usualOf(got); mean != 600 || within != 0 {
		t.Errorf("%v within %v", mean, within)
	}
	if mean, within := usualOf([]float64{8, 12, 10, 6, 14, 90}); mean != 10 || math.Abs(within-math.Sqrt2) > 1e-9 { // variance 10, of 5
		t.Errorf("%v within %v", mean, within)
	}
}

func TestMiddle(t *testing.T) {
	t.Parallel()
	got := middle([]report.Cost{{RPCs: 2, Rows: 3, Sent: 10, Received: 1}, {RPCs: 9, Rows: 3, Sent: 11, Received: 1, Written: 4}, {RPCs: 2, Rows: 30, Sent: 12, Written: 4}})
	if diff := cmp.Diff(report.Cost{RPCs: 2, Rows: 3, Written: 4, Sent: 11, Received: 1}, got); diff != "" {
		t.Error(diff)
	}
}

// Of what a server has done only what the driven functions asked for counts, and only since the first reading.
func TestAsked(t *testing.T) {
	t.Parallel()
	at := func(n int64) counters.Reading {
		of := func(k int64) counters.Function {
			return counters.Function{Calls: k, RPCs: map[string]int64{"Commit": k, "StreamingRead": 2 * k}, SentBytes: 10 * k, ReceivedBytes: 20 * k, RowsRead: 3 * k, RowsWritten: 4 * k}
		}
		return counters.Reading{Functions: map[string]counters.Function{"revenues": of(n), "export": of(2 * n), "project": of(100 * n)}}
	}
	want := report.Cost{Calls: 12, RPCs: 36, Rows: 36, Written: 48, Sent: 120, Received: 240}
	if diff := cmp.Diff(want, asked(at(3), at(7))); diff != "" {
		t.Error(diff)
	}
}
