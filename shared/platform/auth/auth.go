// Package auth says who calls: it turns a bearer token (OpenID Connect) into Claims and puts them
// into the request's context.
//
// It knows issuer, audience and keys; it knows no roles. The organisation comes from the claim
// org_id and from nowhere else. Whatever cannot be verified is refused.
package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/httpfn"
)

var (
	// ErrTokenMissing means that a request has no header Authorization: Bearer.
	ErrTokenMissing = fault.New(fault.Unauthenticated, "token_missing", "the request needs a bearer token")
	// ErrBadToken means that the token is not one of ours, or no longer valid.
	ErrBadToken = fault.New(fault.Unauthenticated, "bad_token", "the bearer token is not valid")
	// ErrKeys means that the keys of the issuer could not be fetched, so nothing can be verified.
	ErrKeys = fault.New(fault.Unavailable, "keys_unavailable", "tokens cannot be verified at the moment")
)

const (
	// cachedTokens bounds the memory of verified tokens, about 300 bytes each.
	cachedTokens = 10_000
	// maxToken bounds what is hashed and parsed before it is known to be anything, in bytes.
	maxToken = 8 << 10
)

// Claims is what a verified token says.
type Claims struct {
	Subject string    // the caller, unique at the issuer
	OrgID   string    // as tenant.ParseOrgID takes it
	Expires time.Time // the token is good before this
}

// Config of a Verifier. Issuer and Audience are required.
type Config struct {
	Issuer   string
	Audience string
	KeysURL  string           // of the key set (JWKS); empty: the issuer's discovery document names it
	Keys     oidc.KeySet      // instead of KeysURL; an error of kind Unavailable means no verdict
	Client   *http.Client     // for fetching keys; one with a time-out of 5 s when nil
	Now      func() time.Time // the machine's clock when nil
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	tokens *oidc.IDTokenVerifier
	remote *remoteKeys // nil where the keys are given
	seen   *cache.Memo[[sha256.Size]byte, Claims]
	now    func() time.Time
}

// NewVerifier makes a Verifier. It fetches nothing yet.
func NewVerifier(c Config) (*Verifier, error) {
	if c.Issuer == "" || c.Audience == "" {
		return nil, fmt.Errorf("auth: issuer and audience are required")
	}
	now := c.Now
	if now == nil {
		now = time.Now
	}
	keys := c.Keys
	var remote *remoteKeys
	if keys == nil {
		remote = newRemoteKeys(c.Issuer, c.KeysURL, c.Client, now)
		keys = remote
	}
	return &Verifier{
		remote: remote,
		tokens: oidc.NewVerifier(c.Issuer, verdict{keys}, &oidc.Config{
			ClientID: c.Audience, SupportedSigningAlgs: algorithms, Now: now,
		}),
		seen: cache.NewMemo(cache.Options[[sha256.Size]byte, Claims]{
			Size:  cachedTokens,
			TTLOf: func(_ [sha256.Size]byte, c Claims) time.Duration { return c.Expires.Sub(now()) },
			Now:   c.Now,
		}),
		now: now,
	}, nil
}

// Ready says whether tokens can be verified: ErrKeys when the issuer's keys are not here and cannot be
// fetched.
func (v *Verifier) Ready(ctx context.Context) error {
	if v.remote == nil {
		return nil
	}
	_, err := v.remote.keys(ctx)
	return err
}

// Verify gives the claims of token: ErrBadToken, tenant.ErrOrgID or ErrKeys when it cannot. A
// verified token is remembered until it expires; nothing is remembered about the others.
func (v *Verifier) Verify(ctx context.Context, token string) (Claims, error) {
	if len(token) > maxToken {
		return Claims{}, ErrBadToken
	}
	key := sha256.Sum256([]byte(token))
	claims, err := v.seen.Get(ctx, key, func(ctx context.Context) (Claims, error) { return v.verify(ctx, token) })
	if err != nil {
		return Claims{}, err
	}
	if !v.now().Before(claims.Expires) {
		return Claims{}, ErrBadToken
	}
	return claims, nil
}

func (v *Verifier) verify(ctx context.Context, token string) (Claims, error) {
	var noVerdict error
	verified, err := v.tokens.Verify(context.WithValue(ctx, noVerdictKey{}, &noVerdict), token)
	if noVerdict != nil {
		return Claims{}, noVerdict
	}
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrBadToken, err)
	}
	var own struct {
		OrgID string `json:"org_id"`
	}
	if err := verified.Claims(&own); err != nil || verified.Subject == "" {
		return Claims{}, ErrBadToken
	}
	org, err := tenant.ParseOrgID(own.OrgID)
	if err != nil {
		return Claims{}, err
	}
	return Claims{Subject: verified.Subject, OrgID: string(org), Expires: verified.Expiry}, nil
}

type claimsKey struct{}

// With is ctx with the claims of its caller.
func With(ctx context.Context, c Claims) context.Context {
	return context.WithValue(ctx, claimsKey{}, c)
}

// FromContext is the caller whom Middleware let in; ErrTokenMissing where nobody was.
func FromContext(ctx context.Context) (Claims, error) {
	c, ok := ctx.Value(claimsKey{}).(Claims)
	if !ok {
		return Claims{}, ErrTokenMissing
	}
	return c, nil
}

// Middleware lets through whoever has a valid token, with his claims in the context. The Verifier
// comes from a function, such as lazy.Value.Get, so that a failed start is tried again; its error
// is answered as ErrKeys.
func Middleware(verifier func(context.Context) (*Verifier, error)) httpfn.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, err := bearer(r)
			if err != nil {
				httpfn.WriteError(w, r, err)
				return
			}
			v, err := verifier(r.Context())
			if err != nil {
				httpfn.WriteError(w, r, fmt.Errorf("%w: %w", ErrKeys, err))
				return
			}
			claims, err := v.Verify(r.Context(), token)
			if err != nil {
				httpfn.WriteError(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(With(r.Context(), claims)))
		})
	}
}

// bearer is the token of the one header Authorization (RFC 6750, 2.1).
func bearer(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", ErrTokenMissing
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if token = strings.TrimSpace(token); len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", ErrTokenMissing
	}
	return token, nil
}
