-- The events of one day: what a record of that day may be a repeat of. A repeat
-- is the same bytes, so it has the same eventTime.
SELECT
    eventID,
    recordHash,
    file,
    position
FROM events
WHERE eventTime >= $1 AND eventTime < $1 + INTERVAL 1 DAY
