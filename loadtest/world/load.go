package world

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/platform/spannerdb"
)

// Rows a commit, in the emulator of Spanner: its strong reads slow down with each call ever made (decision 42),
// and a commit may hold 80,000 cells. Into Properties, which has a unique index, the time of a commit grows
// with the square of its rows: 0.3 ms a row at 100, 4 ms at 1,000.
const (
	organisationRows = 3000 // of 8 cells
	propertyRows     = 100
	booksRows        = 1000
	// madeAhead is how many commits are made while one is under way. Two under way at a time would have the
	// emulator turn one of them away, whose client then waits for up to half a minute.
	madeAhead     = 4
	commitTimeout = 2 * time.Minute
)

// ErrTooLarge means that the world would not fit into memory.
var ErrTooLarge = errors.New("the organisations would not fit into memory")

// Loaded is what a load has come to.
type Loaded struct {
	Organisations, Properties, Open int           // in the database now
	Rows                            int           // written; 0 where all was there
	Took                            time.Duration // of writing
	BytesPerRow                     float64       // of the emulator's memory; 0 where it is not to be seen
	Expected                        float64       // bytes of memory, as the first rows of each kind said
}

// Loader brings a world into a database.
type Loader struct {
	World World
	DB    *spannerdb.DB
	// Progress is told how many rows more are there.
	Progress func(rows int)
	// Memory is the resident memory of the database, in bytes; nil where it cannot be seen.
	Memory func() (int64, error)
	// Most is how much memory the database may take, in bytes.
	Most int64
}

// chunk is one commit, which is applied whole or not at all.
type chunk struct {
	rows int
	make func() ([]*spanner.Mutation, error)
}

// stage is rows of one kind, in commits that follow from the world alone: what an earlier load has
// committed is found there.
type stage struct {
	chunks []chunk
	sample int // how many of the first commits at least are made, and measured, before all others
}

// stages are the organisations, their properties, and the books of the first tenth, each of which
// needs those before.
func (l *Loader) stages() []stage {
	w := l.World
	organisation := func(n int) ([]*spanner.Mutation, error) { return w.Founding(n).Bare()[:1], nil }
	houses := func(n int) ([]*spanner.Mutation, error) { return w.Founding(n).Bare()[1:], nil }
	books := func(n int) ([]*spanner.Mutation, error) { return w.Founding(n).Books() }
	return []stage{
		{cut(w.Organisations, organisationRows, func(int) int { return 1 }, organisation), 1},
		{cut(w.Organisations, propertyRows, w.Properties, houses), 30},
		{cut(w.Open(), booksRows, func(n int) int { return bookRows(w.Properties(n)) }, books), 8},
	}
}

// cut puts whole organisations together until a commit has its rows.
func cut(organisations, most int, count func(n int) int, rows func(n int) ([]*spanner.Mutation, error)) (all []chunk) {
	first, sum := 0, 0
	end := func(next int) {
		from := first
		all = append(all, chunk{sum, func() (out []*spanner.Mutation, err error) {
			for n := from; n < next; n++ {
				more, err := rows(n)
				if err != nil {
					return nil, err
				}
				out = append(out, more...)
			}
			return out, nil
		}})
		first, sum = next, 0
	}
	for n := range organisations {
		k := count(n)
		if sum > 0 && sum+k > most {
			end(n)
		}
		sum += k
	}
	end(organisations)
	return all
}

// bookRows is how many mutations Books has for so many properties.
func bookRows(properties int) int { return 6 + 4*properties }

// Rows is how many rows a load writes where nothing is there.
func (l *Loader) Rows() (n int) {
	for _, s := range l.stages() {
		for _, c := range s.chunks {
			n += c.rows
		}
	}
	return n
}

