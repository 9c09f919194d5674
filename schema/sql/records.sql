-- The records of some rows of events, each with the values of its leaves as one text.
-- $first and $last are the first and the last of $rows: DuckDB reads nothing outside
-- of constants.
SELECT
    events.rowid,
    shape,
    verbatim,
    CASE WHEN shape IS NOT NULL THEN /* leaves */ '' END AS leaves
FROM events
WHERE events.rowid BETWEEN $first AND $last
    AND events.rowid IN (SELECT unnest($rows::BIGINT[]));
