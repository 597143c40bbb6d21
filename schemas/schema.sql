-- The whole current schema, for people. migrations/ leads to the same (a test compares the two).
-- README.md has the map of the tables.

-- An organisation, and where its setup stream stands (property '-' in Events).
CREATE TABLE Organizations (
  OrgId STRING(64) NOT NULL,
  Name STRING(200) NOT NULL,
  BaseCurrency STRING(3) NOT NULL,
  Plan STRING(20) NOT NULL,
  StreamVersion INT64 NOT NULL,
  ChainHash BYTES(32) NOT NULL,
  ChartVersion INT64 NOT NULL,
  CreatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (OrgId);

-- Who may do what, where. PropertyIds says it for the roles that do not see every property.
CREATE TABLE Members (
  OrgId STRING(64) NOT NULL,
  Subject STRING(255) NOT NULL,
  Role STRING(20) NOT NULL,
  PropertyIds ARRAY<STRING(36)> NOT NULL,
  Version INT64 NOT NULL,
) PRIMARY KEY (OrgId, Subject),
  INTERLEAVE IN PARENT Organizations ON DELETE NO ACTION;

-- The chart of accounts, of version Organizations.ChartVersion. No row: the default chart.
CREATE TABLE Accounts (
  OrgId STRING(64) NOT NULL,
  AccountCode STRING(20) NOT NULL,
  Name STRING(200) NOT NULL,
  AccountType STRING(10) NOT NULL,
  Uses ARRAY<STRING(80)> NOT NULL,
) PRIMARY KEY (OrgId, AccountCode),
  INTERLEAVE IN PARENT Organizations ON DELETE NO ACTION;

-- Every approval policy that was ever in force, the newest first. No row: the default policy.
CREATE TABLE ApprovalPolicies (
  OrgId STRING(64) NOT NULL,
  Version INT64 NOT NULL,
  Policy STRING(MAX) NOT NULL,
) PRIMARY KEY (OrgId, Version DESC),
  INTERLEAVE IN PARENT Organizations ON DELETE NO ACTION;

-- A property's budget for a year, whole, as canonical JSON: what the event BudgetSet says that set it.
CREATE TABLE Budgets (
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Year INT64 NOT NULL,
  Budget STRING(MAX) NOT NULL,
  Version INT64 NOT NULL,
) PRIMARY KEY (OrgId, PropertyId, Year),
  INTERLEAVE IN PARENT Organizations ON DELETE NO ACTION;

-- A property; the row '-' of an organisation carries its setup stream and has no other column.
CREATE TABLE Properties (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Code STRING(20),
  Name STRING(200),
  PropertyType STRING(20),
  TimeZone STRING(64),
  CutoffMinutes INT64,
  Currency STRING(3),
  GoLive DATE,
  RoomCount INT64,
  CreatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT ShardInRange CHECK (ShardId >= 0 AND ShardId < 16),
  CONSTRAINT PropertyComplete CHECK (PropertyId = '-' OR (Code IS NOT NULL AND Name IS NOT NULL
    AND PropertyType IS NOT NULL AND TimeZone IS NOT NULL AND CutoffMinutes IS NOT NULL
    AND Currency IS NOT NULL AND GoLive IS NOT NULL AND RoomCount IS NOT NULL)),
  CONSTRAINT CutoffInRange CHECK (CutoffMinutes >= 0 AND CutoffMinutes < 1440),
) PRIMARY KEY (ShardId, OrgId, PropertyId);

-- The properties of an organisation by code, which is unique in it. One entry a property.
CREATE UNIQUE NULL_FILTERED INDEX PropertiesByCode ON Properties(OrgId, Code)
  STORING (Name, PropertyType, TimeZone, CutoffMinutes, Currency, GoLive, RoomCount);

-- The monthly partition: the parent of all that lies in a month.
CREATE TABLE Periods (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Month INT64 NOT NULL,
) PRIMARY KEY (ShardId, OrgId, PropertyId, Month DESC),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;

-- The day rows: the folded state of a day's stream, in the chain of balances. CLOSED is the guard.
CREATE TABLE DailyCashBalances (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Month INT64 NOT NULL,
  BusinessDate DATE NOT NULL,
  Currency STRING(3) NOT NULL,
  Status STRING(6) NOT NULL,
  OpeningMinor INT64 NOT NULL,
  CashReceivedMinor INT64 NOT NULL,
  BankReceivedMinor INT64 NOT NULL,
  CashExpensesMinor INT64 NOT NULL,
  BankExpensesMinor INT64 NOT NULL,
  TransfersInMinor INT64 NOT NULL,
  TransfersOutMinor INT64 NOT NULL,
  OverShortMinor INT64 NOT NULL,
  EntryCount INT64 NOT NULL,
  ClosingMinor INT64 NOT NULL,
  StreamVersion INT64 NOT NULL,
  ChainHash BYTES(32) NOT NULL,
  CountedMinor INT64,
  CountVersion INT64,
  AfterCountMinor INT64 NOT NULL,
  CONSTRAINT DayStatus CHECK (Status IN ('OPEN', 'CLOSED')),
  CONSTRAINT DayArithmetic CHECK (ClosingMinor = OpeningMinor + CashReceivedMinor + TransfersInMinor
    - CashExpensesMinor - TransfersOutMinor + OverShortMinor),
  CONSTRAINT CountWhole CHECK ((CountedMinor IS NULL) = (CountVersion IS NULL)),
) PRIMARY KEY (ShardId, OrgId, PropertyId, Month DESC, BusinessDate DESC),
  INTERLEAVE IN PARENT Periods ON DELETE NO ACTION;

-- Revenues, expenses and cash movements. What an entry says never changes; where it stands does.
CREATE TABLE Entries (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Month INT64 NOT NULL,
  BusinessDate DATE NOT NULL,
  Kind STRING(8) NOT NULL,
  EntryId STRING(36) NOT NULL,
  Status STRING(9) NOT NULL,
  AmountMinor INT64 NOT NULL,
  NetMinor INT64 NOT NULL,
  TaxMinor INT64 NOT NULL,
  TaxLines STRING(MAX),
  Currency STRING(3) NOT NULL,
  PaymentMode STRING(11) NOT NULL,
  Category STRING(64) NOT NULL,
  Description STRING(500),
  BankReference STRING(100),
  VendorName STRING(200),
  ExternalSystem STRING(50),
  ExternalId STRING(200),
  OccurredAt TIMESTAMP,
  PostedDate DATE,
  LateDate DATE,
  PendingDate DATE,
  Legs STRING(MAX),
  CreatedBy STRING(255) NOT NULL,
  RecordedStream DATE NOT NULL,
  RecordedVersion INT64 NOT NULL,
  RecordedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  DecidedStream DATE,
  DecidedVersion INT64,
  DecidedBy STRING(255),
  ReversalOf STRING(51),
  ReversedBy STRING(51),
  CONSTRAINT EntryWhole CHECK (
    AmountMinor = NetMinor + TaxMinor AND AmountMinor != 0
    AND AmountMinor BETWEEN -1000000000000000 AND 1000000000000000
    AND Kind IN ('REVENUE', 'EXPENSE', 'MOVEMENT')
    AND Status IN ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'REVERSED')
    AND (PendingDate IS NOT NULL) = (Status = 'PENDING')
    AND (PostedDate IS NOT NULL) = (Status IN ('APPROVED', 'REVERSED'))
    AND (Legs IS NOT NULL) = (PostedDate IS NOT NULL)
    AND (ReversalOf IS NULL) = (AmountMinor > 0)
    AND (ReversedBy IS NOT NULL) = (Status = 'REVERSED')),
) PRIMARY KEY (ShardId, OrgId, PropertyId, Month DESC, BusinessDate DESC, Kind, EntryId),
  INTERLEAVE IN PARENT Periods ON DELETE NO ACTION;

