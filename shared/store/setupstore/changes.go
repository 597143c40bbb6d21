package setupstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/daybookstore"
)

// CreateOrganisation makes the organisation of the caller's token, with the caller as its owner.
// ErrOrganisationExists when it is there.
func (s *Store) CreateOrganisation(ctx context.Context, c Change, o setup.Organisation) (Result[setup.OrganisationCreated], error) {
	o.Plan, c.Actor.Role = setup.DefaultPlan, approval.OwnerAdmin
	res, err := change(ctx, s, c, func(context.Context, *spanner.ReadWriteTransaction, organisation) (setup.OrganisationCreated, []*spanner.Mutation, error) {
		data := setup.OrganisationCreated{Organisation: o, Owner: c.Actor.Subject}
		if _, err := money.ParseCurrency(string(o.BaseCurrency)); err != nil {
			var f fault.Faults
			f.Add("/baseCurrency", err)
			return data, nil, f.Err()
		}
		return data, []*spanner.Mutation{
			organisationRow(c.Org, o), streamRow(c.Org),
			memberRow(c.Org, setup.Member{Subject: c.Actor.Subject, Role: approval.OwnerAdmin, Version: 1}),
		}, nil
	})
	s.members.Forget(memberKey{c.Org, c.Actor.Subject})
	return res, err
}

// CreateProperty adds a property, with its go-live day and the event OpeningSet. ErrCodeExists when
// its code is taken.
func (s *Store) CreateProperty(ctx context.Context, c Change, p setup.Property, openingMinor int64) (Result[setup.PropertyCreated], error) {
	id := ids.NewUUID()
	p.ID = tenant.PropertyID(id.String())
	rules, err := s.Rules(ctx, c.Org)
	if err != nil {
		return Result[setup.PropertyCreated]{}, err
	}
	res, err := change(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction, _ organisation) (setup.PropertyCreated, []*spanner.Mutation, error) {
		data := setup.PropertyCreated{Property: p, OpeningMinor: openingMinor}
		if err := s.checkProperty(ctx, tx, c, p, openingMinor); err != nil {
			return data, nil, err
		}
		book := tenant.Book{Org: c.Org, Property: p.ID}
		desk := daybookstore.Desk{
			Book: book, Policy: rules.Policy, Chart: rules.Chart,
			Property: daybook.Property{UUID: id, Currency: p.Currency, GoLive: p.GoLive},
		}
		cause := daybook.KeyFor(book, c.Actor.Subject, string(data.Type()), c.Key)
		opening, err := daybookstore.Opening(desk, c.Actor, cause, openingMinor)
		return data, append([]*spanner.Mutation{propertyRow(book, p)}, opening...), err
	})
	if spanner.ErrCode(err) == codes.AlreadyExists { // the code was taken between look and commit
		err = errors.Join(ErrCodeExists.At("/code"), err)
	}
	return res, err
}

func (s *Store) checkProperty(ctx context.Context, tx *spanner.ReadWriteTransaction, c Change, p setup.Property, openingMinor int64) error {
	if err := c.Actor.Role.May(approval.SetUp); err != nil {
		return err
	}
	var f fault.Faults
	f.Add("", p.Check(s.now()))
	f.Add("/openingMinor", daybook.SetOpening{OpeningMinor: openingMinor}.Check())
	if err := f.Err(); err != nil {
		return err
	}
	_, err := tx.ReadRowUsingIndex(ctx, properties, propertiesByCode, spanner.Key{string(c.Org), p.Code}, []string{"PropertyId"})
	switch {
	case err == nil:
		return ErrCodeExists.At("/code")
	case spanner.ErrCode(err) == codes.NotFound:
		return nil
	}
	return err
}

// SetMember adds or changes a member. ErrLastOwner when nobody would be left to own.
func (s *Store) SetMember(ctx context.Context, c Change, m setup.Member) (Result[setup.MemberSet], error) {
	res, err := change(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction, o organisation) (setup.MemberSet, []*spanner.Mutation, error) {
		m.Version = o.version + 1
		data := setup.MemberSet{Member: m}
		if err := errors.Join(c.Actor.Role.May(approval.SetUp), m.Check()); err != nil {
			return data, nil, err
		}
		if err := s.checkSeen(ctx, tx, c.Org, m); err != nil {
			return data, nil, err
		}
		if m.Role != approval.OwnerAdmin {
			if err := keepsOwner(ctx, tx, c.Org, m.Subject); err != nil {
				return data, nil, err
			}
		}
		return data, []*spanner.Mutation{memberRow(c.Org, m)}, nil
	})
	s.members.Forget(memberKey{c.Org, m.Subject})
	return res, err
}

// checkSeen says whether the member's properties are the organisation's.
func (s *Store) checkSeen(ctx context.Context, tx rowReader, org tenant.OrgID, m setup.Member) error {
	var f fault.Faults
	for i, p := range m.Properties {
		_, err := tx.ReadRow(ctx, properties, bookKey(tenant.Book{Org: org, Property: p}), []string{"PropertyId"})
		if spanner.ErrCode(err) == codes.NotFound || p == tenant.Setup {
			f.Add(fmt.Sprintf("/propertyIds/%d", i), fault.ErrNotFound)
		} else if err != nil {
			return err
		}
	}
	return f.Err()
}

