package reportapi

import (
	"context"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/store/daybookstore"
)

// CashFlow is what came in and went out in one currency, taxes included, by payment mode and month.
type CashFlow struct {
	Block
	FlowRow
	Months []FlowRow `json:"months" nullable:"false"`
}

// FlowRow is the cash flow of a range. Cash movements are apart: nothing is earned or spent by them.
type FlowRow struct {
	Span
	PaymentModes []ModeFlow `json:"paymentModes" nullable:"false" doc:"Those that anything was paid by."`
	Flow
	TransfersInMinor  int64 `json:"transfersInMinor" doc:"Cash movements into the drawer, over/short left out."`
	TransfersOutMinor int64 `json:"transfersOutMinor"`
	OverShortMinor    int64 `json:"overShortMinor"`
	OpeningMinor      int64 `json:"openingCashMinor" doc:"In the drawer; that of a month before go-live is what the books began with."`
	ClosingMinor      int64 `json:"closingCashMinor" doc:"opening + cash net + transfers in - transfers out + over/short."`
}

// Flow is what came in and went out.
type Flow struct {
	ReceivedMinor         int64 `json:"receivedMinor" doc:"Revenues, advance deposits among them."`
	RefundedMinor         int64 `json:"refundedMinor" doc:"Reversals of revenues."`
	ExpensesMinor         int64 `json:"expensesMinor"`
	ExpensesReversedMinor int64 `json:"expensesReversedMinor" doc:"Reversals of expenses."`
	NetMinor              int64 `json:"netMinor" doc:"received - refunded - expenses + expenses reversed."`
}

// ModeFlow is the flow of a payment mode.
type ModeFlow struct {
	PaymentMode string `json:"paymentMode"`
	Flow
}

// payments are the flows and the cash of a property, month by month.
type payments struct {
	flows []report.Flows
	cash  []report.Cash
}

// NewCashFlow answers with the report. What the accounts say of each property and month is proved by the day
// rows; where accounts do not tell payments apart, the entries do.
func NewCashFlow(ctx context.Context, source api.Source, in *AnalyticsInput) (Answer[Analysis[CashFlow]], error) {
	return analyse(ctx, source, in, "cash-flow", nil, readPayments, newCashFlow)
}

func readPayments(ctx context.Context, a analysis, h House) (p payments, err error) {
	totals, sc, err := paid(ctx, a.read, a.accounts, h, a.dates)
	if err != nil {
		return p, err
	}
	months := a.dates.Months()
	parts, err := report.Parts(sc.Before, sc.Days, months, sc.LastClosed)
	if err != nil {
		return p, err
	}
	for i, m := range months {
		f, err := flowsOf(a.accounts, totals, sc, m)
		if err == nil {
			err = f.Prove(parts[i].Cash)
		}
		if err != nil {
			return p, err
		}
		p.flows, p.cash = append(p.flows, f), append(p.cash, parts[i].Cash)
	}
	return p, nil
}

// paid reads what payments are told by: totals and day rows, and entries where totals do not tell.
func paid(ctx context.Context, read api.Reading, accounts report.Accounts, h House, dates report.Range) (totals map[report.Account]report.Total, sc daybookstore.Scope, err error) {
	g, side := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		totals, err = read.Totals(side, h.Book, dates.From, dates.To)
		return err
	})
	g.Go(func() (err error) {
		sc, err = read.Scope(side, h.Book, dates.From, dates.To, daybookstore.Want{})
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, sc, err
	}
	if _, told, err := report.FlowsOf(accounts, totals, dates); err != nil || told {
		return totals, sc, err
	}
	byEntries.Add(ctx, 1)
	sc, err = read.Scope(ctx, h.Book, dates.From, dates.To, daybookstore.Want{Entries: true})
	return totals, sc, err
}

// flowsOf are the flows of a part of what paid has read.
func flowsOf(accounts report.Accounts, totals map[report.Account]report.Total, sc daybookstore.Scope, r report.Range) (report.Flows, error) {
	f, told, err := report.FlowsOf(accounts, totals, r)
	if err != nil || told {
		return f, err
	}
	return report.FlowsFrom(sc.Postings, r)
}

func newCashFlow(a analysis, b block[payments]) (v CashFlow, err error) {
	v = CashFlow{Block: b.head(), Months: []FlowRow{}}
	months := a.dates.Months()
	flows, cash := make([]report.Flows, len(months)), make([]report.Cash, len(months))
	for i, m := range months {
		if flows[i], err = report.AddFlows(took(b.values, func(p payments) report.Flows { return p.flows[i] })); err != nil {
			return v, err
		}
		if cash[i], err = report.Together(took(b.values, func(p payments) report.Cash { return p.cash[i] })); err != nil {
			return v, err
		}
		row, err := newFlowRow(m.From, m.To, flows[i], cash[i])
		if err != nil {
			return v, err
		}
		v.Months = append(v.Months, row)
	}
	all, err := report.AddFlows(flows)
	if err != nil {
		return v, err
	}
	whole, err := report.Together(cash)
	if err != nil {
		return v, err
	}
	whole.OpeningMinor, whole.ClosingMinor = cash[0].OpeningMinor, cash[len(cash)-1].ClosingMinor
	v.FlowRow, err = newFlowRow(a.dates.From, a.dates.To, all, whole)
	return v, err
}

func newFlowRow(from, to bizdate.Date, f report.Flows, c report.Cash) (v FlowRow, err error) {
	v = FlowRow{
		Span: newSpan(from, to), TransfersInMinor: c.TransfersInMinor, TransfersOutMinor: c.TransfersOutMinor, OverShortMinor: c.OverShortMinor,
		OpeningMinor: c.OpeningMinor, ClosingMinor: c.ClosingMinor,
	}
	if v.PaymentModes, err = newModes(f); err != nil {
		return v, err
	}
	all, err := f.Together()
	if err != nil {
		return v, err
	}
	v.Flow, err = newFlow(all)
	return v, err
}

// newModes are the modes that anything was paid by, in the order of the words.
func newModes(f report.Flows) ([]ModeFlow, error) {
	out := []ModeFlow{}
	for _, mode := range ledger.PaymentModes {
		x, paid := f.ByMode[mode]
		if !paid {
			continue
		}
		own, err := newFlow(x)
		if err != nil {
			return nil, err
		}
		out = append(out, ModeFlow{string(mode), own})
	}
	return out, nil
}

func newFlow(x report.Flow) (Flow, error) {
	net, err := x.NetMinor()
	return Flow{
		ReceivedMinor: x.ReceivedMinor, RefundedMinor: x.RefundedMinor,
		ExpensesMinor: x.ExpensesMinor, ExpensesReversedMinor: x.ReversedMinor, NetMinor: net,
	}, err
}
