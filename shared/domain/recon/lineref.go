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
	Date      bizdate.Date // the booking date
	Statement ids.UUID
	Number    int64 // in its statement, from 1 on
}

const (
	lineVersion = 2 // ids of entries begin with 1
	lineBytes   = 1 + 4 + 16 + 4
)

// Strict decoding: of the texts that decode to the same bytes only one is the id.
var lineEncoding = base64.RawURLEncoding.Strict()

// String is the opaque, URL-safe form: 34 characters.
func (r LineRef) String() string {
	b := make([]byte, 0, lineBytes)
	b = append(b, lineVersion)
	b = binary.BigEndian.AppendUint32(b, uint32(r.Date.Number())) //nolint:gosec // yyyymmdd is positive
	b = append(b, r.Statement[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(r.Number)) //nolint:gosec // at most MaxLines
	return lineEncoding.EncodeToString(b)
}

// ParseLineRef reads a line's id; fault.ErrNotFound for what is none.
func ParseLineRef(s string) (LineRef, error) {
	if len(s) != lineEncoding.EncodedLen(lineBytes) {
		return LineRef{}, fault.ErrNotFound
	}
	b, err := lineEncoding.DecodeString(s)
	if err != nil || len(b) != lineBytes || b[0] != lineVersion {
		return LineRef{}, fault.ErrNotFound
	}
	r := LineRef{Statement: ids.UUID(b[5:21]), Number: int64(binary.BigEndian.Uint32(b[21:25]))}
	if r.Date, err = bizdate.FromNumber(int64(binary.BigEndian.Uint32(b[1:5]))); err != nil {
		return LineRef{}, fault.ErrNotFound
	}
	return r, nil
}
