package edge

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/store/setupstore"
)

const (
	// checkTimeout bounds each check of /readyz; they run side by side.
	checkTimeout = 2 * time.Second
	// checkAge is how long a verdict is given again: anybody may ask, and asking costs a read.
	checkAge = time.Second
)

// probe is the organisation that /readyz reads. Whether there is one of that name is all the same.
const probe = tenant.OrgID("readyz")

// Check is something that the door depends on.
type Check struct {
	Name string
	Ask  func(context.Context) error
	// Spared says that calls are served without it as well, only slower.
	Spared bool
}

// readiness answers whether calls can be served.
type readiness struct {
	checks []Check
	kept   *cache.Memo[struct{}, verdict]
}

// verdict is what the checks said, by name: ok or failed. Why is in the log alone.
type verdict struct {
	Status string            `json:"status"` // ready, degraded (without what can be spared), not_ready
	Checks map[string]string `json:"checks"`
}

func newReadiness(source api.Source, more []Check) *readiness {
	own := []Check{
		{Name: "database", Ask: func(ctx context.Context) error {
			b, err := source(ctx)
			if err != nil {
				return err
			}
			_, err = b.Setup.Organisation(ctx, probe)
			if errors.Is(err, setupstore.ErrNoOrganisation) {
				return nil
			}
			return err
		}},
		{Name: "tokens", Ask: func(ctx context.Context) error {
			b, err := source(ctx)
			if err != nil {
				return err
			}
			return b.Verifier.Ready(ctx)
		}},
		// Without it reports are made anew, and each instance keeps limits by itself.
		{Name: "firestore", Spared: true, Ask: func(ctx context.Context) error {
			b, err := source(ctx)
			if err != nil || b.Heads == nil {
				return err
			}
			return b.Heads.Reach(ctx)
		}},
	}
	return &readiness{
		checks: append(own, more...),
		kept:   cache.NewMemo(cache.Options[struct{}, verdict]{Size: 1, TTL: checkAge}),
	}
}

func (p *readiness) serve(w http.ResponseWriter, r *http.Request) {
	v, err := p.kept.Get(r.Context(), struct{}{}, func(ctx context.Context) (verdict, error) { return p.ask(ctx), nil })
	status := http.StatusOK
	if err != nil || v.Status == "not_ready" {
		status = http.StatusServiceUnavailable
	}
	if err != nil { // the asker has gone
		v.Status = "not_ready"
	}
	say(w, status, v)
}

func (p *readiness) ask(ctx context.Context) verdict {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	errs := make([]error, len(p.checks))
	var all sync.WaitGroup
	for i, c := range p.checks {
		all.Go(func() { errs[i] = c.bounded(ctx) })
	}
	all.Wait()
	v := verdict{Status: "ready", Checks: map[string]string{}}
	for i, c := range p.checks {
		v.Checks[c.Name] = "ok"
		if errs[i] == nil {
			continue
		}
		v.Checks[c.Name] = "failed"
		switch {
		case !c.Spared:
			v.Status = "not_ready"
		case v.Status == "ready":
			v.Status = "degraded"
		}
		slog.WarnContext(ctx, "not ready", slog.String("check", c.Name), slog.Any("error", errs[i]))
	}
	return v
}

// bounded ends with ctx, even when what it asks does not look at it.
func (c Check) bounded(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- c.Ask(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// alive answers that this process serves; it asks nobody.
func alive(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusOK, map[string]string{"status": "ok"})
}

func say(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil { // structs and maps of text: cannot be
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}
