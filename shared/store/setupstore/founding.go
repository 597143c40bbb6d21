package setupstore

import (
	"cmp"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/daybookstore"
)

// Founding is an organisation that is brought in whole, by commits that read nothing: the rows are those
// that CreateOrganisation, CreateProperty and SetMember would have left, after their command rows have
// expired. Its properties open with nothing in the drawer, under the default policy and chart.
//
// It decides nothing: whoever gives one has checked it. All rows are inserted, so that a commit which
// has been applied before is refused with AlreadyExists and changes nothing.
type Founding struct {
	Org          tenant.OrgID
	Organisation setup.Organisation
	Owner        string // a subject, who is the actor of all
	Properties   []setup.Property
	Members      []setup.Member // beside the owner
}

// Bare is the organisation and its properties without books, streams and members: nobody can enter it
// yet. 1 + n rows.
func (f Founding) Bare() []*spanner.Mutation {
	all := []*spanner.Mutation{organisationRow(f.Org, f.Organisation)}
	for _, p := range f.Properties {
		all = append(all, propertyRow(tenant.Book{Org: f.Org, Property: p.ID}, p))
	}
	return all
}

// Books is what a bare organisation lacks: its stream with its parent, its members, and each property's
// books. It goes into one commit, with Bare or later.
func (f Founding) Books() (all []*spanner.Mutation, err error) {
	defer fault.Wrap(&err, "setupstore.Founding(%s)", f.Org)
	var o organisation
	book := tenant.Book{Org: f.Org, Property: tenant.Setup}
	actor := approval.Actor{Subject: f.Owner, Role: approval.OwnerAdmin, Version: 1}
	follow := func(key string, data daybook.Data) (cause daybook.Hash) {
		cause = daybook.KeyFor(book, f.Owner, string(data.Type()), key)
		raw, encodeErr := encode(actor, data)
		if err == nil {
			err = encodeErr
		}
		all = append(all, o.follow(book, data.Type(), cause, raw))
		return cause
	}
	owner := setup.Member{Subject: f.Owner, Role: approval.OwnerAdmin, Version: 1}
	all = append(all, streamRow(f.Org), memberRow(f.Org, owner))
	follow("founding", setup.OrganisationCreated{Organisation: f.Organisation, Owner: f.Owner})
	for _, p := range f.Properties {
		cause := follow(p.Code, setup.PropertyCreated{Property: p})
		opening, openErr := f.opening(p, actor, cause)
		if err != nil || openErr != nil {
			return nil, cmp.Or(err, openErr)
		}
		all = append(all, opening...)
	}
	for _, m := range f.Members {
		m.Version = o.version + 1
		follow(m.Subject, setup.MemberSet{Member: m})
		all = append(all, memberRow(f.Org, m))
	}
	return append(all, o.moved(f.Org)), err
}

func (f Founding) opening(p setup.Property, actor approval.Actor, cause daybook.Hash) ([]*spanner.Mutation, error) {
	id, err := ids.ParseUUID(string(p.ID))
	if err != nil {
		return nil, err
	}
	desk := daybookstore.Desk{
		Book: tenant.Book{Org: f.Org, Property: p.ID}, Policy: approval.Default(), Chart: ledger.Default(),
		Property: daybook.Property{UUID: id, Currency: p.Currency, GoLive: p.GoLive},
	}
	return daybookstore.Opening(desk, actor, cause, 0)
}
