package daybook_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// decision is one line of a table: given what was done, when somebody does this, then these events
// or this error.
type decision struct {
	name  string
	given func(b *book)
	by    approval.Actor
	when  func(b *book) daybook.Action
	then  string // "stream/version Type", and "+legs" where money moves
	err   error
}

func do(a daybook.Action) func(*book) daybook.Action { return func(*book) daybook.Action { return a } }

func told(events []daybook.Event) string {
	var out []string
	for _, e := range events {
		s := fmt.Sprintf("%v/%d %s", e.Stream, e.Version, e.Data.Type())
		if strings.Contains(e.Raw.Data, `"legs":[`) {
			s += "+legs"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func decide(t *testing.T, table []decision) {
	t.Helper()
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := opened(t, 50_000)
			if c.given != nil {
				c.given(b)
			}
			before := b.state
			events, err := b.do(c.by, c.when(b))
			if !errors.Is(err, c.err) || told(events) != c.then {
				t.Fatalf("got %q, %v; want %q, %v", told(events), err, c.then, c.err)
			}
			if err != nil && (fault.KindOf(err) == fault.Internal || len(before.Days) != len(b.state.Days)) {
				t.Fatalf("%v is no refusal", err)
			}
		})
	}
}

func TestDecideRecord(t *testing.T) {
	t.Parallel()
	closed := func(b *book) { b.must(owner, daybook.Close{Date: may(5)}) }
	grants := func(pendingOn int) func(*book) {
		return func(b *book) {
			b.state.Policy.DailyGrant = true
			b.must(manager, revenue(may(pendingOn), ledger.Cash, 5))
		}
	}
	cash := func(n int) func(*book) daybook.Action { return do(revenue(may(n), ledger.Cash, 100)) }
	decide(t, []decision{
		{"owner: at once", nil, owner, cash(10), "2024-05-10/1 EntryRecorded+legs", nil},
		{"manager: waits", nil, manager, cash(10), "2024-05-10/1 EntryRecorded", nil},
		{"accountant: waits", nil, accountant, cash(10), "2024-05-10/1 EntryRecorded", nil},
		{"desk: waits", nil, desk, cash(10), "2024-05-10/1 EntryRecorded", nil},
		{"service: waits", nil, service, cash(10), "2024-05-10/1 EntryRecorded", nil},
		{"auditor", nil, auditor, cash(10), "", approval.ErrForbidden},
		{"unknown role", nil, nobody, cash(10), "", approval.ErrForbidden},
		{"at go-live", nil, owner, cash(1), "2024-05-01/2 EntryRecorded+legs", nil},
		{"before go-live", nil, owner, cash(0), "", daybook.ErrBeforeGoLive},
		{"tomorrow", nil, owner, cash(11), "2024-05-11/1 EntryRecorded+legs", nil},
		{"the day after", nil, owner, cash(12), "", daybook.ErrDateInFuture},
		{"on a closed day", closed, owner, cash(5), "", daybook.ErrDayClosed},
		{"on a closed gap day", closed, owner, cash(3), "", daybook.ErrDayClosed},
		{"on the go-live day, closed with it", closed, owner, cash(1), "", daybook.ErrDayClosed},
		{"on the day after a closed one", closed, owner, cash(6), "2024-05-06/1 EntryRecorded+legs", nil},
		{"a source without account", nil, owner, func(*book) daybook.Action {
			r := revenue(may(10), ledger.Cash, 100)
			r.Draft.Category = "CASINO"
			return r
		}, "", ledger.ErrUnknownSource},
		{"own entries wait, no grant wanted", func(b *book) { b.must(manager, revenue(may(9), ledger.Cash, 5)) },
			manager, cash(10), "2024-05-10/1 EntryRecorded", nil},
		{"own entries of an earlier day wait", grants(9), manager, cash(10), "", approval.ErrGrantNeeded},
		{"and the new one is for that day, too", grants(9), manager, cash(9), "", approval.ErrGrantNeeded},
		{"own entries of today wait", grants(10), manager, cash(10), "2024-05-10/2 EntryRecorded", nil},
		{"others' entries wait", grants(9), accountant, cash(10), "2024-05-10/1 EntryRecorded", nil},
		{"granted today", func(b *book) {
			grants(9)(b)
			b.must(owner, daybook.Grant{Subject: manager.Subject})
		}, manager, cash(10), "2024-05-10/2 EntryRecorded", nil},
		{"granted to another", func(b *book) {
			grants(9)(b)
			b.must(owner, daybook.Grant{Subject: accountant.Subject})
		}, manager, cash(10), "", approval.ErrGrantNeeded},
		{"granted yesterday", func(b *book) {
			grants(8)(b)
			b.state.Today = may(9)
			b.must(owner, daybook.Grant{Subject: manager.Subject})
			b.state.Today = may(10)
		}, manager, cash(10), "", approval.ErrGrantNeeded},
		{"decided since", func(b *book) {
			grants(9)(b)
			b.must(owner, daybook.Approve{EntryID: b.id(0)})
		}, manager, cash(10), "2024-05-10/1 EntryRecorded", nil},
	})
}

