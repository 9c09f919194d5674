-- title:  With which programs
-- why:    browsers, command lines, SDKs and attackers' tools, by what they call
--         themselves
-- group:  Questions
-- chart:  bars
-- column: userAgent, events, writes, errors, actors, lastEventTime
SELECT
    coalesce(/* agent */ userAgent, '(none)') AS userAgent,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT actor) AS actors,
    max(eventTime) AS lastEventTime
FROM events
WHERE /* filters */ true
GROUP BY 1
ORDER BY events DESC, 1;
