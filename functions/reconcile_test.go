package functions_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"innkeep.internal/shared/core/ids"
)

const recon = "/v1/reports/reconciliation"

// account is a property whose bank account is reconciled from 2026-02-28 on, when it held 1,000.00.
type account struct {
	person
	property string
}

func newAccount(t *testing.T) account {
	t.Helper()
	h := newHouse(t, "2026-04-10")
	p, _ := h.founder(t)
	a := account{p, p.property("MAIN", "2026-03-01", 0, "")}
	a.set(`"modes":[{"paymentMode":"CARD","feeBasisPoints":150,"feeToleranceMinor":2}]`)
	return a
}

const rules = `"openingDate":"2026-02-28","openingMinor":100000,` +
	`"csv":{"dateFormat":"YYYY-MM-DD","bookingDate":"Date","amount":"Amount","currency":"Ccy","reference":"Ref","text":["Text"]}`

func (a account) set(more string) answer {
	a.t.Helper()
	return a.must(200, "PUT", recon+"/settings", fmt.Sprintf(`{"propertyId":%q,%s,%s}`, a.property, rules, more))
}

// book posts an entry that moves the account and gives its id.
func (a account) book(what, date string, minor int64, more string) string {
	a.t.Helper()
	return a.must(201, "POST", "/v1/finance/"+what, fmt.Sprintf(
		`{"propertyId":%q,"businessDate":%q,"amountMinor":%d,"currency":"EUR",%s}`, a.property, date, minor, more)).str("id")
}

const (
	byBank = `"paymentMode":"BANK","source":"ROOM"`
	byCard = `"paymentMode":"CARD","source":"ROOM"`
	paid   = `"paymentMode":"BANK","categoryCode":"MAINTENANCE"`
)

// file imports a CSV statement.
func (a account) file(status int, query, rows string, key ...string) answer {
	a.t.Helper()
	return a.must(status, "POST", recon+"/statements?format=CSV&propertyId="+a.property+query, "Date,Amount,Ccy,Ref,Text\n"+rows, key...)
}

func (a account) get(path string) answer {
	a.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return a.must(200, "GET", recon+path+sep+"propertyId="+a.property, "")
}

func (a account) run(key ...string) answer {
	a.t.Helper()
	return a.must(200, "POST", recon+"/reconcile", fmt.Sprintf(`{"propertyId":%q}`, a.property), key...)
}

func (a account) match(entries, lines []string, more string) string {
	quoted := func(all []string) string { return `["` + strings.Join(all, `","`) + `"]` }
	body := fmt.Sprintf(`{"propertyId":%q,"entryIds":%s`, a.property, quoted(entries))
	if len(lines) > 0 {
		body += `,"lineIds":` + quoted(lines)
	}
	return body + more + `}`
}

type bankLine struct {
	LineID, Text, Status, MatchID string
	AmountMinor                   int64
	AgeDays                       int
}

type bookItem struct {
	EntryID     string
	AmountMinor int64
	AgeDays     int
}

// lines are the lines of a statement by their text.
func (a account) lines(statement string) map[string]bankLine {
	a.t.Helper()
	var page struct{ Items []bankLine }
	a.get("/statements/" + statement + "/lines?limit=500").into(&page)
	out := map[string]bankLine{}
	for _, l := range page.Items {
		out[l.Text] = l
	}
	return out
}

// proof is a reconciliation statement; the test adds it up by itself.
type proof struct {
	BookMinor, OtherPostingsMinor, OutstandingMinor, NotInBooksMinor, DifferencesMinor, ExpectedBankMinor int64
	BankMinor, UnexplainedMinor, OpeningDifferenceMinor                                                   *int64
	Outstanding                                                                                           []bookItem
	NotInBooks                                                                                            []bankLine
	Proved                                                                                                bool
}

func (a account) prove(date string) proof {
	a.t.Helper()
	var p proof
	a.get("?date=" + date).into(&p)
	var items, lines int64
	for _, it := range p.Outstanding {
		items += it.AmountMinor
	}
	for _, l := range p.NotInBooks {
		lines += l.AmountMinor
	}
	if items != p.OutstandingMinor || lines != p.NotInBooksMinor ||
		p.ExpectedBankMinor != p.BookMinor-p.OtherPostingsMinor-items+lines+p.DifferencesMinor ||
		p.Proved != (p.BankMinor != nil && *p.BankMinor == p.ExpectedBankMinor) {
		a.t.Errorf("%s does not add up: %+v", date, p)
	}
	return p
}

