-- The events that a filter lets through, as they lie in the store.
SELECT
    rowid,
    file
FROM events
WHERE /* filters */ true
ORDER BY rowid;
