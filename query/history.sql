-- A page of a history: the first of its events, as row numbers. The wide columns are read of
-- these alone, see history_rows.sql.
SELECT rowid
FROM events
WHERE /* filters */ true
    AND /* place */ true
ORDER BY /* order */ rowid
LIMIT $rows;
