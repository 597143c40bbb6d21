package relay_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"innkeep.internal/functions/events/relay"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/otlp"
)

// Events that Pub/Sub does not take are counted, and stay.
func TestPublishFailuresAreMeasured(t *testing.T) {
	db := testkit.Spanner(t)
	client, err := publish.Open(t.Context(), project, option.WithEndpoint("127.0.0.1:1"), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	b := inShard(1, shard)[0]
	apply(t, db, addProperty(b), insert(reopened(b, 1, time.Time{})))
	otlp.Moved(t, func() {
		ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		defer cancel()
		if err := feed.New(db, relay.Consumer(client, still), events.Now).Drain(ctx, shard, time.Time{}); err == nil {
			t.Error("the drain did not fail")
		}
	}, "innkeep.relay.publish.failures")
}
