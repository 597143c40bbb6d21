package functions

import (
	"regexp"
	"slices"
	"strings"
)

const (
	maxAckSeconds     = 600 // what Pub/Sub takes at most
	maxBackoffSeconds = 10  // a consumer is behind for this long at most once it can work again (DESIGN.md)
	minAttempts       = 5   // what Pub/Sub takes at least
	maxAttempts       = 100 // and at most
	maxRetentionHours = 744 // 31 days, what Pub/Sub takes at most
)

var schema = regexp.MustCompile(`^[a-z0-9-]+(/[a-z0-9-]+)*(\.json)?$`)

// checkTrigger asks that a function has what its trigger needs, and nothing that another one needs.
func (fn Function) checkTrigger(bad report) {
	switch fn.Trigger {
	case HTTP:
		fn.checkRoutes(bad)
		bad(fn.Topic != "", "topic is for pubsub functions")
		bad(fn.Subscription != Subscription{}, "subscription is for pubsub functions")
		bad(fn.Schedule != "", "schedule is for pubsub and scheduler functions")
	case PubSub:
		fn.checkInternal(bad)
		bad(fn.Topic == "", "topic is missing")
		fn.Subscription.check(bad, fn.TimeoutSeconds)
	case Scheduler:
		fn.checkInternal(bad)
		bad(fn.Topic != "", "topic is for pubsub functions")
		bad(fn.Subscription != Subscription{}, "subscription is for pubsub functions")
		bad(fn.Schedule == "", "schedule is missing")
	default:
		bad(true, "trigger %q is unknown", fn.Trigger)
		return
	}
	bad(!slices.Contains(priorities[fn.Trigger], fn.Priority), "priority %q is not one of %q, which %s functions have",
		fn.Priority, priorities[fn.Trigger], fn.Trigger)
}

// checkInternal asks for nothing public, and for a schedule that can be kept.
func (fn Function) checkInternal(bad report) {
	bad(len(fn.Routes) > 0, "routes are for http functions")
	bad(fn.Stream, "stream is for http functions")
	bad(fn.Public, "public is for http functions")
	if fn.Schedule != "" {
		_, err := fn.Schedule.parse()
		bad(err != nil, "%v", err)
	}
}

// checkDoor asks for one public function at most, which outlasts every function behind it.
func (c Catalogue) checkDoor() faults {
	var f faults
	i := slices.IndexFunc(c.Functions, func(fn Function) bool { return fn.Public })
	if i < 0 {
		return f
	}
	door := c.Functions[i]
	bad := f.under(door.Name)
	for j, fn := range c.Functions {
		bad(j > i && fn.Public, "it is public, and so is %s", fn.Name)
		bad(!fn.Public && fn.Trigger == HTTP && fn.TimeoutSeconds >= door.TimeoutSeconds,
			"timeoutSeconds is %d, not above the %d of %s: the door would cut it", door.TimeoutSeconds, fn.TimeoutSeconds, fn.Name)
	}
	return f
}

// checkRoutes asks for public paths, one of which has the function's name, except in ops; the door has none
// of its own.
func (fn Function) checkRoutes(bad report) {
	if fn.Public {
		bad(len(fn.Routes) > 0, "routes are those of the functions behind a public one")
		return
	}
	found := fn.Service == Ops // what operators see stands together, whichever function shows it
	for _, r := range fn.Routes {
		bad(!route.MatchString(r), "route %q is not a path below /v1", r)
		for segment := range strings.SplitSeq(r, "/") {
			segment, _, _ = strings.Cut(segment, ":")
			found = found || segment == fn.Name
		}
	}
	bad(!found, "no route has the name in it")
}

func (s Subscription) check(bad report, timeoutSeconds int) {
	bad.between("ackDeadlineSeconds", s.AckDeadlineSeconds, 10, maxAckSeconds)
	bad(s.AckDeadlineSeconds <= timeoutSeconds,
		"ackDeadlineSeconds is %d, not above timeoutSeconds %d: a message would come again while the first is worked on",
		s.AckDeadlineSeconds, timeoutSeconds)
	bad.between("maxBackoffSeconds", s.MaxBackoffSeconds, 1, maxBackoffSeconds)
	bad.between("minBackoffMillis", s.MinBackoffMillis, 1, s.MaxBackoffSeconds*1000)
	bad.between("maxDeliveryAttempts", s.MaxDeliveryAttempts, minAttempts, maxAttempts)
}

// checkTopic asks that a pubsub function's topic is there and keeps the order that is asked for.
func (fn Function) checkTopic(topics []Topic) faults {
	var f faults
	if fn.Trigger != PubSub || fn.Topic == "" {
		return f
	}
	bad := f.under(fn.Name)
	i := slices.IndexFunc(topics, named(fn.Topic))
	bad(i < 0, "topic %q is not among the topics", fn.Topic)
	bad(i >= 0 && fn.Subscription.Ordered && !topics[i].Ordered, "its subscription is ordered, the topic %s is not", fn.Topic)
	return f
}

func (t Topic) check() faults {
	var f faults
	bad := f.under("topic " + t.Name)
	bad(!kebab.MatchString(t.Name), "name is not in kebab case")
	bad(strings.HasSuffix(t.Name, deadLetter), "dead-letter topics are made with their subscriptions and not listed")
	bad(t.Description == "", "description is missing")
	bad(t.Schema != "" && !schema.MatchString(t.Schema), "schema %q is no path below schemas/", t.Schema)
	bad.between("retentionHours", t.RetentionHours, 1, maxRetentionHours)
	return f
}

func named(name string) func(Topic) bool {
	return func(t Topic) bool { return t.Name == name }
}
