-- The database roles of the catalogue (functions/catalogue.yaml): what each may touch and no more. Who
-- writes may read as well. The migrator makes them, and of them each function's own. Events, commands,
-- counts and decisions are never updated, and nothing that was signed is ever deleted: no role may.
-- The emulator knows no roles.
CREATE ROLE day_book_reader;
GRANT SELECT ON TABLE Periods, DailyCashBalances, Entries, CashCounts, DailyStatistics, Events, Commands, DailyGrants TO ROLE day_book_reader;

CREATE ROLE day_book_writer;
GRANT ROLE day_book_reader TO ROLE day_book_writer;
GRANT INSERT ON TABLE Periods, DailyCashBalances, Entries, CashCounts, DailyStatistics, Events, Commands, DailyGrants TO ROLE day_book_writer;
GRANT UPDATE ON TABLE Periods, DailyCashBalances, Entries, DailyStatistics, DailyGrants TO ROLE day_book_writer;
-- A day row that no event bears out is taken away by its correction.
GRANT DELETE ON TABLE DailyCashBalances TO ROLE day_book_writer;

CREATE ROLE setup_reader;
GRANT SELECT ON TABLE Organizations, Properties, Members, Accounts, ApprovalPolicies, Budgets TO ROLE setup_reader;

CREATE ROLE setup_writer;
GRANT ROLE setup_reader TO ROLE setup_writer;
GRANT INSERT ON TABLE Organizations, Properties, Members, Accounts, ApprovalPolicies, Budgets TO ROLE setup_writer;
GRANT UPDATE ON TABLE Organizations, Properties, Members, Accounts, Budgets TO ROLE setup_writer;
GRANT DELETE ON TABLE Members, Accounts TO ROLE setup_writer;

CREATE ROLE event_reader;
GRANT SELECT ON TABLE Events TO ROLE event_reader;

CREATE ROLE feed_consumer;
GRANT ROLE event_reader TO ROLE feed_consumer;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE FeedCursors, ParkedEvents TO ROLE feed_consumer;

CREATE ROLE read_model_reader;
GRANT SELECT ON TABLE ReadModels, Rebuilds, AccountTotals, FeedCursors, ParkedEvents TO ROLE read_model_reader;

CREATE ROLE read_model_writer;
GRANT ROLE read_model_reader TO ROLE read_model_writer;
GRANT INSERT, UPDATE, DELETE ON TABLE ReadModels, Rebuilds, AccountTotals TO ROLE read_model_writer;
GRANT SELECT, INSERT, UPDATE ON TABLE Periods TO ROLE read_model_writer;

CREATE ROLE snapshot_writer;
GRANT SELECT, INSERT, UPDATE ON TABLE Snapshots TO ROLE snapshot_writer;

CREATE ROLE webhook_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE WebhookEndpoints, WebhookDeliveries TO ROLE webhook_writer;

CREATE ROLE report_writer;
GRANT SELECT, INSERT ON TABLE ReportSnapshots TO ROLE report_writer;

CREATE ROLE correction_writer;
GRANT SELECT, INSERT ON TABLE Corrections, CorrectionDecisions, CorrectionSweeps TO ROLE correction_writer;
GRANT UPDATE ON TABLE Corrections, CorrectionSweeps TO ROLE correction_writer;

CREATE ROLE reconciliation_writer;
GRANT SELECT, INSERT ON TABLE ReconciliationSettings, Statements, StatementLines, Matches, MatchMembers, ReconciliationActs TO ROLE reconciliation_writer;
GRANT UPDATE ON TABLE Statements, StatementLines, Matches TO ROLE reconciliation_writer;
GRANT DELETE ON TABLE Statements, StatementLines, MatchMembers TO ROLE reconciliation_writer;

CREATE ROLE partition_keeper;
GRANT SELECT ON TABLE Properties TO ROLE partition_keeper;
GRANT SELECT, INSERT, UPDATE ON TABLE Periods, PartitionPasses, SplitRenewals TO ROLE partition_keeper;

CREATE ROLE monitor_reader;
GRANT SELECT ON TABLE FeedCursors, Corrections, Entries, Events, PartitionPasses, SplitRenewals TO ROLE monitor_reader;