-- What posted on another date than its own: the late part of a day's report. Empty for the rest.
CREATE NULL_FILTERED INDEX LateEntries ON Entries(ShardId, OrgId, PropertyId, LateDate), INTERLEAVE IN Properties;

-- The approvals that wait, for an organisation or one property, oldest first. One write when an
-- entry begins to wait, one when it is decided.
CREATE NULL_FILTERED INDEX PendingByOrg ON Entries(OrgId, PropertyId, PendingDate) STORING (CreatedBy);

-- An entry's name in another system, unique in its property. Empty for entries without one.
CREATE UNIQUE NULL_FILTERED INDEX EntriesByExternalRef
  ON Entries(ShardId, OrgId, PropertyId, ExternalSystem, ExternalId), INTERLEAVE IN Properties;

-- Every count of a drawer, as it was made.
CREATE TABLE CashCounts (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Month INT64 NOT NULL,
  BusinessDate DATE NOT NULL,
  Version INT64 NOT NULL,
  Currency STRING(3) NOT NULL,
  CountedMinor INT64 NOT NULL,
  ExpectedMinor INT64 NOT NULL,
  VarianceMinor INT64 NOT NULL,
  Denominations STRING(MAX),
  Blind BOOL NOT NULL,
  Note STRING(500),
  CountedBy STRING(255) NOT NULL,
  RecordedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT CountVariance CHECK (VarianceMinor = CountedMinor - ExpectedMinor),
) PRIMARY KEY (ShardId, OrgId, PropertyId, Month DESC, BusinessDate DESC, Version DESC),
  INTERLEAVE IN PARENT Periods ON DELETE NO ACTION;