// Load brings in what is not there. ErrTooLarge where the first rows of each kind show that all would take
// more than Most: nothing is to be done then but to ask for less.
func (l *Loader) Load(ctx context.Context) (Loaded, error) {
	began := time.Now()
	before, err := l.memory()
	if err != nil {
		return Loaded{}, err
	}
	w, done := l.World, &atomic.Int64{}
	out := Loaded{Organisations: w.Organisations, Properties: w.AllProperties(w.Organisations), Open: w.Open()}
	stages := l.stages()
	want := float64(before)
	for i := range stages {
		more, err := l.measure(ctx, &stages[i], done)
		if err != nil {
			return out, err
		}
		want += more
	}
	out.Expected = want
	if l.Most > 0 && want > float64(l.Most) {
		return out, fmt.Errorf("%w: %d rows come to %.1f GiB, the limit is %.1f GiB", ErrTooLarge, l.Rows(), want/(1<<30), float64(l.Most)/(1<<30))
	}
	for _, s := range stages {
		if err := l.commit(ctx, s.chunks, done); err != nil {
			return out, err
		}
	}
	out.Rows, out.Took = int(done.Load()), time.Since(began)
	if after, err := l.memory(); err == nil && out.Rows > 0 {
		out.BytesPerRow = float64(after-before) / float64(out.Rows)
	}
	return out, nil
}

func (l *Loader) memory() (int64, error) {
	if l.Memory == nil {
		return 0, nil
	}
	return l.Memory()
}

// measure commits the first chunks of a stage, and says what memory all of it takes, judging by them.
func (l *Loader) measure(ctx context.Context, s *stage, done *atomic.Int64) (want float64, err error) {
	before, err := l.memory()
	if err != nil {
		return 0, err
	}
	k, had := min(max(s.sample, len(s.chunks)/50), len(s.chunks)), done.Load()
	if err := l.commit(ctx, s.chunks[:k], done); err != nil {
		return 0, err
	}
	after, err := l.memory()
	whole := 0
	for _, c := range s.chunks {
		whole += c.rows
	}
	if rows := done.Load() - had; rows > 0 {
		want = float64(after-before) / float64(rows) * float64(whole)
	}
	s.chunks = s.chunks[k:]
	return want, err
}

// commit commits the chunks that are not there, one after the other, and adds the rows written to done. The
// next ones are made meanwhile.
func (l *Loader) commit(ctx context.Context, chunks []chunk, done *atomic.Int64) error {
	type ready struct {
		chunk
		rows []*spanner.Mutation
	}
	group, ctx := errgroup.WithContext(ctx)
	made := make(chan ready, madeAhead)
	group.Go(func() error {
		defer close(made)
		for _, c := range chunks {
			rows, err := c.make()
			if err != nil {
				return err
			}
			select {
			case made <- ready{c, rows}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	group.Go(func() error {
		for c := range made {
			there, err := commit(ctx, l.DB, c.rows)
			if err != nil {
				return err
			}
			if !there {
				done.Add(int64(len(c.rows)))
			}
			if l.Progress != nil {
				l.Progress(len(c.rows))
			}
		}
		return nil
	})
	return group.Wait()
}

// commit writes blindly: 1 RPC. there says that all of it was there before: the rows of a commit come
// together, so one that exists says it of all.
func commit(ctx context.Context, db *spannerdb.DB, rows []*spanner.Mutation) (there bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	_, err = db.Client().Apply(ctx, rows, spanner.ApplyAtLeastOnce(), spanner.TransactionTag("loadtest/seed"))
	if spanner.ErrCode(err) == codes.AlreadyExists {
		return true, nil
	}
	return false, err
}

// Wake opens the books of organisations that have none, in one commit; those that have are left as they
// are. Organisations of the first tenth are never to be woken.
func Wake(ctx context.Context, db *spannerdb.DB, w World, all []int) error {
	var rows []*spanner.Mutation
	for _, n := range all {
		books, err := w.Founding(n).Books()
		if err != nil {
			return err
		}
		rows = append(rows, books...)
	}
	if len(rows) == 0 {
		return nil
	}
	there, err := commit(ctx, db, rows)
	if !there || err != nil || len(all) == 1 {
		return err
	}
	for _, n := range all { // some were woken before: each by itself
		if err := Wake(ctx, db, w, []int{n}); err != nil {
			return err
		}
	}
	return nil
}
