package invariants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/spannerdb"
)

// tables are the rows of one book, as they stand at one moment.
type tables struct {
	events    []event // in the order of streams and versions
	entries   []entry
	days      []day // oldest first
	counts    []count
	commands  []command
	grants    []grant
	rooms     []rooms
	snapshots []snapshot
	matches   []match
	members   []memberRow
	policies  map[int64]approval.Policy
	at        time.Time // of the snapshot
}

//nolint:revive // the columns' names
type event struct {
	StreamId      string
	Version       int64
	Type          string
	SchemaVersion int64
	Actor         string
	Cause         []byte
	Judged        string
	Data          string
	ChainHash     []byte
	RecordedAt    time.Time

	data   daybook.Data   `spanner:"-"`
	actor  approval.Actor `spanner:"-"`
	judged daybook.Judged `spanner:"-"`
}

func (e event) where() place {
	return place{fmt.Sprintf("%s/%d", e.StreamId, e.Version), on(e.StreamId).date}
}

//nolint:revive // the columns' names
type entry struct {
	Month           int64
	BusinessDate    civil.Date
	Kind            string
	EntryId         string
	Status          string
	AmountMinor     int64
	NetMinor        int64
	TaxMinor        int64
	TaxLines        spanner.NullString
	Currency        string
	PaymentMode     string
	Category        string
	PostedDate      spanner.NullDate
	LateDate        spanner.NullDate
	PendingDate     spanner.NullDate
	Legs            spanner.NullString
	CreatedBy       string
	RecordedStream  civil.Date
	RecordedVersion int64
	RecordedAt      time.Time
	DecidedStream   spanner.NullDate
	DecidedVersion  spanner.NullInt64
	DecidedBy       spanner.NullString
	ReversalOf      spanner.NullString
	ReversedBy      spanner.NullString
}

func (e entry) where() place { return e.key().where() }

func (e entry) counts() bool { return e.Status == "APPROVED" || e.Status == "REVERSED" }

type day struct {
	Month             int64
	BusinessDate      civil.Date
	Currency          string
	Status            string
	OpeningMinor      int64
	CashReceivedMinor int64
	BankReceivedMinor int64
	CashExpensesMinor int64
	BankExpensesMinor int64
	TransfersInMinor  int64
	TransfersOutMinor int64
	OverShortMinor    int64
	EntryCount        int64
	ClosingMinor      int64
	StreamVersion     int64
	ChainHash         []byte
	CountedMinor      spanner.NullInt64
	CountVersion      spanner.NullInt64
	AfterCountMinor   int64
}

func (d day) where() place { return on(d.BusinessDate.String()) }

func (d day) flows() daybook.Flows {
	return daybook.Flows{
		CashReceivedMinor: d.CashReceivedMinor, BankReceivedMinor: d.BankReceivedMinor,
		CashExpensesMinor: d.CashExpensesMinor, BankExpensesMinor: d.BankExpensesMinor,
		TransfersInMinor: d.TransfersInMinor, TransfersOutMinor: d.TransfersOutMinor,
		OverShortMinor: d.OverShortMinor, EntryCount: d.EntryCount,
	}
}

type count struct {
	BusinessDate  civil.Date
	Version       int64
	Currency      string
	CountedMinor  int64
	ExpectedMinor int64
	VarianceMinor int64
	Denominations spanner.NullString
	Blind         bool
	Note          spanner.NullString
	CountedBy     string
	RecordedAt    time.Time
}

//nolint:revive // the columns' names
type command struct {
	CommandKey []byte
	StreamId   string
	Version    int64
	RecordedAt time.Time
}

type grant struct {
	BusinessDate civil.Date
	Subject      string
	GrantedBy    string
}

// rooms are a date's statistics.
type rooms struct {
	Month              int64
	BusinessDate       civil.Date
	RoomsAvailable     int64
	RoomsOutOfOrder    int64
	RoomsSold          int64
	RoomsComplimentary int64
	Guests             spanner.NullInt64
	StreamVersion      int64
}

var columns = map[string][]string{
	"Events": {"StreamId", "Version", "Type", "SchemaVersion", "Actor", "Cause", "Judged", "Data", "ChainHash", "RecordedAt"},
	"Entries": {"Month", "BusinessDate", "Kind", "EntryId", "Status", "AmountMinor", "NetMinor", "TaxMinor", "TaxLines",
		"Currency", "PaymentMode", "Category", "PostedDate", "LateDate", "PendingDate", "Legs", "CreatedBy", "RecordedStream",
		"RecordedVersion", "RecordedAt", "DecidedStream", "DecidedVersion", "DecidedBy", "ReversalOf", "ReversedBy"},
	"DailyCashBalances": {"Month", "BusinessDate", "Currency", "Status", "OpeningMinor", "CashReceivedMinor", "BankReceivedMinor",
		"CashExpensesMinor", "BankExpensesMinor", "TransfersInMinor", "TransfersOutMinor", "OverShortMinor", "EntryCount",
		"ClosingMinor", "StreamVersion", "ChainHash", "CountedMinor", "CountVersion", "AfterCountMinor"},
	"CashCounts": {"BusinessDate", "Version", "Currency", "CountedMinor", "ExpectedMinor", "VarianceMinor", "Denominations",
		"Blind", "Note", "CountedBy", "RecordedAt"},
	"Commands":    {"CommandKey", "StreamId", "Version", "RecordedAt"},
	"DailyGrants": {"BusinessDate", "Subject", "GrantedBy"},
	"DailyStatistics": {"Month", "BusinessDate", "RoomsAvailable", "RoomsOutOfOrder", "RoomsSold", "RoomsComplimentary", "Guests",
		"StreamVersion"},
	"Snapshots":    {"StreamId", "Version", "SchemaVersion", "State", "StateHash", "ChainHash"},
	"Matches":      {"ClearedOn", "MatchId", "EntryIds", "LineIds", "Status"},
	"MatchMembers": {"Side", "MemberId", "MatchId", "MemberDate", "ClearedOn"},
}

