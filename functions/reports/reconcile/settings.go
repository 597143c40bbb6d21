package reconcile

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/domain/recon/bankfile"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/reconstore"
)

// ReconciliationRules are how a bank account is reconciled.
type ReconciliationRules struct {
	OpeningDate    string         `json:"openingDate" format:"date" doc:"The date at whose end the opening balance stood. What counts on it or before is out of the reconciliation."`
	OpeningMinor   int64          `json:"openingMinor" doc:"The bank account's balance by the books at the end of openingDate, in minor units."`
	Account        string         `json:"account,omitempty" maxLength:"50" doc:"IBAN or number, without blanks: statements of another account are refused. Absent: any."`
	WindowDays     *int           `json:"windowDays,omitempty" minimum:"0" maximum:"31" doc:"How many days the bank's date may be away from the books' date; 5 by default."`
	ToleranceMinor int64          `json:"toleranceMinor,omitempty" minimum:"0" maximum:"10000" doc:"How much the amounts of a line and an entry may differ."`
	Modes          []SettlingMode `json:"modes,omitempty" maxItems:"6" doc:"Payment modes that settle through the account besides BANK and the cash that is taken to the bank."`
	CSV            *CSVMapping    `json:"csv,omitempty" doc:"How the bank writes CSV files."`
}

// SettlingMode is a payment mode that settles through the bank account.
type SettlingMode struct {
	PaymentMode       string `json:"paymentMode" enum:"CARD,UPI,WALLET,CHEQUE,OTA,CITY_LEDGER"`
	FeeBasisPoints    int64  `json:"feeBasisPoints,omitempty" minimum:"0" maximum:"2000" doc:"What is kept of a payout, in 1/100 percent. A payout less a fee is suggested, never matched without asking."`
	FeeToleranceMinor int64  `json:"feeToleranceMinor,omitempty" minimum:"0" maximum:"10000"`
}

// CSVMapping says how a bank writes its CSV files; columns are named as the header names them.
type CSVMapping struct {
	Delimiter     string   `json:"delimiter,omitempty" maxLength:"1" doc:"A comma by default; a semicolon, a tabulator or a bar."`
	Encoding      string   `json:"encoding,omitempty" enum:"UTF-8,WINDOWS-1252,ISO-8859-1" doc:"UTF-8 by default; a byte-order mark says UTF-8 whatever stands here."`
	SkipLines     int      `json:"skipLines,omitempty" minimum:"0" maximum:"50" doc:"Lines before the header."`
	DateFormat    string   `json:"dateFormat" enum:"YYYY-MM-DD,DD.MM.YYYY,DD/MM/YYYY,MM/DD/YYYY,DD-MM-YYYY,YYYY/MM/DD,YYYYMMDD,DD.MM.YY,DD/MM/YY"`
	DecimalMark   string   `json:"decimalMark,omitempty" maxLength:"1" doc:"A point by default, or a comma."`
	ThousandsMark string   `json:"thousandsMark,omitempty" maxLength:"1" doc:"None by default; a point, a comma, a blank or an apostrophe."`
	BookingDate   string   `json:"bookingDate" minLength:"1" maxLength:"100"`
	ValueDate     string   `json:"valueDate,omitempty" maxLength:"100"`
	Amount        string   `json:"amount,omitempty" maxLength:"100" doc:"Of signed amounts; or give debit and credit."`
	Debit         string   `json:"debit,omitempty" maxLength:"100" doc:"Of what leaves the account."`
	Credit        string   `json:"credit,omitempty" maxLength:"100" doc:"Of what comes to the account."`
	Currency      string   `json:"currency,omitempty" maxLength:"100"`
	Reference     string   `json:"reference,omitempty" maxLength:"100"`
	BankReference string   `json:"bankReference,omitempty" maxLength:"100"`
	Text          []string `json:"text,omitempty" maxItems:"10"`
}

// ReconciliationSettings are the rules in force, and who set them.
type ReconciliationSettings struct {
	ReconciliationRules
	Version int64  `json:"version"`
	SetBy   string `json:"setBy"`
	SetAt   string `json:"setAt" format:"date-time"`
}

// rules reads the rules of a request. What the store judges is not judged here.
func (r ReconciliationRules) rules() (reconstore.Settings, error) {
	var f fault.Faults
	on, err := bizdate.Parse(r.OpeningDate)
	f.Add("/openingDate", err)
	set := reconstore.Settings{Rules: recon.Rules{
		OpeningDate: on, OpeningMinor: r.OpeningMinor, Account: r.Account, WindowDays: recon.DefaultWindowDays, ToleranceMinor: r.ToleranceMinor,
	}}
	if r.WindowDays != nil {
		set.WindowDays = *r.WindowDays
	}
	for _, m := range r.Modes {
		set.Modes = append(set.Modes, recon.ModeRule{
			Mode: ledger.PaymentMode(m.PaymentMode), FeeBasisPoints: m.FeeBasisPoints, FeeToleranceMinor: m.FeeToleranceMinor,
		})
	}
	if r.CSV != nil {
		m := bankfile.Mapping(*r.CSV)
		set.CSV = &m
	}
	return set, f.Err()
}

func showSettings(k reconstore.Kept, at string) ReconciliationSettings {
	v := ReconciliationSettings{Version: k.Version, SetBy: k.SetBy, SetAt: at}
	v.ReconciliationRules = ReconciliationRules{
		OpeningDate: k.OpeningDate.String(), OpeningMinor: k.OpeningMinor, Account: k.Account, WindowDays: &k.WindowDays, ToleranceMinor: k.ToleranceMinor,
	}
	for _, m := range k.Modes {
		v.Modes = append(v.Modes, SettlingMode{PaymentMode: string(m.Mode), FeeBasisPoints: m.FeeBasisPoints, FeeToleranceMinor: m.FeeToleranceMinor})
	}
	if k.CSV != nil {
		m := CSVMapping(*k.CSV)
		v.CSV = &m
	}
	return v
}

type settingsInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	httpfn.Read
}

type settingsOutput struct{ Body ReconciliationSettings }

func (f function) settings(ctx context.Context, in *settingsInput) (*settingsOutput, error) {
	d, err := f.reader(ctx, in.PropertyID, in.Read)
	if err != nil {
		return nil, err
	}
	k, err := d.store.Settings(ctx, d.Desk.Desk.Book)
	if err != nil {
		return nil, err
	}
	return &settingsOutput{Body: showSettings(k, api.Token(k.SetAt))}, nil
}

type setInput struct {
	httpfn.Write
	Body struct {
		PropertyID string `json:"propertyId" format:"uuid"`
		ReconciliationRules
	}
}

type setOutput struct {
	httpfn.Written
	Body ReconciliationSettings
}

func (f function) set(ctx context.Context, in *setInput) (*setOutput, error) {
	d, err := f.desk(ctx, approval.Decide, in.Body.PropertyID)
	if err != nil {
		return nil, err
	}
	set, err := in.Body.rules()
	if err != nil {
		return nil, err
	}
	done, err := d.store.Set(ctx, d.act(in.IdempotencyKey, in.Body), set)
	if err != nil {
		return nil, err
	}
	at := api.Token(done.At)
	return &setOutput{Written: httpfn.NewWritten(at, done.Replayed), Body: showSettings(done.Outcome, at)}, nil
}
