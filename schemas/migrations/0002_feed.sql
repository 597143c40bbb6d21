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
