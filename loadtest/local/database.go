package local

import (
	"context"
	"os"

	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

// place is where the local server looks for its database.
var place = spanneradmin.Name{Project: "innkeep-local", Instance: "local", Database: "innkeep"}

// Database is a fresh emulator of Spanner with the product's tables. It stands before the server does: what
// is brought in meanwhile meets nobody, whose transactions the emulator would have it wait for.
type Database struct {
	Name    string
	process *emulator.Process
}

// StartDatabase starts it, and names it for every client of this process.
func StartDatabase(ctx context.Context) (_ *Database, err error) {
	p, err := emulator.Start(ctx, emulator.Spanner)
	if err != nil {
		return nil, err
	}
	d := &Database{Name: place.String(), process: p}
	defer func() {
		if err != nil {
			p.Stop()
		}
	}()
	if err := os.Setenv(emulator.Spanner.Env(), p.Addr); err != nil {
		return nil, err
	}
	return d, d.migrate(ctx)
}

func (d *Database) migrate(ctx context.Context) error {
	all, err := migrate.Load(schemas.Migrations())
	if err != nil {
		return err
	}
	admin, err := spanneradmin.Open(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	if _, err := admin.EnsureDatabase(ctx, place); err != nil {
		return err
	}
	db, err := spannerdb.Open(ctx, d.Name)
	if err != nil {
		return err
	}
	defer db.Close()
	return migrate.Run(ctx, admin, db, all, func(string) {})
}

// PID is the emulator's process.
func (d *Database) PID() int { return d.process.PID() }

// Ended is closed when the emulator has ended.
func (d *Database) Ended() <-chan struct{} { return d.process.Done() }

// Stop ends the emulator.
func (d *Database) Stop() { d.process.Stop() }
