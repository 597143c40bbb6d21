package bankfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/domain/recon/bankfile"
)

var (
	signed = bankfile.Mapping{
		DateFormat: "YYYY-MM-DD", BookingDate: "Date", ValueDate: "Value", Amount: "Amount", Currency: "Ccy",
		Reference: "Ref", BankReference: "Own", Text: []string{"Text", "Who"},
	}
	parted = bankfile.Mapping{
		Delimiter: ";", Encoding: "WINDOWS-1252", SkipLines: 2, DateFormat: "DD.MM.YYYY", DecimalMark: ",", ThousandsMark: ".",
		BookingDate: "Buchung", Debit: "Soll", Credit: "Haben", Text: []string{"Text"},
	}
	euro = bankfile.Given{Currency: "EUR", Account: "DE1"}
)

const header = "Date,Value,Amount,Ccy,Ref,Own,Text,Who\n"

func day(s string) bizdate.Date { return bizdate.MustParse(s) }

func TestCSVOfSignedAmounts(t *testing.T) {
	t.Parallel()
	file := header + "2026-03-02,2026-03-03,1234.50,EUR,INV-1,B1,\"stay,  of\n May\",Anna\n2026-03-01,,-7,EUR,,,fee,\n"
	want := recon.Statement{
		Account: "DE1", Currency: "EUR", From: day("2026-03-01"), To: day("2026-03-02"),
		Lines: []recon.Line{
			{BookingDate: day("2026-03-02"), ValueDate: day("2026-03-03"), AmountMinor: 123_450, Reference: "INV-1", BankReference: "B1", Text: "stay, of May Anna"},
			{BookingDate: day("2026-03-01"), AmountMinor: -700, Text: "fee"},
		},
	}
	for name, text := range map[string]string{
		"as it is": file, "CRLF": strings.ReplaceAll(file, "\n", "\r\n"), "byte-order mark": "\xef\xbb\xbf" + file, "no last line end": strings.TrimSuffix(file, "\n"),
	} {
		got, err := bankfile.CSV([]byte(text), signed, euro)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCSVOfDebitsAndCredits(t *testing.T) {
	t.Parallel()
	file := "Bank\nKonto 1\nBuchung;Soll;Haben;Text\n01.03.2026;1.234,5;;Miete f\xfcr \x80\n02.03.2026;-7,00;;Geb\xfchr\n03.03.2026;;1.000.000,00;Ertrag\n"
	got, err := bankfile.CSV([]byte(file), parted, euro)
	if err != nil {
		t.Fatal(err)
	}
	var amounts []int64
	for _, l := range got.Lines {
		amounts = append(amounts, l.AmountMinor)
	}
	if diff := cmp.Diff([]int64{-123_450, -700, 100_000_000}, amounts); diff != "" || got.Lines[0].Text != "Miete für €" {
		t.Errorf("%s %q", diff, got.Lines[0].Text)
	}
}

// TestBadCSV: each file is refused whole, with the line and what is wrong there.
func TestBadCSV(t *testing.T) {
	t.Parallel()
	row := func(cells string) string { return header + "2026-03-01,,1,EUR,,,,\n" + cells + "\n" }
	for name, c := range map[string]struct {
		file string
		m    bankfile.Mapping
		want error
		at   string
	}{
		"cut off":                 {row(`2026-03-02,,5,EU`), signed, bankfile.ErrRow, "#line/3"},
		"cut off in a quote":      {row(`2026-03-02,,5,EUR,"IN`), signed, bankfile.ErrRow, "#line/3"},
		"another currency":        {row("2026-03-02,,5,USD,,,,"), signed, bankfile.ErrCurrency, "#line/3/Ccy"},
		"no currency":             {row("2026-03-02,,5,,,,,"), signed, bankfile.ErrCurrency, "#line/3/Ccy"},
		"a decimal comma":         {row(`2026-03-02,,"5,00",EUR,,,,`), signed, bankfile.ErrAmount, "#line/3/Amount"},
		"a thousands mark":        {row(`2026-03-02,,"1,234.00",EUR,,,,`), signed, bankfile.ErrAmount, "#line/3/Amount"},
		"half a cent":             {row("2026-03-02,,5.005,EUR,,,,"), signed, bankfile.ErrAmount, "#line/3/Amount"},
		"a float":                 {row("2026-03-02,,5e3,EUR,,,,"), signed, bankfile.ErrAmount, "#line/3/Amount"},
		"no amount":               {row("2026-03-02,,,EUR,,,,"), signed, bankfile.ErrAmount, "#line/3/Amount"},
		"zero":                    {row("2026-03-02,,0.00,EUR,,,,"), signed, bankfile.ErrZero, "#line/3/Amount"},
		"too large":               {row("2026-03-02,,10000000000000.01,EUR,,,,"), signed, bankfile.ErrAmount, "#line/3/Amount"},
		"no such day":             {row("2026-02-30,,5,EUR,,,,"), signed, bankfile.ErrDate, "#line/3/Date"},
		"another date format":     {row("02.03.2026,,5,EUR,,,,"), signed, bankfile.ErrDate, "#line/3/Date"},
		"latin-1 bytes":           {row("2026-03-02,,5,EUR,,,f\xfcr,"), signed, bankfile.ErrText, "#line/3"},
		"a NUL":                   {row("2026-03-02,,5,EUR,,,\x00,"), signed, bankfile.ErrText, "#line/3"},
		"no header":               {"", signed, bankfile.ErrHeader, "#line/1"},
		"no lines":                {header, signed, bankfile.ErrEmpty, ""},
		"a column missing":        {"Date,Value,Ccy,Ref,Own,Text,Who\n", signed, bankfile.ErrColumn, "#column/Amount"},
		"a column twice":          {"Date,Value,Amount,Amount,Ccy,Ref,Own,Text,Who\n", signed, bankfile.ErrTwice, "#column/Amount"},
		"debit and credit":        {"x\ny\nBuchung;Soll;Haben;Text\n01.03.2026;1,00;2,00;\n", parted, bankfile.ErrDebitCredit, "#line/4/Soll"},
		"neither":                 {"x\ny\nBuchung;Soll;Haben;Text\n01.03.2026;;;\n", parted, bankfile.ErrDebitCredit, "#line/4/Soll"},
		"mixed decimals":          {"x\ny\nBuchung;Soll;Haben;Text\n01.03.2026;1,00;;\n01.03.2026;1,234.00;;\n", parted, bankfile.ErrAmount, "#line/5/Soll"},
		"groups of two":           {"x\ny\nBuchung;Soll;Haben;Text\n01.03.2026;12.34;;\n", parted, bankfile.ErrAmount, "#line/4/Soll"},
		"a byte of no character":  {"x\ny\nBuchung;Soll;Haben;Text\n01.03.2026;1,00;;\x81\n", parted, bankfile.ErrText, "#line/4"},
		"the skipped lines alone": {"x\ny\n", parted, bankfile.ErrHeader, "#line/3"},
	} {
		got, err := bankfile.CSV([]byte(c.file), c.m, euro)
		f := fault.From(err)
		if f == nil || len(got.Lines) > 0 && !errors.Is(c.want, bankfile.ErrEmpty) {
			t.Errorf("%s: %v, %d lines", name, err, len(got.Lines))
			continue
		}
		if want := fault.From(c.want); f.Code != want.Code || c.at != "" && (len(f.Fields) != 1 || f.Fields[0].Pointer != c.at) {
			t.Errorf("%s: %s at %+v, want %s at %s", name, f.Code, f.Fields, want.Code, c.at)
		}
	}
}

func TestAllBadLinesAreTold(t *testing.T) {
	t.Parallel()
	_, err := bankfile.CSV([]byte(header+"x,,1,EUR,,,,\n2026-03-01,,y,USD,,,,\n"+strings.Repeat("z,,1,EUR,,,,\n", 100)), signed, euro)
	var at []string
	for _, f := range fault.From(err).Fields {
		at = append(at, f.Pointer)
	}
	if len(at) != 50 || at[0] != "#line/2/Date" || at[1] != "#line/3/Ccy" || at[2] != "#line/3/Amount" || !errors.Is(err, fault.ErrInvalid) {
		t.Errorf("%d faults, %v", len(at), err)
	}
}

// TestBalancesProveTheLines: opening and lines make the closing, else the file is not whole.
func TestBalancesProveTheLines(t *testing.T) {
	t.Parallel()
	file := []byte(header + "2026-03-02,,10.00,EUR,,,,\n2026-03-04,,-2.50,EUR,,,,\n")
	minor := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		given bankfile.Given
		want  error
	}{
		{bankfile.Given{Currency: "EUR", OpeningMinor: minor(100), ClosingMinor: minor(850)}, nil},
		{bankfile.Given{Currency: "EUR", OpeningMinor: minor(100), ClosingMinor: minor(851)}, bankfile.ErrBalance},
		{bankfile.Given{Currency: "EUR", OpeningMinor: minor(100)}, nil},
		{bankfile.Given{Currency: "EUR", From: day("2026-03-01"), To: day("2026-03-31")}, nil},
		{bankfile.Given{Currency: "EUR", From: day("2026-03-03")}, bankfile.ErrOutside},
		{bankfile.Given{Currency: "EUR", To: day("2026-03-03")}, bankfile.ErrOutside},
	} {
		if _, err := bankfile.CSV(file, signed, c.given); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.given, err, c.want)
		}
	}
	if _, err := bankfile.CSV(make([]byte, bankfile.MaxBytes+1), signed, euro); !errors.Is(err, bankfile.ErrTooLarge) {
		t.Error(err)
	}
	many := []byte(header + strings.Repeat("2026-03-01,,1,EUR,,,,\n", bankfile.MaxLines+1))
	if _, err := bankfile.CSV(many, signed, euro); !errors.Is(err, bankfile.ErrTooManyLines) {
		t.Error(err)
	}
}

