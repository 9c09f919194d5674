-- title:  What is in the store
-- why:    the first look: which accounts, regions and times, how much of it changed
--         something, how much failed
-- group:  Questions
-- column: fact, value, events, percent
WITH matching AS (
    SELECT * FROM events
    WHERE /* filters */ true
),
total AS (
    SELECT count(*) AS events FROM matching
),
span AS (
    SELECT min(eventTime) AS first, max(eventTime) AS last FROM matching
),
-- Each fact is a few lines: a rank for the order, a value, a count.
facts AS (
    SELECT 1 AS part, 'first event' AS fact, replace(first::VARCHAR, ' ', 'T') || 'Z' AS value, NULL AS events FROM span
    UNION ALL
    SELECT 2, 'last event', replace(last::VARCHAR, ' ', 'T') || 'Z', NULL FROM span
    UNION ALL
    SELECT 3, 'events', 'all', count(*) FROM matching
    UNION ALL
    SELECT 4, 'events', 'read-only', count(*) FROM matching WHERE readOnly
    UNION ALL
    SELECT 5, 'events', 'failed', count(*) FROM matching WHERE errored
    UNION ALL
    SELECT 6, 'account', coalesce(recipientAccountId, userIdentity.accountId, '(none)'), count(*) FROM matching GROUP BY ALL
    UNION ALL
    SELECT 7, 'region', coalesce(awsRegion, '(none)'), count(*) FROM matching GROUP BY ALL
    UNION ALL
    SELECT 8, 'category', coalesce(eventCategory, '(none)'), count(*) FROM matching GROUP BY ALL
    UNION ALL
    SELECT 9, 'service', coalesce(eventSource, '(none)'), count(*) FROM matching GROUP BY ALL
),
ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY part ORDER BY events DESC, value) AS place
    FROM facts
),
-- The ten largest of each; the rest in one line, so that the counts add up.
shown AS (
    SELECT part, place, fact, value, events FROM ranked WHERE place <= 10
    UNION ALL
    SELECT part, 11, fact, '(' || count(*) || ' more)', sum(events)::BIGINT
    FROM ranked WHERE place > 10
    GROUP BY part, fact
)
SELECT
    fact,
    value,
    shown.events,
    round(100.0 * shown.events / nullif(total.events, 0), 1) AS percent
FROM shown, total
WHERE value IS NOT NULL
ORDER BY part, place;
