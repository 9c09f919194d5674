-- title:  At which hours who is active
-- why:    each actor's hours of a day, from midnight, and days of a week, from Monday, darker
--         where there is more; offHours are nights, from 19:00 to 07:00, and weekends, of the
--         time zone --tz (UTC)
-- group:  Questions
-- chart:  bars
-- column: actor, type, hours, days, events, offHours, offHoursPercent, firstEventTime,
--         lastEventTime
WITH matching AS (
    -- Zones differ from each other by quarters of an hour, and there are few of these.
    SELECT
        coalesce(actor, '(unknown)') AS actor,
        coalesce(userIdentity.type, '(none)') AS type,
        time_bucket(INTERVAL 15 MINUTE, eventTime) AS quarter,
        count(*) AS events,
        min(eventTime) AS first,
        max(eventTime) AS last
    FROM events
    WHERE /* filters */ true
        AND eventTime IS NOT NULL
    GROUP BY 1, 2, 3
),
quarters AS MATERIALIZED (
    SELECT quarter, timezone(/* zone */ 'UTC', quarter AT TIME ZONE 'UTC') AS local
    FROM (SELECT DISTINCT quarter FROM matching)
),
counted AS (
    SELECT
        actor,
        type,
        hour(local) AS ofDay,
        isodow(local) AS ofWeek,
        sum(events) AS events,
        min(first) AS first,
        max(last) AS last
    FROM matching
    JOIN quarters USING (quarter)
    GROUP BY 1, 2, 3, 4
),
hours AS (
    SELECT actor, type, ofDay, sum(events) AS events
    FROM counted
    GROUP BY 1, 2, 3
),
days AS (
    SELECT actor, type, ofWeek, sum(events) AS events
    FROM counted
    GROUP BY 1, 2, 3
),
hourCharts AS (
    SELECT actor, type, map(list(ofDay), list(events)) AS counts, max(events) AS most
    FROM hours
    GROUP BY 1, 2
),
dayCharts AS (
    SELECT actor, type, map(list(ofWeek), list(events)) AS counts, max(events) AS most
    FROM days
    GROUP BY 1, 2
),
totals AS (
    SELECT
        actor,
        type,
        sum(events)::BIGINT AS events,
        coalesce(sum(events) FILTER (WHERE ofWeek > 5 OR ofDay < 7 OR ofDay >= 19), 0)::BIGINT AS offHours,
        min(first) AS firstEventTime,
        max(last) AS lastEventTime
    FROM counted
    GROUP BY 1, 2
)
SELECT
    totals.actor,
    totals.type,
    -- Rounded up, so that a single event can be seen beside thousands.
    array_to_string(list_transform(range(24), lambda h: coalesce(
        '▁▂▃▄▅▆▇█'[ceil(8.0 * hourCharts.counts[h] / hourCharts.most)::BIGINT], '·'
    )), '') AS hours,
    array_to_string(list_transform(range(1, 8), lambda d: coalesce(
        '▁▂▃▄▅▆▇█'[ceil(8.0 * dayCharts.counts[d] / dayCharts.most)::BIGINT], '·'
    )), '') AS days,
    totals.events,
    totals.offHours,
    round(100.0 * totals.offHours / totals.events, 1) AS offHoursPercent,
    firstEventTime,
    lastEventTime
FROM totals
JOIN hourCharts USING (actor, type)
JOIN dayCharts USING (actor, type)
ORDER BY totals.type = 'AWSService', totals.events DESC, totals.actor, totals.type;
