-- title:  From where
-- why:    every address or service that calls came from, and how many acted there
-- group:  Questions
-- column: sourceIPAddress, events, writes, errors, actors, lastEventTime
WITH matching AS (
    SELECT * FROM events
    WHERE /* filters */ true
)
SELECT
    sourceIPAddress,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT actor) AS actors,
    max(eventTime) AS lastEventTime
FROM matching
GROUP BY sourceIPAddress
ORDER BY events DESC, sourceIPAddress;
