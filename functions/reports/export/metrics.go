package export

import (
	"context"
	"io"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of exports; without a provider they do nothing.
var (
	meter       = otel.Meter("innkeep.internal/functions/reports/export")
	duration, _ = meter.Float64Histogram("innkeep.exports.duration", metric.WithUnit("s"),
		metric.WithDescription("From the first byte that was made of a file to its end, by report, format and whether it was finished."))
	size, _ = meter.Int64Histogram("innkeep.exports.size", metric.WithUnit("By"),
		metric.WithDescription("Bytes of files, by report, format and whether they were finished."))
)

// measured is write with its time and size told.
func measured(ctx context.Context, in *input, write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		began := time.Now()
		c := &counting{w: w}
		err := write(c)
		told := metric.WithAttributes(attribute.String("innkeep.report", in.Report), attribute.String("innkeep.format", in.Format),
			attribute.Bool("innkeep.finished", err == nil))
		ctx := context.WithoutCancel(ctx)
		duration.Record(ctx, time.Since(began).Seconds(), told)
		size.Record(ctx, c.n, told)
		return err
	}
}

// counting counts what is written.
type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
