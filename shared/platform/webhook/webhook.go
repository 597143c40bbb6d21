// Package webhook sends signed messages to addresses that strangers chose, and checks such messages
// where they arrive. Signatures are those of Standard Webhooks (standardwebhooks.com), so that a
// receiver may use any library for them. The client lets nobody reach into the network that it
// stands in (server-side request forgery).
//
// It knows no event, no endpoint's row and no schedule of attempts.
package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"innkeep.internal/shared/core/fault"
)

// The headers of a message.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

const (
	// Tolerance is by how much a message's timestamp may differ from the receiver's clock: longer, and
	// a message that somebody caught could be sent again by him.
	Tolerance = 5 * time.Minute

	secretPrefix = "whsec_"
	secretBytes  = 32 // as many as the hash has; Standard Webhooks takes 24 to 64
	minSecret    = 24
	maxSecret    = 64
	version      = "v1," // of the signature: HMAC-SHA256
	maxSigned    = 16    // signatures that are looked at: a sender in rotation sends two
)

var (
	// ErrSecret means that a text is no secret.
	ErrSecret = fault.New(fault.Invalid, "bad_webhook_secret", "a webhook secret is whsec_ and 24 to 64 bytes in base64")
	// ErrSignature means that a message has no signature by a secret of the receiver.
	ErrSignature = fault.New(fault.Unauthenticated, "bad_webhook_signature", "the message is not signed with this secret")
	// ErrTimestamp means that a message is too old, or from the future.
	ErrTimestamp = fault.New(fault.Unauthenticated, "webhook_timestamp_out_of_tolerance", "the message's timestamp is not within 5 minutes of now")
)

// Secret is what sender and receiver share. It does not show itself to logs.
type Secret []byte

// NewSecret is a random secret of 32 bytes.
func NewSecret() Secret {
	s := make(Secret, secretBytes)
	_, _ = rand.Read(s) // it never fails: see crypto/rand
	return s
}

// ParseSecret reads "whsec_<base64>"; ErrSecret for any other text.
func ParseSecret(text string) (Secret, error) {
	coded, found := strings.CutPrefix(text, secretPrefix)
	b, err := base64.StdEncoding.Strict().DecodeString(coded)
	if !found || err != nil || len(b) < minSecret || len(b) > maxSecret {
		return nil, ErrSecret
	}
	return b, nil
}

// Reveal is the secret as its owner gets it, once: "whsec_<base64>".
func (s Secret) Reveal() string { return secretPrefix + base64.StdEncoding.EncodeToString(s) }

// String hides the secret.
func (Secret) String() string { return secretPrefix + "..." }

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret: who wants to show it says so with Reveal.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Sign is the headers of a message: its id, the moment of sending and a signature by each secret,
// the newest first. While a secret is exchanged there are two, and a receiver may know either.
func Sign(id string, at time.Time, body []byte, secrets ...Secret) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	signed := make([]string, len(secrets))
	for i, s := range secrets {
		signed[i] = version + base64.StdEncoding.EncodeToString(s.mac(id, stamp, body))
	}
	return http.Header{
		HeaderID: {id}, HeaderTimestamp: {stamp}, HeaderSignature: {strings.Join(signed, " ")},
	}
}

// Verify says whether a message that arrived, with its body as it came byte for byte, was signed
// with one of the secrets, and lately: nil, ErrTimestamp or ErrSignature. A receiver then looks at the
// id, since a message may come more than once.
func Verify(h http.Header, body []byte, now time.Time, secrets ...Secret) error {
	id, stamp := h.Get(HeaderID), h.Get(HeaderTimestamp)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil || stamp != strconv.FormatInt(seconds, 10) {
		return ErrSignature
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > Tolerance || age < -Tolerance {
		return ErrTimestamp
	}
	signed := strings.Fields(h.Get(HeaderSignature))
	for _, text := range signed[:min(len(signed), maxSigned)] {
		coded, ours := strings.CutPrefix(text, version)
		mac, err := base64.StdEncoding.DecodeString(coded)
		if !ours || err != nil {
			continue
		}
		for _, s := range secrets {
			if len(s) > 0 && hmac.Equal(mac, s.mac(id, stamp, body)) {
				return nil
			}
		}
	}
	return ErrSignature
}

func (s Secret) mac(id, stamp string, body []byte) []byte {
	m := hmac.New(sha256.New, s)
	m.Write([]byte(id + "." + stamp + "."))
	m.Write(body)
	return m.Sum(nil)
}
