package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"innkeep.internal/shared/platform/webhook"
)

// TestPublishedVector: what every library of Standard Webhooks is checked against.
func TestPublishedVector(t *testing.T) {
	t.Parallel()
	s, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	at, body := time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)
	h := webhook.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, s)
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := h.Get("webhook-signature"); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	if h.Get("webhook-id") != "msg_p5jXN8AQM9LWM0D4loKWxJek" || h.Get("webhook-timestamp") != "1614265330" {
		t.Errorf("headers %v", h)
	}
	if err := webhook.Verify(h, body, at, s); err != nil {
		t.Error(err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	body := []byte(`{"a":1}`)
	old, fresh, foreign := webhook.NewSecret(), webhook.NewSecret(), webhook.NewSecret()
	both := webhook.Sign("e.1", now, body, fresh, old)
	edit := func(name, value string) http.Header {
		h := both.Clone()
		h.Set(name, value)
		return h
	}
	first, second, _ := strings.Cut(both.Get("webhook-signature"), " ")
	for name, c := range map[string]struct {
		header http.Header
		body   string
		now    time.Time
		secret webhook.Secret
		want   error
	}{
		"the new secret":        {both, `{"a":1}`, now, fresh, nil},
		"the old secret":        {both, `{"a":1}`, now, old, nil},
		"another secret":        {both, `{"a":1}`, now, foreign, webhook.ErrSignature},
		"no secret":             {both, `{"a":1}`, now, nil, webhook.ErrSignature},
		"another body":          {both, `{"a":1} `, now, fresh, webhook.ErrSignature},
		"another id":            {edit("webhook-id", "e.2"), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"no id":                 {edit("webhook-id", ""), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"another second":        {edit("webhook-timestamp", "1700000001"), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"no number":             {edit("webhook-timestamp", "x"), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"zeros before":          {edit("webhook-timestamp", "01700000000"), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"5 minutes old":         {both, `{"a":1}`, now.Add(5 * time.Minute), fresh, nil},
		"too old":               {both, `{"a":1}`, now.Add(5*time.Minute + time.Second), fresh, webhook.ErrTimestamp},
		"from the future":       {both, `{"a":1}`, now.Add(-5*time.Minute - time.Second), fresh, webhook.ErrTimestamp},
		"no signature":          {edit("webhook-signature", ""), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"another version":       {edit("webhook-signature", "v2"+first[2:]), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"cut off":               {edit("webhook-signature", first[:len(first)-4]), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"no base64":             {edit("webhook-signature", "v1,%"), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"a bad one before":      {edit("webhook-signature", "v1,% v1a,x "+second), `{"a":1}`, now, old, nil},
		"behind too many":       {edit("webhook-signature", strings.Repeat("v1,AA== ", 16)+first), `{"a":1}`, now, fresh, webhook.ErrSignature},
		"empty secret, its mac": {webhook.Sign("e.1", now, body, nil), `{"a":1}`, now, webhook.Secret{}, webhook.ErrSignature},
	} {
		if err := webhook.Verify(c.header, []byte(c.body), c.now, c.secret); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	s := webhook.NewSecret()
	if again, err := webhook.ParseSecret(s.Reveal()); err != nil || string(again) != string(s) || len(s) != 32 {
		t.Errorf("%d bytes, read again %v: %v", len(s), again, err)
	}
	asJSON, err := json.Marshal(struct{ Secret webhook.Secret }{s})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %x %q", s, s, s, s, s, s), string(asJSON)} {
		if strings.Contains(text, s.Reveal()[6:]) || strings.Contains(text, fmt.Sprintf("%x", []byte(s))) {
			t.Errorf("a secret shows itself: %s", text)
		}
	}
	for _, text := range []string{"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA", "whsec_%", s.Reveal() + "=", "whsec_" + strings.Repeat("AAAA", 22)} {
		if _, err := webhook.ParseSecret(text); !errors.Is(err, webhook.ErrSecret) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
