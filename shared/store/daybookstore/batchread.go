package daybookstore

import (
	"context"
	"errors"
	"maps"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
)

// known sorts out what has taken effect before, by the command rows; the rest is fresh. The first
// commit of a call looks at all of it, so that a repeated call is one transaction; the later ones
// at no more than they can write.
func (b *batch) known(ctx context.Context, tx reader, p *part) (fresh []int, err error) {
	scope := b.rest
	if b.hopeful {
		return scope, nil
	}
	if most := b.store.maxCells / lineCells; b.looked && most < len(scope) {
		scope = scope[:most]
	}
	p.left = b.rest[len(scope):]
	cs := make([]command, len(scope))
	for n, i := range scope {
		cs[n] = b.commands[i]
	}
	rows, err := readCommands(ctx, tx, b.desk.Book, cs)
	if err != nil {
		return nil, err
	}
	for _, i := range scope {
		c := b.commands[i]
		switch x, found := rows[c.Key]; {
		case !found:
			fresh = append(fresh, i)
		case x.request != c.hash:
			p.answers[i] = Answer{Err: ErrKeyReused}
		default:
			p.replays[i] = x.at
		}
	}
	return fresh, nil
}

// found is what a batch's commands must know beside the day rows.
type found struct {
	entries map[ids.UUID]daybook.Entry
	refs    map[daybook.ExternalRef]daybook.Facts
}

func (b *batch) lookUp(ctx context.Context, tx reader, fresh []int) (found, error) {
	var located []ids.Entry
	var refs []daybook.ExternalRef
	for _, i := range fresh {
		c := b.commands[i]
		if c.acts() {
			located = append(located, c.entry)
		} else if made, ok := madeBy(b.desk, c, nil); ok && b.careful {
			located = append(located, made)
		}
		if ref := externalRef(c); ref != nil {
			refs = append(refs, *ref)
		}
	}
	f := found{refs: map[daybook.ExternalRef]daybook.Facts{}}
	var err error
	if f.entries, err = readEntries(ctx, tx, b.desk.Book, located); err != nil || len(refs) == 0 || b.hopeful {
		return f, err
	}
	if f.refs, err = readExternalRefs(ctx, tx, b.desk.Book, refs); err != nil {
		return f, err
	}
	return f, b.lookUpOwn(ctx, tx, fresh, f)
}

// lookUpOwn reads the entries whose external reference is taken by the very entry that the line's
// key makes: the line took effect before, and its command row has expired.
func (b *batch) lookUpOwn(ctx context.Context, tx reader, fresh []int, f found) error {
	var own []ids.Entry
	for _, i := range fresh {
		ref := externalRef(b.commands[i])
		if ref == nil {
			continue
		}
		if made, ok := madeBy(b.desk, b.commands[i], nil); ok && f.refs[*ref].ID == made.ID {
			own = append(own, made)
		}
	}
	known, err := readEntries(ctx, tx, b.desk.Book, own)
	maps.Copy(f.entries, known)
	return err
}

// readReplays reads the events of what had taken effect before: their answers are those of then.
func (b *batch) readReplays(ctx context.Context) {
	if len(b.replays) == 0 {
		return
	}
	at := make([]daybook.Position, 0, len(b.replays))
	for _, p := range b.replays {
		at = append(at, p)
	}
	known, err := readEventsAt(ctx, b.store.strong(), b.desk.Book, at)
	for i, p := range b.replays {
		e, ok := known[p]
		switch {
		case err != nil:
			// It took effect; only what to answer is not known.
			b.answers[i].Err = errors.Join(ErrOutcomeUnknown, err)
		case !ok:
			b.answers[i].Err = unexplained(ctx, b.desk.Book, errors.New("the event of a command is missing"))
		case b.careful && !b.commands[i].acts() && requestOf(e.Event) != b.commands[i].hash:
			b.answers[i].Err = ErrKeyReused
		default:
			b.answers[i] = Answer{Receipt: Receipt{Recorded: e, Replayed: !b.retried}}
		}
	}
}

// copyTwins answers a key that stood twice in the call like its first line.
func (b *batch) copyTwins() {
	for i, first := range b.twins {
		b.answers[i] = b.answers[first]
		if b.answers[i].Err == nil {
			b.answers[i].Replayed = true
		}
	}
}
