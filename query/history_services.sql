-- The services of some rows of events. For $first and $last, see history_rows.sql.
SELECT DISTINCT coalesce(eventSource, '') AS eventSource
FROM events
WHERE rowid BETWEEN $first AND $last
    AND rowid IN (SELECT unnest($rows::BIGINT[]));
