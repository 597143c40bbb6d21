package api

import (
	"context"
	"sync/atomic"
	"time"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/config"
	"innkeep.internal/shared/platform/heads"
	"innkeep.internal/shared/platform/lazy"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/reportstore"
	"innkeep.internal/shared/store/setupstore"
)

// Parts are what a backend is made of. DB, Verifier and Now are required.
type Parts struct {
	DB       *spannerdb.DB
	Verifier *auth.Verifier
	Now      func() time.Time
	// Topics publishes; without it nobody is nudged, and consumers have the sweep alone.
	Topics *publish.Client
	// Heads wakes live streams; without it they look by themselves.
	Heads *heads.Heads
	// Cache keeps the answers of reports; without it each is made anew.
	Cache *cache.Cache
	// Operator is the organisation whose owners run the installation; none when empty.
	Operator tenant.OrgID
}

// Backend is what stands behind the functions of one process.
type Backend struct {
	Books   *daybookstore.Store
	Reports *reportstore.Kept
	// Corrections is the net under Books.
	Corrections *correctionstore.Store
	Setup       *setupstore.Store
	DB          *spannerdb.DB
	Topics      *publish.Client // nil where nothing is published
	Heads       *heads.Heads    // nil where there are none
	Cache       *cache.Cache    // nil where nothing is kept
	Verifier    *auth.Verifier
	Now         func() time.Time
	operator    tenant.OrgID
	staleness   time.Duration // of reports over many properties; 0: they read what stands now
}

// nudges are the times of nudges. A write waits some times what Pub/Sub needs at most; the sweep makes
// up for what is lost. Consumers look at a shard twice a second at most, so more nudges of one
// instance would tell them nothing.
var nudges = publish.Times{Wait: 20 * time.Millisecond, Send: 2 * time.Second, Gap: 500 * time.Millisecond}

// staleness is from when on a replica answers a read by itself (DESIGN.md, "Reads and replicas").
const staleness = 10 * time.Second

// NewBackend stands on what is open already.
func NewBackend(p Parts) *Backend {
	b := &Backend{
		Books: daybookstore.New(p.DB, p.Now), Setup: setupstore.New(p.DB, p.Now), Reports: reportstore.NewKept(p.DB), DB: p.DB,
		Topics: p.Topics, Heads: p.Heads, Cache: p.Cache, Verifier: p.Verifier, Now: p.Now,
		operator: p.Operator,
	}
	corrections := correctionstore.Options{Now: p.Now, Property: b.Setup.Property}
	if !spannerdb.IsEmulator() { // which has no replicas, and may be younger than that
		b.staleness, corrections.Staleness = staleness, staleness
	}
	if p.Topics != nil {
		n := publish.NewNudger(func(ctx context.Context, shard int64, at time.Time) error {
			return p.Topics.Publish(ctx, feed.Topic, []publish.Message{feed.Nudge(shard, at)})
		}, nudges)
		nudge := func(ctx context.Context, book tenant.Book, at time.Time) { n.Nudge(ctx, book.Shard(), at) }
		b.Books, b.Setup = b.Books.Nudging(nudge), b.Setup.Nudging(nudge)
		queued := publish.NewNudger(func(ctx context.Context, _ int64, _ time.Time) error {
			return p.Topics.Publish(ctx, correctionstore.Topic, []publish.Message{correctionstore.Wake()})
		}, nudges)
		corrections.Nudge = nudge
		corrections.Wake = func(ctx context.Context) { queued.Nudge(ctx, 0, p.Now()) }
	}
	b.Corrections = correctionstore.New(p.DB, corrections)
	b.Books = b.Books.Suspecting(b.Corrections.Suspect)
	return b
}

// Source gives the backend; it opens one on first use.
type Source func(context.Context) (*Backend, error)

// process is the backend of a deployed function: opened on first use, once an instance, from the
// environment (config.Service); a failed start is tried again.
var process = lazy.New(func(ctx context.Context) (_ *Backend, err error) {
	c, err := config.Load[config.Service](ctx)
	if err != nil {
		return nil, err
	}
	p := Parts{Now: time.Now, Operator: tenant.OrgID(c.OperatorOrg)}
	if p.Verifier, err = auth.NewVerifier(auth.Config{Issuer: c.OIDCIssuer, Audience: c.OIDCAudience, KeysURL: c.OIDCKeysURL}); err != nil {
		return nil, err
	}
	var open opening
	defer func() { open.closeAfter(err) }()
	if p.DB, err = spannerdb.OpenRouted(ctx, c.SpannerDatabase, spannerdb.Routing{Routes: c.ReadRoutes, Staleness: staleness}); err != nil {
		return nil, err
	}
	open.add(p.DB.Close)
	if p.Topics, err = publish.Open(ctx, c.Project); err != nil {
		return nil, err
	}
	open.add(func() { _ = p.Topics.Close() })
	if p.Heads, err = heads.Open(ctx, c.Project); err != nil {
		return nil, err
	}
	open.add(func() { _ = p.Heads.Close() })
	p.Cache = NewCache(p.Heads, p.Now)
	opened.Store(&open)
	return NewBackend(p), nil
})

// opening is what a start has opened so far.
type opening struct{ close []func() }

func (o *opening) add(f func()) { o.close = append(o.close, f) }

// closeAfter closes what was opened before a start failed.
func (o *opening) closeAfter(err error) {
	if err != nil {
		for _, f := range o.close {
			f()
		}
	}
}

var opened atomic.Pointer[opening]

// Process is the Source of deployed functions and of the local server.
func Process(ctx context.Context) (*Backend, error) { return process.Get(ctx) }

// CloseProcess closes what Process has opened; the process is about to end.
func CloseProcess() {
	if o := opened.Load(); o != nil {
		for _, f := range o.close {
			f()
		}
	}
}