// TestAMonthIsReconciled: from the settings to a statement that proves itself, through a run,
// suggestions, declared matches with a fee and in parts, an undo, and the log.
func TestAMonthIsReconciled(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.book("revenues", "2026-03-02", 11_800, byBank+`,"bankReference":"INV-2026/001"`)
	twin1 := a.book("revenues", "2026-03-05", 9_900, byBank)
	twin2 := a.book("revenues", "2026-03-06", 9_900, byBank)
	rent := a.book("expenses", "2026-03-10", 50_000, paid)
	a.book("movements", "2026-03-12", 20_000, `"kind":"BANK_DEPOSIT"`)
	cards := []string{a.book("revenues", "2026-03-15", 10_000, byCard), a.book("revenues", "2026-03-15", 6_000, byCard)}
	parts := a.book("revenues", "2026-03-20", 30_000, byBank)
	late := a.book("revenues", "2026-03-31", 7_000, byBank)
	a.book("revenues", "2026-03-02", 99_999, `"paymentMode":"CASH","source":"ROOM"`)

	before := a.prove("2026-03-31")
	if before.BookMinor != 154_600 || before.BankMinor != nil || before.Proved {
		t.Errorf("without a statement: %+v", before)
	}
	st := a.file(201, "&from=2026-03-01&to=2026-03-31&openingMinor=100000&closingMinor=146910&statementId=03", strings.Join([]string{
		"2026-03-04,118.00,EUR,,transfer INV 2026 001 anna", "2026-03-07,99.00,EUR,,twin a", "2026-03-08,99.00,EUR,,twin b",
		"2026-03-11,-500.00,EUR,,rent", "2026-03-12,200.00,EUR,,cash", "2026-03-17,157.60,EUR,,card payout", "2026-03-21,120.00,EUR,,part one",
		"2026-03-22,180.00,EUR,,part two", "2026-03-31,-4.50,EUR,,charge",
	}, "\n"), "import")
	if st.num("lineCount") != 9 || st.num("sumMinor") != 46_910 || st.yes("known") {
		t.Errorf("imported: %s", st.Raw)
	}
	id := st.str("statementId")

	ran := a.run("run")
	if ran.num("matchedByReference") != 1 || ran.num("matchedByAmount") != 2 || ran.num("linesLeft") != 6 || ran.yes("bankComplete") {
		t.Errorf("run: %s", ran.Raw)
	}
	if again := a.run("run"); again.Raw != ran.Raw || again.Header.Get("Idempotent-Replay") != "true" {
		t.Errorf("the same run again: %s", again.Raw)
	}
	if other := a.run(); other.num("matchedByReference")+other.num("matchedByAmount") != 0 || other.num("linesLeft") != 6 {
		t.Errorf("another run: %s", other.Raw)
	}
	line := a.lines(id)
	if line["rent"].Status != "MATCHED" || line["twin a"].Status != "UNMATCHED" {
		t.Errorf("lines: %+v", line)
	}
	var offers struct {
		Items []struct {
			SuggestionID, Kind, Doubt string
			DifferenceMinor           int64
			Entries                   []bookItem
			Lines                     []bankLine
		}
	}
	a.get("/suggestions").into(&offers)
	kinds := map[string]string{}
	for _, s := range offers.Items {
		kinds[s.Kind+" "+s.Doubt] = s.SuggestionID
	}
	for _, want := range []string{"ONE_TO_ONE AMBIGUOUS", "MERGED PAYOUT", "SPLIT GROUP"} {
		if kinds[want] == "" {
			t.Errorf("%s is not among the suggestions: %+v", want, offers.Items)
		}
	}
	post := func(status int, body string, key ...string) answer {
		t.Helper()
		return a.must(status, "POST", recon+"/matches", body, key...)
	}
	if p := post(409, a.match(cards, []string{line["card payout"].LineID}, "")); p.str("code") != "match_difference" {
		t.Error(p.Raw)
	}
	fee := post(201, a.match(cards, []string{line["card payout"].LineID}, `,"differenceMinor":-240,"note":"fee","suggestionId":"`+kinds["MERGED PAYOUT"]+`"`), "fee")
	if fee.str("kind") != "MERGED" || fee.num("differenceMinor") != -240 || fee.str("suggestionId") != kinds["MERGED PAYOUT"] {
		t.Error(fee.Raw)
	}
	post(201, a.match([]string{parts}, []string{line["part one"].LineID, line["part two"].LineID}, ""))
	post(201, a.match([]string{twin1}, []string{line["twin a"].LineID}, ""))
	wrong := post(201, a.match([]string{twin2}, []string{line["twin b"].LineID}, ""), "twin")
	if p := post(409, a.match([]string{twin2}, []string{line["charge"].LineID}, `,"differenceMinor":-10350`)); p.str("code") != "already_matched" {
		t.Error(p.Raw)
	}

	now := a.prove("2026-03-31")
	if !now.Proved || now.BookMinor != 154_600 || *now.BankMinor != 146_910 || now.DifferencesMinor != -240 || *now.OpeningDifferenceMinor != 0 {
		t.Errorf("at the end of March: %+v", now)
	}
	if len(now.Outstanding) != 1 || now.Outstanding[0].EntryID != late || len(now.NotInBooks) != 1 || now.NotInBooks[0].LineID != line["charge"].LineID {
		t.Errorf("outstanding: %+v", now)
	}
	if mid := a.prove("2026-03-10"); !mid.Proved || len(mid.Outstanding) != 1 || mid.Outstanding[0].EntryID != rent || *mid.BankMinor != 131_600 {
		t.Errorf("on the day of the rent, which the bank counted a day later: %+v", mid)
	}

	undo := func(status int, key ...string) answer {
		return a.must(status, "POST", recon+"/matches/"+wrong.str("matchId")+"/undo", fmt.Sprintf(`{"propertyId":%q,"reason":"wrong twin"}`, a.property), key...)
	}
	undone := undo(200, "undo")
	if undone.str("status") != "UNDONE" || undo(200, "undo").Raw != undone.Raw || undo(409).str("code") != "match_undone" {
		t.Error(undone.Raw)
	}
	if open := a.prove("2026-03-31"); !open.Proved || len(open.Outstanding) != 2 || len(open.NotInBooks) != 2 {
		t.Errorf("after the undo: %+v", open)
	}
	if again := a.run(); again.num("matchedByAmount") != 1 {
		t.Errorf("of the twins one was left: %s", again.Raw)
	}
	if kept := a.must(200, "GET", recon+"/matches/"+wrong.str("matchId")+"?propertyId="+a.property, ""); kept.str("undoneReason") != "wrong twin" {
		t.Error(kept.Raw)
	}
	var acts struct {
		Items []struct{ Operation, By string }
	}
	a.get("/log").into(&acts)
	if n := len(acts.Items); n != 10 || acts.Items[n-1].Operation != "set" || acts.Items[0].Operation != "run" || acts.Items[0].By != "owner" {
		t.Errorf("log: %+v", acts)
	}
	if m := a.get("/matches?status=ALL&from=2026-03-01&to=2026-03-31"); m.count("items") != 8 {
		t.Error(m.Raw)
	}
}

