package bankfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/domain/recon/bankfile"
)

// camt is a statement of a version: two plain entries, a batch in two parts, and one that is pending.
func camt(version, more string) string {
	status, amount, end := "<Sts>BOOK</Sts>", "<AmtDtls><TxAmt><Amt Ccy=\"EUR\">%s</Amt></TxAmt></AmtDtls>", "PDNG"
	if version >= "08" {
		status, amount, end = "<Sts><Cd>BOOK</Cd></Sts>", "<Amt Ccy=\"EUR\">%s</Amt>", "<Cd>PDNG</Cd>"
	}
	part := func(minor, name string) string {
		return "<TxDtls><Refs><EndToEndId>" + name + "</EndToEndId></Refs>" + fmt.Sprintf(amount, minor) + "<RmtInf><Ustrd>part " + name + "</Ustrd></RmtInf></TxDtls>"
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.` + version + `"><BkToCstmrStmt><GrpHdr><MsgId>m</MsgId></GrpHdr>
<Stmt><Id>2026-03</Id>
<FrToDt><FrDtTm>2026-03-01T00:00:00+01:00</FrDtTm><ToDtTm>2026-03-31T23:59:59+01:00</ToDtTm></FrToDt>
<Acct><Id><IBAN>DE02 1203 0000</IBAN></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-28</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">20.5</Amt><CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>2026-03-31</Dt></Dt></Bal>
<Ntry><Amt Ccy="EUR">50.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + status + `<BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><DtTm>2026-03-03T10:00:00Z</DtTm></ValDt><AcctSvcrRef>B1</AcctSvcrRef>
 <NtryDtls><TxDtls><Refs><EndToEndId>INV-1</EndToEndId></Refs><RmtInf><Ustrd>stay of</Ustrd><Ustrd>Anna</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">200.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd>` + status + `<BookgDt><Dt>2026-03-04</Dt></BookgDt>
 <NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RmtInf><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls><AddtlNtryInf>rent</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + status + `<BookgDt><Dt>2026-03-05</Dt></BookgDt><AcctSvcrRef>B3</AcctSvcrRef>
 <NtryDtls>` + part("10.00", "A-1") + part("20.00", "A-2") + `</NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>` + end + `</Sts><BookgDt><Dt>2026-03-05</Dt></BookgDt></Ntry>
` + more + `</Stmt></BkToCstmrStmt></Document>`
}

func TestCamt053(t *testing.T) {
	t.Parallel()
	opening, closing := int64(10_000), int64(-2_050)
	want := recon.Statement{
		Account: "DE0212030000", ID: "2026-03", Currency: "EUR", From: day("2026-03-01"), To: day("2026-03-31"),
		OpeningMinor: &opening, ClosingMinor: &closing, LeftOut: 1,
		Lines: []recon.Line{
			{BookingDate: day("2026-03-02"), ValueDate: day("2026-03-03"), AmountMinor: 5_000, Reference: "INV-1", BankReference: "B1", Text: "stay of Anna"},
			{BookingDate: day("2026-03-04"), AmountMinor: -20_050, Reference: "RF18", Text: "rent"},
			{BookingDate: day("2026-03-05"), AmountMinor: 1_000, Reference: "A-1", BankReference: "B3", Text: "part A-1"},
			{BookingDate: day("2026-03-05"), AmountMinor: 2_000, Reference: "A-2", BankReference: "B3", Text: "part A-2"},
		},
	}
	for _, version := range []string{"02", "08"} {
		got, err := bankfile.Camt053([]byte(camt(version, "")), euro)
		if err != nil {
			t.Fatalf("%s: %v", version, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", version, diff)
		}
	}
}

// TestEntryWhosePartsDoNotAddUp is one line, which tells of all of them.
func TestEntryWhosePartsDoNotAddUp(t *testing.T) {
	t.Parallel()
	got, err := bankfile.Camt053([]byte(strings.Replace(camt("02", ""), ">20.00<", ">20.01<", 1)), euro)
	if err != nil || len(got.Lines) != 3 || got.Lines[2].AmountMinor != 3_000 || got.Lines[2].Text != "part A-1 A-1 part A-2 A-2" {
		t.Errorf("%+v %v", got.Lines, err)
	}
}

func TestBadCamt(t *testing.T) {
	t.Parallel()
	good := camt("08", "")
	change := func(old, now string) string { return strings.Replace(good, old, now, 1) }
	for name, c := range map[string]struct {
		file string
		want *fault.Error
		at   string
	}{
		"cut off":               {good[:len(good)-200], bankfile.ErrXML, "#line/"},
		"nothing":               {"", bankfile.ErrXML, ""},
		"not XML":               {"Date,Amount\n", bankfile.ErrXML, ""},
		"two roots":             {good + "<x/>", bankfile.ErrXML, ""},
		"another document":      {`<Document><BkToCstmrAcctRpt/></Document>`, bankfile.ErrNotCamt, ""},
		"no statement":          {`<Document><BkToCstmrStmt/></Document>`, bankfile.ErrNotCamt, ""},
		"two statements":        {change("</Stmt>", "</Stmt><Stmt><Id>2</Id></Stmt>"), bankfile.ErrStatements, ""},
		"a document type":       {change("<Document", `<!DOCTYPE Document SYSTEM "http://x/y"><Document`), bankfile.ErrDeclares, "#line/2"},
		"an entity declared":    {change("<Document", `<!DOCTYPE d [<!ENTITY a "aaaa">]><Document`), bankfile.ErrDeclares, "#line/2"},
		"an entity used":        {change("rent", "&lol;"), bankfile.ErrXML, "#line/"},
		"a stylesheet":          {change("<Document", `<?xml-stylesheet href="x"?><Document`), bankfile.ErrDeclares, ""},
		"too deep":              {change("<GrpHdr>", strings.Repeat("<a>", 50)+strings.Repeat("</a>", 50)+"<GrpHdr>"), bankfile.ErrXML, ""},
		"another encoding":      {change("UTF-8", "UTF-16"), bankfile.ErrText, ""},
		"latin-1 as UTF-8":      {change("rent", "f\xfcr"), bankfile.ErrXML, ""},
		"another currency":      {change(`Ccy="EUR">50.00`, `Ccy="USD">50.00`), bankfile.ErrCurrency, "#line/8"},
		"a decimal comma":       {change(">50.00<", ">50,00<"), bankfile.ErrAmount, "#line/8"},
		"a negative amount":     {change(">50.00<", ">-50.00<"), bankfile.ErrAmount, "#line/8"},
		"zero":                  {change(">50.00<", ">0.00<"), bankfile.ErrZero, "#line/8"},
		"no direction":          {change("CRDT</CdtDbtInd><Sts>", "X</CdtDbtInd><Sts>"), bankfile.ErrDirection, "#line/8"},
		"no date":               {change("<BookgDt><Dt>2026-03-02</Dt></BookgDt>", ""), bankfile.ErrDate, "#line/8"},
		"an entry left out":     {change("<Ntry><Amt Ccy=\"EUR\">50.00", "<Ntri><Amt Ccy=\"EUR\">50.00"), bankfile.ErrXML, ""},
		"lines and balances":    {change(">50.00<", ">50.01<"), bankfile.ErrBalance, ""},
		"currency of a balance": {change(`Ccy="EUR">100.00`, `Ccy="CHF">100.00`), bankfile.ErrCurrency, "#line/6/OPBD"},
	} {
		got, err := bankfile.Camt053([]byte(c.file), euro)
		f := fault.From(err)
		if f == nil || f.Code != c.want.Code {
			t.Errorf("%s: %v %+v, want %s", name, err, got, c.want.Code)
			continue
		}
		if c.at != "" && (len(f.Fields) != 1 || !strings.HasPrefix(f.Fields[0].Pointer, c.at)) {
			t.Errorf("%s: at %+v, want %s", name, f.Fields, c.at)
		}
	}
	if _, err := bankfile.Camt053(make([]byte, bankfile.MaxBytes+1), euro); !errors.Is(err, bankfile.ErrTooLarge) {
		t.Error(err)
	}
}

func TestLatin1Camt(t *testing.T) {
	t.Parallel()
	file := strings.Replace(strings.Replace(camt("02", ""), "UTF-8", "ISO-8859-1", 1), "rent", "M\xfcnchen", 1)
	if got, err := bankfile.Camt053([]byte(file), euro); err != nil || got.Lines[1].Text != "München" {
		t.Errorf("%+v %v", got.Lines, err)
	}
}

// TestAnAccountOnWhichNothingHappened: dates and balances make a statement without lines.
func TestAnAccountOnWhichNothingHappened(t *testing.T) {
	t.Parallel()
	file := camt("02", "")
	from, to := strings.Index(file, "<Ntry>"), strings.LastIndex(file, "</Ntry>")
	quiet := strings.Replace(strings.Replace(file[:from]+file[to+len("</Ntry>"):], ">20.5<", ">100<", 1), "DBIT", "CRDT", 1)
	if got, err := bankfile.Camt053([]byte(quiet), euro); err != nil || len(got.Lines) != 0 || *got.ClosingMinor != 10_000 {
		t.Errorf("%+v %v", got, err)
	}
}