func TestDecideOnPendingEntries(t *testing.T) {
	t.Parallel()
	pending := func(b *book) { b.must(desk, revenue(may(8), ledger.Cash, 100)) }
	managers := func(b *book) { b.must(manager, revenue(may(8), ledger.Cash, 100)) }
	late := func(b *book) { pending(b); b.must(owner, daybook.Close{Date: may(8)}) }
	lateToday := func(b *book) {
		b.must(desk, revenue(may(10), ledger.Cash, 100))
		b.must(owner, daybook.Close{Date: may(10)})
	}
	approve := func(b *book) daybook.Action { return daybook.Approve{EntryID: b.id(0)} }
	reject := func(b *book) daybook.Action { return daybook.Reject{EntryID: b.id(0), Reason: "no receipt"} }
	withdraw := func(b *book) daybook.Action { return daybook.Withdraw{EntryID: b.id(0), Reason: "twice"} }
	approved := func(b *book) { pending(b); b.must(owner, approve(b)) }
	rejected := func(b *book) { pending(b); b.must(owner, reject(b)) }
	withdrawn := func(b *book) { pending(b); b.must(desk, withdraw(b)) }
	reversed := func(b *book) { approved(b); b.must(owner, daybook.Reverse{EntryID: b.id(0), Reason: "wrong room"}) }
	table := []decision{
		{"approve", pending, owner, approve, "2024-05-08/2 EntryApproved+legs", nil},
		{"approve: a manager another's", pending, manager, approve, "2024-05-08/2 EntryApproved+legs", nil},
		{"approve: a manager his own", managers, manager, approve, "", approval.ErrSelfApproval},
		{"approve: the desk", pending, desk, approve, "", approval.ErrForbidden},
		{"approve: a service", pending, service, approve, "", approval.ErrForbidden},
		{"approve: an auditor", pending, auditor, approve, "", approval.ErrForbidden},
		{"approve: unknown role", pending, nobody, approve, "", approval.ErrForbidden},
		{"approve late: to the open day", late, owner, approve, "2024-05-10/1 EntryApproved+legs", nil},
		{"approve late, today closed: to tomorrow", lateToday, owner, approve, "2024-05-11/1 EntryApproved+legs", nil},
		{"reject", pending, owner, reject, "2024-05-08/2 EntryRejected", nil},
		{"reject: a manager his own", managers, manager, reject, "", approval.ErrSelfApproval},
		{"reject: the desk", pending, desk, reject, "", approval.ErrForbidden},
		{"reject late", late, owner, reject, "2024-05-10/1 EntryRejected", nil},
		{"withdraw", pending, desk, withdraw, "2024-05-08/2 EntryWithdrawn", nil},
		{"withdraw: another's", pending, owner, withdraw, "", daybook.ErrNotCreator},
		{"withdraw: the creator became auditor", pending, approval.Actor{Subject: desk.Subject, Role: approval.Auditor}, withdraw, "", daybook.ErrNotCreator},
		{"withdraw late", late, desk, withdraw, "2024-05-10/1 EntryWithdrawn", nil},
		{"a policy that cannot be read", func(b *book) { pending(b); b.state.Policy = approval.Policy{} }, owner, approve, "", approval.ErrNoRight},
		{"above the limit", func(b *book) {
			pending(b)
			b.state.Policy.Rules = []approval.Rule{{Roles: []approval.Role{approval.Accountant}, MaxAmountMinor: 99, Currency: "EUR"}}
		}, accountant, approve, "", approval.ErrNoRight},
		{"an account is gone", func(b *book) { pending(b); b.state.Chart = ledger.Chart{} }, owner, approve, "", ledger.ErrUnknownSource},
	}
	for name, given := range map[string]func(*book){"approved": approved, "rejected": rejected, "withdrawn": withdrawn, "reversed": reversed} {
		table = append(table,
			decision{"approve what is " + name, given, owner, approve, "", daybook.ErrNotPending},
			decision{"reject what is " + name, given, owner, reject, "", daybook.ErrNotPending},
			decision{"withdraw what is " + name, given, desk, withdraw, "", daybook.ErrNotPending})
	}
	decide(t, table)
}

