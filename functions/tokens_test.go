package functions_test

import (
	"net/http"
	"testing"
	"time"
)

func mustTime(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestConsistencyTokens: every write gives one, every read takes it and shows what was written; one
// from the future and one that is none are refused by every read.
func TestConsistencyTokens(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.clock.set(time.Now()) // a token is a commit's time, by the database's clock
	date := time.Now().UTC().Format(time.DateOnly)
	a := s.owner.must(201, "POST", "/v1/finance/revenues", entryBody("revenues", s.property, date))
	token := a.Header.Get("Consistency-Token")
	if token == "" || token != a.str("recordedAt") {
		t.Errorf("token %q of %s", token, a.Raw)
	}
	for _, path := range s.reads(s.property, a.str("id")) {
		for _, tt := range []struct {
			token  string
			status int
			code   string
		}{
			{token, 200, ""}, {"2000-01-01T00:00:00Z", 200, ""},
			{time.Now().Add(time.Hour).Format(time.RFC3339Nano), 400, "consistency_token_in_future"},
			{"9999-12-31T23:59:59Z", 400, "consistency_token_in_future"},
			{"garbage", 400, "bad_consistency_token"}, {"2026-03-10", 400, "bad_consistency_token"}, {"1", 400, "bad_consistency_token"},
		} {
			got := s.owner.send("GET", path, "", func(r *http.Request) { r.Header.Set("Consistency-Token", tt.token) })
			if got.Status != tt.status || got.str("code") != tt.code && tt.code != "" {
				t.Errorf("GET %s with the token %s: %d %s, want %d %s", path, tt.token, got.Status, got.Raw, tt.status, tt.code)
			}
		}
	}
}

// TestReadsSeeWrites: another instance with its memories filled shows what was written, at once.
func TestReadsSeeWrites(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	there := s.owner.at(s.another())
	for i := range int64(5) {
		before := there.day(s.property, today)
		e := s.owner.record("revenues", s.property, today)
		after := there.day(s.property, today)
		if after.CashReceivedMinor != before.CashReceivedMinor+1000 || after.StreamVersion != before.StreamVersion+1 {
			t.Errorf("write %d is not seen: %+v, before %+v", i, after, before)
		}
		if read := there.read("revenues", e.ID); read.Status != "APPROVED" {
			t.Errorf("%+v", read)
		}
	}
}
