-- What the events of a history are, as numbers.
SELECT
    count(*) AS events,
    count(DISTINCT row(eventSource, eventName)) AS kinds,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT sourceIPAddress) AS addresses,
    count(DISTINCT userIdentity.accessKeyId) AS keys,
    count(*) FILTER (WHERE eventTime IS NULL) AS timeless
FROM events
WHERE /* filters */ true;
