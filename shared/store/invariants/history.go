package invariants

import (
	"bytes"
	"cmp"
	"slices"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// fold is what one stream's events come to, by this package's own arithmetic.
type fold struct {
	opening      int64 // of the go-live day's stream alone
	hasOpening   bool
	flows        daybook.Flows
	version      int64
	closed       bool
	lastClosed   *daybook.DayClosed
	counted      bool
	countedMinor int64
	countVersion int64
	afterCount   int64
}

// net is what the day's flows do to the drawer.
func (f *fold) net() int64 {
	x := f.flows
	return x.CashReceivedMinor - x.CashExpensesMinor + x.TransfersInMinor - x.TransfersOutMinor + x.OverShortMinor
}

// posting is what an entry does to a day.
type posting struct {
	kind        ledger.Kind
	mode        ledger.PaymentMode
	category    string
	amountMinor int64
	recorded    daybook.Position
}

func (f *fold) post(p posting, in event) {
	before := f.net() - f.flows.OverShortMinor
	x := &f.flows
	switch p.kind {
	case ledger.Revenue:
		addTo(p, &x.CashReceivedMinor, &x.BankReceivedMinor)
	case ledger.Expense:
		addTo(p, &x.CashExpensesMinor, &x.BankExpensesMinor)
	default:
		switch p.category {
		case "OVER":
			x.OverShortMinor += p.amountMinor
		case "SHORT":
			x.OverShortMinor -= p.amountMinor
		case "BANK_WITHDRAWAL", "FLOAT_IN", "OWNER_CONTRIBUTION":
			x.TransfersInMinor += p.amountMinor
		default:
			x.TransfersOutMinor += p.amountMinor
		}
	}
	x.EntryCount++
	if f.counted && p.recorded.Stream.String() == in.StreamId && p.recorded.Version > f.countVersion {
		f.afterCount += f.net() - x.OverShortMinor - before
	}
}

func addTo(p posting, cash, bank *int64) {
	if p.mode == ledger.Cash {
		*cash += p.amountMinor
	} else {
		*bank += p.amountMinor
	}
}

// streams proves that every stream is whole: versions 1..n, linked, in the order of time (I11),
// with legs that sum to zero (I2), and that no command has two events (I8).
func (c *check) streams() {
	causes := map[string]event{}
	var last event
	for _, e := range c.events {
		want, prev := int64(1), make([]byte, 32)
		if e.StreamId == last.StreamId {
			want, prev = last.Version+1, last.ChainHash
			if e.RecordedAt.Before(last.RecordedAt) {
				c.failf("I11", e.where(), "was recorded before the event that it follows")
			}
		}
		same(c, "I11", e.where(), "the version", e.Version, want)
		link := daybook.Link(hash(prev), c.book, e.StreamId, e.Version, daybook.EventType(e.Type), e.SchemaVersion,
			hash(e.Cause), daybook.Raw{Actor: e.Actor, Judged: e.Judged, Data: e.Data})
		if !bytes.Equal(link[:], e.ChainHash) {
			c.failf("I11", e.where(), "the chain is broken")
		}
		if legs := legsIn(e.data); sum(legs) != 0 {
			c.failf("I2", e.where(), "the legs %v do not sum to zero", legs)
		}
		if other, twice := causes[string(e.Cause)]; twice && e.Type != string(daybook.TypeDayClosed) {
			c.failf("I8", e.where(), "stands for the same command as %s", other.where())
		}
		causes[string(e.Cause)], last = e, e
	}
}

// hash is a stored hash; one of another length than 32 bytes is damage, and equals no link.
func hash(b []byte) (h daybook.Hash) {
	copy(h[:], b)
	return h
}

func legsIn(d daybook.Data) []ledger.Leg {
	switch d := d.(type) {
	case daybook.OpeningSet:
		return d.Legs
	case daybook.EntryRecorded:
		return d.Legs
	case daybook.EntryApproved:
		return d.Legs
	case daybook.EntryReversed:
		return d.Legs
	}
	return nil
}

func sum(legs []ledger.Leg) (s int64) {
	for _, l := range legs {
		s += l.AmountMinor
	}
	return s
}

// history lives through the events as they were committed, and proves of each that its day was open
// at that moment, that what it says of balances was so (I13, I14), and that a snapshot taken with it
// is what the stream had come to (I11).
func (c *check) history() {
	c.folds = map[string]*fold{}
	all := slices.Clone(c.events)
	slices.SortFunc(all, func(a, b event) int {
		return cmp.Or(a.RecordedAt.Compare(b.RecordedAt), cmp.Compare(a.StreamId, b.StreamId), cmp.Compare(a.Version, b.Version))
	})
	for _, e := range all {
		f := c.folds[e.StreamId]
		if f == nil {
			f = &fold{}
			c.folds[e.StreamId] = f
		}
		last := c.lastClosed()
		if _, reopens := e.data.(daybook.DayReopened); !reopens && last >= e.StreamId {
			c.failf("I13", e.where(), "%s stands in a stream that was closed with %s", e.Type, last)
		} else if reopens && last != e.StreamId {
			c.failf("I13", e.where(), "reopens another day than the last closed one, %q", last)
		}
		c.live(f, e)
		f.version = e.Version
		c.snapshotAt(f, e)
	}
}

func (c *check) live(f *fold, e event) {
	switch d := e.data.(type) {
	case daybook.OpeningSet:
		same(c, "I4", e.where(), "the previous opening", d.PreviousMinor, f.opening)
		f.opening, f.hasOpening = d.OpeningMinor, true
	case daybook.EntryRecorded:
		if d.Legs != nil {
			f.post(posting{d.Kind, d.Mode, d.Category, d.AmountMinor, at(e)}, e)
		}
	case daybook.EntryApproved:
		f.post(posting{d.Kind, d.Mode, d.Category, d.AmountMinor, d.Recorded}, e)
	case daybook.EntryReversed:
		f.post(posting{d.Kind, d.Mode, d.Category, d.AmountMinor, at(e)}, e)
	case daybook.CashCounted:
		expected := c.opening(e.StreamId) + f.net() - f.flows.OverShortMinor
		same(c, "I14", e.where(), "what the count expected", d.ExpectedMinor, expected)
		f.counted, f.countedMinor, f.countVersion, f.afterCount = true, d.CountedMinor, e.Version, 0
	case daybook.DayClosed:
		c.closes(f, e, d)
		f.closed, f.lastClosed = true, &d
	case daybook.DayReopened:
		f.closed = false
	}
}

func at(e event) daybook.Position {
	p := daybook.Position{Version: e.Version}
	_ = p.Stream.UnmarshalText([]byte(e.StreamId)) // the stream's own name, which is checked against day rows
	return p
}

// closes proves that a day closes with its figures, and after every earlier one.
func (c *check) closes(f *fold, e event, d daybook.DayClosed) {
	opening := c.opening(e.StreamId)
	same(c, "I13", e.where(), "the closed day's opening", d.OpeningMinor, opening)
	same(c, "I13", e.where(), "the closed day's closing", d.ClosingMinor, opening+f.net())
	same(c, "I13", e.where(), "the closed day's flows", d.Flows, f.flows)
	same(c, "I14", e.where(), "that the closed day was counted", d.CountedMinor != nil, f.counted)
	if d.CountedMinor != nil && d.VarianceMinor != nil {
		same(c, "I14", e.where(), "the closed day's count", *d.CountedMinor, f.countedMinor)
		expected := opening + f.net() - f.flows.OverShortMinor - f.afterCount
		same(c, "I14", e.where(), "the closed day's variance", *d.VarianceMinor, f.countedMinor-expected)
	}
	for stream, other := range c.folds {
		if stream < e.StreamId && !other.closed {
			c.failf("I13", e.where(), "closes while %s is open", stream)
		}
	}
}

// opening is that of a stream's day at the present moment of history: all that came before it.
func (c *check) opening(stream string) int64 {
	var n int64
	for s, f := range c.folds {
		n += f.opening
		if s < stream {
			n += f.net()
		}
	}
	return n
}

func (c *check) lastClosed() string {
	last := ""
	for s, f := range c.folds {
		if f.closed {
			last = max(last, s)
		}
	}
	return last
}
