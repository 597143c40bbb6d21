package bankfile_test

import (
	"strings"
	"testing"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/domain/recon/bankfile"
)

func moneyOf(s string) money.Currency { return money.Currency(s) }

// sound fails unless a statement that was read can be kept, or the error tells a caller what to do.
func sound(t *testing.T, s recon.Statement, err error) {
	t.Helper()
	if err != nil {
		if f := fault.From(err); f == nil || f.Kind == fault.Internal || f.Code == "" {
			t.Fatalf("an error without a code: %v", err)
		}
		return
	}
	sum := money.Sum{}
	for _, l := range s.Lines {
		if l.AmountMinor == 0 || l.BookingDate < s.From || l.BookingDate > s.To || len([]rune(l.Text)) > 500 || len([]rune(l.Reference)) > 100 {
			t.Fatalf("a line that cannot be kept: %+v of %s..%s", l, s.From, s.To)
		}
		sum = sum.Add(l.AmountMinor)
	}
	if s.OpeningMinor != nil && s.ClosingMinor != nil && sum.Add(*s.OpeningMinor).Minor != *s.ClosingMinor {
		t.Fatalf("it does not balance: %+v", s)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte(header+"2026-03-02,2026-03-03,1234.50,EUR,INV-1,B1,\"stay\",Anna\n"), ",", ".", "")
	f.Add([]byte("Date;Value;Amount;Ccy;Ref;Own;Text;Who\n2026-03-01;;-1.234,50;EUR;;;f\xfcr;\n"), ";", ",", "WINDOWS-1252")
	f.Fuzz(func(t *testing.T, data []byte, delimiter, decimal, encoding string) {
		m := signed
		m.Delimiter, m.DecimalMark, m.Encoding = delimiter, decimal, encoding
		if m.Check() != nil {
			return
		}
		s, err := bankfile.CSV(data, m, euro)
		sound(t, s, err)
	})
}

func FuzzCamt053(f *testing.F) {
	f.Add([]byte(camt("02", "")))
	f.Add([]byte(camt("08", "")))
	f.Add([]byte(strings.Replace(camt("08", ""), "<Document", "<!DOCTYPE x [<!ENTITY a \"b\">]><Document", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := bankfile.Camt053(data, euro)
		sound(t, s, err)
	})
}
