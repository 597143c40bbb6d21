package grants_test

import (
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/testkit/grants"
)

func TestMissing(t *testing.T) {
	t.Parallel()
	book := grants.Load(t)
	write := func(op *spannerpb.Mutation) any {
		return &spannerpb.CommitRequest{Mutations: []*spannerpb.Mutation{op}}
	}
	events := &spannerpb.Mutation_Write{Table: "Events"}
	for name, c := range map[string]struct {
		roles []string
		call  any
		want  []string
	}{
		"reads":             {[]string{"event_reader"}, &spannerpb.ReadRequest{Table: "Events"}, nil},
		"reads by a parent": {[]string{"feed_consumer"}, &spannerpb.ReadRequest{Table: "Events", Index: "EventFeed"}, nil},
		"reads too much":    {[]string{"event_reader"}, &spannerpb.ReadRequest{Table: "Entries"}, []string{"SELECT Entries"}},
		"asks":              {[]string{"setup_reader"}, &spannerpb.ExecuteSqlRequest{Sql: "SELECT e.OrgId FROM Entries AS e"}, []string{"SELECT Entries"}},
		"inserts":           {[]string{"event_reader", "day_book_writer"}, write(&spannerpb.Mutation{Operation: &spannerpb.Mutation_Insert{Insert: events}}), nil},
		"changes an event":  {[]string{"day_book_writer"}, write(&spannerpb.Mutation{Operation: &spannerpb.Mutation_InsertOrUpdate{InsertOrUpdate: events}}), []string{"UPDATE Events"}},
		"deletes an event": {[]string{"day_book_writer", "correction_writer"}, write(&spannerpb.Mutation{Operation: &spannerpb.Mutation_Delete_{
			Delete: &spannerpb.Mutation_Delete{Table: "Events"}}}), []string{"DELETE Events"}},
	} {
		if diff := cmp.Diff(c.want, book.Missing(c.roles, c.call)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}
