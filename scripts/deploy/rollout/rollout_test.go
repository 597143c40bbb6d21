package rollout_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/scripts/deploy/rollout"
)

var (
	errBroken = errors.New("broken")
	options   = rollout.Options{
		Environment: "staging", Project: "p", Region: "r", StateBucket: "b", VarFile: "mine.tfvars", Address: "https://api.test", SkipChecks: true,
	}
)

// world stands for gcloud, terraform, go and what is deployed.
type world struct {
	database string            // "" before the ground is made
	missing  string            // migrations
	serving  map[string]string // revision by function
	changed  string            // what git says
	fail     string            // the command that begins so fails
	sick     bool              // the new revisions answer 500

	ran    []string
	asked  []string
	refuse bool
	waits  int
}

func (w *world) Run(ctx context.Context, c rollout.Command) (string, error) {
	line := c.String()
	w.ran = append(w.ran, line)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if w.fail != "" && strings.HasPrefix(line, w.fail) {
		return "", errBroken
	}
	has := func(s string) bool { return strings.Contains(line, s) }
	switch {
	case has("git status"):
		return w.changed, nil
	case has("output -json") && w.database == "":
		return "{}", nil
	case has("output -json"):
		return `{"database":{"value":"` + w.database + `"},"uploads_bucket":{"value":"bucket"},"functions":{"value":{"days":"x"}}}`, nil
	case has("apply -input=false ground"):
		w.database = "projects/p/instances/i/databases/d"
	case has("--plan"):
		return w.missing, nil
	case has("apply -input=false rollout"):
		for name := range w.serving {
			w.serving[name] = name + "-2"
		}
	case has("services list"):
		return w.list(), nil
	case has("update-traffic"):
		name := c.Args[4]
		if _, to, back := strings.Cut(line, "--to-revisions="); back {
			w.serving[name], _, _ = strings.Cut(to, "=100")
		}
	}
	return "", nil
}

func (w *world) list() string {
	var all []string
	for _, name := range []string{"days", "edge"} {
		if rev, ok := w.serving[name]; ok {
			all = append(all, `{"metadata":{"name":"`+name+`"},"status":{"traffic":[{"revisionName":"old","percent":0},{"revisionName":"`+rev+`","percent":100}]}}`)
		}
	}
	return "[" + strings.Join(all, ",") + "]"
}

func (w *world) Get(_ context.Context, url string) (int, error) {
	switch {
	case w.sick:
		return http.StatusInternalServerError, nil
	case strings.HasSuffix(url, "/days"):
		return http.StatusUnauthorized, nil
	}
	return http.StatusOK, nil
}

// deploy runs a rollout in a world.
func (w *world) deploy(ctx context.Context, o rollout.Options) error {
	w.ran, w.asked, w.waits = nil, nil, 0
	r := rollout.Rollout{
		Options: o, Runner: w, Prober: w, Out: io.Discard,
		Confirm: func(q string) bool {
			w.asked = append(w.asked, q)
			return !w.refuse
		},
		Wait: func(ctx context.Context) error {
			if w.waits++; w.waits > 100 { // the time for it is over
				return context.DeadlineExceeded
			}
			return ctx.Err()
		},
	}
	return r.Run(ctx)
}

func standing() *world {
	return &world{database: "projects/p/instances/i/databases/d", missing: "0007_partitions expands\n", serving: map[string]string{"days": "days-1", "edge": "edge-1"}}
}

const tf = "terraform -chdir=terraform/environments/staging "

// whole is every command of a rollout to an environment that stands.
var whole = []string{
	"git status --porcelain",
	"go run ./scripts/stage --all --out .innkeep/staged/staging",
	tf + "init -input=false -backend-config=bucket=b",
	tf + "output -json",
	"go run ./scripts/migrate --database projects/p/instances/i/databases/d --plan",
	"go run ./scripts/migrate --database projects/p/instances/i/databases/d",
	"gcloud storage cp --no-clobber --project=p .innkeep/staged/staging/*.zip gs://bucket/",
	tf + "plan -input=false -out=rollout.tfplan -var=project_id=p -var-file=../../../mine.tfvars -var-file=../../../.innkeep/staged/staging/staged.json",
	"gcloud run services list --project=p --region=r --format=json",
	tf + "apply -input=false rollout.tfplan",
	"gcloud run services update-traffic days --to-latest --project=p --region=r",
	"gcloud run services update-traffic edge --to-latest --project=p --region=r",
}

func TestRollout(t *testing.T) {
	t.Parallel()
	w := standing()
	if err := w.deploy(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, w.ran); diff != "" {
		t.Error(diff)
	}
	if len(w.asked) != 2 || w.serving["days"] != "days-2" {
		t.Errorf("%q, %v", w.asked, w.serving)
	}
	// Again, with nothing to migrate: it is safe, and asks once.
	w.missing = ""
	if err := w.deploy(t.Context(), options); err != nil || len(w.asked) != 1 {
		t.Errorf("%v, %q", err, w.asked)
	}
}

