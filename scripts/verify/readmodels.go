package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/invariants"
)

// I12: a read model equals the fold of the events that its cursor has behind it.

// shards verifies the read models shard by shard, as they stand at one moment.
func (v *verifier) shards(ctx context.Context, workers int) error {
	var g errgroup.Group
	g.SetLimit(workers)
	at, err := accounttotals.Moment(ctx, v.db)
	if err != nil {
		return err
	}
	for shard := range int64(tenant.Shards) {
		g.Go(func() error {
			c, err := accounttotals.Check(ctx, v.db, shard, at)
			if err != nil {
				return err
			}
			findings := found(c.Differences)
			for _, text := range c.Wrong {
				findings = append(findings, invariants.Finding{Invariant: "I12", Where: accounttotals.Name, Text: text})
			}
			v.tell(int(c.Rows), &v.rows, fmt.Sprintf("shard %d", shard), findings)
			return nil
		})
	}
	return g.Wait()
}

// readModel verifies one book's rows of the read models.
func (v *verifier) readModel(ctx context.Context, b tenant.Book) ([]invariants.Finding, error) {
	at, err := accounttotals.Moment(ctx, v.db)
	if err != nil {
		return nil, err
	}
	d, err := accounttotals.CheckBook(ctx, v.db, b, at)
	return found(d), err
}

func found(d accounttotals.Differences) []invariants.Finding {
	var all []invariants.Finding
	for _, x := range d.Shown {
		all = append(all, invariants.Finding{Invariant: "I12", Where: accounttotals.Name, Text: x.String(), Date: x.Account.PostedDate})
	}
	if more := d.Count - int64(len(d.Shown)); more > 0 {
		all = append(all, invariants.Finding{Invariant: "I12", Where: accounttotals.Name, Text: fmt.Sprintf("%d rows more differ", more)})
	}
	return all
}
