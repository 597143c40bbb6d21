// Package approval says who may do what: the roles, the acts that a role allows, and the policy by
// which an organisation lets entries count as money. It is pure, and what it does not allow is
// refused (I15).
package approval

import (
	"fmt"
	"slices"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/ledger"
)

// Role is what a member is in an organisation.
type Role string

// The roles (DOMAIN.md).
const (
	OwnerAdmin      Role = "OWNER_ADMIN"
	PropertyManager Role = "PROPERTY_MANAGER"
	Accountant      Role = "ACCOUNTANT"
	FrontDesk       Role = "FRONT_DESK"
	Auditor         Role = "AUDITOR"
	Service         Role = "SERVICE"
)

// Roles lists every role.
var Roles = []Role{OwnerAdmin, PropertyManager, Accountant, FrontDesk, Auditor, Service}

// SeesAll reports whether the role sees every property of its organisation; the others see those
// that they are assigned to.
func (r Role) SeesAll() bool { return r == OwnerAdmin || r == Accountant || r == Auditor }

// Act is something that a role may be allowed to do.
type Act string

// The acts. Approving an entry is not among them: the policy decides that.
const (
	Read   Act = "read"
	Record Act = "record"
	Count  Act = "count"
	Close  Act = "close"
	Reopen Act = "reopen"
	Decide Act = "decide" // look at, approve, reject what waits; reverse
	Grant  Act = "grant"
	SetUp  Act = "set_up"
	// Correct is to decide about proposed corrections of day rows.
	Correct Act = "correct"
)

var allowed = map[Role][]Act{
	OwnerAdmin:      {Read, Record, Count, Close, Reopen, Decide, Grant, SetUp, Correct},
	PropertyManager: {Read, Record, Count, Close, Decide},
	Accountant:      {Read, Record, Count, Close, Decide},
	FrontDesk:       {Read, Record, Count},
	Auditor:         {Read},
	Service:         {Read, Record, Close},
}

// ErrForbidden means that the caller's role does not allow the act.
var ErrForbidden = fault.New(fault.Denied, "forbidden", "your role does not allow this")

// May is nil when the role allows the act, else ErrForbidden. An unknown role allows nothing.
func (r Role) May(a Act) error {
	if slices.Contains(allowed[r], a) {
		return nil
	}
	return ErrForbidden.With("act", string(a))
}

// Actor is who acts, and by which version of the membership he was judged.
type Actor struct {
	Subject string `json:"subject"`
	Role    Role   `json:"role"`
	Version int64  `json:"memberVersion"`
}

// Rule lets its roles approve the entries that it describes. An empty list takes all.
type Rule struct {
	Roles          []Role               `json:"roles"`
	Kinds          []ledger.Kind        `json:"kinds,omitempty"`
	Categories     []string             `json:"categories,omitempty"`
	PaymentModes   []ledger.PaymentMode `json:"paymentModes,omitempty"`
	MaxAmountMinor int64                `json:"maxAmountMinor,omitempty"` // 0: no limit
	Currency       money.Currency       `json:"currency,omitempty"`       // of the limit; required with one
	SelfApproval   bool                 `json:"selfApproval,omitempty"`   // also entries of one's own, which then are approved at once
}

// Policy is the approval policy of an organisation.
type Policy struct {
	Version    int64  `json:"version"` // of the organisation's setup stream; 0 is the default policy
	Rules      []Rule `json:"rules"`
	DailyGrant bool   `json:"dailyGrant"` // see ErrGrantNeeded
}

// Default is the policy that every organisation begins with: what an owner records is approved at
// once, everything else waits for an owner, or for a manager or accountant other than its creator.
func Default() Policy {
	return Policy{Rules: []Rule{
		{Roles: []Role{OwnerAdmin}, SelfApproval: true},
		{Roles: []Role{PropertyManager, Accountant}},
	}}
}

// Item is what is to be approved.
type Item struct {
	Kind        ledger.Kind
	Category    string
	Mode        ledger.PaymentMode
	AmountMinor int64 // of either sign: a limit holds for the size
	Currency    money.Currency
	CreatedBy   string
}

var (
	// ErrNoRight means that no rule of the policy lets the caller approve this entry.
	ErrNoRight = fault.New(fault.Denied, "approval_not_allowed", "the approval policy does not let you approve this entry")
	// ErrSelfApproval means that the policy wants another pair of eyes than the creator's.
	ErrSelfApproval = fault.New(fault.Denied, "self_approval", "the approval policy does not let you approve an entry of your own")
	// ErrGrantNeeded means that entries of the caller's own of earlier days still wait, and nobody
	// has granted today.
	ErrGrantNeeded = fault.New(fault.Conflict, "grant_needed", "your entries of earlier days are pending: an administrator must grant today, or decide them")
	// ErrPolicy means that a policy cannot be used.
	ErrPolicy = fault.New(fault.Invalid, "bad_policy", "the approval policy cannot be used")
)

// Allows is nil when actor may approve the item, else ErrNoRight or ErrSelfApproval.
func (p Policy) Allows(actor Actor, it Item) error {
	if err := actor.Role.May(Decide); err != nil {
		return err
	}
	err := error(ErrNoRight)
	for _, r := range p.Rules {
		if !r.covers(actor.Role, it) {
			continue
		}
		if actor.Subject != it.CreatedBy || r.SelfApproval {
			return nil
		}
		err = ErrSelfApproval
	}
	return err
}

// AtOnce reports whether an entry that actor records counts at once, since he could approve it.
func (p Policy) AtOnce(actor Actor, it Item) bool {
	it.CreatedBy = actor.Subject
	return p.Allows(actor, it) == nil
}

func (r Rule) covers(role Role, it Item) bool {
	size := it.AmountMinor
	if size < 0 {
		size = -size // the smallest int64 stays negative: no limit holds it
	}
	return slices.Contains(r.Roles, role) && takes(r.Kinds, it.Kind) && takes(r.Categories, it.Category) &&
		takes(r.PaymentModes, it.Mode) &&
		(r.MaxAmountMinor == 0 || r.Currency == it.Currency && size >= 0 && size <= r.MaxAmountMinor)
}

func takes[T comparable](list []T, x T) bool { return len(list) == 0 || slices.Contains(list, x) }

// Check says whether the policy can be used: somebody may approve, limits have a currency.
func (p Policy) Check() error {
	var f fault.Faults
	if len(p.Rules) == 0 {
		f.Add("/rules", ErrPolicy)
	}
	for i, r := range p.Rules {
		at := fmt.Sprintf("/rules/%d", i)
		bad := len(r.Roles) == 0 || r.MaxAmountMinor < 0 || (r.MaxAmountMinor > 0) != (r.Currency != "")
		for _, role := range r.Roles {
			bad = bad || role.May(Decide) != nil
		}
		if bad {
			f.Add(at, ErrPolicy)
		}
		if r.Currency != "" {
			_, err := money.ParseCurrency(string(r.Currency))
			f.Add(at+"/currency", err)
		}
	}
	return f.Err()
}
