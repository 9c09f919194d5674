-- The rows of the events that a filter lets through, in order of time.
SELECT rowid
FROM events
WHERE /* filters */ true
ORDER BY eventTime, eventID, file, position;
