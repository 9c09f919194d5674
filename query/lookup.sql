-- One page of the events that a lookup finds, newest first, as row numbers: the order
-- takes but a few narrow columns, and the wide ones are read of these rows alone
-- (lookup_rows.sql). Events without a time come last.
SELECT rowid, eventTime
FROM events
WHERE /* filters */ true
    AND /* attributes */ true
    AND /* page */ true
ORDER BY eventTime DESC NULLS LAST, eventID, file, position
LIMIT $rows;
