// Package rollout brings a commit to an environment: checks, uploads, the schema, Terraform, a look at
// what is deployed, and the way back where that fails. It decides what is run in which order; the
// programs that do it, go, gcloud and terraform, are behind Runner, so that a test sees every command.
//
// It may be stopped anywhere and run again: uploads are named by their content, migrations know what was
// applied, Terraform compares, and traffic is led to the newest revisions at the end of every run.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
)

// Options of a rollout. Environment, Project, Region and StateBucket are required.
type Options struct {
	Environment string // a folder of terraform/environments
	Project     string
	Region      string
	StateBucket string // Terraform's state
	VarFile     string // of the installation, as Terraform takes it; none when empty
	Address     string // of the door, https://api.example.com, for the look at what is deployed; "" leaves that out
	SkipChecks  bool   // CI has checked this commit
	Contract    bool   // migrations that take something away are applied, too
	Plan        bool   // nothing is changed
}

func (o Options) folder() string { return path.Join("terraform", "environments", o.Environment) }

// staged is where the uploads of the environment are made.
func (o Options) staged() string { return path.Join(".innkeep", "staged", o.Environment) }

// Rollout is one run.
type Rollout struct {
	Options
	Runner
	Prober Prober
	Out    io.Writer
	// Confirm shows what is about to be done and asks; false ends the run without a change.
	Confirm func(question string) bool
	// Wait is between two looks at what is deployed; it ends with ctx.
	Wait func(ctx context.Context) error

	database string
	bucket   string
	before   map[string]string // the revision that serves, by function, before this run
	touched  bool              // Terraform has been told to change functions
}

// ErrDeclined means that whoever was asked said no.
var ErrDeclined = errors.New("nothing was changed: it was not confirmed")

// step is one part of a rollout.
type step struct {
	name string
	do   func(context.Context) error
}

// Run does all steps. Where one fails after Terraform has begun to change functions, traffic is led back
// to the revisions of before, and the error says so.
func (r *Rollout) Run(ctx context.Context) error {
	for _, s := range []step{
		{"checks", r.check},
		{"uploads", r.stage},
		{"terraform init", r.initialise},
		{"ground", r.ground},
		{"migrations", r.migrate},
		{"upload", r.upload},
		{"plan", r.plan},
		{"revisions", r.remember},
		{"apply", r.apply},
		{"traffic", r.lead},
		{"smoke test", r.smoke},
	} {
		fmt.Fprintf(r.Out, "== %s\n", s.name)
		if err := s.do(ctx); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", s.name, err), r.back(ctx))
		}
	}
	if r.Plan {
		fmt.Fprintln(r.Out, "== nothing was changed: this was the plan")
		return nil
	}
	fmt.Fprintf(r.Out, "== %s is deployed\n", r.Environment)
	return nil
}

// run runs a command, or says in a plan that it would.
func (r *Rollout) run(ctx context.Context, changes bool, args ...string) (string, error) {
	c := Command{Args: args, Changes: changes}
	if changes && r.Plan {
		fmt.Fprintf(r.Out, "would run: %s\n", c)
		return "", nil
	}
	return r.Runner.Run(ctx, c)
}

// confirm asks before something is changed; a plan asks nothing.
func (r *Rollout) confirm(question string) error {
	if r.Plan || r.Confirm(question) {
		return nil
	}
	return ErrDeclined
}
