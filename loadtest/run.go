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
	"innkeep.internal/shared/store/feed"
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
	out    io.Writer       // for people
	own    *local.Database // nil where an installation was found
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
	defer s.close()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"database", s.database}, {"organisations", s.seed}, {"server", func(ctx context.Context) error { return s.serve(ctx, cancel, stderr) }},
		{"feed", s.follow}, {"floors", s.floors}, {"drive", s.drive},
	} {
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, causeOf(ctx, err))
		}
	}
	s.report.Judge(report.Thresholds(o.phase))
	return s.report, nil
}

// causeOf is what ended the run, where something else than err did.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// close ends what the run has started, the last first.
func (s *session) close() {
	if s.server != nil {
		s.server.Stop()
	}
	if s.db != nil {
		s.db.Close()
	}
	if s.own != nil {
		s.own.Stop()
	}
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

// database starts the emulator of Spanner, or finds the installation that runs.
func (s *session) database(ctx context.Context) (err error) {
	var name string
	if s.target != "" {
		if s.server, err = local.Found(ctx, s.target); err != nil {
			return err
		}
		name = s.server.Database
	} else {
		if s.own, err = local.StartDatabase(ctx); err != nil {
			return err
		}
		name = s.own.Name
	}
	s.db, err = spannerdb.Open(ctx, name)
	return err
}

// serve starts the server, unless one was found; the run ends when that does.
func (s *session) serve(ctx context.Context, cancel context.CancelCauseFunc, stderr io.Writer) (err error) {
	if s.target != "" {
		return nil
	}
	s.say("building and starting the local server")
	if s.server, err = local.Start(ctx, s.program, stderr); err != nil {
		return err
	}
	go func() {
		select {
		case <-s.server.Ended():
			cancel(errors.New("the local server has ended"))
		case <-s.own.Ended():
			cancel(errors.New("the emulator of Spanner has ended"))
		case <-ctx.Done():
		}
	}()
	return nil
}

// processes are the ids of what can be seen of the installation.
func (s *session) processes(ctx context.Context) (map[string]int, error) {
	all := map[string]int{}
	if s.server != nil {
		reading, err := s.server.Counters(ctx)
		if err != nil {
			return nil, err
		}
		all = reading.Processes
	}
	if s.own != nil {
		all["spanner"] = s.own.PID()
	}
	all["generator"] = os.Getpid()
	return all, nil
}

// seed brings the organisations in.
func (s *session) seed(ctx context.Context) error {
	s.world = world.World{Seed: s.options.seed, Organisations: s.organisations, Today: bizdate.Of(time.Now(), time.UTC, 0)}
	processes, err := s.processes(ctx)
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
	if pid := processes["spanner"]; pid != 0 {
		l.Memory = func() (int64, error) { return measure.Resident(pid) }
	} else {
		s.note("the emulator's memory cannot be seen, so nothing says beforehand whether all fits")
	}
	loaded, err := l.Load(ctx)
	s.say("")
	if err != nil {
		return err
	}
	s.say("%d organisations, %d properties, %d with open books; %d rows in %.1f s, %.0f bytes a row; %.1f GiB were expected", loaded.Organisations, loaded.Properties,
		loaded.Open, loaded.Rows, loaded.Took.Seconds(), loaded.BytesPerRow, loaded.Expected/(1<<30))
	s.report.SeedFacts = report.Seeding{
		Organisations: loaded.Organisations, Properties: loaded.Properties, Open: loaded.Open, Rows: loaded.Rows,
		Seconds: loaded.Took.Seconds(), BytesPerRow: loaded.BytesPerRow,
	}
	if s.target != "" {
		return nil // its consumers are at work
	}
	_, err = world.Follow(ctx, s.db)
	return errors.Join(err, s.world.Walk(ctx, s.db))
}

// follow waits until the feed has the organisations behind it.
func (s *session) follow(ctx context.Context) error {
	took, events, err := s.catchUp(ctx)
	if err != nil {
		return err
	}
	s.report.SeedFacts.FeedEvents, s.report.SeedFacts.CatchUpSeconds = events, took.Seconds()
	cursors, err := feed.ReadEvery(ctx, s.db.SnapshotAt(time.Now()))
	if err != nil || s.target != "" {
		return err
	}
	return world.CheckFollowers(cursors)
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
	processes, err := s.processes(ctx)
	if err != nil {
		return err
	}
	m := &measured{sampler: &measure.Sampler{Processes: processes}, watcher: visible.New(s.db, lookEvery), shards: make([]int64, tenant.Shards)}
	looking, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	group.Go(func() { m.sampler.Run(looking) })
	group.Go(func() { m.watcher.Look(looking) })
	s.door = local.NewDoor(s.server, s.db, s.world)
	name := "load-" + ids.NewUUID().String()[:8]
	s.say("driving for %v, after %v of warming up", s.duration, s.warmup)
	plan := drive.Plan{
		URL: s.server.URL, World: s.world, Run: name, Rate: s.rate, Warmup: s.warmup, Duration: s.duration, Door: s.door,
		Committed: m.committed, Begun: func(from, to time.Time) {
			m.span(ctx, s.server, from, to)
			if s.profile {
				m.counted.Go(func() { s.profiled(ctx, from) })
			}
		},
	}
	if m.result, err = drive.Run(ctx, plan); err != nil {
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
	if err := errors.Join(s.aged(ctx), s.fill(m), s.count(ctx, plan, m.result.Ledger)); err != nil {
		return err
	}
	if _, _, err := s.catchUp(ctx); err != nil {
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
