-- What the events of a history are, as numbers. Kinds are counted by themselves: to tell pairs
-- apart within an aggregate takes four times as long as all else.
SELECT
    count(*) AS events,
    (
        SELECT count(*)
        FROM (SELECT DISTINCT eventSource, eventName FROM events WHERE /* filters */ true)
    ) AS kinds,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT sourceIPAddress) AS addresses,
    count(DISTINCT userIdentity.accessKeyId) AS keys,
    count(*) FILTER (WHERE eventTime IS NULL) AS timeless
FROM events
WHERE /* filters */ true;
