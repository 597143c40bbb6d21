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

	"innkeep.internal/loadtest/drive"
	"innkeep.internal/loadtest/local"
	"innkeep.internal/loadtest/measure"
	"innkeep.internal/loadtest/proof"
	"innkeep.internal/loadtest/report"
	"innkeep.internal/loadtest/world"
	"innkeep.internal/scripts/lag/visible"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
)

// lookEvery is how often the feed's cursors are looked at: what its lag is good to.
const lookEvery = 50 * time.Millisecond

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
