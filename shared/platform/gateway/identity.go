package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/compute/metadata"

	"innkeep.internal/shared/platform/cache"
)

// identityHeader carries who calls. Authorization is the end user's: IAM looks here first.
const identityHeader = "X-Serverless-Authorization"

// Identity gives the ID token with which this function calls an audience, a function's base URL.
type Identity func(ctx context.Context, audience string) (token string, err error)

const (
	identityPath = "instance/service-accounts/default/identity"
	// identityTimeout bounds one question to the metadata server, which answers from this machine.
	identityTimeout = 3 * time.Second
	// identityEarly is how long before its end a token is no longer sent: clocks differ, calls last.
	identityEarly = time.Minute
	// identities bounds the memory of tokens: there is one for each function.
	identities = 200
)

var errIdentity = errors.New("gateway: the metadata server gave no ID token")

// identity is a token and its end.
type identity struct {
	token string
	until time.Time
}

// NewGoogleIdentity asks the metadata server of Google Cloud, and keeps what it says until it expires.
// The end is read from the token: the metadata server has tokens of several ages.
func NewGoogleIdentity(now func() time.Time) Identity {
	client := metadata.NewClient(nil)
	kept := cache.NewMemo(cache.Options[string, identity]{
		Size: identities, Now: now,
		TTLOf: func(_ string, i identity) time.Duration { return i.until.Sub(now()) - identityEarly },
	})
	return func(ctx context.Context, audience string) (string, error) {
		i, err := kept.Get(ctx, audience, func(ctx context.Context) (identity, error) {
			ctx, cancel := context.WithTimeout(ctx, identityTimeout)
			defer cancel()
			token, err := client.GetWithContext(ctx, identityPath+"?"+url.Values{"audience": {audience}}.Encode())
			if err != nil {
				return identity{}, fmt.Errorf("%w: %w", errIdentity, err)
			}
			until, err := expiry(token)
			return identity{token, until}, err
		})
		return i.token, err
	}
}

// expiry reads the claim exp. Whether the token is good is judged by whom it is shown to.
func expiry(token string) (time.Time, error) {
	var claims struct {
		Exp int64 `json:"exp"`
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, errIdentity
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Exp == 0 {
		return time.Time{}, errIdentity
	}
	return time.Unix(claims.Exp, 0), nil
}
