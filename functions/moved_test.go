package functions_test

import (
	"context"
	"errors"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/otlp"
)

// rewrite writes to the property's rows as no function would.
func (s *stage) rewrite(t *testing.T, dml string) {
	t.Helper()
	st := spanner.Statement{SQL: dml, Params: map[string]any{"property": s.property}}
	_, err := s.db.ReadWrite(testkit.Context(t), "test/rewrite", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		n, err := tx.Update(ctx, st)
		if err == nil && n == 0 {
			err = errors.New("there was nothing to rewrite")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A report whose own proof fails is refused and counted, and so is one of a closed day that does not say
// what it said before: both are seen after a foreign write and never else.
func TestReportsThatDifferAreMeasured(t *testing.T) {
	s := newStage(t)
	if err := accounttotals.New(s.db, events.Now, nil).Sweep(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
	s.rewrite(t, "UPDATE AccountTotals SET DebitMinor = DebitMinor + 1 WHERE PropertyId = @property")
	otlp.Moved(t, func() {
		path := "/v1/reports/analytics/trial-balance?period=" + today[:7] + "&propertyId=" + s.property
		if a := s.owner.call("GET", path, ""); a.Status < 500 {
			t.Errorf("%d %s", a.Status, a.Raw)
		}
	}, "innkeep.reports.disproved")

	s.owner.closeDay(s.property, today)
	path := "/v1/reports/daily-report?propertyId=" + s.property + "&date=" + today
	s.owner.must(200, "GET", path, "")
	s.rewrite(t, "UPDATE ReportSnapshots SET ContentHash = StateHash WHERE PropertyId = @property")
	otlp.Moved(t, func() {
		s.owner.at(s.another()).must(200, "GET", path, "")
	}, "innkeep.reports.changed")
}
