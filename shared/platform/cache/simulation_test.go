package cache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
)

// flaw is a rule that is broken, to see that the simulation notices.
type flaw string

const (
	none           flaw = ""
	headsIgnored   flaw = "heads are not looked at"
	onlyOwnDate    flaw = "earlier dates do not count"
	watermarkAhead flaw = "the watermark moves before the heads"
	moveLost       flaw = "a head is not moved and the watermark is"
	headsSet       flaw = "heads are set, not moved by the maximum"
	dateDropped    flaw = "a date leaves its head without its month"
	marksLater     flaw = "marks are read after heads"
	floorForgotten flaw = "the invalidator begins anew without a floor"
	tokenIgnored   flaw = "the token is not looked at"
	tooOld         flaw = "answers are given for twice their age"
	lateStamp      flaw = "the stamp is the moment of the filling"
	modelBehind    flaw = "a read model that is behind is read as it is"
	setupIgnored   flaw = "the organisation's own head is not looked at"
	gapIsClosed    flaw = "a gap depends on its own date alone"
)

var flaws = []flaw{
	headsIgnored, onlyOwnDate, watermarkAhead, moveLost, headsSet, dateDropped, marksLater, floorForgotten, tokenIgnored, tooOld,
	lateStamp, modelBehind, setupIgnored, gapIsClosed,
}

// posed is a question of the world, and what may be answered.
type posed struct {
	Question
	books   []*book
	through bizdate.Date
	many    bool
}

// ages are DOMAIN.md's, by days that are shorter here.
var ages = []time.Duration{
	5 * time.Second, 10 * time.Second, 30 * time.Second, 30 * time.Second, 2 * time.Minute, 2 * time.Minute, 5 * time.Minute, 5 * time.Minute,
}

func (w *world) question() posed {
	org := 4 * w.IntN(len(w.books)/4)
	q := posed{through: w.date()}
	q.Oldest = 15 * time.Minute
	for back, age := range ages {
		if q.through == w.today().AddDays(-back) {
			q.Oldest = age
		}
	}
	q.books = []*book{w.books[org+1+w.IntN(3)]}
	kind := w.IntN(4)
	switch kind {
	case 1: // over several properties, some seconds ago
		q.books, q.many = w.books[org+1:org+4], true
		q.Oldest += stale
	case 2: // with accounts or budgets
		q.books = append(q.books, w.books[org])
	}
	for _, b := range q.books {
		if b.Property != tenant.Setup || w.flaw != setupIgnored {
			q.Books = append(q.Books, b.Book)
		}
	}
	q.Key = sha256.Sum256(fmt.Appendf(nil, "%d %v %s", kind, q.Books, q.through))
	if kind == 3 { // a gap, which a later day closes
		q.through = 0
	}
	if w.chance(3) {
		w.tally.tokens++
		q.Since = time.Unix(0, w.at.Load()-w.Int64N(int64(10*time.Second))).UTC()
	}
	q.Fresh = w.chance(200)
	return q
}

// last is the last change of a book that a question shows, up to a moment.
func (w *world) last(b *book, through bizdate.Date, upto int64) (last int64) {
	for d, times := range b.changes {
		if through != 0 && d > through && b.Property != tenant.Setup {
			continue
		}
		for _, at := range slices.Backward(times) {
			if at <= upto {
				last = max(last, at)
				break
			}
		}
	}
	return last
}

// content is the answer as of a moment: the last change of each book.
func (w *world) content(q posed, upto int64) (out []byte) {
	for _, b := range q.books {
		out = binary.BigEndian.AppendUint64(out, uint64(w.last(b, q.through, upto)))
	}
	return out
}

// read is an answer as the books give it.
func (w *world) read(q posed) (Value, error) {
	w.meanwhile()
	if w.chance(300) {
		w.tally.failed++
		return Value{}, errDown
	}
	at := w.at.Load()
	if q.many {
		at = max(at-int64(stale), q.Since.UnixNano())
	}
	v := Value{Bytes: w.content(q, at), Stamp: time.Unix(0, at).UTC(), Through: q.through}
	if w.flaw == modelBehind && w.chance(20) {
		v.Bytes = w.content(q, at-int64(3*time.Second))
	}
	if w.flaw == gapIsClosed && v.Through == 0 {
		v.Through = w.today().AddDays(-3)
	}
	w.meanwhile()
	if w.flaw == lateStamp {
		v.Stamp = w.now()
	}
	return v, nil
}

