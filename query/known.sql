-- What the store knows of times, besides how many events there were: the times that digests
-- cover, those of them that are proven, the times in which a trail was off, and the log files
-- that are damaged or could not be fetched, by the hour of their delivery.
WITH switches AS (
    FROM (/* logging switches */ '')
)
SELECT
    'digested' AS kind,
    account,
    region,
    since,
    until
FROM digested_times(false)
UNION ALL
SELECT
    'proven',
    account,
    region,
    since,
    until
FROM digested_times(true)
UNION ALL
SELECT
    'off',
    account,
    region,
    since,
    coalesce(until, (SELECT max(eventTime) FROM events))
FROM switches
WHERE off
UNION ALL
SELECT DISTINCT
    CASE WHEN status IN ('partial', 'corrupt') THEN 'damaged' ELSE 'not fetched' END,
    account,
    region,
    time_bucket(INTERVAL 1 HOUR, coalesce(delivered, firstEventTime)),
    time_bucket(INTERVAL 1 HOUR, coalesce(delivered, firstEventTime)) + INTERVAL 1 HOUR
FROM files
WHERE status IN ('archived', 'corrupt', 'failed', 'partial')
    AND superseded IS NULL
ORDER BY kind, account, region, since
