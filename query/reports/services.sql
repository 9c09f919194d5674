-- title:  With which services
-- why:    what was used, with how many kinds of calls, by how many
-- group:  Questions
-- chart:  bars
-- column: eventSource, calls, events, writes, errors, actors, lastEventTime
SELECT
    coalesce(eventSource, '(none)') AS eventSource,
    count(DISTINCT eventName) AS calls,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT actor) AS actors,
    max(eventTime) AS lastEventTime
FROM events
WHERE /* filters */ true
GROUP BY 1
ORDER BY events DESC, 1;
