-- What the store has of each account and Region: events, log files and digests.
WITH evented AS (
    SELECT
        /* account */ recipientAccountId AS account,
        awsRegion AS region,
        count(*) AS events,
        count(*) FILTER (managementEvent IS DISTINCT FROM false AND readOnly) AS reads,
        count(*) FILTER (managementEvent IS DISTINCT FROM false AND readOnly = false) AS writes,
        max(eventTime) AS last
    FROM events
    GROUP BY ALL
),
delivered AS (
    SELECT account, region, max(delivered) AS until
    FROM files
    WHERE kind = 'CloudTrail' AND superseded IS NULL AND status IN ('loaded', 'partial')
    GROUP BY account, region
),
digested AS (
    SELECT account, region, count(*) AS digests, max(digestEndTime) AS until
    FROM digests
    WHERE NOT backfill
    GROUP BY account, region
)
SELECT
    account,
    region,
    coalesce(events, 0) AS events,
    coalesce(reads, 0) AS reads,
    coalesce(writes, 0) AS writes,
    last,
    delivered.until AS delivered,
    coalesce(digests, 0) AS digests,
    digested.until AS digested
FROM evented
FULL JOIN delivered USING (account, region)
FULL JOIN digested USING (account, region)
WHERE account IS NOT NULL AND region IS NOT NULL
ORDER BY account, region
