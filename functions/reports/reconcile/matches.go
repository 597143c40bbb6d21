package reconcile

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/reconstore"
)

// Match is what belongs together.
type Match struct {
	MatchID         string   `json:"matchId" doc:"Opaque."`
	Kind            string   `json:"kind" enum:"ONE_TO_ONE,MERGED,SPLIT,REVERSAL" doc:"MERGED: several entries, one line. SPLIT: one entry, several lines. REVERSAL: an entry and its reversal, of which the bank saw neither."`
	Origin          string   `json:"origin" enum:"AUTOMATIC,DECLARED"`
	Reason          string   `json:"reason,omitempty" enum:"REFERENCE,AMOUNT" doc:"Of an automatic one."`
	SuggestionID    string   `json:"suggestionId,omitempty"`
	Note            string   `json:"note,omitempty"`
	EntryIDs        []string `json:"entryIds" nullable:"false"`
	LineIDs         []string `json:"lineIds" nullable:"false"`
	EntriesMinor    int64    `json:"entriesMinor"`
	LinesMinor      int64    `json:"linesMinor"`
	DifferenceMinor int64    `json:"differenceMinor" doc:"Lines less entries."`
	ClearedOn       string   `json:"clearedOn" format:"date" doc:"The latest date of its entries and lines."`
	SettingsVersion int64    `json:"settingsVersion"`
	Status          string   `json:"status" enum:"ACTIVE,UNDONE"`
	MatchedBy       string   `json:"matchedBy"`
	MatchedAt       string   `json:"matchedAt,omitempty" format:"date-time"`
	UndoneBy        string   `json:"undoneBy,omitempty"`
	UndoneAt        string   `json:"undoneAt,omitempty" format:"date-time"`
	UndoneReason    string   `json:"undoneReason,omitempty"`
}

func showMatch(m reconstore.Match) Match {
	v := Match{
		MatchID: m.ID(), Kind: string(m.Kind), Origin: string(m.Origin), Reason: string(m.Reason), SuggestionID: m.SuggestionID, Note: m.Note,
		EntryIDs: append([]string{}, m.Entries...), LineIDs: append([]string{}, m.Lines...), EntriesMinor: m.ItemsMinor, LinesMinor: m.LinesMinor,
		DifferenceMinor: m.DifferenceMinor(), ClearedOn: m.Ref.ClearedOn.String(), SettingsVersion: m.Settings, Status: "ACTIVE",
		MatchedBy: m.MatchedBy, MatchedAt: api.Token(m.MatchedAt),
	}
	if m.Undone {
		v.Status, v.UndoneBy, v.UndoneAt, v.UndoneReason = "UNDONE", m.UndoneBy, api.Token(m.UndoneAt), m.UndoneReason
	}
	return v
}

type matchOutput struct {
	httpfn.Written
	Body Match
}

type declareInput struct {
	httpfn.Write
	Body struct {
		PropertyID      string   `json:"propertyId" format:"uuid"`
		EntryIDs        []string `json:"entryIds" nullable:"false" minItems:"1" maxItems:"500"`
		LineIDs         []string `json:"lineIds,omitempty" maxItems:"500" doc:"Absent for an entry and its reversal."`
		DifferenceMinor *int64   `json:"differenceMinor,omitempty" doc:"Lines less entries, where that is more than the rules allow: it must be said."`
		SuggestionID    string   `json:"suggestionId,omitempty" maxLength:"24" doc:"The suggestion that is followed."`
		Note            string   `json:"note,omitempty" maxLength:"500"`
	}
}

func (f function) declare(ctx context.Context, in *declareInput) (*matchOutput, error) {
	d, err := f.desk(ctx, approval.Decide, in.Body.PropertyID)
	if err != nil {
		return nil, err
	}
	done, err := d.store.Declare(ctx, d.act(in.IdempotencyKey, in.Body), d.Desk.Desk, reconstore.Declaration{
		Entries: in.Body.EntryIDs, Lines: in.Body.LineIDs, DifferenceMinor: in.Body.DifferenceMinor,
		SuggestionID: in.Body.SuggestionID, Note: in.Body.Note,
	})
	if err != nil {
		return nil, err
	}
	m := done.Outcome
	m.MatchedAt = done.At
	return &matchOutput{Written: httpfn.NewWritten(api.Token(done.At), done.Replayed), Body: showMatch(m)}, nil
}

