package assembly

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"innkeep.internal/functions"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/heads"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/firestore"
	"innkeep.internal/shared/testkit/grants"
	"innkeep.internal/shared/testkit/pubsub"
)

// callerKey carries the functions.Function that a call is made by.
type callerKey struct{}

func caller(ctx context.Context) functions.Function {
	f, _ := ctx.Value(callerKey{}).(functions.Function)
	return f
}

// acts are what functions did beside the database: "publishes feed-nudges", "firestore write".
type acts struct {
	mu   sync.Mutex
	done map[string]map[string]bool // by function
}

func (a *acts) look(ctx context.Context, call any) {
	what := "firestore read"
	switch c := call.(type) {
	case *pubsubpb.PublishRequest:
		what = "publishes " + path.Base(c.GetTopic())
	case *firestorepb.CommitRequest:
		if len(c.GetWrites()) > 0 {
			what = "firestore write"
		}
	case *firestorepb.BatchWriteRequest:
		what = "firestore write"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if f := caller(ctx).Name; f != "" {
		if a.done[f] == nil {
			a.done[f] = map[string]bool{}
		}
		a.done[f][what] = true
	}
}

// told is what the catalogue says of a function, in the words of acts.
func told(f functions.Function) map[string]bool {
	all := map[string]bool{"firestore read": f.Firestore != ""}
	for _, topic := range f.Publishes {
		all["publishes "+topic] = true
	}
	if f.Firestore != "" {
		all["firestore "+string(f.Firestore)] = true
	}
	return all
}

// street is all functions, each called as itself.
type street struct {
	t     *testing.T
	parts map[string]Part
	acts  *acts
	token string
}

func newStreet(t *testing.T) *street {
	t.Helper()
	c, err := functions.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &street{t: t, parts: map[string]Part{}, acts: &acts{done: map[string]map[string]bool{}}}
	project := firestore.Project(t)
	conn, err := grpc.NewClient(os.Getenv(emulator.Firestore.Env()), append(grants.Look(s.acts.look),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(owns{}))...)
	if err != nil {
		t.Fatal(err)
	}
	parts := api.Parts{Now: events.Now, DB: testkit.Spanner(t, grants.Watch(t, func(ctx context.Context) (string, []string) {
		return caller(ctx).Name, caller(ctx).Roles
	})...)}
	if parts.Heads, err = heads.Open(t.Context(), project, option.WithGRPCConn(conn)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = parts.Heads.Close() })
	for late := time.Now().Add(time.Minute); parts.Heads.Reach(t.Context()) != nil; { // its first call is slow
		if time.Now().After(late) {
			t.Fatal("Firestore does not answer")
		}
	}
	parts.Cache = api.NewCache(parts.Heads, parts.Now)
	messages := pubsub.New(t)
	var opts []option.ClientOption
	for _, o := range grants.Look(s.acts.look) {
		opts = append(opts, option.WithGRPCDialOption(o))
	}
	if parts.Topics, err = publish.Open(t.Context(), messages.ID, opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = parts.Topics.Close() })
	for _, topic := range c.Topics {
		if err := messages.Admin.EnsureTopic(t.Context(), topic.Name); err != nil {
			t.Fatal(err)
		}
	}
	tokens, err := issuer.New("https://issuer.test", "innkeep")
	if err != nil {
		t.Fatal(err)
	}
	if parts.Verifier, err = auth.NewVerifier(auth.Config{Issuer: "https://issuer.test", Audience: "innkeep", Keys: tokens.KeySet()}); err != nil {
		t.Fatal(err)
	}
	if s.token, err = tokens.Mint("owner", "org", time.Hour); err != nil {
		t.Fatal(err)
	}
	backend := api.NewBackend(parts)
	made, err := Make(c, func(context.Context) (*api.Backend, error) { return backend, nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range made {
		s.parts[p.Function.Name] = p
	}
	return s
}

// call calls a function as its own instance would be.
func (s *street) call(status int, name, method, path, body string) map[string]any {
	s.t.Helper()
	p := s.parts[name]
	ctx, cancel := context.WithTimeout(context.WithValue(s.t.Context(), callerKey{}, p.Function), 20*time.Second)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprint(name, len(body)))
	w := httptest.NewRecorder()
	p.Handler.ServeHTTP(w, r)
	if w.Code != status {
		s.t.Fatalf("%s %s: %d %s", name, path, w.Code, w.Body)
	}
	var v map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &v) // sweeps say nothing
	return v
}