// TestAStatementComesOnce: the same file, under the same key, another one and another name, changes
// nothing; overlapping and differing ones are refused, and one can be taken away.
func TestAStatementComesOnce(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	const march, query = "2026-03-04,118.00,EUR,,one\n2026-03-20,-5.00,EUR,,two\n", "&from=2026-03-01&to=2026-03-31&statementId=A"
	first := a.file(201, query, march, "k")
	if again := a.file(201, query, march, "k"); again.Raw != first.Raw || again.Header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%s, first %s", again.Raw, first.Raw)
	}
	for _, other := range []string{query, "&from=2026-03-01&to=2026-03-31", "&from=2026-03-01&to=2026-03-31&statementId=B"} {
		if known := a.file(201, other, march); !known.yes("known") || known.str("statementId") != first.str("statementId") {
			t.Errorf("%s: %s", other, known.Raw)
		}
	}
	if p := a.file(422, query, march+"2026-03-21,1.00,EUR,,three\n", "k"); p.str("code") != "idempotency_key_reused" {
		t.Error(p.Raw)
	}
	if p := a.file(409, query, march+"2026-03-21,1.00,EUR,,three\n"); p.str("code") != "statement_differs" {
		t.Error(p.Raw)
	}
	if p := a.file(409, "&statementId=C", "2026-03-31,1.00,EUR,,x\n2026-04-02,1.00,EUR,,y\n"); p.str("code") != "statement_overlaps" {
		t.Error(p.Raw)
	}
	a.file(201, "", "2026-04-01,1.00,EUR,,x\n")
	before := a.rows(t)
	bad := a.file(422, "", "2026-04-02,1.00,EUR,,x\n2026-04-03,1,00,EUR,,x\n2026-04-04,1.00,USD,,x\n")
	if bad.count("errors") != 2 || a.rows(t) != before {
		t.Errorf("%s wrote %s, before %s", bad.Raw, a.rows(t), before)
	}
	var list struct {
		Items []struct{ StatementID, From string }
	}
	a.get("/statements").into(&list)
	if len(list.Items) != 2 || list.Items[0].From != "2026-04-01" {
		t.Errorf("%+v", list)
	}
	remove := func(status int) answer {
		return a.must(status, "DELETE", recon+"/statements/"+first.str("statementId")+"?propertyId="+a.property, "")
	}
	entry := a.book("revenues", "2026-03-04", 11_800, byBank)
	m := a.must(201, "POST", recon+"/matches", a.match([]string{entry}, []string{a.lines(first.str("statementId"))["one"].LineID}, ""))
	if p := remove(409); p.str("code") != "statement_matched" {
		t.Error(p.Raw)
	}
	a.must(200, "POST", recon+"/matches/"+m.str("matchId")+"/undo", fmt.Sprintf(`{"propertyId":%q,"reason":"r"}`, a.property))
	remove(200)
	remove(404)
	if p := a.must(404, "POST", recon+"/matches", a.match([]string{entry}, m.strs("lineIds"), "")); p.str("code") != "not_found" {
		t.Error(p.Raw)
	}
	if again := a.file(201, query, march); again.yes("known") {
		t.Error(again.Raw)
	}
}

