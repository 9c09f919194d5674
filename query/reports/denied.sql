-- title:  Who was denied what
-- group:  Attention
-- chart:  bars
-- why:    calls that were not authorized: strict are the error codes of AWS's own alarm
--         (*UnauthorizedOperation, AccessDenied*), wide those of other services as well;
--         services come last, most of what they are denied is noise; objects are what they
--         were denied on, objects in S3 or others
-- column: actor, type, eventName, events, objects, test, firstEventTime, lastEventTime,
--         eventSource
SELECT
    actor,
    coalesce(userIdentity.type, '(none)') AS type,
    eventName,
    count(*) AS events,
    count(DISTINCT coalesce(/* object */ NULL, /* refused */ NULL)) AS objects,
    CASE
        WHEN errorCode LIKE '%UnauthorizedOperation' OR errorCode LIKE 'AccessDenied%' THEN 'strict'
        ELSE 'wide'
    END AS test,
    min(eventTime) AS firstEventTime,
    max(eventTime) AS lastEventTime,
    eventSource
FROM events
WHERE /* filters */ true
    AND /* denied */ false
GROUP BY actor, type, eventName, test, eventSource
ORDER BY type = 'AWSService', events DESC, actor, type, eventName, test, eventSource;
