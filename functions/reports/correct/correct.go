package correct

import (
	"context"
	"errors"
	"net/http"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/pushfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

// sweepTime is what a sweep keeps of its 15 s for the comparison, however much there is to repair: a
// long queue must not hide what else is wrong.
const sweepTime = 6 * time.Second

// New makes the function on a backend.
func New(source api.Source) http.Handler {
	f := function{source}
	terms := api.Reports(priority.Rebuild)
	return pushfn.New("correct", pushfn.Options{Timeout: terms.Timeout, Guard: terms.Guard("correct"), Push: f.queued, Sweep: f.sweep})
}

type function struct{ source api.Source }

// queued repairs where 100 corrections wait. The message says no more than that there may be.
func (f function) queued(ctx context.Context, _ pushfn.Message) error {
	b, err := f.source(ctx)
	if err == nil {
		_, err = b.Corrections.Flush(ctx)
	}
	return err
}

// sweep repairs what has waited long enough, and goes on with the comparison.
func (f function) sweep(ctx context.Context) error {
	b, err := f.source(ctx)
	if err != nil {
		return err
	}
	repairs, cancel := context.WithTimeout(ctx, api.ReportTimeout-sweepTime)
	defer cancel()
	_, err = b.Corrections.Flush(repairs)
	return errors.Join(err, b.Corrections.Sweep(ctx))
}
