package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"
	"innkeep.internal/shared/platform/config"
)

type sample struct {
	config.Service
	Wait  time.Duration `env:"WAIT,default=5s"`
	Count int           `env:"COUNT,required"`
}

func (s sample) Validate() error {
	if s.Count < 1 {
		return errors.New("COUNT: at least 1")
	}
	return s.OIDC.Validate()
}

func TestLoadFrom(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"INNKEEP_SPANNER_DATABASE": "projects/p/instances/i/databases/d", "INNKEEP_PROJECT": "p",
		"INNKEEP_OIDC_ISSUER": "https://issuer.example", "INNKEEP_OIDC_AUDIENCE": "a", "COUNT": "2",
	}
	with := func(kv ...string) map[string]string {
		m := map[string]string{}
		for k, v := range good {
			m[k] = v
		}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	tests := []struct {
		name     string
		env      map[string]string
		problems []string // what the error names; none: it loads
	}{
		{"complete", good, nil},
		{"nothing", nil, []string{"INNKEEP_SPANNER_DATABASE", "INNKEEP_PROJECT", "INNKEEP_OIDC_ISSUER", "INNKEEP_OIDC_AUDIENCE", "COUNT"}},
		{"empty is absent", with("INNKEEP_OIDC_AUDIENCE", "", "COUNT", ""), []string{"INNKEEP_OIDC_AUDIENCE", "COUNT"}},
		{"two of them wrong", with("WAIT", "soon", "COUNT", "many"), []string{"Wait", "Count"}},
		{"no URLs", with("INNKEEP_OIDC_ISSUER", "issuer", "INNKEEP_OIDC_KEYS_URL", "/keys"), []string{"INNKEEP_OIDC_ISSUER", "INNKEEP_OIDC_KEYS_URL"}},
		{"own rule", with("COUNT", "0"), []string{"COUNT: at least 1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := config.LoadFrom[sample](t.Context(), envconfig.MapLookuper(tt.env))
			if (err == nil) != (tt.problems == nil) {
				t.Fatal(err)
			}
			for _, p := range tt.problems {
				if strings.Count(err.Error(), p) != 1 {
					t.Errorf("%q is not in the error once: %v", p, err)
				}
			}
			want := sample{}
			if err == nil {
				want = sample{Service: config.Service{SpannerDatabase: "projects/p/instances/i/databases/d", Project: "p",
					OIDC: config.OIDC{OIDCIssuer: "https://issuer.example", OIDCAudience: "a"}}, Wait: 5 * time.Second, Count: 2}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
