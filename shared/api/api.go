// Package api is what the functions share of Innkeep's words over HTTP: who calls, at which desk he
// stands, and where the stores behind him are. It decides nothing: that is the domain's.
package api

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

// The time-outs of the services (DOMAIN.md, the owner's numbers).
const (
	FinanceTimeout = 10 * time.Second
	ReportTimeout  = 15 * time.Second
	EventsTimeout  = 10 * time.Second
)

// New makes the API of a function whose callers have a token.
func New(title string, t Terms, source Source) *httpfn.API {
	return httpfn.New(title, httpfn.Options{Timeout: t.Timeout, Guard: t.Guard(title), Use: []httpfn.Middleware{
		auth.Middleware(func(ctx context.Context) (*auth.Verifier, error) {
			b, err := source(ctx)
			if err != nil {
				return nil, err
			}
			return b.Verifier, nil
		}),
	}})
}

// Caller is a member who calls, and the backend that he calls on.
type Caller struct {
	*Backend
	Org    tenant.OrgID
	Member setup.Member
}

// Caller says who calls and that his role allows the act. It fails closed: ErrNotMember,
// ErrForbidden, or ErrUnavailable when the membership cannot be read.
func (s Source) Caller(ctx context.Context, act approval.Act) (Caller, error) {
	if c, ok := reader(ctx); ok {
		var err error
		if c.Backend, err = s(ctx); err != nil {
			return c, err
		}
		return c, c.Member.Role.May(act)
	}
	c, err := s.Founder(ctx)
	if err != nil {
		return c, err
	}
	if c.Member, err = c.Setup.Member(ctx, c.Org, c.Member.Subject); err != nil {
		return c, err
	}
	return c, c.Member.Role.May(act)
}

// Founder is a caller of whom only the token is known: who is about to create the organisation that
// it names. He has no role.
func (s Source) Founder(ctx context.Context) (Caller, error) {
	b, err := s(ctx)
	if err != nil {
		return Caller{}, err
	}
	claims, err := auth.FromContext(ctx)
	return Caller{Backend: b, Org: tenant.OrgID(claims.OrgID), Member: setup.Member{Subject: claims.Subject}}, err
}

// ErrNotOperator means that the caller does not run this installation.
var ErrNotOperator = fault.New(fault.Denied, "not_an_operator", "only the operators of this installation may do this")

// Operator is a caller who runs the installation: an owner of the organisation that is configured to
// (INNKEEP_OPERATOR_ORG). Where none is configured nobody is one.
func (s Source) Operator(ctx context.Context) (Caller, error) {
	c, err := s.Founder(ctx)
	switch {
	case err != nil:
		return c, err
	case c.operator == "" || c.Org != c.operator:
		return c, ErrNotOperator
	}
	if c.Member, err = c.Setup.Member(ctx, c.Org, c.Member.Subject); err != nil {
		return c, err
	}
	if c.Member.Role != approval.OwnerAdmin {
		return c, ErrNotOperator
	}
	return c, nil
}

// Actor is the caller in a decision.
func (c Caller) Actor() approval.Actor { return c.Member.Actor() }

// Desk is a caller at one property.
type Desk struct {
	Caller
	Property setup.Property
	Desk     daybookstore.Desk
}

// Desk is the caller at a property; ErrNotFound when there is none such, when it is another
// organisation's and when the caller is not assigned to it.
func (c Caller) Desk(ctx context.Context, propertyID string) (Desk, error) {
	id, err := tenant.ParsePropertyID(propertyID)
	if err != nil || !c.Member.Sees(id) {
		return Desk{}, fault.ErrNotFound
	}
	d := Desk{Caller: c}
	book := tenant.Book{Org: c.Org, Property: id}
	if d.Property, err = c.Setup.Property(ctx, book); err != nil {
		return d, err
	}
	rules, err := c.Setup.Rules(ctx, c.Org)
	if err != nil {
		return d, err
	}
	zone, err := d.Property.Zone()
	if err != nil {
		return d, err
	}
	uuid, err := ids.ParseUUID(propertyID)
	d.Desk = daybookstore.Desk{
		Book: book, Zone: zone, CutoffMinutes: d.Property.CutoffMinutes, Policy: rules.Policy, Chart: rules.Chart,
		Property: daybook.Property{UUID: uuid, Currency: d.Property.Currency, GoLive: d.Property.GoLive},
	}
	return d, err
}

// Desk is Source.Caller and Caller.Desk in one. What the instance does not remember of the property and
// the rules is read beside the membership, and shown to nobody before that is judged.
func (s Source) Desk(ctx context.Context, act approval.Act, propertyID string) (Desk, error) {
	var ahead errgroup.Group
	id, err := tenant.ParsePropertyID(propertyID)
	if c, unknown := s.Founder(ctx); err == nil && unknown == nil {
		c.Setup.Ahead(ctx, &ahead, tenant.Book{Org: c.Org, Property: id})
	}
	c, err := s.Caller(ctx, act)
	_ = ahead.Wait() // what failed is read again below, and told
	if err != nil {
		return Desk{}, err
	}
	return c.Desk(ctx, propertyID)
}

// Located is the desk at which an entry stands, by its self-locating id.
func (s Source) Located(ctx context.Context, act approval.Act, entryID string) (Desk, ids.Entry, error) {
	c, err := s.Caller(ctx, act)
	if err != nil {
		return Desk{}, ids.Entry{}, err
	}
	return c.Located(ctx, entryID)
}

// Located is the desk at which an entry stands.
func (c Caller) Located(ctx context.Context, entryID string) (Desk, ids.Entry, error) {
	id, err := ids.ParseEntry(entryID)
	if err != nil {
		return Desk{}, id, fault.ErrNotFound
	}
	d, err := c.Desk(ctx, id.Property.String())
	return d, id, err
}

// Today is the desk's current business date.
func (d Desk) Today() string { return d.Desk.Today(d.Now()).String() }

var (
	// ErrToken means that a text is no Consistency-Token.
	ErrToken = fault.New(fault.Malformed, "bad_consistency_token", "the Consistency-Token is not one that a write gave")
	// ErrTokenFuture means that a Consistency-Token lies ahead of every commit.
	ErrTokenFuture = fault.New(fault.Malformed, "consistency_token_in_future", "the Consistency-Token lies in the future")
)

// clockSkew is how far ahead of this instance's clock a token may be (DESIGN.md).
const clockSkew = time.Second

// CheckToken judges the Consistency-Token of a read. Reads that are strong need no more of it.
func (b *Backend) CheckToken(token string) error {
	if token == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, token)
	if err != nil {
		return ErrToken
	}
	if at.After(b.Now().Add(clockSkew)) {
		return ErrTokenFuture
	}
	return nil
}

// Token is a commit time as callers hold it: a Consistency-Token. It is empty for no time.
func Token(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// Later is the later of two commit times. As texts they do not compare: RFC 3339 leaves out the
// zeros at the end of a fraction.
func Later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
