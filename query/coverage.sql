-- What the events are of that a report looks at: one row. The damaged files are all
-- that the store has, since nobody knows what would have been in them.
WITH hours AS (
    SELECT
        /* account */ recipientAccountId AS account,
        awsRegion AS region,
        time_bucket(INTERVAL 1 HOUR, eventTime) AS hour,
        count(*) AS events,
        min(eventTime) AS first,
        max(eventTime) AS last,
        -- Proven is an event that a proven log file has, be it not the one that it was
        -- first read from.
        count(*) FILTER (
            file IN (SELECT file FROM proofs WHERE state = 'proven')
            OR (file, position) IN (
                SELECT (firstFile, firstPosition)
                FROM repeats
                WHERE file IN (SELECT file FROM proofs WHERE state = 'proven')
                    AND firstFile NOT IN (SELECT file FROM proofs WHERE state = 'proven')
            )
        ) AS proven
    FROM events
    WHERE /* filters */ true
    GROUP BY ALL
)
SELECT
    coalesce(sum(events), 0)::BIGINT AS events,
    min(first) AS first,
    max(last) AS last,
    count(DISTINCT account) AS accounts,
    count(DISTINCT region) AS regions,
    coalesce(datediff('hour', min(hour), max(hour)) + 1, 0) AS hours,
    count(DISTINCT hour) AS active,
    (SELECT count(*) FROM files WHERE status IN ('partial', 'corrupt') AND superseded IS NULL) AS damaged,
    (SELECT count(*) FROM files WHERE status IN ('archived', 'failed') AND superseded IS NULL) AS failed,
    -- Limits of time leave these out, whatever they are.
    (SELECT count(*) FROM events WHERE eventTime IS NULL AND (/* places */ true)) AS timeless,
    coalesce(sum(proven), 0)::BIGINT AS proven,
    (SELECT count(*) > 0 FROM verifications) AS verified
FROM hours
