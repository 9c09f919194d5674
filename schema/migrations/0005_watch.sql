-- What trailbox watch has told, to whom, and what it still has to tell.

-- One row per alarm or rule that is watched: how far it has been looked at.
CREATE TABLE watched (
    rule    VARCHAR NOT NULL,
    since   TIMESTAMP NOT NULL, -- nothing of before is told
    settled TIMESTAMP NOT NULL, -- what happened before, as far as files showed it then, is told
    file    INTEGER NOT NULL    -- the last log file of the store at that time: later ones may tell of any time
);

-- Each change of an alarm's state and each match that was decided on, whether or not
-- anybody was to be told of it. It is never told again.
CREATE TABLE told (
    series   VARCHAR NOT NULL,   -- the alarm, and where it is; or the key of a match
    state    VARCHAR NOT NULL,   -- that the alarm went into; empty for a match
    happened TIMESTAMP NOT NULL, -- the minute of the change, the event's time of a match
    notice   VARCHAR             -- that told of it; NULL: nobody was to be told
);

-- What is delivered.
CREATE TABLE notices (
    number  BIGINT NOT NULL,  -- in the order in which they were decided on
    notice  VARCHAR NOT NULL, -- its id: the same in every attempt, and in the message itself
    made    TIMESTAMP NOT NULL,
    message VARCHAR NOT NULL USING COMPRESSION zstd -- JSON
);

-- To whom: due from the transaction that decided on the notice until the receiver has
-- taken it.
CREATE TABLE deliveries (
    notice   VARCHAR NOT NULL,
    receiver VARCHAR NOT NULL,   -- its name, in which there are no secrets
    attempts INTEGER NOT NULL,
    due      TIMESTAMP NOT NULL, -- when to try, or to try again
    done     TIMESTAMP,          -- NULL: not yet
    error    VARCHAR             -- of the last attempt
);