type undoInput struct {
	MatchID string `path:"matchId" maxLength:"100"`
	httpfn.Write
	Body struct {
		PropertyID string `json:"propertyId" format:"uuid"`
		Reason     string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (f function) undo(ctx context.Context, in *undoInput) (*matchOutput, error) {
	d, err := f.desk(ctx, approval.Decide, in.Body.PropertyID)
	if err != nil {
		return nil, err
	}
	ref, err := recon.ParseMatchRef(in.MatchID)
	if err != nil {
		return nil, err
	}
	done, err := d.store.Undo(ctx, d.act(in.IdempotencyKey, []string{in.MatchID, in.Body.Reason}), ref, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	m := done.Outcome
	m.UndoneAt = done.At
	return &matchOutput{Written: httpfn.NewWritten(api.Token(done.At), done.Replayed), Body: showMatch(m)}, nil
}

type matchInput struct {
	MatchID    string `path:"matchId" maxLength:"100"`
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	httpfn.Read
}

type oneMatchOutput struct{ Body Match }

func (f function) match(ctx context.Context, in *matchInput) (*oneMatchOutput, error) {
	d, err := f.reader(ctx, in.PropertyID, in.Read)
	if err != nil {
		return nil, err
	}
	ref, err := recon.ParseMatchRef(in.MatchID)
	if err != nil {
		return nil, err
	}
	m, err := d.store.Match(ctx, d.Desk.Desk.Book, ref)
	if err != nil {
		return nil, err
	}
	return &oneMatchOutput{Body: showMatch(m)}, nil
}

type matchesInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	From       string `query:"from" doc:"Of the dates on which they were cleared; 365 days before to by default."`
	To         string `query:"to" doc:"Tomorrow by default. At most 366 days."`
	Status     string `query:"status" enum:"ACTIVE,ALL" default:"ACTIVE" doc:"ALL: also those that were undone."`
	Cursor     string `query:"cursor" maxLength:"100" doc:"nextCursor of the page before."`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

type matchesOutput struct {
	Body struct {
		Items      []Match `json:"items" nullable:"false"`
		NextCursor string  `json:"nextCursor" doc:"Empty on the last page."`
	}
}

func (f function) matches(ctx context.Context, in *matchesInput) (*matchesOutput, error) {
	d, err := f.reader(ctx, in.PropertyID, in.Read)
	if err != nil {
		return nil, err
	}
	from, to, err := d.span(in.From, in.To)
	if err != nil {
		return nil, err
	}
	var after *recon.MatchRef
	if in.Cursor != "" {
		ref, err := recon.ParseMatchRef(in.Cursor)
		if err != nil || ref.ClearedOn < from || ref.ClearedOn > to {
			return nil, entryapi.ErrCursor.At("#cursor")
		}
		after = &ref
	}
	all, err := d.store.Matches(ctx, d.Desk.Desk.Book, from, to, after, in.Status == "ALL", in.Limit)
	if err != nil {
		return nil, err
	}
	out := &matchesOutput{}
	out.Body.Items = make([]Match, len(all))
	for i, m := range all {
		out.Body.Items[i] = showMatch(m)
	}
	if len(all) == in.Limit {
		out.Body.NextCursor = all[len(all)-1].ID()
	}
	return out, nil
}

// span reads the dates of a range: up to tomorrow, a year of them, where they are not given.
func (d desk) span(from, to string) (bizdate.Date, bizdate.Date, error) {
	var f fault.Faults
	last := d.Desk.Desk.Today(d.Now()).AddDays(1)
	if to != "" {
		var err error
		if last, err = bizdate.Parse(to); err != nil {
			f.Add("#to", err)
			return 0, 0, f.Err()
		}
	}
	first := last.AddDays(-365)
	if from != "" {
		var err error
		first, err = bizdate.Parse(from)
		f.Add("#from", err)
	}
	if f.Err() == nil && (first > last || first.AddDays(366) <= last) {
		f.Add("#from", reconstore.ErrRange)
	}
	return first, last, f.Err()
}
