-- How a property's bank account is reconciled, every version that was in force, the newest first:
-- where the account begins, the rules of matching, and how the bank writes its CSV files.
CREATE TABLE ReconciliationSettings (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Version INT64 NOT NULL,
  Settings STRING(MAX) NOT NULL,
  SetBy STRING(255) NOT NULL,
  RecordedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ShardId, OrgId, PropertyId, Version DESC),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;

-- The statements of a bank. While one is IMPORTING its lines are being written, and nobody reads them.
CREATE TABLE Statements (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  FromDate DATE NOT NULL,
  StatementId STRING(36) NOT NULL,
  ToDate DATE NOT NULL,
  Status STRING(9) NOT NULL,
  Format STRING(8) NOT NULL,
  Account STRING(50) NOT NULL,
  BankId STRING(100),
  Currency STRING(3) NOT NULL,
  OpeningMinor INT64,
  ClosingMinor INT64,
  SumMinor INT64 NOT NULL,
  LineCount INT64 NOT NULL,
  LeftOutCount INT64 NOT NULL,
  ContentHash BYTES(32) NOT NULL,
  ImportedBy STRING(255) NOT NULL,
  ImportedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT StatementWhole CHECK (Status IN ('IMPORTING', 'COMPLETE') AND FromDate <= ToDate
    AND (OpeningMinor IS NULL OR ClosingMinor IS NULL OR ClosingMinor = OpeningMinor + SumMinor)),
) PRIMARY KEY (ShardId, OrgId, PropertyId, FromDate DESC, StatementId),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;

-- A statement that comes again is recognised by what it says, and by the bank's own name for it. One
-- entry a statement each.
CREATE UNIQUE INDEX StatementsByContent ON Statements(ShardId, OrgId, PropertyId, ContentHash),
  INTERLEAVE IN Properties;

CREATE UNIQUE NULL_FILTERED INDEX StatementsByBankId
  ON Statements(ShardId, OrgId, PropertyId, Account, BankId) STORING (ContentHash, Status), INTERLEAVE IN Properties;

-- The lines of a statement, in the order of its file. They never change.
CREATE TABLE StatementLines (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  FromDate DATE NOT NULL,
  StatementId STRING(36) NOT NULL,
  LineNumber INT64 NOT NULL,
  BookingDate DATE NOT NULL,
  ValueDate DATE,
  AmountMinor INT64 NOT NULL,
  Reference STRING(100),
  BankReference STRING(100),
  Text STRING(500),
) PRIMARY KEY (ShardId, OrgId, PropertyId, FromDate DESC, StatementId, LineNumber),
  INTERLEAVE IN PARENT Statements ON DELETE NO ACTION;

-- What belongs together: book items (ids of entries) and statement lines. A match that is undone stays
-- as evidence. ClearedOn is the latest date of its items and lines.
CREATE TABLE Matches (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  ClearedOn DATE NOT NULL,
  MatchId STRING(36) NOT NULL,
  Kind STRING(10) NOT NULL,
  Origin STRING(9) NOT NULL,
  Reason STRING(9),
  SuggestionId STRING(24),
  Note STRING(500),
  EntryIds ARRAY<STRING(51)> NOT NULL,
  LineIds ARRAY<STRING(34)> NOT NULL,
  ItemsMinor INT64 NOT NULL,
  LinesMinor INT64 NOT NULL,
  SettingsVersion INT64 NOT NULL,
  Status STRING(6) NOT NULL,
  MatchedBy STRING(255) NOT NULL,
  MatchedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  UndoneBy STRING(255),
  UndoneAt TIMESTAMP OPTIONS (allow_commit_timestamp = true),
  UndoneReason STRING(500),
  CONSTRAINT MatchWhole CHECK (Kind IN ('ONE_TO_ONE', 'MERGED', 'SPLIT', 'REVERSAL')
    AND Origin IN ('AUTOMATIC', 'DECLARED') AND (Reason IS NOT NULL) = (Origin = 'AUTOMATIC')
    AND Status IN ('ACTIVE', 'UNDONE') AND (UndoneBy IS NOT NULL) = (Status = 'UNDONE')),
) PRIMARY KEY (ShardId, OrgId, PropertyId, ClearedOn DESC, MatchId),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;

-- The items and lines that stand in a match now. The key is the rule that none stands in two (I19);
-- undoing a match deletes its rows.
CREATE TABLE MatchMembers (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Side STRING(4) NOT NULL,
  MemberId STRING(51) NOT NULL,
  MatchId STRING(36) NOT NULL,
  MemberDate DATE NOT NULL,
  ClearedOn DATE NOT NULL,
) PRIMARY KEY (ShardId, OrgId, PropertyId, Side, MemberId),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;

-- What is matched of a range of dates. One entry a member.
CREATE INDEX MatchMembersByDate ON MatchMembers(ShardId, OrgId, PropertyId, MemberDate)
  STORING (MatchId, ClearedOn), INTERLEAVE IN Properties;

-- What was done about a reconciliation, by whom: only ever inserted. ActId derives from the caller and
-- his key, and Outcome is what he was told, so that a repeated call is told the same.
CREATE TABLE ReconciliationActs (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  ActId STRING(36) NOT NULL,
  RequestHash BYTES(32) NOT NULL,
  Operation STRING(8) NOT NULL,
  Outcome STRING(MAX) NOT NULL,
  Subject STRING(255) NOT NULL,
  RecordedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT ActKnown CHECK (Operation IN ('set', 'import', 'remove', 'run', 'match', 'undo')),
) PRIMARY KEY (ShardId, OrgId, PropertyId, ActId),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;

-- The log of a property's reconciliation, the latest first. One entry an act.
CREATE INDEX ReconciliationLog ON ReconciliationActs(ShardId, OrgId, PropertyId, RecordedAt DESC)
  STORING (Operation, Subject), INTERLEAVE IN Properties;
