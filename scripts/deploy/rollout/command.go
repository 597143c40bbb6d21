package rollout

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Command is one program that is run.
type Command struct {
	Args    []string
	Changes bool // it changes something outside of this machine: a plan leaves it out
}

// String is the command as one types it.
func (c Command) String() string { return strings.Join(c.Args, " ") }

// Runner runs commands: the machine's, or a test's.
type Runner interface {
	// Run gives what the command printed to its standard output.
	Run(ctx context.Context, c Command) (output string, err error)
}

// Prober asks a deployed address: the machine's HTTP client, or a test's.
type Prober interface {
	// Get gives the status of the answer.
	Get(ctx context.Context, url string) (status int, err error)
}

// Machine runs commands in a folder and shows what they say.
type Machine struct {
	Folder string
	Log    io.Writer
}

// Run runs one command; its standard error is shown, and told with its failure.
func (m Machine) Run(ctx context.Context, c Command) (string, error) {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Env = m.Folder, append(os.Environ(), "TF_IN_AUTOMATION=1", "CLOUDSDK_CORE_DISABLE_PROMPTS=1")
	// Ctrl-C lets the command end in order: Terraform writes its state down.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 2 * time.Minute
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, m.Log), m.Log
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w", c, err)
	}
	return out.String(), nil
}
