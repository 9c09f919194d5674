-- The events within a range of row numbers whose records a lookup has to look at, with
-- what they are put in order by, and the records.
SELECT rowid, eventTime, eventID, file, position, /* record */ NULL AS record
FROM events
WHERE /* filters */ true
    AND /* attributes */ true
    AND rowid BETWEEN $first AND $last;
