package relay

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
)

// Topic is where the events go.
const Topic = "domain-events"

const (
	// consumerName is the relay's key in FeedCursors and ParkedEvents.
	consumerName = "relay"
	// batchEvents of about 1.5 KB each are published and acknowledged within publishTimeout, of
	// however many properties they are.
	batchEvents = 500
	// publishTimeout bounds the publishing of one batch, headsTimeout the moving of its heads: both
	// together less than the feed gives a batch (8 s), so that slow heads never keep the cursor back.
	publishTimeout = 5 * time.Second
	headsTimeout   = 2 * time.Second
	// keysAtOnce is how many ordering keys are published to at a time: a request carries one.
	keysAtOnce = 16
)

// publisher is publish.Client: it returns when all messages are acknowledged, in their order.
type publisher interface {
	Publish(ctx context.Context, topic string, ms []publish.Message) error
}

// mover is heads.Heads: it moves the named heads on, never back.
type mover interface {
	Move(ctx context.Context, at map[string]time.Time) error
}

type relay struct {
	topic publisher
	heads mover
}

// Consumer is the relay as the feed drives it; without a mover nobody is told of news. A parked
// event holds its stream back, since who takes events counts on the versions of a stream.
func Consumer(p publisher, h mover) feed.Consumer {
	r := relay{topic: p, heads: h}
	return feed.Consumer{Name: consumerName, Batch: batchEvents, Hold: true, Outside: true, Handle: r.handle}
}

// handle publishes a batch and then moves the heads of its organisations. Its error leaves the
// cursor where it is: the batch comes again, and what was published of it is published twice.
func (r relay) handle(ctx context.Context, b *feed.Batch) (feed.Effect, error) {
	groups, err := messages(b.Events)
	if err != nil {
		return nil, err
	}
	if err := r.publish(ctx, groups); err != nil {
		publishFailed.Add(ctx, 1)
		return nil, err
	}
	r.moveHeads(ctx, b.Events)
	return nil, nil
}

// group is what a batch holds of one ordering key, in the feed's order.
type group struct {
	events   []eventlog.Stored
	messages []publish.Message
}

// messages makes the messages of a batch, by ordering key. An event that cannot be made one parks.
func messages(events []eventlog.Stored) ([]*group, error) {
	var all []*group
	byKey := map[string]*group{}
	for _, e := range events {
		m, err := message(e)
		if err != nil {
			return nil, feed.Poison(e, err)
		}
		g := byKey[m.OrderingKey]
		if g == nil {
			g = &group{}
			byKey[m.OrderingKey] = g
			all = append(all, g)
		}
		g.events, g.messages = append(g.events, e), append(g.messages, m)
	}
	return all, nil
}

// message is one event for the topic. Its attributes are for filters of subscriptions; all that
// they say is in the body too.
func message(e eventlog.Stored) (publish.Message, error) {
	body, err := eventapi.JSON(e)
	return publish.Message{OrderingKey: eventapi.OrderingKey(e.Book), Data: body, Attributes: map[string]string{
		"content-type": eventapi.ContentType,
		"ce-type":      eventapi.Type(e.Type, e.Schema), "ce-id": eventapi.ID(e.Position()),
		"org": string(e.Book.Org), "property": string(e.Book.Property),
	}}, err
}

func (r relay) publish(ctx context.Context, groups []*group) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(keysAtOnce)
	for _, g := range groups {
		all.Go(func() error {
			if err := ctx.Err(); err != nil { // another key has failed: the batch comes again
				return err
			}
			return g.refused(r.topic.Publish(ctx, Topic, g.messages))
		})
	}
	return all.Wait()
}

// refused turns the refusal of one message for what it is, which no repetition changes, into that
// of its event.
func (g *group) refused(err error) error {
	if f := fault.From(err); f != nil && errors.Is(err, publish.ErrMessage) {
		if i, bad := strconv.Atoi(f.Params["index"]); bad == nil && i >= 0 && i < len(g.events) {
			return feed.Poison(g.events[i], err)
		}
	}
	return err
}

// moveHeads tells the live streams of the batch's organisations that there is news. Who is not
// told looks by itself a little later, so a failure is told of and forgotten.
func (r relay) moveHeads(ctx context.Context, events []eventlog.Stored) {
	if r.heads == nil {
		return
	}
	latest := map[string]time.Time{}
	for _, e := range events {
		if org := string(e.Book.Org); e.At.After(latest[org]) {
			latest[org] = e.At
		}
	}
	ctx, cancel := context.WithTimeout(ctx, headsTimeout)
	defer cancel()
	if err := r.heads.Move(ctx, latest); err != nil {
		headsFailed.Add(ctx, int64(len(latest)))
		slog.WarnContext(ctx, "heads not moved", "heads", len(latest), "error", err)
	}
}
