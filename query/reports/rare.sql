-- title:  Calls made once or twice
-- group:  Attention
-- chart:  bars
-- why:    what a principal hardly ever does, those first who do much else; callers is how
--         many principals make that call at all
-- column: actor, eventName, events, ofActor, callers, lastEventTime, eventSource
WITH matching AS (
    SELECT
        actor,
        eventSource,
        eventName,
        count(*) AS events,
        max(eventTime) AS lastEventTime
    FROM events
    WHERE /* filters */ true
    GROUP BY actor, eventSource, eventName
),
counted AS (
    SELECT
        *,
        (sum(events) OVER (PARTITION BY actor))::BIGINT AS ofActor,
        count(*) OVER (PARTITION BY eventSource, eventName) AS callers
    FROM matching
)
SELECT
    actor,
    eventName,
    events,
    ofActor,
    callers,
    lastEventTime,
    eventSource
FROM counted
WHERE events <= 2
ORDER BY ofActor DESC, actor, callers, events, eventSource, eventName;
