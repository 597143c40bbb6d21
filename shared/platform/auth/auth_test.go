package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
)

const (
	issuerURL = "https://issuer.test"
	audience  = "innkeep"
)

// counted is a key set that counts.
type counted struct {
	oidc.KeySet
	calls atomic.Int32
}

func (c *counted) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	c.calls.Add(1)
	return c.KeySet.VerifySignature(ctx, jwt)
}

// clock stands still until it is told to go; caches read it in the background.
type clock struct{ unix atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.unix.Store(time.Now().Unix())
	return c
}

func (c *clock) Now() time.Time       { return time.Unix(c.unix.Load(), 0) }
func (c *clock) pass(d time.Duration) { c.unix.Add(int64(d / time.Second)) }

func newIssuer(t *testing.T, url string) *issuer.Issuer {
	t.Helper()
	i, err := issuer.New(url, audience)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func newVerifier(t *testing.T, c auth.Config) *auth.Verifier {
	t.Helper()
	v, err := auth.NewVerifier(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mint(t *testing.T, i *issuer.Issuer, claims map[string]any) string {
	t.Helper()
	all := map[string]any{"sub": "anna", "org_id": "org-1"}
	for k, v := range claims {
		all[k] = v
	}
	token, err := i.MintClaims(all)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// forge makes a token that header and sign say how to sign.
func forge(t *testing.T, payload string, alg string, sign func(input []byte) []byte) string {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64([]byte(`{"alg":"`+alg+`","typ":"JWT"}`)) + "." + b64([]byte(payload))
	return input + "." + b64(sign([]byte(input)))
}

func payloadOf(t *testing.T, token string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// publicKeyOf is the issuer's public key, as anybody can fetch it.
func publicKeyOf(t *testing.T, i *issuer.Issuer) jose.JSONWebKey {
	t.Helper()
	w := httptest.NewRecorder()
	i.JWKS(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	return set.Keys[0]
}

func hs256(t *testing.T, secret []byte, payload string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: secret}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestVerify(t *testing.T) {
	t.Parallel()
	ours, other := newIssuer(t, issuerURL), newIssuer(t, issuerURL)
	v := newVerifier(t, auth.Config{Issuer: issuerURL, Audience: audience, Keys: ours.KeySet()})
	good := mint(t, ours, nil)
	parts := strings.Split(good, ".")
	tampered := strings.Replace(payloadOf(t, good), "org-1", "org-2", 1)
	public, err := x509.MarshalPKIXPublicKey(publicKeyOf(t, ours).Key.(*ecdsa.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	tests := []struct {
		name, token string
		want        error
	}{
		{"good", good, nil},
		{"several audiences", mint(t, ours, map[string]any{"aud": []string{"x", audience}}), nil},
		{"no token at all", "abc", auth.ErrBadToken},
		{"too long", good + strings.Repeat("x", 9000), auth.ErrBadToken},
		{"alg none", forge(t, payloadOf(t, good), "none", func([]byte) []byte { return nil }), auth.ErrBadToken},
		{"HS256 with the public key", hs256(t, public, payloadOf(t, good)), auth.ErrBadToken},
		{"no signature", parts[0] + "." + parts[1] + ".", auth.ErrBadToken},
		{"tampered", parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(tampered)) + "." + parts[2], auth.ErrBadToken},
		{"other key", mint(t, other, nil), auth.ErrBadToken},
		{"wrong issuer", mint(t, ours, map[string]any{"iss": "https://other.test"}), auth.ErrBadToken},
		{"wrong audience", mint(t, ours, map[string]any{"aud": "other"}), auth.ErrBadToken},
		{"expired", mint(t, ours, map[string]any{"exp": now.Add(-time.Second).Unix()}), auth.ErrBadToken},
		{"no expiry", mint(t, ours, map[string]any{"exp": nil}), auth.ErrBadToken},
		{"not yet valid", mint(t, ours, map[string]any{"nbf": now.Add(time.Hour).Unix()}), auth.ErrBadToken},
		{"no subject", mint(t, ours, map[string]any{"sub": nil}), auth.ErrBadToken},
		{"no organisation", mint(t, ours, map[string]any{"org_id": nil}), tenant.ErrOrgID},
		{"bad organisation", mint(t, ours, map[string]any{"org_id": "a/b"}), tenant.ErrOrgID},
		{"organisation of another type", mint(t, ours, map[string]any{"org_id": 7}), auth.ErrBadToken},
		{"several organisations", mint(t, ours, map[string]any{"org_id": []string{"org-1"}}), auth.ErrBadToken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := v.Verify(t.Context(), tt.token)
			if tt.want == nil {
				want := auth.Claims{Subject: "anna", OrgID: "org-1", Expires: got.Expires}
				if diff := cmp.Diff(want, got); err != nil || diff != "" || got.Expires.Before(now) {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
				return
			}
			if !errors.Is(err, tt.want) || fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if diff := cmp.Diff(auth.Claims{}, got); diff != "" {
				t.Errorf("claims beside an error: %s", diff)
			}
		})
	}
}

func TestVerifyRemembersUntilExpiry(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, issuerURL)
	keys := &counted{KeySet: i.KeySet()}
	clock := newClock()
	v := newVerifier(t, auth.Config{Issuer: issuerURL, Audience: audience, Keys: keys, Now: clock.Now})
	token := mint(t, i, map[string]any{"exp": clock.Now().Add(time.Minute).Unix()})
	steps := []struct {
		pass  time.Duration
		good  bool
		calls int32
	}{{0, true, 1}, {0, true, 1}, {59 * time.Second, true, 1}, {time.Second, false, 2}, {time.Second, false, 3}}
	for n, s := range steps {
		clock.pass(s.pass)
		_, err := v.Verify(t.Context(), token)
		if (err == nil) != s.good || keys.calls.Load() != s.calls {
			t.Errorf("step %d: %v, %d calls, want %+v", n, err, keys.calls.Load(), s)
		}
	}
	bad := mint(t, newIssuer(t, issuerURL), nil)
	before := keys.calls.Load()
	for range 3 {
		_, _ = v.Verify(t.Context(), bad)
	}
	if got := keys.calls.Load() - before; got != 3 {
		t.Errorf("a refusal was remembered: %d calls", got)
	}
}

func TestMiddleware(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, issuerURL)
	v := newVerifier(t, auth.Config{Issuer: issuerURL, Audience: audience, Keys: i.KeySet()})
	good := "Bearer " + mint(t, i, nil)
	up := func(context.Context) (*auth.Verifier, error) { return v, nil }
	down := func(context.Context) (*auth.Verifier, error) { return nil, errors.New("not configured") }
	tests := []struct {
		name     string
		verifier func(context.Context) (*auth.Verifier, error)
		headers  []string
		status   int
		code     string
	}{
		{"good", up, []string{good}, 200, ""},
		{"lower case scheme", up, []string{"bearer" + good[6:]}, 200, ""},
		{"missing", up, nil, 401, "token_missing"},
		{"another scheme", up, []string{"Basic abc"}, 401, "token_missing"},
		{"empty", up, []string{"Bearer "}, 401, "token_missing"},
		{"two", up, []string{good, good}, 401, "token_missing"},
		{"bad", up, []string{"Bearer abc"}, 401, "bad_token"},
		{"no verifier", down, []string{good}, 503, "keys_unavailable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			reached := false
			h := auth.Middleware(tt.verifier)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				claims, err := auth.FromContext(r.Context())
				reached = err == nil && claims.OrgID == "org-1"
			}))
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			r.Header["Authorization"] = tt.headers
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status || reached != (tt.status == 200) || !strings.Contains(w.Body.String(), tt.code) {
				t.Errorf("%d %s, reached: %v", w.Code, w.Body, reached)
			}
			if got := w.Header().Get("WWW-Authenticate"); (got == "Bearer") != (tt.status == 401) {
				t.Errorf("WWW-Authenticate %q", got)
			}
		})
	}
	if _, err := auth.FromContext(t.Context()); !errors.Is(err, auth.ErrTokenMissing) {
		t.Error(err)
	}
}

func BenchmarkVerify(b *testing.B) {
	i, err := issuer.New(issuerURL, audience)
	if err != nil {
		b.Fatal(err)
	}
	token, err := i.Mint("anna", "org-1", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	v, err := auth.NewVerifier(auth.Config{Issuer: issuerURL, Audience: audience, Keys: i.KeySet()})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
