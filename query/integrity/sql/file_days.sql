-- How many log files and digest files of each account, Region and day are in which state:
-- what the latest verification of each found, or that none has looked at it, or that it could
-- not be read whole. What is no file of CloudTrail's is left out.
SELECT
    files.account,
    files.region,
    coalesce(files.kind, '(none)') AS kind,
    time_bucket(INTERVAL 1 DAY, coalesce(files.delivered, files.firstEventTime)) AS day,
    CASE
        WHEN files.status IN ('corrupt', 'partial') THEN 'damaged'
        WHEN files.status IN ('archived', 'failed') THEN 'not read'
        ELSE coalesce(proofs.state, 'not verified')
    END AS state,
    count(*) AS files,
    sum(files.records)::BIGINT AS records
FROM files
LEFT JOIN proofs USING (file)
WHERE files.superseded IS NULL
    AND (files.status <> 'skipped' OR proofs.file IS NOT NULL OR files.file IN (SELECT file FROM digests))
GROUP BY ALL
ORDER BY day, account, region, kind, state
