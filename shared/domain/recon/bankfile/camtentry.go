package bankfile

import (
	"strings"

	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/recon"
)

// The elements of camt.053 that are read, by their local names: namespaces differ by version.
type (
	camtDocument struct {
		Body *struct {
			Statements []camtStatement `xml:"Stmt"`
		} `xml:"BkToCstmrStmt"`
	}
	camtStatement struct {
		ID     string `xml:"Id"`
		Period *struct {
			From string `xml:"FrDtTm"`
			To   string `xml:"ToDtTm"`
		} `xml:"FrToDt"`
		IBAN     string        `xml:"Acct>Id>IBAN"`
		Other    string        `xml:"Acct>Id>Othr>Id"`
		Balances []camtBalance `xml:"Bal"`
		Entries  []camtEntry   `xml:"Ntry"`
	}
	camtBalance struct {
		Code      string     `xml:"Tp>CdOrPrtry>Cd"`
		Amount    camtAmount `xml:"Amt"`
		Direction string     `xml:"CdtDbtInd"`
		Date      camtOn     `xml:"Dt"`
		Line      int        `xml:"_line,attr"` // the guard's
	}
	camtAmount struct {
		Currency string `xml:"Ccy,attr"`
		Text     string `xml:",chardata"`
	}
	camtOn struct {
		Date string `xml:"Dt"`
		Time string `xml:"DtTm"`
	}
	camtEntry struct {
		Amount    camtAmount   `xml:"Amt"`
		Direction string       `xml:"CdtDbtInd"`
		Status    camtStatus   `xml:"Sts"`
		Booked    camtOn       `xml:"BookgDt"`
		Value     camtOn       `xml:"ValDt"`
		Reference string       `xml:"AcctSvcrRef"`
		Info      string       `xml:"AddtlNtryInf"`
		Details   []camtDetail `xml:"NtryDtls>TxDtls"`
		Line      int          `xml:"_line,attr"` // the guard's
	}
	camtStatus struct {
		Text string `xml:",chardata"` // up to version 04
		Code string `xml:"Cd"`        // since
	}
	camtDetail struct {
		EndToEnd   string      `xml:"Refs>EndToEndId"`
		Servicer   string      `xml:"Refs>AcctSvcrRef"`
		Amount     *camtAmount `xml:"Amt"`               // since version 04
		Transacted *camtAmount `xml:"AmtDtls>TxAmt>Amt"` // before
		Direction  string      `xml:"CdtDbtInd"`
		Remittance []string    `xml:"RmtInf>Ustrd"`
		Creditor   []string    `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
		Info       string      `xml:"AddtlTxInf"`
	}
)

func (s camtStatement) account() string {
	if s.IBAN != "" {
		return s.IBAN
	}
	return s.Other
}

func (o camtOn) text() string {
	if o.Date != "" {
		return o.Date
	}
	return o.Time
}

func (e camtEntry) status() string {
	if e.Status.Code != "" {
		return e.Status.Code
	}
	return strings.TrimSpace(e.Status.Text)
}

// lines are what an entry is kept as: a line a detail where the details add up to it, else one.
func (e camtEntry) lines(c money.Currency, f *faults) []recon.Line {
	l := recon.Line{
		BookingDate: camtDate(e.Booked.text()), ValueDate: camtDate(e.Value.text()),
		BankReference: short(e.Reference, maxReference),
	}
	var err error
	l.AmountMinor, err = e.Amount.signed(e.Direction, c)
	switch {
	case err != nil:
	case l.AmountMinor == 0:
		err = ErrZero
	case l.BookingDate.IsZero():
		err = ErrDate
	}
	if err != nil {
		f.at(e.Line, "", err)
		return nil
	}
	if parts, whole := e.parts(c, l.AmountMinor); whole {
		out := make([]recon.Line, len(parts))
		for i, d := range e.Details {
			out[i] = l
			out[i].AmountMinor = parts[i]
			d.tell(&out[i], e.Info)
		}
		return out
	}
	one := camtDetail{Info: e.Info}
	for _, d := range e.Details {
		one.Remittance = append(one.Remittance, d.words()...)
		if len(e.Details) == 1 {
			one.EndToEnd, one.Servicer, one.Creditor = d.EndToEnd, d.Servicer, d.Creditor
		} else {
			one.Remittance = append(one.Remittance, d.reference())
		}
	}
	one.tell(&l, "")
	return []recon.Line{l}
}

// parts are the amounts of an entry's details; false unless there are several, in the account's
// currency, none of them zero, that make the entry's amount.
func (e camtEntry) parts(c money.Currency, amount int64) ([]int64, bool) {
	if len(e.Details) < 2 {
		return nil, false
	}
	out := make([]int64, len(e.Details))
	sum := money.Sum{}
	for i, d := range e.Details {
		a, direction := d.Amount, d.Direction
		if a == nil {
			a = d.Transacted
		}
		if direction == "" {
			direction = e.Direction
		}
		if a == nil {
			return nil, false
		}
		n, err := a.signed(direction, c)
		if err != nil || n == 0 {
			return nil, false
		}
		out[i] = n
		sum = sum.Add(n)
	}
	return out, sum.Err == nil && sum.Minor == amount
}

// reference is the payment's own name; NOTPROVIDED is ISO 20022's word for none.
func (d camtDetail) reference() string {
	for _, s := range append([]string{d.EndToEnd}, d.Creditor...) {
		if s = short(s, maxReference); s != "" && s != "NOTPROVIDED" {
			return s
		}
	}
	return ""
}

func (d camtDetail) words() []string { return append(append([]string(nil), d.Remittance...), d.Info) }

// tell sets what a detail says on a line, and what its entry says.
func (d camtDetail) tell(l *recon.Line, entry string) {
	l.Reference = d.reference()
	if own := short(d.Servicer, maxReference); own != "" {
		l.BankReference = own
	}
	words := append(d.words(), entry)
	for _, s := range d.Creditor {
		if short(s, maxReference) != l.Reference {
			words = append(words, s)
		}
	}
	l.Text = short(strings.Join(words, " "), maxText)
}
