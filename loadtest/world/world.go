// Package world makes the organisations of a load test: which there are, what they consist of and how
// often each is met follows from a seed, so that a second run finds what the first has left. It brings
// them into the database by the setup store's own rows.
package world

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/setupstore"
)

const (
	// Owner owns every organisation whose books are open.
	Owner = "load-owner"
	// Desk is its front desk.
	Desk = "load-desk"
	// Currency is that of all amounts.
	Currency = "EUR"
	// Exponent is that of Zipf's law, by which organisations are met.
	Exponent = 0.99
	// history is how long ago the books were opened, in days: two months' reports have something to be
	// asked for.
	history = 40
	// openPart is the part of all organisations, the most popular ones, whose books are open before the
	// first call.
	openPart = 10
)

// groups says how many properties the most popular organisations have: up to which part of all, in
// thousandths, and how many. The others have one.
var groups = []struct{ upTo, properties int }{{1, 10}, {10, 3}, {50, 2}}

// World is all organisations of a run. They are numbered from 0, the most popular first.
type World struct {
	Seed          uint64
	Organisations int
	Today         bizdate.Date
}

// Properties is how many an organisation has.
func (w World) Properties(n int) int {
	for _, g := range groups {
		if n*1000 < g.upTo*w.Organisations {
			return g.properties
		}
	}
	return 1
}

// Open is how many organisations begin with open books: the first ones.
func (w World) Open() int { return (w.Organisations + openPart - 1) / openPart }

// AllProperties is how many properties the first n organisations have.
func (w World) AllProperties(n int) (all int) {
	for i := range n {
		all += w.Properties(i)
	}
	return all
}

// Org is the id of an organisation.
func (w World) Org(n int) tenant.OrgID { return tenant.OrgID(fmt.Sprintf("load-%d-%07d", w.Seed, n)) }

// Property is the id of the kth property of an organisation: a UUID made of the seed.
func (w World) Property(n, k int) tenant.PropertyID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d/%d", w.Seed, n, k))
	var u ids.UUID
	copy(u[:], sum[:])
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return tenant.PropertyID(u.String())
}

// Founding is an organisation as it is brought in.
func (w World) Founding(n int) setupstore.Founding {
	f := setupstore.Founding{
		Org: w.Org(n), Owner: Owner,
		Organisation: setup.Organisation{Name: fmt.Sprintf("Group %d", n), BaseCurrency: Currency, Plan: setup.DefaultPlan},
	}
	desk := setup.Member{Subject: Desk, Role: approval.FrontDesk}
	for k := range w.Properties(n) {
		p := setup.Property{
			ID: w.Property(n, k), Code: fmt.Sprintf("P%d", k), Name: fmt.Sprintf("House %d of group %d", k, n), Type: "HOTEL",
			TimeZone: "UTC", Currency: Currency, GoLive: w.Today.AddDays(-history), RoomCount: 40,
		}
		f.Properties = append(f.Properties, p)
		desk.Properties = append(desk.Properties, p.ID)
	}
	f.Members = []setup.Member{desk}
	return f
}

// Zipf draws organisations: the one of rank r as often as r to the power of -Exponent.
type Zipf struct{ sums []float64 }

// NewZipf is for n organisations; it holds 8 bytes of each.
func NewZipf(n int) *Zipf {
	z := &Zipf{make([]float64, n)}
	total := 0.0
	for i := range z.sums {
		total += math.Pow(float64(i+1), -Exponent)
		z.sums[i] = total
	}
	return z
}

// Draw is an organisation.
func (z *Zipf) Draw(r *rand.Rand) int {
	at := r.Float64() * z.sums[len(z.sums)-1]
	i, _ := slices.BinarySearch(z.sums, at)
	return min(i, len(z.sums)-1)
}

// Random is a generator for one purpose, of the seed.
func (w World) Random(purpose string) *rand.Rand {
	sum := sha256.Sum256([]byte(purpose))
	return rand.New(rand.NewPCG(w.Seed, binary.BigEndian.Uint64(sum[:])))
}
