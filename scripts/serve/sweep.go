package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"innkeep.internal/functions"
)

// sweepSlack is what a function's answer may take beyond its time-out.
const sweepSlack = 2 * time.Second

// sweeper stands for Cloud Scheduler: it posts to each function with a schedule at its times.
type sweeper struct {
	post func(ctx context.Context, f functions.Function) error
}

// run sweeps until ctx ends, and returns when the sweeps that are under way then have been answered.
func (s sweeper) run(ctx context.Context, all []functions.Function) {
	var running sync.WaitGroup
	for _, f := range all {
		if f.Schedule != "" {
			running.Go(func() { s.repeat(ctx, f) })
		}
	}
	running.Wait()
}

// repeat is one function's sweeps, one after the other: the times that pass while one runs are left
// out.
func (s sweeper) repeat(ctx context.Context, f functions.Function) {
	var due time.Time
	for {
		now := time.Now()
		if now.Before(due) { // the clock was set back
			now = due
		}
		var err error
		if due, err = f.Schedule.Next(now); err != nil {
			slog.ErrorContext(ctx, "no sweeps", slog.String("function", f.Name), slog.Any("error", err))
			return
		}
		timer := time.NewTimer(time.Until(due))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if err := s.post(context.WithoutCancel(ctx), f); err != nil {
			slog.WarnContext(ctx, "a sweep failed", slog.String("function", f.Name), slog.Any("error", err))
		}
	}
}

// sweep keeps the schedules until ctx ends or stop is called, which waits for the sweeps under way.
func (s *server) sweep(ctx context.Context, c functions.Catalogue) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		sweeper{s.postSweep}.run(ctx, c.Functions)
	}()
	return func() {
		cancel()
		<-done
	}
}

// postSweep is one sweep over HTTP. A function's error is told by its own log, so the status is enough.
func (s *server) postSweep(ctx context.Context, f functions.Function) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(f.TimeoutSeconds)*time.Second+sweepSlack)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.functionURL(f), strings.NewReader(`{"sweep":true}`))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is used again
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the function answered %s", answer.Status)
	}
	return nil
}
