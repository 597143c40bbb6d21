package reportapi

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/report"
)

// AnalyticsInput says over which properties and dates an analysis is, and at which moment.
type AnalyticsInput struct {
	Houses
	Period
	api.Moment
}

// Analysis is a report made of the accounts, over one, several or all properties: a block for each
// currency, since amounts of two currencies are never added.
type Analysis[B any] struct {
	From       string  `json:"from" format:"date"`
	To         string  `json:"to" format:"date"`
	Properties []Place `json:"properties" nullable:"false" doc:"By code, or as they were asked for. A property whose books begin later is left out."`
	Currencies []B     `json:"currencies" nullable:"false" doc:"By currency."`
	Stamp
}

// Place is a property that an analysis is over.
type Place struct {
	PropertyID string `json:"propertyId"`
	Code       string `json:"code"`
	Name       string `json:"name"`
	Currency   string `json:"currency"`
}

// Block is the head of a currency's part of an analysis.
type Block struct {
	Currency   string `json:"currency"`
	Properties int    `json:"propertyCount" doc:"How many keep their books in it."`
}

// analysis is what an analysis reads with.
type analysis struct {
	dates    report.Range
	read     api.Reading
	accounts report.Accounts
}

// block is what was read of the properties of one currency.
type block[T any] struct {
	currency money.Currency
	houses   []House
	values   []T
}

func (b block[T]) head() Block {
	return Block{Currency: string(b.currency), Properties: len(b.houses)}
}

// took is a part of what was read of each property.
func took[T, P any](all []T, part func(T) P) []P {
	out := make([]P, len(all))
	for i, x := range all {
		out[i] = part(x)
	}
	return out
}

// analyse answers with an analysis: read takes what it needs of a property, show makes the block of a
// currency of it. A property is left out whose books begin later.
func analyse[T, B any](ctx context.Context, source api.Source, in *AnalyticsInput, name string, params []string,
	read func(context.Context, analysis, House) (T, error), show func(analysis, block[T]) (B, error),
) (none Answer[Analysis[B]], err error) {
	q := question{report: name, setup: true}
	if q.dates, err = in.Dates(); err != nil {
		return none, err
	}
	c, houses, err := in.Find(ctx, source)
	if err != nil {
		return none, err
	}
	single := len(in.PropertyIDs) == 1
	if single {
		if err := houses[0].since(q.dates.To); err != nil {
			return none, err
		}
	}
	q.many, q.params = len(houses) != 1, append(params, strconv.FormatBool(single))
	q.houses = slices.DeleteFunc(houses, func(h House) bool { return q.dates.To < h.GoLive })
	return answer(ctx, c, in.Moment, q, func(ctx context.Context, r api.Reading) (v Analysis[B], _ bizdate.Date, err error) {
		a := analysis{dates: q.dates, read: r}
		if a.accounts, err = r.Accounts(ctx, c.Org); err == nil {
			v, err = analyseHouses(ctx, a, q.houses, read, show)
		}
		switch {
		case err != nil:
			return v, 0, proved(ctx, err)
		case single && len(v.Properties) == 0:
			return v, 0, ErrNothingKnown
		}
		return v, q.dates.To, v.seal(v, in.Moment, r)
	})
}

// analyseHouses makes an analysis, without its stamp.
func analyseHouses[T, B any](ctx context.Context, a analysis, houses []House,
	read func(context.Context, analysis, House) (T, error), show func(analysis, block[T]) (B, error),
) (v Analysis[B], err error) {
	own, err := each(ctx, houses, func(ctx context.Context, h House) (*T, error) {
		begun, err := a.read.Begun(ctx, h.Book)
		if err != nil || !begun {
			return nil, err
		}
		x, err := read(ctx, a, h)
		return &x, err
	})
	if err != nil {
		return v, err
	}
	v = Analysis[B]{From: a.dates.From.String(), To: a.dates.To.String(), Properties: []Place{}, Currencies: []B{}}
	by := map[money.Currency]*block[T]{}
	for i, h := range houses {
		if own[i] == nil {
			continue
		}
		currency := h.Property.Currency
		v.Properties = append(v.Properties, newPlace(h))
		if by[currency] == nil {
			by[currency] = &block[T]{currency: currency}
		}
		b := by[currency]
		b.houses, b.values = append(b.houses, h), append(b.values, *own[i])
	}
	for _, currency := range slices.Sorted(maps.Keys(by)) {
		b, err := show(a, *by[currency])
		if err != nil {
			return v, err
		}
		v.Currencies = append(v.Currencies, b)
	}
	return v, nil
}

func newPlace(h House) Place {
	return Place{PropertyID: string(h.ID), Code: h.Code, Name: h.Name, Currency: string(h.Property.Currency)}
}

// ledgers are what was posted to the accounts of a property before a range and within it.
type ledgers struct{ before, within report.Sums }

// fromGoLive reads both.
func fromGoLive(ctx context.Context, a analysis, h House) (l ledgers, err error) {
	totals, err := a.read.Totals(ctx, h.Book, h.GoLive, a.dates.To)
	if err != nil {
		return l, err
	}
	if l.before, err = report.NewSums(totals, report.Range{From: h.GoLive, To: a.dates.From.AddDays(-1)}); err != nil {
		return l, err
	}
	l.within, err = report.NewSums(totals, a.dates)
	return l, err
}

// addLedgers is both over all properties of a block.
func addLedgers(b block[ledgers]) (before, within report.Sums, err error) {
	if before, err = report.AddSums(took(b.values, func(l ledgers) report.Sums { return l.before })); err != nil {
		return nil, nil, err
	}
	within, err = report.AddSums(took(b.values, func(l ledgers) report.Sums { return l.within }))
	return before, within, err
}

// within reads what was posted in the range alone.
func within(ctx context.Context, a analysis, h House) (report.Sums, error) {
	totals, err := a.read.Totals(ctx, h.Book, a.dates.From, a.dates.To)
	if err != nil {
		return nil, err
	}
	return report.NewSums(totals, a.dates)
}

func incomeOf(a analysis, b block[report.Sums]) (report.Income, error) {
	sums, err := report.AddSums(b.values)
	if err != nil {
		return report.Income{}, err
	}
	return report.NewIncome(a.accounts, sums)
}

// AccountLine is an account and an amount of it.
type AccountLine struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	Type        string `json:"type" enum:"ASSET,LIABILITY,EQUITY,INCOME,EXPENSE,UNKNOWN"`
	AmountMinor int64  `json:"amountMinor"`
}

func newLines(list []report.AccountAmount) []AccountLine {
	return took(list, func(x report.AccountAmount) AccountLine {
		return AccountLine{Code: x.Code, Name: x.Name, Type: string(x.Type), AmountMinor: x.AmountMinor}
	})
}

// Unknown says of a statement of income what it leaves out.
type Unknown struct {
	UnknownAccounts []AccountLine `json:"unknownAccounts,omitempty" doc:"Accounts that none of the organisation's charts has, debits less credits: they are in no figure here, since it cannot be said whether they are of income."`
}

func newUnknown(list []report.AccountAmount) Unknown {
	return Unknown{newLines(list)}
}

// Span is a part of a range, as text.
type Span struct {
	From string `json:"from" format:"date"`
	To   string `json:"to" format:"date"`
}

func newSpan(from, to bizdate.Date) Span { return Span{from.String(), to.String()} }
