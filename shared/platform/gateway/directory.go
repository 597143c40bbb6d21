// Package gateway carries calls to functions: where each stands, who calls it, how long it may take,
// and what its failure means for the caller.
//
// It owns the headers that functions of ours give each other (the caller's identity, deadline,
// trace), the judgement of what is a function's own answer, and the one repetition of a call that
// the network lost. It knows no function by name: whoever makes a Directory hands the names in.
package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Directory is the base URL of each function, by its name in the catalogue.
type Directory map[string]*url.URL

// Config is where functions stand, in the environment.
type Config struct {
	// FunctionURL is the base URL of every function, with {name} where its name belongs. The variable
	// INNKEEP_FUNCTION_URL_<NAME>, DAILY_REPORT for daily-report, says it of one.
	FunctionURL string `env:"INNKEEP_FUNCTION_URL"`
}

// nameMark stands for a function's name in a template.
const nameMark = "{name}"

var errURL = errors.New("a function's base URL is https, or http on this machine, with no query and no user")

// Directory finds the functions of the names: by their own variable, which lookup gives, else by the
// template. The error lists all that have no good URL.
func (c Config) Directory(names []string, lookup func(variable string) (string, bool)) (Directory, error) {
	d := Directory{}
	var faults []error
	for _, name := range names {
		variable := "INNKEEP_FUNCTION_URL_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		text, own := lookup(variable)
		if !own || text == "" {
			variable, text = "INNKEEP_FUNCTION_URL", strings.ReplaceAll(c.FunctionURL, nameMark, name)
		}
		base, err := parseBase(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %s: %w", name, variable, err))
			continue
		}
		d[name] = base
	}
	return d, errors.Join(faults...)
}

// parseBase takes a base URL. Over http no identity is sent, so that is for loopback addresses alone.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	switch {
	case err != nil, u.Host == "", u.User != nil, u.RawQuery != "", u.Fragment != "", u.RawPath != "":
		return nil, errURL
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return u, nil
	}
	return nil, errURL
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