-- Room statistics of a business date, by the last event that said them: StreamVersion.
CREATE TABLE DailyStatistics (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Month INT64 NOT NULL,
  BusinessDate DATE NOT NULL,
  RoomsAvailable INT64 NOT NULL,
  RoomsOutOfOrder INT64 NOT NULL,
  RoomsSold INT64 NOT NULL,
  RoomsComplimentary INT64 NOT NULL,
  Guests INT64,
  StreamVersion INT64 NOT NULL,
  CONSTRAINT StatisticsWhole CHECK (RoomsOutOfOrder >= 0 AND RoomsSold >= 0 AND RoomsComplimentary >= 0
    AND RoomsOutOfOrder + RoomsSold + RoomsComplimentary <= RoomsAvailable AND (Guests IS NULL OR Guests >= 0)),
) PRIMARY KEY (ShardId, OrgId, PropertyId, Month DESC, BusinessDate DESC),
  INTERLEAVE IN PARENT Periods ON DELETE NO ACTION;

-- The day book: what happened, for ever. StreamId is a date, or 'setup' under property '-'.
CREATE TABLE Events (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  StreamId STRING(10) NOT NULL,
  Version INT64 NOT NULL,
  Type STRING(30) NOT NULL,
  SchemaVersion INT64 NOT NULL,
  Actor STRING(MAX) NOT NULL,
  Cause BYTES(32) NOT NULL,
  Judged STRING(MAX) NOT NULL,
  Data STRING(MAX) NOT NULL,
  ChainHash BYTES(32) NOT NULL,
  RecordedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ShardId, OrgId, PropertyId, StreamId, Version),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;

-- Commands that took effect: the event that answers when one is sent again. 90 days are kept.
CREATE TABLE Commands (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  CommandKey BYTES(32) NOT NULL,
  RequestHash BYTES(32) NOT NULL,
  StreamId STRING(10) NOT NULL,
  Version INT64 NOT NULL,
  RecordedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ShardId, OrgId, PropertyId, CommandKey),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION,
  ROW DELETION POLICY (OLDER_THAN(RecordedAt, INTERVAL 90 DAY));

-- Who may record on a date although entries of his own still wait.
CREATE TABLE DailyGrants (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  BusinessDate DATE NOT NULL,
  Subject STRING(255) NOT NULL,
  GrantedBy STRING(255) NOT NULL,
  RecordedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ShardId, OrgId, PropertyId, BusinessDate DESC, Subject),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;

-- What happened since: one shard's events in the order of their commits. The key's columns after
-- RecordedAt are named so that a reader may begin in the middle of a commit.
CREATE INDEX EventFeed ON Events(ShardId, RecordedAt, OrgId, PropertyId, StreamId, Version);

-- One property's events in the order of their commits: history, live streams, what a read model lacks.
CREATE INDEX EventsByProperty ON Events(ShardId, OrgId, PropertyId, RecordedAt, StreamId, Version),
  INTERLEAVE IN Properties;

