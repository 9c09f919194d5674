-- Who, what, where and with what: the most frequent values of what events have in common, and
-- one row for all of them. Of each dimension all values are counted. What is alike is added
-- up first: there are few kinds of events, and each dimension is made of their sums.
WITH matching AS (
    SELECT
        actor,
        eventSource,
        eventName,
        sourceIPAddress,
        /* agent */ userAgent AS agent,
        /* account */ recipientAccountId AS account,
        awsRegion,
        userIdentity.accessKeyId AS accessKeyId,
        errorCode,
        count(*) AS events,
        count(*) FILTER (WHERE readOnly = false) AS writes,
        count(*) FILTER (WHERE errored) AS errors,
        min(eventTime) AS first,
        max(eventTime) AS last
    FROM events
    WHERE /* filters */ true
    GROUP BY ALL
),
counted AS (
    SELECT
        CASE
            WHEN grouping(eventName) = 0 THEN 'event-name'
            WHEN grouping(eventSource) = 0 THEN 'event-source'
            WHEN grouping(actor) = 0 THEN 'actor'
            WHEN grouping(sourceIPAddress) = 0 THEN 'source-ip'
            WHEN grouping(agent) = 0 THEN 'user-agent'
            WHEN grouping(account) = 0 THEN 'account'
            WHEN grouping(awsRegion) = 0 THEN 'aws-region'
            WHEN grouping(accessKeyId) = 0 THEN 'access-key'
            WHEN grouping(errorCode) = 0 THEN 'error-code'
            ELSE 'all'
        END AS dimension,
        coalesce(eventName, actor, sourceIPAddress, agent, account, awsRegion, accessKeyId, errorCode, eventSource) AS value,
        CASE WHEN grouping(eventName) = 0 THEN eventSource END AS service,
        -- A call without a name is not one by the name of its service.
        CASE WHEN grouping(eventName) = 0 THEN eventName IS NULL ELSE value IS NULL END AS nameless,
        sum(events)::BIGINT AS events,
        sum(writes)::BIGINT AS writes,
        sum(errors)::BIGINT AS errors,
        min(first) AS first,
        max(last) AS last
    FROM matching
    GROUP BY GROUPING SETS (
        (), (eventSource), (eventSource, eventName), (actor), (sourceIPAddress), (agent), (account), (awsRegion), (accessKeyId), (errorCode)
    )
)
SELECT
    dimension,
    CASE WHEN nameless THEN '' ELSE value END AS value,
    coalesce(service, '') AS service,
    nameless,
    -- Of what failed without a code, that alone: other events have none either.
    CASE WHEN dimension = 'error-code' THEN errors ELSE events END AS events,
    writes,
    errors,
    first,
    last,
    count(*) OVER (PARTITION BY dimension) AS of
FROM counted
WHERE dimension = 'all' OR dimension <> 'error-code' OR errors > 0
QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY events DESC, value, service) <= $most
ORDER BY dimension, events DESC, value, service
