package daybook_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// everything is a book with each type of event.
func everything(t testing.TB) *book {
	b := opened(t, 1_000)
	b.must(desk, revenue(may(10), ledger.Cash, 118, 18)) // 0
	b.must(desk, revenue(may(10), ledger.Cash, 5))       // 1
	b.must(desk, revenue(may(10), ledger.Cash, 6))       // 2
	b.must(owner, daybook.Approve{EntryID: b.id(0)})
	b.must(owner, daybook.Reject{EntryID: b.id(1), Reason: `<no> "receipt" & ü`})
	b.must(desk, daybook.Withdraw{EntryID: b.id(2), Reason: "twice"})
	b.must(owner, daybook.Reverse{EntryID: b.id(0), Reason: "wrong room"})
	b.must(desk, daybook.Count{Date: may(10), CountedMinor: 990, Blind: true, Denominations: []daybook.Denomination{{ValueMinor: 990, Quantity: 1}}})
	b.must(owner, daybook.Grant{Subject: manager.Subject})
	b.must(desk, daybook.RecordStatistics{Date: may(10), Rooms: letting(20, 1, 12, 1, 19)})
	b.must(owner, daybook.Close{Date: may(10)})
	b.must(owner, daybook.Reopen{Date: may(10), Reason: "x"})
	return b
}

func TestStoredEventsAreReadBack(t *testing.T) {
	t.Parallel()
	types := map[daybook.EventType]bool{}
	for _, e := range everything(t).events {
		types[e.Data.Type()] = true
		data, err := daybook.DecodeData(e.Data.Type(), daybook.SchemaVersion, e.Raw.Data)
		if err != nil {
			t.Fatalf("%s: %v", e.Data.Type(), err)
		}
		if diff := cmp.Diff(e.Data, data, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-written +read):\n%s", e.Data.Type(), diff)
		}
		if again, err := json.Marshal(data); err != nil || string(again) != e.Raw.Data {
			t.Errorf("%s is written anew as\n%s, was\n%s", e.Data.Type(), again, e.Raw.Data)
		}
		if _, err := daybook.DecodeData(e.Data.Type(), daybook.SchemaVersion+1, e.Raw.Data); !errors.Is(err, daybook.ErrUnknownEvent) {
			t.Errorf("%s of another schema: %v", e.Data.Type(), err)
		}
		if _, err := daybook.DecodeData(e.Data.Type(), daybook.SchemaVersion, e.Raw.Data[1:]); !errors.Is(err, daybook.ErrBadEvent) {
			t.Errorf("%s damaged: %v", e.Data.Type(), err)
		}
		if strings.ContainsAny(e.Raw.Data, "\n\t") || !json.Valid([]byte(e.Raw.Actor)) || !json.Valid([]byte(e.Raw.Judged)) {
			t.Errorf("%s is not canonical: %+v", e.Data.Type(), e.Raw)
		}
	}
	if len(types) != 11 {
		t.Errorf("only %d types of event were tried", len(types))
	}
	if _, err := daybook.DecodeData("DayDreamt", daybook.SchemaVersion, "{}"); !errors.Is(err, daybook.ErrUnknownEvent) {
		t.Errorf("got %v", err)
	}
}

func FuzzDecodeData(f *testing.F) {
	for _, e := range everything(f).events {
		f.Add(string(e.Data.Type()), e.Raw.Data)
	}
	f.Add("EntryRecorded", "null")
	f.Fuzz(func(t *testing.T, kind, raw string) {
		data, err := daybook.DecodeData(daybook.EventType(kind), daybook.SchemaVersion, raw)
		if (err == nil) != (data != nil) {
			t.Fatalf("%v %v", data, err)
		}
	})
}

// link is the chain hash (I11), written a second time from its description.
func link(prev daybook.Hash, b tenant.Book, e daybook.Event) daybook.Hash {
	var buf []byte
	for _, part := range []string{
		string(prev[:]), string(b.Org), string(b.Property), e.Stream.String(), strconv.FormatInt(e.Version, 10),
		string(e.Data.Type()), "1", string(e.Cause[:]), e.Raw.Actor, e.Raw.Judged, e.Raw.Data,
	} {
		buf = append(binary.BigEndian.AppendUint64(buf, uint64(len(part))), part...)
	}
	return sha256.Sum256(buf)
}

// TestInvariant11ChainCoversEveryFact: whatever is changed in a stored event breaks its link.
func TestInvariant11ChainCoversEveryFact(t *testing.T) {
	t.Parallel()
	b := everything(t)
	e := b.events[len(b.events)-1]
	prev := b.events[len(b.events)-2].Chain
	base := func() daybook.Hash {
		return daybook.Link(prev, b.state.Book, e.Stream.String(), e.Version, e.Data.Type(), daybook.SchemaVersion, e.Cause, e.Raw)
	}()
	if base != e.Chain || base != link(prev, b.state.Book, e) {
		t.Fatal("the event's own link is another")
	}
	other := b.state.Book
	other.Org, other.Property = other.Org[:3], "e"+other.Property // the same bytes, divided otherwise
	raw := func(f func(r *daybook.Raw)) daybook.Raw { r := e.Raw; f(&r); return r }
	stream, kind := e.Stream.String(), e.Data.Type()
	for name, h := range map[string]daybook.Hash{
		"prev":    daybook.Link(daybook.Hash{1}, b.state.Book, stream, e.Version, kind, 1, e.Cause, e.Raw),
		"book":    daybook.Link(prev, other, stream, e.Version, kind, 1, e.Cause, e.Raw),
		"stream":  daybook.Link(prev, b.state.Book, "2024-05-11", e.Version, kind, 1, e.Cause, e.Raw),
		"version": daybook.Link(prev, b.state.Book, stream, e.Version+1, kind, 1, e.Cause, e.Raw),
		"type":    daybook.Link(prev, b.state.Book, stream, e.Version, "DayClosed", 1, e.Cause, e.Raw),
		"schema":  daybook.Link(prev, b.state.Book, stream, e.Version, kind, 2, e.Cause, e.Raw),
		"cause":   daybook.Link(prev, b.state.Book, stream, e.Version, kind, 1, daybook.Hash{}, e.Raw),
		"actor":   daybook.Link(prev, b.state.Book, stream, e.Version, kind, 1, e.Cause, raw(func(r *daybook.Raw) { r.Actor += " " })),
		"judged":  daybook.Link(prev, b.state.Book, stream, e.Version, kind, 1, e.Cause, raw(func(r *daybook.Raw) { r.Judged = "{}" })),
		"data":    daybook.Link(prev, b.state.Book, stream, e.Version, kind, 1, e.Cause, raw(func(r *daybook.Raw) { r.Data = "{}" })),
	} {
		if h == base {
			t.Errorf("the link does not cover the %s", name)
		}
	}
}
