package pushfn

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/config"
	"innkeep.internal/shared/platform/lazy"
)

// ErrPusher means that the request does not come from one of our own pushers.
var ErrPusher = fault.New(fault.Denied, "pusher_denied", "the caller may not push to this function")

const (
	// googleIssuer makes the tokens of service accounts, for Pub/Sub and the scheduler alike.
	googleIssuer = "https://accounts.google.com"
	// googleKeys is the issuer's key set, as its discovery document names it.
	googleKeys = "https://www.googleapis.com/oauth2/v3/certs"
	// keysTimeout bounds one fetch of the keys.
	keysTimeout = 5 * time.Second
	// cachedTokens is ample: a pusher has one token an hour.
	cachedTokens = 100
	// maxToken bounds what is hashed and parsed before it is known to be anything, in bytes.
	maxToken = 8 << 10
)

// Verifier says whether the bearer of a token may push; token is "" where the request has none, or
// more than one. It answers auth.ErrTokenMissing, auth.ErrBadToken, ErrPusher, or auth.ErrKeys
// where there is no verdict. It is safe for concurrent use.
type Verifier interface {
	Verify(ctx context.Context, token string) error
}

// AllowEmulator lets everybody push. The emulator's pushes carry no token, so it is for the local
// server and for tests, never for a deployed function.
var AllowEmulator Verifier = everybody{}

type everybody struct{}

// Verify lets through.
func (everybody) Verify(context.Context, string) error { return nil }

type nobody struct{}

// Verify refuses.
func (nobody) Verify(context.Context, string) error {
	return fmt.Errorf("%w: no pusher is configured", ErrPusher)
}

// Config says whose pushes are taken: Audience and Accounts, or neither, in which case only the
// emulator's are.
type Config struct {
	// Audience is that of the push subscriptions and of the scheduler's jobs.
	Audience string `env:"INNKEEP_PUSH_AUDIENCE"`
	// Accounts are the e-mail addresses of the service accounts that push: Pub/Sub's and the
	// scheduler's, with commas between them.
	Accounts []string `env:"INNKEEP_PUSH_ACCOUNTS"`
	// EmulatorHost is set where the process talks to the Pub/Sub emulator.
	EmulatorHost string `env:"PUBSUB_EMULATOR_HOST"`
}

// Validate asks for both or neither.
func (c Config) Validate() error {
	if (c.Audience == "") != (len(c.Accounts) == 0) {
		return errors.New("INNKEEP_PUSH_AUDIENCE and INNKEEP_PUSH_ACCOUNTS belong together")
	}
	for _, a := range c.Accounts {
		if name, domain, ok := strings.Cut(a, "@"); !ok || name == "" || domain == "" || strings.ContainsAny(a, " \t") {
			return fmt.Errorf("INNKEEP_PUSH_ACCOUNTS: %q is no e-mail address", a)
		}
	}
	return nil
}

// Keys replaces Google's key set and the machine's clock, for tests; the zero value does not.
type Keys struct {
	Set oidc.KeySet // an error of kind Unavailable means no verdict
	Now func() time.Time
}

// NewVerifier makes the Verifier of a Config. It fails closed: without an audience and accounts
// everything is refused, unless the process talks to the emulator, whose pushes carry no token. It
// fetches nothing yet.
func NewVerifier(ctx context.Context, c Config, k Keys) (Verifier, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("pushfn: %w", err)
	}
	switch {
	case c.Audience == "" && c.EmulatorHost != "":
		return AllowEmulator, nil
	case c.Audience == "":
		return nobody{}, nil
	}
	if k.Set == nil {
		k.Set = oidc.NewRemoteKeySet(oidc.ClientContext(ctx, &http.Client{Timeout: keysTimeout}), googleKeys)
	}
	now := k.Now
	if now == nil {
		now = time.Now
	}
	return &tokens{
		verifier: oidc.NewVerifier(googleIssuer, verdict{k.Set}, &oidc.Config{
			ClientID: c.Audience, SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256}, Now: now,
		}),
		accounts: slices.Clone(c.Accounts),
		seen: cache.NewMemo(cache.Options[[sha256.Size]byte, time.Time]{
			Size:  cachedTokens,
			TTLOf: func(_ [sha256.Size]byte, expires time.Time) time.Duration { return expires.Sub(now()) },
			Now:   k.Now,
		}),
		now: now,
	}, nil
}

// tokens verifies OpenID Connect tokens of service accounts.
type tokens struct {
	verifier *oidc.IDTokenVerifier
	accounts []string
	seen     *cache.Memo[[sha256.Size]byte, time.Time] // when a good token expires
	now      func() time.Time
}

// Verify judges a token. A good one is remembered until it expires; nothing about the others is.
func (t *tokens) Verify(ctx context.Context, token string) error {
	switch {
	case token == "":
		return auth.ErrTokenMissing
	case len(token) > maxToken:
		return auth.ErrBadToken
	}
	expires, err := t.seen.Get(ctx, sha256.Sum256([]byte(token)), func(ctx context.Context) (time.Time, error) {
		return t.verify(ctx, token)
	})
	if err == nil && !t.now().Before(expires) {
		err = auth.ErrBadToken
	}
	return err
}

func (t *tokens) verify(ctx context.Context, token string) (expires time.Time, err error) {
	var noVerdict error
	verified, err := t.verifier.Verify(context.WithValue(ctx, noVerdictKey{}, &noVerdict), token)
	if noVerdict != nil {
		return expires, fmt.Errorf("%w: %w", auth.ErrKeys, noVerdict)
	}
	if err != nil {
		return expires, fmt.Errorf("%w: %w", auth.ErrBadToken, err)
	}
	var own struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := verified.Claims(&own); err != nil {
		return expires, fmt.Errorf("%w: %w", auth.ErrBadToken, err)
	}
	if !own.Verified || !slices.Contains(t.accounts, own.Email) {
		return expires, fmt.Errorf("%w: the token is another account's", ErrPusher)
	}
	return verified.Expiry, nil
}

type noVerdictKey struct{}

// verdict keeps an error of the key set that is no verdict about the token: go-oidc gives the
// set's errors as text.
type verdict struct{ oidc.KeySet }

// VerifySignature is that of the key set.
func (v verdict) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := v.KeySet.VerifySignature(ctx, jwt)
	network := (*url.Error)(nil)
	if err != nil && (fault.KindOf(err) == fault.Unavailable || ctx.Err() != nil || errors.As(err, &network)) {
		if kept, ok := ctx.Value(noVerdictKey{}).(*error); ok {
			*kept = err
		}
	}
	return payload, err
}

// lazily is a Verifier that is made on first use; a start that failed is tried again.
type lazily struct{ *lazy.Value[Verifier] }

// fromEnvironment is the Verifier of the Config in the environment.
func fromEnvironment() Verifier {
	return lazily{lazy.New(func(ctx context.Context) (Verifier, error) {
		c, err := config.Load[Config](ctx)
		if err != nil {
			return nil, err
		}
		return NewVerifier(ctx, c, Keys{})
	})}
}

// Verify asks the Verifier; one that cannot be made lets nobody through.
func (l lazily) Verify(ctx context.Context, token string) error {
	v, err := l.Get(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", auth.ErrKeys, err)
	}
	return v.Verify(ctx, token)
}

// bearer is the token of the one header Authorization (RFC 6750, 2.1); "" when there is none.
func bearer(r *http.Request) string {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
