package functions

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// timeouts are those of the services, in seconds (DOMAIN.md, the owner's numbers); the gateway's is the
// longest of them and a second for the way there and back.
var timeouts = map[Service]int{Finance: 10, Reports: 15, Cache: 5, Events: 10, Gateway: 16, Ops: 10}

// roles are the database roles that there are: who writes may read as well. The head of
// catalogue.yaml says what each may touch.
var roles = []string{
	"day_book_reader", "day_book_writer", "setup_reader", "setup_writer", "event_reader", "feed_consumer",
	"read_model_reader", "read_model_writer", "snapshot_writer", "webhook_writer", "report_writer",
	"correction_writer", "reconciliation_writer", "partition_keeper", "monitor_reader",
}

// priorities are those that the functions of a trigger may have.
var priorities = map[Trigger][]Priority{
	HTTP:      {Post, Read, Report, Rebuild},
	PubSub:    {Feed, Rebuild},
	Scheduler: {Feed, Rebuild},
}

const (
	minMemoryMiB   = 128   // what Cloud Functions takes at least
	maxMemoryMiB   = 32768 // and at most
	maxCPU         = 8
	maxConcurrency = 1000
	maxInstances   = 1000
	maxStream      = 3600 // s that Cloud Functions lets a request last
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
	for _, fn := range c.Functions {
		f = append(f, fn.checkTopic(c.Topics)...)
		f = append(f, fn.checkGrants(c.Topics)...)
	}
	f = append(f, c.checkDoor()...)
	for i, topic := range c.Topics {
		f = append(f, topic.check()...)
		f.add(slices.ContainsFunc(c.Topics[:i], named(topic.Name)), "topic %s stands twice", topic.Name)
	}
	return errors.Join(f...)
}

// report takes a fault of one owner.
type report func(wrong bool, format string, args ...any)

func (bad report) between(what string, n, low, high int) {
	bad(n < low || n > high, "%s is %d, not %d to %d", what, n, low, high)
}

// under reports with the owner's name in front.
func (f *faults) under(owner string) report {
	return func(wrong bool, format string, args ...any) {
		f.add(wrong, "%s: "+format, append([]any{owner}, args...)...)
	}
}

func (fn Function) check() faults {
	var f faults
	bad := f.under(fn.Name)
	fn.checkNames(bad)
	fn.checkTrigger(bad)
	bad(fn.Description == "", "description is missing")
	bad(len(fn.Roles) == 0, "roles are missing")
	for _, r := range fn.Roles {
		bad(!slices.Contains(roles, r), "role %q is unknown", r)
	}
	fn.checkTimeout(bad)
	bad.between("concurrency", fn.Concurrency, 1, maxConcurrency)
	bad.between("memoryMiB", fn.MemoryMiB, minMemoryMiB, maxMemoryMiB)
	bad.between("cpu", fn.CPU, 1, maxCPU)
	bad.between("maxInstances", fn.MaxInstances, 1, maxInstances)
	bad.between("minInstances", fn.MinInstances, 0, fn.MaxInstances)
	return f
}

// checkTimeout asks for the service's time-out; a stream lasts longer than any request.
func (fn Function) checkTimeout(bad report) {
	limit, known := timeouts[fn.Service]
	bad(!known, "service %q is unknown", fn.Service)
	switch {
	case !known:
	case fn.Stream:
		bad.between("timeoutSeconds of a stream", fn.TimeoutSeconds, limit, maxStream)
	default:
		bad(fn.TimeoutSeconds != limit, "timeoutSeconds is %d, the service's is %d", fn.TimeoutSeconds, limit)
	}
}

// checkNames asks for one name in three spellings: name, entry point and package.
func (fn Function) checkNames(bad report) {
	bad(!kebab.MatchString(fn.Name), "name is not in kebab case")
	bad(fn.EntryPoint != pascal(fn.Name), "entryPoint is %q, not %s", fn.EntryPoint, pascal(fn.Name))
	service, pkg, _ := strings.Cut(fn.Package, "/")
	bad(service != string(fn.Service), "package %q is not in the folder of service %q", fn.Package, fn.Service)
	bad(pkg == "" || fn.Name != pkg && !strings.HasPrefix(fn.Name, pkg+"-"), "package %q does not begin the name", fn.Package)
	bad(strings.HasSuffix(fn.Name, deadLetter), "name ends in %s, as dead-letter topics do", deadLetter)
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
