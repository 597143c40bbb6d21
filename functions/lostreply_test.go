package functions_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/testkit/rpc"
)

// newFaultyStage is a stage whose database breaks on demand.
func newFaultyStage(t *testing.T) (*stage, *rpc.Faults) {
	t.Helper()
	f := &rpc.Faults{}
	s := &stage{house: newHouse(t, today, f.Options()...)}
	s.owner, _ = s.founder(t)
	s.property = s.owner.property("MAIN", "2026-03-01", 50_000, "")
	s.counted = s.owner.record("revenues", s.property, today)
	s.waiting = s.owner.member("front", "FRONT_DESK", s.property).record("expenses", s.property, today)
	return s, f
}

// TestLostAcknowledgement: the commit of every write is applied and its answer lost. The reply is right
// all the same, and the write has taken effect once.
func TestLostAcknowledgement(t *testing.T) {
	t.Parallel()
	s, f := newFaultyStage(t)
	for _, c := range s.commands(t) {
		lost := f.On("Commit").Lose(codes.Unknown)
		a := s.owner.call(c.method, c.path, c.body, c.key())
		if a.Status/100 != 2 || a.Header.Get("Idempotent-Replay") != "" || lost.Hits() != 1 {
			t.Fatalf("%s: %d %v %s, %d commits lost", c.name, a.Status, a.Header, a.Raw, lost.Hits())
		}
		f.Clear()
		s.repeat(t, command{write: c.write}, a)
	}
	s.owner.check(s.property)
}

// TestOutcomeUnknown: the answer to the commit is lost, and then the database does not tell how it
// stands. The reply is 503 outcome_unknown; sent again with its key, every write is answered as done.
func TestOutcomeUnknown(t *testing.T) {
	t.Parallel()
	s, f := newFaultyStage(t)
	for _, c := range s.commands(t) {
		var down atomic.Bool
		f.On("Commit").When(func(any) bool { down.Store(true); return true }).Lose(codes.Unknown)
		f.On("StreamingRead").When(func(any) bool { return down.Load() }).Times(rpc.Always).Fail(codes.DeadlineExceeded)
		a := s.owner.call(c.method, c.path, c.body, c.key())
		f.Clear()
		p := a.problem()
		if results, ok := a.Body["results"].([]any); ok && len(results) == 1 { // a call of many items says so of each
			var r struct{ Results []struct{ Problem problem } }
			a.into(&r)
			p = r.Results[0].Problem
		} else if a.Status != 503 || a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", c.name, a.Status, a.Header)
		}
		if p.Status != 503 || p.Code != "outcome_unknown" {
			t.Errorf("%s: %s, want outcome_unknown", c.name, a.Raw)
		}
		done := s.owner.call(c.method, c.path, c.body, c.key())
		if done.Status/100 != 2 || done.Header.Get("Idempotent-Replay") != "true" {
			t.Fatalf("%s again: %d %v %s", c.name, done.Status, done.Header, done.Raw)
		}
		s.repeat(t, command{write: c.write}, done)
	}
	s.owner.check(s.property)
}

// TestNothingHappened: the database does not answer the first read. The reply is 503 unavailable, and
// it is true.
func TestNothingHappened(t *testing.T) {
	t.Parallel()
	s, f := newFaultyStage(t)
	for _, c := range s.commands(t) {
		unchanged := s.unchanged(t)
		f.On("StreamingRead").Times(rpc.Always).Fail(codes.DeadlineExceeded)
		a := s.owner.call(c.method, c.path, c.body)
		f.Clear()
		unchanged()
		if !strings.Contains(a.Raw, `"code":"unavailable"`) {
			t.Errorf("%s: %d %s, want unavailable", c.name, a.Status, a.Raw)
		}
		s.owner.call(c.method, c.path, c.body)
	}
}
