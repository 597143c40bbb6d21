package document_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"innkeep.internal/shared/platform/document"
)

// formatToMeasure makes this binary write a long document in that format and say what it cost.
const formatToMeasure = "INNKEEP_TEST_FORMAT"

const (
	longRows   = 100_000 // the postings of a year of a large property
	peakLimit  = 256     // MiB: half of an instance's memory
	peakWanted = 48      // MiB, with what a test binary takes by itself; the race detector takes more
)

// TestPeak measures the memory of a process that writes a year of entries in each format, everything
// that the process takes from the system included. Nothing is put on a disk, which would be memory in
// the cloud: the formats have no temporary files.
func TestPeak(t *testing.T) {
	if format := os.Getenv(formatToMeasure); format != "" {
		writeLong(t, format)
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process is read from /proc")
	}
	if testing.Short() {
		t.Skip("writes 100,000 rows in each format")
	}
	for format := range formats {
		t.Run(format, func(t *testing.T) {
			temporary := t.TempDir()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPeak$", "-test.v")
			cmd.Env = append(os.Environ(), formatToMeasure+"="+format, "TMPDIR="+temporary)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			peak, size := measured(t, string(out), "peak KiB:"), measured(t, string(out), "bytes:")
			t.Logf("%s: peak %d MiB, %d MiB written", format, peak>>10, size>>20)
			limit := int64(peakWanted)
			if raceEnabled {
				limit = peakLimit
			}
			if peak>>10 > limit || size < 1<<20 {
				t.Errorf("peak %d MiB for a file of %d MiB, limit %d", peak>>10, size>>20, limit)
			}
		})
	}
}

func measured(t *testing.T, out, label string) int64 {
	t.Helper()
	_, rest, _ := strings.Cut(out, label)
	number, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatalf("%s is not in %s", label, out)
	}
	return n
}

func writeLong(t *testing.T, format string) {
	n := counter(0)
	err := formats[format](&n, document.Document{Title: "A year", Sections: []document.Section{{
		Title: "Postings", Columns: postingColumns(), Rows: entries(longRows), Total: "Total",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("temporary files: %v, %v", left, err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(strings.TrimSpace(peak), " ")
	_, _ = fmt.Fprintf(os.Stdout, "peak KiB:%s\nbytes:%d\n", peak, n)
}
