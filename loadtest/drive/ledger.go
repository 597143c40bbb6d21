package drive

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"innkeep.internal/shared/core/tenant"
)

// Ledger is what HTTP has said of the entries of a run, by property, the warm-up's included: to be compared
// with what the tables have.
type Ledger struct {
	mu       sync.Mutex
	Accepted map[tenant.Book]int
	unknown  []call // writes of which nobody knows whether they have taken effect
}

func newLedger() *Ledger { return &Ledger{Accepted: map[tenant.Book]int{}} }

func (l *Ledger) note(c call, a answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a.unknown {
		l.unknown = append(l.unknown, c)
		return
	}
	if a.accepted > 0 {
		l.Accepted[c.book] += a.accepted
	}
}

// Total is how many entries were accepted.
func (l *Ledger) Total() (n int) {
	for _, k := range l.Accepted {
		n += k
	}
	return n
}

// settleTries is how often a call is sent again whose outcome nobody tells.
const settleTries = 5

// settle sends each write again, with its own key, whose outcome is not known: the key makes it take
// effect once. It gives how many there were; an error means that for some nobody knows still.
func (l *Ledger) settle(ctx context.Context, client *http.Client, url string) (int, error) {
	open := l.unknown
	l.unknown = nil
	n := len(open)
	for range settleTries {
		var still []call
		for _, c := range open {
			a := send(ctx, client, url, c)
			if a.unknown && (c.kind != Bulk || a.accepted == 0) {
				still = append(still, c)
				continue
			}
			a.unknown = false
			l.note(c, a)
		}
		if open = still; len(open) == 0 {
			return n, nil
		}
	}
	return n, fmt.Errorf("of %d writes nobody tells whether they took effect, after %d tries each", len(open), settleTries)
}
