package report

import (
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// ErrFlowsDiffer is a defect: what accounts say of payments is not what the day rows say.
var ErrFlowsDiffer = fault.New(fault.Internal, "flows_differ", "the accounts and the days differ in what was received or spent")

// Flow is what came in and went out by one payment mode, gross. No part is negative.
type Flow struct {
	ReceivedMinor int64
	RefundedMinor int64 // revenues that were reversed
	ExpensesMinor int64
	ReversedMinor int64 // expenses that were reversed
}

// Flows are the payments of a range, and what of them is not earned or spent.
type Flows struct {
	ByMode map[ledger.PaymentMode]Flow
	// TaxesCollectedMinor are the taxes in revenues, TaxesPaidMinor those in expenses, reversals with
	// the opposite sign.
	TaxesCollectedMinor int64
	TaxesPaidMinor      int64
	// DepositsReceivedMinor are advance deposits, net of tax, DepositsReleasedMinor those given back.
	DepositsReceivedMinor int64
	DepositsReleasedMinor int64
	// ToBankMinor is cash brought to the bank less cash fetched from it, reversals with the opposite sign.
	ToBankMinor int64
}

// FlowsOf reads the payments of a range from the totals of its accounts: a payment has its mode, its
// revenue or expense account and those of its taxes, and a reversal stands on their other side. false
// when something was posted to an account that has had several roles, or that no chart knows: then
// FlowsFrom has to say what the entries were.
func FlowsOf(a Accounts, totals map[Account]Total, r Range) (_ Flows, told bool, err error) {
	f := Flows{ByMode: map[ledger.PaymentMode]Flow{}}
	add := adder{}
	for k, t := range totals {
		if !r.Contains(k.PostedDate) {
			continue
		}
		m := f.ByMode[k.Mode]
		net := t.DebitMinor - t.CreditMinor
		switch a.role(k.Code) {
		case roleMixed:
			return Flows{}, false, nil
		case roleTaxOut:
			f.received(&m, t, &add)
			add.to(&f.TaxesCollectedMinor, -net)
		case roleDeposit:
			f.received(&m, t, &add)
			add.to(&f.DepositsReceivedMinor, t.CreditMinor)
			add.to(&f.DepositsReleasedMinor, t.DebitMinor)
		case roleRevenue:
			f.received(&m, t, &add)
		case roleTaxIn:
			f.spent(&m, t, &add)
			add.to(&f.TaxesPaidMinor, net)
		case roleExpense:
			f.spent(&m, t, &add)
		case roleBank:
			if k.Mode == ledger.Cash {
				add.to(&f.ToBankMinor, net)
			}
			continue
		default:
			continue
		}
		f.ByMode[k.Mode] = m
	}
	return f, true, add.err
}

func (f *Flows) received(m *Flow, t Total, add *adder) {
	add.to(&m.ReceivedMinor, t.CreditMinor)
	add.to(&m.RefundedMinor, t.DebitMinor)
}

func (f *Flows) spent(m *Flow, t Total, add *adder) {
	add.to(&m.ExpensesMinor, t.DebitMinor)
	add.to(&m.ReversedMinor, t.CreditMinor)
}

// FlowsFrom reads the same from the entries that were posted in a range.
func FlowsFrom(postings []daybook.Entry, r Range) (Flows, error) {
	f := Flows{ByMode: map[ledger.PaymentMode]Flow{}}
	add := adder{}
	for _, e := range postings {
		if !r.Contains(e.PostedDate) {
			continue
		}
		m := f.ByMode[e.Mode]
		tax := e.AmountMinor - e.NetMinor
		switch e.Kind {
		case ledger.Revenue:
			signed(e.AmountMinor, &m.ReceivedMinor, &m.RefundedMinor, &add)
			add.to(&f.TaxesCollectedMinor, tax)
			if ledger.CategoryUse(e.Kind, e.Category) == useDeposit {
				signed(e.NetMinor, &f.DepositsReceivedMinor, &f.DepositsReleasedMinor, &add)
			}
		case ledger.Expense:
			signed(e.AmountMinor, &m.ExpensesMinor, &m.ReversedMinor, &add)
			add.to(&f.TaxesPaidMinor, tax)
		default:
			switch ledger.MovementKind(e.Category) {
			case ledger.BankDeposit:
				add.to(&f.ToBankMinor, e.AmountMinor)
			case ledger.BankWithdrawal:
				add.to(&f.ToBankMinor, -e.AmountMinor)
			}
			continue
		}
		f.ByMode[e.Mode] = m
	}
	return f, add.err
}

// signed adds an amount to one of two sums by its sign.
func signed(minor int64, positive, negative *int64, add *adder) {
	if minor >= 0 {
		add.to(positive, minor)
	} else {
		add.to(negative, -minor)
	}
}

// AddFlows is several flows of one currency together.
func AddFlows(all []Flows) (Flows, error) {
	out := Flows{ByMode: map[ledger.PaymentMode]Flow{}}
	add := adder{}
	for _, f := range all {
		for mode, x := range f.ByMode {
			out.ByMode[mode] = out.ByMode[mode].plus(x, &add)
		}
		add.to(&out.TaxesCollectedMinor, f.TaxesCollectedMinor)
		add.to(&out.TaxesPaidMinor, f.TaxesPaidMinor)
		add.to(&out.DepositsReceivedMinor, f.DepositsReceivedMinor)
		add.to(&out.DepositsReleasedMinor, f.DepositsReleasedMinor)
		add.to(&out.ToBankMinor, f.ToBankMinor)
	}
	return out, add.err
}

func (x Flow) plus(y Flow, add *adder) Flow {
	add.to(&x.ReceivedMinor, y.ReceivedMinor)
	add.to(&x.RefundedMinor, y.RefundedMinor)
	add.to(&x.ExpensesMinor, y.ExpensesMinor)
	add.to(&x.ReversedMinor, y.ReversedMinor)
	return x
}

// Together is the flow of all modes, or of all but some.
func (f Flows) Together(but ...ledger.PaymentMode) (Flow, error) {
	var sum Flow
	add := adder{}
next:
	for mode, x := range f.ByMode {
		for _, b := range but {
			if mode == b {
				continue next
			}
		}
		sum = sum.plus(x, &add)
	}
	return sum, add.err
}

// NetReceivedMinor is what came in less what of it was reversed. Neither is negative.
func (x Flow) NetReceivedMinor() int64 { return x.ReceivedMinor - x.RefundedMinor }

// NetExpensesMinor is what was spent less what of it was reversed.
func (x Flow) NetExpensesMinor() int64 { return x.ExpensesMinor - x.ReversedMinor }

// NetMinor is net received less net expenses.
func (x Flow) NetMinor() (int64, error) {
	return money.SubMinor(x.NetReceivedMinor(), x.NetExpensesMinor())
}

// Prove compares the flows of a range with its cash report, which is made of the day rows: cash, and all
// other modes together. ErrFlowsDiffer where they are not equal: then one of the two has a defect.
func (f Flows) Prove(c Cash) error {
	cash := f.ByMode[ledger.Cash]
	bank, err := f.Together(ledger.Cash)
	if err != nil {
		return err
	}
	if cash.NetReceivedMinor() != c.CashReceivedMinor || cash.NetExpensesMinor() != c.CashExpensesMinor ||
		bank.NetReceivedMinor() != c.BankReceivedMinor || bank.NetExpensesMinor() != c.BankExpensesMinor {
		return ErrFlowsDiffer
	}
	return nil
}
