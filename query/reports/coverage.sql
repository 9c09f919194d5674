-- title:  What the archive covers, and where it is silent
-- group:  Completeness
-- why:    of each account and region the hours with events; its five longest silences of
--         an hour or more, with the damaged log files of that time; and from when to when
--         a trail was off, with the events that the account's other trails had of that time;
--         provenHours: of those hours, how many signed digests prove (trailbox verify), which
--         prove silence too
-- column: account, region, state, since, until, hours, events, files, provenHours
WITH matching AS (
    SELECT
        /* account */ recipientAccountId AS account,
        awsRegion AS region,
        date_trunc('minute', eventTime) AS minute,
        min(eventTime) AS first,
        max(eventTime) AS last,
        count(*) AS events
    FROM events
    WHERE /* filters */ true
    GROUP BY account, region, minute
),
-- The first and last of all: a region that begins later was silent before.
span AS (
    SELECT min(first) AS first, max(last) AS last FROM matching
),
-- Between two hours with events there is the silence from the one's last to the
-- other's first.
hourly AS (
    SELECT
        account,
        region,
        min(first) AS first,
        max(last) AS last
    FROM matching
    WHERE minute IS NOT NULL
    GROUP BY account, region, date_trunc('hour', minute)
    UNION ALL
    SELECT DISTINCT account, region, span.last, span.last
    FROM matching, span
),
silences AS (
    SELECT
        account,
        region,
        coalesce(lag(hourly.last) OVER (PARTITION BY account, region ORDER BY hourly.first, hourly.last), span.first) AS since,
        hourly.first AS until
    FROM hourly, span
),
longest AS (
    SELECT *
    FROM silences
    WHERE until - since >= INTERVAL 1 HOUR
    QUALIFY row_number() OVER (PARTITION BY account, region ORDER BY until - since DESC, since) <= 5
),
-- Who stops a trail or deletes it leaves it off until somebody starts one of that name.
switches AS (
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
        AND eventName IN ('CreateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging')
        AND NOT errored
),
stops AS (
    SELECT
        switches.account,
        switches.region,
        switches.trail,
        switches.since,
        coalesce(switches.until, span.last) AS until
    FROM switches, span
    WHERE off
        AND account IN (SELECT account FROM matching)
        AND switches.since <= span.last
        AND coalesce(switches.until, span.last) >= span.first
),
covered AS (
    SELECT
        account,
        region,
        min(first) AS since,
        max(last) AS until,
        count(DISTINCT date_trunc('hour', minute))::DOUBLE AS hours,
        sum(events)::BIGINT AS events
    FROM matching
    GROUP BY account, region
),
proven AS (
    FROM digested_times(true)
),
lines AS (
    SELECT
        1 AS part,
        covered.account,
        covered.region,
        'covered' AS state,
        since,
        until,
        hours,
        events,
        count(files.file) AS files
    FROM covered
    LEFT JOIN files
        ON files.account = covered.account
        AND files.region = covered.region
        AND files.firstEventTime <= covered.until
        AND files.lastEventTime >= covered.since
        AND files.superseded IS NULL
    GROUP BY covered.account, covered.region, since, until, hours, events
    UNION ALL
    SELECT
        2,
        longest.account,
        longest.region,
        'silence',
        since,
        until,
        datediff('minute', since, until) / 60,
        0,
        count(files.file)
    FROM longest
    LEFT JOIN files
        ON files.account = longest.account
        AND files.region = longest.region
        AND files.status IN ('corrupt', 'failed', 'partial')
        AND files.superseded IS NULL
        -- A file is delivered some minutes after its events.
        AND files.delivered BETWEEN longest.since AND longest.until + INTERVAL 15 MINUTE
    GROUP BY longest.account, longest.region, since, until
    UNION ALL
    SELECT
        3,
        stops.account,
        stops.region,
        'off: ' || coalesce(trail, '(unknown)'),
        stops.since,
        stops.until,
        datediff('minute', stops.since, stops.until) / 60,
        coalesce(sum(matching.events), 0)::BIGINT,
        NULL
    FROM stops
    LEFT JOIN matching -- by the minute
        ON matching.account = stops.account
        AND matching.first > stops.since
        AND matching.last < stops.until
    GROUP BY stops.account, stops.region, trail, stops.since, stops.until
),
-- An hour's digest is of what was delivered in it, some minutes after the events.
measured AS (
    SELECT
        lines.*,
        coalesce(sum(datediff('minute', greatest(lines.since, proven.since), least(lines.until, proven.until)))
            FILTER (WHERE proven.account IS NOT NULL), 0) / 60 AS provenHours
    FROM lines
    LEFT JOIN proven
        ON proven.account = lines.account
        AND proven.region = lines.region
        AND proven.since < lines.until
        AND proven.until > lines.since
    GROUP BY ALL
)
SELECT
    account,
    region,
    state,
    since,
    until,
    round(hours, 1) AS hours,
    events,
    files,
    CASE WHEN (SELECT count(*) FROM verifications) > 0 THEN least(round(hours, 1), round(provenHours, 1)) END AS provenHours
FROM measured
ORDER BY account, region, part, since, state, until, events;