// count is the length of a list, yes a truth.
func (a answer) count(field string) int { list, _ := a.Body[field].([]any); return len(list) }

func (a answer) yes(field string) bool { is, _ := a.Body[field].(bool); return is }

func (a answer) strs(field string) []string {
	var out []string
	list, _ := a.Body[field].([]any)
	for _, x := range list {
		s, _ := x.(string)
		out = append(out, s)
	}
	return out
}

// TestOneLineForTwo (I19): of callers who match one line, or one entry, at the same time one does.
func TestOneLineForTwo(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	var entries []string
	for n := range 4 {
		entries = append(entries, a.book("revenues", "2026-03-04", 11_800, byBank+fmt.Sprintf(`,"description":"%d"`, n)))
	}
	st := a.file(201, "", "2026-03-04,118.00,EUR,,one\n2026-03-04,118.00,EUR,,two\n").str("statementId")
	lines := a.lines(st)
	var wg sync.WaitGroup
	answers := make([]answer, 12)
	for n := range answers {
		line := lines[[]string{"one", "two"}[n%2]].LineID
		who := a
		if n%3 == 0 {
			who.person = a.at(a.another())
		}
		wg.Go(func() {
			answers[n] = who.call("POST", recon+"/matches", who.match([]string{entries[n%4]}, []string{line}, ""))
		})
	}
	wg.Wait()
	made := 0
	for _, r := range answers {
		if r.Status == 201 {
			made++
		} else if r.Status != 409 || r.str("code") != "already_matched" {
			t.Error(r.Raw)
		}
	}
	if made != 2 {
		t.Errorf("%d matches of two lines", made)
	}
	var page struct {
		Items []struct{ EntryIDs, LineIDs []string }
	}
	a.get("/matches?from=2026-03-01&to=2026-03-31").into(&page)
	seen := map[string]bool{}
	for _, m := range page.Items {
		for _, id := range append(m.EntryIDs, m.LineIDs...) {
			if seen[id] {
				t.Errorf("%s stands in two matches", id)
			}
			seen[id] = true
		}
	}
	if p := a.prove("2026-03-31"); len(p.Outstanding) != 2 || len(p.NotInBooks) != 0 {
		t.Errorf("%+v", p)
	}
}