// A plan changes nothing, in a new environment as in one that stands, and asks nothing.
func TestPlanChangesNothing(t *testing.T) {
	t.Parallel()
	o := options
	o.Plan = true
	for _, w := range []*world{standing(), {}} {
		if err := w.deploy(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		for _, line := range w.ran {
			if strings.Contains(line, "apply") || strings.Contains(line, "update-traffic") || strings.Contains(line, "storage cp") ||
				strings.Contains(line, "scripts/migrate") && !strings.HasSuffix(line, "--plan") {
				t.Errorf("a plan ran %s", line)
			}
		}
		if len(w.asked) != 0 {
			t.Errorf("%q", w.asked)
		}
	}
}

func TestNewEnvironment(t *testing.T) {
	t.Parallel()
	w := &world{missing: "0001_day_book expands", serving: map[string]string{}}
	if err := w.deploy(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	at := func(part string) int {
		return slices.IndexFunc(w.ran, func(line string) bool { return strings.Contains(line, part) })
	}
	ground, schema, functions := at("apply -input=false ground"), at("--database projects/p/instances/i/databases/d"), at("apply -input=false rollout")
	if ground < 0 || schema < ground || functions < schema {
		t.Errorf("ground %d, schema %d, functions %d", ground, schema, functions)
	}
}

// Whichever command fails, no later one runs but those that lead traffic back, and these where Terraform
// had begun.
func TestEachFailure(t *testing.T) {
	t.Parallel()
	applied := slices.IndexFunc(whole, func(line string) bool { return strings.Contains(line, "apply") })
	for i, line := range whole {
		w := standing()
		w.fail = line
		if strings.HasSuffix(line, "/d") {
			continue // its plan begins alike, and comes first
		}
		err := w.deploy(t.Context(), options)
		if !errors.Is(err, errBroken) {
			t.Errorf("%s fails: %v", line, err)
		}
		rest := w.ran[slices.Index(w.ran, line)+1:]
		back := slices.ContainsFunc(rest, func(l string) bool { return strings.Contains(l, "--to-revisions=") })
		switch {
		case i < applied && len(rest) > 0:
			t.Errorf("%s fails, and still: %q", line, rest)
		case i > applied && !back:
			t.Errorf("%s fails, and traffic stays: %q", line, rest)
		case i >= applied && !strings.Contains(err.Error(), "traffic is at the revisions of before"):
			t.Errorf("%s fails: %v", line, err)
		case w.serving["days"] != "days-1" || w.serving["edge"] != "edge-1":
			t.Errorf("%s fails, and %v serves", line, w.serving)
		}
	}
}

func TestSickRevisionsAreLedBack(t *testing.T) {
	t.Parallel()
	w := standing()
	w.sick = true
	err := w.deploy(t.Context(), options)
	if err == nil || w.serving["days"] != "days-1" || w.serving["edge"] != "edge-1" {
		t.Errorf("%v: %v", err, w.serving)
	}
	// The next run, with what was wrong put right, leads traffic to the newest again.
	w.sick = false
	if err := w.deploy(t.Context(), options); err != nil || !slices.Contains(w.ran, whole[len(whole)-1]) {
		t.Errorf("%v: %q", err, w.ran)
	}
}

// A way back that fails is told loudly, and goes on with the other functions.
func TestWayBackFails(t *testing.T) {
	t.Parallel()
	w := standing()
	w.sick = true
	w.fail = "gcloud run services update-traffic days --to-revisions"
	err := w.deploy(t.Context(), options)
	if err == nil || !strings.Contains(err.Error(), "NOT led back") || w.serving["edge"] != "edge-1" {
		t.Errorf("%v: %v", err, w.serving)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world  func(*world)
		change func(*rollout.Options)
		want   string // in the error
		never  string // in a command
	}{
		"not committed":         {world: func(w *world) { w.changed = " M go.mod" }, want: "not committed", never: "stage"},
		"declined":              {world: func(w *world) { w.refuse = true }, want: rollout.ErrDeclined.Error(), never: "apply"},
		"a contraction":         {world: func(w *world) { w.missing = "0009_old contracts" }, want: "--contract", never: "apply"},
		"checks that fail":      {world: func(w *world) { w.fail = "./scripts/test.sh" }, change: func(o *rollout.Options) { o.SkipChecks = false }, want: "broken", never: "stage"},
		"output of another age": {world: func(w *world) { w.database = `"` }, want: "terraform output", never: "apply"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, o := standing(), options
			c.world(w)
			if c.change != nil {
				c.change(&o)
			}
			err := w.deploy(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			for _, line := range w.ran {
				if strings.Contains(line, c.never) {
					t.Errorf("it ran %s", line)
				}
			}
		})
	}
	w, o := standing(), options
	w.missing, o.Contract = "0009_old contracts", true
	if err := w.deploy(t.Context(), o); err != nil {
		t.Error(err)
	}
}

// A run that is stopped while it applies leads traffic back all the same.
func TestStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := standing()
	w.sick = true
	r := rollout.Rollout{
		Options: options, Runner: w, Prober: w, Out: io.Discard, Confirm: func(string) bool { return true },
		Wait: func(ctx context.Context) error {
			cancel()
			return ctx.Err()
		},
	}
	if err := r.Run(ctx); !errors.Is(err, context.Canceled) || w.serving["days"] != "days-1" {
		t.Errorf("%v: %v", err, w.serving)
	}
}
