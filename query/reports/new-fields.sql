-- title:  New members and versions of records
-- group:  Completeness
-- why:    members that trailbox has no column for (they are in events.unknown), and versions,
--         types and categories of events, each by when it was first seen
-- column: what, name, events, firstEventTime, lastEventTime, services
WITH matching AS (
    SELECT
        unknown,
        eventVersion,
        eventType,
        eventCategory,
        eventSource,
        min(eventTime) AS first,
        max(eventTime) AS last,
        count(*) AS events
    FROM events
    WHERE /* filters */ true
    GROUP BY unknown, eventVersion, eventType, eventCategory, eventSource
),
traits AS (
    SELECT 'member' AS what, unnest(json_keys(try_cast(unknown AS JSON))) AS name, eventSource, first, last, events FROM matching
    UNION ALL
    SELECT 'eventVersion', eventVersion, eventSource, first, last, events FROM matching
    UNION ALL
    SELECT 'eventType', eventType, eventSource, first, last, events FROM matching
    UNION ALL
    SELECT 'eventCategory', eventCategory, eventSource, first, last, events FROM matching
)
SELECT
    what,
    coalesce(name, '(none)') AS name,
    sum(events)::BIGINT AS events,
    min(first) AS firstEventTime,
    max(last) AS lastEventTime,
    -- Their number, or which one it is.
    CASE
        WHEN count(DISTINCT eventSource) > 1 THEN count(DISTINCT eventSource)::VARCHAR
        ELSE min(eventSource)
    END AS services
FROM traits
GROUP BY what, name
ORDER BY what = 'member' DESC, what, firstEventTime, name;
