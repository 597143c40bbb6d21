// Package otlp is a collector of OpenTelemetry for tests: it takes metrics and spans over HTTP, as a
// backend does, and says what has come.
package otlp

import (
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Metric is what is known of one instrument: sums and gauges by their last value, histograms by their
// count, each added up over all attributes.
type Metric struct {
	Unit       string
	Total      float64
	Attributes []string // their keys
}

// Collector takes what is exported.
type Collector struct {
	URL     string
	mu      sync.Mutex
	metrics map[string]Metric
	spans   []*tracepb.Span
	exports int
}

// New starts a collector that ends with the test.
func New(t testing.TB) *Collector {
	t.Helper()
	c, end := start()
	t.Cleanup(end)
	return c
}

func start() (c *Collector, end func()) {
	c = &Collector{metrics: map[string]Metric{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/metrics", func(w http.ResponseWriter, r *http.Request) {
		var request collectormetrics.ExportMetricsServiceRequest
		if read(w, r, &request) {
			c.takeMetrics(&request)
			answer(w, &collectormetrics.ExportMetricsServiceResponse{})
		}
	})
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, r *http.Request) {
		var request collectortrace.ExportTraceServiceRequest
		if read(w, r, &request) {
			c.takeSpans(&request)
			answer(w, &collectortrace.ExportTraceServiceResponse{})
		}
	})
	s := httptest.NewServer(mux)
	c.URL = s.URL
	return c, s.Close
}

func read(w http.ResponseWriter, r *http.Request, into proto.Message) bool {
	var body io.Reader = r.Body
	var err error
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, err = gzip.NewReader(r.Body)
	}
	var text []byte
	if err == nil {
		text, err = io.ReadAll(body)
	}
	if err == nil {
		err = proto.Unmarshal(text, into)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

func answer(w http.ResponseWriter, m proto.Message) {
	w.Header().Set("Content-Type", "application/x-protobuf")
	text, _ := proto.Marshal(m)
	_, _ = w.Write(text)
}

func (c *Collector) takeMetrics(r *collectormetrics.ExportMetricsServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.exports++
	fresh := map[string]Metric{}
	for _, resource := range r.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			for _, m := range scope.GetMetrics() {
				x := fresh[m.GetName()]
				x.Unit = m.GetUnit()
				x.add(m)
				fresh[m.GetName()] = x
			}
		}
	}
	maps.Copy(c.metrics, fresh)
}

// add takes the points of a metric; all are cumulative.
func (x *Metric) add(m *metricspb.Metric) {
	number := func(points []*metricspb.NumberDataPoint) {
		for _, p := range points {
			x.Total += p.GetAsDouble() + float64(p.GetAsInt())
			x.attributes(p.GetAttributes())
		}
	}
	number(m.GetSum().GetDataPoints())
	number(m.GetGauge().GetDataPoints())
	for _, p := range m.GetHistogram().GetDataPoints() {
		x.Total += float64(p.GetCount())
		x.attributes(p.GetAttributes())
	}
}

func (x *Metric) attributes(all []*commonpb.KeyValue) {
	for _, a := range all {
		if !slices.Contains(x.Attributes, a.GetKey()) {
			x.Attributes = append(x.Attributes, a.GetKey())
		}
	}
}

func (c *Collector) takeSpans(r *collectortrace.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range r.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// Metrics is what has come of all instruments, by name: of each the last export that had it.
func (c *Collector) Metrics() map[string]Metric {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.metrics)
}

// Spans is all spans that have come.
func (c *Collector) Spans() []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// Exports is how many exports of metrics have come.
func (c *Collector) Exports() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exports
}
