-- title:  From where
-- why:    every address or service that calls came from, how many acted there, and who: those
--         of most events
-- group:  Questions
-- chart:  bars
-- column: sourceIPAddress, events, writes, errors, actors, names, lastEventTime
WITH matching AS (
    SELECT
        sourceIPAddress,
        actor,
        count(*) AS events,
        count(*) FILTER (WHERE readOnly = false) AS writes,
        count(*) FILTER (WHERE errored) AS errors,
        max(eventTime) AS lastEventTime
    FROM events
    WHERE /* filters */ true
    GROUP BY sourceIPAddress, actor
)
SELECT
    sourceIPAddress,
    sum(events)::BIGINT AS events,
    sum(writes)::BIGINT AS writes,
    sum(errors)::BIGINT AS errors,
    count(actor) AS actors,
    array_to_string(list(actor ORDER BY events DESC, actor) FILTER (WHERE actor IS NOT NULL)[:5], ', ')
    || CASE WHEN count(actor) > 5 THEN ' (' || count(actor) - 5 || ' more)' ELSE '' END AS names,
    max(lastEventTime) AS lastEventTime
FROM matching
GROUP BY sourceIPAddress
ORDER BY events DESC, sourceIPAddress;
