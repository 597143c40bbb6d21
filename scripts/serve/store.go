package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

// place is where the local server's database stands.
var place = spanneradmin.Name{Project: "innkeep-local", Instance: "local", Database: "innkeep"}

// dialTimeout is for an emulator that is said to run on this machine or near it.
const dialTimeout = 3 * time.Second

// store is the emulator and the one client of the database in it.
type store struct {
	emulator *emulator.Process
	db       *spannerdb.DB
}

// openStore starts or finds the emulator and brings the database to the current schema.
func openStore(ctx context.Context, out io.Writer) (_ *store, err error) {
	s := &store{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.emulator, err = emulator.Use(ctx, emulator.Spanner); err != nil {
		return nil, err
	}
	if err := s.tell(ctx, out); err != nil {
		return nil, err
	}
	all, err := migrate.Load(schemas.Migrations())
	if err != nil {
		return nil, err
	}
	admin, err := spanneradmin.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	if _, err := admin.EnsureDatabase(ctx, place); err != nil {
		return nil, err
	}
	if s.db, err = spannerdb.Open(context.WithoutCancel(ctx), place.String()); err != nil {
		return nil, err
	}
	return s, migrate.Run(ctx, admin, s.db, all, func(line string) { fmt.Fprintln(out, "schema:", line) })
}

// tell says which emulator it is, and asks one that was found whether it is there at all: its client
// would try until the deadline.
func (s *store) tell(ctx context.Context, out io.Writer) error {
	e := s.emulator
	if e.Owned() {
		fmt.Fprintf(out, "Spanner emulator: started on %s; it holds everything in memory\n", e.Addr)
		return nil
	}
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", e.Addr)
	if err != nil {
		return fmt.Errorf("%s is %s, and nothing answers there: start that emulator, or unset the variable: %w", e.Kind.Env(), e.Addr, err)
	}
	fmt.Fprintf(out, "Spanner emulator: found on %s (%s)\n", e.Addr, e.Kind.Env())
	return conn.Close()
}

// verify is the command that checks this database.
func (s *store) verify() string {
	return fmt.Sprintf("%s=%s go run ./scripts/verify --database %s", s.emulator.Kind.Env(), s.emulator.Addr, place)
}

// close ends the client and an emulator of our own.
func (s *store) close() {
	if s.db != nil {
		s.db.Close()
	}
	if s.emulator != nil {
		s.emulator.Stop()
	}
}
