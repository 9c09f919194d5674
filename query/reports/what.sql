-- title:  What was done
-- why:    every kind of call, with how often it failed and by how many it was made
-- group:  Questions
-- chart:  bars
-- column: eventSource, eventName, events, writes, errors, actors
SELECT
    eventSource,
    eventName,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT actor) AS actors
FROM events
WHERE /* filters */ true
GROUP BY eventSource, eventName
ORDER BY events DESC, eventSource, eventName;
