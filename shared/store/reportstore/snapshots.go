package reportstore

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
)

const (
	snapshots = "ReportSnapshots"
	// keepTimeout bounds what a report spends on its own evidence.
	keepTimeout = 2 * time.Second
	// An instance looks a content up once in a while, not with each read of it.
	keptSize = 10_000
	keptAge  = time.Hour
)

var snapshotColumns = []string{
	"ShardId", "OrgId", "PropertyId", "Report", "FromDate", "ToDate", "FormulaVersion", "StateHash", "ContentHash", "RecordedAt",
}

var changed, _ = otel.Meter("innkeep.internal/shared/store/reportstore").Int64Counter("innkeep.reports.changed",
	metric.WithUnit("{report}"), metric.WithDescription("Reports of a closed scope that do not say what they said before (I16)."))

// Content is what a report of a closed scope says, and of which state of its books.
type Content struct {
	tenant.Book
	Report   string // its kind and what it includes, at most 40 characters
	From, To bizdate.Date
	Formula  int64
	State    daybook.Hash
	Hash     daybook.Hash // of the content
}

// StateOf is the hash of all that a scope's closed days stand on: each day's date and last link.
func StateOf(sc daybookstore.Scope) daybook.Hash {
	h := sha256.New()
	if sc.Before != nil {
		fmt.Fprintf(h, "before %s %x\n", sc.Before.Date, sc.Before.Chain)
	}
	for _, d := range sc.Days {
		fmt.Fprintf(h, "%s %x\n", d.Date, d.Chain)
	}
	return daybook.Hash(h.Sum(nil))
}

// Kept keeps the hashes of what reports of closed scopes have said.
type Kept struct {
	db   *spannerdb.DB
	memo *cache.Memo[Content, bool]
}

// NewKept keeps them in a database.
func NewKept(db *spannerdb.DB) *Kept {
	return &Kept{db: db, memo: cache.NewMemo(cache.Options[Content, bool]{Size: keptSize, TTL: keptAge})}
}

// Keep writes the content's hash down where none stands yet, and reports whether it is the one that
// stands: two RPCs for what is new to the database, one for what is new to the instance, else none.
func (k *Kept) Keep(ctx context.Context, c Content) (same bool, err error) {
	return k.memo.Get(ctx, c, func(ctx context.Context) (_ bool, err error) {
		defer fault.Wrap(&err, "reportstore.Keep")
		ctx, cancel := context.WithTimeout(ctx, keepTimeout)
		defer cancel()
		key := spanner.Key{
			c.Shard(), string(c.Org), string(c.Property), c.Report, civil.DateOf(c.From.Time()), civil.DateOf(c.To.Time()), c.Formula, c.State[:],
		}
		row := spanner.Insert(snapshots, snapshotColumns, append(append([]any{}, key...), c.Hash[:], spanner.CommitTimestamp))
		stands, err := k.stands(ctx, key)
		if err != nil || stands != nil {
			return c.same(ctx, stands), err
		}
		_, err = k.db.Client().Apply(ctx, []*spanner.Mutation{row}, spanner.ApplyAtLeastOnce(), spanner.TransactionTag("reports/keep"))
		if spanner.ErrCode(err) == codes.AlreadyExists { // another instance was first, or our own first try
			stands, err = k.stands(ctx, key)
			return c.same(ctx, stands), err
		}
		return true, err
	})
}

// stands is the hash that stands under a key; nil for none.
func (k *Kept) stands(ctx context.Context, key spanner.Key) (hash []byte, err error) {
	row, err := k.db.Single().ReadRow(ctx, snapshots, key, []string{"ContentHash"})
	if spanner.ErrCode(err) == codes.NotFound {
		return nil, nil
	}
	if err == nil {
		err = row.Columns(&hash)
	}
	return hash, err
}

func (c Content) same(ctx context.Context, stands []byte) bool {
	if stands != nil && string(stands) != string(c.Hash[:]) {
		changed.Add(ctx, 1)
		return false
	}
	return true
}
