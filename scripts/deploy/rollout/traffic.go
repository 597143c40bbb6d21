package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// service is what gcloud says of a Cloud Run service: a function of the second generation is one.
type service struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Status struct {
		Traffic []struct {
			RevisionName string `json:"revisionName"`
			Percent      int    `json:"percent"`
		} `json:"traffic"`
	} `json:"status"`
}

// revisions are those that serve now, by function. One that shares its traffic has the larger part's.
func (r *Rollout) revisions(ctx context.Context) (map[string]string, error) {
	text, err := r.run(ctx, false, "gcloud", "run", "services", "list", "--project="+r.Project, "--region="+r.Region, "--format=json")
	if err != nil {
		return nil, err
	}
	var all []service
	if strings.TrimSpace(text) != "" {
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			return nil, fmt.Errorf("gcloud run services list: %w", err)
		}
	}
	out := map[string]string{}
	for _, s := range all {
		most := 0
		for _, t := range s.Status.Traffic {
			if t.Percent > most && t.RevisionName != "" {
				most, out[s.Metadata.Name] = t.Percent, t.RevisionName
			}
		}
	}
	return out, nil
}

func (r *Rollout) remember(ctx context.Context) (err error) {
	if r.Plan && r.bucket == "" {
		return nil // a new environment has none
	}
	r.before, err = r.revisions(ctx)
	return err
}

// lead gives all traffic to the newest revisions: after a run that was led back, Terraform sees no reason
// to do it.
func (r *Rollout) lead(ctx context.Context) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(r.before)) {
		faults = append(faults, r.direct(ctx, name, "--to-latest"))
	}
	return errors.Join(faults...)
}

func (r *Rollout) direct(ctx context.Context, name, to string) error {
	_, err := r.run(ctx, true, "gcloud", "run", "services", "update-traffic", name, to, "--project="+r.Project, "--region="+r.Region)
	return err
}

const (
	// smokeTime is what new instances get to answer rightly: they start in seconds.
	smokeTime = 2 * time.Minute
	// inARow is how often the door must answer well one time after the other.
	inARow = 5
)

// smoke asks the door what needs no caller: that it stands, that it knows its routes, and that a function
// behind it answers: without a token, with 401.
func (r *Rollout) smoke(ctx context.Context) error {
	if r.Address == "" {
		fmt.Fprintln(r.Out, "left out: no --address was given")
		return nil
	}
	if r.Plan {
		fmt.Fprintf(r.Out, "would ask %s\n", r.Address)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, smokeTime)
	defer cancel()
	good := 0
	for {
		err := r.look(ctx)
		if err == nil {
			good++
		} else {
			good = 0
		}
		if good == inARow {
			return nil
		}
		if waitErr := r.Wait(ctx); waitErr != nil {
			return errors.Join(err, waitErr)
		}
	}
}

func (r *Rollout) look(ctx context.Context) error {
	for _, c := range []struct {
		path string
		want int
	}{
		{"/healthz", http.StatusOK},
		{"/v1/openapi.json", http.StatusOK},
		{"/v1/finance/days", http.StatusUnauthorized},
	} {
		status, err := r.Prober.Get(ctx, r.Address+c.path)
		if err != nil {
			return err
		}
		if status != c.want {
			return fmt.Errorf("%s answers %d, not %d", c.path, status, c.want)
		}
	}
	return nil
}

// back leads traffic to the revisions of before, where Terraform has begun to change functions. It goes on
// although the run was stopped: half a rollout must not serve.
func (r *Rollout) back(ctx context.Context) error {
	if !r.touched {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), smokeTime)
	defer cancel()
	fmt.Fprintln(r.Out, "== back to the revisions of before")
	now, err := r.revisions(ctx)
	if err != nil {
		now = nil // then all are led back
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(r.before)) {
		if was := r.before[name]; now == nil || now[name] != was {
			faults = append(faults, r.direct(ctx, name, "--to-revisions="+was+"=100"))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("traffic was NOT led back everywhere: %w", err)
	}
	return errors.New("traffic is at the revisions of before; the schema stays as it is now, which they go on with")
}
