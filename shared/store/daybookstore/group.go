package daybookstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
)

const (
	// maxGroup is how many commands share a transaction at most: 100 entries are a tenth of the cells
	// that a commit may hold, and beyond them a transaction gains nothing by one command more.
	maxGroup = 100
	// patience is how long a command waits for the one under way. A call that hangs holds up nobody
	// for longer: whoever waits goes beside it then, and the locks of the database decide.
	patience = time.Second
)

// errAlone is the answer of a group to a command that it did not carry out: refused, repeated or
// broken, it is judged by itself, where neither its answer nor its cost is the others'.
var errAlone = errors.New("to be carried out alone")

// errDoubt is errAlone after a commit whose outcome nobody told.
var errDoubt = fmt.Errorf("%w: in doubt", errAlone)

// errTurn says that nobody else is under way: the caller is, until he hands over.
var errTurn = errors.New("the caller's turn")

// groups is group commit. Commands on one property wait for each other in the database, by the lock on
// its day rows; so those of one instance that come while another is under way wait here instead, and
// then share one transaction. A command that finds nobody under way never waits.
type groups struct {
	patience time.Duration

	mu    sync.Mutex
	lanes map[tenant.Book]*lane // of the properties where something is under way
}

func newGroups() *groups { return &groups{patience: patience, lanes: map[tenant.Book]*lane{}} }

// lane is one property's.
type lane struct {
	underWay int // transactions, or loops of them; more than one after a lack of patience
	waiting  []*ticket
}

// ticket is a command that waits for its turn.
type ticket struct {
	ctx    context.Context
	desk   Desk
	do     command
	answer chan Answer // one answer, or errTurn or errAlone
	flight *flight     // of its transaction; guarded by groups.mu, nil while it waits
}

// flight is the transaction of a group: it lasts as long as the last of its callers would wait, and
// ends early when all of them have gone away.
type flight struct {
	ctx    context.Context
	cancel context.CancelFunc
	aboard atomic.Int64
}

func (f *flight) leave() {
	if f.aboard.Add(-1) == 0 {
		f.cancel()
	}
}

// inTurn carries a command out by itself where nobody is under way on the property, and together with
// others that wait where somebody is.
func (s *Store) inTurn(ctx context.Context, d Desk, c command) (Receipt, error) {
	a := Answer{Err: errTurn}
	if t := s.groups.enter(ctx, d, c); t != nil {
		a = s.wait(t)
	}
	switch {
	case errors.Is(a.Err, errTurn):
		defer s.handOver(d.Book)
		return s.alone(ctx, d, c, false)
	case errors.Is(a.Err, errAlone):
		return s.alone(ctx, d, c, errors.Is(a.Err, errDoubt))
	}
	return a.Receipt, a.Err
}

// enter is nil where it is the caller's turn, else a place in the queue.
func (g *groups) enter(ctx context.Context, d Desk, c command) *ticket {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lanes[d.Book]
	if l == nil {
		g.lanes[d.Book] = &lane{underWay: 1}
		return nil
	}
	t := &ticket{ctx: ctx, desk: d, do: c, answer: make(chan Answer, 1)}
	l.waiting = append(l.waiting, t)
	return t
}

// wait is the answer to a ticket. Its caller's own end holds: in the queue nothing has happened, and
// afterwards nobody knows.
func (s *Store) wait(t *ticket) Answer {
	timer := time.NewTimer(s.groups.patience)
	defer timer.Stop()
	for {
		select {
		case a := <-t.answer:
			return a
		case <-timer.C:
			s.fly(t.desk.Book, s.groups.overtake(t))
		case <-t.ctx.Done():
			if s.groups.withdraw(t) {
				return Answer{Err: errors.Join(ErrUnavailable, t.ctx.Err())}
			}
			select {
			case a := <-t.answer: // at the same moment
				return a
			default:
				t.flight.leave()
				return Answer{Err: errors.Join(ErrOutcomeUnknown, t.ctx.Err())}
			}
		}
	}
}

