-- The row numbers of the events that a lookup finds, the first of them, to see whether they
-- are few: then lookup_keys.sql says what they are put in order by.
SELECT rowid
FROM events
WHERE /* filters */ true
    AND /* attributes */ true
ORDER BY rowid
LIMIT $rows;
