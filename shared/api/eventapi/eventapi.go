// Package eventapi is a stored event as everybody outside of the day book gets it: one CloudEvents
// 1.0 JSON object, the same on the topic domain-events, in the history, in live streams and at
// webhooks. schemas/events describes it. The package knows how an event is stored, and nobody who
// takes it.
package eventapi

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/eventlog"
)

// ContentType is the media type of JSON.
const ContentType = "application/cloudevents+json"

const dataContentType = "application/json"

// attributes are the envelope, in the order in which it is written. The lower half are extensions:
// partitionkey and sequence as CloudEvents defines them, the others Innkeep's own.
type attributes struct {
	SpecVersion     string `json:"specversion"`
	ID              string `json:"id"`
	Source          string `json:"source"`
	Type            string `json:"type"`
	Subject         string `json:"subject"`
	Time            string `json:"time"`
	DataContentType string `json:"datacontenttype"`
	DataSchema      string `json:"dataschema"`

	OrgID        string `json:"orgid"`
	PropertyID   string `json:"propertyid"`
	BusinessDate string `json:"businessdate,omitempty"`
	Sequence     string `json:"sequence"`
	PartitionKey string `json:"partitionkey"`
}

// OrderingKey is within what events keep their order: one property's books, or the organisation's
// setup, whose property is "-".
func OrderingKey(b tenant.Book) string { return string(b.Org) + ":" + string(b.Property) }

// JSON is the event as a structured CloudEvent, without line breaks; of one event it is the same bytes
// each time. What is stored as JSON stands in it byte for byte. daybook.ErrUnknownEvent for a type
// or schema version that has no schema, daybook.ErrBadEvent for a row that no event can have made.
func JSON(e eventlog.Stored) ([]byte, error) {
	a, data, err := convert(e)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(a) // not the SDK's writer: that gives the extensions in another order each time
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(b)+len(`,"data":`)+len(data))
	out = append(out, b[:len(b)-1]...)
	out = append(out, `,"data":`...)
	out = append(out, data...)
	return append(out, '}'), nil
}

// CloudEvent is the same event as JSON gives, for who handles it by the CloudEvents SDK.
func CloudEvent(e eventlog.Stored) (event.Event, error) {
	a, data, err := convert(e)
	if err != nil {
		return event.Event{}, err
	}
	c := event.New()
	c.SetID(a.ID)
	c.SetSource(a.Source)
	c.SetType(a.Type)
	c.SetSubject(a.Subject)
	c.SetTime(e.At)
	c.SetDataContentType(a.DataContentType)
	c.SetDataSchema(a.DataSchema)
	c.SetExtension("orgid", a.OrgID)
	c.SetExtension("propertyid", a.PropertyID)
	if a.BusinessDate != "" {
		c.SetExtension("businessdate", a.BusinessDate)
	}
	c.SetExtension("sequence", a.Sequence)
	c.SetExtension("partitionkey", a.PartitionKey)
	c.DataEncoded = data // SetData would encode it anew
	return c, c.Validate()
}

func convert(e eventlog.Stored) (attributes, []byte, error) {
	if err := known(e); err != nil {
		return attributes{}, nil, err
	}
	a, err := envelope(e)
	if err != nil {
		return a, nil, err
	}
	data, err := content(e)
	return a, data, err
}

func envelope(e eventlog.Stored) (attributes, error) {
	ref := Ref{Property: e.Book.Property, Stream: e.Stream, Version: e.Version}
	if _, err := tenant.ParseOrgID(string(e.Book.Org)); err != nil || !ref.valid() || e.At.IsZero() {
		return attributes{}, fmt.Errorf("%w: it has no place", daybook.ErrBadEvent)
	}
	a := attributes{
		SpecVersion: event.CloudEventsVersionV1, ID: ref.String(), Type: Type(e.Type, e.Schema), Subject: e.Stream,
		Source:          "/organisations/" + string(e.Book.Org) + "/properties/" + string(e.Book.Property),
		Time:            e.At.UTC().Format(time.RFC3339Nano),
		DataContentType: dataContentType, DataSchema: dataSchema(e.Type, e.Schema),
		OrgID: string(e.Book.Org), PropertyID: string(e.Book.Property), PartitionKey: OrderingKey(e.Book),
		Sequence: fmt.Sprintf("%010d", e.Version), // in the order of texts, as the extension wants it
	}
	if e.Book.Property != tenant.Setup {
		a.BusinessDate = e.Stream
	}
	return a, nil
}

// content is the event's data: who, by what, why, and what happened.
func content(e eventlog.Stored) ([]byte, error) {
	for _, part := range []string{e.Raw.Actor, e.Raw.Judged, e.Raw.Data} {
		if !object(part) {
			return nil, fmt.Errorf("%w: %s: a part is no JSON object of one line", daybook.ErrBadEvent, e.Type)
		}
	}
	b := make([]byte, 0, len(e.Raw.Actor)+len(e.Raw.Judged)+len(e.Raw.Data)+256)
	b = append(append(b, `{"actor":`...), e.Raw.Actor...)
	b = append(append(b, `,"judged":`...), e.Raw.Judged...)
	b = append(hex.AppendEncode(append(b, `,"cause":"`...), e.Cause[:]), '"')
	if ofEntry[e.Type] {
		id, err := entryID(e)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, `,"entryId":"`...), id...), '"')
	}
	b = append(append(b, `,"facts":`...), e.Raw.Data...)
	b = hex.AppendEncode(append(b, `,"chain":"`...), e.Chain[:])
	return append(b, `"}`...), nil
}

// object says whether a stored part is one JSON object on one line: a line break would end a
// message of a live stream within it.
func object(part string) bool {
	return strings.HasPrefix(part, "{") && !strings.ContainsAny(part, "\r\n") && json.Valid([]byte(part))
}

// entryID is the id by which the API knows the entry that the event is about; the facts hold the
// part of it that the books are kept by.
func entryID(e eventlog.Stored) (string, error) {
	var x struct {
		EntryID      string       `json:"entryId"`
		Kind         ledger.Kind  `json:"kind"`
		BusinessDate bizdate.Date `json:"businessDate"`
	}
	err := json.Unmarshal([]byte(e.Raw.Data), &x)
	f := daybook.Facts{Kind: x.Kind, BusinessDate: x.BusinessDate}
	if err == nil {
		f.ID, err = ids.ParseUUID(x.EntryID)
	}
	property, badProperty := ids.ParseUUID(string(e.Book.Property))
	id, badID := ids.ParseEntry(f.Locator(property))
	if _, known := daybook.KindOfLocator(id); !known || err != nil || badProperty != nil || badID != nil {
		return "", fmt.Errorf("%w: %s: it names no entry", daybook.ErrBadEvent, e.Type)
	}
	return id.String(), nil
}
