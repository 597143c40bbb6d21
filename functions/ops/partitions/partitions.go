package partitions

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/config"
	"innkeep.internal/shared/platform/lazy"
	"innkeep.internal/shared/platform/pushfn"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/splits"
	"innkeep.internal/shared/store/partitionstore"
)

// settings are the function's own configuration.
type settings struct {
	// Split says that split points are wanted. An instance of Spanner of less than 6 nodes is better
	// without: Spanner advises ten points a node, and divides a small one fast enough by itself.
	Split bool `env:"INNKEEP_SPLIT_POINTS"`
}

// New makes the function on a backend.
func New(source api.Source) http.Handler {
	terms := api.Ops(priority.Rebuild)
	return pushfn.New("partitions", pushfn.Options{
		Timeout: terms.Timeout, Guard: terms.Guard("partitions"), Sweep: newFunction(source, openSplitter).sweep,
	})
}

// openSplitter gives no splitter where split points are not wanted, or cannot be: the emulator has none.
func openSplitter(ctx context.Context, b *api.Backend) (partitionstore.Splitter, error) {
	c, err := config.Load[settings](ctx)
	switch {
	case err != nil:
		return nil, err
	case !c.Split:
		slog.InfoContext(ctx, "split points are left to Spanner", "reason", "INNKEEP_SPLIT_POINTS is not true")
		return nil, nil
	case spannerdb.IsEmulator():
		slog.InfoContext(ctx, "split points are left out", "reason", "the emulator of Spanner has none")
		return nil, nil
	}
	return splits.Open(ctx, b.DB.Name())
}

func newFunction(source api.Source, open func(context.Context, *api.Backend) (partitionstore.Splitter, error)) *function {
	f := &function{source: source}
	f.splitter = lazy.New(func(ctx context.Context) (partitionstore.Splitter, error) {
		b, err := source(ctx)
		if err != nil {
			return nil, err
		}
		return open(ctx, b)
	})
	return f
}

type function struct {
	source   api.Source
	splitter *lazy.Value[partitionstore.Splitter]
}

// sweep renews split points first: they end at a time, periods are a year ahead.
func (f *function) sweep(ctx context.Context) error {
	b, err := f.source(ctx)
	if err != nil {
		return err
	}
	s := partitionstore.New(b.DB, b.Now)
	err = f.split(ctx, s)
	pass, keepErr := s.KeepAhead(ctx, false)
	if pass.Properties > 0 {
		slog.InfoContext(ctx, "periods are kept ahead", "properties", pass.Properties, "made", pass.Periods, "ended", pass.Ended)
	}
	return errors.Join(err, keepErr)
}

func (f *function) split(ctx context.Context, s *partitionstore.Store) error {
	by, err := f.splitter.Get(ctx)
	if err != nil || by == nil {
		return err
	}
	renewed, err := s.RenewSplits(ctx, by)
	if len(renewed) > 0 {
		slog.InfoContext(ctx, "split points are renewed", "targets", renewed)
	}
	return err
}
