-- Day rows that differ from their events: what is queued, proposed, decided, and how far the sweeps are.

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
