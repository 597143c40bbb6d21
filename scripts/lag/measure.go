package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"innkeep.internal/scripts/lag/visible"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/platform/publish/pubsubadmin"
	"innkeep.internal/shared/platform/spannerdb"
)

const (
	// lookEvery is how often the cursors are looked at: what the times are good to.
	lookEvery = 20 * time.Millisecond
	// pushEvery is how often a bare message is published.
	pushEvery = 50 * time.Millisecond
	// patience is how long after the last post its visibility is waited for.
	patience = 10 * time.Second
)

// measured is what a run came to.
type measured struct {
	wanted, posted, failed, unseen int
	took                           time.Duration
	answers, visible, pushes       []time.Duration
}

func measure(ctx context.Context, o options) (m measured, err error) {
	db, err := spannerdb.Open(ctx, o.database)
	if err != nil {
		return m, err
	}
	defer db.Close()
	c := newClient(o)
	org, err := c.organisation(ctx)
	if err != nil {
		return m, err
	}
	to, err := c.houses(ctx, org)
	if err != nil {
		return m, err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	bare, err := startPushes(running, o.project)
	if err != nil {
		return m, err
	}
	defer bare.end()
	w := visible.New(db, lookEvery)
	var looking sync.WaitGroup
	looking.Go(func() { w.Look(running) })

	began := time.Now()
	p := &posting{}
	p.run(ctx, c, to, w.Committed)
	m.took = time.Since(began)
	for end := time.Now().Add(patience); w.Left() > 0 && time.Now().Before(end) && ctx.Err() == nil; {
		wait(ctx, lookEvery)
	}
	stop()
	looking.Wait()
	if p.err != nil {
		fmt.Println("posts that failed:", p.err)
	}
	m.wanted, m.failed, m.posted, m.answers = p.wanted, p.failed, len(p.answers), p.answers
	m.unseen, m.pushes = w.Left(), bare.taken()
	m.visible, err = w.Taken()
	return m, err
}

// organisation is that of the token.
func (c *client) organisation(ctx context.Context) (tenant.OrgID, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/v1/setup/organisation", http.NoBody)
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	reply, err := c.http.Do(r)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	var o struct {
		OrganisationID string `json:"organisationId"`
	}
	err = json.NewDecoder(reply.Body).Decode(&o)
	return tenant.OrgID(o.OrganisationID), err
}

// pushes times messages of its own from their publishing to their push.
type pushes struct {
	mu    sync.Mutex
	times []time.Duration
	close []func()
}

func startPushes(ctx context.Context, project string) (_ *pushes, err error) {
	p := &pushes{}
	defer func() {
		if err != nil {
			p.end()
		}
	}()
	topics, err := publish.Open(ctx, project)
	if err != nil {
		return nil, err
	}
	p.close = append(p.close, func() { _ = topics.Close() })
	admin, err := pubsubadmin.Open(ctx, project)
	if err != nil {
		return nil, err
	}
	p.close = append(p.close, func() { _ = admin.Close() })
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(p.take), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	p.close = append(p.close, func() { _ = server.Close() })
	name := "lag-" + ids.NewUUID().String()
	if err := admin.EnsureTopic(ctx, name); err != nil {
		return nil, err
	}
	err = admin.EnsurePush(ctx, pubsubadmin.Subscription{Name: name, Topic: name, Endpoint: "http://" + listener.Addr().String()})
	if err != nil {
		return nil, err
	}
	p.close = append(p.close, func() { _ = admin.DropPush(context.WithoutCancel(ctx), name) })
	go func() {
		for tick := time.NewTicker(pushEvery); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				_ = topics.Publish(ctx, name, []publish.Message{{Attributes: map[string]string{"sent": time.Now().Format(time.RFC3339Nano)}}})
			}
		}
	}()
	return p, nil
}

// take is the push endpoint.
func (p *pushes) take(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	var body struct {
		Message struct {
			Attributes struct {
				Sent time.Time `json:"sent"`
			} `json:"attributes"`
		} `json:"message"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err == nil {
		p.mu.Lock()
		p.times = append(p.times, now.Sub(body.Message.Attributes.Sent))
		p.mu.Unlock()
	}
	w.WriteHeader(http.StatusNoContent)
}

func (p *pushes) taken() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]time.Duration{}, p.times...)
}

// end closes what was opened, the last first.
func (p *pushes) end() {
	for i := len(p.close) - 1; i >= 0; i-- {
		p.close[i]()
	}
	p.close = nil
}
