-- What a copy has of its events, without what only its store needs.
SELECT * EXCLUDE (file, position, recordHash, shape, verbatim)
FROM events
ORDER BY eventTime, eventID, file, position;
