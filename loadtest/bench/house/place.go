// Package house is the whole product in this process, on an emulator of its own: every function, the
// public door where it is wanted, an organisation and its properties, and people with tokens. It is what
// the benchmarks measure.
package house

import (
	"context"
	"os"
	"time"

	"google.golang.org/api/option"

	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

// adminTimeout bounds the making of a database, on a machine that is busy.
const adminTimeout = time.Minute

// Place is a database with the whole schema on a fresh emulator: strong reads slow down with every call
// that an emulator has ever had (decision 42), so each measurement has one of its own.
type Place struct {
	DB       *spannerdb.DB
	emulator *emulator.Process
}

// Start starts an emulator and makes a database in it; the options are those of its client. The variable
// SPANNER_EMULATOR_HOST is this emulator's until another is started.
func Start(ctx context.Context, opts ...option.ClientOption) (_ *Place, err error) {
	p := &Place{}
	if p.emulator, err = emulator.Start(ctx, emulator.Spanner); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if err := os.Setenv(emulator.Spanner.Env(), p.emulator.Addr); err != nil {
		return nil, err
	}
	name, err := create(ctx)
	if err != nil {
		return nil, err
	}
	p.DB, err = spannerdb.Open(ctx, name, opts...)
	return p, err
}

// create makes the database and gives its full name.
func create(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	all, err := migrate.Load(schemas.Migrations())
	if err != nil {
		return "", err
	}
	admin, err := spanneradmin.Open(ctx)
	if err != nil {
		return "", err
	}
	defer admin.Close()
	n := spanneradmin.Name{Project: "innkeep-bench", Instance: "bench", Database: "innkeep"}
	if err := admin.EnsureInstance(ctx, n); err != nil {
		return "", err
	}
	return n.String(), admin.CreateDatabase(ctx, n, migrate.Statements(all))
}

// Addr is where the emulator listens, host:port.
func (p *Place) Addr() string { return p.emulator.Addr }

// CPU is the processor time that the emulator has used so far; 0 where the system does not tell.
func (p *Place) CPU() time.Duration { return childCPU(p.emulator.Addr) }

// Close ends the client and the emulator, with all that it held.
func (p *Place) Close() {
	if p.DB != nil {
		p.DB.Close()
	}
	p.emulator.Stop()
	if env := emulator.Spanner.Env(); os.Getenv(env) == p.emulator.Addr {
		_ = os.Unsetenv(env) // it fails for no name
	}
}
