-- How far the keeping of periods and of split points is.

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
