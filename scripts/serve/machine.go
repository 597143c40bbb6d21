package main

import (
	"runtime"
	"time"

	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/bulkhead"
)

const (
	// callsPerCore work at once for each processor: a call waits for the emulators for most of its time, and
	// beyond this many each only makes the others slower.
	callsPerCore = 16
	// pushesPerCore are those of Pub/Sub and of the schedules, apart from calls: a feed that has fallen behind
	// would leave reports no place. It catches up by larger batches, not by more of them at once.
	pushesPerCore = 4
	machineQueue  = 1000
	machineWait   = 5 * time.Second
)

// machine bounds what works at once in this process. In the cloud each function has processors of its
// own, and its own bulkhead bounds it; here reports that fill theirs would leave posts none.
type machine struct{ calls, pushes *bulkhead.Bulkhead }

func newMachine() machine {
	places := func(name string, perCore int) *bulkhead.Bulkhead {
		p := resilience.Policy{Concurrent: perCore * runtime.GOMAXPROCS(0), Queue: machineQueue, Wait: machineWait}
		return p.Bulkhead("machine/" + name)
	}
	return machine{places("calls", callsPerCore), places("pushes", pushesPerCore)}
}
