package drive

import (
	"context"
	"math"
	"math/rand/v2"

	"innkeep.internal/loadtest/world"
	"innkeep.internal/shared/core/tenant"
)

// session is somebody at one property: a desk that posts, or a screen that shows a report and asks for it
// again and again, for some calls.
type session struct {
	number      int // of the organisation
	book        tenant.Book
	owner, desk string // tokens
	left        int    // calls
	screen      string // what a screen shows: a path; empty before its first call
}

// Door is what sessions need before their first call.
type Door interface {
	// Token is a member's token.
	Token(ctx context.Context, org tenant.OrgID, subject string) (string, error)
	// Wake opens the books of those organisations that have none.
	Wake(ctx context.Context, numbers []int) error
}

// usher makes sessions, in the order of the seed.
type usher struct {
	world  world.World
	zipf   *world.Zipf
	random *rand.Rand
	door   Door
}

func newUsher(w world.World, z *world.Zipf, door Door, purpose string) *usher {
	return &usher{world: w, zipf: z, random: w.Random("sessions/" + purpose), door: door}
}

// sessions makes so many, whose organisations are awake when it returns.
func (u *usher) sessions(ctx context.Context, count int) ([]*session, error) {
	all := make([]*session, count)
	var asleep []int
	for i := range all {
		n := u.zipf.Draw(u.random)
		k := u.random.IntN(u.world.Properties(n))
		all[i] = &session{
			number: n, book: tenant.Book{Org: u.world.Org(n), Property: u.world.Property(n, k)},
			left: 1 + int(math.Floor(u.random.ExpFloat64()*stay)),
		}
		if n >= u.world.Open() {
			asleep = append(asleep, n)
		}
	}
	if err := u.door.Wake(ctx, asleep); err != nil {
		return nil, err
	}
	for _, s := range all {
		var err error
		if s.owner, err = u.door.Token(ctx, s.book.Org, world.Owner); err != nil {
			return nil, err
		}
		if s.desk, err = u.door.Token(ctx, s.book.Org, world.Desk); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// keepReady makes sessions ahead of their time until ctx ends.
func (u *usher) keepReady(ctx context.Context, ready chan<- *session) error {
	for ctx.Err() == nil {
		next, err := u.sessions(ctx, 8)
		if err != nil {
			return err
		}
		for _, s := range next {
			select {
			case ready <- s:
			case <-ctx.Done():
				return nil
			}
		}
	}
	return nil
}

// pool is the sessions that go on at present.
type pool struct {
	active []*session
	ready  chan *session
	random *rand.Rand
	short  int // sessions that had to stay since nobody was ready
}

// take is one of them, each as often as the others, for one call.
func (p *pool) take() *session {
	i := p.random.IntN(len(p.active))
	s := p.active[i]
	if s.left--; s.left <= 0 {
		select {
		case p.active[i] = <-p.ready:
		default:
			p.short++
		}
	}
	return s
}
