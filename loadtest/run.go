package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"innkeep.internal/loadtest/drive"
	"innkeep.internal/loadtest/local"
	"innkeep.internal/loadtest/measure"
	"innkeep.internal/loadtest/proof"
	"innkeep.internal/loadtest/report"
	"innkeep.internal/loadtest/world"
	"innkeep.internal/scripts/lag/visible"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/partitionstore"
)

const (
	// mostMemory is what the emulator of Spanner may take: a run is to fit a machine of 24 GB.
	mostMemory = 20 << 30
	// lookEvery is how often the feed's cursors are looked at: what its lag is good to.
	lookEvery = 50 * time.Millisecond
	// catchUpTime bounds the waiting for the feed.
	catchUpTime = 30 * time.Minute
)

// session is one run under way.
type session struct {
	options
	out    io.Writer // for people
	server *local.Server
	db     *spannerdb.DB
	world  world.World
	door   *local.Door
	report *report.Report
}

// run does all of it; what it has started has ended when it returns.
func run(ctx context.Context, o options, stdout, stderr io.Writer) (_ *report.Report, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &session{options: o, out: stdout, report: &report.Report{
		Phase: o.phase, Organisations: o.organisations, Seed: o.seed, Began: time.Now().UTC(), Commit: commit(ctx),
		Machine: measure.Calibrate(), WarmupSeconds: o.warmup.Seconds(), Seconds: o.duration.Seconds(), Fresh: o.target == "",
	}}
	if o.organisationsSet {
		s.note("%d organisations were asked for, not the phase's %d", o.organisations, phases[o.phase])
	}
	if err := s.open(ctx, cancel, stderr); err != nil {
		return nil, err
	}
	defer s.server.Stop()
	if s.db, err = spannerdb.Open(ctx, s.server.Database); err != nil {
		return nil, err
	}
	defer s.db.Close()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"organisations", s.seed}, {"floors", s.floors}, {"drive", s.drive}} {
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, cmpCause(ctx, err))
		}
	}
	s.report.Judge(report.Thresholds(o.phase))
	return s.report, nil
}

// cmpCause is what ended the run, where something else than err did.
func cmpCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

func (s *session) note(format string, args ...any) {
	s.report.Notes = append(s.report.Notes, fmt.Sprintf(format, args...))
}

func (s *session) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// commit is the source's, with a mark where files differ from it.
func commit(ctx context.Context) string {
	text, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

// open starts the server, or finds the one that runs.
func (s *session) open(ctx context.Context, cancel context.CancelCauseFunc, stderr io.Writer) (err error) {
	if s.target != "" {
		s.server, err = local.Found(ctx, s.target)
		return err
	}
	s.say("building and starting the local server")
	if s.server, err = local.Start(ctx, s.program, stderr); err != nil {
		return err
	}
	go func() {
		select {
		case err := <-s.server.Ended():
			s.server.GiveBack(err)
			cancel(fmt.Errorf("the local server has ended: %w", err))
		case <-ctx.Done():
		}
	}()
	return nil
}

// seed brings the organisations in, and waits until the feed has them behind it.
func (s *session) seed(ctx context.Context) error {
	s.world = world.World{Seed: s.options.seed, Organisations: s.organisations, Today: bizdate.Of(time.Now(), time.UTC, 0)}
	reading, err := s.server.Counters(ctx)
	if err != nil {
		return err
	}
	if s.target == "" {
		// A year of periods for every property is more rows than all else together; the pass of today is
		// done while there is no property, and the write path makes the periods that it needs.
		if _, err := partitionstore.New(s.db, time.Now).KeepAhead(ctx, true); err != nil {
			return err
		}
		s.note("the daily pass of ops/partitions was done before the organisations came: periods ahead for every property would be %d rows", 13*s.world.AllProperties(s.organisations))
	}
	l := world.Loader{World: s.world, DB: s.db, Most: mostMemory}
	bar := s.bar(l.Rows(), "rows")
	l.Progress = func(n int) { _ = bar.Add(n) }
	if pid := reading.Processes["spanner"]; pid != 0 {
		l.Memory = func() (int64, error) { return measure.Resident(pid) }
	} else {
		s.note("the emulator's memory cannot be seen, so nothing says beforehand whether all fits")
	}
	loaded, err := l.Load(ctx)
	_ = bar.Finish()
	s.say("")
	if err != nil {
		return err
	}
	s.say("%d organisations, %d properties, %d with open books; %d rows in %.1f s, %.0f bytes a row; %.1f GiB were expected", loaded.Organisations, loaded.Properties,
		loaded.Open, loaded.Rows, loaded.Took.Seconds(), loaded.BytesPerRow, loaded.Expected/(1<<30))
	took, events, err := s.catchUp(ctx)
	s.report.SeedFacts = report.Seeding{
		Organisations: loaded.Organisations, Properties: loaded.Properties, Open: loaded.Open, Rows: loaded.Rows,
		Seconds: loaded.Took.Seconds(), BytesPerRow: loaded.BytesPerRow, FeedEvents: events, CatchUpSeconds: took.Seconds(),
	}
	return err
}

// bar shows how far something is.
func (s *session) bar(n int, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(s.out), progressbar.OptionSetDescription(what), progressbar.OptionThrottle(time.Second),
		progressbar.OptionShowIts(), progressbar.OptionShowCount(), progressbar.OptionSetWidth(30))
}

