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

const (
	// commitRows is about how many rows a commit holds: the emulator's strong reads slow down with each
	// commit ever made, and a commit may hold 80,000 cells.
	commitRows = 1000
	// commitsAtOnce keep the emulator busy while the next ones are made.
	commitsAtOnce = 4
	commitTimeout = 5 * time.Minute // at the emulator's worst
)

// ErrTooLarge means that the world would not fit into memory.
var ErrTooLarge = errors.New("the organisations would not fit into memory")

// Loaded is what a load has come to.
type Loaded struct {
	Organisations, Properties, Open int           // in the database now
	Rows                            int           // written; 0 where all was there
	Took                            time.Duration // of writing
	BytesPerRow                     float64       // of the emulator's memory; 0 where it is not to be seen
}

// Loader brings a world into a database.
type Loader struct {
	World World
	DB    *spannerdb.DB
	// Progress is told how many organisations more are there. It is called from several goroutines.
	Progress func(n int)
	// Memory is the resident memory of the database, in bytes; nil where it cannot be seen.
	Memory func() (int64, error)
	// Most is how much memory the database may take, in bytes.
	Most int64
}

// chunk is the organisations of one commit, which is applied whole or not at all.
type chunk struct {
	first, end int
	rows       int
}

// chunks are all commits. They follow from the world alone: what an earlier load has committed is found
// by the first organisation of each.
func (l *Loader) chunks() (all []chunk) {
	c := chunk{}
	for n := range l.World.Organisations {
		rows := 1 + l.World.Properties(n)
		if n < l.World.Open() {
			rows += bookRows(l.World.Properties(n))
		}
		if c.rows > 0 && c.rows+rows > commitRows {
			all = append(all, c)
			c = chunk{first: n}
		}
		c.end, c.rows = n+1, c.rows+rows
	}
	return append(all, c)
}

// bookRows is how many mutations Books has for so many properties.
func bookRows(properties int) int { return 6 + 4*properties }

// Load brings in what is not there. ErrTooLarge where the first part of it shows that all would take more
// than Most: nothing is to be done then but to ask for less.
func (l *Loader) Load(ctx context.Context) (Loaded, error) {
	began := time.Now()
	before, err := l.memory()
	if err != nil {
		return Loaded{}, err
	}
	all := l.chunks()
	done := &atomic.Int64{}
	sample := min(len(all), max(8, len(all)/50))
	if err := l.commit(ctx, all[:sample], done); err != nil {
		return Loaded{}, err
	}
	w := l.World
	out := Loaded{Organisations: w.Organisations, Properties: w.AllProperties(w.Organisations), Open: w.Open()}
	if err := l.fits(before, int(done.Load()), all); err != nil {
		return out, err
	}
	if err := l.commit(ctx, all[sample:], done); err != nil {
		return out, err
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

// fits says whether what is to come does, judging by the rows that have been written.
func (l *Loader) fits(before int64, rows int, all []chunk) error {
	if l.Memory == nil || rows == 0 {
		return nil
	}
	now, err := l.Memory()
	if err != nil {
		return err
	}
	whole := 0
	for _, c := range all {
		whole += c.rows
	}
	each := float64(now-before) / float64(rows)
	if want := int64(float64(before) + each*float64(whole)); l.Most > 0 && want > l.Most {
		return fmt.Errorf("%w: %d rows of %.0f bytes each come to %.1f GiB, the limit is %.1f GiB", ErrTooLarge, whole, each, gib(want), gib(l.Most))
	}
	return nil
}

func gib(n int64) float64 { return float64(n) / (1 << 30) }

// commit commits the chunks that are not there, several at a time, and adds the rows written to done.
func (l *Loader) commit(ctx context.Context, chunks []chunk, done *atomic.Int64) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(commitsAtOnce)
	for _, c := range chunks {
		group.Go(func() error {
			rows, err := l.one(ctx, c)
			done.Add(int64(rows))
			if err == nil && l.Progress != nil {
				l.Progress(c.end - c.first)
			}
			return err
		})
	}
	return group.Wait()
}

// one commits a chunk, unless it is there.
func (l *Loader) one(ctx context.Context, c chunk) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var rows []*spanner.Mutation
	for n := c.first; n < c.end; n++ {
		f := l.World.Founding(n)
		rows = append(rows, f.Bare()...)
		if n < l.World.Open() {
			books, err := f.Books()
			if err != nil {
				return 0, err
			}
			rows = append(rows, books...)
		}
	}
	there, err := commit(ctx, l.DB, rows)
	if there {
		return 0, nil
	}
	return len(rows), err
}

// commit writes blindly: 1 RPC. there says that all of it was there before: a chunk's rows are committed
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
