-- title:  Which log files were read
-- group:  Completeness
-- why:    how many files of each account, region and kind, how they fared, and what they
--         held; files without an event of their own count whatever the filters are
-- column: account, region, kind, status, files, records, new, repeated, events,
--         megabytes, firstEventTime, lastEventTime
WITH matching AS (
    SELECT file, count(*) AS events FROM events
    WHERE /* filters */ true
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
    coalesce(sum(matching.events), 0)::BIGINT AS events,
    round(sum(files.size) / 1000000.0, 1) AS megabytes,
    min(files.firstEventTime) AS firstEventTime,
    max(files.lastEventTime) AS lastEventTime
FROM files
LEFT JOIN matching USING (file)
WHERE matching.file IS NOT NULL OR files.new = 0
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;
