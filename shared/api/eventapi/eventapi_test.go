package eventapi_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/eventlog"
)

// recorded is an event of a stored form that nobody writes today: what is passed on is what stands there.
func recorded() eventlog.Stored {
	return eventlog.Stored{
		Book: house, Stream: "2026-03-01", Version: 12, Type: daybook.TypeEntryRecorded, Schema: 1,
		Cause: daybook.Hash{0xca}, Chain: daybook.Hash{0xc4},
		Raw: daybook.Raw{
			Actor: `{"subject":"auth0|clerk","role":"FRONT_DESK","memberVersion":3}`, Judged: `{"policy": 0,"chart":0}`,
			Data: `{"kind":"REVENUE", "entryId":"83f2ed1e-83ef-852e-91e5-eb6c2cd1937c","businessDate":"2026-03-01","amountMinor":1e3,"note":"<&> é \u00e9"}`,
		},
		At: time.Date(2026, 3, 1, 12, 0, 0, 120_000_000, time.FixedZone("", 3600)),
	}
}

func TestJSONPassesTheStoredFormOn(t *testing.T) {
	t.Parallel()
	e := recorded()
	const book = "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"
	want := `{"specversion":"1.0","id":"` + book + `.2026-03-01.12","source":"/organisations/acme/properties/` + book + `",` +
		`"type":"innkeep.EntryRecorded.v1","subject":"2026-03-01","time":"2026-03-01T11:00:00.12Z",` +
		`"datacontenttype":"application/json","dataschema":"urn:innkeep:events:EntryRecorded.v1","orgid":"acme","propertyid":"` + book + `",` +
		`"businessdate":"2026-03-01","sequence":"0000000012","partitionkey":"acme:` + book + `",` +
		`"data":{"actor":` + e.Raw.Actor + `,"judged":` + e.Raw.Judged + `,"cause":"ca` + strings.Repeat("00", 31) + `",` +
		`"entryId":"AXKNnzpSDB5Lep9lL48Mb0oQATUlzYPy7R6D74UukeXrbCzRk3w","facts":` + e.Raw.Data + `,"chain":"c4` + strings.Repeat("00", 31) + `"}}`
	for range 50 { // the same bytes each time
		got, err := eventapi.JSON(e)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// TestCloudEventIsWhatTheSDKReads: the SDK reads JSON and finds what CloudEvent gives.
func TestCloudEventIsWhatTheSDKReads(t *testing.T) {
	t.Parallel()
	for _, e := range append(setupEvents(t), recorded()) {
		b, err := eventapi.JSON(e)
		if err != nil {
			t.Fatal(err)
		}
		var read event.Event
		if err := json.Unmarshal(b, &read); err != nil {
			t.Fatal(err)
		}
		if err := read.Validate(); err != nil {
			t.Error(err)
		}
		made, err := eventapi.CloudEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(made.Context.String(), read.Context.String()); diff != "" {
			t.Errorf("%s (-made +read):\n%s", e.Type, diff)
		}
		if diff := cmp.Diff(string(made.Data()), string(read.Data())); diff != "" {
			t.Errorf("%s: data (-made +read):\n%s", e.Type, diff)
		}
		if date, dated := read.Extensions()["businessdate"]; dated != (e.Book.Property != tenant.Setup) || dated && date != e.Stream {
			t.Errorf("%s: business date %v", e.Type, date)
		}
	}
}

// TestWhatCannotBePassedOn: it is never guessed.
func TestWhatCannotBePassedOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		want   error
		change func(*eventlog.Stored)
	}{
		"an unknown type":     {daybook.ErrUnknownEvent, func(e *eventlog.Stored) { e.Type = "DayDreamt" }},
		"a newer schema":      {daybook.ErrUnknownEvent, func(e *eventlog.Stored) { e.Schema = daybook.CurrentSchema(e.Type) + 1 }},
		"schema 0":            {daybook.ErrUnknownEvent, func(e *eventlog.Stored) { e.Schema = 0 }},
		"no organisation":     {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Book.Org = "" }},
		"no property":         {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Book.Property = "x" }},
		"no date":             {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Stream = "2026-02-30" }},
		"setup on a date":     {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Book.Property = tenant.Setup }},
		"version 0":           {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Version = 0 }},
		"no time":             {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.At = time.Time{} }},
		"a broken actor":      {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Raw.Actor = `{"subject":` }},
		"judged is null":      {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Raw.Judged = "null" }},
		"no facts":            {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Raw.Data = "" }},
		"two facts":           {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Raw.Data += "{}" }},
		"facts on two lines":  {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Raw.Data = "{\n" + e.Raw.Data[1:] }},
		"no entry":            {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Raw.Data = "{}" }},
		"an entry of no kind": {daybook.ErrBadEvent, func(e *eventlog.Stored) { e.Raw.Data = strings.Replace(e.Raw.Data, "REVENUE", "GIFT", 1) }},
	} {
		e := recorded()
		c.change(&e)
		if b, err := eventapi.JSON(e); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %s", name, err, b)
		}
		if _, err := eventapi.CloudEvent(e); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	const book = "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"
	for id, want := range map[string]eventapi.Ref{
		book + ".2026-03-01.12":                  {Property: book, Stream: "2026-03-01", Version: 12},
		book + ".2026-03-01.9223372036854775807": {Property: book, Stream: "2026-03-01", Version: 1<<63 - 1},
		"-.setup.1":                              {Property: tenant.Setup, Stream: "setup", Version: 1},
	} {
		got, err := eventapi.ParseID(id)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
		p := eventlog.Position{At: noon, Org: "acme", Property: want.Property, Stream: want.Stream, Version: want.Version}
		if again := eventapi.ID(p); again != id {
			t.Errorf("%s is written %s", id, again)
		}
	}
	for _, id := range []string{
		"", ".", "..", "-.setup", "-.setup.", "-.setup.0", "-.setup.-1", "-.setup.+1", "-.setup.01", "-.setup.1.", "-.setup.1 ", "-.Setup.1",
		"-.2026-03-01.1", book + ".setup.1", book + ".2026-3-1.1", book + ".2026-02-30.1", book + ".2026-03-01.1e1",
		book + ".2026-03-01.9223372036854775808", strings.ToUpper(book) + ".2026-03-01.1", book + "..1", "x.2026-03-01.1",
	} {
		if r, err := eventapi.ParseID(id); !errors.Is(err, eventapi.ErrID) {
			t.Errorf("%q is %+v, %v", id, r, err)
		}
	}
}

