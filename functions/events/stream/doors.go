package stream

import (
	"sync"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
)

var (
	// ErrInstanceFull means that this instance carries as many streams as it takes: another one may not.
	ErrInstanceFull = fault.New(fault.Unavailable, "streams_full", "there is no room for another stream: connect again")
	// ErrOrgStreams means that the organisation has as many streams as it may.
	ErrOrgStreams = fault.New(fault.Limited, "too_many_streams", "your organisation follows too many streams at once")
)

// After how long a refused reader may come back.
const (
	retryFull = "1"  // s: the platform starts another instance
	retryOrg  = "30" // s: until one of the organisation's streams may have ended
)

// doors counts the streams of an instance.
type doors struct {
	total, perOrg int

	mu   sync.Mutex
	open int
	orgs map[tenant.OrgID]int
}

func newDoors(total, perOrg int) *doors {
	return &doors{total: total, perOrg: perOrg, orgs: map[tenant.OrgID]int{}}
}

// enter lets one more stream in, until leave is called, once.
func (d *doors) enter(org tenant.OrgID) (leave func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.orgs[org] >= d.perOrg {
		return nil, ErrOrgStreams.With("retryAfterSeconds", retryOrg)
	}
	if d.open >= d.total {
		return nil, ErrInstanceFull.With("retryAfterSeconds", retryFull)
	}
	d.open++
	d.orgs[org]++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.open--
		if d.orgs[org]--; d.orgs[org] == 0 {
			delete(d.orgs, org)
		}
	}, nil
}
