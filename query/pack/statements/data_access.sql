-- Who touched which bucket, table, function or other store of data, by data events: a row for each
-- day, principal, call and thing.
WITH matching AS (
    SELECT
        eventTime::DATE AS day,
        /* account */ recipientAccountId AS account,
        actor,
        eventSource,
        eventName,
        coalesce(
            list_filter(touched, lambda t: t.type IN ('AWS::S3::Bucket', 'AWS::DynamoDB::Table'))[1].name,
            list_filter(touched, lambda t: t.type <> 'AWS::S3::Object')[1].name,
            touched[1].name
        ) AS thing,
        errored
    FROM events
    WHERE /* filters */ true
        AND (eventCategory = 'Data' OR eventCategory IS NULL)
        AND coalesce(eventCategory = 'Data', NOT managementEvent)
)
SELECT
    day,
    account,
    actor,
    eventSource,
    eventName,
    regexp_replace(thing, '^arn:[^:]+:s3:::', '') AS thing,
    count(*) AS events,
    count(*) FILTER (WHERE errored) AS refusedOrFailed
FROM matching
GROUP BY ALL
ORDER BY day, account, actor, eventSource, eventName, thing
