// Package measure takes what a load test does to the machine and the installation: memory and processor
// time of each process, how far the feed is, and the load test's own floor.
package measure

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor time in /proc: USER_HZ, which is 100 on every Linux for programs.
const tick = 10 * time.Millisecond

// ErrNoProc means that this machine does not show its processes.
var ErrNoProc = errors.New("there is no /proc here: memory and processor time of other processes cannot be seen")

// Resident is a process's memory in bytes.
func Resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, errors.Join(ErrNoProc, err)
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, ErrNoProc
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// Processor is the time that a process has had.
func Processor(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, errors.Join(ErrNoProc, err)
	}
	_, after, ok := bytes.Cut(text, []byte(") ")) // the name before it may hold blanks
	fields := strings.Fields(string(after))
	if !ok || len(fields) < 13 {
		return 0, ErrNoProc
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, errors.Join(err, err2)
}

// Busy is the time that the processors of the machine have not been idle, all together.
func Busy() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, errors.Join(ErrNoProc, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	var busy int64
	for i, f := range fields {
		if i == 0 || i == 4 || i == 5 || i > 8 { // the name, idle, waiting for a disk, guests (counted before)
			continue
		}
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		busy += n
	}
	return time.Duration(busy) * tick, nil
}

// Machine is what the run stood on.
type Machine struct {
	Model     string  `json:"model"`
	Cores     int     `json:"cores"`
	MemoryGiB float64 `json:"memoryGiB"`
	Go        string  `json:"go"`
	// LoopNanos is how long one round of a fixed loop of one core takes: the same figure says that two
	// runs had equal machines.
	LoopNanos float64 `json:"loopNanos"`
}

// Calibrate looks at the machine; it takes about half a second of one core.
func Calibrate() Machine {
	m := Machine{Model: "unknown", Cores: runtime.NumCPU(), Go: runtime.Version(), LoopNanos: loop()}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.Model = strings.TrimSpace(value)
				break
			}
		}
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			kib, _ := strconv.ParseFloat(fields[1], 64)
			m.MemoryGiB = kib / (1 << 20)
		}
	}
	return m
}

// loop is the best of some tries, in nanoseconds a round.
func loop() float64 {
	const rounds, tries = 20_000_000, 5
	best := time.Hour
	for range tries {
		began, x := time.Now(), uint64(1)
		for range rounds {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
		}
		if took := time.Since(began); x != 0 {
			best = min(best, took)
		}
	}
	return float64(best.Nanoseconds()) / rounds
}