// ask asks an instance that is not waiting, and judges its answer.
func (w *world) ask() {
	i := w.instances[w.IntN(len(w.instances))]
	if i.busy {
		return
	}
	i.busy = true
	defer func() { i.busy = false }()
	q := w.question()
	changed := q.Question
	switch w.flaw {
	case tokenIgnored:
		changed.Since = time.Time{}
	case tooOld:
		changed.Oldest *= 2
	}
	begin := w.at.Load()
	a, err := i.Get(context.Background(), changed, func(context.Context) (Value, error) { return w.read(q) })
	if err != nil {
		if !errors.Is(err, errDown) {
			w.tally.wrong[err.Error()]++
		}
		return
	}
	w.count(a)
	w.judge(q, begin, a)
}

func (w *world) count(a Answer) {
	w.tally.reads++
	switch a.Source {
	case First:
		w.tally.l1++
	case Second:
		w.tally.l2++
	case Shared:
		w.tally.shared++
	default:
		w.tally.made++
	}
}

// judge holds an answer against the contract: of each book it has every change that was recorded up to the
// token, and every one that is older than the age; and what it says of itself is so.
func (w *world) judge(q posed, begin int64, a Answer) {
	has := func(upto int64) bool {
		for i, b := range q.books {
			if got := int64(binary.BigEndian.Uint64(a.Bytes[8*i:])); got < w.last(b, q.through, upto) {
				return false
			}
		}
		return true
	}
	if !has(begin - int64(q.Oldest)) {
		w.tally.wrong["an answer was older than the contract"]++
	}
	if !q.Since.IsZero() && (!has(q.Since.UnixNano()) || a.Verified.Before(q.Since)) {
		w.tally.wrong["an answer was older than its token"]++
	}
	if q.Fresh && a.Source != Made {
		w.tally.wrong["an answer was not made, and should have been"]++
	}
	if string(a.Bytes) != string(w.content(q, a.Verified.UnixNano())) {
		w.tally.wrong["an answer was not what the books said at its moment"]++
	}
}

func operations(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("INNKEEP_CACHE_OPERATIONS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// run does about so many operations: reads, posts, moves.
func (w *world) run(n int) int {
	for w.tally.reads+w.tally.posts+w.tally.moves < n {
		w.step()
	}
	return w.tally.reads + w.tally.posts + w.tally.moves
}

// TestNoAnswerIsPastTheContract: INNKEEP_CACHE_OPERATIONS is how many operations it does.
func TestNoAnswerIsPastTheContract(t *testing.T) {
	t.Parallel()
	w := newWorld(20261124, none)
	n := w.run(operations(t, 100_000))
	for what, times := range w.tally.wrong {
		t.Errorf("%s: %d times", what, times)
	}
	y := w.tally
	t.Logf("%d operations in %s of virtual time: %d answers (%d l1, %d l2, %d made; %d asked with a token, %d failed), %d posts, %d moves",
		n, w.now().Sub(w.first.Time()), y.reads, y.l1, y.l2, y.made, y.tokens, y.failed, y.posts, y.moves)
	if y.l1 == 0 || y.l2 == 0 || y.made == 0 {
		t.Error("a level was not used")
	}
}

// TestTheSimulationNoticesEachFlaw breaks one rule after the other.
func TestTheSimulationNoticesEachFlaw(t *testing.T) {
	t.Parallel()
	for _, f := range flaws {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			w := newWorld(20261124, f)
			for n := 10_000; len(w.tally.wrong) == 0; n += 10_000 {
				if n > 300_000 {
					t.Fatal("nobody noticed")
				}
				w.run(n)
			}
			t.Log(w.tally.wrong)
		})
	}
}
