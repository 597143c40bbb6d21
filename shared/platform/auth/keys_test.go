package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
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
	now := time.Now()
	v := newVerifier(t, auth.Config{Issuer: r.URL, Audience: audience, Now: func() time.Time { return now }})
	verify := func() error {
		// another token each time, so that none is remembered
		_, err := v.Verify(t.Context(), mint(t, r.issuer.Load(), map[string]any{"jti": r.fetches.Load(), "n": now.UnixNano()}))
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
	now = now.Add(31 * time.Second)
	if err := verify(); err != nil {
		t.Fatalf("after the pause: %v", err)
	}
}

func TestDiscoveryOfAnotherIssuer(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	r.issuer.Store(newIssuer(t, "https://other.test"))
	v := newVerifier(t, auth.Config{Issuer: r.URL, Audience: audience})
	if _, err := v.Verify(t.Context(), mint(t, r.issuer.Load(), nil)); !errors.Is(err, auth.ErrKeys) {
		t.Error(err)
	}
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
