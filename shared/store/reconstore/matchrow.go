package reconstore

import (
	"context"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/recon"
)

// Origin is who made a match.
type Origin string

// The origins of a match.
const (
	Automatic Origin = "AUTOMATIC" // a run: beyond doubt
	Declared  Origin = "DECLARED"  // a person
)

// Match is what belongs together.
type Match struct {
	Ref          recon.MatchRef `json:"ref"`
	Kind         recon.Kind     `json:"kind"`
	Origin       Origin         `json:"origin"`
	Reason       recon.Reason   `json:"reason,omitempty"`       // of an automatic one
	SuggestionID string         `json:"suggestionId,omitempty"` // that was followed
	Note         string         `json:"note,omitempty"`
	Entries      []string       `json:"entries"` // ids of book items
	Lines        []string       `json:"lines"`   // ids of statement lines
	ItemsMinor   int64          `json:"itemsMinor"`
	LinesMinor   int64          `json:"linesMinor"`
	Settings     int64          `json:"settingsVersion"` // that judged
	MatchedBy    string         `json:"matchedBy"`
	MatchedAt    time.Time      `json:"matchedAt,omitzero"` // zero in the outcome of the act that makes it
	Undone       bool           `json:"undone,omitempty"`
	UndoneBy     string         `json:"undoneBy,omitempty"`
	UndoneAt     time.Time      `json:"undoneAt,omitzero"` // zero in the outcome of the act that undoes it
	UndoneReason string         `json:"undoneReason,omitempty"`

	members []dated // of a match that is being made
}

// item puts a book item into a match that is being made.
func (m *Match) item(it recon.Item) {
	m.Entries, m.ItemsMinor = append(m.Entries, it.ID), m.ItemsMinor+it.AmountMinor
	m.put(dated{member{book, it.ID}, it.Date})
}

// line puts a statement line into a match that is being made.
func (m *Match) line(l recon.Line) {
	m.Lines, m.LinesMinor = append(m.Lines, l.ID), m.LinesMinor+l.AmountMinor
	m.put(dated{member{bank, l.ID}, l.BookingDate})
}

func (m *Match) put(d dated) {
	m.members = append(m.members, d)
	m.Ref.ClearedOn = max(m.Ref.ClearedOn, d.on)
}

// rows are the match's and its members'.
func (m Match) rows(b tenant.Book) []*spanner.Mutation {
	rows := []*spanner.Mutation{m.write(b)}
	for _, d := range m.members {
		rows = append(rows, d.write(b, m.Ref))
	}
	return rows
}

// standing is the members of a match that stands.
func (m Match) standing() []member {
	var out []member
	for _, id := range m.Entries {
		out = append(out, member{book, id})
	}
	for _, id := range m.Lines {
		out = append(out, member{bank, id})
	}
	return out
}

// ID is the match's.
func (m Match) ID() string { return m.Ref.String() }

// DifferenceMinor is lines less items; nothing for a reversal, of which the bank saw nothing.
func (m Match) DifferenceMinor() int64 { return m.LinesMinor - m.ItemsMinor }

const (
	active = "ACTIVE"
	undone = "UNDONE"
)

var matchColumns = []string{
	"ClearedOn", "MatchId", "Kind", "Origin", "Reason", "SuggestionId", "Note", "EntryIds", "LineIds", "ItemsMinor", "LinesMinor",
	"SettingsVersion", "Status", "MatchedBy", "MatchedAt", "UndoneBy", "UndoneAt", "UndoneReason",
}

// matchRow is a row of Matches: the columns of matchColumns.
type matchRow struct {
	ClearedOn       civil.Date
	MatchId         string //nolint:revive // the column's name
	Kind            string
	Origin          string
	Reason          spanner.NullString
	SuggestionId    spanner.NullString //nolint:revive // the column's name
	Note            spanner.NullString
	EntryIds        []string //nolint:revive // the column's name
	LineIds         []string //nolint:revive // the column's name
	ItemsMinor      int64
	LinesMinor      int64
	SettingsVersion int64
	Status          string
	MatchedBy       string
	MatchedAt       time.Time
	UndoneBy        spanner.NullString
	UndoneAt        spanner.NullTime
	UndoneReason    spanner.NullString
}

