-- title:  Who did what
-- why:    of each actor every kind of call, what the report what has of all together: how often
--         it failed, on how many objects, in S3 or others, how many bytes S3 sent, and from
--         when to when
-- group:  Questions
-- chart:  bars
-- column: actor, eventName, events, writes, errors, objects, bytesOut, firstEventTime,
--         lastEventTime, eventSource
SELECT
    actor,
    eventName,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT /* object */ NULL) AS objects,
    try_cast(sum(/* bytes out */ NULL) AS BIGINT) AS bytesOut,
    min(eventTime) AS firstEventTime,
    max(eventTime) AS lastEventTime,
    eventSource
FROM events
WHERE /* filters */ true
GROUP BY actor, eventName, eventSource
ORDER BY events DESC, actor, eventName, eventSource;
