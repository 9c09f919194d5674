-- The records of some log files, each with the values of its leaves as one text:
-- those that are events, and those that repeat one.
WITH wanted AS (
    SELECT file, position, file AS atFile, position AS atPosition
    FROM events
    WHERE file BETWEEN $first AND $last
    UNION ALL
    SELECT firstFile, firstPosition, file, position
    FROM repeats
    WHERE file BETWEEN $first AND $last
)
SELECT
    wanted.atFile,
    wanted.atPosition,
    events.shape,
    events.verbatim,
    CASE WHEN events.shape IS NOT NULL THEN /* leaves */ '' END AS leaves
FROM wanted
JOIN events ON events.file = wanted.file AND events.position = wanted.position;
