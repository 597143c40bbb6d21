package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/cache"
)

// algorithms are those that are taken: asymmetric ones, so that a public key can never be used as
// a shared secret.
var algorithms = []string{oidc.RS256, oidc.ES256, oidc.EdDSA}

var errSignature = errors.New("auth: no key verifies the token")

const (
	// keysAge is how long fetched keys are used: a key that the issuer withdrew dies within it.
	keysAge = time.Hour
	// keysPause is the least time between two fetches for keys that are not known, so that made-up
	// key ids cannot make us hammer the issuer.
	keysPause = 30 * time.Second
	// keysTimeout bounds one fetch.
	keysTimeout = 5 * time.Second
	// maxDocument bounds what is read from the issuer, in bytes.
	maxDocument = 1 << 20
)

type noVerdictKey struct{}

// verdict keeps an error that is no verdict about the token: go-oidc flattens the errors of a key
// set to text.
type verdict struct{ keys oidc.KeySet }

// VerifySignature is that of the key set.
func (v verdict) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := v.keys.VerifySignature(ctx, jwt)
	if err != nil && (fault.KindOf(err) == fault.Unavailable || ctx.Err() != nil) {
		if kept, ok := ctx.Value(noVerdictKey{}).(*error); ok {
			*kept = err
			if fault.KindOf(err) != fault.Unavailable {
				*kept = ctx.Err()
			}
		}
	}
	return payload, err
}

// remoteKeys is the issuer's key set, fetched when it is needed. go-oidc's own fetches again for
// every token with an unknown key, never drops a key, and gives its failures as text.
type remoteKeys struct {
	issuer, url string
	client      *http.Client
	now         func() time.Time
	fetched     *cache.Memo[struct{}, []jose.JSONWebKey]

	mu   sync.Mutex
	last time.Time // when a fetch for an unknown key was last allowed
}

func newRemoteKeys(issuer, url string, client *http.Client, now func() time.Time) *remoteKeys {
	if client == nil {
		client = &http.Client{Timeout: keysTimeout}
	}
	return &remoteKeys{
		issuer: issuer, url: url, client: client, now: now,
		fetched: cache.NewMemo(cache.Options[struct{}, []jose.JSONWebKey]{Size: 1, TTL: keysAge, Now: now}),
	}
}

// VerifySignature gives the payload of jwt.
func (k *remoteKeys) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	token, err := jose.ParseSignedCompact(jwt, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil || len(token.Signatures) != 1 {
		return nil, errSignature
	}
	keys, err := k.keys(ctx)
	if err != nil {
		return nil, err
	}
	payload, known, err := try(token, keys)
	if known || !k.mayRefetch() {
		return payload, err
	}
	k.fetched.Forget(struct{}{})
	if keys, err = k.keys(ctx); err != nil {
		return nil, err
	}
	payload, _, err = try(token, keys)
	return payload, err
}

// try verifies token with the keys of its id; known says whether there are any.
func try(token *jose.JSONWebSignature, keys []jose.JSONWebKey) (payload []byte, known bool, err error) {
	header := token.Signatures[0].Header
	for _, key := range keys {
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		known = true
		if payload, err = token.Verify(key); err == nil {
			return payload, true, nil
		}
	}
	return nil, known, errSignature
}

func (k *remoteKeys) mayRefetch() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if now.Sub(k.last) < keysPause {
		return false
	}
	k.last = now
	return true
}

func (k *remoteKeys) keys(ctx context.Context) ([]jose.JSONWebKey, error) {
	return k.fetched.Get(ctx, struct{}{}, func(ctx context.Context) ([]jose.JSONWebKey, error) {
		keys, err := k.fetch(ctx)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKeys, err)
		}
		return keys, nil
	})
}

func (k *remoteKeys) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	url := k.url
	if url == "" {
		var discovered struct {
			Issuer  string `json:"issuer"`
			KeysURL string `json:"jwks_uri"`
		}
		if err := k.get(ctx, strings.TrimSuffix(k.issuer, "/")+"/.well-known/openid-configuration", &discovered); err != nil {
			return nil, err
		}
		if discovered.Issuer != k.issuer || discovered.KeysURL == "" {
			return nil, fmt.Errorf("auth: the discovery document is not that of %s", k.issuer)
		}
		url = discovered.KeysURL
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := k.get(ctx, url, &set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey // kinds that go-jose does not know are passed over
		if json.Unmarshal(raw, &key) == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("auth: no usable key at %s", url)
	}
	return keys, nil
}

func (k *remoteKeys) get(ctx context.Context, url string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	reply, err := k.client.Do(r)
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("auth: %s answered %s", url, reply.Status)
	}
	if err := json.NewDecoder(io.LimitReader(reply.Body, maxDocument)).Decode(into); err != nil {
		return fmt.Errorf("auth: %s: %w", url, err)
	}
	return nil
}
