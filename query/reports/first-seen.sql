-- title:  Seen for the first time
-- group:  Attention
-- why:    new principals, and calls, addresses and regions new for theirs; with --since
--         those of the period that nothing in the store before it had, whatever the other
--         filters leave out
-- column: firstEventTime, actor, new, value, events, eventSource
WITH everything AS (
    SELECT
        actor,
        eventSource,
        eventName,
        sourceIPAddress,
        awsRegion,
        min(eventTime) AS first,
        count(*) FILTER (WHERE asked) AS events,
        min(eventTime) FILTER (WHERE asked) AS firstAsked
    FROM (
        SELECT *, coalesce((
                /* filters */ true
            ), false) AS asked
        FROM events
    )
    GROUP BY actor, eventSource, eventName, sourceIPAddress, awsRegion
),
matching AS (
    SELECT * EXCLUDE (first, firstAsked), firstAsked AS first
    FROM everything
    WHERE events > 0
),
traits AS (
    SELECT actor, 'principal' AS new, actor AS value, NULL AS eventSource, first, events FROM matching
    UNION ALL
    SELECT actor, 'call', eventName, eventSource, first, events FROM matching
    UNION ALL
    SELECT actor, 'address', sourceIPAddress, NULL, first, events FROM matching
    UNION ALL
    SELECT actor, 'region', awsRegion, NULL, first, events FROM matching
),
traitsOfAll AS (
    SELECT actor, 'principal' AS new, actor AS value, NULL AS eventSource, first FROM everything
    UNION ALL
    SELECT actor, 'call', eventName, eventSource, first FROM everything
    UNION ALL
    SELECT actor, 'address', sourceIPAddress, NULL, first FROM everything
    UNION ALL
    SELECT actor, 'region', awsRegion, NULL, first FROM everything
),
firsts AS (
    SELECT
        actor,
        new,
        value,
        eventSource,
        min(first) AS firstEventTime
    FROM traitsOfAll
    GROUP BY actor, new, value, eventSource
),
found AS (
    SELECT
        actor,
        new,
        value,
        eventSource,
        min(first) AS firstEventTime,
        sum(events)::BIGINT AS events
    FROM traits
    WHERE actor IS NOT NULL AND value IS NOT NULL
    GROUP BY actor, new, value, eventSource
)
SELECT
    found.firstEventTime,
    found.actor,
    found.new,
    found.value,
    found.events,
    found.eventSource
FROM found
JOIN firsts
    ON firsts.actor = found.actor
    AND firsts.new = found.new
    AND firsts.value = found.value
    AND firsts.eventSource IS NOT DISTINCT FROM found.eventSource
    AND firsts.firstEventTime = found.firstEventTime
ORDER BY found.firstEventTime, found.actor, found.new = 'principal' DESC, found.new, found.value, found.eventSource;
