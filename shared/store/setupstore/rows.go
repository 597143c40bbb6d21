package setupstore

import (
	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
)

// organisationRow is a new organisation, whose stream has not begun.
func organisationRow(org tenant.OrgID, o setup.Organisation) *spanner.Mutation {
	var before daybook.Hash
	return spanner.InsertMap(organizations, map[string]any{
		"OrgId": string(org), "Name": o.Name, "BaseCurrency": string(o.BaseCurrency), "Plan": o.Plan,
		"StreamVersion": int64(0), "ChainHash": before[:], "ChartVersion": int64(0), "CreatedAt": spanner.CommitTimestamp,
	})
}

// streamRow is the parent of an organisation's own stream.
func streamRow(org tenant.OrgID) *spanner.Mutation {
	return insert(properties, tenant.Book{Org: org, Property: tenant.Setup}, map[string]any{"CreatedAt": spanner.CommitTimestamp})
}

func propertyRow(book tenant.Book, p setup.Property) *spanner.Mutation {
	return insert(properties, book, map[string]any{
		"Code": p.Code, "Name": p.Name, "PropertyType": p.Type, "TimeZone": p.TimeZone,
		"CutoffMinutes": int64(p.CutoffMinutes), "Currency": string(p.Currency),
		"GoLive": civil.DateOf(p.GoLive.Time()), "RoomCount": p.RoomCount, "CreatedAt": spanner.CommitTimestamp,
	})
}
