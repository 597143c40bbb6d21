package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"innkeep.internal/functions"
	"innkeep.internal/scripts/serve/assembly"
	"innkeep.internal/scripts/serve/counters"
	"innkeep.internal/shared/platform/publish/pubsubadmin"
)

// untilFolded waits until the read model has rows in the database of a project: a nudge went through
// Pub/Sub, since the sweep comes once a minute alone.
func untilFolded(t *testing.T, addr, project string) {
	t.Helper()
	client, err := spanner.NewClient(t.Context(), "projects/"+project+"/instances/local/databases/innkeep", option.WithEndpoint(addr),
		option.WithoutAuthentication(), option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for late := time.Now().Add(20 * time.Second); ; {
		rows := 0
		err := client.Single().Read(t.Context(), "AccountTotals", spanner.AllKeys(), []string{"LegCount"}).
			Do(func(*spanner.Row) error { rows++; return nil })
		switch {
		case err != nil:
			t.Fatal(err)
		case rows > 0:
			return
		case time.Now().After(late):
			t.Fatal("nothing was projected")
		}
	}
}

// post gives the status of a POST.
func post(t *testing.T, url, body string) int {
	t.Helper()
	reply, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	return reply.StatusCode
}

// admin is Pub/Sub's administration as a test sees it.
type admin struct {
	calls []any
	err   error
}

func (a *admin) EnsureTopic(_ context.Context, topic string) error {
	a.calls = append(a.calls, "topic "+topic)
	return a.err
}

func (a *admin) EnsurePush(_ context.Context, s pubsubadmin.Subscription) error {
	a.calls = append(a.calls, s)
	return a.err
}

func (a *admin) DropPush(_ context.Context, name string) error {
	a.calls = append(a.calls, "drop "+name)
	return a.err
}

func TestSubscriptionsAreTheCatalogues(t *testing.T) {
	t.Parallel()
	c := functions.Catalogue{
		Topics: []functions.Topic{{Name: "news"}, {Name: "noise"}},
		Functions: []functions.Function{{Name: "days", Trigger: functions.HTTP}, {
			Name: "fold", Trigger: functions.PubSub, Topic: "news",
			Subscription: functions.Subscription{
				Ordered: true, AckDeadlineSeconds: 20, MinBackoffMillis: 500, MaxBackoffSeconds: 10, MaxDeliveryAttempts: 7,
			},
		}},
	}
	var a admin
	if err := errors.Join(subscribe(t.Context(), &a, c, "http://here"), unsubscribe(t.Context(), &a, c)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"topic news", "topic noise", "topic fold-dead-letter", pubsubadmin.Subscription{
		Name: "fold", Topic: "news", Endpoint: "http://here/fold", AckDeadline: 20 * time.Second,
		MinBackoff: 500 * time.Millisecond, MaxBackoff: 10 * time.Second, DeadLetterTopic: "fold-dead-letter", MaxAttempts: 7,
	}, "drop fold"}, a.calls); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	failing := admin{err: io.ErrUnexpectedEOF}
	if err := subscribe(t.Context(), &failing, c, ""); !errors.Is(err, failing.err) || len(failing.calls) != 1 {
		t.Error(err, failing.calls)
	}
}

func TestSweeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // it begins at midnight
		ctx, cancel := context.WithCancel(t.Context())
		begin, swept := time.Now(), map[string][]time.Duration{}
		running := map[string]bool{}
		var mu sync.Mutex
		enter := func(name string, in bool) {
			mu.Lock()
			defer mu.Unlock()
			if in && running[name] {
				t.Errorf("%s is swept twice at a time", name)
			}
			if running[name] = in; in {
				swept[name] = append(swept[name], time.Since(begin))
			}
		}
		s := sweeper{post: func(ctx context.Context, f functions.Function) error {
			enter(f.Name, true)
			defer enter(f.Name, false)
			if f.Name == "slow" {
				<-time.After(90 * time.Second)
			}
			if ctx.Err() != nil {
				t.Errorf("a sweep of %s was broken off", f.Name)
			}
			return io.ErrUnexpectedEOF // the next one comes all the same
		}}
		ended := make(chan time.Duration, 1)
		go func() {
			s.run(ctx, []functions.Function{
				{Name: "quick", Schedule: "* * * * *"}, {Name: "slow", Schedule: "* * * * *"},
				{Name: "rare", Schedule: "*/5 * * * *"}, {Name: "never"},
			})
			ended <- time.Since(begin)
		}()
		<-time.After(5*time.Minute + time.Second)
		cancel()
		took := <-ended // waits for the slow one, which began at 5 min
		want := map[string][]time.Duration{
			"quick": {time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, 5 * time.Minute},
			"slow":  {time.Minute, 3 * time.Minute, 5 * time.Minute}, "rare": {5 * time.Minute},
		}
		if diff := cmp.Diff(want, swept); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if took != 6*time.Minute+30*time.Second {
			t.Errorf("it ended after %v", took)
		}
	})
}

// withParts is a server of parts, which gives its requests a tenth of a second.
func withParts(t *testing.T, parts ...assembly.Part) *server {
	t.Helper()
	s := &server{machine: newMachine(), counters: &counters.Counters{}}
	s.stopping, s.end = context.WithCancel(t.Context())
	h := httptest.NewUnstartedServer(s.inside(parts))
	h.Config.ReadTimeout, h.Config.WriteTimeout = time.Second/10, time.Second/10
	h.Start()
	t.Cleanup(h.Close)
	s.inner = h.URL
	return s
}

func TestPostSweep(t *testing.T) {
	t.Parallel()
	status := http.StatusNoContent
	f := functions.Function{Name: "fold", Trigger: functions.PubSub, TimeoutSeconds: 10}
	s := withParts(t, assembly.Part{Function: f, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.URL.Path != "/" || string(body) != `{"sweep":true}` || err != nil {
			t.Errorf("%s %s %s, %v", r.Method, r.URL, body, err)
		}
		w.WriteHeader(status)
	})})
	if err := s.postSweep(t.Context(), f); err != nil {
		t.Error(err)
	}
	status = http.StatusServiceUnavailable
	if err := s.postSweep(t.Context(), f); err == nil {
		t.Error("a failed sweep went unseen")
	}
}

// A stream outlives what a request may take, and ends with the server.
func TestStreamsLast(t *testing.T) {
	t.Parallel()
	s := withParts(t, assembly.Part{
		Function: functions.Function{Name: "stream", Trigger: functions.HTTP, Stream: true, TimeoutSeconds: 900, Routes: []string{"/v1/stream"}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			tick := time.NewTicker(time.Second / 20)
			defer tick.Stop()
			for n := 1; ; n++ {
				select {
				case <-r.Context().Done():
					_, _ = io.WriteString(w, "end")
					return
				case <-tick.C:
					_, _ = fmt.Fprintln(w, n)
					_ = http.NewResponseController(w).Flush()
				}
			}
		}),
	})
	client := http.Client{Timeout: 20 * time.Second}
	reply, err := client.Get(s.inner + "/stream/v1/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	for n := 1; n < 10; n++ { // half a second
		var got int
		if _, err := fmt.Fscanln(reply.Body, &got); got != n || err != nil {
			t.Fatalf("%d, %v, want %d", got, err, n)
		}
	}
	s.end()
	if rest, err := io.ReadAll(reply.Body); !strings.HasSuffix(string(rest), "end") || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}
