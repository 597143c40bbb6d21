package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/fault"
)

var (
	errDay   = fault.New(fault.Conflict, "test_day", "the day is closed")
	errOther = fault.New(fault.Invalid, "test_other", "something else")
)

func TestSentinelsAreFoundBehindOccurrences(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"itself":  errDay,
		"with":    errDay.With("date", "2024-01-01"),
		"at":      errDay.At("/date"),
		"both":    errDay.With("a", "1").At("/date").With("b", "2"),
		"wrapped": fmt.Errorf("op: %w", errDay.With("a", "1")),
		"joined":  errors.Join(errors.New("x"), errDay.At("/d")),
	} {
		if !errors.Is(err, errDay) || errors.Is(err, errOther) {
			t.Errorf("%s: %v", name, err)
		}
		if fault.KindOf(err) != fault.Conflict || fault.From(err).Code != "test_day" {
			t.Errorf("%s: %v %v", name, fault.KindOf(err), fault.From(err))
		}
	}
	if errors.Is(errDay, errDay.With("a", "1")) {
		t.Error("an occurrence is no sentinel")
	}
}

func TestOccurrencesLeaveTheSentinel(t *testing.T) {
	t.Parallel()
	one := errOther.With("a", "1").At("/x")
	two := one.With("a", "2").At("/y")
	if len(errOther.Params)+len(errOther.Fields) != 0 {
		t.Errorf("the sentinel changed: %+v", errOther)
	}
	if diff := cmp.Diff(map[string]string{"a": "1"}, one.Params); diff != "" || len(one.Fields) != 1 {
		t.Errorf("the first occurrence changed: %+v", one)
	}
	want := []fault.Field{{Pointer: "/x", Code: "test_other", Text: "something else"}, {Pointer: "/y", Code: "test_other", Text: "something else"}}
	if diff := cmp.Diff(want, two.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnjudgedIsInternal: what nobody gave a kind is a defect, never something friendlier.
func TestUnjudgedIsInternal(t *testing.T) {
	t.Parallel()
	if k := fault.KindOf(errors.New("x")); k != fault.Internal {
		t.Errorf("got %v", k)
	}
	var zero fault.Error
	if zero.Kind != fault.Internal {
		t.Errorf("the zero kind is %v", zero.Kind)
	}
	if fault.From(nil) != nil {
		t.Error("nil has no fault")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	op := func(in error) (err error) {
		defer fault.Wrap(&err, "op(%d)", 7)
		return in
	}
	if err := op(nil); err != nil {
		t.Errorf("nil became %v", err)
	}
	err := op(errDay.With("a", "1"))
	if !errors.Is(err, errDay) || fault.KindOf(err) != fault.Conflict || err.Error() != "op(7): test_day: the day is closed" {
		t.Errorf("got %v", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	var none fault.Faults
	none.Add("/a", nil)
	if err := none.Err(); err != nil {
		t.Errorf("no fault became %v", err)
	}

	var one fault.Faults
	one.Add("/a", errOther)
	if err := one.Err(); !errors.Is(err, fault.ErrInvalid) || fault.From(err).Code != "test_other" || len(fault.From(err).Fields) != 1 {
		t.Errorf("got %+v", err)
	}

	var many fault.Faults
	many.Add("/lines/0", errOther.At("/amountMinor"))
	many.Add("/b", errors.New("plain"))
	err := many.Err()
	want := []fault.Field{
		{Pointer: "/lines/0/amountMinor", Code: "test_other", Text: "something else"},
		{Pointer: "/b", Code: "invalid", Text: "plain"},
	}
	if diff := cmp.Diff(want, fault.From(err).Fields); diff != "" || fault.From(err).Code != "invalid_request" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if len(fault.ErrInvalid.Fields) != 0 {
		t.Error("the sentinel took the fields of an occurrence")
	}
}
