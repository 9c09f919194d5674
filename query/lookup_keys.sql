-- What a lookup puts some rows of events in order by, see lookup.sql and, for $first and
-- $last, lookup_rows.sql.
SELECT
    rowid,
    eventTime,
    eventID,
    file,
    position
FROM events
WHERE rowid BETWEEN $first AND $last
    AND rowid IN (SELECT unnest($rows::BIGINT[]));
