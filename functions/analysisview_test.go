package functions_test

// analysisBlock is what the analyses say of a currency, as far as tests look.
type analysisBlock struct {
	Currency          string
	PropertyCount     int
	Balanced          bool
	Accounts          []balanceLine
	RevenueMinor      int64
	ExpensesMinor     int64
	NetIncomeMinor    int64
	ChangeInCashMinor int64
	UnclassifiedMinor int64
	Departments       []struct {
		Schedule                                 int
		Code                                     string
		RevenueMinor, ExpensesMinor, ProfitMinor int64
	}
	Rows []struct {
		From                   string
		RevenueMinor, NetMinor int64
		NetChangeBasisPoints   *int64
	}
	Months []flowRow
	flowRow
	Properties []struct {
		Code           string
		NetIncomeMinor int64
		Rooms          roomFigures
		Ranks          struct{ NetIncome, RevPAR *int }
	}
}

type balanceLine struct {
	Code, Name, Type                                    string
	OpeningMinor, DebitMinor, CreditMinor, ClosingMinor int64
}

type flowRow struct {
	PaymentModes []modeFlow
	ReceivedMinor, RefundedMinor, ExpensesReversedMinor, NetMinor,
	TransfersInMinor, TransfersOutMinor, OverShortMinor, OpeningCashMinor, ClosingCashMinor int64
}

type modeFlow struct {
	PaymentMode                                                                  string
	ReceivedMinor, RefundedMinor, ExpensesMinor, ExpensesReversedMinor, NetMinor int64
}

type roomFigures struct {
	Days, DaysRecorded                          int
	OccupancyBasisPoints, ADRMinor, RevPARMinor *int64
	RoomsSold                                   *int64
}

// analysis asks for one, with more of a query; raw is the answer without its moment.
func (p person) analysis(name, query string) (blocks map[string]analysisBlock, raw string) {
	p.t.Helper()
	a := p.must(200, "GET", "/v1/reports/analytics/"+name+"?"+query, "")
	var v struct{ Currencies []analysisBlock }
	a.into(&v)
	blocks = map[string]analysisBlock{}
	for _, b := range v.Currencies {
		blocks[b.Currency] = b
	}
	if len(blocks) != len(v.Currencies) {
		p.t.Errorf("%s has a currency twice: %s", name, a.Raw)
	}
	return blocks, moments.ReplaceAllString(a.Raw, "")
}

func (b analysisBlock) account(code string) balanceLine {
	for _, x := range b.Accounts {
		if x.Code == code {
			return x
		}
	}
	return balanceLine{}
}

func (f flowRow) mode(mode string) modeFlow {
	for _, x := range f.PaymentModes {
		if x.PaymentMode == mode {
			return x
		}
	}
	return modeFlow{}
}
