package api

import (
	"time"

	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/priority"
)

// Terms are those on which a function works: its service's figures, and what its calls are worth, both
// as functions/catalogue.yaml has them.
type Terms struct {
	resilience.Policy
	Class priority.Class
	// Unbounded says that the function counts its calls itself: many that are idle most of the time.
	Unbounded bool
}

// Finance are the terms of a function of the service finance.
func Finance(c priority.Class) Terms { return Terms{Policy: resilience.Finance, Class: c} }

// Reports are the terms of a function of the service reports.
func Reports(c priority.Class) Terms { return Terms{Policy: resilience.Reports, Class: c} }

// Cache are the terms of a function of the service cache.
func Cache(c priority.Class) Terms { return Terms{Policy: resilience.Cache, Class: c} }

// Events are the terms of a function of the service events.
func Events(c priority.Class) Terms { return Terms{Policy: resilience.Events, Class: c} }

// Ops are the terms of a function of the service ops.
func Ops(c priority.Class) Terms { return Terms{Policy: resilience.Ops, Class: c} }

// Taking are the terms with another time-out than the service's; negative: none.
func (t Terms) Taking(timeout time.Duration) Terms {
	t.Timeout = timeout
	return t
}

// Guard is that of a function of a name; nil where it is Unbounded.
func (t Terms) Guard(name string) *httpfn.Guard {
	if t.Unbounded {
		return nil
	}
	return &httpfn.Guard{Bulkhead: t.Bulkhead(name), Class: t.Class}
}
