-- title:  Everything, in order
-- why:    one actor, resource, address or period, event by event; detail is what matters of
--         the parameters, error what CloudTrail says of a failure in any of its ways
-- group:  Questions
-- chart:  time
-- needs:  actor, resource, source-ip, event-name, access-key, since, until
-- column: eventTime, eventName, actor, resources, detail, error, sourceIPAddress, account,
--         awsRegion, accessKeyId, userAgent, eventSource, eventID
-- aside:  userAgent, eventID
WITH matching AS (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response
    FROM events
    WHERE /* filters */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    array_to_string(list_transform(touched, lambda t: t.name), ', ') AS resources,
    /* detail */ requestParameters AS detail,
    /* error */ errorCode AS error,
    sourceIPAddress,
    /* account */ recipientAccountId AS account,
    awsRegion,
    userIdentity.accessKeyId AS accessKeyId,
    /* agent */ userAgent AS userAgent,
    eventSource,
    eventID
FROM matching
ORDER BY eventTime, eventID, file, position;
