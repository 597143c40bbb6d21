package relay_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"innkeep.internal/functions/events/relay"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/platform/publish/pubsubadmin"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

const (
	project = "relay-test"
	shard   = 9
)

// TestPubSubDown: while Pub/Sub is away events pile up and the cursor stays; when it is back they go
// out, every one, each property's in the order of its commits.
func TestPubSubDown(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the Pub/Sub emulator takes 3 s to start, twice")
	}
	db := testkit.Spanner(t)
	ctx := testkit.Context(t)
	place := newPlace(t)
	client, err := publish.Open(ctx, project, place.options()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	runner := feed.New(db, relay.Consumer(client, still), events.Now)
	books := inShard(3, shard)
	want := map[string][]string{}
	versions := map[tenant.Book]int64{}
	post := func(rounds int) { // one event of each property a round, each its own commit
		t.Helper()
		for range rounds {
			for _, b := range books {
				versions[b]++
				apply(t, db, insert(reopened(b, versions[b], time.Time{})))
				key := string(b.Org) + ":" + string(b.Property)
				want[key] = append(want[key], fmt.Sprintf("%s.%s.%d", b.Property, stream, versions[b]))
			}
		}
	}
	for _, b := range books {
		apply(t, db, addProperty(b))
	}

	place.up(t)
	sub := place.subscribe(t)
	post(2)
	drain(t, runner)
	got := sub.receive(t, 6)

	place.down()
	before := cursor(t, db, shard)
	post(40)
	short, cancel := context.WithTimeout(ctx, 700*time.Millisecond)
	defer cancel()
	if err := runner.Drain(short, shard, time.Time{}); err == nil {
		t.Error("the drain did not fail")
	}
	if after := cursor(t, db, shard); after.Position != before.Position || after.Events != before.Events {
		t.Errorf("the cursor has moved from %+v to %+v", before, after)
	}

	place.up(t)
	sub = place.subscribe(t)
	post(3)
	drain(t, runner)
	for key, list := range sub.receive(t, 3*43) {
		got[key] = append(got[key], list...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +received):\n%s", diff)
	}
	if c := cursor(t, db, shard); c.Events != 3*45 || c.Parked != 0 || !c.Whole() {
		t.Errorf("the cursor: %+v", c)
	}
}

// drain takes the shard's news, as often as it needs: the connection may find out late that somebody
// answers again.
func drain(t *testing.T, r *feed.Runner) {
	t.Helper()
	ctx := testkit.Context(t)
	for {
		err := r.Drain(ctx, shard, time.Time{})
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		t.Log(err)
	}
}

// place is an address at which a Pub/Sub emulator may be or not: what answers there is another
// process each time, on a port of its own.
type place struct {
	net.Listener
	mu       sync.Mutex
	emulator *emulator.Process
	open     []net.Conn
}

func newPlace(t *testing.T) *place {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &place{Listener: l}
	t.Cleanup(func() {
		_ = l.Close()
		p.down()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.serve(c)
		}
	}()
	return p
}

func (p *place) serve(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.emulator == nil {
		_ = c.Close()
		return
	}
	there, err := net.Dial("tcp", p.emulator.Addr)
	if err != nil {
		_ = c.Close()
		return
	}
	p.open = append(p.open, c, there)
	go func() { _, _ = io.Copy(there, c) }()
	go func() { _, _ = io.Copy(c, there) }()
}

func (p *place) up(t *testing.T) {
	t.Helper()
	e, err := emulator.Start(t.Context(), emulator.PubSub)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.emulator = e
}

func (p *place) down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.emulator != nil {
		p.emulator.Stop()
	}
	for _, c := range p.open {
		_ = c.Close()
	}
	p.emulator, p.open = nil, nil
}

func (p *place) options() []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(p.Addr().String()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// subscriber is somebody outside who takes the events in order.
type subscriber struct {
	client *pubsub.SubscriptionAdminClient
	name   string
}

// subscribe makes the topic and a subscription of it anew: the emulator keeps nothing.
func (p *place) subscribe(t *testing.T) subscriber {
	t.Helper()
	ctx := testkit.Context(t)
	admin, err := pubsubadmin.Open(ctx, project, p.options()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	if err := admin.EnsureTopic(ctx, relay.Topic); err != nil {
		t.Fatal(err)
	}
	client, err := pubsub.NewSubscriptionAdminClient(ctx, p.options()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	s := subscriber{client: client, name: "projects/" + project + "/subscriptions/outside"}
	_, err = client.CreateSubscription(ctx, &pubsubpb.Subscription{
		Name: s.name, Topic: "projects/" + project + "/topics/" + relay.Topic, EnableMessageOrdering: true, AckDeadlineSeconds: 60,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// receive takes messages until n events have come, and gives their ids by ordering key, in the order
// of their coming. As everybody outside should, it leaves out what it has seen.
func (s subscriber) receive(t *testing.T, n int) map[string][]string {
	t.Helper()
	ctx := testkit.Context(t)
	got := map[string][]string{}
	for n > 0 {
		reply, err := s.client.Pull(ctx, &pubsubpb.PullRequest{Subscription: s.name, MaxMessages: 1000})
		if err != nil {
			t.Fatal(err)
		}
		var acks []string
		for _, m := range reply.GetReceivedMessages() {
			acks = append(acks, m.GetAckId())
			key, id := m.GetMessage().GetOrderingKey(), m.GetMessage().GetAttributes()["ce-id"]
			if !slices.Contains(got[key], id) {
				got[key] = append(got[key], id)
				n--
			}
		}
		if len(acks) == 0 {
			continue
		}
		if err := s.client.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: s.name, AckIds: acks}); err != nil {
			t.Fatal(err)
		}
	}
	return got
}
