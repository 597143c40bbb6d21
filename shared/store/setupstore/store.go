// Package setupstore keeps what an organisation agreed on: itself, its properties, members,
// approval policy, chart of accounts and budgets. What decisions need of it is read through memories of
// 30 s that fail closed; every change is an event of the organisation's stream, in one commit with
// the rows that it changes.
//
// It owns the tables Organizations, Members, Accounts, ApprovalPolicies, Budgets and Properties.
package setupstore

import (
	"context"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/spannerdb"
)

const (
	// setupAge is how long a change of the setup may go unseen in an instance (DESIGN.md).
	setupAge = 30 * time.Second
	// memoSize bounds each memory: what one instance meets in 30 s, with room to spare.
	memoSize = 10_000
	// timeout bounds one change or read: less than the 10 s of the finance service.
	timeout = 8 * time.Second
)

// The tables and indexes, as in schemas/schema.sql.
const (
	organizations    = "Organizations"
	members          = "Members"
	accounts         = "Accounts"
	policies         = "ApprovalPolicies"
	budgets          = "Budgets"
	properties       = "Properties"
	events           = "Events"
	commands         = "Commands"
	propertiesByCode = "PropertiesByCode"
)

var (
	// ErrNoOrganisation means that the token's organisation has not been created yet.
	ErrNoOrganisation = fault.New(fault.NotFound, "organisation_not_found", "the organisation has not been created")
	// ErrOrganisationExists means that the token's organisation is there already.
	ErrOrganisationExists = fault.New(fault.Conflict, "organisation_exists", "the organisation exists already")
	// ErrNotMember means that the caller has no part in the organisation.
	ErrNotMember = fault.New(fault.Denied, "not_a_member", "you are not a member of this organisation")
	// ErrCodeExists means that another property of the organisation has the code.
	ErrCodeExists = fault.New(fault.Conflict, "property_code_exists", "another property of this organisation has this code")
)

// Store reads and changes the setup of all organisations in one database.
type Store struct {
	db         *spannerdb.DB
	now        func() time.Time
	members    *cache.Memo[memberKey, setup.Member]
	rules      *cache.Memo[tenant.OrgID, Rules]
	properties *cache.Memo[tenant.Book, setup.Property]
	plans      *cache.Memo[tenant.OrgID, string]
	nudge      func(context.Context, tenant.Book, time.Time)
}

// Nudging is the store that calls nudge after each change: see daybookstore.
func (s *Store) Nudging(nudge func(context.Context, tenant.Book, time.Time)) *Store {
	c := *s
	c.nudge = nudge
	return &c
}

type memberKey struct {
	org     tenant.OrgID
	subject string
}

// Rules are what an organisation's entries are judged and posted by.
type Rules struct {
	Policy approval.Policy
	Chart  ledger.Chart
}

// New is a store; now tells the instant.
func New(db *spannerdb.DB, now func() time.Time) *Store {
	return &Store{
		db: db, now: now, nudge: func(context.Context, tenant.Book, time.Time) {},
		members:    cache.NewMemo(cache.Options[memberKey, setup.Member]{Size: memoSize, TTL: setupAge, Now: now}),
		rules:      cache.NewMemo(cache.Options[tenant.OrgID, Rules]{Size: memoSize, TTL: setupAge, Now: now}),
		properties: cache.NewMemo(cache.Options[tenant.Book, setup.Property]{Size: memoSize, TTL: setupAge, Now: now}),
		plans:      cache.NewMemo(cache.Options[tenant.OrgID, string]{Size: memoSize, TTL: setupAge, Now: now}),
	}
}
