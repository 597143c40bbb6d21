package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"innkeep.internal/scripts/import/internal/intake"
)

const postings = `
kind: revenue
key: {column: no, prefix: t/}
currency: EUR
fields:
  property: {column: house}
  businessDate: {column: day}
  amount: {column: amount}
  paymentMode: {column: mode}
  source: {value: ROOM}
  description: {column: note}
properties:
  a: {code: A, name: House A, type: HOTEL, timeZone: Europe/Lisbon, openingMinor: 5000, roomCount: 7}
  b: {code: B, name: House B, type: HOSTEL, timeZone: Asia/Kolkata}
`

const header = "no,house,day,amount,mode,note\n"

// outcome is what an import left.
type outcome struct {
	exit                    int
	stdout, stderr, rejects string
	summary                 intake.Summary
}

// start imports text through the mapping into the server.
func start(ctx context.Context, t *testing.T, url, mapping, text string, flags ...string) outcome {
	t.Helper()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, content := range map[string]string{"m.yaml": mapping, "f.csv": text} {
		if err := os.WriteFile(path(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := append([]string{"--mapping", path("m.yaml"), "--file", path("f.csv"), "--rejects", path("r.csv"),
		"--summary", path("s.json"), "--create-properties", "--go-live", "2024-01-01"}, flags...)
	env := map[string]string{"INNKEEP_URL": url, "INNKEEP_TOKEN": token}
	var o outcome
	var stdout, stderr bytes.Buffer
	o.exit = run(ctx, args, func(name string) string { return env[name] }, strings.NewReader(""), &stdout, &stderr)
	o.stdout, o.stderr = stdout.String(), stderr.String()
	rejects, _ := os.ReadFile(path("r.csv"))
	o.rejects = string(rejects)
	if summary, err := os.ReadFile(path("s.json")); err == nil {
		if err := json.Unmarshal(summary, &o.summary); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// lines are n good lines of two properties, over days of three months.
func lines(n int) string {
	var b strings.Builder
	b.WriteString(header)
	for i := range n {
		fmt.Fprintf(&b, "%d,%c,2024-%02d-%02d,%d.5,CASH,x\n", i, 'a'+i%2, 1+i*3/n, 1+i%28, 1+i%90)
	}
	return b.String()
}

func TestFirstAndSecondImport(t *testing.T) {
	t.Parallel()
	b, server := newBook(t)
	text := header +
		"1,a,2024-01-30,12.34,CASH,first\n" +
		"2,b,2024-01-30,1,CARD,\n" +
		"3,a,2024-01-31,0,CASH,free\n" +
		"4,a,2024-02-01,0.66,CARD,\n" +
		"5,a,2024-02-01,1.005,CARD,\n" +
		"6,c,2024-02-01,1,CARD,\n" +
		"7,a,2024-02-01\n" +
		"8,a,2024-02-01,10,CASH,\"two\nlines\"\n" +
		"9,a,2024-01-29,1,CASH,earlier\n"
	first := start(t.Context(), t, server.URL, postings, text, "--close-days", "--batch", "2")
	if first.exit != 0 {
		t.Fatalf("exit %d: %s", first.exit, first.stderr)
	}
	want := intake.Summary{
		File: "f.csv", Kind: "revenue", Complete: true, Lines: 9, Accepted: 5, New: 5, Refused: 4,
		RefusedByCode: map[string]int64{"amount_zero": 1, "bad_amount": 1, "unknown_property": 1, "ragged_row": 1},
		Created:       []string{"A", "B"}, Closed: []intake.Closed{{Property: "A", Date: "2024-01-31"}},
		Months: []intake.Month{
			{Refused: 1, RefusedByCode: map[string]int64{"ragged_row": 1}},
			{Month: "2024-02", Currency: "EUR", Refused: 1, RefusedByCode: map[string]int64{"unknown_property": 1}},
			month("A", "2024-01", 1334, map[string]intake.Sum{"CASH": {Count: 2, AmountMinor: 1334}}, map[string]int64{"amount_zero": 1}),
			month("A", "2024-02", 1066, map[string]intake.Sum{"CASH": {Count: 1, AmountMinor: 1000}, "CARD": {Count: 1, AmountMinor: 66}}, map[string]int64{"bad_amount": 1}),
			month("B", "2024-01", 100, map[string]intake.Sum{"CARD": {Count: 1, AmountMinor: 100}}, nil),
		},
	}
	ignore := cmpopts.IgnoreFields(intake.Summary{}, "Seconds", "EntriesPerSecond", "Calls", "Retries")
	if diff := cmp.Diff(want, first.summary, ignore); diff != "" {
		t.Errorf("summary (-want +got)\n%s", diff)
	}
	wantRejects := "no,house,day,amount,mode,note,line,code,reason\n" +
		"3,a,2024-01-31,0,CASH,free,4,amount_zero,because of amount_zero\n" +
		"5,a,2024-02-01,1.005,CARD,,6,bad_amount,\"amount: \"\"1.005\"\" has 3 decimals, the currency 2\"\n" +
		"6,c,2024-02-01,1,CARD,,7,unknown_property,\"property \"\"c\"\" is not among the mapping's properties\"\n" +
		",,,,,,8,ragged_row,\"the row has 3 cells, the header 6: 7,a,2024-02-01\"\n"
	if diff := cmp.Diff(wantRejects, first.rejects); diff != "" {
		t.Errorf("rejects (-want +got)\n%s", diff)
	}
	if p := b.properties["A"]; p["goLiveDate"] != "2024-01-01" || p["openingMinor"] != 5000.0 || p["roomCount"] != 7.0 || p["currency"] != "EUR" {
		t.Errorf("created as %v", p)
	}

	second := start(t.Context(), t, server.URL, postings, text, "--close-days", "--batch", "3", "--workers", "1")
	if second.exit != 0 || !strings.Contains(second.stdout, "nothing changed: 0 new, 5 already there") {
		t.Errorf("exit %d\n%s%s", second.exit, second.stdout, second.stderr)
	}
	if second.summary.New != 0 || second.summary.Replayed != 5 || !second.summary.Closed[0].Already || len(second.summary.Created) != 0 {
		t.Errorf("%+v", second.summary)
	}
	if second.rejects != first.rejects || len(b.entries) != 5 || b.closed["id-A"] != "2024-01-31" || len(b.closed) != 1 {
		t.Errorf("the second import left %d entries, closed %v, rejects\n%s", len(b.entries), b.closed, second.rejects)
	}
}

// month is a row whose source is ROOM and whose status APPROVED throughout.
func month(property, name string, minor int64, modes map[string]intake.Sum, refused map[string]int64) intake.Month {
	m := intake.Month{Property: property, Month: name, Currency: "EUR", AmountMinor: minor, ByPaymentMode: modes, RefusedByCode: refused}
	for _, sum := range modes {
		m.Accepted += sum.Count
	}
	for _, n := range refused {
		m.Refused += n
	}
	all := map[string]intake.Sum{"ROOM": {Count: m.Accepted, AmountMinor: minor}}
	m.BySource, m.ByStatus = all, map[string]intake.Sum{"APPROVED": all["ROOM"]}
	return m
}

func TestRejectsCanBeRepairedAndImported(t *testing.T) {
	t.Parallel()
	b, server := newBook(t)
	first := start(t.Context(), t, server.URL, postings, header+"1,a,2024-01-30,1,CASH,\n2,a,2024-01-30,1.999,CASH,\n")
	second := start(t.Context(), t, server.URL, postings, strings.Replace(first.rejects, "1.999", "1.99", 1))
	if second.exit != 0 || second.summary.New != 1 || b.entries["id-A t/2"].AmountMinor != 199 {
		t.Errorf("%+v %s", second.summary, second.stderr)
	}
}

func TestOrderOfAPropertyIsTheFiles(t *testing.T) {
	t.Parallel()
	b, server := newBook(t)
	if o := start(t.Context(), t, server.URL, postings, lines(3000), "--batch", "50", "--workers", "8"); o.exit != 0 {
		t.Fatal(o.stderr)
	}
	if b.overlap {
		t.Error("two calls of one property were under way at once")
	}
	for i, property := range []string{"id-A", "id-B"} {
		var want []string
		for n := i; n < 3000; n += 2 {
			want = append(want, fmt.Sprintf("t/%d", n))
		}
		if !slices.Equal(b.order[property], want) {
			t.Errorf("%s is out of order", property)
		}
	}
}

func TestResumesAfterACutConnection(t *testing.T) {
	t.Parallel()
	b, server := newBook(t)
	text := lines(2000)
	b.before = func(w http.ResponseWriter, r *http.Request, call int) bool {
		switch {
		case call == 8: // recorded, but the answer is lost
			r.Header.Set("Connection", "close")
			b.bulk(&discard{}, r)
			panic(http.ErrAbortHandler)
		case call > 12:
			problem(w, http.StatusForbidden, "forbidden")
			return true
		}
		return false
	}
	first := start(t.Context(), t, server.URL, postings, text, "--batch", "100")
	if first.exit != exitFailed || !strings.Contains(first.stderr, "403 forbidden") || first.summary.Complete || first.summary.Error == "" {
		t.Fatalf("exit %d: %s", first.exit, first.stderr)
	}
	server.Close()
	b.before = nil
	stood := len(b.entries)
	if stood == 0 || stood == 2000 {
		t.Fatalf("%d entries stood when it was cut", stood)
	}
	second := start(t.Context(), t, b.serve(t).URL, postings, text, "--batch", "130")
	if second.exit != 0 || second.summary.Replayed != int64(stood) || second.summary.Accepted != 2000 || len(b.entries) != 2000 {
		t.Errorf("%d stood; then %+v %s", stood, second.summary, second.stderr)
	}
}

// discard is an answer that nobody reads.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

func TestACallRefusedAsAWholeCostsItsOwnLines(t *testing.T) {
	t.Parallel()
	b, server := newBook(t)
	text := strings.Replace(lines(500), "7,b,2024-01-08,8.5,CASH,x", "7,b,2024-01-08,8.5,CASH,POISON", 1)
	o := start(t.Context(), t, server.URL, postings, text)
	if o.exit != 0 || o.summary.Accepted != 499 || o.summary.RefusedByCode["body_invalid"] != 1 || !strings.Contains(o.rejects, ",9,body_invalid,") {
		t.Errorf("%+v\n%s%s", o.summary, o.rejects, o.stderr)
	}
	if len(b.entries) != 499 {
		t.Errorf("%d entries", len(b.entries))
	}
}

func TestBadToken(t *testing.T) {
	t.Parallel()
	_, server := newBook(t)
	o := start(t.Context(), t, server.URL, postings, lines(10), "--token", "stale")
	if o.exit != exitFailed || !strings.Contains(o.stderr, "401 unauthenticated") || strings.Contains(o.stdout+o.stderr, "stale") {
		t.Errorf("exit %d: %s", o.exit, o.stderr)
	}
}

func TestFileShapes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text            string
		exit            int
		accepted, lines int64
		stderr          string
	}{
		"byte-order mark and CRLF": {"\ufeff" + strings.ReplaceAll(lines(4), "\n", "\r\n"), 0, 4, 4, ""},
		"quoted newline":           {header + "1,a,2024-01-30,1,CASH,\"x\n,,,\"\n2,a,2024-01-30,1,CASH,\n", 0, 2, 2, ""},
		"ragged rows":              {header + "1,a\n2,a,2024-01-30,1,CASH,\n3,a,2024-01-30,1,CASH,,,\n", 0, 1, 3, ""},
		"columns in another order": {"amount,mode,note,no,house,day,more\n1,CASH,,1,a,2024-01-30,x\n", 0, 1, 1, ""},
		"header only":              {header, 0, 0, 0, ""},
		"missing columns":          {"no,house,day\n1,a,2024-01-30\n", 1, 0, 0, `"amount" stands there 0 times, "mode" stands there 0 times`},
		"empty":                    {"", 1, 0, 0, "the file is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, server := newBook(t)
			o := start(t.Context(), t, server.URL, postings, c.text)
			if o.exit != c.exit || o.summary.Accepted != c.accepted || o.summary.Lines != c.lines || !strings.Contains(o.stderr, c.stderr) {
				t.Errorf("exit %d, %+v\n%s", o.exit, o.summary, o.stderr)
			}
			rows, err := csv.NewReader(strings.NewReader(o.rejects)).ReadAll()
			if err != nil || c.exit == 0 && int64(len(rows)) != 1+c.lines-c.accepted {
				t.Errorf("%d rejects, %v\n%s", len(rows), err, o.rejects)
			}
		})
	}
}
