package auth_test

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
)

// remote is an issuer behind HTTP, which can be down and can change its key.
type remote struct {
	*httptest.Server
	issuer  atomic.Pointer[issuer.Issuer]
	down    atomic.Bool
	fetches atomic.Int32
}

func newRemote(t *testing.T) *remote {
	t.Helper()
	r := &remote{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if r.fetches.Add(1); r.down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		r.issuer.Load().Handler().ServeHTTP(w, q)
	}))
	t.Cleanup(r.Close)
	r.issuer.Store(newIssuer(t, r.URL))
	return r
}

func TestRemoteKeys(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	clock := newClock()
	v := newVerifier(t, auth.Config{Issuer: r.URL, Audience: audience, Now: clock.Now})
	verify := func() error {
		// another token each time, so that none is remembered
		_, err := v.Verify(t.Context(), mint(t, r.issuer.Load(), map[string]any{"jti": rand.Text()}))
		return err
	}

	r.down.Store(true)
	if err := verify(); !errors.Is(err, auth.ErrKeys) || fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("down: %v", err)
	}
	r.down.Store(false)
	if err := verify(); err != nil {
		t.Fatalf("up again: %v", err)
	}
	r.down.Store(true)
	if err := verify(); err != nil {
		t.Fatalf("known keys while down: %v", err)
	}
	r.down.Store(false)

	r.issuer.Store(newIssuer(t, r.URL)) // another key
	if err := verify(); err != nil {
		t.Fatalf("new key: %v", err)
	}
	r.issuer.Store(newIssuer(t, r.URL))
	before := r.fetches.Load()
	for range 5 {
		if err := verify(); fault.KindOf(err) != fault.Unauthenticated {
			t.Fatalf("unknown key within the pause: %v", err)
		}
	}
	if got := r.fetches.Load(); got != before {
		t.Errorf("%d fetches for made-up keys", got-before)
	}
	clock.pass(31 * time.Second)
	if err := verify(); err != nil {
		t.Fatalf("after the pause: %v", err)
	}
}

func TestDiscoveryOfAnotherIssuer(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	for _, document := range []string{
		`{"issuer":"https://other.test","jwks_uri":"` + r.issuer.Load().KeysURL() + `"}`,
		`{"issuer":"` + r.URL + `"}`, `{"issuer":7}`, `<html>`,
	} {
		client := &http.Client{Transport: discovery{document}}
		v := newVerifier(t, auth.Config{Issuer: r.URL, Audience: audience, Client: client})
		if _, err := v.Verify(t.Context(), mint(t, r.issuer.Load(), nil)); !errors.Is(err, auth.ErrKeys) {
			t.Errorf("%s: %v", document, err)
		}
	}
}

// discovery answers discovery with a document of its own, and all else by the network.
type discovery struct{ document string }

func (d discovery) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/openid-configuration") {
		return http.DefaultTransport.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	_, _ = w.WriteString(d.document)
	return w.Result(), nil
}

func TestKeysURL(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	v := newVerifier(t, auth.Config{Issuer: r.URL, Audience: audience, KeysURL: r.issuer.Load().KeysURL()})
	token, err := r.issuer.Load().Mint("anna", "org-1", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), token); err != nil || r.fetches.Load() != 1 {
		t.Error(err, r.fetches.Load())
	}
}
