package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"innkeep.internal/functions"
	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/publish/pubsubadmin"
)

// broker is what this program asks of Pub/Sub's administration.
type broker interface {
	EnsureTopic(ctx context.Context, topic string) error
	EnsurePush(ctx context.Context, s pubsubadmin.Subscription) error
	DropPush(ctx context.Context, name string) error
}

// dropTimeout bounds the end of the subscriptions: it holds the program's end up.
const dropTimeout = 3 * time.Second

// connect makes what the catalogue says of Pub/Sub, in the emulator: topics, and subscriptions that
// push to the functions of this server, below the URL. What an earlier run has left is turned here. disconnect ends the subscriptions
// in an emulator that goes on without this program: it would knock at this port for ever.
func connect(ctx context.Context, store *store, c functions.Catalogue, url string) (disconnect func(), err error) {
	admin, err := pubsubadmin.Open(context.WithoutCancel(ctx), store.place.Project)
	if err != nil {
		return nil, err
	}
	if err := subscribe(ctx, admin, c, url); err != nil {
		return nil, errors.Join(err, admin.Close())
	}
	return func() {
		defer admin.Close()
		if store.of(emulator.PubSub).Owned() {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTimeout)
		defer cancel()
		if err := unsubscribe(ctx, admin, c); err != nil {
			slog.WarnContext(ctx, "push subscriptions are left in the Pub/Sub emulator", slog.Any("error", err))
		}
	}, nil
}

func subscribe(ctx context.Context, b broker, c functions.Catalogue, url string) error {
	for _, t := range c.Topics {
		if err := b.EnsureTopic(ctx, t.Name); err != nil {
			return err
		}
	}
	for _, f := range c.Functions {
		if f.Trigger != functions.PubSub {
			continue
		}
		if err := b.EnsureTopic(ctx, f.DeadLetterTopic()); err != nil {
			return err
		}
		if err := b.EnsurePush(ctx, subscription(f, url)); err != nil {
			return err
		}
	}
	return nil
}

// subscription is a function's, without its order: the emulator may hold an ordering key back for 10 s
// after a delivery that was slow, and the consumers of one process have one turn a shard anyway.
func subscription(f functions.Function, url string) pubsubadmin.Subscription {
	s := f.Subscription
	return pubsubadmin.Subscription{
		Name: f.Name, Topic: f.Topic, Endpoint: url + "/" + f.Name,
		AckDeadline:     time.Duration(s.AckDeadlineSeconds) * time.Second,
		MinBackoff:      time.Duration(s.MinBackoffMillis) * time.Millisecond,
		MaxBackoff:      time.Duration(s.MaxBackoffSeconds) * time.Second,
		DeadLetterTopic: f.DeadLetterTopic(), MaxAttempts: s.MaxDeliveryAttempts,
	}
}

func unsubscribe(ctx context.Context, b broker, c functions.Catalogue) error {
	var all []error
	for _, f := range c.Functions {
		if f.Trigger == functions.PubSub {
			all = append(all, b.DropPush(ctx, f.Name))
		}
	}
	return errors.Join(all...)
}
