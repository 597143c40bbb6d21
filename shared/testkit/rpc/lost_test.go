package rpc_test

import (
	"testing"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/testkit"
)

// What the client makes of a Commit that was applied while its answer was lost, by the code that
// the loss shows as:
//   - UNAVAILABLE (and RESOURCE_EXHAUSTED): the client sends the same Commit again after up to
//     250 ms, the server knows the transaction and answers OK with the first commit's timestamp;
//   - UNKNOWN, DEADLINE_EXCEEDED, CANCELLED: the error comes out, the effect stays;
//   - INTERNAL with a text of a broken stream: the client runs the function again, which reads
//     its own first effect. Only what stands in the database (the command row) can stop it from
//     taking effect twice.
func TestLostCommitAcknowledgement(t *testing.T) {
	t.Parallel()
	broken := status.Error(codes.Internal, "stream terminated by RST_STREAM with error code: INTERNAL_ERROR")
	for _, tt := range []struct {
		name    string
		lost    error
		code    codes.Code // of what ReadWrite returns
		runs    int
		commits int
		row     int64
	}{
		{"unavailable", status.Error(codes.Unavailable, "lost"), codes.OK, 1, 2, 11},
		{"resource exhausted", status.Error(codes.ResourceExhausted, "lost"), codes.OK, 1, 2, 11},
		{"unknown", status.Error(codes.Unknown, "lost"), codes.Unknown, 1, 1, 11},
		{"deadline", status.Error(codes.DeadlineExceeded, "lost"), codes.DeadlineExceeded, 1, 1, 11},
		{"cancelled", status.Error(codes.Canceled, "lost"), codes.Canceled, 1, 1, 11},
		{"internal", status.Error(codes.Internal, "lost"), codes.Internal, 1, 1, 11},
		{"broken stream", broken, codes.OK, 2, 2, 12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db, counter, faults := open(t)
			faults.On("Commit").LoseWith(tt.lost)
			runs := 0
			out, err := increment(testkit.Context(t), db, &runs)

			if spanner.ErrCode(err) != tt.code || runs != tt.runs || counter.Count("Commit") != tt.commits {
				t.Errorf("error = %v, runs = %d, calls = %v; want %v, %d, %d commits",
					err, runs, counter, tt.code, tt.runs, tt.commits)
			}
			if got := value(t, db, 1); got != tt.row {
				t.Errorf("row = %d, want %d", got, tt.row)
			}
			if !out.Attempted || out.Unknown != (err != nil) || out.CommitTime.IsZero() != (err != nil) {
				t.Errorf("outcome = %+v with error %v: a lost answer is an unknown outcome", out, err)
			}
		})
	}
}

// The second Commit of one transaction answers with the timestamp of the first.
func TestRepeatedCommitKeepsItsTimestamp(t *testing.T) {
	t.Parallel()
	db, _, faults := open(t)
	faults.On("Commit").Lose(codes.Unavailable)
	runs := 0
	out, err := increment(testkit.Context(t), db, &runs)
	if err != nil {
		t.Fatal(err)
	}
	snap := db.SnapshotAt(out.CommitTime)
	var v int64
	err = snap.Read(testkit.Context(t), "T", spanner.Key{1}, []string{"V"}, nil, func(r *spanner.Row) error { return r.Columns(&v) })
	if err != nil || v != 11 {
		t.Errorf("the row at the commit's timestamp = %d, %v; want 11", v, err)
	}
	before := db.SnapshotAt(out.CommitTime.Add(-1000))
	err = before.Read(testkit.Context(t), "T", spanner.Key{1}, []string{"V"}, nil, func(r *spanner.Row) error { return r.Columns(&v) })
	if err != nil || v != 10 {
		t.Errorf("the row a microsecond before it = %d, %v; want 10: so the timestamp is the first commit's", v, err)
	}
}
