-- The runs that wrote to the store, in order, and how many of its log files and events are of each.
SELECT
    run,
    started,
    finished,
    coalesce("user", '') AS "user",
    coalesce(host, '') AS host,
    coalesce(version, '') AS version,
    coalesce(sources, []) AS sources,
    coalesce(filter, '') AS filter,
    coalesce(files.files, 0) AS files,
    coalesce(files.new, 0) AS events
FROM runs
LEFT JOIN (
    SELECT run, count(*) AS files, sum(new)::BIGINT AS new
    FROM files
    GROUP BY run
) AS files USING (run)
ORDER BY run;
