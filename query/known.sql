-- What the store knows of times, besides how many events there were: the times that digests
-- cover, those of them that are proven, the times in which a trail was off, and the log files
-- that are damaged or could not be fetched, by the hour of their delivery.
WITH switches AS ( -- as in report coverage
    SELECT
        /* account */ recipientAccountId AS account,
        awsRegion AS region,
        regexp_extract(json_extract_string(try_cast(requestParameters AS JSON), '$.name'), '[^/]*$') AS trail,
        eventName IN ('DeleteTrail', 'StopLogging') AS off,
        eventTime AS since,
        lead(eventTime) OVER (
            PARTITION BY account, region, trail
            ORDER BY eventTime, eventID, file, position
        ) AS until
    FROM events
    WHERE eventSource = 'cloudtrail.amazonaws.com'
        AND eventName IN ['CreateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging']
        AND NOT errored
        AND eventTime IS NOT NULL
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
