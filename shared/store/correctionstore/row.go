package correctionstore

import (
	"context"
	"encoding/json"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
)

// Status is where a correction stands.
type Status string

// The statuses.
const (
	Queued   Status = "QUEUED"   // to be repaired
	Proposed Status = "PROPOSED" // for an owner to decide
	Parked   Status = "PARKED"   // cannot be repaired: for an operator
	Done     Status = "DONE"     // see Outcome
	Rejected Status = "REJECTED" // an owner wants the row as it is
)

// Source is who found a difference.
type Source string

// The sources.
const (
	BySweep    Source = "SWEEP"
	BySample   Source = "SAMPLE"      // beside a report
	ByOperator Source = "OPERATOR"    // on demand
	ByWrite    Source = "UNEXPLAINED" // a commit that met a row which nothing explains
)

// Outcome is what came of a correction that is done.
type Outcome string

// The outcomes.
const (
	Repaired Outcome = "REPAIRED" // the row is what its events say
	Restored Outcome = "RESTORED" // the same, with an owner's approval
	Gone     Outcome = "GONE"     // it was already: the cause had gone
)

// Correction is a row of Corrections: what differs on a date, or did.
type Correction struct {
	Book      tenant.Book
	Date      bizdate.Date
	Round     int64 // how often the date was queued
	Status    Status
	Cause     daybook.CorrectionCause
	Source    Source
	Outcome   Outcome // empty unless Done
	Attempts  int64   // repairs that failed
	Fault     string  // of the last failure, or why it is parked
	Before    *daybook.Balance
	After     *daybook.Balance
	Evidence  daybook.Position // of the event; zero where there is none
	DueAt     time.Time        // zero unless Queued
	QueuedAt  time.Time
	DecidedBy string
	SettledAt time.Time // zero unless Done or Rejected
}

var columns = []string{
	"OrgId", "PropertyId", "BusinessDate", "Round", "Status", "Cause", "Source", "Outcome", "Attempts", "Fault",
	"BeforeRow", "AfterRow", "EvidenceStream", "EvidenceVersion", "DueAt", "QueuedAt", "DecidedBy", "SettledAt",
}

func read(r *spanner.Row) (c Correction, err error) {
	var date civil.Date
	var outcome, fault, before, after, stream, decidedBy spanner.NullString
	var version spanner.NullInt64
	var due, settled spanner.NullTime
	if err = r.Columns((*string)(&c.Book.Org), (*string)(&c.Book.Property), &date, &c.Round, (*string)(&c.Status), (*string)(&c.Cause),
		(*string)(&c.Source), &outcome, &c.Attempts, &fault, &before, &after, &stream, &version, &due, &c.QueuedAt, &decidedBy, &settled); err != nil {
		return c, err
	}
	c.Date, c.Outcome, c.Fault, c.DecidedBy = fromCivil(date), Outcome(outcome.StringVal), fault.StringVal, decidedBy.StringVal
	c.DueAt, c.QueuedAt, c.SettledAt = due.Time.UTC(), c.QueuedAt.UTC(), settled.Time.UTC()
	if c.Evidence, err = position(stream, version); err != nil {
		return c, err
	}
	if c.Before, err = balance(before); err == nil {
		c.After, err = balance(after)
	}
	return c, err
}

func position(stream spanner.NullString, version spanner.NullInt64) (p daybook.Position, err error) {
	if stream.Valid {
		p.Stream, err = bizdate.Parse(stream.StringVal)
		p.Version = version.Int64
	}
	return p, err
}

func balance(text spanner.NullString) (b *daybook.Balance, err error) {
	if text.Valid {
		err = json.Unmarshal([]byte(text.StringVal), &b)
	}
	return b, err
}

func balanceText(b *daybook.Balance) spanner.NullString {
	if b == nil {
		return spanner.NullString{}
	}
	t, _ := json.Marshal(b) //nolint:errchkjson // plain data
	return spanner.NullString{StringVal: string(t), Valid: true}
}

// mutation writes the correction as it stands, whole.
func (c Correction) mutation() *spanner.Mutation {
	row := map[string]any{
		"ShardId": c.Book.Shard(), "OrgId": string(c.Book.Org), "PropertyId": string(c.Book.Property), "BusinessDate": civilDate(c.Date),
		"Round": c.Round, "Status": string(c.Status), "Cause": string(c.Cause), "Source": string(c.Source),
		"Outcome": text(string(c.Outcome)), "Attempts": c.Attempts, "Fault": text(c.Fault),
		"BeforeRow": balanceText(c.Before), "AfterRow": balanceText(c.After),
		"EvidenceStream": spanner.NullString{}, "EvidenceVersion": spanner.NullInt64{},
		"DueShard": spanner.NullInt64{}, "DueAt": spanner.NullTime{}, "QueuedAt": c.QueuedAt, "DecidedBy": text(c.DecidedBy),
		"SettledAt": spanner.NullTime{},
	}
	if c.Evidence != (daybook.Position{}) {
		row["EvidenceStream"], row["EvidenceVersion"] = c.Evidence.Stream.String(), c.Evidence.Version
	}
	switch c.Status {
	case Queued:
		row["DueShard"], row["DueAt"] = c.Book.Shard(), c.DueAt
	case Done, Rejected:
		row["SettledAt"] = spanner.CommitTimestamp
	case Proposed, Parked:
	}
	return spanner.InsertOrUpdateMap(corrections, row)
}

func text(s string) spanner.NullString { return spanner.NullString{StringVal: s, Valid: s != ""} }

func key(b tenant.Book, rest ...any) spanner.Key {
	return append(spanner.Key{b.Shard(), string(b.Org), string(b.Property)}, rest...)
}

// locked reads the corrections of dates in a transaction that will change them.
func locked(ctx context.Context, tx *spanner.ReadWriteTransaction, b tenant.Book, dates ...bizdate.Date) (map[bizdate.Date]Correction, error) {
	keys := make([]spanner.KeySet, len(dates))
	for i, d := range dates {
		keys[i] = key(b, civilDate(d))
	}
	out := make(map[bizdate.Date]Correction, len(dates))
	opts := &spanner.ReadOptions{LockHint: sppb.ReadRequest_LOCK_HINT_EXCLUSIVE, RequestTag: "corrections/rows"}
	err := tx.ReadWithOptions(ctx, corrections, spanner.KeySets(keys...), columns, opts).Do(func(r *spanner.Row) error {
		c, err := read(r)
		out[c.Date] = c
		return err
	})
	return out, err
}

func civilDate(d bizdate.Date) civil.Date { return civil.DateOf(d.Time()) }

func fromCivil(d civil.Date) bizdate.Date {
	n, _ := bizdate.FromNumber(int64(d.Year)*10000 + int64(d.Month)*100 + int64(d.Day)) // what a DATE column holds is a date
	return n
}
