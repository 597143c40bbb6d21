// Package local is the local server of a load test: built, started with emulators of its own and ended,
// or one that runs already.
package local

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"innkeep.internal/scripts/serve/counters"
)

const (
	// startTime is how long the server may take to be ready.
	startTime = 3 * time.Minute
	// stopTime is how long it may take to end.
	stopTime = 30 * time.Second
)

// Server is a local server.
type Server struct {
	URL, Database string

	folder string
	cmd    *exec.Cmd     // nil where it was found running
	done   chan struct{} // closed when it has ended; nil where it was found running
	ended  error         // how, once it has
}

// emulators are the variables that would have the server use those of others.
var emulators = []string{"PUBSUB_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST"}

// Start starts a server on the emulator of Spanner that this process has, with others of its own, and
// returns when it is ready; it is built where no program is given. Its messages go to log. What it
// writes into its file becomes this process's variables.
func Start(ctx context.Context, program string, log io.Writer) (_ *Server, err error) {
	s := &Server{done: make(chan struct{})}
	if s.folder, err = os.MkdirTemp("", "innkeep-load-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	env := filepath.Join(s.folder, "local.env")
	if program == "" {
		program = filepath.Join(s.folder, "serve")
		build := exec.CommandContext(ctx, "go", "build", "-o", program, "innkeep.internal/scripts/serve")
		build.Stdout, build.Stderr = log, log
		if err := build.Run(); err != nil {
			return nil, fmt.Errorf("the local server does not build: %w", err)
		}
	}
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, "--demo=false", "--listen", "127.0.0.1:0", "--env-file", env)
	s.cmd.Env = without(os.Environ(), emulators)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	// A signal from the terminal is this program's alone: it ends the server in its turn.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return nil, err
	}
	go func(cmd *exec.Cmd) {
		s.ended = cmd.Wait()
		close(s.done)
	}(s.cmd)
	return s, s.ready(ctx, env)
}

func without(all, names []string) (out []string) {
	for _, x := range all {
		name, _, _ := strings.Cut(x, "=")
		keep := true
		for _, n := range names {
			keep = keep && n != name
		}
		if keep {
			out = append(out, x)
		}
	}
	return out
}

// ready waits for the file that the server writes last.
func (s *Server) ready(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		if _, err := os.Stat(file); err == nil {
			tick.Stop()
			return s.read(file)
		}
		select {
		case <-s.done:
			return fmt.Errorf("the local server ended before it was ready: %w", s.ended)
		case <-ctx.Done():
			return fmt.Errorf("the local server is not ready: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// read takes the variables of the server's file into this process.
func (s *Server) read(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	s.URL, s.Database = os.Getenv("INNKEEP_URL"), os.Getenv("INNKEEP_SPANNER_DATABASE")
	return nil
}

// ErrTarget means that an installation cannot be driven.
var ErrTarget = errors.New("the target cannot be used")

// Found is a server that runs at a URL; the variables that it has written say where its database is.
func Found(ctx context.Context, url string) (*Server, error) {
	s := &Server{URL: strings.TrimSuffix(url, "/"), Database: os.Getenv("INNKEEP_SPANNER_DATABASE")}
	if s.Database == "" || os.Getenv("SPANNER_EMULATOR_HOST") == "" {
		return nil, fmt.Errorf("%w: source the file that the local server has written first: set -a; . .innkeep/local.env; set +a", ErrTarget)
	}
	if _, err := s.Counters(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTarget, err)
	}
	return s, nil
}

// Counters is what the server has done so far.
func (s *Server) Counters(ctx context.Context) (r counters.Reading, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/local/counters", http.NoBody)
	if err != nil {
		return r, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return r, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return r, fmt.Errorf("%s answers %s: it is no local server", request.URL, answer.Status)
	}
	return r, json.NewDecoder(answer.Body).Decode(&r)
}

// Profile writes where the server's processor time goes in the next seconds, and where all it has allocated
// so far was, to two files of a folder.
func (s *Server) Profile(ctx context.Context, folder string, d time.Duration) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	for file, path := range map[string]string{"cpu.pprof": fmt.Sprintf("profile?seconds=%d", int(d.Seconds())), "allocs.pprof": "allocs"} {
		if err := s.fetch(ctx, "/local/pprof/"+path, filepath.Join(folder, file)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) fetch(ctx context.Context, path, file string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, http.NoBody)
	if err != nil {
		return err
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, a.Body)
	return errors.Join(err, f.Close())
}

// Ended is closed when the server has ended; it is nil for one that was found running.
func (s *Server) Ended() <-chan struct{} { return s.done }

// Stop ends the server with its emulators, and what was built.
func (s *Server) Stop() {
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.done:
		case <-time.After(stopTime):
			_ = s.cmd.Process.Kill() // its emulators go with it
			<-s.done
		}
		s.cmd = nil
	}
	if s.folder != "" {
		_ = os.RemoveAll(s.folder)
	}
}
