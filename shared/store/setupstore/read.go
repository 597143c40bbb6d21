package setupstore

import (
	"context"
	"encoding/json"
	"errors"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/daybookstore"
)

// Organisation reads the organisation; ErrNoOrganisation when it has not been created.
func (s *Store) Organisation(ctx context.Context, org tenant.OrgID) (_ setup.Organisation, err error) {
	defer fault.Wrap(&err, "setupstore.Organisation")
	o, err := readOrganisation(ctx, s.db.Single(), org)
	return o.Organisation, unavailable(err)
}

// Plan is the organisation's plan, at most 30 s old; "" while the organisation has not been created.
func (s *Store) Plan(ctx context.Context, org tenant.OrgID) (_ string, err error) {
	defer fault.Wrap(&err, "setupstore.Plan")
	return s.plans.Get(ctx, org, func(ctx context.Context) (plan string, err error) {
		row, err := s.db.Single().ReadRow(ctx, organizations, spanner.Key{string(org)}, []string{"Plan"})
		if spanner.ErrCode(err) == codes.NotFound {
			return "", nil
		}
		if err == nil {
			err = row.Columns(&plan)
		}
		return plan, unavailable(err)
	})
}

// Member is the caller's membership, at most 30 s old. ErrNotMember when there is none; any other
// error means that it could not be read, and nobody may pass.
func (s *Store) Member(ctx context.Context, org tenant.OrgID, subject string) (_ setup.Member, err error) {
	defer fault.Wrap(&err, "setupstore.Member")
	return s.members.Get(ctx, memberKey{org, subject}, func(ctx context.Context) (setup.Member, error) {
		m, err := readMember(ctx, s.db.Single(), org, subject)
		return m, unavailable(err)
	})
}

// Members lists the organisation's members by subject.
func (s *Store) Members(ctx context.Context, org tenant.OrgID) (_ []setup.Member, err error) {
	defer fault.Wrap(&err, "setupstore.Members")
	out, err := readMembers(ctx, s.db.Single(), org)
	return out, unavailable(err)
}

// Rules are the organisation's policy and chart, at most 30 s old.
func (s *Store) Rules(ctx context.Context, org tenant.OrgID) (_ Rules, err error) {
	defer fault.Wrap(&err, "setupstore.Rules")
	return s.rules.Get(ctx, org, func(ctx context.Context) (Rules, error) {
		r, err := readRules(ctx, s, org)
		return r, unavailable(err)
	})
}

// Property is one property, at most 30 s old; ErrNotFound when the organisation has none such.
func (s *Store) Property(ctx context.Context, b tenant.Book) (_ setup.Property, err error) {
	defer fault.Wrap(&err, "setupstore.Property")
	return s.properties.Get(ctx, b, func(ctx context.Context) (setup.Property, error) {
		row, err := s.db.Single().ReadRow(ctx, properties, bookKey(b), append([]string{"PropertyId", "Code"}, propertyColumns...))
		if spanner.ErrCode(err) == codes.NotFound {
			return setup.Property{}, fault.ErrNotFound
		}
		if err != nil {
			return setup.Property{}, unavailable(err)
		}
		return readProperty(row)
	})
}

// Ahead begins to read, both at once, what the store does not remember of a property and of its
// organisation's rules: who is about to ask for them one after the other waits once. He ends the group
// before he answers. What fails is read again, and told, by whoever asks.
func (s *Store) Ahead(ctx context.Context, g *errgroup.Group, b tenant.Book) {
	if !s.properties.Kept(b) {
		g.Go(func() error { _, err := s.Property(ctx, b); return err })
	}
	if !s.rules.Kept(b.Org) {
		g.Go(func() error { _, err := s.Rules(ctx, b.Org); return err })
	}
}

// Properties lists the organisation's properties by code.
func (s *Store) Properties(ctx context.Context, org tenant.OrgID) (_ []setup.Property, err error) {
	defer fault.Wrap(&err, "setupstore.Properties")
	var out []setup.Property
	keys := spanner.Key{string(org)}.AsPrefix()
	columns := append([]string{"PropertyId", "Code"}, propertyColumns...)
	err = s.db.Single().ReadUsingIndex(ctx, properties, propertiesByCode, keys, columns).Do(func(r *spanner.Row) error {
		p, err := readProperty(r)
		out = append(out, p)
		return err
	})
	return out, unavailable(err)
}

// unavailable is an error of the database as a caller may know it; nothing has happened.
func unavailable(err error) error {
	if err == nil || fault.From(err) != nil {
		return err
	}
	switch spanner.ErrCode(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted, codes.ResourceExhausted:
		return errors.Join(daybookstore.ErrUnavailable, err)
	}
	return err
}

// rowReader is a transaction of either sort.
type rowReader interface {
	ReadRow(ctx context.Context, table string, key spanner.Key, columns []string) (*spanner.Row, error)
	Read(ctx context.Context, table string, keys spanner.KeySet, columns []string) *spanner.RowIterator
}

// organisation is a row of Organizations.
type organisation struct {
	setup.Organisation
	version      int64
	chain        daybook.Hash
	chartVersion int64
}

