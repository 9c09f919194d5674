-- All events of a history, the newest first.
SELECT
    eventTime,
    eventName,
    eventSource,
    actor,
    array_to_string(list_transform(touched, lambda t: t.name), ', ') AS resources,
    sourceIPAddress,
    /* error */ errorCode AS error,
    readOnly,
    /* account */ recipientAccountId AS account,
    awsRegion,
    username,
    userIdentity.accessKeyId AS accessKeyId,
    /* agent */ userAgent AS userAgent,
    errorMessage,
    requestID,
    eventID
FROM events
WHERE /* filters */ true
ORDER BY eventTime DESC NULLS LAST, eventID, file, position;
