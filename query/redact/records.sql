-- The records of the events that a filter lets through, of a part of the store.
SELECT
    rowid,
    /* record */ NULL AS record
FROM events
WHERE rowid BETWEEN $first AND $last
    AND (/* filters */ true);
