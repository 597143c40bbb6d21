package approvals

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/setupstore"
)

// Rule lets its roles approve the entries that it describes; an absent list takes all.
type Rule struct {
	Roles          []string `json:"roles" minItems:"1" maxItems:"6" enum:"OWNER_ADMIN,PROPERTY_MANAGER,ACCOUNTANT"`
	Kinds          []string `json:"kinds,omitempty" maxItems:"3" enum:"REVENUE,EXPENSE,MOVEMENT"`
	Categories     []string `json:"categories,omitempty" maxItems:"100" doc:"Sources, categories or kinds of movement."`
	PaymentModes   []string `json:"paymentModes,omitempty" maxItems:"8" enum:"CASH,BANK,CARD,UPI,WALLET,CHEQUE,OTA,CITY_LEDGER"`
	MaxAmountMinor int64    `json:"maxAmountMinor,omitempty" minimum:"1" maximum:"1000000000000000" doc:"With currency: the largest amount. Without it there is no limit."`
	Currency       string   `json:"currency,omitempty" minLength:"3" maxLength:"3" doc:"Of the limit; entries in another one are not covered."`
	SelfApproval   bool     `json:"selfApproval,omitempty" doc:"Also entries of one's own: these then are approved at once."`
}

// Policy is who may approve what.
type Policy struct {
	Rules      []Rule `json:"rules" minItems:"1" maxItems:"100"`
	DailyGrant bool   `json:"dailyGrant,omitempty" doc:"While a manager's own entries of earlier dates wait, new ones need a grant of the day."`
}

// PolicyView is the policy in force.
type PolicyView struct {
	Version int64 `json:"version" doc:"Of the organisation's setup; 0 is the default policy."`
	Policy
}

type policyInput struct{ httpfn.Read }

type policyOutput struct{ Body PolicyView }

func (f function) policy(ctx context.Context, in *policyInput) (*policyOutput, error) {
	c, err := f.source.Caller(ctx, approval.Read)
	if err == nil {
		err = c.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	rules, err := c.Setup.Rules(ctx, c.Org)
	if err != nil {
		return nil, err
	}
	return &policyOutput{Body: view(rules.Policy)}, nil
}

type setPolicyInput struct {
	httpfn.Write
	Body Policy
}

type setPolicyOutput struct {
	httpfn.Written
	Body PolicyView
}

func (f function) setPolicy(ctx context.Context, in *setPolicyInput) (*setPolicyOutput, error) {
	c, err := f.source.Caller(ctx, approval.SetUp)
	if err != nil {
		return nil, err
	}
	p := approval.Policy{DailyGrant: in.Body.DailyGrant}
	for _, r := range in.Body.Rules {
		p.Rules = append(p.Rules, approval.Rule{
			Roles: words[approval.Role](r.Roles), Kinds: words[ledger.Kind](r.Kinds), Categories: r.Categories,
			PaymentModes: words[ledger.PaymentMode](r.PaymentModes), MaxAmountMinor: r.MaxAmountMinor,
			Currency: money.Currency(r.Currency), SelfApproval: r.SelfApproval,
		})
	}
	res, err := c.Setup.SetPolicy(ctx, setupstore.Change{
		Org: c.Org, Actor: c.Actor(), Key: in.IdempotencyKey, Request: in.Body,
	}, p)
	if err != nil {
		return nil, err
	}
	return &setPolicyOutput{Written: httpfn.NewWritten(api.Token(res.At), res.Replayed), Body: view(res.Data.Policy)}, nil
}

func view(p approval.Policy) PolicyView {
	v := PolicyView{Version: p.Version, Policy: Policy{DailyGrant: p.DailyGrant}}
	for _, r := range p.Rules {
		v.Rules = append(v.Rules, Rule{
			Roles: words[string](r.Roles), Kinds: words[string](r.Kinds), Categories: r.Categories,
			PaymentModes: words[string](r.PaymentModes), MaxAmountMinor: r.MaxAmountMinor,
			Currency: string(r.Currency), SelfApproval: r.SelfApproval,
		})
	}
	return v
}

func words[To, From ~string](list []From) []To {
	var out []To
	for _, w := range list {
		out = append(out, To(w))
	}
	return out
}
