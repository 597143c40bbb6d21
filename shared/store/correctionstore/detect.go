package correctionstore

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
)

const (
	// closedPage is how many day rows of closed dates one read takes, with their events.
	closedPage = 31
	// sampleOf is how many reports are read for one that is compared.
	sampleOf = 1000
	// sampleTimeout bounds a comparison beside a report or a command, which somebody waits for.
	sampleTimeout = 2 * time.Second
)

// Detected is what a comparison has found, and how much of it was queued: the rest waits already.
type Detected struct {
	Differences []daybook.Difference
	Queued      int
	At          time.Time // of the read
}

// Detect compares a property's day rows of a range of dates with their events now, and queues what
// differs, also what was parked or rejected before. daybookstore.ErrRange for a range that is none or
// has more than 366 days.
func (s *Store) Detect(ctx context.Context, b tenant.Book, from, to bizdate.Date) (_ Detected, err error) {
	defer fault.Wrap(&err, "correctionstore.Detect(%s..%s)", from, to)
	if from > to || from.AddDays(daybookstore.MaxListDays) <= to {
		return Detected{}, daybookstore.ErrRange
	}
	p, err := s.property(ctx, b)
	if err != nil {
		return Detected{}, err
	}
	return s.detect(ctx, found{book: b, source: ByOperator, at: s.now(), again: true}, Property(p), from, to)
}

// Sample compares what one report of a thousand has read, at the moment at which it read, and queues
// what differs. The report does not hear of it.
func (s *Store) Sample(ctx context.Context, b tenant.Book, p daybook.Property, from, to bizdate.Date, at time.Time) {
	if s.lot(sampleOf) > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sampleTimeout)
	defer cancel()
	if _, err := s.detect(ctx, found{book: b, source: BySample, at: at}, p, from, to); err != nil {
		slog.WarnContext(ctx, "a report was not compared with its events", "org", string(b.Org), "property", string(b.Property), "error", err.Error())
	}
}

// Suspect looks for what makes a commit meet a row that nothing explains, and queues it; where nothing
// is found, the date of the command, so that it is looked at once more under locks. It is for
// daybookstore.Store.Suspecting.
func (s *Store) Suspect(ctx context.Context, b tenant.Book, on bizdate.Date) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sampleTimeout)
	defer cancel()
	if err := s.suspect(ctx, b, on); err != nil {
		slog.ErrorContext(ctx, "no correction was queued for a row that nothing explains",
			"org", string(b.Org), "property", string(b.Property), "error", err.Error())
	}
}

func (s *Store) suspect(ctx context.Context, b tenant.Book, on bizdate.Date) error {
	p, err := s.property(ctx, b)
	if err != nil {
		return err
	}
	f := found{book: b, source: ByWrite, at: s.now()}
	a, err := daybookstore.ReadAudit(ctx, moment{s.db, f.at}, b, Property(p))
	if err != nil {
		return err
	}
	if f.all = a.Differences(); len(f.all) == 0 {
		f.all = []daybook.Difference{{Date: on, Cause: daybook.Unexplained}}
	}
	_, err = s.queue(ctx, f)
	return err
}

// detect compares a range at f.at, and queues.
func (s *Store) detect(ctx context.Context, f found, p daybook.Property, from, to bizdate.Date) (Detected, error) {
	out := Detected{At: f.at}
	all, err := s.differences(ctx, f.book, p, f.at, from, to)
	if err != nil {
		return out, failureOf(err)
	}
	f.all, out.Differences = all, all
	out.Queued, err = s.queue(ctx, f)
	return out, err
}

func (s *Store) differences(ctx context.Context, b tenant.Book, p daybook.Property, at time.Time, from, to bizdate.Date) ([]daybook.Difference, error) {
	tx := moment{s.db, at}
	open, err := daybookstore.ReadAudit(ctx, tx, b, p)
	if err != nil {
		return nil, err
	}
	all := open.Differences()
	below := min(to.AddDays(1), lowest(open))
	for !below.IsZero() && below > from {
		a, next, err := daybookstore.ReadClosedAudit(ctx, tx, b, p, below, closedPage)
		if err != nil {
			return nil, err
		}
		all, below = append(a.Differences(), all...), next
	}
	return slices.DeleteFunc(all, func(d daybook.Difference) bool { return d.Date < from || d.Date > to }), nil
}

// lowest is the first date of what an audit of the open days has read: earlier ones are closed. Zero
// where it has read everything there is.
func lowest(a daybook.Audit) bizdate.Date {
	if a.LastClosed.IsZero() {
		return 0
	}
	first := a.LastClosed
	if len(a.Rows) > 0 {
		first = min(first, a.Rows[0].Date)
	}
	if len(a.Streams) > 0 {
		first = min(first, a.Streams[0].Day.Date)
	}
	return first
}
