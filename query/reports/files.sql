-- title:  Which log files were read
-- group:  Completeness
-- why:    how many files of each account, region and kind, how they fared, and what they
--         held; with a filter those alone that hold such events, be it not the first to have
--         them; events are counted with the first
-- column: account, region, kind, status, files, records, new, repeated, events,
--         megabytes, firstEventTime, lastEventTime
WITH matching AS (
    SELECT
        file,
        count(*) AS events,
        list(position) FILTER ((file, position) IN (SELECT (firstFile, firstPosition) FROM repeats)) AS repeated
    FROM events
    WHERE /* filters */ true
    GROUP BY file
),
holding AS (
    SELECT file, events FROM matching
    UNION ALL
    SELECT DISTINCT repeats.file, 0
    FROM (SELECT file, unnest(repeated) AS position FROM matching) AS again
    JOIN repeats ON repeats.firstFile = again.file AND repeats.firstPosition = again.position
),
held AS (
    SELECT file, sum(events)::BIGINT AS events
    FROM holding
    GROUP BY file
)
SELECT
    files.account,
    files.region,
    files.kind,
    CASE WHEN files.superseded IS NULL THEN files.status ELSE files.status || ', replaced' END AS status,
    count(*) AS files,
    sum(files.records)::BIGINT AS records,
    sum(files.new)::BIGINT AS new,
    sum(files.repeated)::BIGINT AS repeated,
    coalesce(sum(held.events), 0)::BIGINT AS events,
    round(sum(files.size) / 1000000.0, 1) AS megabytes,
    min(files.firstEventTime) AS firstEventTime,
    max(files.lastEventTime) AS lastEventTime
FROM files
LEFT JOIN held USING (file)
WHERE held.file IS NOT NULL OR /* unfiltered */ true
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;
