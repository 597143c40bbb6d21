package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// check runs what CI runs. What is not committed is not deployed: nobody could say later what it was.
func (r *Rollout) check(ctx context.Context) error {
	changed, err := r.run(ctx, false, "git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if strings.TrimSpace(changed) != "" {
		return errors.New("there are changes that are not committed")
	}
	if r.SkipChecks {
		fmt.Fprintln(r.Out, "left out, as was asked for")
		return nil
	}
	_, err = r.run(ctx, false, "./scripts/test.sh")
	return err
}

// stage makes the uploads on this machine.
func (r *Rollout) stage(ctx context.Context) error {
	_, err := r.run(ctx, false, "go", "run", "./scripts/stage", "--all", "--out", r.staged())
	return err
}

func (r *Rollout) terraform(args ...string) []string {
	return append([]string{"terraform", "-chdir=" + r.folder()}, args...)
}

func (r *Rollout) initialise(ctx context.Context) error {
	_, err := r.run(ctx, false, r.terraform("init", "-input=false", "-backend-config=bucket="+r.StateBucket)...)
	return err
}

// variables are what Terraform is told, with the uploads or without them. Paths are relative to the
// environment's folder.
func (r *Rollout) variables(uploads bool) []string {
	up := filepath.ToSlash(strings.Repeat("../", strings.Count(r.folder(), "/")+1))
	out := []string{"-var=project_id=" + r.Project}
	if r.VarFile != "" {
		file := r.VarFile
		if !filepath.IsAbs(file) {
			file = up + file
		}
		out = append(out, "-var-file="+file)
	}
	if uploads {
		out = append(out, "-var-file="+up+r.staged()+"/staged.json")
	}
	return out
}

// ground makes the database and the bucket of a new environment, without functions: these come when the
// schema is there. An environment that has them is left as it is.
func (r *Rollout) ground(ctx context.Context) error {
	if err := r.outputs(ctx); err != nil || r.database != "" {
		return err
	}
	fmt.Fprintln(r.Out, "the environment is new: its ground comes first")
	plan := append(r.terraform("plan", "-input=false", "-out=ground.tfplan"), r.variables(false)...)
	if _, err := r.run(ctx, false, plan...); err != nil {
		return err
	}
	if err := r.confirm("Make the ground of " + r.Environment + " as planned above?"); err != nil {
		return err
	}
	if _, err := r.run(ctx, true, r.terraform("apply", "-input=false", "ground.tfplan")...); err != nil || r.Plan {
		return err
	}
	if err := r.outputs(ctx); err != nil {
		return err
	}
	if r.database == "" || r.bucket == "" {
		return errors.New("terraform tells no database or no uploads_bucket")
	}
	return nil
}

// outputs reads what Terraform has made.
func (r *Rollout) outputs(ctx context.Context) error {
	text, err := r.run(ctx, false, r.terraform("output", "-json")...)
	if err != nil {
		return err
	}
	var out map[string]struct{ Value json.RawMessage }
	if err := json.Unmarshal([]byte(text), &out); err != nil { //nolint:musttag // names as Terraform has them
		return fmt.Errorf("terraform output: %w", err)
	}
	for name, to := range map[string]*string{"database": &r.database, "uploads_bucket": &r.bucket} {
		if v, ok := out[name]; ok {
			if err := json.Unmarshal(v.Value, to); err != nil {
				return fmt.Errorf("terraform output %s: %w", name, err)
			}
		}
	}
	return nil
}

// migrate brings the schema up first: it only grows, so the functions of before go on with it. What takes
// something away waits until it is asked for, in a run of its own after the functions are new.
func (r *Rollout) migrate(ctx context.Context) error {
	if r.database == "" { // a plan of a new environment
		_, err := r.run(ctx, true, "go", "run", "./scripts/migrate", "--database", "(the new database)")
		return err
	}
	missing, err := r.run(ctx, false, "go", "run", "./scripts/migrate", "--database", r.database, "--plan")
	if err != nil {
		return err
	}
	if strings.Contains(missing, " contracts") && !r.Contract {
		return errors.New("a migration takes something away that running functions may use: deploy what does without it first, then run with --contract")
	}
	if strings.TrimSpace(missing) == "" {
		fmt.Fprintln(r.Out, "the schema is current; the roles of functions are looked at")
	} else if err := r.confirm("Apply these migrations to " + r.database + "?"); err != nil {
		return err
	}
	_, err = r.run(ctx, true, "go", "run", "./scripts/migrate", "--database", r.database)
	return err
}

// upload copies what the bucket does not have.
func (r *Rollout) upload(ctx context.Context) error {
	bucket := r.bucket
	if bucket == "" {
		bucket = "(the new bucket)"
	}
	_, err := r.run(ctx, true, "gcloud", "storage", "cp", "--no-clobber", "--project="+r.Project, r.staged()+"/*.zip", "gs://"+bucket+"/")
	return err
}

// plan shows what Terraform would change, and keeps it: what is applied is what was shown.
func (r *Rollout) plan(ctx context.Context) error {
	args := append(r.terraform("plan", "-input=false", "-out=rollout.tfplan"), r.variables(true)...)
	_, err := r.run(ctx, false, args...)
	return err
}

func (r *Rollout) apply(ctx context.Context) error {
	if err := r.confirm("Change " + r.Environment + " as planned above?"); err != nil {
		return err
	}
	r.touched = !r.Plan
	_, err := r.run(ctx, true, r.terraform("apply", "-input=false", "rollout.tfplan")...)
	return err
}
