package counters

import (
	"encoding/json"
	"net/http"
	"os"
	"runtime/metrics"
	"time"
)

// Reading is what a server has done since it began, and the processes that its load stands in.
type Reading struct {
	At               time.Time           `json:"at"`
	Functions        map[string]Function `json:"functions"`
	AllocatedBytes   uint64              `json:"allocatedBytes"` // by the whole process, since its start
	AllocatedObjects uint64              `json:"allocatedObjects"`
	HeapBytes        uint64              `json:"heapBytes"` // live at present
	Goroutines       uint64              `json:"goroutines"`
	Processes        map[string]int      `json:"processes"` // ids, by name; those of this machine
}

// Source answers a GET with a reading; processes names those that stand beside this one.
func (c *Counters) Source(processes func() map[string]int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		r := Reading{At: time.Now().UTC(), Functions: c.Read(), Processes: processes()}
		r.Processes["server"] = os.Getpid()
		samples := []metrics.Sample{
			{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/allocs:objects"},
			{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"},
		}
		metrics.Read(samples)
		for i, to := range []*uint64{&r.AllocatedBytes, &r.AllocatedObjects, &r.HeapBytes, &r.Goroutines} {
			if samples[i].Value.Kind() == metrics.KindUint64 {
				*to = samples[i].Value.Uint64()
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(r) // a caller who went away is none of ours
	})
}