// withdraw takes a ticket out of the queue; false where it has left that.
func (g *groups) withdraw(t *ticket) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.flight != nil {
		return false
	}
	l := g.lanes[t.desk.Book]
	l.waiting = slices.DeleteFunc(l.waiting, func(x *ticket) bool { return x == t })
	return true
}

// overtake is the next group, beside what is under way; nil where t waits no longer, or where the turn
// is a single caller's now.
func (g *groups) overtake(t *ticket) []*ticket {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.flight != nil {
		return nil
	}
	l := g.lanes[t.desk.Book]
	l.underWay++
	return l.next()
}

// handOver ends what was under way.
func (s *Store) handOver(b tenant.Book) { s.fly(b, s.groups.leave(b)) }

// leave is the group that follows what has ended; nil where nobody waits, or where the turn is a single
// caller's now.
func (g *groups) leave(b tenant.Book) []*ticket {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lanes[b]
	if len(l.waiting) > 0 {
		return l.next()
	}
	if l.underWay--; l.underWay == 0 {
		delete(g.lanes, b)
	}
	return nil
}

// next takes the first ticket out of the queue, and with it those that can share its transaction:
// the order of arrival is lost, which callers at one time cannot tell. Who finds no company gets the
// turn.
func (l *lane) next() []*ticket {
	first := l.waiting[0]
	var group, rest []*ticket
	var end time.Time
	for i, t := range l.waiting {
		if i > 0 && (len(group) == maxGroup || !first.shares(t)) {
			rest = append(rest, t)
			continue
		}
		group = append(group, t)
		if d, _ := t.ctx.Deadline(); d.After(end) {
			end = d
		}
	}
	l.waiting = rest
	f := &flight{}
	for _, t := range group {
		t.flight = f
	}
	if len(group) == 1 {
		first.answer <- Answer{Err: errTurn}
		return nil
	}
	f.aboard.Store(int64(len(group)))
	f.ctx, f.cancel = context.WithDeadline(context.WithoutCancel(first.ctx), end)
	return group
}

// shares reports whether two commands are judged by one setup and may be of one transaction: a daily
// grant is looked up for one person, and what concerns a whole day stands by itself.
func (t *ticket) shares(o *ticket) bool {
	a, b := t.desk, o.desk
	return t.sociable() && o.sociable() && a.Property == b.Property && a.CutoffMinutes == b.CutoffMinutes &&
		a.Zone.String() == b.Zone.String() && a.Policy.Version == b.Policy.Version && a.Chart.Version == b.Chart.Version
}

func (t *ticket) sociable() bool {
	_, records := t.do.Do.(daybook.Record)
	return !t.desk.Policy.DailyGrant && (records || t.do.acts())
}

// fly carries out groups until nobody waits, in a goroutine of its own: the caller's answer is ready.
func (s *Store) fly(b tenant.Book, group []*ticket) {
	if group == nil {
		return
	}
	go func() {
		for ; group != nil; group = s.groups.leave(b) {
			s.together(group)
		}
	}()
}

// together carries a group out, and answers all of it.
func (s *Store) together(group []*ticket) {
	f := group[0].flight
	defer f.cancel()
	answers := make([]Answer, len(group))
	for i := range answers {
		answers[i].Err = errAlone
	}
	defer func() {
		if p := recover(); p != nil { // what breaks one must break no other: each goes on alone
			slog.ErrorContext(f.ctx, "a group of commands broke", "org", string(group[0].desk.Book.Org), "panic", fmt.Sprint(p))
		}
		for i, t := range group {
			t.answer <- answers[i]
		}
	}()
	groupSize.Record(f.ctx, int64(len(group)))
	commands := make([]command, len(group))
	for i, t := range group {
		commands[i] = t.do
	}
	b := newBatch(s, group[0].desk, commands)
	b.tag, b.shared, b.hopeful = "daybook/group", true, true
	b.carryOut(f.ctx)
	for i, a := range b.answers {
		if a.Err == nil || errors.Is(a.Err, ErrUnavailable) || errors.Is(a.Err, ErrOutcomeUnknown) {
			answers[i] = a
		} else if b.retried {
			answers[i].Err = errDoubt
		}
	}
}
