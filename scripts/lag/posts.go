package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
)

const (
	// houses is how many properties the posts go to: some of the 16 shards.
	houses = 8
	// posters is how many posts may be under way at a time.
	posters = 32
)

// client calls the API of the local server.
type client struct {
	options
	http *http.Client
}

func newClient(o options) *client {
	return &client{options: o, http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: posters}}}
}

// post sends a body and reads the reply; the commit's time comes with it.
func (c *client) post(ctx context.Context, path string, in, out any) (at time.Time, err error) {
	text, err := json.Marshal(in)
	if err != nil {
		return at, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, bytes.NewReader(text))
	if err != nil {
		return at, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", ids.NewUUID().String())
	reply, err := c.http.Do(r)
	if err != nil {
		return at, err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return at, err
	}
	if reply.StatusCode != http.StatusCreated {
		return at, fmt.Errorf("%s: %s %s", path, reply.Status, body)
	}
	if at, err = time.Parse(time.RFC3339Nano, reply.Header.Get("Consistency-Token")); err != nil {
		return at, err
	}
	return at, json.Unmarshal(body, out)
}

// house is a property that posts go to.
type house struct {
	id    string
	shard int64
}

// houses makes the properties, go-live today.
func (c *client) houses(ctx context.Context, org tenant.OrgID) ([]house, error) {
	all := make([]house, houses)
	for i := range all {
		var made struct{ PropertyID string }
		_, err := c.post(ctx, "/v1/setup/properties", map[string]any{
			"code": "LAG" + ids.NewUUID().String()[:8], "name": "Lag House", "type": "HOTEL", "timeZone": "UTC", "currency": "EUR",
			"goLiveDate": time.Now().UTC().Format(time.DateOnly), "openingMinor": 0,
		}, &made)
		if err != nil {
			return nil, err
		}
		all[i] = house{made.PropertyID, tenant.ShardOf(org, tenant.PropertyID(made.PropertyID))}
	}
	return all, nil
}

// posting is what posts came to.
type posting struct {
	mu             sync.Mutex
	wanted, failed int
	answers        []time.Duration
	err            error // of the first that failed
}

// run posts at the client's rate, each at its intended moment as far as the posters allow, and tells
// committed of each commit.
func (p *posting) run(ctx context.Context, c *client, to []house, committed func(shard int64, at time.Time)) {
	moments := make(chan time.Time, posters)
	var wg sync.WaitGroup
	for range posters {
		wg.Go(func() {
			for intended := range moments {
				h := to[int(intended.UnixMicro())%len(to)]
				at, err := c.post(ctx, "/v1/finance/revenues", map[string]any{
					"propertyId": h.id, "businessDate": time.Now().UTC().Format(time.DateOnly), "amountMinor": 1180, "currency": "EUR", "paymentMode": "CASH", "source": "ROOM",
				}, &struct{}{})
				if err == nil {
					committed(h.shard, at)
				}
				p.note(time.Since(intended), err)
			}
		})
	}
	began := time.Now()
	for i := 0; ; i++ {
		next := began.Add(time.Duration(float64(i) / c.rate * float64(time.Second)))
		if next.Sub(began) > c.duration || ctx.Err() != nil {
			break
		}
		wait(ctx, time.Until(next))
		p.wanted++
		moments <- next
	}
	close(moments)
	wg.Wait()
}

// wait returns after d, or with ctx.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (p *posting) note(took time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.failed++
		p.err = errors.Join(p.err, err)
		return
	}
	p.answers = append(p.answers, took)
}
