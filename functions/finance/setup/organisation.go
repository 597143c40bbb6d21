package setup

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/httpfn"
)

// Organisation is the tenant as the API shows it.
type Organisation struct {
	OrganisationID string `json:"organisationId"`
	Name           string `json:"name"`
	BaseCurrency   string `json:"baseCurrency"`
	Plan           string `json:"plan"`
}

func showOrganisation(id tenant.OrgID, o setup.Organisation) Organisation {
	return Organisation{OrganisationID: string(id), Name: o.Name, BaseCurrency: string(o.BaseCurrency), Plan: o.Plan}
}

type createOrganisationInput struct {
	httpfn.Write
	Body struct {
		Name         string `json:"name" minLength:"1" maxLength:"200"`
		BaseCurrency string `json:"baseCurrency" minLength:"3" maxLength:"3" doc:"ISO 4217."`
	}
}

type organisationOutput struct {
	httpfn.Written
	Body Organisation
}

func (f function) createOrganisation(ctx context.Context, in *createOrganisationInput) (*organisationOutput, error) {
	c, err := f.source.Founder(ctx)
	if err != nil {
		return nil, err
	}
	res, err := c.Setup.CreateOrganisation(ctx, changeOf(c, in.IdempotencyKey, in.Body), setup.Organisation{
		Name: in.Body.Name, BaseCurrency: money.Currency(in.Body.BaseCurrency),
	})
	if err != nil {
		return nil, err
	}
	return &organisationOutput{
		Written: httpfn.NewWritten(api.Token(res.At), res.Replayed), Body: showOrganisation(c.Org, res.Data.Organisation),
	}, nil
}

func (f function) organisation(ctx context.Context, in *listInput) (*organisationOutput, error) {
	c, err := f.reader(ctx, in.ConsistencyToken)
	if err != nil {
		return nil, err
	}
	o, err := c.Setup.Organisation(ctx, c.Org)
	return &organisationOutput{Body: showOrganisation(c.Org, o)}, err
}

// Account is a line of the chart.
type Account struct {
	Code string   `json:"code" minLength:"1" maxLength:"20"`
	Name string   `json:"name" minLength:"1" maxLength:"200"`
	Type string   `json:"type" enum:"ASSET,LIABILITY,EQUITY,INCOME,EXPENSE"`
	Uses []string `json:"uses" nullable:"false" maxItems:"200" doc:"What is posted here: mode:CASH, source:ROOM, category:RENT, movement:SAFE_DROP, tax-out:VAT, tax-in:VAT, opening. Each use stands at one account; every mode, every movement and the opening need one."`
}

type chartOutput struct {
	httpfn.Written
	Body struct {
		Version  int64     `json:"version" doc:"Of the organisation's setup; 0 is the default chart."`
		Accounts []Account `json:"accounts" nullable:"false"`
	}
}

func (f function) chart(ctx context.Context, in *listInput) (*chartOutput, error) {
	c, err := f.reader(ctx, in.ConsistencyToken)
	if err != nil {
		return nil, err
	}
	rules, err := c.Setup.Rules(ctx, c.Org)
	out := &chartOutput{}
	out.show(rules.Chart.Version, rules.Chart.Accounts)
	return out, err
}

func (out *chartOutput) show(version int64, accounts []ledger.Account) {
	out.Body.Version = version
	out.Body.Accounts = make([]Account, len(accounts))
	for i, a := range accounts {
		out.Body.Accounts[i] = Account{Code: a.Code, Name: a.Name, Type: string(a.Type), Uses: []string{}}
		for _, u := range a.Uses {
			out.Body.Accounts[i].Uses = append(out.Body.Accounts[i].Uses, string(u))
		}
	}
}

type setChartInput struct {
	httpfn.Write
	Body struct {
		Accounts []Account `json:"accounts" minItems:"1" maxItems:"1000"`
	}
}

func (f function) setChart(ctx context.Context, in *setChartInput) (*chartOutput, error) {
	c, err := f.source.Caller(ctx, approval.SetUp)
	if err != nil {
		return nil, err
	}
	list := make([]ledger.Account, len(in.Body.Accounts))
	for i, a := range in.Body.Accounts {
		list[i] = ledger.Account{Code: a.Code, Name: a.Name, Type: ledger.AccountType(a.Type), Uses: []ledger.Use{}}
		for _, u := range a.Uses {
			list[i].Uses = append(list[i].Uses, ledger.Use(u))
		}
	}
	res, err := c.Setup.SetChart(ctx, changeOf(c, in.IdempotencyKey, in.Body), list)
	if err != nil {
		return nil, err
	}
	out := &chartOutput{Written: httpfn.NewWritten(api.Token(res.At), res.Replayed)}
	out.show(res.Version, res.Data.Accounts)
	return out, nil
}