// run has every function that Pub/Sub and the scheduler call look at a shard, or at all there is.
func (s *street) run(shard int64) {
	s.t.Helper()
	nudge, err := json.Marshal(feed.Nudge(shard, events.Now()).Attributes)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(s.parts)) {
		switch f := s.parts[name].Function; {
		case !f.Internal():
		case f.Topic == feed.Topic && name != "warm": // which takes its time after a nudge
			s.call(http.StatusNoContent, name, "POST", "/", `{"message":{"messageId":"1","attributes":`+string(nudge)+`},"subscription":"`+name+`"}`)
		default:
			s.call(http.StatusNoContent, name, "POST", "/", `{"sweep":true}`)
		}
	}
}

// owns makes the calls of the emulator's owner, as Google's client does by itself.
type owns struct{}

func (owns) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

func (owns) RequireTransportSecurity() bool { return false }

// TestFunctionsDoWhatTheCatalogueSays: in the cloud a function that does more is refused; here nobody
// would. Some are also asked to do all of it: what a function never does is a grant too much.
func TestFunctionsDoWhatTheCatalogueSays(t *testing.T) {
	t.Setenv("INNKEEP_LOCAL_WEBHOOKS", "true")
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(hook.Close)
	s := newStreet(t)
	today := time.Now().UTC().Format(time.DateOnly)
	s.call(201, "setup", "POST", "/v1/setup/organisations", `{"name":"Group","baseCurrency":"EUR"}`)
	id := fmt.Sprint(s.call(201, "setup", "POST", "/v1/setup/properties", fmt.Sprintf(
		`{"code":"A","name":"A","type":"HOTEL","timeZone":"UTC","currency":"EUR","goLiveDate":%q,"openingMinor":1000}`, today))["propertyId"])
	s.call(201, "webhooks", "POST", "/v1/events/webhooks", fmt.Sprintf(`{"url":%q,"eventTypes":[]}`, hook.URL))
	shard := tenant.Book{Org: "org", Property: tenant.PropertyID(id)}.Shard()
	s.run(shard) // consumers begin here
	s.call(201, "revenues", "POST", "/v1/finance/revenues", fmt.Sprintf(
		`{"propertyId":%q,"businessDate":%q,"amountMinor":234,"currency":"EUR","paymentMode":"CASH","source":"ROOM"}`, id, today))
	s.call(200, "daily-report", "GET", "/v1/reports/daily-report?include=pending&propertyId="+id+"&date="+today, "") // which nobody makes ahead
	s.call(200, "days", "POST", "/v1/finance/days/"+today+"/close", fmt.Sprintf(`{"propertyId":%q}`, id))
	s.run(shard)

	s.acts.mu.Lock()
	defer s.acts.mu.Unlock()
	for name, done := range s.acts.done {
		for what := range done {
			if !told(s.parts[name].Function)[what] {
				t.Errorf("%s: %s; the catalogue does not say so", name, what)
			}
		}
	}
	for _, name := range []string{"revenues", "days", "daily-report", "relay", "invalidate", "warm"} {
		want, done := told(s.parts[name].Function), s.acts.done[name]
		delete(want, "publishes correction-nudges") // where a row is suspicious: none is
		if want["firestore write"] {
			delete(want, "firestore read") // there is no grant to write alone
		}
		for what, wanted := range want {
			if wanted && !done[what] {
				t.Errorf("%s: %s, says the catalogue; it did %v", name, what, slices.Sorted(maps.Keys(done)))
			}
		}
	}
}
