package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/functions"
	"innkeep.internal/scripts/serve/assembly"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

const (
	// localPath is the root of what only the local server has; the issuer's URL ends with it.
	localPath = "/local"
	// tokenLife is how long the issuer's tokens are good; its key ends with the program.
	tokenLife = 30 * 24 * time.Hour
)

// outside is what stands on the public address: the door, for every path but those that only the local
// server has.
//
//	POST /local/tokens        a token for anybody; see mint
//	GET  /local/.well-known/  the issuer's documents
//	GET  /local/counters      what all has cost so far: counters.Reading
//	GET  /local/pprof/        profile?seconds=N and allocs, for go tool pprof
func (s *server) outside(door http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(localPath+"/.well-known/", http.StripPrefix(localPath, s.issuer.Handler()))
	mux.Handle("GET "+localPath+"/counters", s.counters.Source(s.beside))
	mux.HandleFunc("GET "+localPath+"/pprof/profile", pprof.Profile)
	mux.Handle("GET "+localPath+"/pprof/allocs", pprof.Handler("allocs"))
	mux.Handle(localPath+"/", s.localAPI())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// ServeMux would send a path like //local elsewhere; the door refuses it.
		if strings.HasPrefix(r.URL.Path, localPath+"/") && r.URL.Path == path.Clean(r.URL.Path) {
			mux.ServeHTTP(w, r)
			return
		}
		door.ServeHTTP(w, r)
	})
}

// inside is every function behind the door, each at a base URL of its own, as in the cloud: the
// door and the local Pub/Sub call them there. Each stands at its routes as well.
func (s *server) inside(parts []assembly.Part) http.Handler {
	mux := http.NewServeMux()
	for _, p := range parts {
		handler := s.counters.Handler(p.Function.Name, p.Handler)
		if p.Function.Stream {
			handler = s.lasting(handler, time.Duration(p.Function.TimeoutSeconds)*time.Second)
		}
		for _, route := range p.Function.Routes { // for the demo's filling, which is held to no plan
			mux.Handle(route, handler)
		}
		base := "/" + p.Function.Name
		if p.Function.Internal() {
			class, _ := priority.Parse(string(p.Function.Priority)) // the catalogue has judged it
			guard := httpfn.Guard{Bulkhead: s.machine.pushes, Class: class}
			mux.Handle(base, guard.Wrap(atRoot(handler)))
			continue
		}
		mux.Handle(base+"/", http.StripPrefix(base, handler))
	}
	return mux
}

// functionURL is where a function stands.
func (s *server) functionURL(f functions.Function) string { return s.inner + "/" + f.Name }

// atRoot calls a function at /, where one stands that is deployed.
func atRoot(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r2 := r.Clone(r.Context())
		r2.URL.Path, r2.URL.RawPath = "/", ""
		h.ServeHTTP(w, r2)
	})
}

// lasting lets a stream go on for as long as its function does, which is longer than the server gives
// a request. It ends when the server stops.
func (s *server) lasting(h http.Handler, timeout time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeout + grace)); err != nil {
			slog.WarnContext(r.Context(), "a stream keeps the time-out of a request", slog.Any("error", err))
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.stopping, cancel)()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// started is the door's check of its readiness: organisation and books are there.
func (s *server) started(context.Context) error {
	if !s.ready.Load() {
		return errors.New("the local server is starting")
	}
	return nil
}

type mintInput struct {
	Body struct {
		Subject      string `json:"subject" minLength:"1" maxLength:"255" doc:"Who: owner, manager, front-desk, or anybody."`
		Organisation string `json:"organisation" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._-]+$"`
	}
}

type mintOutput struct {
	Body struct {
		Token     string `json:"token"`
		ExpiresAt string `json:"expiresAt" format:"date-time"`
	}
}

// localAPI is the operations of the local server's own; it answers what is nobody's path as every
// function does.
func (s *server) localAPI() http.Handler {
	a := httpfn.New("Local", httpfn.Options{})
	httpfn.Register(a, huma.Operation{
		OperationID: "mint-token", Method: http.MethodPost, Path: localPath + "/tokens", DefaultStatus: http.StatusCreated,
		Summary: "Make a token for anybody in any organisation: on one's own machine only",
	}, s.mint)
	return a
}

// mint makes a token for whoever is named. It asks for nothing: that is why the issuer is linked
// into no deployed function.
func (s *server) mint(_ context.Context, in *mintInput) (*mintOutput, error) {
	out := &mintOutput{}
	out.Body.ExpiresAt = time.Now().Add(tokenLife).UTC().Format(time.RFC3339)
	var err error
	out.Body.Token, err = s.issuer.Mint(in.Body.Subject, in.Body.Organisation, tokenLife)
	return out, err
}
