package reconstore

import (
	"context"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/recon"
)

// side is where a member of a match stands.
type side string

const (
	book side = "BOOK" // an entry
	bank side = "BANK" // a statement line
)

// member is an item or a line, by its id.
type member struct {
	side side
	id   string
}

func memberKey(b tenant.Book, s side, id string) spanner.Key { return bookKey(b, string(s), id) }

var memberColumns = []string{"Side", "MemberId", "MatchId", "ClearedOn"}

// readMembers reads what is matched, by key, or by an index's range.
func readMembers(ctx context.Context, tx any, keys spanner.KeySet, index string) (map[member]recon.Membership, error) {
	out := map[member]recon.Membership{}
	opts := &spanner.ReadOptions{Index: index, RequestTag: "reconcile/members"}
	err := each(ctx, tx, membersTable, keys, memberColumns, opts, func(r *spanner.Row) error {
		var m member
		var match string
		var cleared civil.Date
		if err := r.Columns((*string)(&m.side), &m.id, &match, &cleared); err != nil {
			return err
		}
		id, err := ids.ParseUUID(match)
		ref := recon.MatchRef{ClearedOn: fromCivil(cleared), Match: id}
		out[m] = recon.Membership{Match: ref.String(), ClearedOn: ref.ClearedOn}
		return err
	})
	return out, err
}

// membersOf reads what is matched of a range of dates.
func membersOf(ctx context.Context, tx any, b tenant.Book, from, to bizdate.Date) (map[member]recon.Membership, error) {
	keys := spanner.KeyRange{Start: bookKey(b, civilDate(from)), End: bookKey(b, civilDate(to)), Kind: spanner.ClosedClosed}
	return readMembers(ctx, tx, keys, membersByDate)
}

// dated is a member and the date on which it counts.
type dated struct {
	member
	on bizdate.Date
}

// write is the row that puts a member into a match: one that stands in another already is refused by its
// key.
func (d dated) write(b tenant.Book, m recon.MatchRef) *spanner.Mutation {
	r := newRow(b)
	r["Side"], r["MemberId"], r["MatchId"] = string(d.side), d.id, m.Match.String()
	r["MemberDate"], r["ClearedOn"] = civilDate(d.on), civilDate(m.ClearedOn)
	return spanner.InsertMap(membersTable, r)
}

func (m member) remove(b tenant.Book) *spanner.Mutation {
	return spanner.Delete(membersTable, memberKey(b, m.side, m.id))
}

// takenBy reads, and locks, where the members of some matches that are being made stand: of each match
// the id of one that has a member of it, "" when all are free. A line whose statement was taken away
// counts as taken.
func takenBy(ctx context.Context, tx *spanner.ReadWriteTransaction, b tenant.Book, all []Match) ([]string, error) {
	var keys []spanner.KeySet
	statements := map[recon.StatementRef]bool{}
	for _, m := range all {
		for _, d := range m.members {
			keys = append(keys, memberKey(b, d.side, d.id))
			if ref, err := recon.ParseLineRef(d.id); err == nil && d.side == bank {
				statements[recon.StatementRef{From: ref.From, Statement: ref.Statement}] = true
			}
		}
	}
	at, err := readMembers(ctx, tx, spanner.KeySets(keys...), "")
	if err != nil {
		return nil, err
	}
	there, err := wholeStatements(ctx, tx, b, statements)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(all))
	for n, m := range all {
		for _, d := range m.members {
			if x, matched := at[d.member]; matched {
				out[n] = x.Match
			}
			if ref, err := recon.ParseLineRef(d.id); err == nil && d.side == bank && !there[recon.StatementRef{From: ref.From, Statement: ref.Statement}] {
				out[n] = "-"
			}
		}
	}
	return out, nil
}

// wholeStatements reads, and locks, which of some statements are there.
func wholeStatements(ctx context.Context, tx *spanner.ReadWriteTransaction, b tenant.Book, all map[recon.StatementRef]bool) (map[recon.StatementRef]bool, error) {
	var keys []spanner.KeySet
	for ref := range all {
		keys = append(keys, refKey(b, ref))
	}
	out := map[recon.StatementRef]bool{}
	if len(keys) == 0 {
		return out, nil
	}
	err := each(ctx, tx, statementsTable, spanner.KeySets(keys...), []string{"FromDate", "StatementId", "Status"}, nil, func(r *spanner.Row) error {
		var from civil.Date
		var id, status string
		if err := r.Columns(&from, &id, &status); err != nil {
			return err
		}
		u, err := ids.ParseUUID(id)
		out[recon.StatementRef{From: fromCivil(from), Statement: u}] = status == complete
		return err
	})
	return out, err
}
