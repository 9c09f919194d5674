-- As known_events.sql, of the records whose eventTime could not be read.
SELECT
    eventID,
    recordHash,
    file,
    position
FROM events
WHERE eventTime IS NULL
