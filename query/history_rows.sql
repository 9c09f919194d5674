-- What a history shows of some rows of events. $first and $last are the first and the last
-- of $rows: DuckDB reads nothing outside of constants.
SELECT
    rowid,
    eventTime,
    eventID,
    file,
    position,
    coalesce(eventName, insightDetails ->> '$.eventName') AS eventName,
    coalesce(eventSource, insightDetails ->> '$.eventSource') AS eventSource,
    awsRegion,
    /* account */ recipientAccountId AS account,
    actor,
    username,
    userIdentity.type AS identityType,
    userIdentity.principalId AS principalId,
    userIdentity.arn AS arn,
    userIdentity.accountId AS callerAccount,
    userIdentity.accessKeyId AS accessKeyId,
    userIdentity.sessionContext.sessionIssuer.userName AS issuer,
    userIdentity.sessionContext.attributes.mfaAuthenticated AS mfa,
    userIdentity.sessionContext.attributes.creationDate AS created,
    userIdentity.sessionContext.sourceIdentity AS sourceIdentity,
    userIdentity.invokedBy AS invokedBy,
    sourceIPAddress,
    /* agent */ userAgent AS userAgent,
    readOnly,
    errored,
    /* error */ errorCode AS error,
    errorMessage,
    touched,
    sharedEventID,
    requestID,
    eventType,
    eventCategory
FROM events
WHERE rowid BETWEEN $first AND $last
    AND rowid IN (SELECT unnest($rows::BIGINT[]));
