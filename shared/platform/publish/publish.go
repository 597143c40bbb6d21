// Package publish sends messages to Pub/Sub: batches that are acknowledged as a whole and in
// order, and nudges, which may be lost.
//
// It owns the limits of a request and what is tried again. It knows no topic and no meaning of a
// message. Topics and subscriptions are made by Terraform, or by publish/pubsubadmin.
package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/retry"
)

var (
	// ErrUnacknowledged means that Pub/Sub did not acknowledge every message before the call
	// ended. Messages in front of the first that is not acknowledged are published.
	ErrUnacknowledged = fault.New(fault.OutcomeUnknown, "messages_unacknowledged", "not every message was acknowledged")
	// ErrMessage means that Pub/Sub would refuse a message for what it is, every time. Its
	// parameter index says which one; nothing was sent.
	ErrMessage = fault.New(fault.Invalid, "message_refused", "the message is not one that Pub/Sub takes")
)

// keepaliveEvery is how often an idle connection is tried, as the client of pubsub/v2 does: an instance
// that slept finds out that its connection is dead.
const keepaliveEvery = 5 * time.Minute

// Message is what is published. Attributes or Data must be there.
type Message struct {
	OrderingKey string // messages of one key and one publisher arrive in order; at most 1,024 bytes
	Attributes  map[string]string
	Data        []byte
}

// Client publishes to the topics of one project. It is safe for concurrent use, and made once a
// process.
type Client struct {
	project string
	topics  *pubsub.TopicAdminClient
	retries *retry.Retrier
}

// Open makes the client: of the emulator where PUBSUB_EMULATOR_HOST names one (apiv1 looks for it
// itself, and goes there without credentials), else of the cloud. It sends nothing yet.
func Open(ctx context.Context, project string, opts ...option.ClientOption) (_ *Client, err error) {
	defer fault.Wrap(&err, "publish.Open(%s)", project)
	if project == "" {
		return nil, errors.New("a project is required")
	}
	own := option.WithGRPCDialOption(grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveEvery}))
	topics, err := pubsub.NewTopicAdminClient(ctx, append([]option.ClientOption{own}, opts...)...)
	if err != nil {
		return nil, err
	}
	return &Client{project: project, topics: topics, retries: resilience.Events.Retry("pubsub/publish")}, nil
}

// Close ends the client. Calls that are under way fail.
func (c *Client) Close() error { return c.topics.Close() }

// Publish publishes ms to topic, a short id such as "domain-events", and returns when all of them
// are acknowledged. They go in their order, as many to a request as it may carry, one request
// after the other.
//
// ErrMessage is judged before anything is sent. After another error the requests before the one
// that failed are published, and of that one nothing is known: whoever sends again sends some
// twice. What may pass is tried again, a few times and not past the end of ctx (platform/resilience),
// and is ErrUnacknowledged then; a topic that is missing or may not be used is an error at once.
func (c *Client) Publish(ctx context.Context, topic string, ms []Message) (err error) {
	defer fault.Wrap(&err, "publish.Publish(%s)", topic)
	name := "projects/" + c.project + "/topics/" + topic
	all, err := encode(name, ms)
	if err != nil {
		return err
	}
	for len(all) > 0 {
		request, n := fill(name, all)
		if err := c.send(ctx, request); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

func (c *Client) send(ctx context.Context, request *pubsubpb.PublishRequest) error {
	r := c.retries.Begin(ctx)
	reply, err := c.topics.Publish(ctx, request, gax.WithRetry(func() gax.Retryer { return r }))
	switch {
	case err == nil && len(reply.GetMessageIds()) != len(request.GetMessages()):
		return fmt.Errorf("%w: %d of %d ids", ErrUnacknowledged, len(reply.GetMessageIds()), len(request.GetMessages()))
	case err == nil:
		return nil
	case ctx.Err() != nil && r.Last() != nil:
		return fmt.Errorf("%w: %w: %w", ErrUnacknowledged, ctx.Err(), r.Last())
	case ctx.Err() != nil || r.Passes():
		return fmt.Errorf("%w: %w", ErrUnacknowledged, err)
	}
	return err
}
