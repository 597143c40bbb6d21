package intake

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"innkeep.internal/scripts/import/internal/innkeep"
	"innkeep.internal/scripts/import/internal/mapping"
	"innkeep.internal/shared/core/bizdate"
)

// findProperties learns the ids of the properties and creates those that are missing, if it may.
func (in *intake) findProperties(ctx context.Context) error {
	if in.CreateProperties {
		if err := in.Mapping.Creatable(); err != nil {
			return err
		}
	}
	found, err := in.Client.Properties(ctx)
	if err != nil {
		return err
	}
	in.ids = make(map[string]string, len(found))
	for code, p := range found {
		in.ids[code] = p.ID
	}
	var missing []mapping.Property
	var codes []string
	for _, name := range slices.Sorted(maps.Keys(in.Mapping.Properties)) {
		if p := in.Mapping.Properties[name]; in.ids[p.Code] == "" {
			missing, codes = append(missing, p), append(codes, p.Code)
		}
	}
	if len(missing) > 0 && !in.CreateProperties {
		return fmt.Errorf("the server has no property %s; --create-properties creates what is missing", strings.Join(codes, ", "))
	}
	for _, p := range missing {
		if err := in.create(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// create creates a property, or finds the one that somebody created in between.
func (in *intake) create(ctx context.Context, p mapping.Property) error {
	created, err := in.Client.CreateProperty(ctx, innkeep.NewProperty{
		Code: p.Code, Name: p.Name, Type: p.Type, TimeZone: p.TimeZone, CutoffMinutes: p.CutoffMinutes,
		Currency:   cmp.Or(p.Currency, in.Mapping.Currency),
		GoLiveDate: in.GoLive, OpeningMinor: p.OpeningMinor, RoomCount: p.RoomCount,
	})
	if innkeep.IsCode(err, "property_code_exists") {
		found, listErr := in.Client.Properties(ctx)
		if listErr != nil {
			return listErr
		}
		if other, ok := found[p.Code]; ok {
			in.ids[p.Code] = other.ID
			return nil
		}
	}
	if err != nil {
		return err
	}
	in.ids[p.Code] = created.ID
	in.tally.created = append(in.tally.created, p.Code)
	return nil
}

// closeDays closes, for each property with accepted lines, the day before the last business date of
// them; that closes every earlier open day. A property whose lines have one date is left open.
func (in *intake) closeDays(ctx context.Context) error {
	for _, code := range slices.Sorted(maps.Keys(in.tally.dates)) {
		dates := in.tally.dates[code]
		if dates.first == dates.last {
			continue
		}
		last, err := bizdate.Parse(dates.last)
		if err != nil {
			return err
		}
		date := last.AddDays(-1).String()
		done, err := in.Client.CloseDay(ctx, in.ids[code], date)
		if err != nil {
			return err
		}
		in.tally.closed = append(in.tally.closed, Closed{Property: code, Date: date, Already: !done})
	}
	return nil
}
