// Package pubsub gives tests a Pub/Sub project of their own on the real emulator. Only tests
// import it.
//
// The emulator starts once a test process, in about 3 s, and ends with it. Its pushes carry no
// token and no ordering key.
package pubsub

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/platform/publish/pubsubadmin"
)

// startTimeout bounds the emulator's start. Java needs 3 s, more beside other tests.
const startTimeout = time.Minute

// setupTimeout bounds making a topic or a subscription.
const setupTimeout = 30 * time.Second

// started is the emulator that PUBSUB_EMULATOR_HOST names, or else one of this process.
var started = sync.OnceValue(func() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	_, err := emulator.Use(ctx, emulator.PubSub)
	return err
})

// Project is a project of one test and its clients, which end with the test.
type Project struct {
	ID     string
	Client *publish.Client
	Admin  *pubsubadmin.Admin
}

// New makes a project: the emulator takes any id. With -short the test is skipped, for the
// seconds that the emulator's start takes.
func New(t testing.TB) *Project {
	t.Helper()
	if testing.Short() {
		t.Skip("the Pub/Sub emulator takes 3 s to start")
	}
	if err := started(); err != nil {
		t.Fatal(err)
	}
	p := &Project{ID: "t" + random()}
	var err error
	if p.Client, err = publish.Open(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Client.Close() })
	if p.Admin, err = pubsubadmin.Open(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Admin.Close() })
	return p
}

// Topic makes a topic.
func (p *Project) Topic(t testing.TB, topic string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), setupTimeout)
	defer cancel()
	if err := p.Admin.EnsureTopic(ctx, topic); err != nil {
		t.Fatal(err)
	}
}

// Push serves h and subscribes it to s.Topic, which must be there. An empty name is the topic's;
// the endpoint is set here. Both end with the test.
func (p *Project) Push(t testing.TB, s pubsubadmin.Subscription, h http.Handler) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s.Endpoint = server.URL
	if s.Name == "" {
		s.Name = s.Topic
	}
	ctx, cancel := context.WithTimeout(t.Context(), setupTimeout)
	defer cancel()
	if err := p.Admin.EnsurePush(ctx, s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // before the server ends: the emulator would knock at its port for ever
		ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
		defer cancel()
		if err := p.Admin.DropPush(ctx, s.Name); err != nil {
			t.Error(err)
		}
	})
}

func random() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // it never fails: see crypto/rand
	return hex.EncodeToString(b)
}
