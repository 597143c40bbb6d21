package daybookstore

import (
	"encoding/json"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
)

var eventColumns = []string{
	"StreamId", "Version", "Type", "SchemaVersion", "Actor", "Cause", "Judged", "Data", "ChainHash", "RecordedAt",
}

// eventRow is a row of Events: the columns of eventColumns. Actor, Judged and Data are JSON objects.
type eventRow struct {
	StreamId      string //nolint:revive // the column's name
	Version       int64
	Type          string
	SchemaVersion int64
	Actor         string
	Cause         []byte
	Judged        string
	Data          string
	ChainHash     []byte
	RecordedAt    time.Time
}

// Recorded is an event with the commit time that Spanner gave it, UTC.
type Recorded struct {
	daybook.Event
	At time.Time
}

func readEvent(r *spanner.Row) (Recorded, error) {
	var x eventRow
	if err := r.ToStruct(&x); err != nil {
		return Recorded{}, err
	}
	stream, err := bizdate.Parse(x.StreamId)
	if err != nil {
		return Recorded{}, fmt.Errorf("%w: stream %s", daybook.ErrBadEvent, x.StreamId)
	}
	e := Recorded{At: x.RecordedAt.UTC(), Event: daybook.Event{
		Stream: stream, Version: x.Version, Raw: daybook.Raw{Actor: x.Actor, Judged: x.Judged, Data: x.Data},
	}}
	copy(e.Cause[:], x.Cause)
	copy(e.Chain[:], x.ChainHash)
	if err := json.Unmarshal([]byte(x.Actor), &e.Actor); err != nil {
		return e, fmt.Errorf("%w: actor: %w", daybook.ErrBadEvent, err)
	}
	if err := json.Unmarshal([]byte(x.Judged), &e.Judged); err != nil {
		return e, fmt.Errorf("%w: judged: %w", daybook.ErrBadEvent, err)
	}
	e.Data, err = daybook.DecodeData(daybook.EventType(x.Type), x.SchemaVersion, x.Data)
	return e, err
}

// asStored is the event as every later read of it gives it: what a command is answered the first
// time is what it is answered ever after (I8).
func asStored(e daybook.Event) (_ daybook.Event, err error) {
	e.Data, err = daybook.DecodeData(e.Data.Type(), daybook.CurrentSchema(e.Data.Type()), e.Raw.Data)
	return e, err
}

func writeEvent(b tenant.Book, e daybook.Event) *row {
	return newRow(b).set("StreamId", e.Stream.String()).set("Version", e.Version).
		set("Type", string(e.Data.Type())).set("SchemaVersion", daybook.CurrentSchema(e.Data.Type())).
		set("Actor", e.Raw.Actor).set("Cause", e.Cause[:]).set("Judged", e.Raw.Judged).set("Data", e.Raw.Data).
		set("ChainHash", e.Chain[:]).set("RecordedAt", spanner.CommitTimestamp)
}

var commandColumns = []string{"CommandKey", "RequestHash", "StreamId", "Version"}

// commandRow is a row of Commands: the columns of commandColumns.
type commandRow struct {
	CommandKey  []byte
	RequestHash []byte
	StreamId    string //nolint:revive // the column's name
	Version     int64
}

func writeCommand(b tenant.Book, key, request daybook.Hash, at daybook.Position) *row {
	return newRow(b).set("CommandKey", key[:]).set("RequestHash", request[:]).
		set("StreamId", at.Stream.String()).set("Version", at.Version).set("RecordedAt", spanner.CommitTimestamp)
}

// event writes an event and what it made: entries, counts, statistics, grants.
func (w *writes) event(b tenant.Book, e daybook.Event, touched []daybook.Entry) {
	w.insert(events, writeEvent(b, e), 0)
	for _, x := range touched {
		if x.Recorded == e.Position() {
			r, index := writeEntry(b, x)
			w.insert(entries, r, index)
		} else {
			r, index := changeEntry(b, x)
			w.update(entries, r, index)
		}
	}
	switch data := e.Data.(type) {
	case daybook.CashCounted:
		w.insert(counts, writeCount(b, e, data), 0)
	case daybook.StatisticsRecorded:
		w.upsert(statistics, writeStatistics(b, e, data))
	case daybook.DailyGranted:
		w.upsert(grants, newRow(b).set("BusinessDate", civilDate(e.Stream)).set("Subject", data.Subject).
			set("GrantedBy", e.Actor.Subject).set("RecordedAt", spanner.CommitTimestamp))
	}
}

func writeCount(b tenant.Book, e daybook.Event, c daybook.CashCounted) *row {
	r := datedRow(b, e.Stream).set("Version", e.Version).set("Currency", string(c.Currency)).
		set("CountedMinor", c.CountedMinor).set("ExpectedMinor", c.ExpectedMinor).set("VarianceMinor", c.VarianceMinor).
		set("Blind", c.Blind).text("Note", c.Note).set("CountedBy", e.Actor.Subject).
		set("RecordedAt", spanner.CommitTimestamp)
	if len(c.Denominations) > 0 {
		r.set("Denominations", toJSON(c.Denominations))
	}
	return r
}
