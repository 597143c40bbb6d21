package telemetry

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// lastBreath is what an instance of Cloud Run may use after it was told to end: 10 s, less what its end
// itself takes.
const lastBreath = 8 * time.Second

// instance prepares a deployed instance at its first request: its log's form, its exports, its end.
// Elsewhere, in tests and on one machine, it does nothing but begin exports that are asked for.
func instance(ctx context.Context) {
	deployed := os.Getenv("K_SERVICE") != ""
	if deployed {
		slog.SetDefault(slog.New(NewHandler(os.Stdout, os.Getenv("INNKEEP_PROJECT"), slog.LevelInfo)))
	}
	if current.Load() == nil {
		if _, err := Start(ctx); err != nil {
			slog.ErrorContext(ctx, "nothing is exported", "error", err.Error()) // requests are served all the same
		}
	}
	if deployed {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		go end(ctx, signals)
	}
}

var first sync.Once

// end lets open requests finish, exports what is left, and ends the process as the signal would have.
func end(ctx context.Context, signals chan os.Signal) {
	<-signals
	ctx, cancel := context.WithTimeout(ctx, lastBreath)
	defer cancel()
	if e := current.Load(); e != nil {
		e.settle(ctx)
		if err := e.Close(ctx); err != nil {
			slog.WarnContext(ctx, "the last metrics did not leave", "error", err.Error())
		}
	}
	os.Exit(0) //nolint:forbidigo // as the signal would have
}

// settle waits until no request is open, or half of the time has gone.
func (e *Exports) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lastBreath/2)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for e.active.Load() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
