package staging

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"innkeep.internal/functions"
)

// allEnv has every function built: some minutes of two cores. Otherwise one is.
const allEnv = "INNKEEP_STAGE_ALL"

// Each upload builds by itself, in a folder where nothing else is, into a program like the platform's,
// which answers as the function does.
func TestUploadsBuildAndAnswer(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("uploads are compiled for Linux, and run here")
	}
	s, names := stager(t, repository)
	if os.Getenv(allEnv) == "" {
		names = []string{"days"}
	}
	app := filepath.Join(t.TempDir(), "app") // the same for all, so that the go command's cache serves the next one
	for _, name := range names {             // one after the other: the go command takes all cores by itself
		t.Run(name, func(t *testing.T) {
			upload, err := s.Zip(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(app); err != nil {
				t.Fatal(err)
			}
			program, err := Program(t.Context(), repository, app, upload)
			if err != nil {
				t.Fatal(err)
			}
			answers(t, s.byFn[name], program)
		})
	}
}

// answers starts the program and asks it what needs no database.
func answers(t *testing.T, f functions.Function, program string) {
	t.Helper()
	url := start(t, f.EntryPoint, program)
	method, path, want := http.MethodPost, "/", http.StatusForbidden // no pusher is configured
	switch {
	case f.Public: // it has no routes of its own, and opens what it needs before it says anything
		method, path, want = http.MethodGet, "/healthz", http.StatusServiceUnavailable
	case f.Trigger == functions.HTTP:
		method, path, want = http.MethodGet, f.Routes[0], http.StatusUnauthorized
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	if reply.StatusCode != want || reply.Header.Get("X-Request-Id") == "" {
		t.Errorf("%s %s answers %d %s", method, path, reply.StatusCode, body)
	}
	if problem := (struct{ Code string }{}); f.Trigger == functions.HTTP && (json.Unmarshal(body, &problem) != nil || problem.Code == "") {
		t.Errorf("%s %s answers no problem: %s", method, path, body)
	}
}

// start runs the program until the test ends, and gives its URL once it listens.
func start(t *testing.T, target, program string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(clean(os.Environ()), "HOST=127.0.0.1", "PORT="+port, "FUNCTION_TARGET="+target)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err == nil {
			t.Log("the program ended by itself")
		}
		if t.Failed() {
			t.Log(out.String())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
			return "http://" + addr
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the program ended: %v", errors.Join(err, errors.New(out.String())))
		case <-tick.C:
		}
	}
}

// clean leaves out what a deployed function's environment would have, and emulators.
func clean(env []string) (out []string) {
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "INNKEEP_") && !strings.HasSuffix(name, "_EMULATOR_HOST") {
			out = append(out, v)
		}
	}
	return out
}
