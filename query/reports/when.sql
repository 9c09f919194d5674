-- title:  When it happened
-- why:    activity over time, in steps that fit the period, silence included
-- group:  Questions
-- chart:  time
-- column: start, events, writes, errors, chart
WITH matching AS (
    SELECT * FROM events
    WHERE /* filters */ true
),
-- The step is the shortest that needs at most some 60 lines, or 120 months.
step AS (
    SELECT
        min(eventTime) AS first,
        max(eventTime) AS last,
        CASE
            WHEN last - first <= INTERVAL 1 HOUR THEN INTERVAL 1 MINUTE
            WHEN last - first <= INTERVAL 5 HOUR THEN INTERVAL 5 MINUTE
            WHEN last - first <= INTERVAL 60 HOUR THEN INTERVAL 1 HOUR
            WHEN last - first <= INTERVAL 60 DAY THEN INTERVAL 1 DAY
            WHEN last - first <= INTERVAL 420 DAY THEN INTERVAL 7 DAY
            WHEN last - first <= INTERVAL 3653 DAY THEN INTERVAL 1 MONTH
            WHEN last - first <= INTERVAL 36525 DAY THEN INTERVAL 1 YEAR
            ELSE INTERVAL 100 YEAR -- an eventTime is foreign text too
        END AS width
    FROM matching
),
counted AS (
    SELECT
        time_bucket(width, eventTime) AS start,
        count(*) AS events,
        count(*) FILTER (WHERE readOnly = false) AS writes,
        count(*) FILTER (WHERE errored) AS errors
    FROM matching, step
    GROUP BY 1
),
steps AS (
    SELECT unnest(generate_series(time_bucket(width, first), last, width)) AS start
    FROM step
)
SELECT
    steps.start,
    coalesce(events, 0) AS events,
    coalesce(writes, 0) AS writes,
    coalesce(errors, 0) AS errors,
    -- Rounded up, so that a single event can be seen beside thousands.
    repeat('█', ceil(30.0 * coalesce(events, 0) / max(events) OVER ())::BIGINT) AS chart
FROM steps
LEFT JOIN counted ON counted.start = steps.start
ORDER BY steps.start;
