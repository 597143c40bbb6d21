package raw

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"google.golang.org/protobuf/types/known/structpb"

	"innkeep.internal/shared/core/ids"
)

// amountMinor is that of every entry of the benchmarks.
const amountMinor = 118_000

// tag names the transactions, as ours are named.
const tag = "bench/raw"

// Write does once more what was watched: its reads, and as many commits with as many rows.
func (p *Pattern) Write(ctx context.Context) error {
	p.client.gate.Lock()
	defer p.client.gate.Unlock()
	for _, c := range p.commits {
		keys := make([][]byte, c.events)
		for i := range keys {
			keys[i] = make([]byte, 32)
			_, _ = rand.Read(keys[i]) // it never fails: see crypto/rand
		}
		_, err := p.client.spanner.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
			if p.looks {
				if err := p.look(ctx, tx, keys); err != nil {
					return err
				}
			}
			d, err := readDay(ctx, tx, p.book)
			if err != nil {
				return err
			}
			return tx.BufferWrite(p.mutations(c, d, keys))
		}, spanner.TransactionOptions{TransactionTag: tag})
		if err != nil {
			return err
		}
	}
	return nil
}

// look reads the command rows, none of which is there.
func (p *Pattern) look(ctx context.Context, tx *spanner.ReadWriteTransaction, keys [][]byte) error {
	b := p.book
	sets := make([]spanner.KeySet, len(keys))
	for i, k := range keys {
		sets[i] = spanner.Key{b.Shard(), string(b.Org), string(b.Property), k}
	}
	return tx.Read(ctx, "Commands", spanner.KeySets(sets...), []string{"CommandKey", "RequestHash", "StreamId", "Version"}).
		Do(func(*spanner.Row) error { return nil })
}

// mutations are the commit's rows, moved on: new ids, the next versions, the day's new sums.
func (p *Pattern) mutations(c commit, d day, keys [][]byte) []*spanner.Mutation {
	shard := p.book.Shard()
	own := func(more map[string]any) map[string]any {
		more["ShardId"], more["OrgId"], more["PropertyId"] = shard, string(p.book.Org), string(p.book.Property)
		return more
	}
	ms := make([]*spanner.Mutation, len(c.writes))
	var entries, events, commands int64
	for i, w := range c.writes {
		switch w.table {
		case "Events":
			events++
			ms[i] = w.set(own(map[string]any{"Version": d.version + events, "Cause": keys[events-1]}))
		case "Entries":
			entries++
			ms[i] = w.set(own(map[string]any{"EntryId": ids.NewUUID().String(), "RecordedVersion": d.version + entries, "DecidedVersion": d.version + entries}))
		case "Commands":
			ms[i] = w.set(own(map[string]any{"CommandKey": keys[commands], "Version": d.version + commands + 1}))
			commands++
		case "DailyCashBalances":
			ms[i] = w.set(own(map[string]any{
				"CashReceivedMinor": d.received + c.events*amountMinor, "EntryCount": d.entries + c.events,
				"ClosingMinor": d.closing + c.events*amountMinor, "StreamVersion": d.version + c.events,
			}))
		default:
			ms[i] = w.set(own(map[string]any{}))
		}
	}
	return ms
}

// decode is a value as the client takes it.
func decode(kind string, v *structpb.Value) (any, error) {
	text := v.GetStringValue()
	switch {
	case kind == "INT64":
		return strconv.ParseInt(text, 10, 64)
	case kind == "DATE":
		return civil.ParseDate(text)
	case kind == "BOOL":
		return v.GetBoolValue(), nil
	case strings.HasPrefix(kind, "BYTES"):
		return base64.StdEncoding.DecodeString(text)
	case kind == "TIMESTAMP" && text == "spanner.commit_timestamp()":
		return spanner.CommitTimestamp, nil
	case kind == "TIMESTAMP":
		return time.Parse(time.RFC3339Nano, text)
	}
	return text, nil
}
