package stream_test

import (
	"net/http"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/testkit/otlp"
)

// A stream too many is counted, and so is an event that nobody can be shown.
func TestStreamsThatFailAreMeasured(t *testing.T) {
	x := newHouse(t, nil)
	owner := x.founder()
	o := quick()
	o.OrgStreams = 1
	server := x.serve(o)
	owner.follow(server, "")
	otlp.Moved(t, func() {
		if resp := owner.get(server, "/v1/events/stream"); resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%d", resp.StatusCode)
		}
	}, "innkeep.events.streams.refused")

	property := owner.property("A")
	owner.post(property)
	b := tenant.Book{Org: tenant.OrgID(owner.org), Property: tenant.PropertyID(property)}
	broken := spanner.Update(eventlog.Table, []string{"ShardId", "OrgId", "PropertyId", "StreamId", "Version", "Data"},
		[]any{b.Shard(), string(b.Org), string(b.Property), today(), 1, `{"kind":3}`})
	if _, err := x.db.Client().Apply(x.ctx, []*spanner.Mutation{broken}, spanner.ApplyAtLeastOnce()); err != nil {
		t.Fatal(err)
	}
	otlp.Moved(t, func() {
		if page := owner.history(server, "", http.StatusOK); page.LeftOut != 1 {
			t.Errorf("%d events were left out", page.LeftOut)
		}
	}, "innkeep.events.unreadable")
}
