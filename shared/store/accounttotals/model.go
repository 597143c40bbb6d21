package accounttotals

import (
	"context"
	"sync"
	"time"

	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/feed"
)

const models = "ReadModels"

var modelColumns = []string{"LiveGeneration", "ShadowGeneration", "OldGeneration", "SwappedBy", "SwappedAt"}

// Model is which generations there are: a row of ReadModels.
type Model struct {
	Live      int64
	Shadow    int64 // that is being built; 0 for none
	Old       int64 // whose rows are being deleted; 0 for none
	SwappedBy string
	SwappedAt time.Time // of the last swap; zero where there was none
}

// ReadModel is the row at the snapshot's moment; without one the first generation is live.
func ReadModel(ctx context.Context, s *spannerdb.Snapshot) (Model, error) {
	m := Model{Live: 1}
	err := s.Read(ctx, models, spanner.Key{Name}, modelColumns, &spanner.ReadOptions{RequestTag: "readmodels"}, m.read)
	return m, err
}

func (m *Model) read(r *spanner.Row) error {
	var shadow, old spanner.NullInt64
	var by spanner.NullString
	var at spanner.NullTime
	err := r.Columns(&m.Live, &shadow, &old, &by, &at)
	m.Shadow, m.Old, m.SwappedBy, m.SwappedAt = shadow.Int64, old.Int64, by.StringVal, at.Time.UTC()
	return err
}

// runners holds the runner of the generation that was live last.
type runners struct {
	mu         sync.Mutex
	generation int64
	runner     *feed.Runner
}

func (r *runners) of(generation int64, create func() *feed.Runner) *feed.Runner {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runner == nil || r.generation != generation {
		r.generation, r.runner = generation, create()
	}
	return r.runner
}

func (m Model) mutation() *spanner.Mutation {
	return spanner.InsertOrUpdate(models, []string{"ReadModel", "LiveGeneration", "ShadowGeneration", "OldGeneration"},
		[]any{Name, m.Live, number(m.Shadow), number(m.Old)})
}

func number(n int64) spanner.NullInt64 { return spanner.NullInt64{Int64: n, Valid: n != 0} }

// lockedModel is the row in a transaction that will change it.
func lockedModel(ctx context.Context, tx *spanner.ReadWriteTransaction) (Model, error) {
	m := Model{Live: 1}
	opts := &spanner.ReadOptions{LockHint: sppb.ReadRequest_LOCK_HINT_EXCLUSIVE}
	err := tx.ReadWithOptions(ctx, models, spanner.Key{Name}, modelColumns, opts).Do(m.read)
	return m, err
}

// swap makes the shadow of a model live, unless somebody else has.
func swap(ctx context.Context, db *spannerdb.DB, was Model, by string) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	_, err := db.ReadWrite(ctx, "rebuild/swap", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		m, err := lockedModel(ctx, tx)
		if err != nil {
			return err
		}
		if m.Live != was.Live || m.Shadow != was.Shadow {
			return errSwapped
		}
		m.Live, m.Shadow, m.Old = m.Shadow, 0, m.Live
		return tx.BufferWrite([]*spanner.Mutation{m.mutation(), spanner.Update(models,
			[]string{"ReadModel", "SwappedBy", "SwappedAt"}, []any{Name, by, spanner.CommitTimestamp})})
	})
	return err
}

// errSwapped means that another call has ended the rebuild.
var errSwapped = fault.New(fault.Conflict, "rebuild_ended", "another call has ended this rebuild")

// DropOld deletes the rows, cursors and progress of the generation that was live before. It can be
// repeated; a generation is gone when the model no longer names it.
func DropOld(ctx context.Context, db *spannerdb.DB) error {
	m, err := ReadModel(ctx, db.Snapshot())
	if err != nil || m.Old == 0 {
		return err
	}
	var keys []spanner.Key
	flush := func() error {
		stepCtx, cancel := context.WithTimeout(ctx, stepTimeout)
		defer cancel()
		_, err := db.Client().Apply(stepCtx, []*spanner.Mutation{spanner.Delete(table, spanner.KeySetFromKeys(keys...))},
			spanner.ApplyAtLeastOnce(), spanner.TransactionTag("rebuild/drop"))
		keys = nil
		return err
	}
	err = db.Snapshot().Read(ctx, table, spanner.AllKeys(), columns, &spanner.ReadOptions{RequestTag: "rebuild/old"}, func(sr *spanner.Row) error {
		r, _, err := readRow(sr)
		if err != nil || r.Generation != m.Old {
			return err
		}
		if keys = append(keys, r.key()); len(keys) < chunkRows {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	_, err = db.ReadWrite(ctx, "rebuild/dropped", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		now, err := lockedModel(ctx, tx)
		if err != nil || now.Old != m.Old {
			return err
		}
		now.Old = 0
		return tx.BufferWrite([]*spanner.Mutation{
			spanner.Delete(rebuilds, spanner.Key{Name, m.Old}.AsPrefix()), feed.Forget(ConsumerName(m.Old)), now.mutation(),
		})
	})
	return err
}

// Standing is the live generation over all shards.
type Standing struct {
	Model
	feed.Standing
	Checksum Checksum
}

// StandingOf reads how far the read model is, at the snapshot's moment: two key ranges.
func StandingOf(ctx context.Context, s *spannerdb.Snapshot) (st Standing, err error) {
	if st.Model, err = ReadModel(ctx, s); err != nil {
		return st, err
	}
	all, err := feed.ReadAll(ctx, s, ConsumerName(st.Live))
	st.Standing = feed.StandingOf(all)
	for _, c := range all {
		st.Checksum = st.Checksum.Add(c.Checksum)
	}
	return st, err
}
