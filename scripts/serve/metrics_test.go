package main

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"innkeep.internal/shared/testkit/otlp"
)

// busy are metrics that a run moves, beside those that terraform names.
var busy = []string{
	"innkeep.function.duration", "innkeep.entries", "innkeep.entries.amount", "innkeep.feed.lag", "innkeep.capacity.used", "innkeep.partitions.properties",
}

// Each metric that an alert or a dashboard names leaves a run under load, with the unit that the code says,
// and has moved; those of what does not happen in a run that goes well are provoked beside their code, by a test
// that collects them as well (otlp.Moved).
func TestMetricsLeave(t *testing.T) {
	t.Parallel()
	c := otlp.New(t)
	p := launch(t, append(useShared(t), "OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL, "OTEL_METRIC_EXPORT_INTERVAL=300"), "--limits")
	p.await(ready)
	load(t, p)

	elsewhere := provoked(t)
	wanted := slices.Concat(busy, named(t))
	wanted = slices.DeleteFunc(wanted, func(name string) bool { return slices.Contains(elsewhere, name) })
	missing := func() []string {
		seen := c.Metrics()
		return slices.DeleteFunc(slices.Clone(wanted), func(name string) bool { return seen[name].Total > 0 })
	}
	late := time.Now().Add(40 * time.Second)
	url, token := p.env()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for len(missing()) > 0 && time.Now().Before(late) { // each request lets out what was measured before it
		call(t, "GET", url+"/v1/setup/organisation", token, "")
		<-tick.C
	}
	if left := missing(); len(left) > 0 {
		t.Errorf("%d of %d have not moved: %q\nseen: %q", len(left), len(wanted), left, slices.Sorted(maps.Keys(c.Metrics())))
	}
	units := declared(t)
	for name, m := range c.Metrics() {
		if strings.HasPrefix(name, "innkeep.") && (units[name] == "" || units[name] != m.Unit) {
			t.Errorf("%s leaves with the unit %q, the code says %q", name, m.Unit, units[name])
		}
		for _, key := range m.Attributes {
			if strings.Contains(key, "org") || strings.Contains(key, "property") {
				t.Errorf("%s has the attribute %s: there are millions of them", name, key)
			}
		}
	}
	for _, name := range named(t) {
		if units[name] == "" {
			t.Errorf("no code measures %s", name)
		}
	}
	rpc := func(name string) bool { return strings.HasPrefix(name, "rpc.client.") }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(c.Metrics())), rpc) {
		t.Error("Google's clients measure nothing")
	}
}

// load asks for what the demo's filling has not asked for.
func load(t *testing.T, p *process) {
	t.Helper()
	url, token := p.env()
	today := time.Now().UTC().Format(time.DateOnly)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(hook.Close)
	must := func(status int, method, path, body string) map[string]any {
		t.Helper()
		got, v := call(t, method, url+path, token, body)
		if got != status {
			t.Fatalf("%s %s: %d %v", method, path, got, v)
		}
		return v
	}
	must(201, "POST", "/v1/events/webhooks", fmt.Sprintf(`{"url":%q,"eventTypes":[]}`, hook.URL))
	property := must(201, "POST", "/v1/setup/properties", fmt.Sprintf(
		`{"code":"M","name":"M","type":"HOTEL","timeZone":"UTC","currency":"EUR","goLiveDate":%q,"openingMinor":1000}`, today))
	id := fmt.Sprint(property["propertyId"])
	must(201, "POST", "/v1/finance/revenues", fmt.Sprintf(
		`{"propertyId":%q,"businessDate":%q,"amountMinor":234,"currency":"EUR","paymentMode":"CASH","source":"ROOM"}`, id, today))
	reconcile(t, must, id, today)
	for range 3 {
		must(200, "GET", "/v1/reports/daily-report?propertyId="+id+"&date="+today, "")
	}
	sweep := func(function string) {
		if status := post(t, p.variables()["INNKEEP_FUNCTIONS_URL"]+"/"+function, `{"sweep":true}`); status >= 300 {
			t.Errorf("the sweep of %s: %d", function, status)
		}
	}
	exceed(t, url)
	sweep("monitor") // at once: it looks at the last 10 s
	get := func(path string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = reply.Body.Close() }) // the stream stays open
		if reply.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", path, reply.Status)
		}
		_, _ = io.ReadFull(reply.Body, make([]byte, 1))
	}
	get("/v1/reports/export?report=daily&format=csv&propertyId=" + id + "&from=" + today + "&to=" + today)
	get("/v1/events/stream?start=beginning")
	for _, f := range []string{"correct", "deliver", "partitions"} {
		sweep(f)
	}
}

