package snapshotstore

import (
	"context"
	"log/slog"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
)

const table = "Snapshots"

var columns = []string{"OrgId", "PropertyId", "StreamId", "Version", "SchemaVersion", "State", "StateHash", "ChainHash"}

// row is a row of Snapshots: the columns of columns.
type row struct {
	OrgId         string //nolint:revive // the column's name
	PropertyId    string //nolint:revive // the column's name
	StreamId      string //nolint:revive // the column's name
	Version       int64
	SchemaVersion int64
	State         string
	StateHash     []byte
	ChainHash     []byte
}

func key(b tenant.Book, stream bizdate.Date, rest ...any) spanner.Key {
	return append(spanner.Key{b.Shard(), string(b.Org), string(b.Property), stream.String()}, rest...)
}

func write(b tenant.Book, d daybook.Day) *spanner.Mutation {
	state := daybook.EncodeDay(d)
	hash := daybook.StateHash(daybook.SnapshotSchema, d.Date.String(), d.Version, state)
	return spanner.InsertOrUpdate(table, append([]string{"ShardId", "TakenAt"}, columns...), []any{
		b.Shard(), spanner.CommitTimestamp, string(b.Org), string(b.Property), d.Date.String(), d.Version,
		int64(daybook.SnapshotSchema), state, hash[:], d.Chain[:],
	})
}

// reason is why a row is not read.
type reason string

const (
	otherSchema reason = "schema" // an older or a newer program's
	badHash     reason = "hash"   // the state is not the one that was written
	badState    reason = "state"  // it is no state of this stream and version
	beyondEnd   reason = "end"    // the stream has no event of the row's version
	badChain    reason = "chain"  // the stream's event of that version is another one
)

// hashed reports whether the state is what its hash was taken of, whatever its schema.
func (x row) hashed() bool {
	hash := daybook.StateHash(x.SchemaVersion, x.StreamId, x.Version, x.State)
	return string(hash[:]) == string(x.StateHash)
}

// day is the state in the row, or why it is not one. Whether the stream bears it out is not looked
// at here.
func (x row) day() (daybook.Day, reason) {
	switch {
	case x.SchemaVersion != daybook.SnapshotSchema:
		return daybook.Day{}, otherSchema
	case !x.hashed():
		return daybook.Day{}, badHash
	}
	d, err := daybook.DecodeDay(x.State)
	if err != nil || d.Date.String() != x.StreamId || d.Version != x.Version || string(d.Chain[:]) != string(x.ChainHash) {
		return daybook.Day{}, badState
	}
	return d, ""
}

// The instruments of snapshots; without a provider they do nothing.
var (
	meter      = otel.Meter("innkeep.internal/shared/store/snapshotstore")
	refused, _ = meter.Int64Counter("innkeep.snapshots.refused", metric.WithUnit("{snapshot}"),
		metric.WithDescription("Snapshots that were not read but folded anew, by reason."))
	folded, _ = meter.Int64Histogram("innkeep.snapshots.folded", metric.WithUnit("{event}"),
		metric.WithDescription("Events that were folded to load one stream's state."))
)

// refuse counts a row that is not read, and tells of it: the caller gets the right state, so that it
// is seen nowhere else.
func refuse(ctx context.Context, x row, why reason) {
	refused.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.reason", string(why))))
	slog.WarnContext(ctx, "a snapshot is refused and its stream folded anew", "org", x.OrgId, "property", x.PropertyId,
		"stream", x.StreamId, "version", x.Version, "schema", x.SchemaVersion, "reason", string(why))
}
