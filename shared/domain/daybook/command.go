package daybook

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
)

// Command is what somebody wants to happen. Its Key makes it take effect once (I8).
type Command struct {
	Actor approval.Actor
	Key   Hash
	Do    Action
}

// Action is one of the structs below.
type Action interface {
	// Operation is the stable name that, with caller, property and idempotency key, makes the key.
	Operation() string
}

// Record makes a new entry. The draft has been checked by Draft.Check.
type Record struct{ Draft Draft }

// Approve lets a pending entry count: on its own date while that is open, else on the open day.
type Approve struct{ EntryID string }

// Reject says that a pending entry will never count.
type Reject struct{ EntryID, Reason string }

// Withdraw takes back a pending entry of the caller's own.
type Withdraw struct{ EntryID, Reason string }

// Reverse undoes an approved entry by a new one of opposite sign.
type Reverse struct{ EntryID, Reason string }

// Count records what was counted in the drawer.
type Count struct {
	Date          bizdate.Date
	CountedMinor  int64
	Denominations []Denomination
	Blind         bool
	Note          string
}

// Close ends a business date, and every earlier open one with it.
type Close struct{ Date bizdate.Date }

// Reopen opens the last closed date again.
type Reopen struct {
	Date   bizdate.Date
	Reason string
}

// SetOpening changes the cash at go-live, while that day is open.
type SetOpening struct{ OpeningMinor int64 }

// Grant lets a member record today although entries of his own wait.
type Grant struct{ Subject string }

// RecordStatistics says how the house was let on a business date, in place of what was said before.
type RecordStatistics struct {
	Date bizdate.Date
	Rooms
}

// Operation names the command by the kind of its entry.
func (r Record) Operation() string { return "record/" + string(r.Draft.Kind) }

// Operation names the command.
func (Approve) Operation() string { return "approve" }

// Operation names the command.
func (Reject) Operation() string { return "reject" }

// Operation names the command.
func (Withdraw) Operation() string { return "withdraw" }

// Operation names the command.
func (Reverse) Operation() string { return "reverse" }

// Operation names the command.
func (Count) Operation() string { return "count" }

// Operation names the command.
func (Close) Operation() string { return "close" }

// Operation names the command.
func (Reopen) Operation() string { return "reopen" }

// Operation names the command.
func (SetOpening) Operation() string { return "set_opening" }

// Operation names the command.
func (Grant) Operation() string { return "grant" }

// Operation names the command.
func (RecordStatistics) Operation() string { return "record_statistics" }

// KeyFor is the command key of a caller's idempotency key: a key belongs to caller, operation and
// property, so that two callers, or two properties, cannot meet in one.
func KeyFor(book tenant.Book, subject, operation, key string) Hash {
	b, _ := json.Marshal([]string{string(book.Org), string(book.Property), subject, operation, key}) //nolint:errchkjson // strings
	return sha256.Sum256(b)
}

// RequestHash tells two requests under one key apart.
func RequestHash(a Action) Hash {
	b, err := json.Marshal(a)
	if err != nil {
		panic(fmt.Sprintf("daybook: %T cannot be encoded: %v", a, err)) // plain data always can
	}
	return sha256.Sum256(append([]byte(a.Operation()+"\n"), b...))
}

// EntryIDFor is the id of the entry that a command makes on a business date: derived from its key,
// so that an entry cannot be written twice even when the command's row has expired, and from the
// date, so that a key that is used anew for another date after that makes another id.
func EntryIDFor(key Hash, on bizdate.Date) ids.UUID {
	sum := sha256.Sum256(append([]byte("entry/"+on.String()+"\n"), key[:]...))
	id := ids.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x80 // version 8: made from a hash
	id[8] = id[8]&0x3f | 0x80
	return id
}

var (
	// ErrNotPending means that an entry has been decided already.
	ErrNotPending = fault.New(fault.Conflict, "not_pending", "the entry is not pending any more")
	// ErrNotApproved means that an entry that does not count cannot be reversed.
	ErrNotApproved = fault.New(fault.Conflict, "not_approved", "only an approved entry can be reversed")
	// ErrReversed means that an entry has been reversed already.
	ErrReversed = fault.New(fault.Conflict, "already_reversed", "the entry has been reversed already")
	// ErrReversalFinal means that a reversal cannot be reversed.
	ErrReversalFinal = fault.New(fault.Conflict, "reversal_is_final", "a reversal cannot be reversed")
	// ErrNotCreator means that only its creator withdraws an entry.
	ErrNotCreator = fault.New(fault.Denied, "not_creator", "only its creator can withdraw an entry")
	// ErrNotLastClosed means that another day than the last closed one was to be reopened.
	ErrNotLastClosed = fault.New(fault.Conflict, "not_last_closed", "only the last closed day can be reopened")
	// ErrOpeningClosed means that the go-live day is closed and the opening stands.
	ErrOpeningClosed = fault.New(fault.Conflict, "opening_closed", "the go-live day is closed: its opening stands")
)
