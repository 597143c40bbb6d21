package migrate_test

import (
	"testing"

	"innkeep.internal/shared/platform/migrate"
)

func TestContracts(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]bool{
		"CREATE TABLE Dropped (A INT64) PRIMARY KEY (A)": false,
		"ALTER TABLE T ADD COLUMN B INT64":               false,
		"ALTER TABLE T DROP COLUMN B":                    true,
		"drop index X":                                   true,
		"ALTER TABLE T ADD CONSTRAINT C CHECK (A > 0)":   true,
		"ALTER TABLE T ALTER COLUMN A INT64 NOT NULL":    true,
		"CREATE UNIQUE INDEX X ON T(A)":                  false,
		"RENAME TABLE A TO B":                            true,
		"ALTER TABLE T SET ON DELETE NO ACTION":          false,
		"CREATE INDEX DropIn ON T(A)":                    false,
	} {
		if got := (migrate.Migration{Statements: []string{"CREATE VIEW V AS SELECT 1", statement}}).Contracts(); got != want {
			t.Errorf("%s: %v", statement, got)
		}
	}
}
