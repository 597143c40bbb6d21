package daybookstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/daybook"
)

const (
	// maxCells bounds a commit of many commands: well under the 80,000 that Spanner takes, since the
	// count of index cells is ours and not Spanner's.
	maxCells = 50_000
	// emulatorCells is maxCells on the emulator, whose time for a commit grows with the square of its
	// rows where a table has a CHECK: 1,000 entries took 1.2 s in commits of this size and 2.5 s in one.
	emulatorCells = 7_500
	// lineCells is what one command writes at least: event, entry and command row.
	lineCells = 40
	// dayCells is what one changed day row and its period cost at most.
	dayCells = 30
	// movedCells is what a later day's row costs whose balance moves: its key, opening and closing.
	movedCells = 7
	// batchTimeout bounds a call of many commands: under the 10 s of the finance service.
	batchTimeout = 9 * time.Second
)

// Answer is the result of one command of many.
type Answer struct {
	Receipt
	Err error
}

// ExecuteAll carries out many commands of one desk, each with its own key and its own answer: one
// that is refused harms no other. The oldest dates go first, as many commands a commit as 50,000
// cells hold, at most 4 RPCs a commit (commands, entries or external references, day rows, commit)
// and one at the end for the events of what had taken effect before. The whole call can be repeated.
// When the time runs out, what was not reached is answered with ErrUnavailable.
//
// Commands are records, or acts on entries; the two are not mixed in one call.
func (s *Store) ExecuteAll(ctx context.Context, d Desk, orders []Order) []Answer {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	commands := make([]command, len(orders))
	for i, o := range orders {
		commands[i] = d.command(o)
	}
	b := newBatch(s, d, commands)
	b.carryOut(ctx)
	if at := b.committed(); !at.IsZero() {
		s.nudge(ctx, d.Book, at)
	}
	for i, a := range b.answers {
		answeredMetric(ctx, orders[i].Action.Operation(), a.Receipt, a.Err)
	}
	return b.answers
}

// carryOut answers all commands, in as few commits as hold them.
func (b *batch) carryOut(ctx context.Context) {
	for len(b.rest) > 0 {
		if err := b.commit(ctx); err != nil {
			if b.doubt && !refused(err) {
				err = errors.Join(ErrOutcomeUnknown, err)
			}
			for _, i := range b.rest {
				b.answers[i].Err = err
			}
			break
		}
	}
	b.readReplays(ctx)
	b.copyTwins()
}

// committed is the call's last commit; the zero time where it changed nothing.
func (b *batch) committed() (at time.Time) {
	for _, a := range b.answers {
		if a.Err == nil && !a.Replayed && a.At.After(at) {
			at = a.At
		}
	}
	return at
}

// batch is a call of many commands on its way.
type batch struct {
	store    *Store
	desk     Desk
	commands []command
	answers  []Answer
	rest     []int                    // what has no answer yet, oldest date first
	twins    map[int]int              // a command whose key stood earlier in the call, and where
	replays  map[int]daybook.Position // what had taken effect before, and in which event
	looked   bool                     // a commit has looked at all command rows
	retried  bool                     // a commit's outcome was unknown: what is found now may be ours
	doubt    bool                     // it is still unknown
	doubts   int
	careful  bool // a row existed that no command row explains: look for entries

	tag     string
	shared  bool // a group: what it does not carry out, its callers try alone
	hopeful bool // take all commands for new ones, until a row exists: a group saves that look
}

func newBatch(s *Store, d Desk, commands []command) *batch {
	b := &batch{
		store: s, desk: d, commands: commands, answers: make([]Answer, len(commands)),
		twins: map[int]int{}, replays: map[int]daybook.Position{}, tag: "daybook/bulk",
	}
	seen := make(map[daybook.Hash]int, len(commands))
	for i, c := range commands {
		switch first, twice := seen[c.Key]; {
		case !twice:
			seen[c.Key] = i
			b.rest = append(b.rest, i)
		case b.commands[first].hash != c.hash:
			b.answers[i].Err = ErrKeyReused
		default:
			b.twins[i] = first
		}
	}
	slices.SortStableFunc(b.rest, func(x, y int) int { return int(b.commands[x].from) - int(b.commands[y].from) })
	return b
}

// part is what one transaction of a batch has done; it begins anew with each run.
type part struct {
	answers map[int]Answer
	replays map[int]daybook.Position
	left    []int
	made    []int // those that this commit carries out
	w       writes
}

