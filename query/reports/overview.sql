-- title:  What is in the store
-- why:    the first look: which accounts, regions and times, how much of it changed
--         something, how much failed
-- group:  Questions
-- column: fact, value, events, percent
WITH counted AS (
    -- One way through the events: all facts are sums of these.
    SELECT
        coalesce(/* account */ recipientAccountId, '(none)') AS account,
        coalesce(awsRegion, '(none)') AS region,
        coalesce(eventCategory, '(none)') AS category,
        coalesce(eventSource, '(none)') AS service,
        count(*) AS events,
        count(*) FILTER (WHERE readOnly) AS reads,
        count(*) FILTER (WHERE errored) AS failures,
        min(eventTime) AS first,
        max(eventTime) AS last
    FROM events
    WHERE /* filters */ true
    GROUP BY 1, 2, 3, 4
),
total AS (
    SELECT
        coalesce(sum(events), 0)::BIGINT AS events,
        coalesce(sum(reads), 0)::BIGINT AS reads,
        coalesce(sum(failures), 0)::BIGINT AS failures,
        min(first) AS first,
        max(last) AS last
    FROM counted
),
-- Each fact is a few lines: a rank for the order, a value, a count.
facts AS (
    SELECT 1 AS part, 'first event' AS fact, replace(first::VARCHAR, ' ', 'T') || 'Z' AS value, NULL AS events FROM total
    UNION ALL
    SELECT 2, 'last event', replace(last::VARCHAR, ' ', 'T') || 'Z', NULL FROM total
    UNION ALL
    SELECT 3, 'events', 'all', events FROM total
    UNION ALL
    SELECT 4, 'events', 'read-only', reads FROM total
    UNION ALL
    SELECT 5, 'events', 'failed', failures FROM total
    UNION ALL
    SELECT 6, 'account', account, sum(events)::BIGINT FROM counted GROUP BY account
    UNION ALL
    SELECT 7, 'region', region, sum(events)::BIGINT FROM counted GROUP BY region
    UNION ALL
    SELECT 8, 'category', category, sum(events)::BIGINT FROM counted GROUP BY category
    UNION ALL
    SELECT 9, 'service', service, sum(events)::BIGINT FROM counted GROUP BY service
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
