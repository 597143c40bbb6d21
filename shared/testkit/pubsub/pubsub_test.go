package pubsub_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	admin "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/platform/publish/pubsubadmin"
	"innkeep.internal/shared/platform/pushfn"
	"innkeep.internal/shared/testkit/pubsub"
)

// patience bounds what a test waits for. The emulator sends again after a second.
const patience = time.Minute

// inbox is a push function that keeps what it acknowledged, by key; the emulator's pushes carry no
// ordering key, so the tests send it as an attribute too.
type inbox struct {
	refuse func(key, data string, attempt int) bool

	mu       sync.Mutex
	attempts map[string]int
	acked    map[string][]string
	change   chan struct{} // closed and made anew with each message
}

func newInbox(refuse func(key, data string, attempt int) bool) *inbox {
	return &inbox{refuse: refuse, attempts: map[string]int{}, acked: map[string][]string{}, change: make(chan struct{})}
}

func (b *inbox) push(_ context.Context, m pushfn.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	key, data := m.Attributes["key"], string(m.Data)
	b.attempts[m.ID]++
	if b.refuse != nil && b.refuse(key, data, b.attempts[m.ID]) {
		return fault.New(fault.Unavailable, "not_now", "not now")
	}
	b.acked[key] = append(b.acked[key], data)
	close(b.change)
	b.change = make(chan struct{})
	return nil
}

// await waits until the inbox is as enough says.
func (b *inbox) await(t *testing.T, what string, enough func() bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		b.mu.Lock()
		ok, change := enough(), b.change
		b.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-change:
		case <-timeout:
			t.Fatalf("%s: not in time", what)
		}
	}
}

func message(key, data string) publish.Message {
	return publish.Message{OrderingKey: key, Attributes: map[string]string{"key": key}, Data: []byte(data)}
}

// Messages of one key come in their order, also around one that is refused twice, which comes
// again; those that are acknowledged do not.
func TestOrderRedeliveryAndAck(t *testing.T) {
	t.Parallel()
	p := pubsub.New(t)
	p.Topic(t, "orders")
	b := newInbox(func(key, data string, attempt int) bool { return key == "1" && data == "5" && attempt <= 2 })
	p.Push(t, pubsubadmin.Subscription{Topic: "orders", Ordered: true}, pushfn.New("orders", pushfn.Options{Push: b.push}))

	const keys, each = 3, 20
	want := map[string][]string{}
	for i := range each {
		var batch []publish.Message
		for key := range keys {
			k, data := strconv.Itoa(key), strconv.Itoa(i)
			batch = append(batch, message(k, data))
			want[k] = append(want[k], data)
		}
		if err := p.Client.Publish(t.Context(), "orders", batch); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int) {
		for _, got := range b.acked {
			n += len(got)
		}
		return n
	}
	b.await(t, "all messages", func() bool { return count() >= keys*each })
	// One more of each key comes after whatever would come again of it.
	for key := range keys {
		k := strconv.Itoa(key)
		want[k] = append(want[k], "end")
		if err := p.Client.Publish(t.Context(), "orders", []publish.Message{message(k, "end")}); err != nil {
			t.Fatal(err)
		}
	}
	b.await(t, "the last messages", func() bool { return count() >= keys*(each+1) })
	b.mu.Lock()
	defer b.mu.Unlock()
	if diff := cmp.Diff(want, b.acked); diff != "" {
		t.Errorf("acknowledged (-want +got):\n%s", diff)
	}
	var again []int
	for _, n := range b.attempts {
		if n > 1 {
			again = append(again, n)
		}
	}
	if diff := cmp.Diff([]int{3}, again); diff != "" {
		t.Errorf("attempts beyond the first (-want +got):\n%s", diff)
	}
}

// The limits that publish keeps to are the emulator's as well.
func TestLargestRequests(t *testing.T) {
	t.Parallel()
	p := pubsub.New(t)
	p.Topic(t, "large")
	many := make([]publish.Message, 1_001)
	for i := range many {
		many[i] = message("k", "x")
	}
	for name, ms := range map[string][]publish.Message{"bytes": {{Data: make([]byte, 9_999_900)}}, "messages": many} {
		if err := p.Client.Publish(t.Context(), "large", ms); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Projects do not see each other's topics.
func TestProjectsAreApart(t *testing.T) {
	t.Parallel()
	one, two := pubsub.New(t), pubsub.New(t)
	one.Topic(t, "topic")
	if err := two.Client.Publish(t.Context(), "topic", []publish.Message{message("k", "x")}); err == nil {
		t.Error("a project publishes to another one's topic")
	}
}

// EnsureTopic and EnsurePush may be repeated; what cannot be changed is said.
func TestEnsure(t *testing.T) {
	t.Parallel()
	p := pubsub.New(t)
	for range 2 {
		p.Topic(t, "topic")
		p.Topic(t, "other")
		p.Topic(t, "dead-letters")
	}
	ctx := t.Context()
	raw, err := admin.NewSubscriptionAdminClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	is := func(name string) string {
		s, err := raw.GetSubscription(ctx, &pubsubpb.GetSubscriptionRequest{Subscription: "projects/" + p.ID + "/subscriptions/" + name})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintln(s.GetPushConfig().GetPushEndpoint(), s.GetAckDeadlineSeconds(), s.GetRetryPolicy().GetMinimumBackoff().AsDuration(),
			s.GetRetryPolicy().GetMaximumBackoff().AsDuration(), s.GetDeadLetterPolicy().GetMaxDeliveryAttempts())
	}
	s := pubsubadmin.Subscription{
		Name: "subscription", Topic: "topic", Endpoint: "http://127.0.0.1:1/a", AckDeadline: 20 * time.Second,
		MinBackoff: time.Second, MaxBackoff: 10 * time.Second, DeadLetterTopic: "dead-letters", MaxAttempts: 7,
	}
	ensure := func(want string) {
		t.Helper()
		for range 2 {
			if err := p.Admin.EnsurePush(ctx, s); err != nil {
				t.Fatal(err)
			}
			if got := is(s.Name); got != want+"\n" {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
	ensure("http://127.0.0.1:1/a 20 1s 10s 7")
	s.Endpoint, s.AckDeadline, s.MaxBackoff, s.MaxAttempts = "http://127.0.0.1:1/b", 30*time.Second, 5*time.Second, 9
	ensure("http://127.0.0.1:1/b 30 1s 5s 9")

	for name, change := range map[string]func(*pubsubadmin.Subscription){
		"another topic":    func(s *pubsubadmin.Subscription) { s.Topic = "other" },
		"ordering":         func(s *pubsubadmin.Subscription) { s.Ordered = true },
		"no topic":         func(s *pubsubadmin.Subscription) { s.Name, s.Topic = "second", "missing" },
		"parts of seconds": func(s *pubsubadmin.Subscription) { s.AckDeadline = 1500 * time.Millisecond },
		"too long":         func(s *pubsubadmin.Subscription) { s.AckDeadline = time.Hour },
		"many attempts":    func(s *pubsubadmin.Subscription) { s.MaxAttempts = 1_000 },
	} {
		changed := s
		change(&changed)
		if err := p.Admin.EnsurePush(ctx, changed); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// The emulator would never send a key's messages again after the last attempt.
	s.Name, s.Ordered = "ordered", true
	ensure("http://127.0.0.1:1/b 30 1s 5s 0")
	for range 2 {
		if err := p.Admin.DropPush(ctx, s.Name); err != nil {
			t.Error(err)
		}
	}
}
