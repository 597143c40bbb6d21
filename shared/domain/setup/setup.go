// Package setup is what an organisation agrees on before money moves: itself, its properties, its
// members, its approval policy, its chart of accounts and its budgets. Each change is an event of the
// organisation's own stream, which stands under the property id "-".
package setup

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// Stream is the id of the organisation's stream.
const Stream = "setup"

// DefaultPlan is what an organisation is on until its operator says otherwise; plans set rate limits.
const DefaultPlan = "standard"

// PropertyTypes lists what a property may be.
var PropertyTypes = []string{"HOTEL", "HOSTEL", "RESORT", "APARTMENT", "GUEST_HOUSE"}

// Organisation is the tenant.
type Organisation struct {
	Name         string         `json:"name"`
	BaseCurrency money.Currency `json:"baseCurrency"`
	Plan         string         `json:"plan"`
}

// Property is one house with its own books.
type Property struct {
	ID            tenant.PropertyID `json:"propertyId"`
	Code          string            `json:"code"` // unique in the organisation
	Name          string            `json:"name"`
	Type          string            `json:"type"` // one of PropertyTypes
	TimeZone      string            `json:"timeZone"`
	CutoffMinutes int               `json:"cutoffMinutes"` // after midnight, 0 to 1439: before it, it is still yesterday
	Currency      money.Currency    `json:"currency"`
	GoLive        bizdate.Date      `json:"goLiveDate"`
	RoomCount     int64             `json:"roomCount"`
}

// Member is somebody's part in an organisation.
type Member struct {
	Subject    string              `json:"subject"`
	Role       approval.Role       `json:"role"`
	Properties []tenant.PropertyID `json:"propertyIds"` // for roles that do not see every property
	Version    int64               `json:"-"`           // of the stream, when it was set
}

// Sees reports whether the member may know of the property.
func (m Member) Sees(p tenant.PropertyID) bool {
	return m.Role.SeesAll() || slices.Contains(m.Properties, p)
}

// Actor is the member in a decision.
func (m Member) Actor() approval.Actor {
	return approval.Actor{Subject: m.Subject, Role: m.Role, Version: m.Version}
}

// The events of the stream.
type (
	// OrganisationCreated begins the stream; its creator is the first owner.
	OrganisationCreated struct {
		Organisation
		Owner string `json:"owner"`
	}
	// PropertyCreated adds a property. Its opening is an event of its own books.
	PropertyCreated struct {
		Property
		OpeningMinor int64 `json:"openingMinor"`
	}
	// MemberSet adds or changes a member.
	MemberSet struct{ Member }
	// MemberRemoved ends a membership.
	MemberRemoved struct {
		Subject string `json:"subject"`
	}
	// PolicySet puts an approval policy in force.
	PolicySet struct{ approval.Policy }
	// ChartSet puts a chart of accounts in force.
	ChartSet struct {
		Accounts []ledger.Account `json:"accounts"`
	}
	// BudgetSet puts a property's budget for a year in the place of the one before.
	BudgetSet struct{ Budget }
)

// Type names the event.
func (OrganisationCreated) Type() daybook.EventType { return "OrganisationCreated" }

// Type names the event.
func (PropertyCreated) Type() daybook.EventType { return "PropertyCreated" }

// Type names the event.
func (MemberSet) Type() daybook.EventType { return "MemberSet" }

// Type names the event.
func (MemberRemoved) Type() daybook.EventType { return "MemberRemoved" }

// Type names the event.
func (PolicySet) Type() daybook.EventType { return "PolicySet" }

// Type names the event.
func (ChartSet) Type() daybook.EventType { return "ChartSet" }

// Type names the event.
func (BudgetSet) Type() daybook.EventType { return "BudgetSet" }

// Decode reads an event's data into the type that its reader knows it to be.
func Decode[T daybook.Data](t daybook.EventType, schema int64, raw string) (T, error) {
	var d T
	if d.Type() != t {
		return d, daybook.ErrUnknownEvent.With("type", string(t))
	}
	raw, err := daybook.Lift(t, schema, raw)
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(raw), &d); err != nil {
		return d, fmt.Errorf("%w: %s: %w", daybook.ErrBadEvent, t, err)
	}
	return d, nil
}

// The faults of a property's fields.
var (
	ErrPropertyType = fault.New(fault.Invalid, "unknown_property_type", "the type of property is unknown")
	ErrTimeZone     = fault.New(fault.Invalid, "unknown_time_zone", "the time zone is no name of the IANA database")
	ErrCutoff       = fault.New(fault.Invalid, "bad_cutoff", "the cut-off is 0 to 1439 minutes after midnight")
	ErrRoomCount    = fault.New(fault.Invalid, "bad_room_count", "the room count is 0 to 100000")
	ErrGoLive       = fault.New(fault.Invalid, "bad_go_live", "go-live is at most a year ahead")
	ErrLastOwner    = fault.New(fault.Conflict, "last_owner", "an organisation keeps at least one owner")
	ErrRole         = fault.New(fault.Invalid, "unknown_role", "the role is unknown")
)

// maxGoLiveAhead is how many days ahead a property may be set up: a year.
const maxGoLiveAhead = 366

// Check lists the faults of a property that is to be created at an instant.
func (p Property) Check(now time.Time) error {
	var f fault.Faults
	if !slices.Contains(PropertyTypes, p.Type) {
		f.Add("/type", ErrPropertyType)
	}
	if zone, err := p.Zone(); err != nil {
		f.Add("/timeZone", err)
	} else if p.GoLive > bizdate.Of(now, zone, 0).AddDays(maxGoLiveAhead) {
		f.Add("/goLiveDate", ErrGoLive)
	}
	if p.CutoffMinutes < 0 || p.CutoffMinutes > 1439 {
		f.Add("/cutoffMinutes", ErrCutoff)
	}
	_, err := money.ParseCurrency(string(p.Currency))
	f.Add("/currency", err)
	if p.RoomCount < 0 || p.RoomCount > 100_000 {
		f.Add("/roomCount", ErrRoomCount)
	}
	return f.Err()
}

// Zone is the property's time zone.
func (p Property) Zone() (*time.Location, error) {
	if p.TimeZone == "" || p.TimeZone == "Local" { // time.LoadLocation would take them for the machine's
		return nil, ErrTimeZone
	}
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return nil, ErrTimeZone
	}
	return zone, nil
}

// Check says whether the member can be one.
func (m Member) Check() error {
	var f fault.Faults
	if !slices.Contains(approval.Roles, m.Role) {
		f.Add("/role", ErrRole)
	}
	return f.Err()
}
