// Package issuer makes tokens on one's own machine and in tests. It is never linked into a
// deployed function: whoever can reach it can be anybody.
package issuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// Issuer signs tokens with a key (ES256) that lives as long as it does.
type Issuer struct {
	url, audience string
	key           *ecdsa.PrivateKey
	keyID         string
	signer        jose.Signer
}

// New makes an issuer that is known as url (without a slash at its end) and mints for audience.
func New(url, audience string) (*Issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	i := &Issuer{url: url, audience: audience, key: key, keyID: rand.Text()}
	signing := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: i.keyID}}
	if i.signer, err = jose.NewSigner(signing, (&jose.SignerOptions{}).WithType("JWT")); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	return i, nil
}

// Mint makes a token for subject, of organisation org, that is good for ttl.
func (i *Issuer) Mint(subject, org string, ttl time.Duration) (string, error) {
	return i.MintClaims(map[string]any{"sub": subject, "org_id": org, "exp": time.Now().Add(ttl).Unix()})
}

// MintClaims makes a token with claims of one's own on top of iss, aud, iat and exp (an hour from
// now); a nil value takes a claim away.
func (i *Issuer) MintClaims(claims map[string]any) (string, error) {
	now := time.Now()
	all := map[string]any{"iss": i.url, "aud": i.audience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("issuer: %w", err)
	}
	signed, err := i.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("issuer: %w", err)
	}
	return signed.CompactSerialize()
}

// KeySet verifies the issuer's tokens without a network.
func (i *Issuer) KeySet() oidc.KeySet {
	return &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{&i.key.PublicKey}}
}

// KeysURL is where JWKS is served by Handler.
func (i *Issuer) KeysURL() string { return i.url + "/.well-known/jwks.json" }

// Handler serves Discovery and JWKS below the issuer's URL, as a remote issuer does.
func (i *Issuer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.Discovery)
	mux.HandleFunc("GET /.well-known/jwks.json", i.JWKS)
	return mux
}

// Discovery answers with the discovery document (OpenID Connect Discovery 1.0).
func (i *Issuer) Discovery(w http.ResponseWriter, _ *http.Request) {
	write(w, map[string]any{
		"issuer": i.url, "jwks_uri": i.KeysURL(),
		"id_token_signing_alg_values_supported": []string{oidc.ES256},
		"response_types_supported":              []string{"id_token"},
		"subject_types_supported":               []string{"public"},
	})
}

// JWKS answers with the public key.
func (i *Issuer) JWKS(w http.ResponseWriter, _ *http.Request) {
	write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &i.key.PublicKey, KeyID: i.keyID, Algorithm: oidc.ES256, Use: "sig"},
	}})
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) //nolint:errchkjson // key sets and strings; a caller who went away is none of ours
}
