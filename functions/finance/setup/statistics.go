package setup

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

// Rooms are the room statistics of a business date.
type Rooms struct {
	RoomsAvailable     int64  `json:"roomsAvailable" doc:"All rooms, those that are out of order included, as USALI counts them: a room leaves the count when it is closed for six months or longer. 0 to 100000."`
	RoomsOutOfOrder    int64  `json:"roomsOutOfOrder" doc:"Those that could not be let."`
	RoomsSold          int64  `json:"roomsSold" doc:"Those let for a price."`
	RoomsComplimentary int64  `json:"roomsComplimentary" doc:"Those let for nothing; they are not among the sold ones."`
	Guests             *int64 `json:"guests,omitempty" doc:"Who stayed the night, 0 to 1000000; absent where nobody counted them."`
}

func (r Rooms) rooms() daybook.Rooms {
	return daybook.Rooms{
		Available: r.RoomsAvailable, OutOfOrder: r.RoomsOutOfOrder, Sold: r.RoomsSold, Complimentary: r.RoomsComplimentary, Guests: r.Guests,
	}
}

// Statistics are the room statistics of a business date as the API shows them.
type Statistics struct {
	BusinessDate string `json:"businessDate" format:"date"`
	Rooms
	StreamVersion int64 `json:"streamVersion" doc:"Of the day's event that said them."`
}

func showStatistics(s daybook.Statistics) Statistics {
	return Statistics{BusinessDate: s.Date.String(), StreamVersion: s.Version, Rooms: Rooms{
		RoomsAvailable: s.Available, RoomsOutOfOrder: s.OutOfOrder, RoomsSold: s.Sold, RoomsComplimentary: s.Complimentary, Guests: s.Guests,
	}}
}

type recordStatisticsInput struct {
	httpfn.Write
	Body struct {
		PropertyID   string       `json:"propertyId" format:"uuid"`
		BusinessDate bizdate.Date `json:"businessDate" doc:"Open, and not later than the current business date."`
		Rooms
	}
}

type statisticsOutput struct {
	httpfn.Written
	Body struct {
		PropertyID string `json:"propertyId"`
		Statistics
		RecordedBy string `json:"recordedBy"`
		RecordedAt string `json:"recordedAt" format:"date-time"`
	}
}

func (f function) recordStatistics(ctx context.Context, in *recordStatisticsInput) (*statisticsOutput, error) {
	d, err := f.source.Desk(ctx, approval.Count, in.Body.PropertyID)
	if err != nil {
		return nil, err
	}
	do := daybook.RecordStatistics{Date: in.Body.BusinessDate, Rooms: in.Body.rooms()}
	if err := do.Check(); err != nil {
		return nil, err
	}
	r, err := d.Books.Execute(ctx, d.Desk, daybookstore.Order{Actor: d.Actor(), Key: in.IdempotencyKey, Action: do})
	if err != nil {
		return nil, err
	}
	data, _ := r.Data.(daybook.StatisticsRecorded)
	out := &statisticsOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed)}
	out.Body.PropertyID = in.Body.PropertyID
	out.Body.Statistics = showStatistics(daybook.Statistics{Date: r.Stream, Rooms: data.Rooms, Version: r.Version})
	out.Body.RecordedBy, out.Body.RecordedAt = r.Actor.Subject, api.Token(r.At)
	return out, nil
}

type listStatisticsInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	From       string `query:"from" doc:"30 days before to by default."`
	To         string `query:"to" doc:"Tomorrow by default. At most 366 days."`
	httpfn.Read
}

type statisticsListOutput struct {
	Body struct {
		Items []Statistics `json:"items" nullable:"false" doc:"Oldest first. A date of which nobody said anything has no item."`
	}
}

func (f function) statistics(ctx context.Context, in *listStatisticsInput) (*statisticsListOutput, error) {
	d, err := f.source.Desk(ctx, approval.Read, in.PropertyID)
	if err == nil {
		err = d.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	var faults fault.Faults
	from, to := entryapi.Range(d, in.From, in.To, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	all, err := d.Books.Statistics(ctx, d.Desk.Book, from, to)
	if err != nil {
		return nil, err
	}
	out := &statisticsListOutput{}
	out.Body.Items = make([]Statistics, len(all))
	for i, s := range all {
		out.Body.Items[i] = showStatistics(s)
	}
	return out, nil
}
