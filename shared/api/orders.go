package api

import (
	"context"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/store/daybookstore"
)

// desksAtOnce is how many properties of one call are written at a time; each is a transaction.
const desksAtOnce = 8

// Orders are the commands of one call, sorted to the desks of their properties. Each keeps the
// number that it has in the call.
type Orders struct {
	caller Caller
	desks  map[string]*deskOrders
}

type deskOrders struct {
	desk   Desk
	err    error
	index  []int
	orders []daybookstore.Order
}

// NewOrders are the orders of a caller; none yet.
func NewOrders(c Caller) *Orders { return &Orders{caller: c, desks: map[string]*deskOrders{}} }

// Desk is the caller's desk at a property; it is looked up once a call.
func (o *Orders) Desk(ctx context.Context, propertyID string) (Desk, error) {
	d, known := o.desks[propertyID]
	if !known {
		d = &deskOrders{}
		d.desk, d.err = o.caller.Desk(ctx, propertyID)
		o.desks[propertyID] = d
	}
	return d.desk, d.err
}

// Add puts an order to a desk that Desk gave.
func (o *Orders) Add(d Desk, index int, order daybookstore.Order) {
	lines := o.desks[string(d.Property.ID)]
	lines.index = append(lines.index, index)
	lines.orders = append(lines.orders, order)
}

// Execute carries out all orders, each desk's in as few commits as hold them, and gives each answer
// with its order's number: from several goroutines, but each number once.
func (o *Orders) Execute(ctx context.Context, answer func(index int, d Desk, a daybookstore.Answer)) {
	var g errgroup.Group
	g.SetLimit(desksAtOnce)
	for _, lines := range o.desks {
		if len(lines.orders) == 0 {
			continue
		}
		g.Go(func() error {
			for n, a := range lines.desk.Books.ExecuteAll(ctx, lines.desk.Desk, lines.orders) {
				answer(lines.index[n], lines.desk, a)
			}
			return nil
		})
	}
	_ = g.Wait() // the answers carry their own errors
}