// reconcile takes a bank's statement of one line, which is in the books.
func reconcile(t *testing.T, must func(status int, method, path, body string) map[string]any, property, today string) {
	t.Helper()
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	must(200, "PUT", "/v1/reports/reconciliation/settings", fmt.Sprintf(`{"propertyId":%q,"openingDate":%q,"openingMinor":0,"csv":`+
		`{"dateFormat":"YYYY-MM-DD","bookingDate":"Date","amount":"Amount","currency":"Ccy","reference":"Ref","text":["Text"]}}`, property, yesterday))
	must(201, "POST", "/v1/finance/revenues", fmt.Sprintf(
		`{"propertyId":%q,"businessDate":%q,"amountMinor":9900,"currency":"EUR","paymentMode":"BANK","source":"ROOM","bankReference":"INV-1"}`, property, today))
	must(201, "POST", "/v1/reports/reconciliation/statements?format=CSV&propertyId="+property+"&statementId=1&openingMinor=0&closingMinor=9900&from="+today+"&to="+today,
		"Date,Amount,Ccy,Ref,Text\n"+today+",99.00,EUR,,INV-1")
	if ran := must(200, "POST", "/v1/reports/reconciliation/reconcile", fmt.Sprintf(`{"propertyId":%q}`, property)); ran["matchedByReference"] != 1.0 {
		t.Errorf("a statement is reconciled: %v", ran)
	}
}

// exceed asks for more than the smallest plan gives, as an organisation that has not been founded.
func exceed(t *testing.T, url string) {
	t.Helper()
	_, v := call(t, "POST", url+"/local/tokens", "", `{"subject":"nobody","organisation":"stranger"}`)
	token := fmt.Sprint(v["token"])
	for range 101 {
		if status, _ := call(t, "GET", url+"/v1/setup/organisation", token, ""); status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("no call was too many")
}

// provoked are the metrics that tests beside the code provoke and collect: those that a test file names which
// uses the collector.
func provoked(t *testing.T) (all []string) {
	t.Helper()
	name := regexp.MustCompile(`"(innkeep\.[a-z_.]+)"`)
	for _, folder := range []string{"../../shared", "../../functions"} {
		texts(t, folder, "_test.go", func(text string) {
			if strings.Contains(text, "/shared/testkit/otlp\"") {
				for _, m := range name.FindAllStringSubmatch(text, -1) {
					all = append(all, m[1])
				}
			}
		})
	}
	return all
}

// named are the metrics of our own that terraform names.
func named(t *testing.T) (all []string) {
	t.Helper()
	metric := regexp.MustCompile(`\{\\"((?:innkeep|http\.server)[a-z_.]+)\\"`)
	texts(t, "../../terraform", ".tf", func(text string) {
		for _, m := range metric.FindAllStringSubmatch(text, -1) {
			name := m[1]
			for _, part := range []string{"_bucket", "_count", "_sum"} {
				name = strings.TrimSuffix(name, part)
			}
			all = append(all, name)
		}
	})
	slices.Sort(all)
	return slices.Compact(all)
}

// declared is the unit of every instrument of the code.
func declared(t *testing.T) map[string]string {
	t.Helper()
	instrument := regexp.MustCompile(`"((?:innkeep|http\.server)\.[a-z_.]+)",\s*metric\.WithUnit\("([^"]+)"\)`)
	units := map[string]string{}
	for _, folder := range []string{"../../shared", "../../functions"} {
		texts(t, folder, ".go", func(text string) {
			for _, m := range instrument.FindAllStringSubmatch(text, -1) {
				units[m[1]] = m[2]
			}
		})
	}
	return units
}

// texts gives the files below a folder; none where it is not there.
func texts(t *testing.T, folder, suffix string, each func(text string)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, suffix) || strings.HasSuffix(name, "_test.go") != (suffix == "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		each(string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
