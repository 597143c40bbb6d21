package eventapi

import (
	"strconv"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/eventlog"
)

// ofEntry are the types of event that are passed on, and whether their facts are about an entry. One
// that is not here parks: nobody outside could know what it means. Each version of each has a schema
// under schemas/events.
var ofEntry = map[daybook.EventType]bool{
	daybook.TypeOpeningSet:             false,
	daybook.TypeEntryRecorded:          true,
	daybook.TypeEntryApproved:          true,
	daybook.TypeEntryRejected:          true,
	daybook.TypeEntryWithdrawn:         true,
	daybook.TypeEntryReversed:          true,
	daybook.TypeCashCounted:            false,
	daybook.TypeDayClosed:              false,
	daybook.TypeDayReopened:            false,
	daybook.TypeDailyGranted:           false,
	daybook.TypeStatisticsRecorded:     false,
	setup.OrganisationCreated{}.Type(): false,
	setup.PropertyCreated{}.Type():     false,
	setup.MemberSet{}.Type():           false,
	setup.MemberRemoved{}.Type():       false,
	setup.PolicySet{}.Type():           false,
	setup.ChartSet{}.Type():            false,
	setup.BudgetSet{}.Type():           false,
}

// known is nil for an event whose type and schema version this program knows. Older versions are
// passed on as they stand, under their own schema.
func known(e eventlog.Stored) error {
	_, listed := ofEntry[e.Type]
	if !listed || e.Schema < daybook.SchemaVersion || e.Schema > daybook.CurrentSchema(e.Type) {
		return daybook.ErrUnknownEvent.With("type", versioned(e.Type, e.Schema))
	}
	return nil
}

// Type is the CloudEvents type of an event: "innkeep.EntryRecorded.v1". Another version is another
// type, so that who takes one is not given the other.
func Type(t daybook.EventType, schema int64) string { return "innkeep." + versioned(t, schema) }

// dataSchema names the file under schemas/events that describes the data. CloudEvents wants an
// absolute URI here; a URN is one, and promises no host that serves it.
func dataSchema(t daybook.EventType, schema int64) string {
	return "urn:innkeep:events:" + versioned(t, schema)
}

func versioned(t daybook.EventType, schema int64) string {
	return string(t) + ".v" + strconv.FormatInt(schema, 10)
}
