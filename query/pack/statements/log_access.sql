-- Who has read logs: of trails and log groups by the calls that do, and in the buckets that trails
-- deliver to by whatever touched them and is not CloudTrail itself. A row for each day, caller,
-- call and thing.
SELECT
    eventTime::DATE AS day,
    /* account */ recipientAccountId AS account,
    actor,
    eventSource,
    eventName,
    regexp_replace(coalesce(list_filter(touched, lambda t: t.type = 'AWS::S3::Bucket')[1].name, touched[1].name), '^arn:[^:]+:s3:::', '') AS thing,
    -- Whether whoever acted is one of --admins; empty without it.
    /* is admin */ NULL::BOOLEAN AS admin,
    count(*) AS events,
    count(*) FILTER (WHERE errored) AS refusedOrFailed,
    min(eventTime) AS first,
    max(eventTime) AS last
FROM events
WHERE /* filters */ true
    AND eventSource IN ['athena.amazonaws.com', 'cloudtrail.amazonaws.com', 'logs.amazonaws.com', 's3.amazonaws.com']
    AND coalesce(userIdentity.invokedBy, '') <> 'cloudtrail.amazonaws.com'
    AND (
        eventSource <> 's3.amazonaws.com'
        AND eventName IN [
            'CreateExportTask', 'FilterLogEvents', 'GetLogEvents', 'GetLogRecord', 'GetQueryResults', 'LookupEvents', 'StartLiveTail',
            'StartQuery', 'StartQueryExecution'
        ]
        OR eventSource = 's3.amazonaws.com' AND NOT (/* write */ true) AND (/* condition in log places */ true)
    )
GROUP BY ALL
ORDER BY day, account, actor, eventSource, eventName, thing, admin
