package world

import (
	"errors"
	"math"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/invariants"
	"innkeep.internal/shared/testkit"
)

func small(n int) World {
	return World{Seed: 7, Organisations: n, Today: bizdate.MustParse("2026-11-29")}
}

func TestIDsFollowFromTheSeed(t *testing.T) {
	t.Parallel()
	a, b, other := small(100), small(100), World{Seed: 8, Organisations: 100}
	if a.Property(3, 1) != b.Property(3, 1) || a.Org(3) != b.Org(3) || a.Property(3, 1) == other.Property(3, 1) || a.Org(3) == other.Org(3) {
		t.Error("ids do not follow from the seed")
	}
	if a.Property(3, 1) == a.Property(3, 2) || a.Property(3, 1) == a.Property(4, 1) {
		t.Error("two properties have one id")
	}
	if _, err := ids.ParseUUID(string(a.Property(3, 1))); err != nil {
		t.Error(err)
	}
	if _, err := tenant.ParseOrgID(string(a.Org(3))); err != nil {
		t.Error(err)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	w := small(10_000)
	for n, want := range map[int]int{0: 10, 9: 10, 10: 3, 99: 3, 100: 2, 499: 2, 500: 1, 9_999: 1} {
		if got := w.Properties(n); got != want {
			t.Errorf("organisation %d has %d properties, want %d", n, got, want)
		}
	}
	if got, want := w.AllProperties(10_000), 10*10+90*3+400*2+9_500; got != want {
		t.Errorf("%d properties, want %d", got, want)
	}
	if got := w.Open(); got != 1000 {
		t.Errorf("%d begin with open books", got)
	}
}

// The first organisations are drawn as often as Zipf's law says, within four standard deviations.
func TestZipf(t *testing.T) {
	t.Parallel()
	const n, draws = 1000, 200_000
	z, r := NewZipf(n), small(n).Random("zipf")
	got := make([]float64, n)
	for range draws {
		got[z.Draw(r)]++
	}
	total := 0.0
	for i := range n {
		total += math.Pow(float64(i+1), -Exponent)
	}
	for _, i := range []int{0, 1, 9, 99} {
		p := math.Pow(float64(i+1), -Exponent) / total
		if want, off := p*draws, 4*math.Sqrt(p*(1-p)*draws); math.Abs(got[i]-want) > off {
			t.Errorf("organisation %d was drawn %v times, want %.0f within %.0f", i, got[i], want, off)
		}
	}
}

// A commit holds whole organisations, and its limit of rows where one does not exceed it by itself.
func TestCut(t *testing.T) {
	t.Parallel()
	counts := []int{3, 3, 5, 12, 1, 1}
	all := cut(len(counts), 6, func(n int) int { return counts[n] }, func(n int) ([]*spanner.Mutation, error) {
		return make([]*spanner.Mutation, counts[n]), nil
	})
	var got []int
	for _, c := range all {
		rows, err := c.make()
		if err != nil || len(rows) != c.rows {
			t.Errorf("%d rows, %d were told: %v", len(rows), c.rows, err)
		}
		got = append(got, len(rows))
	}
	want := []int{6, 5, 12, 2}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("commits of %v rows, want %v", got, want)
	}
}

// What a load that was broken off has committed is found by the next one; the books are as whole as those
// that the API opens, and those of an organisation that is woken twice as well.
func TestLoad(t *testing.T) {
	t.Parallel()
	ctx, db, w := testkit.Context(t), testkit.Spanner(t), small(200)
	l := &Loader{World: w, DB: db}
	first := l.stages()[1].chunks[0]
	rows, err := first.make()
	if err != nil {
		t.Fatal(err)
	}
	if there, err := commit(ctx, db, rows); there || err != nil {
		t.Fatal(there, err)
	}
	var told atomic.Int64
	l.Progress = func(n int) { told.Add(int64(n)) }
	got, err := l.Load(ctx)
	if err != nil || got.Rows != l.Rows()-first.rows {
		t.Fatalf("%d rows, %v, want %d", got.Rows, err, l.Rows()-first.rows)
	}
	if int(told.Load()) != l.Rows() {
		t.Errorf("%d rows were told of %d", told.Load(), l.Rows())
	}
	if got, err = l.Load(ctx); err != nil || got.Rows != 0 || got.Properties != w.AllProperties(200) {
		t.Fatalf("the second load: %+v, %v", got, err)
	}
	for range 2 {
		if err := Wake(ctx, db, w, []int{150, 151}); err != nil {
			t.Fatal(err)
		}
	}
	if err := Wake(ctx, db, w, []int{151, 152}); err != nil { // one of them is awake
		t.Fatal(err)
	}
	var orgs []tenant.OrgID
	var books []tenant.Book
	for _, n := range []int{0, 19, 150, 151, 152} {
		orgs = append(orgs, w.Org(n))
		for k := range w.Properties(n) {
			books = append(books, tenant.Book{Org: w.Org(n), Property: w.Property(n, k)})
		}
	}
	setups, err := invariants.FindSetups(ctx, db, orgs)
	found, err2 := invariants.FindAll(ctx, db, books)
	if err = errors.Join(err, err2); err != nil || len(setups)+len(found) > 0 {
		t.Errorf("%v %v %v", setups, found, err)
	}
	if n := events(t, db.Single(), w.Org(152)); n != 3+w.Properties(152)-1 {
		t.Errorf("the stream of an organisation that was woken has %d events", n)
	}
	if n := events(t, db.Single(), w.Org(153)); n != 0 {
		t.Errorf("an organisation that sleeps has %d events", n)
	}
}

func events(t *testing.T, tx *spanner.ReadOnlyTransaction, org tenant.OrgID) (n int) {
	t.Helper()
	b := tenant.Book{Org: org, Property: "-"}
	err := tx.Read(t.Context(), "Events", spanner.Key{b.Shard(), string(org), "-"}.AsPrefix(), []string{"Type"}).Do(func(r *spanner.Row) error {
		n++
		var kind daybook.EventType
		return r.Columns((*string)(&kind))
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	at := int64(0)
	l := &Loader{World: small(100), DB: testkit.Spanner(t), Most: 1 << 20, Memory: func() (int64, error) {
		at += 1 << 20
		return at, nil
	}}
	if _, err := l.Load(testkit.Context(t)); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}
