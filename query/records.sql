-- The records of some rows of events. $first and $last are the first and the last of $rows:
-- DuckDB reads nothing outside of constants.
SELECT
    rowid,
    /* record */ NULL AS record
FROM events
WHERE rowid BETWEEN $first AND $last
    AND rowid IN (SELECT unnest($rows::BIGINT[]));
