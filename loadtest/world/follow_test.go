package world

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
)

// A consumer that is put behind the organisations takes what comes after them, and nothing of them.
func TestFollow(t *testing.T) {
	t.Parallel()
	ctx, db, w := testkit.Context(t), testkit.Spanner(t), small(200)
	if _, err := (&Loader{World: w, DB: db}).Load(ctx); err != nil {
		t.Fatal(err)
	}
	before, err := Follow(ctx, db)
	if err != nil || before < int64(3*w.Open()) {
		t.Fatalf("%d events, %v", before, err)
	}
	if err := Wake(ctx, db, w, []int{150}); err != nil {
		t.Fatal(err)
	}
	for _, name := range followers {
		var taken []eventlog.Stored
		runner := feed.New(db, feed.Consumer{Name: name, Batch: 10, Handle: func(_ context.Context, b *feed.Batch) (feed.Effect, error) {
			taken = append(taken, b.Events...)
			return nil, nil
		}}, time.Now)
		if err := runner.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		for _, e := range taken {
			if e.Book.Org != w.Org(150) {
				t.Errorf("%s took %s of %s", name, e.Type, e.Book.Org)
			}
		}
		cursors, err := feed.ReadAll(ctx, db.Snapshot(), name)
		if err != nil || len(taken) == 0 {
			t.Fatalf("%s took %d events: %v", name, len(taken), err)
		}
		if got := feed.StandingOf(cursors).Events; got != before+int64(len(taken)) {
			t.Errorf("%s counts %d events, want %d and %d", name, got, before, len(taken))
		}
	}
}

func TestAConsumerThatIsNotKnown(t *testing.T) {
	t.Parallel()
	if err := CheckFollowers([]feed.Cursor{{Consumer: "relay"}, {Consumer: "account-totals/1"}}); err != nil {
		t.Error(err)
	}
	if CheckFollowers([]feed.Cursor{{Consumer: "relay"}, {Consumer: "budgets"}}) == nil {
		t.Error("a consumer that is not known goes unnoticed")
	}
}

// The walks through all books know how many properties each shard has, and have half of them behind them.
func TestWalk(t *testing.T) {
	t.Parallel()
	ctx, db, w := testkit.Context(t), testkit.Spanner(t), small(2000)
	if err := w.Walk(ctx, db); err != nil {
		t.Fatal(err)
	}
	all, done := map[string]int64{}, map[string]int64{}
	err := db.Single().Read(ctx, "CorrectionSweeps", spanner.AllKeys(), []string{"Sweep", "ShardId", "OrgId", "PropertyId", "Properties", "PropertyCount"}).Do(func(r *spanner.Row) error {
		var sweep string
		var shard, passed, count int64
		var b tenant.Book
		err := r.Columns(&sweep, &shard, (*string)(&b.Org), (*string)(&b.Property), &passed, &count)
		if b.Shard() != shard || passed != count/2 || count == 0 {
			t.Errorf("%s in shard %d: %d of %d, at %v of shard %d", sweep, shard, passed, count, b, b.Shard())
		}
		all[sweep], done[sweep] = all[sweep]+count, done[sweep]+passed
		return err
	})
	if want := int64(w.AllProperties(2000)); err != nil || len(all) != 2 || all["OPEN"] != want || all["CLOSED"] != want || done["OPEN"] < want/2-tenant.Shards {
		t.Errorf("%v of %v, want %d: %v", done, all, want, err)
	}
}
