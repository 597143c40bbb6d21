-- Rooms, by number. A comment may hold a ; and a 'quote.
CREATE TABLE Rooms (
  Number INT64 NOT NULL, /* one
  of these too */
  Note STRING(MAX) DEFAULT ('-- no comment'), # nor this
) PRIMARY KEY (Number);

CREATE INDEX RoomsByNote ON Rooms (Note);
-- the end
