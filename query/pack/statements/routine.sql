-- Calls that machines make all the time to keep themselves running, so that nobody approves or
-- reviews each of them: counted here by call, and listed in no population of changes.
SELECT
    eventSource,
    eventName,
    count(*) AS events,
    count(DISTINCT actor) AS actors,
    count(*) FILTER (WHERE errored) AS refusedOrFailed,
    min(eventTime) AS first,
    max(eventTime) AS last
FROM events
WHERE /* filters */ true
    AND /* routine */ true
GROUP BY ALL
ORDER BY events DESC, eventSource, eventName
