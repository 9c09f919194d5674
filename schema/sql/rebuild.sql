-- The records of some log files, each with the values of its leaves:
-- those that are events, and those that repeat one. $firstEvent and $lastEvent are
-- the files of the repeated events; they could be found by the join, but only a
-- constant keeps DuckDB from reading what lies outside of them.
SELECT
    file,
    position,
    shape,
    verbatim,
    /* leaves */ ''
FROM events
WHERE file BETWEEN $first AND $last
UNION ALL
SELECT
    repeats.file,
    repeats.position,
    events.shape,
    events.verbatim,
    /* leaves */ ''
FROM repeats
JOIN events ON events.file = repeats.firstFile AND events.position = repeats.firstPosition
WHERE repeats.file BETWEEN $first AND $last
    AND events.file BETWEEN $firstEvent AND $lastEvent;
