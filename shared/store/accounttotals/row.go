package accounttotals

import (
	"crypto/sha256"
	"encoding/binary"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/report"
)

const table = "AccountTotals"

var columns = []string{
	"ShardId", "OrgId", "PropertyId", "Month", "PostedDate", "AccountCode", "PaymentMode", "Generation",
	"Currency", "DebitMinor", "CreditMinor", "LegCount",
}

// row is the key of a row: whose total it is, in which generation.
type row struct {
	tenant.Book
	report.Account
	Generation int64
}

func (r row) key() spanner.Key {
	return spanner.Key{
		r.Shard(), string(r.Org), string(r.Property), int64(r.PostedDate.Month()), civil.DateOf(r.PostedDate.Time()),
		r.Code, string(r.Mode), r.Generation,
	}
}

func (r row) mutation(t report.Total) *spanner.Mutation {
	return spanner.InsertOrUpdate(table, columns, append(r.key(), string(t.Currency), t.DebitMinor, t.CreditMinor, t.LegCount))
}

func readRow(sr *spanner.Row) (r row, t report.Total, err error) {
	var shard, month int64
	var date civil.Date
	err = sr.Columns(&shard, (*string)(&r.Org), (*string)(&r.Property), &month, &date, &r.Code, (*string)(&r.Mode), &r.Generation,
		(*string)(&t.Currency), &t.DebitMinor, &t.CreditMinor, &t.LegCount)
	if err == nil {
		r.PostedDate, err = bizdate.FromNumber(int64(date.Year)*10_000 + int64(date.Month)*100 + int64(date.Day))
	}
	return r, t, err
}

// hash is the row's part of the checksum. The generation is left out: two of them are compared.
func (r row) hash(t report.Total) Checksum {
	h := sha256.New()
	var n [8]byte
	text := func(s string) {
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	number := func(i int64) {
		binary.BigEndian.PutUint64(n[:], uint64(i)) //nolint:gosec // its bits
		h.Write(n[:])
	}
	text(string(r.Org))
	text(string(r.Property))
	number(r.PostedDate.Number())
	text(r.Code)
	text(string(r.Mode))
	text(string(t.Currency))
	number(t.DebitMinor)
	number(t.CreditMinor)
	number(t.LegCount)
	return Checksum(h.Sum(nil))
}

// Checksum stands for a set of rows, whatever their order: the sum of the rows' SHA-256 modulo
// 2^256. A row that changes is taken out and put in again, so that a commit that changes ten rows
// costs ten hashes, and the checksum of millions is there to be read at any time.
type Checksum [32]byte

// Add is the checksum with one more row.
func (c Checksum) Add(row Checksum) Checksum {
	carry := uint16(0)
	for i := len(c) - 1; i >= 0; i-- {
		carry += uint16(c[i]) + uint16(row[i])
		c[i], carry = byte(carry), carry>>8 //nolint:gosec // the low byte
	}
	return c
}

// Sub is the checksum without a row.
func (c Checksum) Sub(row Checksum) Checksum {
	borrow := int16(0)
	for i := len(c) - 1; i >= 0; i-- {
		d := int16(c[i]) - int16(row[i]) - borrow
		c[i], borrow = byte(d), 0 //nolint:gosec // the low byte
		if d < 0 {
			borrow = 1
		}
	}
	return c
}
