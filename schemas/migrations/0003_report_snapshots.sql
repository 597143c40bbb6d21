CREATE TABLE ReportSnapshots (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Report STRING(40) NOT NULL,
  FromDate DATE NOT NULL,
  ToDate DATE NOT NULL,
  FormulaVersion INT64 NOT NULL,
  StateHash BYTES(32) NOT NULL,
  ContentHash BYTES(32) NOT NULL,
  RecordedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ShardId, OrgId, PropertyId, Report, FromDate, ToDate, FormulaVersion, StateHash),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;
