package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/platform/emulator"
)

// The tests run the program as its users do: this test binary stands in for it, and for curl where
// there is none.
const asEnv = "SERVE_TEST_AS"

func TestMain(m *testing.M) {
	switch os.Getenv(asEnv) {
	case "serve":
		main()
	case "curl":
		os.Exit(curl(os.Args[1:]))
	}
	// The best machine code is not worth its making to emulators that live for seconds.
	_ = os.Setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
	slog.SetDefault(slog.New(slog.DiscardHandler)) // of failures that tests make
	status := m.Run()
	sharedUp.stop()
	os.Exit(status)
}

// shared starts or finds the Java emulators of this test process, which take seconds: each program has
// a project of its own in them.
var (
	sharedUp emulators
	shared   = sync.OnceValue(func() error {
		var group errgroup.Group
		for _, k := range []emulator.Kind{emulator.PubSub, emulator.Firestore} {
			group.Go(func() error {
				p, err := emulator.Use(context.Background(), k)
				if err == nil {
					sharedUp.mu.Lock()
					sharedUp.running = append(sharedUp.running, p)
					sharedUp.mu.Unlock()
				}
				return err
			})
		}
		return group.Wait()
	})
)

// useShared is an environment that names the shared emulators, and none of Spanner.
func useShared(t *testing.T) []string {
	t.Helper()
	if err := shared(); err != nil {
		t.Skip(err)
	}
	env := []string{emulator.Spanner.Env() + "="}
	for _, p := range sharedUp.running {
		env = append(env, p.Kind.Env()+"="+p.Addr)
	}
	return env
}

// useNone is an environment that names no emulator.
func useNone() (env []string) {
	for _, k := range emulator.Kinds() {
		env = append(env, k.Env()+"=")
	}
	return env
}

// curl is the part of curl that the printed lines use; it fails on a status above 299.
func curl(args []string) int {
	method, url, body, header := http.MethodGet, "", io.Reader(http.NoBody), http.Header{}
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-H":
			i++
			name, value, _ := strings.Cut(args[i], ": ")
			header.Set(name, value)
		case "-d":
			i++
			method, body = http.MethodPost, strings.NewReader(args[i])
		default:
			if !strings.HasPrefix(args[i], "-") {
				url = args[i]
			}
		}
	}
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		return 1
	}
	r.Header = header
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return 1
	}
	defer reply.Body.Close()
	_, _ = io.Copy(os.Stdout, reply.Body)
	if reply.StatusCode > 299 {
		return 22
	}
	return 0
}

// process is a running serve.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	dir   string
	lines chan string // of stdout, as they come

	mu     sync.Mutex
	stdout strings.Builder
	stderr bytes.Buffer
}

// launch starts serve in a folder and a project of its own, on a free port unless args say otherwise.
// env is added to the environment.
func launch(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: t.TempDir(), lines: make(chan string, 1000)}
	p.cmd = exec.Command(self, append([]string{"--listen", "127.0.0.1:0", "--project", project()}, args...)...)
	p.cmd.Dir = p.dir
	p.cmd.Env = append(append(os.Environ(), asEnv+"=serve"), env...)
	p.cmd.Stderr = &p.stderr
	pipe, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(pipe); s.Scan(); {
			p.mu.Lock()
			p.stdout.WriteString(s.Text() + "\n")
			p.mu.Unlock()
			p.lines <- s.Text()
		}
	}()
	return p
}

// project is a name that no other has.
func project() string { return fmt.Sprintf("t%x", rand.Uint64()) + "-project" }

// await returns when a line begins so, and gives the line; where the Cloud SDK has no emulator the
// test is skipped.
func (p *process) await(prefix string) string {
	p.t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case line, ok := <-p.lines:
			if strings.HasPrefix(line, prefix) {
				return line
			}
			if !ok {
				_ = p.cmd.Wait()
				if strings.Contains(p.stderr.String(), "is not installed") {
					p.t.Skip(p.stderr.String())
				}
				p.t.Fatalf("it ended before %q:\n%s%s", prefix, p.output(), p.stderr.String())
			}
		case <-late:
			p.t.Fatalf("no %q in a minute:\n%s", prefix, p.output())
		}
	}
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stdout.String()
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// end waits for the program's end and gives its exit status, -1 after a signal.
func (p *process) end() int {
	p.t.Helper()
	late := time.AfterFunc(time.Minute, func() {
		p.t.Error("it does not end")
		_ = p.cmd.Process.Kill()
	})
	defer late.Stop()
	for range p.lines { // Wait closes the pipe, so the reading ends first
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// emulator is the address of the Spanner emulator that the program has started.
func (p *process) emulator() string {
	p.t.Helper()
	p.await("Spanner emulator: started on ")
	return p.started("Spanner")
}

// started is the address of an emulator of which the program has told.
func (p *process) started(title string) string {
	p.t.Helper()
	_, rest, ok := strings.Cut(p.output(), title+" emulator: started on ")
	addr, _, _ := strings.Cut(rest, ";")
	if !ok {
		p.t.Fatalf("no %s emulator was started:\n%s", title, p.output())
	}
	return addr
}

// gone asks that nobody listens on an address any more. The kernel takes a moment to end the child of
// a process that was ended itself.
func gone(t *testing.T, addr string) {
	t.Helper()
	for late := time.Now().Add(5 * time.Second); ; {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return
		}
		_ = conn.Close()
		if time.Now().After(late) {
			t.Fatalf("%s still answers", addr)
		}
	}
}

// env is the door and the owner's token.
func (p *process) env() (url, token string) {
	p.t.Helper()
	v := p.variables()
	return v["INNKEEP_URL"], v["INNKEEP_TOKEN"]
}

// variables are the env file's.
func (p *process) variables() map[string]string {
	p.t.Helper()
	file := filepath.Join(p.dir, ".innkeep", "local.env")
	info, err := os.Stat(file)
	if err != nil {
		p.t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		p.t.Errorf("%s has the mode %v", file, info.Mode())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		p.t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			all[name] = value
		}
	}
	return all
}