func TestDecideReverse(t *testing.T) {
	t.Parallel()
	reverse := func(n int) func(b *book) daybook.Action {
		return func(b *book) daybook.Action { return daybook.Reverse{EntryID: b.id(n), Reason: "wrong room"} }
	}
	posted := func(by approval.Actor, n int) func(*book) {
		return func(b *book) {
			b.must(by, revenue(may(n), ledger.Cash, 118, 18))
			if b.entry(0).Status == daybook.Pending {
				b.must(owner, daybook.Approve{EntryID: b.id(0)})
			}
		}
	}
	then := func(first func(*book), more ...func(*book)) func(*book) {
		return func(b *book) {
			first(b)
			for _, f := range more {
				f(b)
			}
		}
	}
	closing := func(n int) func(*book) { return func(b *book) { b.must(owner, daybook.Close{Date: may(n)}) } }
	pending := func(b *book) { b.must(desk, revenue(may(8), ledger.Cash, 5)) }
	decide(t, []decision{
		{"on its date", posted(desk, 8), owner, reverse(0), "2024-05-08/3 EntryReversed+legs", nil},
		{"an owner his own", posted(owner, 8), owner, reverse(0), "2024-05-08/2 EntryReversed+legs", nil},
		{"a manager another's", posted(desk, 8), manager, reverse(0), "2024-05-08/3 EntryReversed+legs", nil},
		{"a manager his own", posted(manager, 8), manager, reverse(0), "", approval.ErrSelfApproval},
		{"the desk", posted(desk, 8), desk, reverse(0), "", approval.ErrForbidden},
		{"unknown role", posted(desk, 8), nobody, reverse(0), "", approval.ErrForbidden},
		{"above the limit", func(b *book) {
			posted(desk, 8)(b)
			b.state.Policy.Rules = []approval.Rule{{Roles: []approval.Role{approval.Accountant}, MaxAmountMinor: 117, Currency: "EUR"}}
		}, accountant, reverse(0), "", approval.ErrNoRight},
		{"of a closed day: on the open day", then(posted(desk, 8), closing(8)), owner, reverse(0), "2024-05-10/1 EntryReversed+legs", nil},
		{"approved late: where that counts", func(b *book) {
			pending(b)
			closing(8)(b)
			b.must(owner, daybook.Approve{EntryID: b.id(0)}) // on May 10
			b.state.Today = may(12)
		}, owner, reverse(0), "2024-05-10/2 EntryReversed+legs", nil},
		{"twice", then(posted(desk, 8), func(b *book) { b.must(owner, reverse(0)(b)) }), owner, reverse(0), "", daybook.ErrReversed},
		{"a reversal", then(posted(desk, 8), func(b *book) { b.must(owner, reverse(0)(b)) }), owner, reverse(1), "", daybook.ErrReversalFinal},
		{"pending", pending, owner, reverse(0), "", daybook.ErrNotApproved},
		{"rejected", then(pending, func(b *book) { b.must(owner, daybook.Reject{EntryID: b.id(0)}) }), owner, reverse(0), "", daybook.ErrNotApproved},
		{"withdrawn", then(pending, func(b *book) { b.must(desk, daybook.Withdraw{EntryID: b.id(0)}) }), owner, reverse(0), "", daybook.ErrNotApproved},
	})
}
