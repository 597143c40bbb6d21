// Package ids makes and reads identifiers: random UUIDs, and self-locating entry ids.
package ids

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"innkeep.internal/shared/core/bizdate"
)

// UUID is a 128-bit identifier.
type UUID [16]byte

// NewUUID makes a random UUID (version 4).
func NewUUID() UUID {
	var u UUID
	rand.Read(u[:]) // never fails since go 1.24
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}

var errID = errors.New("not an id")

// ParseUUID reads the canonical text form: 36 characters, lower case.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, errID
	}
	if _, err := hex.Decode(u[:], []byte(s[0:8]+s[9:13]+s[14:18]+s[19:23]+s[24:36])); err != nil {
		return u, errID
	}
	if u.String() != s { // upper case
		return UUID{}, errID
	}
	return u, nil
}

// String is the canonical text form.
func (u UUID) String() string {
	h := hex.EncodeToString(u[:])
	return h[0:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:32]
}

// Entry is what a self-locating entry id holds: all that the entry's key needs besides the
// caller's organisation. Whoever forges one finds nothing, since the organisation is the token's.
type Entry struct {
	Kind     byte // the entry kind's letter, as domain/daybook defines it
	Property UUID
	Date     bizdate.Date // the entry's business date
	ID       UUID         // derived from property, command key and line
}

const (
	entryVersion = 1
	entryBytes   = 1 + 1 + 16 + 4 + 16
)

// Strict decoding: of the texts that decode to the same bytes only one is the id.
var encoding = base64.RawURLEncoding.Strict()

// String is the opaque, URL-safe form: 51 characters.
func (e Entry) String() string {
	b := make([]byte, 0, entryBytes)
	b = append(b, entryVersion, e.Kind)
	b = append(b, e.Property[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(e.Date.Number())) //nolint:gosec // yyyymmdd is positive
	b = append(b, e.ID[:]...)
	return encoding.EncodeToString(b)
}

// ParseEntry reads an entry id. Any error means: there is no such entry.
func ParseEntry(s string) (Entry, error) {
	if len(s) != encoding.EncodedLen(entryBytes) {
		return Entry{}, errID
	}
	b, err := encoding.DecodeString(s)
	if err != nil || len(b) != entryBytes || b[0] != entryVersion { // the decoder skips line breaks: their text is shorter
		return Entry{}, errID
	}
	e := Entry{Kind: b[1], Property: UUID(b[2:18]), ID: UUID(b[22:38])}
	e.Date, err = bizdate.FromNumber(int64(binary.BigEndian.Uint32(b[18:22])))
	if err != nil {
		return Entry{}, errID
	}
	return e, nil
}
