package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"

	"innkeep.internal/loadtest/measure"
	"innkeep.internal/loadtest/report"
)

// memory are the processes' memory and processors, and who bounded the run.
func (s *session) memory(m *measured) {
	looks := measure.Between(m.sampler.Samples(), m.from, m.to)
	if len(looks) < 2 {
		return
	}
	last, cores := looks[len(looks)-1], measure.Cores(looks)
	own := 0.0
	for _, name := range processes {
		if n, ok := last.Resident[name]; ok {
			s.report.Add("memory of "+name, "MiB", float64(n)/(1<<20))
			s.report.Add("processors of "+name, "cores", cores[name])
			own += cores[name]
		}
	}
	cores["others"] = max(0, cores["all"]-own)
	s.report.Add("processors of other programs", "cores", cores["others"])
	achieved, _ := s.report.Value(report.AchievedPart)
	s.report.Bound = bound(cores, float64(runtime.NumCPU()), achieved)
}

// processes are those of a run.
var processes = []string{"server", "spanner", "firestore", "pubsub", "generator"}

// bound says what bounded the run: cores are the processors that each process had, of those that there are;
// achieved is the part of the calls in percent that were answered in time.
func bound(cores map[string]float64, machine, achieved float64) string {
	parts := []struct {
		name  string
		cores float64
	}{
		{"ours, the server", cores["server"]}, {"the emulators", cores["spanner"] + cores["firestore"] + cores["pubsub"]},
		{"the generator", cores["generator"]}, {"other programs", cores["others"]},
	}
	slices.SortStableFunc(parts, func(a, b struct {
		name  string
		cores float64
	}) int {
		return cmp.Compare(b.cores, a.cores)
	})
	text := ""
	for i, p := range parts {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s %.2f", p.name, p.cores)
	}
	busy := fmt.Sprintf("of %.0f cores %.2f were busy: %s", machine, cores["all"], text)
	switch {
	case achieved >= 95:
		return "Nothing bounded it, all that was offered was answered; " + busy + "."
	case cores["all"] >= 0.9*machine:
		return "The processors bounded it, most of them " + parts[0].name + "; " + busy + "."
	case cores["spanner"] >= 0.8:
		return "The emulator of Spanner bounded it, which does one read-write transaction at a time; " + busy + "."
	}
	return "Waiting bounded it, not the processors; " + busy + "."
}