func readOrganisation(ctx context.Context, tx rowReader, org tenant.OrgID) (o organisation, err error) {
	columns := []string{"Name", "BaseCurrency", "Plan", "StreamVersion", "ChainHash", "ChartVersion"}
	row, err := tx.ReadRow(ctx, organizations, spanner.Key{string(org)}, columns)
	if spanner.ErrCode(err) == codes.NotFound {
		return o, ErrNoOrganisation
	}
	if err != nil {
		return o, err
	}
	var currency string
	var chain []byte
	err = row.Columns(&o.Name, &currency, &o.Plan, &o.version, &chain, &o.chartVersion)
	o.BaseCurrency = money.Currency(currency)
	copy(o.chain[:], chain)
	return o, err
}

var memberColumns = []string{"Subject", "Role", "PropertyIds", "Version"}

func readMember(ctx context.Context, tx rowReader, org tenant.OrgID, subject string) (setup.Member, error) {
	row, err := tx.ReadRow(ctx, members, spanner.Key{string(org), subject}, memberColumns)
	if spanner.ErrCode(err) == codes.NotFound {
		return setup.Member{}, ErrNotMember
	}
	if err != nil {
		return setup.Member{}, err
	}
	return scanMember(row)
}

func readMembers(ctx context.Context, tx rowReader, org tenant.OrgID) ([]setup.Member, error) {
	var out []setup.Member
	err := tx.Read(ctx, members, spanner.Key{string(org)}.AsPrefix(), memberColumns).Do(func(r *spanner.Row) error {
		m, err := scanMember(r)
		out = append(out, m)
		return err
	})
	return out, err
}

func scanMember(row *spanner.Row) (m setup.Member, err error) {
	var role string
	var ids []string
	if err = row.Columns(&m.Subject, &role, &ids, &m.Version); err != nil {
		return m, err
	}
	m.Role = approval.Role(role)
	m.Properties = make([]tenant.PropertyID, len(ids))
	for i, id := range ids {
		m.Properties[i] = tenant.PropertyID(id)
	}
	return m, nil
}

// readRules reads policy and chart, each as it stands; the defaults where nothing was set. The
// organisation is read last: its chart version then is not older than the accounts.
func readRules(ctx context.Context, s *Store, org tenant.OrgID) (Rules, error) {
	snap := s.db.Snapshot()
	r := Rules{Policy: approval.Default(), Chart: ledger.Default()}
	first := &spanner.ReadOptions{Limit: 1}
	err := snap.Read(ctx, policies, spanner.Key{string(org)}.AsPrefix(), []string{"Version", "Policy"}, first, func(row *spanner.Row) error {
		var version int64
		var text string
		if err := row.Columns(&version, &text); err != nil {
			return err
		}
		r.Policy = approval.Policy{}
		err := json.Unmarshal([]byte(text), &r.Policy)
		r.Policy.Version = version
		return err
	})
	if err != nil {
		return r, err
	}
	var list []ledger.Account
	err = snap.Read(ctx, accounts, spanner.Key{string(org)}.AsPrefix(), accountColumns, nil, func(row *spanner.Row) error {
		a, err := scanAccount(row)
		list = append(list, a)
		return err
	})
	if err != nil || len(list) == 0 {
		return r, err
	}
	var version int64
	err = snap.Read(ctx, organizations, spanner.Key{string(org)}, []string{"ChartVersion"}, nil, func(row *spanner.Row) error {
		return row.Columns(&version)
	})
	if err != nil {
		return r, err
	}
	r.Chart, err = ledger.NewChart(version, list)
	return r, err
}

var accountColumns = []string{"AccountCode", "Name", "AccountType", "Uses"}

func readAccounts(ctx context.Context, tx rowReader, org tenant.OrgID) ([]ledger.Account, error) {
	var out []ledger.Account
	err := tx.Read(ctx, accounts, spanner.Key{string(org)}.AsPrefix(), accountColumns).Do(func(r *spanner.Row) error {
		a, err := scanAccount(r)
		out = append(out, a)
		return err
	})
	return out, err
}

// readChart is the chart in force, under the version that its reader knows it to have.
func readChart(ctx context.Context, tx rowReader, org tenant.OrgID, version int64) (ledger.Chart, error) {
	list, err := readAccounts(ctx, tx, org)
	if err != nil || len(list) == 0 {
		return ledger.Default(), err
	}
	return ledger.NewChart(version, list)
}

func scanAccount(row *spanner.Row) (a ledger.Account, err error) {
	var kind string
	var uses []string
	err = row.Columns(&a.Code, &a.Name, &kind, &uses)
	a.Type, a.Uses = ledger.AccountType(kind), make([]ledger.Use, len(uses))
	for i, u := range uses {
		a.Uses[i] = ledger.Use(u)
	}
	return a, err
}

var propertyColumns = []string{"Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount"}

func readProperty(row *spanner.Row) (p setup.Property, err error) {
	var id, currency string
	var goLive civil.Date
	var cutoff int64
	err = row.Columns(&id, &p.Code, &p.Name, &p.Type, &p.TimeZone, &cutoff, &currency, &goLive, &p.RoomCount)
	p.ID, p.Currency, p.CutoffMinutes = tenant.PropertyID(id), money.Currency(currency), int(cutoff)
	p.GoLive, _ = bizdate.FromNumber(int64(goLive.Year)*10000 + int64(goLive.Month)*100 + int64(goLive.Day))
	return p, err
}

func bookKey(b tenant.Book, rest ...any) spanner.Key {
	return append(spanner.Key{b.Shard(), string(b.Org), string(b.Property)}, rest...)
}
