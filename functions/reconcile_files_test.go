package functions_test

import (
	"fmt"
	"strings"
	"testing"
)

// camtFile is a statement of the account newAccount in camt.053.001.08, with one entry.
const camtFile = `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>S-1</Id>
<Acct><Id><IBAN>DE1</IBAN></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1118.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-31</Dt></Dt></Bal>
<Ntry><Amt Ccy="EUR">118.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-05</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>INV-2026-1</EndToEndId></Refs><RmtInf><Ustrd>stay</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>`

// TestACamtStatement: imported by its own words, matched by its EndToEndId, and proved; a reversal that
// the bank never saw settles its entry within the books.
func TestACamtStatement(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.book("revenues", "2026-03-04", 11_800, byBank+`,"bankReference":"INV-2026-1"`)
	wrong := a.book("revenues", "2026-03-06", 5_000, byBank)
	undone := a.must(201, "POST", "/v1/finance/revenues/"+wrong+"/reverse", `{"reason":"typed twice"}`).str("id")
	path := recon + "/statements?format=CAMT053&propertyId=" + a.property
	st := a.must(201, "POST", path, camtFile)
	if st.str("bankId") != "S-1" || st.str("from") != "2026-03-01" || st.str("to") != "2026-03-31" || st.num("openingMinor") != 100_000 || st.num("closingMinor") != 111_800 {
		t.Errorf("imported: %s", st.Raw)
	}
	if again := a.must(201, "POST", path, "\xef\xbb\xbf"+strings.ReplaceAll(camtFile, "\n", "\r\n")); !again.yes("known") {
		t.Errorf("with a byte-order mark and other line ends: %s", again.Raw)
	}
	if ran := a.run(); ran.num("matchedByReference") != 1 || ran.num("linesLeft") != 0 {
		t.Errorf("run: %s", ran.Raw)
	}
	a.refused(422, "match_duplicate", "POST", recon+"/matches", a.match([]string{undone, undone}, nil, ""))
	m := a.must(201, "POST", recon+"/matches", a.match([]string{wrong, undone}, nil, ""))
	if m.str("kind") != "REVERSAL" {
		t.Error(m.Raw)
	}
	if p := a.prove("2026-04-10"); !p.Proved || p.BookMinor != 111_800 || len(p.Outstanding) != 0 || len(p.NotInBooks) != 0 {
		t.Errorf("%+v", p)
	}
	if list := a.get("/unmatched?side=BOOK&date=2026-03-31"); list.count("entries") != 0 {
		t.Error(list.Raw)
	}
}

// TestBadFilesLoseNothing: a file that is cut off, in another encoding or currency, or larger than can
// be taken is refused with what is wrong, and nothing of it is kept.
func TestBadFilesLoseNothing(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	before := a.rows(t)
	const header = "Date,Amount,Ccy,Ref,Text\n"
	for _, c := range []struct {
		format, body, code, at string
		status                 int
	}{
		{"CSV", header + "2026-03-04,1.00,EUR,,ok\n2026-03-05,1.0", "csv_bad_row", "#line/3", 422},
		{"CSV", header + "2026-03-04,1.00,EUR,,f\xfcr\n", "statement_bad_text", "#line/2", 422},
		{"CSV", header + "2026-03-04,1.00,EUR,,ok\n2026-03-04,1.00,CHF,,x\n", "statement_currency", "#line/3/Ccy", 422},
		{"CSV", header + "2026-03-04,\"1.000,00\",EUR,,x\n", "statement_bad_amount", "#line/2/Amount", 422},
		{"CSV", "Date,Amount,Amount,Ccy,Ref,Text\n", "csv_duplicate_column", "#column/Amount", 422},
		{"CSV", "\xef\xbb\xbf" + header, "statement_empty", "", 422},
		{"CAMT053", camtFile[:len(camtFile)/2], "camt_bad_xml", "#line/", 422},
		{"CAMT053", strings.Replace(camtFile, "<Document", "<!DOCTYPE d [<!ENTITY a \"b\">]><Document", 1), "camt_document_type", "#line/1", 422},
		{"CAMT053", strings.Replace(camtFile, "1118.00", "1119.00", 1), "statement_does_not_balance", "", 422},
		{"CSV", header + strings.Repeat("x", 10<<20), "body_too_large", "", 413},
	} {
		p := a.must(c.status, "POST", recon+"/statements?format="+c.format+"&propertyId="+a.property, c.body)
		if p.str("code") != c.code || c.at != "" && !strings.Contains(p.Raw, `"pointer":"`+c.at) {
			t.Errorf("%.80q: %s, want %s at %s", c.body, p.Raw, c.code, c.at)
		}
	}
	if after := a.rows(t); after != before {
		t.Errorf("something was written: %s, before %s", after, before)
	}
	if list := a.get("/statements"); list.count("items") != 0 {
		t.Error(list.Raw)
	}
	// And the same lines, mended, are taken with a byte-order mark and CRLF.
	a.must(201, "POST", fmt.Sprintf("%s/statements?format=CSV&propertyId=%s", recon, a.property), "\xef\xbb\xbfDate,Amount,Ccy,Ref,Text\r\n2026-03-04,1.00,EUR,,für\r\n")
}