// RemoveMember ends a membership. ErrNotFound when there is none, ErrLastOwner for the last owner.
func (s *Store) RemoveMember(ctx context.Context, c Change, subject string) (Result[setup.MemberRemoved], error) {
	res, err := change(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction, _ organisation) (setup.MemberRemoved, []*spanner.Mutation, error) {
		data := setup.MemberRemoved{Subject: subject}
		if err := c.Actor.Role.May(approval.SetUp); err != nil {
			return data, nil, err
		}
		if _, err := readMember(ctx, tx, c.Org, subject); errors.Is(err, ErrNotMember) {
			return data, nil, fault.ErrNotFound
		} else if err != nil {
			return data, nil, err
		}
		return data, []*spanner.Mutation{spanner.Delete(members, spanner.Key{string(c.Org), subject})}, keepsOwner(ctx, tx, c.Org, subject)
	})
	s.members.Forget(memberKey{c.Org, subject})
	return res, err
}

// keepsOwner says whether somebody besides subject owns the organisation.
func keepsOwner(ctx context.Context, tx rowReader, org tenant.OrgID, subject string) error {
	all, err := readMembers(ctx, tx, org)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Role == approval.OwnerAdmin && m.Subject != subject {
			return nil
		}
	}
	return setup.ErrLastOwner
}

func memberRow(org tenant.OrgID, m setup.Member) *spanner.Mutation {
	seen := make([]string, len(m.Properties))
	for i, p := range m.Properties {
		seen[i] = string(p)
	}
	return spanner.InsertOrUpdateMap(members, map[string]any{
		"OrgId": string(org), "Subject": m.Subject, "Role": string(m.Role), "PropertyIds": seen, "Version": m.Version,
	})
}

// SetPolicy puts an approval policy in force.
func (s *Store) SetPolicy(ctx context.Context, c Change, p approval.Policy) (Result[setup.PolicySet], error) {
	return change(ctx, s, c, func(_ context.Context, _ *spanner.ReadWriteTransaction, o organisation) (setup.PolicySet, []*spanner.Mutation, error) {
		p.Version = o.version + 1
		data := setup.PolicySet{Policy: p}
		if err := errors.Join(c.Actor.Role.May(approval.SetUp), p.Check()); err != nil {
			return data, nil, err
		}
		text, err := json.Marshal(p)
		return data, []*spanner.Mutation{spanner.InsertMap(policies, map[string]any{
			"OrgId": string(c.Org), "Version": p.Version, "Policy": string(text),
		})}, err
	})
}

// SetChart puts a chart of accounts in force, in place of the whole one before.
func (s *Store) SetChart(ctx context.Context, c Change, list []ledger.Account) (Result[setup.ChartSet], error) {
	return change(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction, o organisation) (setup.ChartSet, []*spanner.Mutation, error) {
		data := setup.ChartSet{Accounts: list}
		if err := c.Actor.Role.May(approval.SetUp); err != nil {
			return data, nil, err
		}
		chart, err := ledger.NewChart(o.version+1, list)
		if err == nil {
			err = keepsCash(ctx, tx, c.Org, chart)
		}
		if err != nil {
			return data, nil, err
		}
		ms := []*spanner.Mutation{
			spanner.Delete(accounts, spanner.Key{string(c.Org)}.AsPrefix()),
			spanner.Update(organizations, []string{"OrgId", "ChartVersion"}, []any{string(c.Org), o.version + 1}),
		}
		for _, a := range list {
			uses := make([]string, len(a.Uses))
			for i, u := range a.Uses {
				uses[i] = string(u)
			}
			ms = append(ms, spanner.InsertMap(accounts, map[string]any{
				"OrgId": string(c.Org), "AccountCode": a.Code, "Name": a.Name, "AccountType": string(a.Type), "Uses": uses,
			}))
		}
		return data, ms, nil
	})
}

// errCashAccount means that books stand on the cash account: its balance is what the drawers hold
// (I6), which two accounts could only tell together.
var errCashAccount = fault.New(fault.Conflict, "cash_account_fixed", "the account of mode:CASH cannot change once there is a property")

// keepsCash says whether cash stays on its account, where a property has booked on it.
func keepsCash(ctx context.Context, tx *spanner.ReadWriteTransaction, org tenant.OrgID, chart ledger.Chart) error {
	before, err := readChart(ctx, tx, org, 0)
	if err != nil {
		return err
	}
	cash := ledger.Use("mode:" + string(ledger.Cash))
	if before.Account(cash) == chart.Account(cash) {
		return nil
	}
	booked := false
	err = tx.ReadUsingIndex(ctx, properties, propertiesByCode, spanner.Key{string(org)}.AsPrefix(), []string{"PropertyId"}).
		Do(func(*spanner.Row) error {
			booked = true
			return nil
		})
	if err == nil && booked {
		err = errCashAccount.With("account", before.Account(cash))
	}
	return err
}
