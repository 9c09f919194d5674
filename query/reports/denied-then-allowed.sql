-- title:  Denied first, allowed later
-- group:  Attention
-- why:    the moment when a principal may do what it was denied before; what had never
--         worked until then comes first: somebody gave the right, or took it
-- column: actor, eventName, denied, lastDenied, firstAllowed, allowedBefore, eventSource
WITH matching AS (
    SELECT
        actor,
        eventSource,
        eventName,
        eventTime,
        /* denied */ false AS denied,
        NOT errored OR errorCode = 'Client.DryRunOperation' AS allowed
    FROM events
    WHERE /* filters */ true
),
denials AS (
    SELECT
        actor,
        eventSource,
        eventName,
        min(eventTime) AS firstDenied
    FROM matching
    WHERE denied
    GROUP BY actor, eventSource, eventName
),
turns AS (
    SELECT
        actor,
        eventSource,
        eventName,
        min(eventTime) FILTER (WHERE allowed AND eventTime > firstDenied) AS firstAllowed,
        count(*) FILTER (WHERE allowed AND eventTime < firstDenied) AS allowedBefore
    FROM matching
    JOIN denials USING (actor, eventSource, eventName)
    GROUP BY actor, eventSource, eventName
)
SELECT
    actor,
    eventName,
    count(*) AS denied,
    max(eventTime) AS lastDenied,
    firstAllowed,
    allowedBefore,
    eventSource
FROM matching
JOIN turns USING (actor, eventSource, eventName)
WHERE denied AND eventTime < firstAllowed
GROUP BY actor, eventSource, eventName, firstAllowed, allowedBefore
ORDER BY allowedBefore > 0, firstAllowed, actor, eventSource, eventName;
