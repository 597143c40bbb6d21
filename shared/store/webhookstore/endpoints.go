package webhookstore

import (
	"context"
	"fmt"
	"slices"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/webhook"
)

// check judges settings as they are written.
func (set Settings) check() error {
	var f fault.Faults
	for i, t := range set.EventTypes {
		if !slices.Contains(EventTypes, t) {
			f.Add(fmt.Sprintf("/eventTypes/%d", i), ErrEventType)
		}
	}
	return f.Err()
}

// checked judges settings and, last, where their address leads to.
func (s *Store) checked(ctx context.Context, set Settings) error {
	if err := set.check(); err != nil {
		return err
	}
	if err := s.check(ctx, set.URL); err != nil {
		var f fault.Faults
		f.Add("/url", err)
		return f.Err()
	}
	return nil
}

func (e *Endpoint) apply(set Settings) {
	e.URL, e.Description, e.EventTypes = set.URL, set.Description, set.EventTypes
	e.Status = Disabled
	if set.Enabled {
		e.Status = Enabled
	}
}

// Create makes an endpoint, with a secret. Its id derives from who asks and his key, so that the
// same call again finds it. ErrTooMany, ErrEventType, and what Options.Check says of the address.
func (s *Store) Create(ctx context.Context, in Change, set Settings) (res Result, err error) {
	defer fault.Wrap(&err, "webhookstore.create")
	c, err := in.command("create")
	if err != nil {
		return res, err
	}
	at := Target{Org: in.Org, ID: ids.UUID(c.cause[:16]).String()}
	// What the address leads to may have changed since the first call, so a repeated one is answered
	// before it is asked.
	made, err := readEndpoints(ctx, s.db.Single(), at.key())
	if err != nil {
		return res, failureOf(err)
	}
	if len(made) == 0 {
		if err := s.checked(ctx, set); err != nil {
			return res, err
		}
	}
	return s.commit(ctx, "create", func(ctx context.Context, tx *spanner.ReadWriteTransaction) (Result, error) {
		all, err := readEndpoints(ctx, tx, spanner.Key{string(in.Org)}.AsPrefix())
		if err != nil {
			return Result{}, err
		}
		live := 0
		for _, e := range all {
			if e.ID == at.ID {
				return s.remade(c, e)
			}
			if e.Status != deleted {
				live++
			}
		}
		if live >= MaxEndpoints || len(all) >= maxRows {
			return Result{}, ErrTooMany
		}
		e := Endpoint{Target: at, CreatedBy: in.Subject}
		e.apply(set)
		e.renew(c, s.now())
		e.remember(c)
		return Result{Endpoint: e, Secret: e.keys.secret}, tx.BufferWrite([]*spanner.Mutation{e.mutation(true, s.now())})
	})
}

// remade answers a creation whose endpoint is there.
func (s *Store) remade(c command, e Endpoint) (Result, error) {
	if _, err := e.took(c); err != nil {
		return Result{}, err
	}
	if e.Status == deleted {
		return Result{}, ErrDeleted
	}
	return Result{Endpoint: e, Secret: e.shown(c, s.now()), At: e.UpdatedAt, Replayed: true}, nil
}

// Update puts settings in force. An endpoint that is disabled keeps the deliveries that it has; the
// next attempt of each parks it.
func (s *Store) Update(ctx context.Context, in Change, id string, set Settings) (Result, error) {
	e, err := s.Endpoint(ctx, in.Org, id)
	if err != nil {
		return Result{}, err
	}
	c, err := in.command("update")
	if err != nil {
		return Result{}, err
	}
	if done, err := e.took(c); err != nil {
		return Result{}, err
	} else if !done {
		if err := s.checked(ctx, set); err != nil {
			return Result{}, err
		}
	}
	return s.change(ctx, in, "update", id, func(_ context.Context, _ *spanner.ReadWriteTransaction, _ command, e *Endpoint) ([]*spanner.Mutation, error) {
		e.apply(set)
		return nil, nil
	})
}

// Rotate gives an endpoint a new secret. For Overlap both sign. A secret that is rotated out while the
// one before it still signs ends that one.
func (s *Store) Rotate(ctx context.Context, in Change, id string) (Result, error) {
	return s.change(ctx, in, "rotate", id, func(_ context.Context, _ *spanner.ReadWriteTransaction, c command, e *Endpoint) ([]*spanner.Mutation, error) {
		e.renew(c, s.now())
		return nil, nil
	})
}

// Delete ends an endpoint: its secrets at once, its deliveries with their next attempt. The log goes
// with it.
func (s *Store) Delete(ctx context.Context, in Change, id string) (Result, error) {
	return s.change(ctx, in, deleting, id, func(_ context.Context, _ *spanner.ReadWriteTransaction, _ command, e *Endpoint) ([]*spanner.Mutation, error) {
		e.Status, e.keys = deleted, &keys{secret: webhook.Secret{}, cause: e.keys.cause}
		return nil, nil
	})
}

// Endpoint is one endpoint; ErrNotFound when the organisation has none such.
func (s *Store) Endpoint(ctx context.Context, org tenant.OrgID, id string) (_ Endpoint, err error) {
	defer fault.Wrap(&err, "webhookstore.Endpoint")
	found, err := readEndpoints(ctx, s.db.Single(), Target{Org: org, ID: id}.key())
	if err != nil {
		return Endpoint{}, failureOf(err)
	}
	if len(found) == 0 || found[0].Status == deleted {
		return Endpoint{}, fault.ErrNotFound
	}
	return found[0], nil
}

// Endpoints lists the endpoints of an organisation by id.
func (s *Store) Endpoints(ctx context.Context, org tenant.OrgID) (_ []Endpoint, err error) {
	defer fault.Wrap(&err, "webhookstore.Endpoints")
	all, err := readEndpoints(ctx, s.db.Single(), spanner.Key{string(org)}.AsPrefix())
	return slices.DeleteFunc(all, func(e Endpoint) bool { return e.Status == deleted }), failureOf(err)
}
