package recon

import (
	"encoding/base64"
	"encoding/binary"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
)

// LineRef says where a statement line is kept. Its text is the line's id: all of its key that the
// property does not give, so that whoever forges one finds nothing of another property.
type LineRef struct {
	From      bizdate.Date // the first date of its statement
	Statement ids.UUID
	Number    int64 // in its statement, from 1 on
}

// MatchRef says where a match is kept; its text is the match's id.
type MatchRef struct {
	ClearedOn bizdate.Date
	Match     ids.UUID
}

// StatementRef says where a statement is kept; its text is the statement's id.
type StatementRef struct {
	From      bizdate.Date
	Statement ids.UUID
}

// The first byte of each sort of id; those of entries begin with 1.
const (
	lineID byte = iota + 2
	matchID
	statementID
)

// Strict decoding: of the texts that decode to the same bytes only one is the id.
var encoding = base64.RawURLEncoding.Strict()

// String is the opaque, URL-safe form: 34 characters.
func (r LineRef) String() string {
	b := placed(lineID, r.From, r.Statement)
	return encoding.EncodeToString(binary.BigEndian.AppendUint32(b, uint32(r.Number))) //nolint:gosec // at most bankfile.MaxLines
}

// String is the opaque, URL-safe form: 28 characters.
func (r MatchRef) String() string {
	return encoding.EncodeToString(placed(matchID, r.ClearedOn, r.Match))
}

// String is the opaque, URL-safe form: 28 characters.
func (r StatementRef) String() string {
	return encoding.EncodeToString(placed(statementID, r.From, r.Statement))
}

// MarshalText is String.
func (r MatchRef) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParseMatchRef.
func (r *MatchRef) UnmarshalText(b []byte) (err error) {
	*r, err = ParseMatchRef(string(b))
	return err
}

// MarshalText is String.
func (r StatementRef) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParseStatementRef.
func (r *StatementRef) UnmarshalText(b []byte) (err error) {
	*r, err = ParseStatementRef(string(b))
	return err
}

// ParseLineRef reads a line's id; fault.ErrNotFound for what is none.
func ParseLineRef(s string) (r LineRef, err error) {
	rest, err := place(s, lineID, 4, &r.From, &r.Statement)
	if err == nil {
		r.Number = int64(binary.BigEndian.Uint32(rest))
	}
	return r, err
}

// ParseMatchRef reads a match's id; fault.ErrNotFound for what is none.
func ParseMatchRef(s string) (r MatchRef, err error) {
	_, err = place(s, matchID, 0, &r.ClearedOn, &r.Match)
	return r, err
}

// ParseStatementRef reads a statement's id; fault.ErrNotFound for what is none.
func ParseStatementRef(s string) (r StatementRef, err error) {
	_, err = place(s, statementID, 0, &r.From, &r.Statement)
	return r, err
}

const placedBytes = 1 + 4 + 16

func placed(sort byte, d bizdate.Date, id ids.UUID) []byte {
	b := binary.BigEndian.AppendUint32([]byte{sort}, uint32(d.Number())) //nolint:gosec // yyyymmdd is positive
	return append(b, id[:]...)
}

// place reads what placed wrote, and gives the bytes after it, of which there are more.
func place(s string, sort byte, more int, d *bizdate.Date, id *ids.UUID) ([]byte, error) {
	if len(s) != encoding.EncodedLen(placedBytes+more) {
		return nil, fault.ErrNotFound
	}
	b, err := encoding.DecodeString(s)
	if err != nil || len(b) != placedBytes+more || b[0] != sort {
		return nil, fault.ErrNotFound
	}
	if *d, err = bizdate.FromNumber(int64(binary.BigEndian.Uint32(b[1:5]))); err != nil {
		return nil, fault.ErrNotFound
	}
	*id = ids.UUID(b[5:placedBytes])
	return b[placedBytes:], nil
}
