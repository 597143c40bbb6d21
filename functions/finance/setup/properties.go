package setup

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/setupstore"
)

// NewProperty is a property to be created.
type NewProperty struct {
	Code          string       `json:"code" minLength:"1" maxLength:"20" pattern:"^[A-Za-z0-9_-]+$" doc:"Unique in the organisation."`
	Name          string       `json:"name" minLength:"1" maxLength:"200"`
	Type          string       `json:"type" enum:"HOTEL,HOSTEL,RESORT,APARTMENT,GUEST_HOUSE"`
	TimeZone      string       `json:"timeZone" minLength:"1" maxLength:"64" doc:"A name of the IANA database, such as Europe/Lisbon."`
	CutoffMinutes int          `json:"cutoffMinutes,omitempty" doc:"Minutes after midnight, 0 to 1439, before which it is still yesterday's business date."`
	Currency      string       `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217."`
	GoLiveDate    bizdate.Date `json:"goLiveDate" doc:"The first business date of the books."`
	OpeningMinor  int64        `json:"openingMinor,omitempty" doc:"Cash in the drawer at go-live, in minor units."`
	RoomCount     int64        `json:"roomCount,omitempty" doc:"0 to 100000."`
}

// Property is a property as the API shows it.
type Property struct {
	PropertyID    string `json:"propertyId"`
	Code          string `json:"code"`
	Name          string `json:"name"`
	Type          string `json:"type"`
	TimeZone      string `json:"timeZone"`
	CutoffMinutes int    `json:"cutoffMinutes"`
	Currency      string `json:"currency"`
	GoLiveDate    string `json:"goLiveDate" format:"date"`
	RoomCount     int64  `json:"roomCount"`
}

func show(p setup.Property) Property {
	return Property{
		PropertyID: string(p.ID), Code: p.Code, Name: p.Name, Type: p.Type, TimeZone: p.TimeZone,
		CutoffMinutes: p.CutoffMinutes, Currency: string(p.Currency), GoLiveDate: p.GoLive.String(), RoomCount: p.RoomCount,
	}
}

type createPropertyInput struct {
	httpfn.Write
	Body NewProperty
}

type propertyOutput struct {
	httpfn.Written
	Body Property
}

func (f function) createProperty(ctx context.Context, in *createPropertyInput) (*propertyOutput, error) {
	c, err := f.source.Caller(ctx, approval.SetUp)
	if err != nil {
		return nil, err
	}
	b := in.Body
	res, err := c.Setup.CreateProperty(ctx, changeOf(c, in.IdempotencyKey, b), setup.Property{
		Code: b.Code, Name: b.Name, Type: b.Type, TimeZone: b.TimeZone, CutoffMinutes: b.CutoffMinutes,
		Currency: money.Currency(b.Currency), GoLive: b.GoLiveDate, RoomCount: b.RoomCount,
	}, b.OpeningMinor)
	if err != nil {
		return nil, err
	}
	return &propertyOutput{Written: httpfn.NewWritten(api.Token(res.At), res.Replayed), Body: show(res.Data.Property)}, nil
}

func changeOf(c api.Caller, key string, request any) setupstore.Change {
	return setupstore.Change{Org: c.Org, Actor: c.Actor(), Key: key, Request: request}
}

type listInput struct{ httpfn.Read }

type propertiesOutput struct {
	Body struct {
		Items []Property `json:"items" nullable:"false" doc:"By code."`
	}
}

func (f function) properties(ctx context.Context, in *listInput) (*propertiesOutput, error) {
	c, err := f.reader(ctx, in.ConsistencyToken)
	if err != nil {
		return nil, err
	}
	all, err := c.Setup.Properties(ctx, c.Org)
	if err != nil {
		return nil, err
	}
	out := &propertiesOutput{}
	out.Body.Items = make([]Property, 0, len(all))
	for _, p := range all {
		if c.Member.Sees(p.ID) {
			out.Body.Items = append(out.Body.Items, show(p))
		}
	}
	return out, nil
}

// reader is a caller who only reads.
func (f function) reader(ctx context.Context, token string) (api.Caller, error) {
	c, err := f.source.Caller(ctx, approval.Read)
	if err != nil {
		return c, err
	}
	return c, c.CheckToken(token)
}

type openingInput struct {
	PropertyID string `path:"propertyId" maxLength:"100"`
	httpfn.Write
	Body struct {
		OpeningMinor int64 `json:"openingMinor" doc:"Cash in the drawer at go-live, in minor units."`
	}
}

type openingOutput struct {
	httpfn.Written
	Body struct {
		PropertyID   string `json:"propertyId"`
		GoLiveDate   string `json:"goLiveDate" format:"date"`
		OpeningMinor int64  `json:"openingMinor"`
		Currency     string `json:"currency"`
	}
}

func (f function) setOpening(ctx context.Context, in *openingInput) (*openingOutput, error) {
	d, err := f.source.Desk(ctx, approval.SetUp, in.PropertyID)
	if err != nil {
		return nil, err
	}
	do := daybook.SetOpening{OpeningMinor: in.Body.OpeningMinor}
	var faults fault.Faults
	faults.Add("/openingMinor", do.Check())
	if err := faults.Err(); err != nil {
		return nil, err
	}
	r, err := d.Books.Execute(ctx, d.Desk, daybookstore.Order{Actor: d.Actor(), Key: in.IdempotencyKey, Action: do})
	if err != nil {
		return nil, err
	}
	data, _ := r.Data.(daybook.OpeningSet)
	out := &openingOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed)}
	out.Body.PropertyID, out.Body.GoLiveDate = in.PropertyID, r.Stream.String()
	out.Body.OpeningMinor, out.Body.Currency = data.OpeningMinor, string(data.Currency)
	return out, nil
}
