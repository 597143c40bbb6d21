package functions

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// timeouts are those of the services, in seconds (DOMAIN.md, the owner's numbers).
var timeouts = map[Service]int{Finance: 10, Reports: 15}

// roles are the database roles that there are: who writes may read as well.
var roles = []string{"day_book_reader", "day_book_writer", "setup_reader", "setup_writer"}

const (
	minMemoryMiB   = 128   // what Cloud Functions takes at least
	maxMemoryMiB   = 32768 // and at most
	maxCPU         = 8
	maxConcurrency = 1000
	maxInstances   = 1000
)

var (
	kebab  = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	route  = regexp.MustCompile(`^/v1(/([a-z0-9-]+(:[a-z]+)?|\{[a-zA-Z]+\}))+$`)
	holder = regexp.MustCompile(`\{[a-zA-Z]+\}`)
)

// faults gathers what is wrong, each under the name of its function.
type faults []error

func (f *faults) add(wrong bool, format string, args ...any) {
	if wrong {
		*f = append(*f, fmt.Errorf(format, args...))
	}
}

func (c Catalogue) check() error {
	var f faults
	f.add(len(c.Functions) == 0, "there are no functions")
	seen := map[string]string{}
	once := func(fn Function, what, value string) {
		key := what + " " + value
		f.add(seen[key] != "", "%s: %s stands at %s as well", fn.Name, key, seen[key])
		seen[key] = fn.Name
	}
	for _, fn := range c.Functions {
		f = append(f, fn.check()...)
		once(fn, "name", fn.Name)
		once(fn, "entry point", fn.EntryPoint)
		once(fn, "package", fn.Package)
		for _, r := range fn.Routes {
			once(fn, "route", holder.ReplaceAllString(r, "{}"))
		}
	}
	for i, topic := range c.Topics {
		f.add(!kebab.MatchString(topic), "topic %q is not in kebab case", topic)
		f.add(slices.Contains(c.Topics[:i], topic), "topic %s stands twice", topic)
	}
	return errors.Join(f...)
}

func (fn Function) check() faults {
	var f faults
	bad := func(wrong bool, format string, args ...any) {
		f.add(wrong, "%s: "+format, append([]any{fn.Name}, args...)...)
	}
	fn.checkNames(bad)
	bad(fn.Trigger != "http", "trigger %q is not http", fn.Trigger)
	bad(!slices.Contains([]Priority{Post, Read, Report, Rebuild}, fn.Priority), "priority %q is unknown", fn.Priority)
	bad(fn.Description == "", "description is missing")
	bad(len(fn.Roles) == 0, "roles are missing")
	for _, r := range fn.Roles {
		bad(!slices.Contains(roles, r), "role %q is unknown", r)
	}
	limit, known := timeouts[fn.Service]
	bad(!known, "service %q is unknown", fn.Service)
	bad(known && fn.TimeoutSeconds != limit, "timeoutSeconds is %d, the service's is %d", fn.TimeoutSeconds, limit)
	between := func(what string, n, low, high int) {
		bad(n < low || n > high, "%s is %d, not %d to %d", what, n, low, high)
	}
	between("concurrency", fn.Concurrency, 1, maxConcurrency)
	between("memoryMiB", fn.MemoryMiB, minMemoryMiB, maxMemoryMiB)
	between("cpu", fn.CPU, 1, maxCPU)
	between("maxInstances", fn.MaxInstances, 1, maxInstances)
	between("minInstances", fn.MinInstances, 0, fn.MaxInstances)
	return f
}

// checkNames asks for one name in three spellings: name, entry point and package, and a route that
// has it.
func (fn Function) checkNames(bad func(wrong bool, format string, args ...any)) {
	bad(!kebab.MatchString(fn.Name), "name is not in kebab case")
	bad(fn.EntryPoint != pascal(fn.Name), "entryPoint is %q, not %s", fn.EntryPoint, pascal(fn.Name))
	service, pkg, _ := strings.Cut(fn.Package, "/")
	bad(service != string(fn.Service), "package %q is not in the folder of service %q", fn.Package, fn.Service)
	bad(pkg == "" || fn.Name != pkg && !strings.HasPrefix(fn.Name, pkg+"-"), "package %q does not begin the name", fn.Package)
	named := false
	for _, r := range fn.Routes {
		bad(!route.MatchString(r), "route %q is not a path below /v1", r)
		for segment := range strings.SplitSeq(r, "/") {
			segment, _, _ = strings.Cut(segment, ":")
			named = named || segment == fn.Name
		}
	}
	bad(!named, "no route has the name in it")
}

// pascal is a kebab-case name in Pascal case.
func pascal(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}
