package pushfn_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/config"
	"innkeep.internal/shared/platform/pushfn"
)

const (
	google   = "https://accounts.google.com"
	audience = "https://push.innkeep.test"
	account  = "pusher@p.iam.gserviceaccount.com"
	cron     = "cron@p.iam.gserviceaccount.com"
)

var configured = pushfn.Config{Audience: audience, Accounts: []string{account, cron}}

func newIssuer(t *testing.T, url string) *issuer.Issuer {
	t.Helper()
	i, err := issuer.New(url, audience)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// mint makes a token of the pusher's with some claims changed.
func mint(t *testing.T, i *issuer.Issuer, changed map[string]any) string {
	t.Helper()
	claims := map[string]any{"sub": "1", "email": account, "email_verified": true}
	for k, v := range changed {
		claims[k] = v
	}
	token, err := i.MintClaims(claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func newVerifier(t *testing.T, c pushfn.Config, k pushfn.Keys) pushfn.Verifier {
	t.Helper()
	v, err := pushfn.NewVerifier(t.Context(), c, k)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTokens(t *testing.T) {
	t.Parallel()
	ours, stranger := newIssuer(t, google), newIssuer(t, "https://issuer.test")
	past := time.Now().Add(-time.Minute).Unix()
	tests := []struct {
		name   string
		header []string
		status int
	}{
		{"the pusher", []string{"Bearer " + mint(t, ours, nil)}, 204},
		{"the scheduler", []string{"bearer " + mint(t, ours, map[string]any{"email": cron})}, 204},
		{"none", nil, 401},
		{"empty", []string{"Bearer "}, 401},
		{"two", []string{"Bearer " + mint(t, ours, nil), "Bearer " + mint(t, ours, nil)}, 401},
		{"another scheme", []string{"Basic " + mint(t, ours, nil)}, 401},
		{"no token", []string{"Bearer abc"}, 401},
		{"too long", []string{"Bearer " + mint(t, ours, map[string]any{"more": strings.Repeat("a", 9<<10)})}, 401},
		{"wrong audience", []string{"Bearer " + mint(t, ours, map[string]any{"aud": "https://other.test"})}, 401},
		{"expired", []string{"Bearer " + mint(t, ours, map[string]any{"exp": past})}, 401},
		{"never expires", []string{"Bearer " + mint(t, ours, map[string]any{"exp": nil})}, 401},
		{"other issuer", []string{"Bearer " + mint(t, ours, map[string]any{"iss": "https://issuer.test"})}, 401},
		{"other key", []string{"Bearer " + mint(t, stranger, map[string]any{"iss": google})}, 401},
		{"wrong email", []string{"Bearer " + mint(t, ours, map[string]any{"email": "pusher@q.iam.gserviceaccount.com"})}, 403},
		{"no email", []string{"Bearer " + mint(t, ours, map[string]any{"email": nil})}, 403},
		{"unverified email", []string{"Bearer " + mint(t, ours, map[string]any{"email_verified": false})}, 403},
		{"unverified by silence", []string{"Bearer " + mint(t, ours, map[string]any{"email_verified": nil})}, 403},
		{"verified in another form", []string{"Bearer " + mint(t, ours, map[string]any{"email_verified": "true"})}, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			h := pushfn.New("relay", pushfn.Options{
				Pusher: newVerifier(t, configured, pushfn.Keys{Set: ours.KeySet()}),
				Push:   func(context.Context, pushfn.Message) error { calls++; return nil },
			})
			var header []string
			for _, v := range tt.header {
				header = append(header, "Authorization", v)
			}
			if w := post(t, h, pushed, header...); w.Code != tt.status || (calls == 1) != (tt.status == 204) {
				t.Errorf("status %d after %d calls, want %d", w.Code, calls, tt.status)
			}
		})
	}
}

// keySet is a key set made of a function.
type keySet func(ctx context.Context, jwt string) ([]byte, error)

func (k keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) { return k(ctx, jwt) }

// A good token is verified once and dies in time; bad ones are never remembered.
func TestTokensAreRemembered(t *testing.T) {
	t.Parallel()
	ours := newIssuer(t, google)
	var verified, passed atomic.Int64
	start := time.Now().Truncate(time.Second) // as exp is
	v := newVerifier(t, configured, pushfn.Keys{
		Set: keySet(func(ctx context.Context, jwt string) ([]byte, error) {
			verified.Add(1)
			return ours.KeySet().VerifySignature(ctx, jwt)
		}),
		Now: func() time.Time { return start.Add(time.Duration(passed.Load())) },
	})
	good := mint(t, ours, map[string]any{"exp": start.Add(time.Hour).Unix()})
	bad := mint(t, ours, map[string]any{"email": "x@y"})
	for range 3 {
		if err := v.Verify(t.Context(), good); err != nil {
			t.Error(err)
		}
		if err := v.Verify(t.Context(), bad); !errors.Is(err, pushfn.ErrPusher) {
			t.Error(err)
		}
	}
	if got := verified.Load(); got != 1+3 {
		t.Errorf("%d signatures verified, want 1 of the good one and 3 of the bad one", got)
	}
	for _, age := range []time.Duration{time.Hour, 61 * time.Minute} {
		passed.Store(int64(age))
		if err := v.Verify(t.Context(), good); !errors.Is(err, auth.ErrBadToken) {
			t.Errorf("after %v: %v", age, err)
		}
	}
}

// Where the keys cannot be had there is no verdict: that is not the token's fault.
func TestNoVerdict(t *testing.T) {
	t.Parallel()
	token := mint(t, newIssuer(t, google), nil)
	for name, err := range map[string]error{
		"network":     &url.Error{Op: "Get", URL: "https://keys.test", Err: errors.New("refused")},
		"unavailable": fault.New(fault.Unavailable, "keys", "keys"),
	} {
		v := newVerifier(t, configured, pushfn.Keys{Set: keySet(func(context.Context, string) ([]byte, error) { return nil, err })})
		h := pushfn.New("relay", pushfn.Options{Pusher: v, Push: func(context.Context, pushfn.Message) error { return nil }})
		if w := post(t, h, pushed, "Authorization", "Bearer "+token); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		env     map[string]string
		refused bool  // by Validate
		want    error // of a request without a token
	}{
		{"nothing", nil, false, pushfn.ErrPusher},
		{"the emulator", map[string]string{"PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}, false, nil},
		{"complete", map[string]string{"INNKEEP_PUSH_AUDIENCE": audience, "INNKEEP_PUSH_ACCOUNTS": account + ", " + cron}, false, auth.ErrTokenMissing},
		{
			"complete beside the emulator",
			map[string]string{"INNKEEP_PUSH_AUDIENCE": audience, "INNKEEP_PUSH_ACCOUNTS": account, "PUBSUB_EMULATOR_HOST": "127.0.0.1:1"},
			false, auth.ErrTokenMissing,
		},
		{"no accounts", map[string]string{"INNKEEP_PUSH_AUDIENCE": audience, "PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}, true, nil},
		{"no audience", map[string]string{"INNKEEP_PUSH_ACCOUNTS": account}, true, nil},
		{"no address", map[string]string{"INNKEEP_PUSH_AUDIENCE": audience, "INNKEEP_PUSH_ACCOUNTS": account + ",cron"}, true, nil},
		{"an empty address", map[string]string{"INNKEEP_PUSH_AUDIENCE": audience, "INNKEEP_PUSH_ACCOUNTS": account + ","}, true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := config.LoadFrom[pushfn.Config](t.Context(), envconfig.MapLookuper(tt.env))
			if (err != nil) != tt.refused {
				t.Fatal(err)
			}
			if tt.refused {
				return
			}
			if err := newVerifier(t, c, pushfn.Keys{}).Verify(t.Context(), ""); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if _, err := pushfn.NewVerifier(t.Context(), pushfn.Config{Audience: audience}, pushfn.Keys{}); err == nil {
		t.Error("NewVerifier takes half a Config")
	}
}

// Without a Pusher the environment says who may push: nobody, where it says nothing.
func TestEnvironment(t *testing.T) { // it sets variables, so it is alone
	for name, tt := range map[string]struct {
		env    map[string]string
		status int
	}{
		"nothing":  {nil, 403},
		"emulator": {map[string]string{"PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}, 204},
		"complete": {map[string]string{"INNKEEP_PUSH_AUDIENCE": audience, "INNKEEP_PUSH_ACCOUNTS": account}, 401},
		"half":     {map[string]string{"INNKEEP_PUSH_AUDIENCE": audience}, 503},
	} {
		t.Run(name, func(t *testing.T) {
			for _, v := range []string{"PUBSUB_EMULATOR_HOST", "INNKEEP_PUSH_AUDIENCE", "INNKEEP_PUSH_ACCOUNTS"} {
				t.Setenv(v, tt.env[v])
			}
			h := pushfn.New("relay", pushfn.Options{Push: func(context.Context, pushfn.Message) error { return nil }})
			if w := post(t, h, pushed); w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
		})
	}
}
