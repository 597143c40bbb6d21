package telemetry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/httptransport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	// endpointEnv is where OTLP goes, as OpenTelemetry names it; without it nothing is exported, and
	// instruments and spans cost some nanoseconds.
	endpointEnv = "OTEL_EXPORTER_OTLP_ENDPOINT"
	// intervalEnv is the time between two exports in milliseconds, as OpenTelemetry names it.
	intervalEnv = "OTEL_METRIC_EXPORT_INTERVAL"
	// defaultInterval is what the shortest alert needs: its window is some minutes.
	defaultInterval = time.Minute
	// exportTimeout bounds one export.
	exportTimeout = 5 * time.Second
	// flushWait is what a request waits at its end for an export that began with it.
	flushWait = 500 * time.Millisecond
	// sampledRatio is the share of requests with a trace where the caller has decided nothing.
	sampledRatio = 0.01
	// googleScope is what Google's OTLP endpoint asks for.
	googleScope = "https://www.googleapis.com/auth/cloud-platform"
)

// Exports is what leaves the process: metrics and traces, by OTLP.
//
// An instance may have no CPU between requests, so nothing leaves it by a clock alone: an export that is
// due begins with a request, runs beside it, and is waited for a moment before the answer; while requests
// are open, streams for instance, a clock asks as well. What is measured after the last request leaves
// when the instance is told to end.
type Exports struct {
	interval time.Duration
	reader   *sdkmetric.ManualReader
	metrics  *sdkmetric.MeterProvider
	to       sdkmetric.Exporter
	traces   *sdktrace.TracerProvider
	active   atomic.Int64 // requests
	last     atomic.Int64 // when an export began, ns since 1970
	turn     sync.Mutex   // one export at a time
	stop     context.CancelFunc
	stopped  chan struct{}
}

// current is the process's exports; nil where there are none.
var current atomic.Pointer[Exports]

// Start begins to export to where OTEL_EXPORTER_OTLP_ENDPOINT says, and makes that OpenTelemetry's global
// providers; nil where it says nothing. Resource, headers, time-outs and the sampler are taken from
// OpenTelemetry's own variables. Google's endpoint is called with the instance's own credentials.
func Start(ctx context.Context) (*Exports, error) {
	endpoint := os.Getenv(endpointEnv)
	if endpoint == "" {
		return nil, nil
	}
	interval, err := interval()
	if err != nil {
		return nil, err
	}
	client, err := clientFor(endpoint)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	e := &Exports{interval: interval, reader: sdkmetric.NewManualReader(), stopped: make(chan struct{})}
	res, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.instance.id", strings.ToLower(rand.Text())),
		attribute.String("service.version", os.Getenv("K_REVISION"))), resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	if e.to, err = otlpmetrichttp.New(ctx, metricOptions(client)...); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	spans, err := otlptracehttp.New(ctx, traceOptions(client)...)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	e.metrics = sdkmetric.NewMeterProvider(sdkmetric.WithReader(e.reader), sdkmetric.WithResource(res))
	options := []sdktrace.TracerProviderOption{sdktrace.WithBatcher(spans), sdktrace.WithResource(res)}
	if os.Getenv("OTEL_TRACES_SAMPLER") == "" {
		options = append(options, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(sampledRatio))))
	}
	e.traces = sdktrace.NewTracerProvider(options...)
	otel.SetMeterProvider(e.metrics)
	otel.SetTracerProvider(e.traces)
	e.last.Store(time.Now().UnixNano())
	ctx, e.stop = context.WithCancel(context.WithoutCancel(ctx))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { slog.WarnContext(ctx, "telemetry", "error", err.Error()) }))
	go e.watch(ctx)
	current.Store(e)
	return e, nil
}

func interval() (time.Duration, error) {
	text := os.Getenv(intervalEnv)
	if text == "" {
		return defaultInterval, nil
	}
	ms, err := strconv.Atoi(text)
	if err != nil || ms < 1 {
		return 0, fmt.Errorf("telemetry: %s is no number of milliseconds", intervalEnv)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// clientFor is the HTTP client of an endpoint; nil for the exporters' own.
func clientFor(endpoint string) (*http.Client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || !strings.HasSuffix(u.Hostname(), ".googleapis.com") {
		return nil, err
	}
	return httptransport.NewClient(&httptransport.Options{
		DetectOpts: &credentials.DetectOptions{Scopes: []string{googleScope}}, DisableTelemetry: true,
	})
}

func metricOptions(client *http.Client) []otlpmetrichttp.Option {
	o := []otlpmetrichttp.Option{otlpmetrichttp.WithTimeout(exportTimeout)}
	if client != nil {
		o = append(o, otlpmetrichttp.WithHTTPClient(client))
	}
	return o
}

func traceOptions(client *http.Client) []otlptracehttp.Option {
	o := []otlptracehttp.Option{otlptracehttp.WithTimeout(exportTimeout)}
	if client != nil {
		o = append(o, otlptracehttp.WithHTTPClient(client))
	}
	return o
}

// Flush exports what was measured so far; it does nothing where there are no exports. For functions
// whose figures are wanted at once: those that measure the installation.
func Flush(ctx context.Context) error {
	if e := current.Load(); e != nil {
		return e.Flush(ctx)
	}
	return nil
}

// Flush exports what was measured so far.
func (e *Exports) Flush(ctx context.Context) error {
	e.turn.Lock()
	defer e.turn.Unlock()
	ctx, cancel := context.WithTimeout(ctx, exportTimeout)
	defer cancel()
	e.last.Store(time.Now().UnixNano())
	var all metricdata.ResourceMetrics
	err := e.reader.Collect(ctx, &all)
	if err == nil {
		err = e.to.Export(ctx, &all)
	}
	return errors.Join(err, e.traces.ForceFlush(ctx))
}

// due begins an export when the last one is long enough ago; the channel is closed when it has ended, and nil
// where none has begun.
func (e *Exports) due(ctx context.Context) chan struct{} {
	last, now := e.last.Load(), time.Now()
	if now.Sub(time.Unix(0, last)) < e.interval || !e.last.CompareAndSwap(last, now.UnixNano()) {
		return nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := e.Flush(context.WithoutCancel(ctx)); err != nil {
			slog.WarnContext(ctx, "metrics did not leave", "error", err.Error())
		}
	}()
	return done
}

// watch exports by a clock while requests are open.
func (e *Exports) watch(ctx context.Context) {
	defer close(e.stopped)
	tick := time.NewTicker(e.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if e.active.Load() > 0 {
				e.due(ctx)
			}
		}
	}
}

// Close exports what is left and ends. Instruments go on without effect.
func (e *Exports) Close(ctx context.Context) error {
	e.stop()
	<-e.stopped
	current.CompareAndSwap(e, nil)
	err := e.Flush(ctx)
	return errors.Join(err, e.metrics.Shutdown(ctx), e.to.Shutdown(ctx), e.traces.Shutdown(ctx))
}
