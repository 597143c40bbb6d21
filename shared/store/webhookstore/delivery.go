package webhookstore

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/eventlog"
)

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The states of a delivery.
const (
	Pending   DeliveryStatus = "PENDING"
	Delivered DeliveryStatus = "DELIVERED"
	Parked    DeliveryStatus = "PARKED" // given up; somebody may send it again
)

// Delivery is one event for one endpoint. Its organisation is the endpoint's.
type Delivery struct {
	Target
	eventlog.Position
	Type     daybook.EventType
	Status   DeliveryStatus
	Attempts int64
	DueAt    time.Time // of the next attempt, while it is PENDING

	FirstAt    time.Time // of the first attempt; zero before it
	LastAt     time.Time
	LastStatus int64  // of HTTP; 0 when there was no answer
	LastError  string // why the last attempt failed
	Took       time.Duration
	CreatedAt  time.Time // when it was enqueued last
}

// Book is whose event it is.
func (d Delivery) Book() tenant.Book {
	return tenant.Book{Org: d.Target.Org, Property: d.Property}
}

var deliveryColumns = []string{
	"ShardId", "OrgId", "EndpointId", "RecordedAt", "PropertyId", "StreamId", "Version", "EventType", "Status", "Attempts",
	"DueShard", "DueAt", "FirstAttemptAt", "LastAttemptAt", "LastStatus", "LastError", "DurationMillis", "CreatedAt",
}

// deliveryRow is a row of WebhookDeliveries: the columns of deliveryColumns.
type deliveryRow struct {
	ShardId              int64  //nolint:revive // the column's name
	OrgId, EndpointId    string //nolint:revive // the columns' names
	RecordedAt           time.Time
	PropertyId, StreamId string //nolint:revive // the columns' names
	Version              int64
	EventType, Status    string
	Attempts             int64
	DueShard             spanner.NullInt64
	DueAt                spanner.NullTime
	FirstAttemptAt       spanner.NullTime
	LastAttemptAt        spanner.NullTime
	LastStatus           spanner.NullInt64
	LastError            spanner.NullString
	DurationMillis       spanner.NullInt64
	CreatedAt            time.Time
}

func readDelivery(r *spanner.Row) (Delivery, error) {
	var x deliveryRow
	if err := r.ToStruct(&x); err != nil {
		return Delivery{}, err
	}
	org := tenant.OrgID(x.OrgId)
	return Delivery{
		Target: Target{Org: org, ID: x.EndpointId},
		Position: eventlog.Position{
			At: x.RecordedAt.UTC(), Org: org, Property: tenant.PropertyID(x.PropertyId), Stream: x.StreamId, Version: x.Version,
		},
		Type: daybook.EventType(x.EventType), Status: DeliveryStatus(x.Status), Attempts: x.Attempts,
		DueAt: x.DueAt.Time.UTC(), FirstAt: x.FirstAttemptAt.Time.UTC(), LastAt: x.LastAttemptAt.Time.UTC(),
		LastStatus: x.LastStatus.Int64, LastError: x.LastError.StringVal,
		Took: time.Duration(x.DurationMillis.Int64) * time.Millisecond, CreatedAt: x.CreatedAt.UTC(),
	}, nil
}

// key is the delivery's place in its table.
func (d Delivery) key() spanner.Key { return deliveryKey(d.Book().Shard(), d.Target, d.Position) }

func deliveryKey(shard int64, t Target, p eventlog.Position) spanner.Key {
	return spanner.Key{shard, string(t.Org), t.ID, p.At, string(p.Property), p.Stream, p.Version}
}

// mutation writes the delivery as it stands. enqueued says that it begins anew: its 30 days run from
// this commit on.
func (d Delivery) mutation(enqueued bool) *spanner.Mutation {
	shard, pending := d.Book().Shard(), d.Status == Pending
	row := map[string]any{
		"ShardId": shard, "OrgId": string(d.Target.Org), "EndpointId": d.ID, "RecordedAt": d.At,
		"PropertyId": string(d.Property), "StreamId": d.Stream, "Version": d.Version,
		"Status": string(d.Status), "Attempts": d.Attempts,
		"DueShard": spanner.NullInt64{Int64: shard, Valid: pending}, "DueAt": spanner.NullTime{Time: d.DueAt, Valid: pending},
		"FirstAttemptAt": instant(d.FirstAt), "LastAttemptAt": instant(d.LastAt),
		"LastStatus": spanner.NullInt64{Int64: d.LastStatus, Valid: d.LastStatus != 0}, "LastError": text(d.LastError),
		"DurationMillis": spanner.NullInt64{Int64: d.Took.Milliseconds(), Valid: !d.LastAt.IsZero()},
	}
	if enqueued {
		row["EventType"], row["CreatedAt"] = string(d.Type), spanner.CommitTimestamp
		return spanner.InsertOrUpdateMap(deliveries, row)
	}
	return spanner.UpdateMap(deliveries, row)
}

// enqueue is the row of an event for an endpoint, due at a time. A row that is there already begins
// anew: then somebody asked for a replay, or moved the consumer's cursor back.
func enqueue(t Target, p eventlog.Position, kind daybook.EventType, at time.Time) *spanner.Mutation {
	return Delivery{Target: t, Position: p, Type: kind, Status: Pending, DueAt: at}.mutation(true)
}

// errCursor is a text that is no cursor; who takes it from a caller says so in his own words.
var errCursor = errors.New("not a cursor")

// Cursor is a place in a list of one organisation's events, as an opaque text; empty for the zero
// Position.
func Cursor(p eventlog.Position) string {
	if p == (eventlog.Position{}) {
		return ""
	}
	b, _ := json.Marshal(cursor{p.At.UTC(), p.Property, p.Stream, p.Version}) //nolint:errchkjson // years are those of commits
	return base64.RawURLEncoding.EncodeToString(b)
}

type cursor struct {
	At       time.Time         `json:"a"`
	Property tenant.PropertyID `json:"p"`
	Stream   string            `json:"s"`
	Version  int64             `json:"v"`
}

// ParseCursor reads a cursor: a place in the events of the organisation that asks, whatever the text says.
func ParseCursor(org tenant.OrgID, s string) (eventlog.Position, error) {
	var c cursor
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	p := eventlog.Position{At: c.At.UTC(), Org: org, Property: c.Property, Stream: c.Stream, Version: c.Version}
	if err != nil || Cursor(p) != s || c.At.Year() > 9999 || c.At.Year() < 1 {
		return eventlog.Position{}, errCursor
	}
	return p, nil
}
