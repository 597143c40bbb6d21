// Package edge is the public door: every call from outside comes through it, and no function behind
// it takes calls of anybody else.
//
// Trigger: HTTP, all paths of catalogue.yaml, and /healthz, /readyz, /docs, /v1/openapi.json of its own.
// Effect: none of its own; it verifies the caller's token, counts the call against his organisation's
// plan, and passes it on to the function of its path, both ways without holding it up. Tables: reads
// Organizations, through a memory of 30 s.
//
// What it says itself are problems of the same form as a function's. What it is passed goes out as it
// came, to the byte; of headers only those that the API knows.
package edge

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	catalogue "innkeep.internal/functions"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/config"
	"innkeep.internal/shared/platform/gateway"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/lazy"
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/ledger"
)

func init() { functions.HTTP("Edge", deployed) }

// Config is the door's environment: that of every function, and its own part.
type Config struct {
	config.Service
	gateway.Config
	// Origins are those of web pages whose scripts may call the API.
	Origins []string `env:"INNKEEP_CORS_ORIGINS"`
}

// process is the door of a deployed function: made on first use, once an instance; a failed start is
// tried again.
var process = lazy.New(func(ctx context.Context) (http.Handler, error) {
	c, err := config.Load[Config](ctx)
	if err != nil {
		return nil, err
	}
	all, err := catalogue.Load()
	if err != nil {
		return nil, err
	}
	directory, err := c.Directory(Behind(all), os.LookupEnv)
	if err != nil {
		return nil, err
	}
	// Firestore being away is no reason to refuse anybody: the limiter then goes on by itself.
	kept, err := ledger.Open(ctx, c.Project, resilience.Gateway.Breaker("firestore/limits"))
	if err != nil {
		return nil, err
	}
	return New(api.Process, Options{
		Catalogue: all, Limits: resilience.NewLimits(kept), Origins: c.Origins,
		Network: gateway.Network{Directory: directory, Identity: gateway.NewGoogleIdentity(time.Now), Transport: gateway.NewTransport()},
	})
})

func deployed(w http.ResponseWriter, r *http.Request) {
	h, err := process.Get(r.Context())
	if err != nil {
		h = observed(func(w http.ResponseWriter, r *http.Request) {
			httpfn.WriteError(w, r, errors.Join(gateway.ErrUnavailable, err))
		})
	}
	h.ServeHTTP(w, r)
}

// Behind are the names of the functions that the door passes calls on to.
func Behind(c catalogue.Catalogue) (names []string) {
	for _, f := range c.Functions {
		if f.Trigger == catalogue.HTTP && !f.Public {
			names = append(names, f.Name)
		}
	}
	return names
}
