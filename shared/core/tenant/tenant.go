// Package tenant says whose a thing is: the organisation, its properties, and the one hash shard
// in which a property's books lie. It knows nothing of members and rights.
package tenant

import (
	"crypto/sha256"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
)

// Shards is the number of hash partitions that keys lead with (DOMAIN.md, the owner's numbers).
const Shards = 16

// OrgID identifies an organisation: what the token's claim org_id says, at most 64 characters of
// letters, digits, '-', '_' and '.'.
type OrgID string

// PropertyID identifies a property: a random UUID in its canonical text form, or Setup.
type PropertyID string

// Setup is the property id under which an organisation's own stream stands: its properties,
// members, policies and chart.
const Setup PropertyID = "-"

var (
	// ErrOrgID means that a token's organisation is not one that this product could have issued.
	ErrOrgID = fault.New(fault.Unauthenticated, "bad_organisation", "the token names no usable organisation")
	// ErrPropertyID means that a text is no property id; it is answered as not found.
	ErrPropertyID = fault.ErrNotFound
)

// ParseOrgID checks an organisation's id.
func ParseOrgID(s string) (OrgID, error) {
	if s == "" || len(s) > 64 {
		return "", ErrOrgID
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && c != '-' && c != '_' && c != '.' {
			return "", ErrOrgID
		}
	}
	return OrgID(s), nil
}

// ParsePropertyID checks a property's id. Setup is not one that a caller may name.
func ParsePropertyID(s string) (PropertyID, error) {
	if _, err := ids.ParseUUID(s); err != nil {
		return "", ErrPropertyID
	}
	return PropertyID(s), nil
}

// Book names the books of one property of one organisation: the tenant part of every key.
type Book struct {
	Org      OrgID
	Property PropertyID
}

// Shard is the hash partition of the book.
func (b Book) Shard() int64 { return ShardOf(b.Org, b.Property) }

// ShardOf is the one place that says in which of the Shards partitions a property's books lie:
// the first byte of SHA-256(org + "/" + property), modulo Shards. SHA-256 because FNV modulo 16 is
// badly uneven for numbered ids.
func ShardOf(org OrgID, property PropertyID) int64 {
	var buffer [128]byte // an id of 64, a slash and a UUID: nothing is allocated, since every row asks
	text := append(append(append(buffer[:0], org...), '/'), property...)
	sum := sha256.Sum256(text)
	return int64(sum[0] % Shards)
}
