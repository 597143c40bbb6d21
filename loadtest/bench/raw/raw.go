// Package raw is the client that one would write without Innkeep, at its fastest: the same reads and the
// same rows as a command of ours that was watched, by Spanner's own client and nothing else. It checks
// nothing and decides nothing; it is what ours is compared with.
package raw

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/api/option"

	"innkeep.internal/loadtest/bench/wire"
	"innkeep.internal/shared/core/tenant"
)

// Client writes to one database. Its transactions go one by one: the emulator takes no more of a client.
type Client struct {
	spanner *spanner.Client
	types   map[string]string // of "Table.Column", as INFORMATION_SCHEMA says them
	gate    sync.Mutex
}

// Open makes a client as the library gives it.
func Open(ctx context.Context, database string, opts ...option.ClientOption) (*Client, error) {
	c, err := spanner.NewClientWithConfig(ctx, database, spanner.ClientConfig{DisableNativeMetrics: true}, opts...)
	if err != nil {
		return nil, err
	}
	r := &Client{spanner: c, types: map[string]string{}}
	query := spanner.Statement{SQL: "SELECT TABLE_NAME, COLUMN_NAME, SPANNER_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = ''"}
	err = c.Single().Query(ctx, query).Do(func(row *spanner.Row) error {
		var table, column, kind string
		err := row.Columns(&table, &column, &kind)
		r.types[table+"."+column] = kind
		return err
	})
	return r, err
}

// Close ends the client.
func (c *Client) Close() { c.spanner.Close() }

// Pattern is what a command of ours read and wrote, to be written again and again at one property.
type Pattern struct {
	client  *Client
	book    tenant.Book
	looks   bool // it reads the command rows as well
	commits []commit
}

// commit is one commit's rows.
type commit struct {
	writes []write
	events int64 // among them
}

type write struct {
	table   string
	insert  bool
	columns []string
	values  []any // in Go's types
}

// Pattern makes one of the commits that a command made, for a property whose day has a row. looks says that the
// command read its command rows, as a call of many does.
func (c *Client) Pattern(book tenant.Book, watched []wire.Commit, looks bool) (*Pattern, error) {
	p := &Pattern{client: c, book: book, looks: looks}
	for _, w := range watched {
		x := commit{}
		for _, m := range w.Request.GetMutations() {
			all, err := c.rows(m)
			if err != nil {
				return nil, err
			}
			x.writes = append(x.writes, all...)
		}
		for _, w := range x.writes {
			if w.table == "Events" {
				x.events++
			}
		}
		p.commits = append(p.commits, x)
	}
	if len(p.commits) == 0 {
		return nil, errors.New("raw: nothing was watched")
	}
	return p, nil
}

// rows are those of a mutation.
func (c *Client) rows(m *spannerpb.Mutation) (all []write, err error) {
	from, insert := m.GetUpdate(), false
	if from == nil {
		from, insert = m.GetInsert(), true
	}
	if from == nil {
		return nil, fmt.Errorf("raw: neither an insert nor an update: %T", m.GetOperation())
	}
	for _, list := range from.GetValues() {
		w := write{table: from.GetTable(), insert: insert, columns: from.GetColumns()}
		for i, v := range list.GetValues() {
			native, err := decode(c.types[w.table+"."+w.columns[i]], v)
			if err != nil {
				return nil, fmt.Errorf("raw: %s.%s: %w", w.table, w.columns[i], err)
			}
			w.values = append(w.values, native)
		}
		all = append(all, w)
	}
	return all, nil
}

// set replaces the values of columns, where the row has them.
func (w write) set(with map[string]any) *spanner.Mutation {
	values := make([]any, len(w.values))
	for i, column := range w.columns {
		if v, ok := with[column]; ok {
			values[i] = v
		} else {
			values[i] = w.values[i]
		}
	}
	if w.insert {
		return spanner.Insert(w.table, w.columns, values)
	}
	return spanner.Update(w.table, w.columns, values)
}

// dayColumns are those of the day's row that every command reads.
var dayColumns = strings.Fields(`BusinessDate Status OpeningMinor CashReceivedMinor BankReceivedMinor CashExpensesMinor
	BankExpensesMinor TransfersInMinor TransfersOutMinor OverShortMinor EntryCount ClosingMinor StreamVersion ChainHash
	CountedMinor CountVersion AfterCountMinor`)

// day is what the rows that follow are made of.
type day struct {
	date                                civil.Date
	received, entries, closing, version int64
}

// readDay reads and locks the property's day rows, and takes the newest.
func readDay(ctx context.Context, tx *spanner.ReadWriteTransaction, b tenant.Book) (d day, err error) {
	key := spanner.Key{b.Shard(), string(b.Org), string(b.Property)}
	opts := &spanner.ReadOptions{Limit: 64, LockHint: spannerpb.ReadRequest_LOCK_HINT_EXCLUSIVE}
	found := false
	err = tx.ReadWithOptions(ctx, "DailyCashBalances", spanner.KeyRange{Start: key, End: key, Kind: spanner.ClosedClosed}, dayColumns, opts).Do(func(r *spanner.Row) error {
		if found {
			return nil
		}
		found = true
		for i, to := range map[int]any{0: &d.date, 3: &d.received, 10: &d.entries, 11: &d.closing, 12: &d.version} {
			if err := r.Column(i, to); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !found {
		err = errors.New("raw: the property has no day")
	}
	return d, err
}