func readMatch(r *spanner.Row) (Match, error) {
	var x matchRow
	if err := r.ToStruct(&x); err != nil {
		return Match{}, err
	}
	id, err := ids.ParseUUID(x.MatchId)
	return Match{
		Ref: recon.MatchRef{ClearedOn: fromCivil(x.ClearedOn), Match: id}, Kind: recon.Kind(x.Kind), Origin: Origin(x.Origin),
		Reason: recon.Reason(x.Reason.StringVal), SuggestionID: x.SuggestionId.StringVal, Note: x.Note.StringVal,
		Entries: x.EntryIds, Lines: x.LineIds, ItemsMinor: x.ItemsMinor, LinesMinor: x.LinesMinor, Settings: x.SettingsVersion,
		MatchedBy: x.MatchedBy, MatchedAt: x.MatchedAt.UTC(), Undone: x.Status == undone,
		UndoneBy: x.UndoneBy.StringVal, UndoneAt: x.UndoneAt.Time.UTC(), UndoneReason: x.UndoneReason.StringVal,
	}, err
}

// write is the row of a new match.
func (m Match) write(b tenant.Book) *spanner.Mutation {
	r := newRow(b).text("Reason", string(m.Reason)).text("SuggestionId", m.SuggestionID).text("Note", m.Note)
	r["ClearedOn"], r["MatchId"] = civilDate(m.Ref.ClearedOn), m.Ref.Match.String()
	r["Kind"], r["Origin"], r["Status"] = string(m.Kind), string(m.Origin), active
	r["EntryIds"], r["LineIds"] = append([]string{}, m.Entries...), append([]string{}, m.Lines...)
	r["ItemsMinor"], r["LinesMinor"], r["SettingsVersion"] = m.ItemsMinor, m.LinesMinor, m.Settings
	r["MatchedBy"], r["MatchedAt"] = m.MatchedBy, spanner.CommitTimestamp
	return spanner.InsertMap(matchesTable, r)
}

func matchKey(b tenant.Book, r recon.MatchRef) spanner.Key {
	return bookKey(b, civilDate(r.ClearedOn), r.Match.String())
}

func matchAt(ctx context.Context, tx any, b tenant.Book, ref recon.MatchRef) (m Match, err error) {
	found := false
	err = each(ctx, tx, matchesTable, matchKey(b, ref), matchColumns, nil, func(r *spanner.Row) (err error) {
		m, err = readMatch(r)
		found = true
		return err
	})
	if err == nil && !found {
		err = fault.ErrNotFound
	}
	return m, err
}

// Match is one match, undone or not; fault.ErrNotFound.
func (s *Store) Match(ctx context.Context, b tenant.Book, ref recon.MatchRef) (_ Match, err error) {
	defer fault.Wrap(&err, "reconstore.Match")
	m, err := matchAt(ctx, s.db.Single(), b, ref)
	return m, failureOf(err)
}

// Matches lists matches that were cleared on a date from one to another, the latest first; after goes on
// from one. With undone also those that were undone.
func (s *Store) Matches(ctx context.Context, b tenant.Book, from, to bizdate.Date, after *recon.MatchRef, withUndone bool, limit int) (_ []Match, err error) {
	defer fault.Wrap(&err, "reconstore.Matches")
	keys := spanner.KeyRange{Start: bookKey(b, civilDate(to)), End: bookKey(b, civilDate(from)), Kind: spanner.ClosedClosed}
	if after != nil {
		keys.Start, keys.Kind = matchKey(b, *after), spanner.OpenClosed
	}
	var out []Match
	err = each(ctx, s.db.Single(), matchesTable, keys, matchColumns, &spanner.ReadOptions{RequestTag: "reconcile/matches"}, func(r *spanner.Row) error {
		m, err := readMatch(r)
		if err == nil && (withUndone || !m.Undone) {
			out = append(out, m)
		}
		if len(out) == limit {
			return errEnough
		}
		return err
	})
	if err == errEnough { //nolint:errorlint // our own, returned as it is
		err = nil
	}
	return out, failureOf(err)
}
