package main

import (
	"context"
	"log/slog"
	"net/http"
	"path"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/functions"
	"innkeep.internal/scripts/openapi/document"
	"innkeep.internal/scripts/serve/assembly"
	"innkeep.internal/shared/platform/httpfn"
)

const (
	// localPath is the root of what only the local server has; the issuer's URL ends with it.
	localPath = "/local"
	// tokenLife is how long the issuer's tokens are good; its key ends with the program.
	tokenLife = 30 * 24 * time.Hour
)

// routes is the public paths of every function, and what the local server has beside them:
//
//	GET  /healthz                 200 once it is ready, 503 before
//	GET  /v1/openapi.json         the document of all operations
//	POST /local/tokens            a token for anybody; see mint
//	GET  /local/.well-known/      the issuer's documents
//	POST /local/functions/{name}  a pubsub function, as Pub/Sub and the scheduler call it
func (s *server) routes(parts []assembly.Part) (http.Handler, error) {
	doc, err := document.Join(parts)
	if err != nil {
		return nil, err
	}
	text, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, p := range parts {
		handler := p.Handler
		if p.Function.Stream {
			handler = s.lasting(handler, time.Duration(p.Function.TimeoutSeconds)*time.Second)
		}
		for _, route := range p.Function.Routes {
			mux.Handle(route, handler)
		}
		if p.Function.Internal() {
			mux.Handle(functionPath(p.Function), atRoot(handler))
		}
	}
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, text)
	})
	mux.Handle(localPath+"/.well-known/", http.StripPrefix(localPath, s.issuer.Handler()))
	own := s.localAPI()
	mux.Handle("/", own)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// ServeMux would send a path like //v1 elsewhere, and a POST would become a GET.
		if r.URL.Path != path.Clean(r.URL.Path) {
			own.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

// functionPath is where a pubsub function stands, which has no route of its own.
func functionPath(f functions.Function) string { return localPath + "/functions/" + f.Name }

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

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	if !s.ready.Load() {
		reply(w, http.StatusServiceUnavailable, []byte(`{"status":"starting"}`))
		return
	}
	reply(w, http.StatusOK, []byte(`{"status":"ok"}`))
}

func reply(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
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
