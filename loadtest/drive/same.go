package drive

import (
	"context"
	"fmt"
	"slices"

	"innkeep.internal/loadtest/world"
	"innkeep.internal/shared/core/tenant"
)

// Steps are the calls that Same makes for an organisation, in their order. The first of each subject is that
// of somebody whom no instance knows.
var Steps = []string{
	"post, unknown caller", "post", "post of the front desk, unknown caller", "approve", "bulk of ten", "daily report", "monthly report", "export of a month",
}

// Commits reports whether the call of a step changes something.
func Commits(step int) bool { return step < 5 }

// Same makes the same calls for each of some organisations, one after the other: nothing in them depends on
// how many organisations there are, so that what they ask for may not either. The organisations are to
// have one property each, and to have been met by nobody. Each call goes through around, with the number
// of its step; one that fails is its organisation's last, and is told. The ledger gets what was accepted.
func (p Plan) Same(ctx context.Context, numbers []int, l *Ledger, around func(step int, do func() error) error) (failed []string, err error) {
	client := NewClient(1)
	defer client.CloseIdleConnections()
	if err := p.Door.Wake(ctx, numbers); err != nil {
		return nil, err
	}
	for _, n := range numbers {
		s, err := p.same(ctx, n)
		if err != nil {
			return nil, err
		}
		var last answer
		for step := range Steps {
			c := s.call(step, last.entry)
			err := around(step, func() error {
				if last = send(ctx, client, p.URL, c); !c.kind.Reads() {
					l.note(c, last)
				}
				return ctx.Err()
			})
			if err != nil {
				return nil, err
			}
			if last.fault != "" {
				failed = append(failed, Steps[step]+": "+last.fault)
				break
			}
		}
	}
	_, err = l.settle(ctx, client, p.URL)
	return failed, err
}

// same makes the calls of one organisation.
type same struct {
	Plan
	book        tenant.Book
	owner, desk string // tokens
}

func (p Plan) same(ctx context.Context, n int) (s same, err error) {
	s = same{Plan: p, book: tenant.Book{Org: p.World.Org(n), Property: p.World.Property(n, 0)}}
	if s.owner, err = p.Door.Token(ctx, s.book.Org, world.Owner); err != nil {
		return s, err
	}
	s.desk, err = p.Door.Token(ctx, s.book.Org, world.Desk)
	return s, err
}

func (s same) call(step int, entry string) call {
	c := call{book: s.book, token: s.owner, method: "POST", key: fmt.Sprintf("%s-same-%s-%d", s.Run, s.book.Org, step)}
	fields := fmt.Sprintf(`"propertyId":%q,"businessDate":%q,"amountMinor":12345,"currency":%q,"paymentMode":"CASH","description":%q`,
		s.book.Property, s.World.Today.String(), world.Currency, s.Run)
	switch step {
	case 0, 1:
		c.kind, c.path, c.body = Post, "/v1/finance/revenues", "{"+fields+`,"source":"ROOM"}`
	case 2:
		c.token = s.desk
		c.kind, c.path, c.body = Post, "/v1/finance/expenses", "{"+fields+`,"categoryCode":"UTILITIES"}`
	case 3:
		c.kind, c.path, c.body = Approve, "/v1/finance/approvals:decide", decisions([]string{entry})
	case 4:
		c.kind, c.path, c.body = Bulk, "/v1/finance/revenues:bulk", lines(c.key, slices.Repeat([]string{fields}, Lines))
	default:
		c.method, c.key = "GET", ""
		c.kind = []Kind{Daily, Monthly, Export}[step-5]
		c.path = shown(c.kind, s.book.Property, s.World.Today, s.World.Today.Month())
	}
	return c
}
