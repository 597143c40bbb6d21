package document_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"innkeep.internal/shared/platform/document/htmlpage"
)

// browser runs headless Chromium and gives the page as it stands at the end and what was logged. No
// request of it leaves the machine.
func browser(t *testing.T, url string) (dom, log string) {
	t.Helper()
	tool := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			tool = found
			break
		}
	}
	if tool == "" {
		t.Skip("Chromium (package chromium) is not installed: nobody shows the page")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--user-data-dir="+t.TempDir(),
		"--enable-logging=stderr", "--window-size=1400,1000", "--virtual-time-budget=10000", "--dump-dom", url)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &problems, 5*time.Second
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	var console []string
	for _, l := range strings.Split(problems.String(), "\n") {
		if strings.Contains(l, "CONSOLE") {
			console = append(console, l)
		}
	}
	return out.String(), strings.Join(console, "\n")
}

// site serves the page under its policy, without one, and inside of a frame of a width, and notes
// what else is asked for.
func site(t *testing.T, policy string) (url string, others func() []string) {
	t.Helper()
	page := writeHTML(t, month())
	var mu sync.Mutex
	var asked []string
	mux := http.NewServeMux()
	send := func(w http.ResponseWriter, s string) {
		w.Header().Set("Content-Type", htmlpage.MediaType)
		_, _ = w.Write([]byte(s))
	}
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		send(w, page)
	})
	mux.HandleFunc("/bare", func(w http.ResponseWriter, _ *http.Request) { send(w, page) })
	mux.HandleFunc("/frame/{width}", func(w http.ResponseWriter, r *http.Request) {
		send(w, strings.ReplaceAll(measuring, "WIDTH", r.PathValue("width")))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.Path)
		http.NotFound(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, func() []string { mu.Lock(); defer mu.Unlock(); return asked }
}

// measuring tells the widths of the page within a frame, and of the widest table in it.
const measuring = `<!doctype html><link rel="icon" href="data:,"><title>frame</title><iframe src="/bare" style="width:WIDTHpx;height:900px;border:0"></iframe><script>
const frame = document.querySelector("iframe");
frame.onload = () => {
  const page = frame.contentDocument, root = page.documentElement;
  const small = [...page.querySelectorAll("td, dd, dt, p")].filter(e => parseFloat(frame.contentWindow.getComputedStyle(e).fontSize) < 12).length;
  const tables = [...page.querySelectorAll("table")].map(e => e.scrollWidth), boxes = [...page.querySelectorAll(".scroll")].map(e => e.clientWidth);
  document.title = ["measured", root.clientWidth, root.scrollWidth, Math.max(...tables), Math.max(...boxes), small].join(" ");
};
</script>`

var measured5 = regexp.MustCompile(`<title>measured (\d+) (\d+) (\d+) (\d+) (\d+)</title>`)

// On a telephone and on a desk the page is as wide as the window: what is wider scrolls by itself.
func TestPageInBrowser(t *testing.T) {
	t.Parallel()
	for _, width := range []int{390, 1280} {
		t.Run(strconv.Itoa(width), func(t *testing.T) {
			t.Parallel()
			url, others := site(t, htmlpage.SecurityPolicy)
			dom, log := browser(t, fmt.Sprintf("%s/frame/%d", url, width))
			m := measured5.FindStringSubmatch(dom)
			if m == nil {
				t.Fatalf("nothing was measured: %s %.300s", log, dom)
			}
			var n [5]int
			for i := range n {
				n[i], _ = strconv.Atoi(m[i+1])
			}
			if n[0] > width || n[0] < width-20 || n[1] > n[0] {
				t.Errorf("in a window of %d the page is %d wide, of which %d are seen", width, n[1], n[0])
			}
			if n[3] > n[0] || width < 500 && n[2] <= n[3] {
				t.Errorf("in a window of %d tables are up to %d wide in boxes of %d", width, n[2], n[3])
			}
			if n[4] > 0 {
				t.Errorf("%d texts are smaller than 12 px", n[4])
			}
			if asked := others(); len(asked) > 0 || log != "" {
				t.Errorf("asked for %q, logged %s", asked, log)
			}
		})
	}
}

// Under its policy the page shows without a complaint; under another one there would be some.
func TestPageUnderItsPolicy(t *testing.T) {
	t.Parallel()
	url, others := site(t, htmlpage.SecurityPolicy)
	dom, log := browser(t, url+"/page")
	if asked := others(); len(asked) > 0 || log != "" || !strings.Contains(dom, "Quay House") {
		t.Errorf("asked for %q, logged %s", asked, log)
	}
	url, _ = site(t, "default-src 'none'")
	if _, log := browser(t, url+"/page"); !strings.Contains(log, "style") {
		t.Errorf("a refused style is not noticed: %q", log)
	}
}
