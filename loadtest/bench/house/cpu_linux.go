package house

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc: USER_HZ, which is 100 on every platform that Go knows.
const tick = 10 * time.Millisecond

// childCPU is the processor time of the process that was started to listen on an address.
func childCPU(addr string) time.Duration {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is good
	for _, file := range all {
		line, err := os.ReadFile(file)
		if err == nil && bytes.Contains(line, []byte(addr+"\x00")) && bytes.Contains(line, []byte("emulator")) {
			return used(filepath.Join(filepath.Dir(file), "stat"))
		}
	}
	return 0
}

// used is user and system time of /proc/PID/stat; the fields are counted behind the command's name,
// which stands in brackets.
func used(stat string) time.Duration {
	text, err := os.ReadFile(stat)
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick
}
