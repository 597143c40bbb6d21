package export

import (
	"context"
	"iter"
	"strconv"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/exportapi"
	"innkeep.internal/shared/api/reportapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

// chunkDays is how many dates are read at a time: what the daily report lists the entries of.
const chunkDays = 31

// entries is what was posted in a range, in the order of the daily reports of its dates. The first
// part of it is read before the file begins, so that what can be refused is refused; the others follow
// while it is written, at the moment of the first.
func entries(reading, writing context.Context, f function, in *input) (named, error) {
	if in.From.IsZero() || in.To.IsZero() {
		return named{}, reportapi.ErrDateOrRange
	}
	if err := daybookstore.CheckRange(in.From, in.To); err != nil {
		return named{}, err
	}
	_, h, err := reportapi.One(reading, f.source, in.PropertyIDs[0])
	if err != nil {
		return named{}, err
	}
	from := max(in.From, min(h.GoLive, in.To)) // a range that ends before is refused by the report
	begin := in.Moment
	begin.CacheControl = "no-cache" // the other parts are read at its moment: none may have changed since
	first, err := f.chunk(reading, in, from, begin)
	if err != nil {
		return named{}, err
	}
	at := in.Moment
	at.Read = httpfn.Read{} // the first part has honoured the token
	if at.AsOf, err = time.Parse(time.RFC3339Nano, first.AsOf); err != nil {
		return named{}, err
	}
	s, err := exportapi.Stream("Entries", h.Property.Currency, f.chunks(writing, in, from, first, at))
	if err != nil {
		return named{}, err
	}
	s.Note = "What was posted, in its order, without what has become of it since."
	facts := []document.Fact{
		houseFact(h), {Label: "Property id", Value: in.PropertyIDs[0]}, {Label: "Currency", Value: string(h.Property.Currency)},
		{Label: "From", Value: in.From.String()}, {Label: "To", Value: in.To.String()}, {Label: "As of", Value: first.AsOf},
	}
	if first.KnownAt != "" {
		facts = append(facts, document.Fact{Label: "Known at", Value: first.KnownAt})
	}
	facts = append(facts, document.Fact{Label: "Formula version", Value: strconv.Itoa(first.FormulaVersion)})
	return named{document.Document{
		Title: "Entries", Subtitle: h.Name + ", " + between(in.From.String(), in.To.String()), Facts: facts, Sections: []document.Section{s},
	}, []string{"entries", h.Code, in.From.String(), rest(in.From.String(), in.To.String())}}, nil
}

// chunk is the report of as many dates as one lists the entries of, from a date on.
func (f function) chunk(ctx context.Context, in *input, from bizdate.Date, at api.Moment) (reportapi.Daily, error) {
	return reportapi.View(reportapi.NewDaily(ctx, f.source, &reportapi.DailyInput{
		PropertyID: in.PropertyIDs[0], From: from, To: min(from.AddDays(chunkDays-1), in.To), Include: []string{"entries"}, Moment: at,
	}))
}

// chunks are the entries of the first part and then of the others, which are read when they are
// asked for.
func (f function) chunks(ctx context.Context, in *input, from bizdate.Date, first reportapi.Daily, at api.Moment) iter.Seq2[reportapi.Posting, error] {
	return func(yield func(reportapi.Posting, error) bool) {
		part := first
		for {
			for _, e := range part.Entries {
				if !yield(e, nil) {
					return
				}
			}
			if from = from.AddDays(chunkDays); from > in.To {
				return
			}
			reading, cancel := context.WithTimeout(ctx, api.ReportTimeout)
			next, err := f.chunk(reading, in, from, at)
			cancel()
			if err != nil {
				yield(reportapi.Posting{}, err)
				return
			}
			part = next
		}
	}
}
