package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asProgram makes the test binary be the program itself.
const asProgram = "IMPORT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program is an import of text in a process of its own, not yet started, that takes address and token
// from .innkeep/local.env.
func program(t *testing.T, url, text string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"m.yaml": postings, "f.csv": text,
		localEnv: "# local\nexport INNKEEP_URL=\"" + url + "\"\nINNKEEP_TOKEN=" + token + "\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(os.Args[0], "--mapping", "m.yaml", "--file", "f.csv", "--create-properties", "--go-live", "2024-01-01",
		"--batch", "100", "--summary", "s.json")
	c.Dir = dir
	c.Env = []string{asProgram + "=1"}
	return c
}

// stopAtHalf starts the program and signals it when the book has half of its calls; it answers the
// exit status, -1 for a killed process.
func stopAtHalf(t *testing.T, sig os.Signal, text string) (b *book, url, stdout string, exit int) {
	t.Helper()
	b, server := newBook(t)
	var c *exec.Cmd
	gone := make(chan struct{})
	b.before = func(_ http.ResponseWriter, r *http.Request, call int) bool {
		if call == 13 {
			if err := c.Process.Signal(sig); err != nil {
				t.Error(err)
			}
		}
		if call >= 13 {
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server watch the connection
			select {
			case <-r.Context().Done():
			case <-gone:
			}
			return true
		}
		return false
	}
	c = program(t, server.URL, text)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	b.mu.Lock() // holds the calls back until c.Process is known
	err := c.Start()
	b.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
	close(gone)
	server.Close()
	b.before = nil
	if n := len(b.entries); n == 0 || n >= 2000 {
		t.Fatalf("%d entries at half: %s", n, errs.String())
	}
	return b, b.serve(t).URL, out.String(), c.ProcessState.ExitCode()
}

func TestKilledAtHalf(t *testing.T) {
	t.Parallel()
	text := lines(2000)
	b, url, _, exit := stopAtHalf(t, syscall.SIGKILL, text)
	if exit != -1 {
		t.Fatalf("exit %d", exit)
	}
	stood := len(b.entries)
	o := start(t.Context(), t, url, postings, text)
	if o.exit != 0 || o.summary.Replayed != int64(stood) || o.summary.New != int64(2000-stood) || len(b.entries) != 2000 {
		t.Errorf("%d stood; then %+v %s", stood, o.summary, o.stderr)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	b, _, stdout, exit := stopAtHalf(t, os.Interrupt, lines(2000))
	if exit != exitInterrupted || !strings.Contains(stdout, "run it again to go on") || !strings.Contains(stdout, "2024-01") {
		t.Errorf("exit %d with %d entries\n%s", exit, len(b.entries), stdout)
	}
}
