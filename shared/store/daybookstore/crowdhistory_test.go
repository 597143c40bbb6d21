package daybookstore_test

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// TestRandomCrowds lets crowds do anything at once, with keys repeated and reused, and their commits
// lost, refused and aborted. There must be an order of their commands in which a fold in memory gives
// each answer, the refusals among them, and the tables in the end.
func TestRandomCrowds(t *testing.T) {
	t.Parallel()
	fewHistories()
	faults := &rpc.Faults{}
	db := testkit.Spanner(t, faults.Options()...)
	shared := 0
	rapid.Check(t, func(r *rapid.T) {
		h := newHouse(t, db, "2026-03-01", 1_000)
		h.desk.Policy.DailyGrant = rapid.IntRange(0, 7).Draw(r, "daily grant") == 0
		p := &play{r: r, ctx: testkit.Context(t), hs: [2]house{h, h}, m: newModel(h, 1_000), faults: faults}
		for range rapid.IntRange(1, 4).Draw(r, "crowds") {
			shared += p.crowd(t)
		}
		p.compare()
	})
	if shared == 0 {
		t.Error("no two commands shared a commit")
	}
}

// crowd is one crowd and its judgement; the result is how many commands shared a commit with another.
func (p *play) crowd(t *testing.T) (shared int) {
	orders := one(daybookstore.Order{Actor: owner, Key: p.key(), Action: daybook.Grant{Subject: "clerk"}})
	for range rapid.IntRange(1, 12).Draw(p.r, "orders") {
		orders = append(orders, p.order())
	}
	answers := crowdBehind(t, p.hs[0], p.faults, orders, nil, p.breakSomething)
	p.faults.Clear()

	// The order of the commits, and that of the streams within one, is an order of the commands.
	var done, refused []int
	for i, a := range answers {
		switch {
		case a.Err != nil:
			refused = append(refused, i)
		default:
			done = append(done, i)
		}
	}
	slices.SortFunc(done, func(i, j int) int {
		a, b := answers[i], answers[j]
		return cmp.Or(a.At.Compare(b.At), a.Position().Compare(b.Position()))
	})
	explained := map[int]bool{}
	explain := func() {
		for _, i := range refused {
			_, fresh, err := p.m.judge(orders[i])
			explained[i] = explained[i] || !fresh && err != nil && sameRefusal(answers[i].Err, err)
		}
	}
	explain()
	for n, i := range done {
		want, wantErr := p.m.execute(orders[i])
		p.same(orders[i], answers[i].Receipt, answers[i].Err, want, wantErr)
		explain()
		if n > 0 && answers[done[n-1]].At.Equal(answers[i].At) && answers[done[n-1]].Position() != answers[i].Position() {
			shared++
		}
	}
	for _, i := range refused {
		if !explained[i] {
			p.r.Fatalf("%+v was refused with %v, which no order of the crowd explains", orders[i], answers[i].Err)
		}
	}
	return shared
}
