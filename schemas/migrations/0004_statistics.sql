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

-- A property's budget for a year, whole, as canonical JSON: what the event BudgetSet says that set it.
CREATE TABLE Budgets (
  OrgId STRING(64) NOT NULL,
  PropertyId STRING(36) NOT NULL,
  Year INT64 NOT NULL,
  Budget STRING(MAX) NOT NULL,
  Version INT64 NOT NULL,
) PRIMARY KEY (OrgId, PropertyId, Year),
  INTERLEAVE IN PARENT Organizations ON DELETE NO ACTION;
