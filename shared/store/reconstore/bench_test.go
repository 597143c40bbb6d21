package reconstore_test

import (
	"fmt"
	"testing"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/store/reconstore"
	"innkeep.internal/shared/testkit"
)

// BenchmarkLargeStatement imports a statement of 10,000 lines, matches 2,000 of them with as many
// entries, draws up suggestions, and proves the account, each on a property of its own.
func BenchmarkLargeStatement(b *testing.B) {
	const n, booked = 10_000, 2_000
	type stage struct {
		name string
		do   func(h house, st recon.Statement) error
	}
	load := func(h house, st recon.Statement) error {
		_, err := h.Import(testkit.Context(b), h.act(""), "CSV", func(reconstore.Kept) (recon.Statement, error) { return st, nil })
		return err
	}
	run := func(h house, _ recon.Statement) error {
		_, err := h.Run(testkit.Context(b), h.act(""), h.desk, first, first.AddDays(30), today)
		return err
	}
	suggest := func(h house, _ recon.Statement) error {
		_, err := h.Suggest(testkit.Context(b), h.desk, first, first.AddDays(30), today, 100)
		return err
	}
	prove := func(h house, _ recon.Statement) error {
		_, err := h.Prove(testkit.Context(b), h.desk, today)
		return err
	}
	stages := []stage{{"import", load}, {"run", run}, {"suggest", suggest}, {"prove", prove}}
	for last := range stages {
		b.Run(fmt.Sprintf("%s/lines=%d", stages[last].name, n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				h, st := newHouse(b), big(n)
				var drafts []daybook.Draft
				for i := 0; i < n; i += n / booked {
					drafts = append(drafts, draft(st.Lines[i].BookingDate, st.Lines[i].AmountMinor, st.Lines[i].Reference))
				}
				for from := 0; from < len(drafts); from += 500 {
					h.book(b, drafts[from:from+500]...)
				}
				for _, s := range stages[:last] {
					if err := s.do(h, st); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				if err := stages[last].do(h, st); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
