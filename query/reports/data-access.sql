-- title:  Who touched data
-- group:  Attention
-- chart:  bars
-- why:    data events: objects of S3 by their bucket, tables, functions invoked and the
--         like, with the objects that there were and the bytes that S3 sent of them; only what
--         the trail was told to log of them is in the archive
-- column: actor, eventName, resource, events, objects, bytesOut, errors, firstEventTime,
--         lastEventTime, eventSource
WITH matching AS (
    SELECT
        actor,
        eventName,
        eventSource,
        errored,
        eventTime,
        /* bytes out */ NULL AS bytesOut,
        list_filter(touched, lambda t: t.type = 'AWS::S3::Bucket')[1].name AS bucket,
        list_filter(touched, lambda t: t.type = 'AWS::S3::Object')[1].name AS object,
        touched[1].name AS first
    FROM events
    WHERE /* filters */ true
        AND (eventCategory = 'Data' OR eventCategory IS NULL) -- alone, so that DuckDB looks at it before it reads anything else
        AND coalesce(eventCategory = 'Data', NOT managementEvent)
)
SELECT
    actor,
    eventName,
    regexp_replace(coalesce(bucket, first), '^arn:[^:]+:s3:::', '') AS resource,
    count(*) AS events,
    count(DISTINCT object) AS objects,
    try_cast(sum(matching.bytesOut) AS BIGINT) AS bytesOut,
    count(*) FILTER (WHERE errored) AS errors,
    min(eventTime) AS firstEventTime,
    max(eventTime) AS lastEventTime,
    eventSource
FROM matching
GROUP BY actor, eventName, resource, eventSource
ORDER BY events DESC, actor, eventName, resource, eventSource;
