package recon

import (
	"crypto/sha256"
	"encoding/binary"
)

// Content is a hash of what a statement says of the account: account, currency, dates, balances and lines
// in their order, under whatever name. Equal statements are one statement; the form is part of what is
// kept, so it must not change.
func (s Statement) Content() [sha256.Size]byte {
	h := sha256.New()
	number := func(n int64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n)) //nolint:gosec // its bits
		h.Write(b[:])
	}
	text := func(t string) {
		number(int64(len(t)))
		h.Write([]byte(t))
	}
	balance := func(n *int64) {
		if n == nil {
			number(0)
			return
		}
		number(1)
		number(*n)
	}
	text(s.Account)
	text(string(s.Currency))
	number(s.From.Number())
	number(s.To.Number())
	balance(s.OpeningMinor)
	balance(s.ClosingMinor)
	number(int64(len(s.Lines)))
	for _, l := range s.Lines {
		number(l.BookingDate.Number())
		number(l.ValueDate.Number())
		number(l.AmountMinor)
		text(l.Reference)
		text(l.BankReference)
		text(l.Text)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
