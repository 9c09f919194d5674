-- The events that are within no limits of time.
SELECT count(*)
FROM events
WHERE eventTime IS NULL
    AND (/* places */ true)
