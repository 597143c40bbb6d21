package report

import (
	"strings"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// ErrCell means that a report has no such figure.
var ErrCell = fault.New(fault.Invalid, "unknown_cell", "the report has no such figure: see the list of cells")

// Cell is a figure of a cash report, with what goes into it.
type Cell struct {
	Name    string
	Formula string // in the words of the report
	Opening bool   // the range's opening is part of it
	effect  func(daybook.Entry, daybook.Flows) money.Sum
}

// flow is a cell that the flows of entries make up.
func flow(name, formula string, opening bool, f func(daybook.Flows) money.Sum) Cell {
	return Cell{name, formula, opening, func(_ daybook.Entry, x daybook.Flows) money.Sum { return f(x) }}
}

// cells are the figures of a cash report (DOMAIN.md, "Arithmetic of a day").
var cells = []Cell{
	flow("opening", "the closing of the latest earlier day", true, func(daybook.Flows) money.Sum { return money.Sum{} }),
	flow("cashReceived", "revenues in cash", false, func(f daybook.Flows) money.Sum { return money.NewSum(f.CashReceivedMinor) }),
	flow("bankReceived", "revenues in every other mode", false, func(f daybook.Flows) money.Sum { return money.NewSum(f.BankReceivedMinor) }),
	flow("totalReceived", "cashReceived + bankReceived", false, received),
	flow("cashExpenses", "expenses in cash", false, func(f daybook.Flows) money.Sum { return money.NewSum(f.CashExpensesMinor) }),
	flow("bankExpenses", "expenses in every other mode", false, func(f daybook.Flows) money.Sum { return money.NewSum(f.BankExpensesMinor) }),
	flow("totalExpenses", "cashExpenses + bankExpenses", false, spent),
	flow("transfersIn", "cash movements into the drawer, without over", false, func(f daybook.Flows) money.Sum { return money.NewSum(f.TransfersInMinor) }),
	flow("transfersOut", "cash movements out of the drawer, without short", false, func(f daybook.Flows) money.Sum { return money.NewSum(f.TransfersOutMinor) }),
	flow("overShort", "over - short", false, func(f daybook.Flows) money.Sum { return money.NewSum(f.OverShortMinor) }),
	flow("closing", "opening + cashReceived + transfersIn - cashExpenses - transfersOut + overShort", true, drawer),
	flow("netCashFlow", "totalReceived - totalExpenses", false, func(f daybook.Flows) money.Sum {
		return received(f).Sub(f.CashExpensesMinor).Sub(f.BankExpensesMinor)
	}),
}

func received(f daybook.Flows) money.Sum {
	return money.NewSum(f.CashReceivedMinor).Add(f.BankReceivedMinor)
}

func spent(f daybook.Flows) money.Sum {
	return money.NewSum(f.CashExpensesMinor).Add(f.BankExpensesMinor)
}

// drawer is what flows do to the cash in the drawer.
func drawer(f daybook.Flows) money.Sum {
	return money.NewSum(f.CashReceivedMinor).Add(f.TransfersInMinor).Sub(f.CashExpensesMinor).Sub(f.TransfersOutMinor).Add(f.OverShortMinor)
}

// CellNames lists the cells; those with a dot take a code behind it.
func CellNames() []string {
	var names []string
	for _, c := range cells {
		names = append(names, c.Name)
	}
	return append(names, "received.<payment mode>", "expenses.<payment mode>", "source.<source>", "category.<category>", "account.<code>")
}

// FindCell is the figure of a name; ErrCell when there is none.
func FindCell(name string) (Cell, error) {
	for _, c := range cells {
		if c.Name == name {
			return c, nil
		}
	}
	kind, code, _ := strings.Cut(name, ".")
	if code == "" {
		return Cell{}, ErrCell
	}
	gross := func(formula string, k ledger.Kind, of func(daybook.Entry) string) (Cell, error) {
		return Cell{Name: name, Formula: formula, effect: func(e daybook.Entry, _ daybook.Flows) money.Sum {
			if e.Kind != k || of(e) != code {
				return money.Sum{}
			}
			return money.NewSum(e.AmountMinor)
		}}, nil
	}
	mode := func(e daybook.Entry) string { return string(e.Mode) }
	category := func(e daybook.Entry) string { return e.Category }
	switch kind {
	case "received":
		return gross("revenues in this mode, gross", ledger.Revenue, mode)
	case "expenses":
		return gross("expenses in this mode, gross", ledger.Expense, mode)
	case "source":
		return gross("revenues of this source, gross", ledger.Revenue, category)
	case "category":
		return gross("expenses of this category, gross", ledger.Expense, category)
	case "account":
		return Cell{Name: name, Formula: "debits - credits of the account", effect: func(e daybook.Entry, _ daybook.Flows) money.Sum {
			return OnAccount(e.Legs, code)
		}}, nil
	}
	return Cell{}, ErrCell
}

// Account is the account that the cell is about; empty for a cell of another kind.
func (c Cell) Account() string {
	code, _ := strings.CutPrefix(c.Name, "account.")
	if code == c.Name {
		return ""
	}
	return code
}

// OnAccount is what legs do to an account: debits less credits.
func OnAccount(legs []ledger.Leg, code string) money.Sum {
	var s money.Sum
	for _, l := range legs {
		if l.Account == code {
			s = s.Add(l.AmountMinor)
		}
	}
	return s
}

// Effect is what an entry that counts in the range adds to the cell; 0 for one that has no part in it.
func (c Cell) Effect(e daybook.Entry) (int64, error) {
	f, err := e.Flows()
	if err != nil {
		return 0, err
	}
	s := c.effect(e, f)
	return s.Minor, s.Err
}

// Change is what one event does to a cash report: to the flows of the range, and to its opening.
type Change struct {
	daybook.Flows
	OpeningMinor int64
}

// ClosingMinor is what the change does to the closing.
func (c Change) ClosingMinor() (int64, error) {
	s := drawer(c.Flows).Add(c.OpeningMinor)
	return s.Minor, s.Err
}

// ChangeOf is what an event does to the cash report of a range; false when it changes nothing that the
// report shows. Events of later dates change nothing; of earlier ones, what they do to the drawer moves
// the opening.
func ChangeOf(r Range, e daybook.Event) (Change, bool, error) {
	if e.Stream > r.To {
		return Change{}, false, nil
	}
	if set, ok := e.Data.(daybook.OpeningSet); ok {
		s := money.NewSum(set.OpeningMinor).Sub(set.PreviousMinor)
		return Change{OpeningMinor: s.Minor}, true, s.Err
	}
	f, posts, err := e.Flows()
	switch {
	case err != nil:
		return Change{}, false, err
	case !posts && e.Stream >= r.From:
		return Change{}, shown(e.Data), nil
	case !posts:
		return Change{}, false, nil
	case e.Stream >= r.From:
		return Change{Flows: f}, true, nil
	}
	s := drawer(f)
	return Change{OpeningMinor: s.Minor}, s.Minor != 0, s.Err
}

// shown reports whether a report shows that the event happened although it moves no money.
func shown(data daybook.Data) bool {
	switch data.(type) {
	case daybook.CashCounted, daybook.DayClosed, daybook.DayReopened:
		return true
	}
	return false
}

// Figure is the cash report's figure of a cell's name; false for cells that it does not have.
func (c Cash) Figure(name string) (int64, bool) {
	f, ok := map[string]int64{
		"opening": c.OpeningMinor, "cashReceived": c.CashReceivedMinor, "bankReceived": c.BankReceivedMinor,
		"totalReceived": c.TotalReceivedMinor, "cashExpenses": c.CashExpensesMinor, "bankExpenses": c.BankExpensesMinor,
		"totalExpenses": c.TotalExpensesMinor, "transfersIn": c.TransfersInMinor, "transfersOut": c.TransfersOutMinor,
		"overShort": c.OverShortMinor, "closing": c.ClosingMinor, "netCashFlow": c.NetCashFlowMinor,
	}[name]
	return f, ok
}
