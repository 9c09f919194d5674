-- The times in which a trail was off: whoever stops one or deletes it leaves it off until
-- somebody starts one of that name. The same is in report coverage.
WITH switches AS (
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
SELECT account, region, coalesce(trail, '') AS trail, since, until
FROM switches
WHERE off
ORDER BY since, account, region, trail;
