// Package proof shows from the tables that a load test has lost, doubled and unbalanced nothing: the
// invariants of every book that has been opened, and what HTTP said of entries beside what there is.
package proof

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"

	"innkeep.internal/loadtest/world"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/invariants"
)

const (
	// together is how many organisations, and properties, are read together: their rows are in memory.
	together = 100
	// atOnce is how many of such groups are proved at a time.
	atOnce = 2
)

// mostShown bounds the breaks that are told in words.
const mostShown = 20

// Proof is what was found.
type Proof struct {
	Organisations int      `json:"organisations"` // whose setup stream was proved
	Properties    int      `json:"properties"`    // whose books were proved
	Rows          int64    `json:"readModelRows"` // compared with the events
	Entries       int      `json:"entries"`       // of the run, in the tables
	Accepted      int      `json:"accepted"`      // of the run, by HTTP
	Breaks        int      `json:"breaks"`        // of invariants, and properties whose entries differ from what HTTP said
	Shown         []string `json:"shown"`         // the first of them
	Seconds       float64  `json:"seconds"`
}

// Whole reports that nothing is lost, doubled or unbalanced.
func (p Proof) Whole() bool { return p.Breaks == 0 && p.Entries == p.Accepted }

// prover gathers.
type prover struct {
	db *spannerdb.DB
	mu sync.Mutex
	Proof
}

func (p *prover) tell(of string, findings ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range findings {
		p.Breaks++
		if len(p.Shown) < mostShown {
			p.Shown = append(p.Shown, of+": "+f)
		}
	}
}

// Prove looks at the books of the organisations that are open, and at all entries there are. Organisations
// without books have no event, so there is nothing to prove of them.
func Prove(ctx context.Context, db *spannerdb.DB, w world.World, open []int, run string, accepted map[tenant.Book]int, progress func(n int)) (Proof, error) {
	began := time.Now()
	p := &prover{db: db}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for some := range slices.Chunk(open, together) {
		group.Go(func() error {
			err := p.organisations(inner, w, some)
			progress(len(some))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return p.Proof, err
	}
	if err := p.readModels(ctx); err != nil {
		return p.Proof, err
	}
	err := p.entries(ctx, run, accepted)
	p.Seconds = time.Since(began).Seconds()
	return p.Proof, err
}

// organisations proves some of them together.
func (p *prover) organisations(ctx context.Context, w world.World, some []int) error {
	var orgs []tenant.OrgID
	var books []tenant.Book
	for _, n := range some {
		orgs = append(orgs, w.Org(n))
		for k := range w.Properties(n) {
			books = append(books, tenant.Book{Org: w.Org(n), Property: w.Property(n, k)})
		}
	}
	setups, err := invariants.FindSetups(ctx, p.db, orgs)
	if err != nil {
		return err
	}
	for org, findings := range setups {
		p.tell(string(org), words(findings)...)
	}
	for some := range slices.Chunk(books, together) {
		found, err := invariants.FindAll(ctx, p.db, some)
		if err != nil {
			return err
		}
		for book, findings := range found {
			p.tell(string(book.Org)+"/"+string(book.Property), words(findings)...)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Organisations += len(orgs)
	p.Properties += len(books)
	return nil
}

func words(findings []invariants.Finding) (out []string) {
	for _, f := range findings {
		out = append(out, f.String())
	}
	return out
}

// readModels compares the read model with all events, shard by shard.
func (p *prover) readModels(ctx context.Context) error {
	at, err := accounttotals.Moment(ctx, p.db)
	if err != nil {
		return err
	}
	for shard := range int64(tenant.Shards) {
		c, err := accounttotals.Check(ctx, p.db, shard, at)
		if err != nil {
			return err
		}
		p.Rows += c.Rows
		if c.Differences.Count > 0 {
			p.tell(fmt.Sprintf("shard %d", shard), fmt.Sprintf("I12 %d rows of %s differ", c.Differences.Count, accounttotals.Name))
		}
		p.tell(fmt.Sprintf("shard %d", shard), c.Wrong...)
	}
	return nil
}

// entries compares the entries of the run, wherever they are, with what was accepted.
func (p *prover) entries(ctx context.Context, run string, accepted map[tenant.Book]int) error {
	found := map[tenant.Book]int{}
	snap := p.db.Snapshot()
	for shard := range int64(tenant.Shards) {
		err := snap.Read(ctx, "Entries", spanner.Key{shard}.AsPrefix(), []string{"OrgId", "PropertyId", "Description"}, nil, func(r *spanner.Row) error {
			var org, property string
			var text spanner.NullString
			err := r.Columns(&org, &property, &text)
			if err == nil && text.StringVal == run {
				found[tenant.Book{Org: tenant.OrgID(org), Property: tenant.PropertyID(property)}]++
				p.Entries++
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	for book, n := range accepted {
		p.Accepted += n
		if found[book] != n {
			p.tell(string(book.Org)+"/"+string(book.Property), fmt.Sprintf("%d entries were accepted, %d are there", n, found[book]))
		}
		delete(found, book)
	}
	for book, n := range found {
		p.tell(string(book.Org)+"/"+string(book.Property), fmt.Sprintf("no entry was accepted, %d are there", n))
	}
	return nil
}
