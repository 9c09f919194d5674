-- title:  What the archive covers, and where it is silent
-- group:  Completeness
-- chart:  heat
-- why:    of each account and region, within the period asked for, or else that of all
--         events: the hours with events, and the log files that have these; what is absent,
--         an hour or more before the first event or digest of there, or behind the last; its
--         five longest silences of an hour or more in between; with either the damaged log
--         files of that time; and from when to when a trail was off, with the events that the
--         account's other trails had of that time; provenHours: of those hours, how many
--         signed digests prove (trailbox verify), which prove silence too; exit code 3 says
--         that some of the period asked for is absent
-- column: account, region, state, since, until, hours, events, files, provenHours
WITH matching AS (
    SELECT
        /* account */ recipientAccountId AS account,
        awsRegion AS region,
        date_trunc('minute', eventTime) AS minute,
        file,
        min(eventTime) AS first,
        max(eventTime) AS last,
        count(*) AS events,
        list(position) FILTER ((file, position) IN (SELECT (firstFile, firstPosition) FROM repeats)) AS repeated
    FROM events
    WHERE /* filters */ true
    GROUP BY ALL
),
-- The period. A side that nobody asked for ends with the events.
span AS (
    SELECT
        coalesce(/* since */ NULL::TIMESTAMP, min(first)) AS first,
        coalesce(/* until */ NULL::TIMESTAMP, max(last)) AS last
    FROM matching
),
covered AS (
    SELECT
        account,
        region,
        min(first) AS first,
        max(last) AS last,
        count(DISTINCT date_trunc('hour', minute))::DOUBLE AS hours,
        sum(events)::BIGINT AS events
    FROM matching
    GROUP BY account, region
),
-- The log files that have an event, be it not the first to have it.
holding AS (
    SELECT account, region, count(*) AS files
    FROM (
        SELECT account, region, file FROM matching
        UNION
        SELECT again.account, again.region, repeats.file
        FROM (SELECT account, region, file, unnest(repeated) AS position FROM matching) AS again
        JOIN repeats ON repeats.firstFile = again.file AND repeats.firstPosition = again.position
    )
    WHERE file IN (SELECT file FROM files WHERE superseded IS NULL)
    GROUP BY account, region
),
-- From when to when the archive knows anything of an account and Region, at whatever time:
-- events, or digests, which say that there were none.
known AS (
    SELECT
        /* account */ recipientAccountId AS account,
        awsRegion AS region,
        min(eventTime) AS first,
        max(eventTime) AS last
    FROM events
    WHERE /* places */ true
    GROUP BY account, region
),
digested AS (
    SELECT account, region, min(since) AS first, max(until) AS last
    FROM digested_times(false)
    GROUP BY account, region
),
-- Those with events, of a period asked for all that there are, and those that were asked
-- for by their names, be they there or not.
places AS (
    SELECT
        known.account,
        known.region,
        least(known.first, digested.first) AS first,
        greatest(known.last, digested.last) AS last
    FROM known
    LEFT JOIN covered
        ON covered.account IS NOT DISTINCT FROM known.account AND covered.region IS NOT DISTINCT FROM known.region
    LEFT JOIN digested ON digested.account = known.account AND digested.region = known.region
    WHERE covered.events > 0 OR /* period */ false
    UNION ALL
    SELECT asked.account, asked.region, digested.first, digested.last
    FROM (
        SELECT accounts.account, regions.region
        FROM (SELECT DISTINCT unnest(coalesce(/* accounts */ NULL::VARCHAR[], [NULL])) AS account) AS accounts
        CROSS JOIN (SELECT DISTINCT unnest(coalesce(/* regions */ NULL::VARCHAR[], [NULL])) AS region) AS regions
    ) AS asked
    LEFT JOIN digested ON digested.account = asked.account AND digested.region = asked.region
    WHERE (asked.account IS NOT NULL OR asked.region IS NOT NULL)
        AND NOT EXISTS (
            SELECT 1
            FROM known
            WHERE coalesce(known.account = asked.account, asked.account IS NULL)
                AND coalesce(known.region = asked.region, asked.region IS NULL)
        )
),
absences AS (
    SELECT account, region, span.first AS since, least(coalesce(places.first, span.last), span.last) AS until
    FROM places, span
    UNION ALL
    SELECT account, region, greatest(places.last, span.first), span.last
    FROM places, span
    WHERE places.last IS NOT NULL
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
    SELECT account, region, least(places.last, span.last), span.last
    FROM places, span
    WHERE places.last IS NOT NULL
),
silences AS (
    SELECT
        hourly.account,
        hourly.region,
        coalesce(
            lag(hourly.last) OVER (PARTITION BY hourly.account, hourly.region ORDER BY hourly.first, hourly.last),
            greatest(places.first, span.first)
        ) AS since,
        hourly.first AS until
    FROM hourly
    JOIN places
        ON places.account IS NOT DISTINCT FROM hourly.account AND places.region IS NOT DISTINCT FROM hourly.region,
    span
),
gaps AS (
    SELECT 2 AS part, 'absent' AS state, *
    FROM absences
    WHERE until - since >= INTERVAL 1 HOUR
    UNION ALL
    SELECT 3, 'silence', *
    FROM (
        SELECT *
        FROM silences
        WHERE until - since >= INTERVAL 1 HOUR
        QUALIFY row_number() OVER (PARTITION BY account, region ORDER BY until - since DESC, since) <= 5
    )
),
switches AS (
    FROM (/* logging switches */ '')
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
        AND account IN (SELECT account FROM places)
        AND switches.since <= span.last
        AND coalesce(switches.until, span.last) >= span.first
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
        covered.first AS since,
        covered.last AS until,
        hours,
        events,
        coalesce(holding.files, 0) AS files
    FROM covered
    LEFT JOIN holding
        ON holding.account IS NOT DISTINCT FROM covered.account AND holding.region IS NOT DISTINCT FROM covered.region
    UNION ALL
    SELECT
        part,
        gaps.account,
        gaps.region,
        gaps.state,
        since,
        until,
        datediff('minute', since, until) / 60,
        0,
        count(files.file)
    FROM gaps
    LEFT JOIN files
        -- Of what the name of a file does not tell, anything may have been in it.
        ON coalesce(files.account = gaps.account, true)
        AND coalesce(files.region = gaps.region, true)
        AND files.status IN ('archived', 'corrupt', 'failed', 'partial')
        AND files.superseded IS NULL
        -- A file is delivered some minutes after its events.
        AND coalesce(files.delivered BETWEEN gaps.since AND gaps.until + INTERVAL 15 MINUTE, true)
    GROUP BY part, gaps.account, gaps.region, gaps.state, since, until
    UNION ALL
    SELECT
        4,
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