// TestReconciliationIsJudged: what cannot be is refused with its code.
func TestReconciliationIsJudged(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	entry := a.book("revenues", "2026-03-04", 11_800, byBank)
	second := a.book("revenues", "2026-03-04", 11_800, byBank)
	cash := a.book("revenues", "2026-03-04", 500, `"paymentMode":"CASH","source":"ROOM"`)
	upi := a.book("revenues", "2026-03-04", 500, `"paymentMode":"UPI","source":"ROOM"`)
	waiting := account{a.member("front", "FRONT_DESK", a.property), a.property}.book("revenues", "2026-03-04", 11_800, byBank)
	st := a.file(201, "", "2026-02-27,3.00,EUR,,old\n2026-03-04,118.00,EUR,,one\n2026-03-05,5.00,EUR,,five\n").str("statementId")
	line := a.lines(st)
	if line["old"].Status != "BEFORE_OPENING" {
		t.Errorf("%+v", line["old"])
	}
	one := []string{line["one"].LineID}
	for _, c := range []struct {
		status  int
		code    string
		entries []string
		lines   []string
	}{
		{422, "not_a_bank_item", []string{cash}, one}, {422, "not_a_bank_item", []string{upi}, one}, {422, "not_a_bank_item", []string{waiting}, one},
		{422, "before_opening_date", []string{entry}, []string{line["old"].LineID}}, {422, "match_shape", []string{entry, second}, nil},
		{422, "match_shape", []string{entry, cash}, []string{one[0], line["five"].LineID}}, {422, "match_duplicate", []string{entry, entry}, one},
		{409, "match_difference", []string{entry}, []string{line["five"].LineID}}, {404, "not_found", []string{entry + "x"}, one}, {404, "not_found", []string{entry}, []string{"x"}},
	} {
		a.refused(c.status, c.code, "POST", recon+"/matches", a.match(c.entries, c.lines, ""))
	}
	for _, span := range []string{"&from=9999-01-01&to=9999-12-31", "&from=1900-01-01&to=1900-12-31"} {
		for _, list := range []string{"/suggestions", "/matches"} {
			a.must(200, "GET", recon+list+"?propertyId="+a.property+span, "")
		}
	}
	a.refused(422, "bad_reconciliation_range", "GET", recon+"/suggestions?from=2026-01-01&to=2027-01-02&propertyId="+a.property, "")
	a.refused(422, "bad_cursor", "GET", recon+"/matches?cursor=x&propertyId="+a.property, "")
	a.refused(409, "reconciliation_too_long", "GET", recon+"?date=9999-12-31&propertyId="+a.property, "")
	a.refused(422, "before_opening_date", "GET", recon+"?date=2026-02-27&propertyId="+a.property, "")
	a.must(201, "POST", recon+"/matches", a.match([]string{entry}, one, ""))
	a.refused(409, "opening_date_fixed", "PUT", recon+"/settings", fmt.Sprintf(`{"propertyId":%q,"openingDate":"2026-03-01","openingMinor":1}`, a.property))
	a.refused(422, "bad_settling_mode", "PUT", recon+"/settings", fmt.Sprintf(`{"propertyId":%q,%s,"modes":[{"paymentMode":"CARD"},{"paymentMode":"CARD"}]}`, a.property, rules))
	a.refused(422, "bad_csv_mapping", "PUT", recon+"/settings", fmt.Sprintf(`{"propertyId":%q,"openingDate":"2026-03-01","openingMinor":1,"csv":{"dateFormat":"YYYY-MM-DD","bookingDate":"D","amount":"A","delimiter":"x"}}`, a.property))
	a.refused(422, "unknown_field", "PUT", recon+"/settings", fmt.Sprintf(`{"propertyId":%q,%s,"bank":"x"}`, a.property, rules))
	a.set(`"account":"DE1"`)
	if later := a.file(201, "", "2026-03-06,5.00,EUR,,later\n"); later.str("account") != "DE1" {
		t.Error(later.Raw)
	}
	a.refused(422, "camt_not_a_statement", "POST", recon+"/statements?format=CAMT053&propertyId="+a.property, "<x/>")
	a.property = a.person.property("NEW", "2026-03-01", 0, "")
	a.refused(409, "reconciliation_not_set", "GET", recon+"?propertyId="+a.property, "")
	a.refused(409, "reconciliation_not_set", "POST", recon+"/reconcile", fmt.Sprintf(`{"propertyId":%q}`, a.property))
}

