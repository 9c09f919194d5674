-- title:  What failed
-- group:  Attention
-- why:    every error by its code and call, who had it and how often; of several
--         messages the first by the alphabet
-- chart:  bars
-- column: error, eventName, actor, events, lastEventTime, eventSource, errorMessage
SELECT
    /* error */ errorCode AS error,
    eventName,
    actor,
    count(*) AS events,
    max(eventTime) AS lastEventTime,
    eventSource,
    min(errorMessage) AS errorMessage
FROM events
WHERE /* filters */ true
    AND errored
GROUP BY error, eventName, actor, eventSource
ORDER BY events DESC, error, eventName, eventSource, actor;
