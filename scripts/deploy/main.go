// Command deploy brings the commit that is checked out to an environment of terraform/environments:
//
//	go run ./scripts/deploy --environment dev --project P --region R --state-bucket B [--var-file F]
//	  [--address https://api.example.com] [--plan] [--skip-checks] [--contract] [--yes]
//
// It runs the checks, stages the uploads, applies migrations that only add, plans and applies Terraform,
// asks the deployed door, and leads traffic back to the revisions of before where that fails. It shows
// what it is about to change and asks; --yes answers for whoever is not there. --plan changes nothing and
// says what would be run. It needs go, terraform and gcloud, signed in.
//
// It may be stopped and run again. The exit status is 0 when the environment has the commit, 1 when not,
// 2 when it was called wrongly.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"innkeep.internal/scripts/deploy/rollout"
)

const (
	lookEvery   = 2 * time.Second  // between two looks at what is deployed
	lookTimeout = 10 * time.Second // of one
)

var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	var o rollout.Options
	flags := flag.NewFlagSet("deploy", flag.ContinueOnError)
	flags.StringVar(&o.Environment, "environment", "", "`name` of a folder of terraform/environments")
	flags.StringVar(&o.Project, "project", "", "`id` of the environment's project")
	flags.StringVar(&o.Region, "region", "", "`region` of the functions")
	flags.StringVar(&o.StateBucket, "state-bucket", "", "`bucket` of Terraform's state")
	flags.StringVar(&o.VarFile, "var-file", "", "`file` with the installation's variables, as Terraform takes it")
	flags.StringVar(&o.Address, "address", "", "`URL` of the door, for the look at what is deployed")
	flags.BoolVar(&o.Plan, "plan", false, "change nothing")
	flags.BoolVar(&o.SkipChecks, "skip-checks", false, "CI has checked this commit")
	flags.BoolVar(&o.Contract, "contract", false, "apply migrations that take something away, too")
	yes := flags.Bool("yes", false, "ask nothing")
	if err := flags.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: %q is not understood", errUsage, flags.Arg(0))
	}
	for name, value := range map[string]string{"--environment": o.Environment, "--project": o.Project, "--region": o.Region, "--state-bucket": o.StateBucket} {
		if value == "" {
			return fmt.Errorf("%w: %s is missing", errUsage, name)
		}
	}
	if filepath.Base(o.Environment) != o.Environment {
		return fmt.Errorf("%w: --environment is a folder's name", errUsage)
	}
	if o.Address != "" && !strings.HasPrefix(o.Address, "https://") {
		return fmt.Errorf("%w: --address is an https URL", errUsage)
	}
	o.Address = strings.TrimSuffix(o.Address, "/")
	answers := bufio.NewReader(in)
	r := rollout.Rollout{
		Options: o, Runner: rollout.Machine{Folder: ".", Log: out}, Prober: prober{}, Out: out,
		Confirm: func(question string) bool { return *yes || ask(answers, out, question, o.Environment) }, Wait: wait,
	}
	return r.Run(ctx)
}

// ask takes the environment's name for yes: "y" is typed too easily.
func ask(in *bufio.Reader, out io.Writer, question, want string) bool {
	fmt.Fprintf(out, "%s\nType %q to go on: ", question, want)
	line, err := in.ReadString('\n')
	return (err == nil || errors.Is(err, io.EOF)) && strings.TrimSpace(line) == want
}

func wait(ctx context.Context) error {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

type prober struct{}

// Get asks once.
func (prober) Get(ctx context.Context, url string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer reply.Body.Close()
	_, err = io.Copy(io.Discard, reply.Body)
	return reply.StatusCode, err
}