func (s *session) catchUp(ctx context.Context) (time.Duration, int64, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	events, err := measure.CatchUp(ctx, s.db, began)
	s.say("the feed has %d events behind it, after %.1f s", events, time.Since(began).Seconds())
	return time.Since(began), events, err
}

// drive makes the calls, lets the feed catch up, and proves the books.
func (s *session) drive(ctx context.Context) error {
	reading, err := s.server.Counters(ctx)
	if err != nil {
		return err
	}
	processes := reading.Processes
	processes["generator"] = os.Getpid()
	m := &measured{sampler: &measure.Sampler{Processes: processes}, watcher: visible.New(s.db, lookEvery), shards: make([]int64, tenant.Shards)}
	looking, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	group.Go(func() { m.sampler.Run(looking) })
	group.Go(func() { m.watcher.Look(looking) })
	s.door = local.NewDoor(s.server, s.db, s.world)
	name := "load-" + ids.NewUUID().String()[:8]
	s.say("driving for %v, after %v of warming up", s.duration, s.warmup)
	m.result, err = drive.Run(ctx, drive.Plan{
		URL: s.server.URL, World: s.world, Run: name, Rate: s.rate, Warmup: s.warmup, Duration: s.duration, Door: s.door,
		Committed: m.committed, Begun: func(from, to time.Time) {
			m.span(ctx, s.server, from, to)
			if s.profile {
				m.counted.Go(func() { s.profiled(ctx, from) })
			}
		},
	})
	if err != nil {
		return err
	}
	if _, _, err := s.catchUp(ctx); err != nil {
		return err
	}
	stop()
	group.Wait()
	m.counted.Wait()
	if m.err != nil {
		return m.err
	}
	if err := s.fill(m); err != nil {
		return err
	}
	return s.prove(ctx, name, m.result.Ledger)
}

// profileTime is the longest that the server gives a reply.
const profileTime = 30 * time.Second

// profiled has the server profile itself in the measured time.
func (s *session) profiled(ctx context.Context, from time.Time) {
	until(ctx, from)
	if err := s.server.Profile(ctx, s.options.out, min(profileTime, s.duration)); err != nil {
		s.say("there is no profile: %v", err)
	}
}

// prove proves the books of every organisation that was opened.
func (s *session) prove(ctx context.Context, run string, ledger *drive.Ledger) (err error) {
	open := s.door.Woken()
	s.report.SeedFacts.Woken = len(open)
	for n := range s.world.Open() {
		open = append(open, n)
	}
	s.say("proving the books of %d organisations; the other %d have no event", len(open), s.organisations-len(open))
	bar := s.bar(len(open), "proved")
	s.report.Proof, err = proof.Prove(ctx, s.db, s.world, open, run, ledger.Accepted, func(n int) { _ = bar.Add(n) })
	_ = bar.Finish()
	s.say("")
	return err
}
