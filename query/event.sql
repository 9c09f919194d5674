-- The rows of events of an eventID, or of a place: the one that a record was first read from,
-- or one where it was repeated.
SELECT /* columns */ rowid
FROM events
WHERE /* which */ true
ORDER BY file, position;