func TestExponentsOfCurrencies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, currency string
		want           int64
		ok             bool
	}{
		{"12", "JPY", 12, true}, {"12.00", "JPY", 12, true}, {"12.5", "JPY", 0, false}, {"1.234", "KWD", 1_234, true}, {"1.2345", "KWD", 0, false},
		{"+3.1", "EUR", 310, true}, {"3.10-", "EUR", -310, true}, {"\u22123.10", "EUR", -310, true}, {".5", "EUR", 0, false}, {"5.", "EUR", 0, false}, {"--5", "EUR", 0, false},
	} {
		file := fmt.Sprintf("%s2026-03-01,,%s,%s,,,,\n", header, c.text, c.currency)
		got, err := bankfile.CSV([]byte(file), signed, bankfile.Given{Currency: moneyOf(c.currency)})
		if (err == nil) != c.ok || c.ok && got.Lines[0].AmountMinor != c.want {
			t.Errorf("%s %s: %+v %v, want %d", c.text, c.currency, got.Lines, err, c.want)
		}
	}
}

func TestMappingsAreJudged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*bankfile.Mapping){
		"/delimiter": func(m *bankfile.Mapping) { m.Delimiter = "x" }, "/encoding": func(m *bankfile.Mapping) { m.Encoding = "UTF-7" },
		"/dateFormat": func(m *bankfile.Mapping) { m.DateFormat = "" }, "/decimalMark": func(m *bankfile.Mapping) { m.DecimalMark = ";" },
		"/thousandsMark": func(m *bankfile.Mapping) { m.ThousandsMark = "." }, "/skipLines": func(m *bankfile.Mapping) { m.SkipLines = 51 },
		"/bookingDate": func(m *bankfile.Mapping) { m.BookingDate = "" }, "/amount": func(m *bankfile.Mapping) { m.Amount = "" },
		"/debit": func(m *bankfile.Mapping) { m.Amount, m.Debit, m.Credit = "", "Date", "C" },
	} {
		m := signed
		change(&m)
		f := fault.From(m.Check())
		if f == nil || len(f.Fields) != 1 || f.Fields[0].Pointer != name {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if err := errors.Join(signed.Check(), parted.Check()); err != nil {
		t.Error(err)
	}
}