// FuzzParseID: what is taken is what ID writes.
func FuzzParseID(f *testing.F) {
	f.Add("8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10.2026-03-01.12")
	f.Add("-.setup.1")
	f.Fuzz(func(t *testing.T, id string) {
		if r, err := eventapi.ParseID(id); err == nil && r.String() != id {
			t.Errorf("%q is read as %q", id, r)
		}
	})
}

// TestBrokenEventsDoNotSatisfy: the schemas say no to what is wrong.
func TestBrokenEventsDoNotSatisfy(t *testing.T) {
	t.Parallel()
	all := compile(t)
	const amount = `"amountMinor": 118000`
	for _, c := range []struct{ name, file, old, new string }{
		{"an amount is missing", "EntryRecorded", amount + ",", ""},
		{"an amount is a float", "EntryRecorded", amount, `"amountMinor": 1180.5`},
		{"an amount is a text", "EntryRecorded", amount, `"amountMinor": "118000"`},
		{"an amount is negative", "EntryRecorded", amount, `"amountMinor": -118000`},
		{"an amount is too large", "EntryRecorded", amount, `"amountMinor": 1000000000000001`},
		{"a reversal is positive", "EntryReversed", `"amountMinor": -23800`, `"amountMinor": 23800`},
		{"a fact that nobody knows", "EntryRecorded", amount, amount + `, "guest": "Ann"`},
		{"a word that nobody knows", "EntryRecorded", `"mode": "CASH"`, `"mode": "BARTER"`},
		{"a date that is none", "EntryRecorded", `"businessDate": "2026-03-01"`, `"businessDate": "2026-02-30"`},
		{"a time that is none", "EntryRecorded", `"occurredAt": "2026-03-01T09:30:00Z"`, `"occurredAt": "half past nine"`},
		{"a currency of two letters", "EntryApproved", `"currency": "EUR"`, `"currency": "EU"`},
		{"a leg without account", "OpeningSet", `"account": "1010",`, ""},
		{"another type's data", "DayReopened", "events:DayReopened.v1", "events:DayClosed.v1"},
		{"no actor", "CashCounted", `"actor"`, `"actors"`},
		{"a cause that is no hash", "CashCounted", `"cause": "`, `"cause": "x`},
		{"a limit without currency", "PolicySet", `"currency": "EUR"`, `"selfApproval": true`},
		{"an unknown role", "MemberSet", `"FRONT_DESK"`, `"BELLBOY"`},
		{"no id", "DayClosed", `"id": `, `"ids": `},
		{"an id of setup with a date", "PropertyCreated", `"propertyid": "-"`, `"propertyid": "-", "businessdate": "2026-03-01"`},
		{"a day without its date", "DayClosed", `"businessdate"`, `"businessday"`},
		{"an extension in camel case", "DayClosed", `"orgid"`, `"orgId"`},
		{"an older CloudEvent", "DayClosed", `"1.0"`, `"0.3"`},
	} {
		example := string(read(t, folder+"/examples/"+c.file+".v1.json"))
		if err := all.check(parse(t, []byte(example))); err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		broken := strings.Replace(example, c.old, c.new, 1)
		if broken == example {
			t.Fatalf("%s: %s has no %s", c.name, c.file, c.old)
		}
		if err := all.check(parse(t, []byte(broken))); err == nil {
			t.Errorf("%s: the schema is satisfied", c.name)
		}
	}
	// Who carries an event may add an extension.
	traced := strings.Replace(string(read(t, folder+"/examples/DayClosed.v1.json")), `"orgid"`, `"traceparent": "00-1-2-01", "orgid"`, 1)
	if err := all.check(parse(t, []byte(traced))); err != nil {
		t.Error(err)
	}
}

func BenchmarkJSON(b *testing.B) {
	e := recorded()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := eventapi.JSON(e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSDK(b *testing.B) {
	e := recorded()
	b.ReportAllocs()
	for b.Loop() {
		c, err := eventapi.CloudEvent(e)
		if err == nil {
			_, err = c.MarshalJSON()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
