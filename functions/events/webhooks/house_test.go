package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit"
)

// house is the function on a database, where every public name leads to one address.
type house struct {
	*httpfn.API
	b      *api.Backend
	issuer *issuer.Issuer
	leads  string
	last   time.Time // commit time of the last member's event
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{leads: "93.184.215.14"}
	var err error
	if h.issuer, err = issuer.New("https://issuer.test", "innkeep"); err != nil {
		t.Fatal(err)
	}
	v, err := auth.NewVerifier(auth.Config{Issuer: "https://issuer.test", Audience: "innkeep", Keys: h.issuer.KeySet()})
	if err != nil {
		t.Fatal(err)
	}
	h.b = api.NewBackend(api.Parts{DB: testkit.Spanner(t), Verifier: v, Now: time.Now})
	source := api.Source(func(context.Context) (*api.Backend, error) { return h.b, nil })
	h.API = newAPI(source, func(context.Context) (*webhook.Client, error) {
		return webhook.NewClient(webhook.Options{Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr(h.leads)}, nil
		}}), nil
	})
	return h
}

// person is somebody with a token.
type person struct {
	*house
	t     *testing.T
	org   tenant.OrgID
	token string
}

func (h *house) person(t *testing.T, subject string, org tenant.OrgID) person {
	t.Helper()
	token, err := h.issuer.Mint(subject, string(org), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return person{h, t, org, token}
}

// owner is the owner of a new organisation.
func (h *house) owner(t *testing.T) person {
	t.Helper()
	org := tenant.OrgID(ids.NewUUID().String())
	actor := approval.Actor{Subject: "owner", Role: approval.OwnerAdmin}
	_, err := h.b.Setup.CreateOrganisation(testkit.Context(t), setupstore.Change{Org: org, Actor: actor, Key: "org"}, setup.Organisation{Name: "Group", BaseCurrency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	return h.person(t, "owner", org)
}

// member adds somebody to the organisation of p, an owner; that is an event of its own.
func (p person) member(role approval.Role) person {
	p.t.Helper()
	actor := approval.Actor{Subject: "owner", Role: approval.OwnerAdmin}
	res, err := p.b.Setup.SetMember(testkit.Context(p.t), setupstore.Change{Org: p.org, Actor: actor, Key: string(role)}, setup.Member{Subject: string(role), Role: role})
	if err != nil {
		p.t.Fatal(err)
	}
	p.last = res.At
	return p.person(p.t, string(role), p.org)
}

// enqueue gives the feed's consumer what has happened in the setup of the organisation.
func (p person) enqueue() {
	p.t.Helper()
	store := webhookstore.New(p.b.DB, webhookstore.Options{Now: time.Now})
	r := feed.New(p.b.DB, store.Consumer(func(int64, webhookstore.Target) {}), time.Now)
	// As a nudge says it: the emulator's commits may lie ahead of this machine's clock.
	if err := r.Drain(testkit.Context(p.t), tenant.ShardOf(p.org, tenant.Setup), p.last); err != nil {
		p.t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	Code   int
	Header http.Header
	Raw    string
	body   map[string]any
}

func (a answer) str(name string) string {
	s, _ := a.body[name].(string)
	return s
}

func (a answer) items() []any {
	list, _ := a.body["items"].([]any)
	return list
}

func (p person) call(method, at, body string, key ...string) answer {
	p.t.Helper()
	r := httptest.NewRequest(method, path+at, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+p.token)
	if method != http.MethodGet {
		r.Header.Set("Idempotency-Key", append(key, ids.NewUUID().String())[0])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	a := answer{Code: w.Code, Header: w.Header(), Raw: w.Body.String()}
	if err := json.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(&a.body); err != nil {
		p.t.Fatalf("%s %s: %d %s: %v", method, at, w.Code, a.Raw, err)
	}
	return a
}

func (p person) must(status int, method, at, body string, key ...string) answer {
	p.t.Helper()
	a := p.call(method, at, body, key...)
	if a.Code != status {
		p.t.Fatalf("%s %s %s: %d %s, want %d", method, at, body, a.Code, a.Raw, status)
	}
	return a
}

func (p person) refused(status int, code, method, at, body string, key ...string) answer {
	p.t.Helper()
	a := p.must(status, method, at, body, key...)
	if a.str("code") != code {
		p.t.Errorf("%s %s %s: %s, want the code %s", method, at, body, a.Raw, code)
	}
	return a
}
