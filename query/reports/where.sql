-- title:  From where
-- why:    every address or service that calls came from, and how many acted there
-- group:  Questions
-- column: sourceIPAddress, events, writes, errors, actors, lastEventTime
SELECT
    sourceIPAddress,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT actor) AS actors,
    max(eventTime) AS lastEventTime
FROM events
WHERE /* filters */ true
GROUP BY sourceIPAddress
ORDER BY events DESC, sourceIPAddress;
