package edge_test

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// timed is how long a call takes a caller with an open connection.
func (c caller) timed(base string) time.Duration {
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, base+"/v1/finance/approval-policy", http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	began := time.Now()
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, a.Body)
	took := time.Since(began)
	_ = a.Body.Close()
	if err != nil || a.StatusCode != http.StatusOK {
		c.t.Fatal(a.Status, err)
	}
	return took
}

// BenchmarkAddedLatency calls a function through the door and directly, in turns, the first of each pair
// by turns as well. The call is one that the function answers from memory, so that the database's own
// time does not hide the way. Bound: 2 ms at the median and 5 ms at the 99th percentile.
//
//	go test ./functions/gateway/edge -run '^$' -bench AddedLatency -benchtime 4000x
func BenchmarkAddedLatency(b *testing.B) {
	p := newProduct(b, nil)
	us, _ := p.founder("org-a")
	direct, through, added := make([]float64, b.N), make([]float64, b.N), make([]float64, b.N)
	for range 200 { // connections and caches
		us.timed(p.door)
		us.timed(p.inside + "/approvals")
	}
	b.ResetTimer()
	for i := range b.N {
		var d, t time.Duration
		if i%2 == 0 {
			d, t = us.timed(p.inside+"/approvals"), us.timed(p.door)
		} else {
			t, d = us.timed(p.door), us.timed(p.inside+"/approvals")
		}
		direct[i], through[i], added[i] = d.Seconds()*1e6, t.Seconds()*1e6, (t-d).Seconds()*1e6
	}
	at := func(all []float64, percent int) float64 {
		slices.Sort(all)
		return all[min(len(all)-1, len(all)*percent/100)]
	}
	b.ReportMetric(at(direct, 50), "direct-p50-us")
	b.ReportMetric(at(direct, 99), "direct-p99-us")
	b.ReportMetric(at(through, 50), "through-p50-us")
	b.ReportMetric(at(through, 99), "through-p99-us")
	b.ReportMetric(at(through, 50)-at(direct, 50), "added-p50-us")
	b.ReportMetric(at(through, 99)-at(direct, 99), "added-p99-us")
	b.ReportMetric(at(added, 50), "pairs-p50-us")
	b.ReportMetric(at(added, 99), "pairs-p99-us")
}
