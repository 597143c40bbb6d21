// Package splits asks Spanner to divide tables and indexes at points that are known beforehand, so that
// load which comes at once finds the servers it needs. It knows no table.
//
// Split points are advice with an end: Spanner merges what is not used once they have expired. A user of
// this package renews them.
package splits

import (
	"context"
	"strconv"
	"time"

	database "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/option"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"innkeep.internal/shared/core/fault"
)

// MaxPoints is what one call takes (Spanner's limit of points a request).
const MaxPoints = 100

// MaxLife is the longest that a split point may be asked for.
const MaxLife = 30 * 24 * time.Hour

// Target is a table, or an index of one, and the keys to divide it at. A key has all columns of the
// primary key, or of the index's own: Spanner takes no prefixes. Divided tables take those that are
// interleaved in them along.
type Target struct {
	Table, Index string
	Keys         []Key
}

// Name is the index's name, or the table's.
func (t Target) Name() string {
	if t.Index != "" {
		return t.Index
	}
	return t.Table
}

// Key is the values of a key's columns: int64, string, or time.Time for a TIMESTAMP.
type Key []any

// Service is the one call of Spanner's administration that is made.
type Service interface {
	AddSplitPoints(context.Context, *databasepb.AddSplitPointsRequest, ...gax.CallOption) (*databasepb.AddSplitPointsResponse, error)
}

// Client adds split points to one database.
type Client struct {
	service  Service
	database string
	close    func() error
}

// New stands on a service that is open already.
func New(s Service, database string) *Client {
	return &Client{service: s, database: database, close: func() error { return nil }}
}

// Open makes the client of a database, "projects/P/instances/I/databases/D".
func Open(ctx context.Context, name string, opts ...option.ClientOption) (_ *Client, err error) {
	defer fault.Wrap(&err, "splits.Open(%s)", name)
	c, err := database.NewDatabaseAdminClient(ctx, opts...)
	if err != nil {
		return nil, err
	}
	return &Client{service: c, database: name, close: c.Close}, nil
}

// Close ends the client.
func (c *Client) Close() error { return c.close() }

// Add divides at a target's keys until a time, at most MaxLife ahead: one call, which may be repeated; a
// point that is there already gets the new end. initiator tells in Spanner's tables of split points who
// asked.
func (c *Client) Add(ctx context.Context, t Target, until time.Time, initiator string) (err error) {
	defer fault.Wrap(&err, "splits.Add(%s)", t.Name())
	p := &databasepb.SplitPoints{Table: t.Table, Index: t.Index, ExpireTime: timestamppb.New(until)}
	for _, k := range t.Keys {
		p.Keys = append(p.Keys, &databasepb.SplitPoints_Key{KeyParts: k.parts()})
	}
	_, err = c.service.AddSplitPoints(ctx, &databasepb.AddSplitPointsRequest{
		Database: c.database, SplitPoints: []*databasepb.SplitPoints{p}, Initiator: initiator,
	})
	return err
}

// parts is a key as Spanner's JSON has it: INT64 as a text of digits, TIMESTAMP in RFC 3339.
func (k Key) parts() *structpb.ListValue {
	list := &structpb.ListValue{}
	for _, v := range k {
		text := ""
		switch v := v.(type) {
		case int64:
			text = strconv.FormatInt(v, 10)
		case string:
			text = v
		case time.Time:
			text = v.UTC().Format(time.RFC3339Nano)
		}
		list.Values = append(list.Values, structpb.NewStringValue(text))
	}
	return list
}
