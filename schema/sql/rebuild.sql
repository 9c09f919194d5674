-- The records of some log files, each with the values of its leaves as one text:
-- those that are events, and those that repeat one. $firstEvent and $lastEvent are
-- the files of the repeated events; they could be found by the join, but only a
-- constant keeps DuckDB from reading what lies outside of them.
SELECT
    file,
    position,
    shape,
    verbatim,
    CASE WHEN shape IS NOT NULL THEN /* leaves */ '' END AS leaves
FROM events
WHERE file BETWEEN $first AND $last
UNION ALL
SELECT
    repeats.file,
    repeats.position,
    events.shape,
    events.verbatim,
    CASE WHEN events.shape IS NOT NULL THEN /* leaves */ '' END
FROM repeats
JOIN events ON events.file = repeats.firstFile AND events.position = repeats.firstPosition
WHERE repeats.file BETWEEN $first AND $last
    AND events.file BETWEEN $firstEvent AND $lastEvent;