// commit runs one transaction over as much of the rest as it can hold. An error means that nothing
// more can be done in this call.
func (b *batch) commit(ctx context.Context) error {
	var p part
	out, err := b.store.db.ReadWrite(ctx, b.tag, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		var err error
		p, err = b.run(ctx, tx)
		if err != nil {
			return err
		}
		if len(p.made) == 0 {
			return errReplay
		}
		commitCells.Record(ctx, int64(p.w.cells))
		return tx.BufferWrite(p.w.all())
	})
	b.retried, b.doubt = b.retried || out.Unknown, b.doubt || out.Unknown
	switch {
	case err == nil || errors.Is(err, errReplay):
		b.doubt = false
	case spanner.ErrCode(err) == codes.AlreadyExists && b.hopeful:
		b.hopeful = false
		return nil
	case spanner.ErrCode(err) == codes.AlreadyExists && b.shared:
		return errAlone
	case spanner.ErrCode(err) == codes.AlreadyExists && !b.careful:
		b.careful = true
		return nil
	case spanner.ErrCode(err) == codes.AlreadyExists:
		return b.store.unexplained(ctx, b.desk, b.commands[b.rest[0]].from, err)
	case out.Unknown && ctx.Err() == nil && b.doubts < maxDoubts:
		b.doubts++
		b.hopeful = false
		return nil // the command rows will tell
	default:
		return failure(err, out)
	}
	for _, i := range p.made {
		a := p.answers[i]
		a.At = out.CommitTime
		p.answers[i] = a
	}
	for i, a := range p.answers {
		b.answers[i] = a
	}
	for i, at := range p.replays {
		b.replays[i] = at
	}
	b.rest, b.looked = p.left, true
	return nil
}

// run judges the rest of the batch on locked state, until the commit is full.
func (b *batch) run(ctx context.Context, tx reader) (part, error) {
	p := part{answers: map[int]Answer{}, replays: map[int]daybook.Position{}}
	fresh, err := b.known(ctx, tx, &p)
	if err != nil || len(fresh) == 0 {
		return p, err
	}
	look, err := b.lookUp(ctx, tx, fresh)
	if err != nil {
		return p, err
	}
	st, err := b.store.readState(ctx, tx, b.desk, b.commands[fresh[0]])
	if err != nil {
		return p, err
	}
	before := st.Days
	for n, i := range fresh {
		if n > 0 && p.w.cells+movedCells*len(st.Days)+dayCells*min(len(p.made)+1, len(st.Days)) > b.store.maxCells {
			p.left = append(slices.Clone(fresh[n:]), p.left...)
			break
		}
		st = b.judge(&p, st, look, i)
	}
	p.w.days(b.desk.Book, b.desk.Property.Currency, before, st.Days)
	return p, nil
}

// judge decides one command on the state that the earlier ones of this commit left.
func (b *batch) judge(p *part, st daybook.State, f found, i int) daybook.State {
	c := b.commands[i]
	refuse := func(err error) daybook.State {
		p.answers[i] = Answer{Err: err}
		return st
	}
	st.Entry = daybook.Entry{}
	if c.acts() {
		entry, ok := f.entries[c.entry.ID]
		if !ok {
			return refuse(fault.ErrNotFound)
		}
		st.Entry = entry
	} else if x, expired := f.entries[daybook.EntryIDFor(c.Key, c.from)]; expired {
		p.replays[i] = x.Recorded
		return st
	}
	ref := externalRef(c)
	if ref != nil {
		if other, taken := f.refs[*ref]; taken {
			// The rules refuse first, as where a command stands alone, and again where it is judged once more: its
			// reference may have been taken by a later line of its own call.
			if _, err := daybook.Decide(st, c.Command); err != nil {
				return refuse(err)
			}
			return refuse(refTaken(b.desk, other))
		}
	}
	after, events, err := p.w.decided(st, c.Command)
	if err != nil {
		return refuse(err)
	}
	for _, x := range after.Touched {
		f.entries[x.ID] = x
		if ref != nil {
			f.refs[*ref] = x.Facts
		}
		if x.Status == daybook.Pending { // the next line's daily grant is judged by it
			after.OwnPending = append(slices.Clip(after.OwnPending), x.BusinessDate)
		}
	}
	last := events[len(events)-1]
	p.w.insert(commands, writeCommand(b.desk.Book, c.Key, c.hash, last.Position()), 0)
	p.answers[i] = Answer{Receipt: Receipt{Recorded: Recorded{Event: last}}}
	p.made = append(p.made, i)
	return after
}
