package functions

import (
	"slices"
	"strings"
)

// nudges are the topics that a database role's writers publish to (shared/api.NewBackend): a grant
// that is missing would be seen by nobody, since a lost nudge only makes things late.
var nudges = map[string]string{
	"day_book_writer":   "feed-nudges",
	"setup_writer":      "feed-nudges",
	"correction_writer": "correction-nudges",
}

// DatabaseRole is the function's own role in the database: made of Roles, and of its service account
// alone.
func (fn Function) DatabaseRole() string { return "fn_" + strings.ReplaceAll(fn.Name, "-", "_") }

// checkGrants asks that what a function may publish to is there and is what its roles need.
func (fn Function) checkGrants(topics []Topic) faults {
	var f faults
	bad := f.under(fn.Name)
	for i, t := range fn.Publishes {
		bad(!slices.ContainsFunc(topics, named(t)), "publishes to %q, which is not among the topics", t)
		bad(slices.Contains(fn.Publishes[:i], t), "publishes names %q twice", t)
	}
	for _, r := range fn.Roles {
		t := nudges[r]
		bad(t != "" && !slices.Contains(fn.Publishes, t), "role %s publishes to %s, which is missing in publishes", r, t)
	}
	bad(fn.Firestore != "" && fn.Firestore != Reads && fn.Firestore != Writes, "firestore is %q, not %s or %s", fn.Firestore, Reads, Writes)
	return f
}
