package stream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"innkeep.internal/functions/events/stream"
	"innkeep.internal/functions/finance/revenues"
	"innkeep.internal/functions/finance/setup"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/heads"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// TestMain keeps the access log out of the way; defects stay.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	os.Exit(m.Run())
}

// patience bounds what a test waits for.
const patience = 30 * time.Second

// house is two instances on one database: the desk, where people write, and the one under test, whose
// memory of members can be aged.
type house struct {
	t      *testing.T
	ctx    context.Context
	db     *spannerdb.DB
	issuer *issuer.Issuer
	desk   *http.ServeMux
	source api.Source
	age    atomic.Int64 // by how much the memory of members is older than it is
}

func newHouse(t *testing.T, h *heads.Heads) *house {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	x := &house{t: t, ctx: ctx, db: testkit.Spanner(t), desk: http.NewServeMux()}
	var err error
	if x.issuer, err = issuer.New("https://issuer.test", "innkeep"); err != nil {
		t.Fatal(err)
	}
	v, err := auth.NewVerifier(auth.Config{Issuer: "https://issuer.test", Audience: "innkeep", Keys: x.issuer.KeySet()})
	if err != nil {
		t.Fatal(err)
	}
	at := func(b *api.Backend) api.Source {
		return func(context.Context) (*api.Backend, error) { return b, nil }
	}
	parts := api.Parts{DB: x.db, Verifier: v, Now: events.Now, Heads: h}
	desk := at(api.NewBackend(parts))
	x.desk.Handle("/v1/setup/", setup.New(desk))
	x.desk.Handle("/v1/finance/", revenues.New(desk))
	b := api.NewBackend(parts)
	b.Setup = setupstore.New(x.db, func() time.Time { return time.Now().Add(time.Duration(x.age.Load())) })
	x.source = at(b)
	return x
}

// quick are options with which a test need not wait.
func quick() stream.Options {
	o := stream.Defaults()
	o.Poll, o.Gap = 20*time.Millisecond, 0
	return o
}

// serve is the function behind a real server, whose own time-outs are short.
func (x *house) serve(o stream.Options) *httptest.Server {
	x.t.Helper()
	s := httptest.NewUnstartedServer(stream.NewWith(x.source, o))
	s.Config.ReadTimeout, s.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	s.Start()
	x.t.Cleanup(s.Close)
	return s
}

// person is somebody with a token.
type person struct {
	*house
	org, token string
}

func (x *house) person(subject, org string, ttl time.Duration) person {
	x.t.Helper()
	token, err := x.issuer.Mint(subject, org, ttl)
	if err != nil {
		x.t.Fatal(err)
	}
	return person{x, org, token}
}

// founder is the owner of a new organisation.
func (x *house) founder() person {
	x.t.Helper()
	p := x.person("owner", ids.NewUUID().String(), time.Hour)
	p.must(201, "POST", "/v1/setup/organisations", `{"name":"Group","baseCurrency":"EUR"}`)
	return p
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// property makes one, which went live yesterday, and gives its id.
func (p person) property(code string) string {
	p.t.Helper()
	live := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	a := p.must(201, "POST", "/v1/setup/properties", fmt.Sprintf(
		`{"code":%q,"name":"House","type":"HOTEL","timeZone":"UTC","currency":"EUR","goLiveDate":%q,"openingMinor":100}`, code, live))
	id, _ := a["propertyId"].(string)
	return id
}

// member adds somebody to the organisation of p.
func (p person) member(subject, role string, properties ...string) person {
	p.t.Helper()
	seen, _ := json.Marshal(append([]string{}, properties...))
	p.must(200, "PUT", "/v1/setup/members/"+subject, fmt.Sprintf(`{"role":%q,"propertyIds":%s}`, role, seen))
	return p.person(subject, p.org, time.Hour)
}

// post records a revenue.
func (p person) post(property string) {
	p.t.Helper()
	p.must(201, "POST", "/v1/finance/revenues", fmt.Sprintf(
		`{"propertyId":%q,"businessDate":%q,"amountMinor":1000,"currency":"EUR","paymentMode":"CASH","source":"ROOM"}`, property, today()))
}

// must calls the desk.
func (p person) must(status int, method, path, body string) map[string]any {
	p.t.Helper()
	w := httptest.NewRecorder()
	p.desk.ServeHTTP(w, p.request(method, path, strings.NewReader(body)))
	if w.Code != status {
		p.t.Errorf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
	}
	var out map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return out
}

func (p person) request(method, url string, body io.Reader) *http.Request {
	r := httptest.NewRequestWithContext(p.ctx, method, url, body)
	r.RequestURI = ""
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Idempotency-Key", ids.NewUUID().String())
	return r
}

// get asks the function under test.
func (p person) get(s *httptest.Server, path string, header ...string) *http.Response {
	p.t.Helper()
	r := p.request("GET", s.URL+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// message is one message of a stream.
type message struct {
	ID, Event, Data, Comment, Retry string
}

// feed is a stream that is being read.
type feed struct {
	t     *testing.T
	resp  *http.Response
	lines *bufio.Scanner
	last  string // id
}

// follow opens a stream and takes its first message.
func (p person) follow(s *httptest.Server, query string, header ...string) *feed {
	p.t.Helper()
	resp := p.get(s, "/v1/events/stream"+query, header...)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		body, _ := io.ReadAll(resp.Body)
		p.t.Fatalf("%s: %d %v %s", query, resp.StatusCode, resp.Header, body)
	}
	f := &feed{t: p.t, resp: resp, lines: bufio.NewScanner(resp.Body)}
	f.lines.Buffer(nil, 1<<20)
	if m, ok := f.next(); !ok || m.Retry != "2000" || m.ID == "" {
		p.t.Fatalf("the stream begins with %+v", m)
	}
	return f
}

// next is the next message; false at the end.
func (f *feed) next() (message, bool) {
	var m message
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case f.lines.Text() == "":
			if m.ID != "" {
				f.last = m.ID
			}
			return m, true
		case name == "":
			m.Comment = value
		case name == "id":
			m.ID = value
		case name == "event":
			m.Event = value
		case name == "data":
			m.Data = value
		case name == "retry":
			m.Retry = value
		default:
			f.t.Errorf("a line that is none: %q", f.lines.Text())
		}
	}
	return m, false
}

// event is the next message with data.
func (f *feed) event() cloudEvent {
	f.t.Helper()
	for {
		m, ok := f.next()
		if !ok {
			f.t.Fatalf("the stream has ended: %v", f.lines.Err())
		}
		if m.Data == "" {
			continue
		}
		var e cloudEvent
		if err := json.Unmarshal([]byte(m.Data), &e); err != nil {
			f.t.Fatalf("%s: %v", m.Data, err)
		}
		if e.Type != "innkeep."+m.Event+".v1" {
			f.t.Errorf("the message's name is %s, the event's type %s", m.Event, e.Type)
		}
		return e
	}
}

// end reads to the end and gives the last comment.
func (f *feed) end() (events int, why string) {
	for {
		m, ok := f.next()
		if !ok {
			return events, why
		}
		if m.Data != "" {
			events++
		}
		why = m.Comment
	}
}

type cloudEvent struct {
	ID, Type, Subject, Sequence, OrgID, PropertyID string
}

// stream is which stream of events the event is in.
func (e cloudEvent) stream() string { return e.PropertyID + "/" + e.Subject }
