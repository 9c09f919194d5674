-- Each day of a period by account and Region, and of each account in all of its Regions
-- together, whatever day it had its first event on. A day without an event is proven where
-- signed digests cover all of it: they list no log file then.
WITH span AS (
    SELECT $from::TIMESTAMP AS since, $until::TIMESTAMP AS until
),
-- One way through the events: days are sums of these.
hourly AS MATERIALIZED (
    SELECT
        /* account */ recipientAccountId AS account,
        awsRegion AS region,
        date_trunc('hour', eventTime) AS hour,
        count(*) AS events
    FROM events
    WHERE /* filters */ true
    GROUP BY ALL
),
counted AS (
    SELECT account, region, hour::DATE AS day, sum(events)::BIGINT AS events, count(*) AS hours
    FROM hourly
    GROUP BY ALL
),
-- Those that are to be in scope, and those that the store knows, at whatever time.
expected AS (
    SELECT accounts.account, regions.region
    FROM (SELECT unnest($accounts::VARCHAR[]) AS account) AS accounts
    CROSS JOIN (SELECT unnest($regions::VARCHAR[]) AS region) AS regions
),
places AS (
    SELECT account, region, bool_or(expected) AS expected
    FROM (
        SELECT account, region, true AS expected FROM expected
        UNION ALL
        SELECT DISTINCT /* account */ recipientAccountId, awsRegion, false
        FROM events
        WHERE /* places */ true
        UNION ALL
        -- An account of which there is nothing at all.
        SELECT account, NULL, false
        FROM (SELECT unnest($accounts::VARCHAR[]) AS account)
        WHERE len($regions::VARCHAR[]) = 0
    )
    WHERE account IS NOT NULL
    GROUP BY account, region
),
days AS (
    SELECT
        day::DATE AS day,
        greatest(day, since) AS since,
        least(day + INTERVAL 1 DAY, until) AS until
    FROM (
        SELECT unnest(generate_series(date_trunc('day', since), until - INTERVAL 1 MICROSECOND, INTERVAL 1 DAY)) AS day, since, until
        FROM span
    )
),
proven AS (
    SELECT
        places.account,
        places.region,
        days.day,
        sum(datediff('second', greatest(days.since, times.since), least(days.until, times.until))) AS seconds
    FROM places
    JOIN digested_times(true) AS times ON times.account = places.account AND times.region = places.region
    JOIN days ON times.since < days.until AND times.until > days.since
    GROUP BY ALL
),
regional AS (
    SELECT
        places.account,
        places.region,
        places.expected,
        days.day,
        datediff('second', days.since, days.until) AS seconds,
        coalesce(counted.events, 0) AS events,
        coalesce(counted.hours, 0) AS hours,
        coalesce(proven.seconds, 0) AS provenSeconds
    FROM places
    CROSS JOIN days
    LEFT JOIN counted
        ON counted.account = places.account AND counted.region IS NOT DISTINCT FROM places.region AND counted.day = days.day
    LEFT JOIN proven
        ON proven.account = places.account AND proven.region = places.region AND proven.day = days.day
),
everywhere AS (
    SELECT account, hour::DATE AS day, count(DISTINCT hour) AS hours
    FROM hourly
    GROUP BY ALL
),
lines AS (
    SELECT account, 2 AS part, coalesce(region, '(none)') AS region, expected, day, seconds, events, hours, provenSeconds
    FROM regional
    WHERE region IS NOT NULL OR events > 0
    UNION ALL
    SELECT
        regional.account,
        1,
        '(all)',
        true,
        regional.day,
        any_value(seconds),
        sum(events)::BIGINT,
        coalesce(any_value(everywhere.hours), 0),
        min(provenSeconds)
    FROM regional
    LEFT JOIN everywhere USING (account, day)
    GROUP BY regional.account, regional.day
)
SELECT
    account,
    region,
    day,
    events,
    hours AS hoursWithEvents,
    round(provenSeconds / 3600, 1) AS provenHours,
    CASE
        WHEN events > 0 THEN 'events'
        WHEN provenSeconds >= seconds THEN 'silent, proven'
        WHEN expected THEN 'hole'
        ELSE 'silent'
    END AS state
FROM lines
ORDER BY account, part, region, day
