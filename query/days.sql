-- How many events each account and Region has in each step of the time, and the steps, be
-- there events in them or not: those have no place. The step is the shortest that gives some
-- 120 of them, and no shorter than an hour.
WITH hours AS (
    SELECT
        /* account */ recipientAccountId AS account,
        awsRegion AS region,
        time_bucket(INTERVAL 1 HOUR, eventTime) AS hour,
        count(*) AS events,
        count(*) FILTER (WHERE readOnly = false) AS writes,
        count(*) FILTER (WHERE errored) AS errors,
        -- As in coverage.sql.
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
        AND eventTime IS NOT NULL
    GROUP BY ALL
),
step AS (
    SELECT
        coalesce(/* since */ NULL::TIMESTAMP, min(hour)) AS first,
        -- A step that begins when the period ends is not of it.
        greatest(coalesce(/* until */ NULL::TIMESTAMP - INTERVAL 1 SECOND, max(hour)), first) AS last,
        CASE
            WHEN last - first <= INTERVAL 72 HOUR THEN INTERVAL 1 HOUR
            WHEN last - first <= INTERVAL 120 DAY THEN INTERVAL 1 DAY
            WHEN last - first <= INTERVAL 840 DAY THEN INTERVAL 7 DAY
            WHEN last - first <= INTERVAL 3653 DAY THEN INTERVAL 1 MONTH
            WHEN last - first <= INTERVAL 43830 DAY THEN INTERVAL 1 YEAR
            ELSE INTERVAL 100 YEAR -- an eventTime is foreign text too
        END AS width
    FROM hours
),
steps AS (
    SELECT
        unnest(generate_series(time_bucket(width, first), last, width)) AS start,
        width
    FROM step
)
SELECT
    true AS placed,
    account,
    region,
    start,
    start + width AS next,
    sum(events)::BIGINT AS events,
    sum(writes)::BIGINT AS writes,
    sum(errors)::BIGINT AS errors,
    sum(proven)::BIGINT AS proven
FROM (SELECT *, time_bucket(width, hour) AS start FROM hours, step)
GROUP BY account, region, start, width
UNION ALL
SELECT false, NULL, NULL, start, start + width, 0, 0, 0, 0
FROM steps
ORDER BY placed, start, account, region