// TestReconciliationOfOthers (I18): roles, and what is another's is missing.
func TestReconciliationOfOthers(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	entry := a.book("revenues", "2026-03-04", 11_800, byBank)
	st := a.file(201, "", "2026-03-04,118.00,EUR,,one\n").str("statementId")
	m := a.must(201, "POST", recon+"/matches", a.match([]string{entry}, []string{a.lines(st)["one"].LineID}, ""))
	them, _ := a.founder(t)
	theirs := account{them, them.property("MAIN", "2026-03-01", 0, "")}
	theirs.set(`"windowDays":3`)
	reads := []string{
		"?", "/settings?", "/statements?", "/statements/" + st + "/lines?", "/suggestions?", "/matches?", "/matches/" + m.str("matchId") + "?", "/unmatched?side=BOOK&", "/unmatched?side=BANK&", "/log?",
	}
	for _, path := range reads {
		a.must(200, "GET", recon+path+"propertyId="+a.property, "")
		missing := them.reply("GET", recon+path+"propertyId="+ids.NewUUID().String(), "")
		same404(t, path, them.reply("GET", recon+path+"propertyId="+a.property, ""), missing)
	}
	// Our ids at a property of theirs.
	for _, path := range []string{"/statements/" + st + "/lines?", "/matches/" + m.str("matchId") + "?"} {
		them.refused(404, "not_found", "GET", recon+path+"propertyId="+theirs.property, "")
	}
	them.refused(404, "not_found", "POST", recon+"/matches", theirs.match([]string{entry}, m.strs("lineIds"), ""))
	them.refused(404, "not_found", "POST", recon+"/matches/"+m.str("matchId")+"/undo", fmt.Sprintf(`{"propertyId":%q,"reason":"r"}`, theirs.property))
	them.refused(404, "not_found", "DELETE", recon+"/statements/"+st+"?propertyId="+theirs.property, "")
	writes := [][3]string{
		{"PUT", "/settings", fmt.Sprintf(`{"propertyId":%q,%s}`, a.property, rules)}, {"POST", "/reconcile", fmt.Sprintf(`{"propertyId":%q}`, a.property)},
		{"POST", "/statements?format=CSV&propertyId=" + a.property, "Date,Amount,Ccy,Ref,Text\n2026-03-06,1.00,EUR,,x\n"},
		{"DELETE", "/statements/" + st + "?propertyId=" + a.property, ""}, {"POST", "/matches", a.match([]string{entry}, m.strs("lineIds"), "")},
		{"POST", "/matches/" + m.str("matchId") + "/undo", fmt.Sprintf(`{"propertyId":%q,"reason":"r"}`, a.property)},
	}
	front, auditor := a.member("front", "FRONT_DESK", a.property), a.member("auditor", "AUDITOR")
	for _, w := range writes {
		same404(t, w[1], them.reply(w[0], recon+w[1], w[2]), them.reply(w[0], recon+strings.ReplaceAll(w[1], a.property, ids.NewUUID().String()), strings.ReplaceAll(w[2], a.property, ids.NewUUID().String())))
		front.refused(403, "forbidden", w[0], recon+w[1], w[2])
		auditor.refused(403, "forbidden", w[0], recon+w[1], w[2])
		if p := a.send(w[0], recon+w[1], w[2], func(r *http.Request) { r.Header.Del("Idempotency-Key") }); p.Status != 400 || p.str("code") != "idempotency_key_missing" {
			t.Errorf("%s %s without a key: %s", w[0], w[1], p.Raw)
		}
	}
	for _, who := range []person{front, auditor} {
		who.must(200, "GET", recon+"?propertyId="+a.property, "")
	}
	a.member("accountant", "ACCOUNTANT").must(200, "POST", recon+"/reconcile", fmt.Sprintf(`{"propertyId":%q}`, a.property))
}
