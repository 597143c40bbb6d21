// Package config reads a function's configuration from the environment: complete or refused, with
// all problems in one error.
package config

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"

	"github.com/sethvargo/go-envconfig"

	"innkeep.internal/shared/platform/spannerdb"
)

// Service is the configuration that every function has. Embed it.
type Service struct {
	// SpannerDatabase is projects/<project>/instances/<instance>/databases/<database>.
	SpannerDatabase string `env:"INNKEEP_SPANNER_DATABASE,required"`
	// Project has the topics and the Firestore database.
	Project string `env:"INNKEEP_PROJECT,required"`
	// OperatorOrg is the organisation whose owners run the installation; empty: nobody does over HTTP.
	OperatorOrg string `env:"INNKEEP_OPERATOR_ORG"`
	// ReadRoutes are the ways to the database's replicas, a JSON array; empty: the leader alone.
	ReadRoutes spannerdb.ReadRoutes `env:"INNKEEP_READ_ROUTES"`
	OIDC
}

// OIDC says whose tokens are taken.
type OIDC struct {
	OIDCIssuer   string `env:"INNKEEP_OIDC_ISSUER,required"` // a URL, as in the claim iss
	OIDCAudience string `env:"INNKEEP_OIDC_AUDIENCE,required"`
	OIDCKeysURL  string `env:"INNKEEP_OIDC_KEYS_URL"` // of the key set (JWKS); empty: by discovery
}

// Validate asks for absolute URLs.
func (c OIDC) Validate() error {
	return errors.Join(absolute("INNKEEP_OIDC_ISSUER", c.OIDCIssuer), absolute("INNKEEP_OIDC_KEYS_URL", c.OIDCKeysURL))
}

func absolute(name, value string) error {
	u, err := url.Parse(value)
	if value == "" || err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return nil
	}
	return fmt.Errorf("%s: not an absolute http(s) URL", name)
}

// Load fills a T, a struct with env tags as go-envconfig takes them, from the environment. A
// variable that is empty counts as absent. Structs without a tag are filled as well, and those
// with a method Validate() error have the last word. The error joins all problems.
func Load[T any](ctx context.Context) (T, error) {
	return LoadFrom[T](ctx, envconfig.OsLookuper())
}

// LoadFrom is Load from another source than the environment.
func LoadFrom[T any](ctx context.Context, source envconfig.Lookuper) (T, error) {
	var v T
	s := reflect.ValueOf(&v).Elem()
	if s.Kind() != reflect.Struct {
		return v, fmt.Errorf("config: %T is no struct", v)
	}
	filled := envconfig.LookuperFunc(func(key string) (string, bool) {
		value, ok := source.Lookup(key)
		return value, ok && value != ""
	})
	if err := load(ctx, s, filled); err != nil {
		var zero T
		return zero, fmt.Errorf("config: %w", err)
	}
	return v, nil
}

// load fills the struct s field by field, since envconfig stops at the first problem.
func load(ctx context.Context, s reflect.Value, source envconfig.Lookuper) error {
	var problems []error
	for i := range s.NumField() {
		f := s.Type().Field(i)
		_, tagged := f.Tag.Lookup("env")
		switch {
		case !f.IsExported():
			if tagged {
				problems = append(problems, fmt.Errorf("%s: an env tag on an unexported field", f.Name))
			}
		case !tagged && f.Type.Kind() == reflect.Struct:
			problems = append(problems, load(ctx, s.Field(i), source))
		case tagged:
			one := reflect.New(reflect.StructOf([]reflect.StructField{{Name: f.Name, Type: f.Type, Tag: f.Tag}}))
			err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: one.Interface(), Lookuper: source})
			problems = append(problems, err)
			s.Field(i).Set(one.Elem().Field(0))
		}
	}
	if v, ok := s.Interface().(interface{ Validate() error }); ok && errors.Join(problems...) == nil {
		problems = append(problems, v.Validate())
	}
	return errors.Join(problems...)
}
