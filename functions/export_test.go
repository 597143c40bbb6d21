package functions_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// file is an export as it came.
type file struct {
	http.Header
	status int
	body   string
}

// export asks for a file.
func (p person) export(query string) file {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/v1/reports/export?"+query, http.NoBody)
	r.Header.Set("Authorization", "Bearer "+p.token)
	w := httptest.NewRecorder()
	p.mux.ServeHTTP(w, r)
	raw, err := io.ReadAll(w.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return file{w.Header(), w.Code, string(raw)}
}

// exported is export of what must be there.
func (p person) exported(query string) file {
	p.t.Helper()
	f := p.export(query)
	if f.status != 200 {
		p.t.Fatalf("%s: %d %.500s", query, f.status, f.body)
	}
	return f
}

// exporting is an organisation of two currencies with entries of two months, some of them hostile.
func exporting(t *testing.T) (owner person, quay, dune string) {
	t.Helper()
	h := newHouse(t, "2026-03-10")
	owner, _ = h.founder(t)
	quay = owner.property("QUAY", "2026-02-01", 50_000, "")
	dune = owner.must(201, "POST", "/v1/setup/properties", `{"code":"DUNE","name":"Dune & Sons","type":"HOTEL","timeZone":"UTC","currency":"KWD","goLiveDate":"2026-02-01","openingMinor":7}`).str("propertyId")
	clerk := owner.member("clerk", "FRONT_DESK", quay)
	for i, text := range []string{"=1+1", "-2x", "<b>", "Zürich, \"x\"", "two\nlines"} {
		date := fmt.Sprintf("2026-0%d-0%d", 2+i%2, i+1)
		more := fmt.Sprintf(`"description":%s,"amountMinor":%d`, quoted(text), 10_000*(i+1)+i)
		owner.record("revenues", quay, date, more, `"paymentMode":"CARD","source":"SPA"`)
		owner.record("expenses", quay, date, more)
		owner.record("movements", quay, date, fmt.Sprintf(`"amountMinor":%d`, 17+i))
		owner.record("revenues", dune, date, fmt.Sprintf(`"currency":"KWD","amountMinor":%d`, 1_000_003*(i+1)))
	}
	clerk.record("revenues", quay, "2026-03-10", `"amountMinor":4242`)
	owner.must(201, "POST", "/v1/finance/days/2026-03-09/count", fmt.Sprintf(`{"propertyId":%q,"countedMinor":123}`, quay))
	return owner, quay, dune
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// exports are reports and, each, the export of it.
func exports(quay, dune string) map[string]string {
	return map[string]string{
		"daily-report?propertyId=" + quay + "&date=2026-03-02&include=pending":                       "report=daily&propertyId=" + quay + "&date=2026-03-02&include=pending",
		"daily-report?propertyId=" + dune + "&from=2026-02-01&to=2026-02-20&include=entries":         "report=daily&propertyId=" + dune + "&from=2026-02-01&to=2026-02-20&include=entries",
		"daily-report?propertyId=" + quay + "&from=2026-03-01&to=2026-03-10&include=entries,pending": "report=daily&propertyId=" + quay + "&from=2026-03-01&to=2026-03-10&include=entries,pending",
		"monthly-report?month=2026-03&rows=days&propertyId=" + quay:                                  "report=monthly&month=2026-03&rows=days&propertyId=" + quay,
		"monthly-report?month=2026-02&rows=days":                                                     "report=monthly&month=2026-02&rows=days",
		"periodic-report?period=2026-03":                                                             "report=periodic&period=2026-03",
		"quarterly-report?quarter=2026-Q1&rows=months&propertyId=" + quay + "," + dune:               "report=quarterly&quarter=2026-Q1&rows=months&propertyId=" + quay + "," + dune,
		"flash-report?propertyId=" + quay + "&date=2026-03-09":                                       "report=flash&propertyId=" + quay + "&date=2026-03-09",
		"analytics/trial-balance?period=2026-03":                                                     "report=trial-balance&period=2026-03",
		"analytics/profit-and-loss?period=2026-Q1":                                                   "report=profit-and-loss&period=2026-Q1",
		"analytics/departments?period=2026":                                                          "report=departments&period=2026",
		"analytics/trends?period=2026-Q1":                                                            "report=trends&period=2026-Q1",
		"analytics/cash-flow?period=2026-03":                                                         "report=cash-flow&period=2026-03",
		"analytics/cash-to-accrual?period=2026-03":                                                   "report=cash-to-accrual&period=2026-03",
		"analytics/comparison?period=2026-Q1":                                                        "report=comparison&period=2026-Q1",
		"yearly-report?year=2026&rows=months":                                                        "report=yearly&year=2026&rows=months",
	}
}

// Each figure of a report is in each format of its export, as often as in the JSON, and no other is.
func TestExportsAreTheReports(t *testing.T) {
	t.Parallel()
	owner, quay, dune := exporting(t)
	for report, query := range exports(quay, dune) {
		a := owner.must(200, "GET", "/v1/reports/"+report, "")
		if list, ok := a.Body["properties"].([]any); ok && len(list) == 1 {
			delete(a.Body, "totals") // are the property's
		}
		want := jsonFigures(a.Body, "")
		slices.Sort(want)
		if len(want) < 15 {
			t.Errorf("%s has %d figures", report, len(want))
		}
		for format, read := range map[string]func(*testing.T, string) []int64{"csv": csvFigures, "xlsx": xlsxFigures, "html": htmlFigures} {
			got := read(t, owner.exported(query+"&format="+format).body)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s as %s (-JSON +file):\n%s", query, format, diff)
			}
		}
		pdf := pdfWords(t, owner.exported(query+"&format=pdf").body)
		for _, n := range want {
			if !pdf[n] {
				t.Errorf("%s as pdf: %d is missing", query, n)
			}
		}
	}
}

// The entries of a range that is longer than a report lists are those of the reports of its parts.
func TestExportedEntries(t *testing.T) {
	t.Parallel()
	owner, quay, _ := exporting(t)
	owner.live() // the parts are read at one moment of the database's clock
	var want []string
	for _, dates := range []string{"from=2026-02-01&to=2026-03-03", "from=2026-03-04&to=2026-03-31"} {
		var v struct{ Entries []struct{ ID string } }
		owner.must(200, "GET", "/v1/reports/daily-report?include=entries&propertyId="+quay+"&"+dates, "").into(&v)
		if len(v.Entries) == 0 {
			t.Fatalf("no entries %s", dates)
		}
		for _, e := range v.Entries {
			want = append(want, e.ID)
		}
	}
	f := owner.exported("report=entries&format=csv&from=2026-01-01&to=2026-03-31&propertyId=" + quay)
	records, err := csv.NewReader(strings.NewReader(f.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range records[1:] {
		got = append(got, r[0])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-reports +file):\n%s", diff)
	}
	for _, r := range records {
		for _, cell := range r {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
	for _, format := range []string{"xlsx", "pdf", "html"} {
		if f := owner.exported("report=entries&from=2026-02-01&to=2026-03-31&propertyId=" + quay + "&format=" + format); len(f.body) < 2000 {
			t.Errorf("%s: %d bytes", format, len(f.body))
		}
	}
}

func TestExportHeaders(t *testing.T) {
	t.Parallel()
	owner, quay, _ := exporting(t)
	for format, want := range map[string]string{
		"csv":  "text/csv; charset=utf-8; header=present",
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"pdf":  "application/pdf", "html": "text/html; charset=utf-8",
	} {
		f := owner.exported("report=monthly&month=2026-03&propertyId=" + quay + "&format=" + format)
		kind := "attachment"
		if format == "html" {
			kind = "inline"
		}
		if got := f.Get("Content-Disposition"); got != kind+`; filename="monthly-report_QUAY_2026-03.`+format+`"` {
			t.Errorf("%s: %s", format, got)
		}
		if f.Get("Content-Type") != want || f.Get("X-Content-Type-Options") != "nosniff" || f.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", format, f.Header)
		}
		if policy := f.Get("Content-Security-Policy"); (format == "html") != strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
			t.Errorf("%s: policy %q", format, policy)
		}
	}
}

// An export is refused as its report is, and takes no parameter that its report does not take.
func TestExportRefusals(t *testing.T) {
	t.Parallel()
	owner, quay, dune := exporting(t)
	get := func(p person, status int, code, query string) answer {
		t.Helper()
		return p.refused(status, code, "GET", "/v1/reports/export?"+query, "")
	}
	day := "report=daily&date=2026-03-02&propertyId="
	get(owner, 422, "not_allowed_value", "format=docx&"+day+quay)
	get(owner, 422, "not_allowed_value", "format=csv&report=weekly")
	get(owner, 422, "missing_parameter", day+quay)
	get(owner, 422, "missing_parameter", "format=csv&report=monthly")
	get(owner, 422, "unknown_parameter", "format=csv&month=2026-03&"+day+quay)
	get(owner, 422, "unknown_parameter", "format=pdf&bom=true&"+day+quay)
	get(owner, 422, "unknown_parameter", "format=csv&report=entries&include=pending&from=2026-03-01&to=2026-03-02&propertyId="+quay)
	get(owner, 422, "one_property", "format=csv&"+day+quay+","+dune)
	get(owner, 422, "one_property", "format=csv&report=daily&date=2026-03-02")
	get(owner, 422, "date_or_range", "format=csv&report=entries&from=2026-03-01&propertyId="+quay)
	get(owner, 422, "bad_month", "format=csv&report=monthly&month=2026-13")
	get(owner, 422, "no_such_table", "format=csv&table=99&"+day+quay)
	get(owner, 422, "before_go_live", "format=csv&report=entries&from=2026-01-01&to=2026-01-02&propertyId="+quay)
	get(owner, 422, "known_at_in_future", "format=csv&known_at=2099-01-01T00:00:00Z&"+day+quay)
	if f := owner.export("format=csv&" + day + quay + "&from=" + url.QueryEscape("2026-03-01")); f.status != 422 {
		t.Errorf("date and from: %d", f.status)
	}

	stranger, _ := owner.founder(t)
	missing := get(stranger, 404, "not_found", "format=csv&"+day+"00000000-0000-4000-8000-000000000000")
	if theirs := get(stranger, 404, "not_found", "format=csv&"+day+quay); theirs.Raw != missing.Raw {
		t.Errorf("another's property is told from a missing one: %s, %s", theirs.Raw, missing.Raw)
	}
	clerk := owner.member("other", "FRONT_DESK", dune)
	get(clerk, 404, "not_found", "format=csv&"+day+quay)
	clerk.token = "none"
	get(clerk, 401, "bad_token", "format=csv&"+day+dune)
}
