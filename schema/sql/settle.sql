-- Events that turned out to be repeats have no rows.
DELETE FROM events
WHERE (file, position) IN (
    SELECT (file, position)
    FROM (SELECT unnest($files::INTEGER[]) AS file, unnest($positions::INTEGER[]) AS position)
);