// load reads the rows of some books, at one moment: a read of each table for all of them together.
func load(ctx context.Context, db *spannerdb.DB, books []tenant.Book) (map[tenant.Book]*tables, error) {
	snap, all := db.Snapshot(), make(map[tenant.Book]*tables, len(books))
	keys := make([]spanner.KeySet, len(books))
	for i, b := range books {
		all[b] = &tables{}
		keys[i] = spanner.Key{b.Shard(), string(b.Org), string(b.Property)}.AsPrefix()
	}
	for _, x := range reads {
		err := snap.Read(ctx, x.table, spanner.KeySets(keys...), append([]string{"OrgId", "PropertyId"}, columns[x.table]...), nil, func(r *spanner.Row) error {
			var org, property string
			if err := errors.Join(r.Column(0, &org), r.Column(1, &property)); err != nil {
				return err
			}
			return x.take(all[tenant.Book{Org: tenant.OrgID(org), Property: tenant.PropertyID(property)}], r)
		})
		if err != nil {
			return nil, err
		}
	}
	policies, err := loadPolicies(ctx, snap, books)
	if err != nil {
		return nil, err
	}
	for b, t := range all {
		t.policies, t.at = policies[b.Org], snap.Timestamp()
		if err := t.decode(); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", b.Org, b.Property, err)
		}
	}
	return all, nil
}

// reads are the tables of a book, and where their rows go.
var reads = []struct {
	table string
	take  func(*tables, *spanner.Row) error
}{
	{"Events", func(t *tables, r *spanner.Row) error { return into(&t.events, r) }},
	{"Entries", func(t *tables, r *spanner.Row) error { return into(&t.entries, r) }},
	{"DailyCashBalances", func(t *tables, r *spanner.Row) error {
		var d day
		err := r.ToStructLenient(&d)
		t.days = append([]day{d}, t.days...)
		return err
	}},
	{"CashCounts", func(t *tables, r *spanner.Row) error { return into(&t.counts, r) }},
	{"Commands", func(t *tables, r *spanner.Row) error { return into(&t.commands, r) }},
	{"DailyGrants", func(t *tables, r *spanner.Row) error { return into(&t.grants, r) }},
	{"DailyStatistics", func(t *tables, r *spanner.Row) error { return into(&t.rooms, r) }},
	{"Snapshots", func(t *tables, r *spanner.Row) error { return into(&t.snapshots, r) }},
	{"Matches", func(t *tables, r *spanner.Row) error { return into(&t.matches, r) }},
	{"MatchMembers", func(t *tables, r *spanner.Row) error { return into(&t.members, r) }},
}

// into adds a row to a list. Its key's first columns have no field.
func into[T any](list *[]T, r *spanner.Row) error {
	var x T
	err := r.ToStructLenient(&x)
	*list = append(*list, x)
	return err
}

// loadPolicies are the policies of the books' organisations, by version; the default one is 0.
func loadPolicies(ctx context.Context, snap *spannerdb.Snapshot, books []tenant.Book) (map[tenant.OrgID]map[int64]approval.Policy, error) {
	all := map[tenant.OrgID]map[int64]approval.Policy{}
	var keys []spanner.KeySet
	for _, b := range books {
		if all[b.Org] == nil {
			all[b.Org] = map[int64]approval.Policy{0: approval.Default()}
			keys = append(keys, spanner.Key{string(b.Org)}.AsPrefix())
		}
	}
	err := snap.Read(ctx, "ApprovalPolicies", spanner.KeySets(keys...), []string{"OrgId", "Version", "Policy"}, nil, func(r *spanner.Row) error {
		var org, text string
		var version int64
		if err := r.Columns(&org, &version, &text); err != nil {
			return err
		}
		var p approval.Policy
		err := json.Unmarshal([]byte(text), &p)
		all[tenant.OrgID(org)][version] = p
		return err
	})
	return all, err
}

func (t *tables) decode() error {
	for i := range t.events {
		e := &t.events[i]
		var err error
		if e.data, err = daybook.DecodeData(daybook.EventType(e.Type), e.SchemaVersion, e.Data); err != nil {
			return fmt.Errorf("%s: %w", e.where(), err)
		}
		if err := json.Unmarshal([]byte(e.Actor), &e.actor); err != nil {
			return fmt.Errorf("%s: %w", e.where(), err)
		}
		if err := json.Unmarshal([]byte(e.Judged), &e.judged); err != nil {
			return fmt.Errorf("%s: %w", e.where(), err)
		}
	}
	return nil
}

// legsOf reads the JSON of an entry's legs.
func legsOf(s spanner.NullString) (legs []ledger.Leg, err error) {
	if s.Valid {
		err = json.Unmarshal([]byte(s.StringVal), &legs)
	}
	return legs, err
}
