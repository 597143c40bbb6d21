package reconstore_test

import (
	"context"
	"strings"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/store/invariants"
	"innkeep.internal/shared/store/reconstore"
	"innkeep.internal/shared/testkit"
)

// TestBrokenMatchesAreFound (I19): rows that say another thing than the matches are told of, and the
// database itself refuses a member that stands in a match already.
func TestBrokenMatchesAreFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	entries := h.book(t, draft(first, 1_000, ""), draft(first, 1_000, ""))
	st := h.load(t, "", statement(first, first, 100_000, recon.Line{BookingDate: first, AmountMinor: 1_000, Text: "x"}))
	lines := h.lines(t, st.Outcome.Ref)
	if _, err := h.Declare(testkit.Context(t), h.act(""), h.desk, reconstore.Declaration{Entries: entries[:1], Lines: lines}); err != nil {
		t.Fatal(err)
	}
	b := h.desk.Book
	key := spanner.Key{b.Shard(), string(b.Org), string(b.Property)}
	columns := []string{"ShardId", "OrgId", "PropertyId", "Side", "MemberId", "MatchId", "MemberDate", "ClearedOn"}
	var row *spanner.Row
	read := func() {
		var err error
		if row, err = h.db.Single().ReadRow(testkit.Context(t), "MatchMembers", append(key, "BANK", lines[0]), columns); err != nil {
			t.Fatal(err)
		}
	}
	read()
	values := make([]any, len(columns))
	for i := range columns {
		var v spanner.GenericColumnValue
		if err := row.Column(i, &v); err != nil {
			t.Fatal(err)
		}
		values[i] = v
	}
	apply := func(ms ...*spanner.Mutation) error {
		_, err := h.db.Client().Apply(testkit.Context(t), ms)
		return err
	}
	if err := apply(spanner.Insert("MatchMembers", columns, values)); err == nil {
		t.Error("the database took a line into a second match")
	}
	if err := apply(spanner.Delete("MatchMembers", append(key, "BANK", lines[0]))); err != nil {
		t.Fatal(err)
	}
	found, err := invariants.Find(context.WithoutCancel(t.Context()), h.db, b)
	if err != nil || len(found) == 0 || !strings.HasPrefix(found[0].String(), "I19 ") {
		t.Errorf("%v %v", found, err)
	}
	if err := apply(spanner.Insert("MatchMembers", columns, values)); err != nil { // as it was
		t.Fatal(err)
	}
}
