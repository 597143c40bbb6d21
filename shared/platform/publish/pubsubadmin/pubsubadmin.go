// Package pubsubadmin makes topics and push subscriptions, for the local server and for tests. It
// stands apart from publish so that a function, which never does that, does not carry it. In the
// cloud they are Terraform's.
package pubsubadmin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"innkeep.internal/shared/core/fault"
)

// maxAckDeadline is the longest that Pub/Sub waits for an answer.
const maxAckDeadline = 10 * time.Minute

// maxAttempts is the most attempts that Pub/Sub makes before it gives a message to the dead
// letters; the least is 5.
const maxAttempts = 100

// Admin makes topics and subscriptions of one project. It is safe for concurrent use.
type Admin struct {
	project       string
	topics        *pubsub.TopicAdminClient
	subscriptions *pubsub.SubscriptionAdminClient
}

// Open makes the admin clients, of the emulator that PUBSUB_EMULATOR_HOST names or of the cloud.
func Open(ctx context.Context, project string, opts ...option.ClientOption) (_ *Admin, err error) {
	defer fault.Wrap(&err, "pubsubadmin.Open(%s)", project)
	if project == "" {
		return nil, errors.New("a project is required")
	}
	topics, err := pubsub.NewTopicAdminClient(ctx, opts...)
	if err != nil {
		return nil, err
	}
	subscriptions, err := pubsub.NewSubscriptionAdminClient(ctx, opts...)
	if err != nil {
		return nil, errors.Join(err, topics.Close())
	}
	return &Admin{project: project, topics: topics, subscriptions: subscriptions}, nil
}

// Close ends the clients.
func (a *Admin) Close() error { return errors.Join(a.topics.Close(), a.subscriptions.Close()) }

func isEmulator() bool { return os.Getenv("PUBSUB_EMULATOR_HOST") != "" }

func (a *Admin) path(kind, id string) string { return "projects/" + a.project + "/" + kind + "/" + id }

// EnsureTopic makes the topic, a short id, if it is missing.
func (a *Admin) EnsureTopic(ctx context.Context, topic string) (err error) {
	defer fault.Wrap(&err, "pubsubadmin.EnsureTopic(%s)", topic)
	_, err = a.topics.CreateTopic(ctx, &pubsubpb.Topic{Name: a.path("topics", topic)})
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

// Subscription is a push subscription. Topics and Name are short ids.
type Subscription struct {
	Name     string
	Topic    string
	Endpoint string // the URL that messages are posted to
	Ordered  bool   // messages of one ordering key one after the other

	AckDeadline time.Duration // whole seconds, 10 s to 10 min; zero: 10 s. Longer than the function's time-out
	MinBackoff  time.Duration // between attempts, at most 10 min; both zero: at once. The emulator takes 1 s always
	MaxBackoff  time.Duration

	// DeadLetterTopic must be there; empty: none. The emulator gets none for an ordered
	// subscription: after the last attempt it neither moves the message there nor ever sends
	// another of the same key.
	DeadLetterTopic string
	MaxAttempts     int // before the dead letters, 5 to 100; zero: 5
}

// EnsurePush makes the subscription, or changes the one of its name to s. Topic and Ordered cannot
// be changed: an error says so.
func (a *Admin) EnsurePush(ctx context.Context, s Subscription) (err error) {
	defer fault.Wrap(&err, "pubsubadmin.EnsurePush(%s)", s.Name)
	want, err := a.subscription(s)
	if err != nil {
		return err
	}
	_, err = a.subscriptions.CreateSubscription(ctx, want)
	if status.Code(err) != codes.AlreadyExists {
		return err
	}
	is, err := a.subscriptions.GetSubscription(ctx, &pubsubpb.GetSubscriptionRequest{Subscription: want.GetName()})
	if err != nil {
		return err
	}
	if is.GetTopic() != want.GetTopic() || is.GetEnableMessageOrdering() != want.GetEnableMessageOrdering() {
		return fmt.Errorf("it is there with topic %s and ordering %t: delete it first", is.GetTopic(), is.GetEnableMessageOrdering())
	}
	_, err = a.subscriptions.UpdateSubscription(ctx, &pubsubpb.UpdateSubscriptionRequest{
		Subscription: want,
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{
			"push_config", "ack_deadline_seconds", "retry_policy", "dead_letter_policy",
		}},
	})
	return err
}

// DropPush deletes the subscription, with what was not delivered. One that is missing is no error.
func (a *Admin) DropPush(ctx context.Context, name string) (err error) {
	defer fault.Wrap(&err, "pubsubadmin.DropPush(%s)", name)
	err = a.subscriptions.DeleteSubscription(ctx, &pubsubpb.DeleteSubscriptionRequest{Subscription: a.path("subscriptions", name)})
	if status.Code(err) == codes.NotFound {
		return nil
	}
	return err
}

func (a *Admin) subscription(s Subscription) (*pubsubpb.Subscription, error) {
	if s.AckDeadline < 0 || s.AckDeadline > maxAckDeadline || s.AckDeadline%time.Second != 0 {
		return nil, fmt.Errorf("an acknowledgement deadline of %v", s.AckDeadline)
	}
	if s.MaxAttempts < 0 || s.MaxAttempts > maxAttempts {
		return nil, fmt.Errorf("%d attempts", s.MaxAttempts)
	}
	p := &pubsubpb.Subscription{
		Name: a.path("subscriptions", s.Name), Topic: a.path("topics", s.Topic),
		PushConfig:            &pubsubpb.PushConfig{PushEndpoint: s.Endpoint},
		EnableMessageOrdering: s.Ordered,
		AckDeadlineSeconds:    int32(s.AckDeadline / time.Second),
	}
	if s.MinBackoff > 0 || s.MaxBackoff > 0 {
		p.RetryPolicy = &pubsubpb.RetryPolicy{
			MinimumBackoff: durationpb.New(s.MinBackoff), MaximumBackoff: durationpb.New(s.MaxBackoff),
		}
	}
	if s.DeadLetterTopic != "" && (!s.Ordered || !isEmulator()) {
		p.DeadLetterPolicy = &pubsubpb.DeadLetterPolicy{
			DeadLetterTopic: a.path("topics", s.DeadLetterTopic), MaxDeliveryAttempts: int32(s.MaxAttempts),
		}
	}
	return p, nil
}
