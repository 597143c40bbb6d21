// Package coldstart starts a deployed function as the platform does, a process that listens on a port, and
// says how long that takes and what it asks of others until it has answered for the first time.
package coldstart

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// poll is how often a port is tried.
const poll = time.Millisecond

// startTimeout bounds one start.
const startTimeout = 30 * time.Second

// Program is what is started.
type Program struct {
	Path   string
	Target string   // FUNCTION_TARGET
	Env    []string // besides HOST, PORT and FUNCTION_TARGET
	// Request is the call that is made as soon as it listens, to the URL of its base. It is answered by Status.
	Request func(ctx context.Context, base string) (*http.Request, error)
	Status  int
}

// Times are those of one start.
type Times struct {
	Listening time.Duration // from the start of the process to the first connection
	First     time.Duration // of the first call, from the request to the whole answer
	Second    time.Duration // of another
	Memory    int64         // resident after both, bytes; 0 where the system does not tell
}

// Start starts the program, makes two calls, and ends it. between is called after the first.
func (p Program) Start(ctx context.Context, between func()) (t Times, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	addr, err := freeAddr(ctx)
	if err != nil {
		return t, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return t, err
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, p.Path)
	cmd.Env = append(bare(os.Environ()), append(p.Env, "HOST=127.0.0.1", "PORT="+port, "FUNCTION_TARGET="+p.Target)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return t, err
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it was killed
		if err != nil {
			err = fmt.Errorf("%w; its output: %s", err, out.String())
		}
	}()
	if err := listens(ctx, addr); err != nil {
		return t, err
	}
	t.Listening = time.Since(began)
	if t.First, err = p.call(ctx, "http://"+addr); err != nil {
		return t, err
	}
	between()
	t.Second, err = p.call(ctx, "http://"+addr)
	t.Memory = resident(cmd.Process.Pid)
	return t, err
}

func (p Program) call(ctx context.Context, base string) (time.Duration, error) {
	r, err := p.Request(ctx, base)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != p.Status {
		err = fmt.Errorf("it answered %d: %s", a.StatusCode, body)
	}
	return time.Since(began), err
}

func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// listens waits until somebody does.
func listens(ctx context.Context, addr string) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// bare leaves out what would lead the program elsewhere.
func bare(env []string) (out []string) {
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "INNKEEP_") && !strings.HasSuffix(name, "_EMULATOR_HOST") {
			out = append(out, v)
		}
	}
	return out
}

// resident is the memory of a process, by /proc.
func resident(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
