package spanneradmin

import (
	"context"

	"cloud.google.com/go/spanner"
	database "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
)

// StartDDL applies DDL statements under an operation id of the caller's own (letters, digits and
// _, the first a letter), waits, and gives those that were applied, with and without an error.
// An id that was used before is not applied again: what was applied under it is the answer.
func (a *Admin) StartDDL(ctx context.Context, n Name, id string, ddl []string) (applied []string, err error) {
	defer fault.Wrap(&err, "spanneradmin.StartDDL(%s, %s)", n, id)
	op, err := a.databases.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{
		Database: n.String(), OperationId: id, Statements: ddl,
	})
	if spanner.ErrCode(err) == codes.AlreadyExists {
		op, err = a.databases.UpdateDatabaseDdlOperation(n.operation(id)), nil
	}
	if err != nil {
		return nil, err
	}
	return waitDDL(ctx, op)
}

// ResumeDDL waits for the schema change that StartDDL began under an id, in this process or
// another, and gives its statements that were applied. found is false when Spanner knows
// no such id; err is the schema change's own, or that of asking.
func (a *Admin) ResumeDDL(ctx context.Context, n Name, id string) (applied []string, found bool, err error) {
	defer fault.Wrap(&err, "spanneradmin.ResumeDDL(%s, %s)", n, id)
	op := a.databases.UpdateDatabaseDdlOperation(n.operation(id))
	applied, err = waitDDL(ctx, op)
	if spanner.ErrCode(err) == codes.NotFound && !op.Done() {
		return nil, false, nil
	}
	return applied, true, err
}

func (n Name) operation(id string) string { return n.String() + "/operations/" + id }

// waitDDL tells the statements that were applied by their commit timestamps, which Spanner keeps
// in the operation, whether it succeeded or failed.
func waitDDL(ctx context.Context, op *database.UpdateDatabaseDdlOperation) ([]string, error) {
	err := op.Wait(ctx)
	meta, metaErr := op.Metadata()
	if err == nil {
		err = metaErr
	}
	done := min(len(meta.GetCommitTimestamps()), len(meta.GetStatements()))
	return meta.GetStatements()[:done], err
}
