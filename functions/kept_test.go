package functions_test

import (
	"encoding/hex"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/testkit"
)

// kept is what ReportSnapshots says, by report and hash of the books' state: the content's hash.
func (h *house) kept(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := h.db.Single().Read(testkit.Context(t), "ReportSnapshots", spanner.AllKeys(), []string{"Report", "StateHash", "ContentHash"}).
		Do(func(r *spanner.Row) error {
			var report string
			var state, content []byte
			err := r.Columns(&report, &state, &content)
			out[report+" "+hex.EncodeToString(state)] = hex.EncodeToString(content)
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestClosedReportsAreKept (I16): what a closed scope's report says is written down once, by the state of
// its books; an open one's is not, and neither is what waits.
func TestClosedReportsAreKept(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	path := "/v1/reports/daily-report?propertyId=" + s.property + "&date=" + today
	s.owner.must(200, "GET", path, "")
	if n := len(s.kept(t)); n != 0 {
		t.Errorf("%d hashes of open books", n)
	}
	s.owner.closeDay(s.property, today)
	s.owner.must(200, "GET", path+"&include=pending", "")
	if n := len(s.kept(t)); n != 0 {
		t.Errorf("%d hashes of what waits", n)
	}
	first := s.owner.must(200, "GET", path, "")
	for range 2 {
		again := s.owner.at(s.another()).must(200, "GET", path, "")
		if again.str("contentHash") != first.str("contentHash") || len(s.kept(t)) != 1 {
			t.Errorf("%s, then %s; %d kept", first.Raw, again.Raw, len(s.kept(t)))
		}
	}
	for _, hash := range s.kept(t) {
		if hash != first.str("contentHash") {
			t.Errorf("%s is kept of %s", hash, first.Raw)
		}
	}
	s.owner.approve(s.waiting.ID) // late: it counts on another date
	if now := s.owner.at(s.another()).must(200, "GET", path, ""); now.str("contentHash") != first.str("contentHash") {
		t.Errorf("a closed day's report has changed: %s", now.Raw)
	}
	s.owner.reopenDay(s.property, today)
	s.owner.record("revenues", s.property, today)
	s.owner.closeDay(s.property, today)
	if now := s.owner.must(200, "GET", path, ""); now.str("contentHash") == first.str("contentHash") || len(s.kept(t)) != 2 {
		t.Errorf("reopened and closed again: %s; %d kept", now.Raw, len(s.kept(t)))
	}
	s.owner.must(200, "GET", "/v1/reports/monthly-report?month=2026-02&propertyId="+s.owner.property("EARLY", "2026-02-01", 5, ""), "")
}
