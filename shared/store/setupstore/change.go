package setupstore

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/daybookstore"
)

// Change is a change of the setup as it was asked for.
type Change struct {
	Org     tenant.OrgID
	Actor   approval.Actor
	Key     string // the caller's idempotency key
	Request any    // what tells two requests under one key apart
}

// Result is the event that a change came to. What callers are told is a function of it alone.
type Result[T daybook.Data] struct {
	Data     T
	Version  int64 // of the organisation's stream
	At       time.Time
	Replayed bool
}

// decision is what a change comes to on the organisation as it stands: the event, and the rows
// beside it. organisation is zero for a creation.
type decision[T daybook.Data] func(ctx context.Context, tx *spanner.ReadWriteTransaction, o organisation) (T, []*spanner.Mutation, error)

// change carries out one change: the command's row and the organisation's are read and locked, then
// event, rows and command are committed together. A repeated change finds its own row.
func change[T daybook.Data](ctx context.Context, s *Store, c Change, decide decision[T]) (res Result[T], err error) {
	var zero T
	defer fault.Wrap(&err, "setupstore.%s", zero.Type())
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	book := tenant.Book{Org: c.Org, Property: tenant.Setup}
	key := daybook.KeyFor(book, c.Actor.Subject, string(zero.Type()), c.Key)
	hash, err := requestHash(c.Request)
	if err != nil {
		return res, err
	}
	for doubts := 0; ; doubts++ {
		out, err := s.db.ReadWrite(ctx, "setup/"+string(zero.Type()), func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
			res = Result[T]{}
			found, err := replay(ctx, tx, book, key, hash, &res)
			if err != nil || found {
				return errors.Join(err, errDone)
			}
			return apply(ctx, tx, c, book, key, hash, decide, &res)
		})
		doubt := doubts > 0 || out.Unknown // a commit of this call may have been applied
		switch {
		case err == nil:
			res.At = out.CommitTime
		case res.Replayed:
		case out.Unknown && ctx.Err() == nil && doubts < maxDoubts:
			continue // the command's row will tell
		case doubt && (out.Unknown || !refused(err)):
			return res, errors.Join(daybookstore.ErrOutcomeUnknown, err)
		default:
			return res, unavailable(err)
		}
		res.Replayed = res.Replayed && !doubt
		s.rules.Forget(c.Org)
		if !res.Replayed {
			s.nudge(ctx, book, res.At)
			if made, ok := any(res.Data).(setup.PropertyCreated); ok { // its books began in the same commit
				s.nudge(ctx, tenant.Book{Org: c.Org, Property: made.ID}, res.At)
			}
		}
		return res, nil
	}
}

// refused reports whether err is a decision, which stands, and no failure to come to one.
func refused(err error) bool {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable, fault.OutcomeUnknown:
		return false
	}
	return true
}

// maxDoubts is how often a change goes on after a commit whose outcome nobody told: more would be a
// storm upon a database that is in trouble already.
const maxDoubts = 4

// errDone ends a transaction that found its change made already.
var errDone = errors.New("replay")

func requestHash(request any) ([]byte, error) {
	b, err := json.Marshal(request)
	sum := sha256.Sum256(b)
	return sum[:], err
}

// replay looks for the command's row and reads its event.
func replay[T daybook.Data](ctx context.Context, tx rowReader, b tenant.Book, key daybook.Hash, hash []byte, res *Result[T]) (bool, error) {
	row, err := tx.ReadRow(ctx, commands, bookKey(b, key[:]), []string{"RequestHash", "Version"})
	if spanner.ErrCode(err) == codes.NotFound {
		return false, nil
	}
	var request []byte
	var version int64
	if err == nil {
		err = row.Columns(&request, &version)
	}
	if err != nil {
		return false, err
	}
	if string(request) != string(hash) {
		return false, daybookstore.ErrKeyReused
	}
	row, err = tx.ReadRow(ctx, events, bookKey(b, setup.Stream, version), []string{"Type", "SchemaVersion", "Data", "RecordedAt"})
	if err != nil {
		return false, err
	}
	var kind, data string
	var schema int64
	if err := row.Columns(&kind, &schema, &data, &res.At); err != nil {
		return false, err
	}
	res.At, res.Version = res.At.UTC(), version
	res.Data, err = setup.Decode[T](daybook.EventType(kind), schema, data)
	res.Replayed = err == nil
	return true, err
}

// apply decides the change and buffers what it writes.
func apply[T daybook.Data](ctx context.Context, tx *spanner.ReadWriteTransaction, c Change, b tenant.Book,
	key daybook.Hash, hash []byte, decide decision[T], res *Result[T]) error {
	o, err := readOrganisation(ctx, tx, c.Org)
	switch _, creates := any(res.Data).(setup.OrganisationCreated); {
	case creates && err == nil:
		return ErrOrganisationExists
	case creates && errors.Is(err, ErrNoOrganisation):
	case err != nil:
		return err
	}
	data, rows, err := decide(ctx, tx, o)
	if err != nil {
		return err
	}
	raw, err := encode(c.Actor, data)
	if err != nil {
		return err
	}
	event := o.follow(b, data.Type(), key, raw)
	res.Data, res.Version = data, o.version
	ms := append(rows, event,
		insert(commands, b, map[string]any{
			"CommandKey": key[:], "RequestHash": hash, "StreamId": setup.Stream, "Version": o.version,
			"RecordedAt": spanner.CommitTimestamp,
		}),
		o.moved(c.Org))
	return tx.BufferWrite(ms)
}

// follow moves the organisation behind one more event, and is the event's row.
func (o *organisation) follow(b tenant.Book, kind daybook.EventType, key daybook.Hash, raw daybook.Raw) *spanner.Mutation {
	o.version++
	o.chain = daybook.Link(o.chain, b, setup.Stream, o.version, kind, daybook.CurrentSchema(kind), key, raw)
	chain := o.chain
	return insert(events, b, map[string]any{
		"StreamId": setup.Stream, "Version": o.version, "Type": string(kind),
		"SchemaVersion": daybook.CurrentSchema(kind), "Actor": raw.Actor, "Cause": key[:], "Judged": raw.Judged,
		"Data": raw.Data, "ChainHash": chain[:], "RecordedAt": spanner.CommitTimestamp,
	})
}

// moved says in the organisation's row how far its stream is.
func (o *organisation) moved(org tenant.OrgID) *spanner.Mutation {
	chain := o.chain
	return spanner.Update(organizations, []string{"OrgId", "StreamVersion", "ChainHash"}, []any{string(org), o.version, chain[:]})
}

func encode(actor approval.Actor, data daybook.Data) (raw daybook.Raw, err error) {
	a, err := json.Marshal(actor)
	if err != nil {
		return raw, err
	}
	d, err := json.Marshal(data)
	return daybook.Raw{Actor: string(a), Judged: "{}", Data: string(d)}, err
}

func insert(table string, b tenant.Book, more map[string]any) *spanner.Mutation {
	row := map[string]any{"ShardId": b.Shard(), "OrgId": string(b.Org), "PropertyId": string(b.Property)}
	for k, v := range more {
		row[k] = v
	}
	return spanner.InsertMap(table, row)
}
