package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"innkeep.internal/shared/platform/emulator"
)

const ready = "Ctrl-C stops it."

// call sends a request and gives status and body.
func call(t *testing.T, method, url, token, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprintf("%s/%x", t.Name(), len(body)))
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s %s: %s %q", method, url, reply.Status, text)
	}
	return reply.StatusCode, v
}

func TestServeAndStop(t *testing.T) {
	t.Parallel()
	name := project()
	p := launch(t, useNone(), "--demo=false", "--project", name)
	p.await(ready)
	url, token := p.env()
	want := func(status int, method, path, token, body string) map[string]any {
		t.Helper()
		got, v := call(t, method, url+path, token, body)
		if got != status {
			t.Fatalf("%s %s: %d %v, want %d", method, path, got, v, status)
		}
		return v
	}
	if v := want(200, "GET", "/healthz", "", ""); v["status"] != "ok" {
		t.Error(v)
	}
	if v := want(200, "GET", "/readyz", "", ""); v["status"] != "ready" {
		t.Error(v)
	}
	if v := want(200, "GET", "/v1/openapi.json", "", ""); v["openapi"] != "3.1.0" {
		t.Error(v["openapi"])
	}
	if v := want(200, "GET", "/local/.well-known/openid-configuration", "", ""); v["issuer"] != url+"/local" {
		t.Error(v)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	property := want(201, "POST", "/v1/setup/properties", token, fmt.Sprintf(
		`{"code":"A","name":"A","type":"HOTEL","timeZone":"UTC","currency":"EUR","goLiveDate":%q,"openingMinor":1000}`, today))
	id := fmt.Sprint(property["propertyId"])
	want(201, "POST", "/v1/finance/revenues", token, fmt.Sprintf(
		`{"propertyId":%q,"businessDate":%q,"amountMinor":234,"currency":"EUR","paymentMode":"CASH","source":"ROOM"}`, id, today))
	report := "/v1/reports/daily-report?propertyId=" + id + "&date=" + today
	if v := want(200, "GET", report, token, ""); v["closingMinor"] != 1234.0 {
		t.Error(v)
	}
	stranger := want(201, "POST", "/local/tokens", "", `{"subject":"stranger","organisation":"elsewhere"}`)
	want(201, "POST", "/v1/setup/organisations", fmt.Sprint(stranger["token"]), `{"name":"Elsewhere","baseCurrency":"EUR"}`)
	for _, path := range []string{report, "/v1/nothing", "//healthz", "/"} {
		if v := want(404, "GET", path, fmt.Sprint(stranger["token"]), ""); v["code"] != "not_found" {
			t.Errorf("%s: %v", path, v)
		}
	}
	want(401, "GET", report, "", "")
	untilFolded(t, p.started("Spanner"), name)
	if status := post(t, p.variables()["INNKEEP_FUNCTIONS_URL"]+"/project", `{"sweep":true}`); status >= 300 {
		t.Errorf("the sweep's status is %d", status)
	}
	want(404, "POST", "/project", token, `{"sweep":true}`) // nobody calls it from outside

	var addrs []string
	for _, title := range titles {
		addrs = append(addrs, p.started(title))
	}
	p.signal(syscall.SIGTERM)
	if status := p.end(); status != 0 {
		t.Errorf("status %d: %s", status, p.stderr.String())
	}
	if p.stderr.Len() > 0 {
		t.Errorf("the log of a good run: %s", p.stderr.String())
	}
	for _, addr := range addrs {
		gone(t, addr)
	}
}

func TestPrintedLinesWork(t *testing.T) {
	t.Parallel()
	p := launch(t, useShared(t))
	p.await(ready)
	script := "set -eu\ncurl() { command curl --fail \"$@\"; }\n"
	lines := 0
	for line := range strings.Lines(p.output()) {
		if strings.HasPrefix(line, "curl ") || strings.HasPrefix(line, ". ") {
			script += line + "echo\n"
			lines++
		}
	}
	if lines != 12 {
		t.Errorf("%d lines to run", lines)
	}
	sh := exec.CommandContext(t.Context(), "sh", "-c", script)
	sh.Dir = p.dir
	if _, err := exec.LookPath("curl"); err != nil {
		sh.Env = append(os.Environ(), asEnv+"=curl", "PATH="+standIn(t)+":"+os.Getenv("PATH"))
	}
	out, err := sh.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	for _, part := range []string{`"outcome":"DECIDED"`, `"varianceMinor":0`, `"status":"CLOSED"`, `"byCategory":{`, `"roomsSold":`, `"budget":{`, `"month":"`, `"token":"`} {
		if !strings.Contains(string(out), part) {
			t.Errorf("no %s in\n%s", part, out)
		}
	}
}

// standIn is a folder with a curl that is this test binary.
func standIn(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(dir, "curl"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A second start on an emulator that runs finds what the first has left, and leaves it so.
func TestSecondStartOnOneEmulator(t *testing.T) {
	t.Parallel()
	e, err := emulator.Start(t.Context(), emulator.Spanner)
	if err != nil {
		t.Skip(err)
	}
	defer e.Stop()
	name := project()
	var reports [2]string
	for i := range reports {
		p := launch(t, append(useShared(t), "SPANNER_EMULATOR_HOST="+e.Addr), "--project", name)
		p.await(ready)
		url, token := p.env()
		_, list := call(t, "GET", url+"/v1/setup/properties", token, "")
		items, _ := list["items"].([]any)
		for _, item := range items {
			property, _ := item.(map[string]any)
			_, days := call(t, "GET", fmt.Sprintf("%s/v1/finance/days?propertyId=%v", url, property["propertyId"]), token, "")
			reports[i] += fmt.Sprintln(days)
		}
		p.signal(os.Interrupt)
		if status := p.end(); status != 0 {
			t.Fatalf("status %d: %s", status, p.stderr.String())
		}
	}
	if reports[0] != reports[1] || strings.Count(reports[0], "CLOSED") < 30 {
		t.Errorf("first\n%s\nsecond\n%s", reports[0], reports[1])
	}
	conn, err := net.Dial("tcp", e.Addr)
	if err != nil {
		t.Fatal("an emulator that was found was ended:", err)
	}
	_ = conn.Close()
}

func TestStartsThatFail(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // after the parallel cases
	for name, c := range map[string]struct {
		env, args []string
		status    int
		want      string
	}{
		"port taken":      {nil, []string{"--listen", taken.Addr().String()}, exitFailed, "is taken by another program"},
		"no emulator":     {[]string{"SPANNER_EMULATOR_HOST=127.0.0.1:1"}, nil, exitFailed, "nothing answers there"},
		"no Pub/Sub":      {[]string{"PUBSUB_EMULATOR_HOST=127.0.0.1:1"}, nil, exitFailed, "PUBSUB_EMULATOR_HOST is 127.0.0.1:1, and nothing"},
		"no project":      {nil, []string{"--project", "P"}, exitUsage, "-project \"P\" is no project's name"},
		"unknown flag":    {nil, []string{"--what"}, exitUsage, "--what"},
		"stray word":      {nil, []string{"now"}, exitUsage, "\"now\" is not understood"},
		"no such address": {nil, []string{"--listen", "127.0.0.1:99999"}, exitFailed, "invalid port"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := launch(t, append(useNone(), c.env...), c.args...)
			if status := p.end(); status != c.status || !strings.Contains(strings.ReplaceAll(p.stderr.String(), "-what", "--what"), c.want) {
				t.Errorf("status %d: %s", status, p.stderr.String())
			}
			if strings.Contains(p.output(), "started") {
				t.Error("it started an emulator first")
			}
		})
	}
}

func TestStartThatFailsHalfWay(t *testing.T) {
	t.Parallel()
	p := launch(t, useShared(t), "--demo=false", "--env-file", "/dev/null/local.env")
	addr := p.emulator()
	if status := p.end(); status != exitFailed || !strings.Contains(p.stderr.String(), "/dev/null") {
		t.Errorf("status %d: %s", status, p.stderr.String())
	}
	gone(t, addr)
}

func TestStopWhileStarting(t *testing.T) {
	t.Parallel()
	p := launch(t, useShared(t))
	addr := p.emulator()
	p.signal(syscall.SIGTERM)
	if status := p.end(); status != exitFailed || !strings.Contains(p.stderr.String(), "stopped before it was ready") {
		t.Errorf("status %d: %s", status, p.stderr.String())
	}
	gone(t, addr)
}

// A call that does not end holds the first signal up, and the second not.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := launch(t, useShared(t), "--demo=false")
	addr := p.emulator()
	p.await(ready)
	url, token := p.env()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /v1/finance/revenues HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nIdempotency-Key: k\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n", token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 100)); err != nil { // 100 Continue: the function reads the body
		t.Fatal(err)
	}
	p.signal(os.Interrupt)
	p.await("stopping")
	start := time.Now()
	p.signal(os.Interrupt)
	if status := p.end(); status != -1 {
		t.Errorf("status %d: %s", status, p.stderr.String())
	}
	if took := time.Since(start); took > grace/2 {
		t.Errorf("the end took %v", took)
	}
	gone(t, addr)
}