-- How far a consumer of the feed is in a shard: after the event named, or, where none is named, after
-- all that was committed up to RecordedAt. The lease says which instance is at it.
CREATE TABLE FeedCursors (
  Consumer STRING(40) NOT NULL,
  ShardId INT64 NOT NULL,
  RecordedAt TIMESTAMP NOT NULL,
  OrgId STRING(64),
  PropertyId STRING(36),
  StreamId STRING(10),
  Version INT64,
  EventCount INT64 NOT NULL,
  ParkedCount INT64 NOT NULL,
  RowCount INT64 NOT NULL,
  Checksum BYTES(32),
  LeaseHolder STRING(36),
  LeaseUntil TIMESTAMP,
  MovedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (Consumer, ShardId);

-- Events that a consumer could not take, and those that wait behind them. Wanted is what somebody has
-- asked for, until the consumer has done it. A row stays as evidence after it was retried or dropped.
CREATE TABLE ParkedEvents (
  Consumer STRING(40) NOT NULL,
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  StreamId STRING(10) NOT NULL,
  Version INT64 NOT NULL,
  Status STRING(8) NOT NULL,
  Cause STRING(MAX) NOT NULL,
  Attempts INT64 NOT NULL,
  ParkedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  Wanted STRING(5),
  WantedBy STRING(255),
  DecidedBy STRING(255),
  DecidedAt TIMESTAMP OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT ParkedWhole CHECK (Status IN ('PARKED', 'HELD', 'RETRIED', 'DROPPED')
    AND (DecidedBy IS NOT NULL) = (Status IN ('RETRIED', 'DROPPED'))
    AND (Wanted IS NOT NULL) = (WantedBy IS NOT NULL) AND (Wanted IS NULL OR Status = 'PARKED')),
) PRIMARY KEY (Consumer, ShardId, OrgId, PropertyId, StreamId, Version);

-- Which generation of a read model is read. A second one is being built while ShadowGeneration is
-- set; the rows of an old one are being deleted while OldGeneration is.
CREATE TABLE ReadModels (
  ReadModel STRING(40) NOT NULL,
  LiveGeneration INT64 NOT NULL,
  ShadowGeneration INT64,
  OldGeneration INT64,
  SwappedBy STRING(255),
  SwappedAt TIMESTAMP OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ReadModel);

-- How far the building of a generation is in a shard: all books up to the one named hold what was
-- committed up to BuiltTo.
CREATE TABLE Rebuilds (
  ReadModel STRING(40) NOT NULL,
  Generation INT64 NOT NULL,
  ShardId INT64 NOT NULL,
  BuiltTo TIMESTAMP NOT NULL,
  OrgId STRING(64),
  PropertyId STRING(36),
  EventCount INT64 NOT NULL,
  ParkedCount INT64 NOT NULL,
  RowCount INT64 NOT NULL,
  DifferenceCount INT64 NOT NULL,
  Checksum BYTES(32) NOT NULL,
  Done BOOL NOT NULL,
  MovedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ReadModel, Generation, ShardId);

-- Read model: what an account took on a posted date in a payment mode. Trial balance, departments, trends.
CREATE TABLE AccountTotals (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Month INT64 NOT NULL,
  PostedDate DATE NOT NULL,
  AccountCode STRING(20) NOT NULL,
  PaymentMode STRING(11) NOT NULL,
  Generation INT64 NOT NULL,
  Currency STRING(3) NOT NULL,
  DebitMinor INT64 NOT NULL,
  CreditMinor INT64 NOT NULL,
  LegCount INT64 NOT NULL,
) PRIMARY KEY (ShardId, OrgId, PropertyId, Month DESC, PostedDate DESC, AccountCode, PaymentMode, Generation),
  INTERLEAVE IN PARENT Periods ON DELETE NO ACTION;

-- The folded state of a long stream: of its events 1 to Version. It may be thrown away.
CREATE TABLE Snapshots (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  StreamId STRING(10) NOT NULL,
  Version INT64 NOT NULL,
  SchemaVersion INT64 NOT NULL,
  State STRING(MAX) NOT NULL,
  StateHash BYTES(32) NOT NULL,
  ChainHash BYTES(32) NOT NULL,
  TakenAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ShardId, OrgId, PropertyId, StreamId),
  INTERLEAVE IN PARENT Properties ON DELETE NO ACTION;

-- Where an organisation wants its events sent. Secrets are those that sign: the new one and, for a
-- while after a rotation, the old one. Commands are the last ones that took effect here, key and
-- request, the creation first. A deleted endpoint stays for 30 days without secrets, so that neither
-- its creation nor its deletion is done again.
CREATE TABLE WebhookEndpoints (
  OrgId STRING(64) NOT NULL,
  EndpointId STRING(36) NOT NULL,
  Url STRING(2048) NOT NULL,
  Description STRING(200),
  EventTypes ARRAY<STRING(30)> NOT NULL,
  Status STRING(8) NOT NULL,
  Secret BYTES(64) NOT NULL,
  SecretCause BYTES(32) NOT NULL,
  SecretAt TIMESTAMP NOT NULL,
  OldSecret BYTES(64),
  OldSecretUntil TIMESTAMP,
  Commands ARRAY<BYTES(64)> NOT NULL,
  CreatedBy STRING(255) NOT NULL,
  CreatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  DeletedAt TIMESTAMP,
  CONSTRAINT EndpointWhole CHECK (Status IN ('ENABLED', 'DISABLED', 'GONE', 'DELETED')
    AND (OldSecret IS NULL) = (OldSecretUntil IS NULL) AND (DeletedAt IS NOT NULL) = (Status = 'DELETED')),
) PRIMARY KEY (OrgId, EndpointId),
  INTERLEAVE IN PARENT Organizations ON DELETE NO ACTION,
  ROW DELETION POLICY (OLDER_THAN(DeletedAt, INTERVAL 30 DAY));

-- One event for one endpoint: what is to be sent, and what came of it. 30 days are kept.
CREATE TABLE WebhookDeliveries (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  EndpointId STRING(36) NOT NULL,
  RecordedAt TIMESTAMP NOT NULL,
  PropertyId STRING(36) NOT NULL,
  StreamId STRING(10) NOT NULL,
  Version INT64 NOT NULL,
  EventType STRING(30) NOT NULL,
  Status STRING(9) NOT NULL,
  Attempts INT64 NOT NULL,
  DueShard INT64,
  DueAt TIMESTAMP,
  FirstAttemptAt TIMESTAMP,
  LastAttemptAt TIMESTAMP,
  LastStatus INT64,
  LastError STRING(200),
  DurationMillis INT64,
  CreatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT DeliveryWhole CHECK (Status IN ('PENDING', 'DELIVERED', 'PARKED')
    AND (DueAt IS NOT NULL) = (Status = 'PENDING') AND (DueShard IS NOT NULL) = (Status = 'PENDING')),
) PRIMARY KEY (ShardId, OrgId, EndpointId, RecordedAt DESC, PropertyId, StreamId, Version),
  ROW DELETION POLICY (OLDER_THAN(CreatedAt, INTERVAL 30 DAY));

-- The deliveries that wait, endpoint by endpoint, the longest due first: one with many of them stands in
-- nobody's way. One entry while a delivery is pending.
CREATE NULL_FILTERED INDEX DueDeliveries ON WebhookDeliveries(DueShard, OrgId, EndpointId, DueAt, RecordedAt);

-- What reports of closed scopes have said, by the state of the books that they stood on: it is the same
-- for ever. StateHash is that of the days' chain hashes.
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
-- What differs, or did, between a day row and its events, a row a date. Round counts how often the date
-- was queued. A PROPOSED one waits for an owner, a PARKED one for an operator; DONE says by Outcome what
-- came of it. BeforeRow and AfterRow are what the row said and what the events say. 400 days are kept.
CREATE TABLE Corrections (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  BusinessDate DATE NOT NULL,
  Round INT64 NOT NULL,
  Status STRING(8) NOT NULL,
  Cause STRING(20) NOT NULL,
  Source STRING(11) NOT NULL,
  Outcome STRING(8),
  Attempts INT64 NOT NULL,
  Fault STRING(500),
  BeforeRow STRING(MAX),
  AfterRow STRING(MAX),
  EvidenceStream STRING(10),
  EvidenceVersion INT64,
  DueShard INT64,
  DueAt TIMESTAMP,
  QueuedAt TIMESTAMP NOT NULL,
  DecidedBy STRING(255),
  SettledAt TIMESTAMP OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT CorrectionWhole CHECK (Status IN ('QUEUED', 'PROPOSED', 'PARKED', 'DONE', 'REJECTED')
    AND (DueAt IS NOT NULL) = (Status = 'QUEUED') AND (DueShard IS NOT NULL) = (Status = 'QUEUED')
    AND (Outcome IS NOT NULL) = (Status = 'DONE')
    AND (EvidenceStream IS NULL) = (EvidenceVersion IS NULL)),
) PRIMARY KEY (ShardId, OrgId, PropertyId, BusinessDate),
  ROW DELETION POLICY (OLDER_THAN(SettledAt, INTERVAL 400 DAY));

-- The queue: what is to be repaired, the longest due first. One entry while a correction waits.
CREATE NULL_FILTERED INDEX DueCorrections ON Corrections(DueShard, DueAt, OrgId, PropertyId, BusinessDate)
  STORING (Attempts);

-- What owners have decided about proposals: answers the same call when it is sent again. 90 days are kept.
CREATE TABLE CorrectionDecisions (
  ShardId INT64 NOT NULL,
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  CommandKey BYTES(32) NOT NULL,
  RequestHash BYTES(32) NOT NULL,
  BusinessDate DATE NOT NULL,
  Round INT64 NOT NULL,
  Status STRING(8) NOT NULL,
  Outcome STRING(8),
  EvidenceStream STRING(10),
  EvidenceVersion INT64,
  DecidedBy STRING(255) NOT NULL,
  Reason STRING(500),
  DecidedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ShardId, OrgId, PropertyId, CommandKey),
  ROW DELETION POLICY (OLDER_THAN(DecidedAt, INTERVAL 90 DAY));

-- How far the comparison of day rows with their events is in a shard: behind the property named, or, with
-- a date, within it, below that date. PropertyCount is of the cycle before, by which this one is spread
-- over its time.
CREATE TABLE CorrectionSweeps (
  Sweep STRING(6) NOT NULL,
  ShardId INT64 NOT NULL,
  BegunAt TIMESTAMP NOT NULL,
  EndedAt TIMESTAMP,
  OrgId STRING(64),
  PropertyId STRING(36),
  BusinessDate DATE,
  Properties INT64 NOT NULL,
  PropertyCount INT64,
  FoundCount INT64 NOT NULL,
  MovedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (Sweep, ShardId);
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

-- How far today's pass over a shard's properties is, which keeps their periods ahead up to LastMonth: behind
-- the property named. It is repeated without harm.
CREATE TABLE PartitionPasses (
  ShardId INT64 NOT NULL,
  LastMonth INT64 NOT NULL,
  BegunAt TIMESTAMP NOT NULL,
  EndedAt TIMESTAMP,
  OrgId STRING(64),
  PropertyId STRING(36),
  PropertyCount INT64 NOT NULL,
  PeriodCount INT64 NOT NULL,
  MovedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (ShardId);

-- Until when the split points at the bounds of the shards hold, a row a table or index.
CREATE TABLE SplitRenewals (
  SplitTarget STRING(64) NOT NULL,
  PointCount INT64 NOT NULL,
  ExpireAt TIMESTAMP NOT NULL,
  RenewedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (SplitTarget);

-- Entries for people with a query console, one view a kind.
CREATE VIEW Revenues SQL SECURITY INVOKER AS
  SELECT e.OrgId, e.PropertyId, e.BusinessDate, e.PostedDate, e.EntryId, e.Status, e.AmountMinor, e.NetMinor, e.TaxMinor,
    e.Currency, e.PaymentMode, e.Category AS Source, e.Description, e.CreatedBy, e.DecidedBy, e.RecordedAt
  FROM Entries AS e WHERE e.Kind = 'REVENUE';

CREATE VIEW Expenses SQL SECURITY INVOKER AS
  SELECT e.OrgId, e.PropertyId, e.BusinessDate, e.PostedDate, e.EntryId, e.Status, e.AmountMinor, e.NetMinor, e.TaxMinor,
    e.Currency, e.PaymentMode, e.Category, e.VendorName, e.Description, e.CreatedBy, e.DecidedBy, e.RecordedAt
  FROM Entries AS e WHERE e.Kind = 'EXPENSE';

CREATE VIEW CashMovements SQL SECURITY INVOKER AS
  SELECT e.OrgId, e.PropertyId, e.BusinessDate, e.PostedDate, e.EntryId, e.Status, e.AmountMinor,
    e.Currency, e.Category AS MovementKind, e.Description, e.CreatedBy, e.DecidedBy, e.RecordedAt
  FROM Entries AS e WHERE e.Kind = 'MOVEMENT';
