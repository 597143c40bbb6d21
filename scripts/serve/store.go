package main

import (
	"context"
	"fmt"
	"io"

	"innkeep.internal/schemas"
	"innkeep.internal/scripts/serve/counters"
	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

// store is the emulators, and the one client of the database.
type store struct {
	emulators
	place spanneradmin.Name
	db    *spannerdb.DB
	count counters.Counters
}

// openStore starts or finds the emulators, all at once, and brings the database to the current schema
// while the slower ones start.
func openStore(ctx context.Context, project string, out io.Writer) (*store, error) {
	s := &store{place: spanneradmin.Name{Project: project, Instance: "local", Database: "innkeep"}}
	err := s.open(ctx, out, func(ctx context.Context, k emulator.Kind) error {
		if k != emulator.Spanner {
			return nil
		}
		return s.openDatabase(ctx, out)
	})
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *store) openDatabase(ctx context.Context, out io.Writer) error {
	all, err := migrate.Load(schemas.Migrations())
	if err != nil {
		return err
	}
	admin, err := spanneradmin.Open(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	if _, err := admin.EnsureDatabase(ctx, s.place); err != nil {
		return err
	}
	if s.db, err = spannerdb.Open(context.WithoutCancel(ctx), s.place.String(), s.count.Options()...); err != nil {
		return err
	}
	return migrate.Run(ctx, admin, s.db, all, func(line string) { fmt.Fprintln(out, "schema:", line) })
}

// names is what programs beside the server find the books by.
func (s *store) names() map[string]string {
	all := map[string]string{"INNKEEP_SPANNER_DATABASE": s.place.String(), "INNKEEP_PROJECT": s.place.Project}
	for _, k := range emulator.Kinds() {
		all[k.Env()] = s.of(k).Addr
	}
	return all
}

// verify is the command that checks this database.
func (s *store) verify() string {
	return fmt.Sprintf("%s=%s go run ./scripts/verify --database %s", emulator.Spanner.Env(), s.of(emulator.Spanner).Addr, s.place)
}

// close ends the client and the emulators of our own.
func (s *store) close() {
	if s.db != nil {
		s.db.Close()
	}
	s.stop()
}
