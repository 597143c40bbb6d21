package correctionstore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/daybookstore"
)

var (
	// ErrNotProposed means that nothing is proposed for the date, or not any more.
	ErrNotProposed = fault.New(fault.Conflict, "not_proposed", "no correction of this date waits for a decision")
	// ErrMoved means that the proposal is another than the one that was looked at.
	ErrMoved = fault.New(fault.Conflict, "proposal_moved", "the proposal has changed: look at it again")
	// ErrDamaged means that the events of the date cannot be believed, so that nothing can be restored.
	ErrDamaged = fault.New(fault.Conflict, "events_damaged", "the events of this date are damaged: an operator must look")
)

// Decision is an owner's word about a proposal.
type Decision struct {
	Book    tenant.Book
	Date    bizdate.Date
	Round   int64 // of the proposal that he has looked at
	Approve bool
	Reason  string
	Actor   approval.Actor
	Key     string // the caller's idempotency key
}

// Decided is the answer to a decision. All of it but Replayed is the same whenever it is sent again.
type Decided struct {
	Date     bizdate.Date
	Round    int64
	Status   Status
	Outcome  Outcome
	Evidence daybook.Position // zero where the row was right already, or stays as it is
	By       string
	At       time.Time
	Replayed bool
}

func (d Decision) key() daybook.Hash {
	return daybook.KeyFor(d.Book, d.Actor.Subject, "decide_correction", d.Key)
}

func (d Decision) hash() daybook.Hash {
	b, _ := json.Marshal([]any{d.Date, d.Round, d.Approve, d.Reason}) //nolint:errchkjson // plain data
	return daybook.KeyFor(d.Book, "", "decide_correction", string(b))
}

// Decide approves or rejects a proposal, once. Approved, the row becomes what its events say, with the
// evidence in the open day's stream. Errors: fault.ErrNotFound, ErrNotProposed, ErrMoved, ErrDamaged,
// daybookstore.ErrKeyReused and those of an unreachable database.
func (s *Store) Decide(ctx context.Context, in Decision) (out Decided, err error) {
	defer fault.Wrap(&err, "correctionstore.Decide(%s)", in.Date)
	ctx, cancel := context.WithTimeout(ctx, repairTimeout)
	defer cancel()
	p, err := s.property(ctx, in.Book)
	if err != nil {
		return out, err
	}
	var c Correction
	var refusal error
	outcome, err := s.db.ReadWrite(ctx, "corrections/decide", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		known, found, err := readDecision(ctx, tx, in)
		if out = known; err != nil || found {
			return errors.Join(err, errSettled)
		}
		var ms []*spanner.Mutation
		if c, ms, refusal, err = s.decided(ctx, tx, p, in); err != nil {
			return err
		}
		return tx.BufferWrite(ms)
	})
	switch {
	case errors.Is(err, errSettled) && fault.From(err) == nil:
		out.Replayed = true
		return out, nil
	case err != nil:
		return Decided{}, failure(err, outcome)
	case refusal != nil:
		return Decided{}, refusal
	}
	settledMetric(ctx, c)
	out = Decided{Date: c.Date, Round: c.Round, Status: c.Status, Outcome: c.Outcome, By: c.DecidedBy, At: outcome.CommitTime}
	if c.Outcome == Restored {
		out.Evidence = c.Evidence
		s.nudge(ctx, in.Book, out.At)
	}
	return out, nil
}

// decided is the correction after a decision, and what is to be written; refusal is told once that is
// committed.
func (s *Store) decided(ctx context.Context, tx *spanner.ReadWriteTransaction, p setup.Property, in Decision) (c Correction, ms []*spanner.Mutation, refusal, err error) {
	all, err := locked(ctx, tx, in.Book, in.Date)
	if err != nil {
		return c, nil, nil, err
	}
	c, found := all[in.Date]
	if !found {
		return c, nil, nil, fault.ErrNotFound
	}
	if err := in.meets(c); err != nil {
		return c, nil, nil, err
	}
	c.Status, c.DecidedBy = Rejected, in.Actor.Subject
	if in.Approve {
		a, d, err := audit(ctx, tx, in.Book, p, in.Date)
		if err == nil {
			ms, refusal, err = s.approve(a, d, p, in, &c)
		}
		if err != nil {
			return c, nil, nil, err
		}
	}
	ms = append(ms, c.mutation())
	if refusal == nil {
		ms = append(ms, in.mutation(c))
	}
	return c, ms, refusal, nil
}

// meets is nil when the decision is about the proposal that stands.
func (d Decision) meets(c Correction) error {
	switch {
	case c.Status != Proposed:
		return ErrNotProposed.With("status", string(c.Status))
	case c.Round != d.Round:
		return ErrMoved
	}
	return nil
}

// proposed is whether the proposal still says what it said: of a closed day the whole row, of an open
// one, on which events go on, the count.
func proposed(c Correction, d *daybook.Difference) bool {
	now := d.After.Balance()
	if d.Closed || c.After == nil || now == nil || c.After.Status != now.Status {
		return balanceText(c.After) == balanceText(now)
	}
	same := func(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	return same(c.After.CountedMinor, now.CountedMinor) && same(c.After.CountVersion, now.CountVersion)
}

// readDecision finds what the same call was answered before. daybookstore.ErrKeyReused when its key
// stands for another one.
func readDecision(ctx context.Context, tx *spanner.ReadWriteTransaction, in Decision) (out Decided, found bool, err error) {
	cause, hash := in.key(), in.hash()
	opts := &spanner.ReadOptions{RequestTag: "corrections/decision"}
	err = tx.ReadWithOptions(ctx, decisions, key(in.Book, cause[:]), []string{"RequestHash", "BusinessDate", "Round", "Status", "Outcome",
		"EvidenceStream", "EvidenceVersion", "DecidedBy", "DecidedAt"}, opts).Do(func(r *spanner.Row) error {
		var request []byte
		var date civil.Date
		var outcome, stream spanner.NullString
		var version spanner.NullInt64
		if err := r.Columns(&request, &date, &out.Round, (*string)(&out.Status), &outcome, &stream, &version, &out.By, &out.At); err != nil {
			return err
		}
		found, out.Date, out.Outcome, out.At = true, fromCivil(date), Outcome(outcome.StringVal), out.At.UTC()
		if string(request) != string(hash[:]) {
			return daybookstore.ErrKeyReused
		}
		var err error
		out.Evidence, err = position(stream, version)
		return err
	})
	return out, found, err
}

// mutation writes down what was decided, for the same call when it is sent again.
func (d Decision) mutation(c Correction) *spanner.Mutation {
	cause, hash := d.key(), d.hash()
	row := map[string]any{
		"ShardId": d.Book.Shard(), "OrgId": string(d.Book.Org), "PropertyId": string(d.Book.Property), "CommandKey": cause[:],
		"RequestHash": hash[:], "BusinessDate": civilDate(d.Date), "Round": c.Round, "Status": string(c.Status),
		"Outcome": text(string(c.Outcome)), "DecidedBy": d.Actor.Subject, "Reason": text(d.Reason), "DecidedAt": spanner.CommitTimestamp,
	}
	if c.Outcome == Restored {
		row["EvidenceStream"], row["EvidenceVersion"] = c.Evidence.Stream.String(), c.Evidence.Version
	}
	return spanner.InsertMap(decisions, row)
}
