// Package spanneradmin makes, changes and drops databases. It stands apart from spannerdb so that
// a function, which never does that, does not carry the admin clients.
package spanneradmin

import (
	"context"
	"fmt"
	"regexp"

	"cloud.google.com/go/spanner"
	database "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	instance "cloud.google.com/go/spanner/admin/instance/apiv1"
	"cloud.google.com/go/spanner/admin/instance/apiv1/instancepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/spannerdb"
)

var namePattern = regexp.MustCompile(`^projects/([^/]+)/instances/([^/]+)/databases/([^/]+)$`)

// Name is the parts of a database's full name.
type Name struct{ Project, Instance, Database string }

// ParseName takes "projects/P/instances/I/databases/D" apart.
func ParseName(s string) (Name, error) {
	m := namePattern.FindStringSubmatch(s)
	if m == nil {
		return Name{}, fmt.Errorf("%q is not projects/P/instances/I/databases/D", s)
	}
	return Name{Project: m[1], Instance: m[2], Database: m[3]}, nil
}

// InstancePath is "projects/P/instances/I".
func (n Name) InstancePath() string {
	return "projects/" + n.Project + "/instances/" + n.Instance
}

// String is the full name.
func (n Name) String() string { return n.InstancePath() + "/databases/" + n.Database }

// Admin makes and changes databases. It is safe for concurrent use.
type Admin struct {
	databases *database.DatabaseAdminClient
	opts      []option.ClientOption
}

// Open makes the admin client, of the emulator or of the cloud alike.
func Open(ctx context.Context, opts ...option.ClientOption) (*Admin, error) {
	c, err := database.NewDatabaseAdminClient(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("spanneradmin.Open: %w", err)
	}
	return &Admin{databases: c, opts: opts}, nil
}

// Close ends the client.
func (a *Admin) Close() error { return a.databases.Close() }

// EnsureInstance makes the emulator's instance of the name if it is missing. In the cloud it does
// nothing: instances cost money and are Terraform's.
func (a *Admin) EnsureInstance(ctx context.Context, n Name) (err error) {
	if !spannerdb.IsEmulator() {
		return nil
	}
	defer fault.Wrap(&err, "spanneradmin.EnsureInstance(%s)", n.InstancePath())
	c, err := instance.NewInstanceAdminClient(ctx, a.opts...)
	if err != nil {
		return err
	}
	defer c.Close()
	op, err := c.CreateInstance(ctx, &instancepb.CreateInstanceRequest{
		Parent:     "projects/" + n.Project,
		InstanceId: n.Instance,
		Instance: &instancepb.Instance{
			Config:      "projects/" + n.Project + "/instanceConfigs/emulator-config",
			DisplayName: n.Instance,
			NodeCount:   1,
		},
	})
	if err == nil {
		_, err = op.Wait(ctx)
	}
	if spanner.ErrCode(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

// EnsureDatabase makes the database, empty, if it is missing, and its instance on the emulator.
// It reports whether it made it.
func (a *Admin) EnsureDatabase(ctx context.Context, n Name) (created bool, err error) {
	if err := a.EnsureInstance(ctx, n); err != nil {
		return false, err
	}
	err = a.CreateDatabase(ctx, n, nil)
	if spanner.ErrCode(err) == codes.AlreadyExists {
		return false, nil
	}
	return err == nil, err
}

// CreateDatabase makes the database with the DDL statements in it: one call, where the same
// statements afterwards are a schema change. The error's code is AlreadyExists when it is there.
func (a *Admin) CreateDatabase(ctx context.Context, n Name, ddl []string) (err error) {
	defer fault.Wrap(&err, "spanneradmin.CreateDatabase(%s)", n)
	op, err := a.databases.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{
		Parent:          n.InstancePath(),
		CreateStatement: "CREATE DATABASE `" + n.Database + "`",
		ExtraStatements: ddl,
	})
	if err != nil {
		return err
	}
	_, err = op.Wait(ctx)
	return err
}

// DropDatabase drops the database with all that is in it. One that is missing is no error.
func (a *Admin) DropDatabase(ctx context.Context, n Name) (err error) {
	defer fault.Wrap(&err, "spanneradmin.DropDatabase(%s)", n)
	return a.databases.DropDatabase(ctx, &databasepb.DropDatabaseRequest{Database: n.String()})
}

// DDL is the database's schema, one statement an object, as Spanner prints it.
func (a *Admin) DDL(ctx context.Context, n Name) (_ []string, err error) {
	defer fault.Wrap(&err, "spanneradmin.DDL(%s)", n)
	resp, err := a.databases.GetDatabaseDdl(ctx, &databasepb.GetDatabaseDdlRequest{Database: n.String()})
	if err != nil {
		return nil, err
	}
	return resp.GetStatements(), nil
}

// UpdateDDL applies DDL statements in their order and waits until they are done. Statements
// before one that fails stay applied.
func (a *Admin) UpdateDDL(ctx context.Context, n Name, ddl ...string) (err error) {
	defer fault.Wrap(&err, "spanneradmin.UpdateDDL(%s)", n)
	op, err := a.databases.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{
		Database: n.String(), Statements: ddl,
	})
	if err != nil {
		return err
	}
	return op.Wait(ctx)
}
