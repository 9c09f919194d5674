-- The events of a population, as auditors read them, with what it takes to put them in order
-- and to find the change that was approved.
SELECT
    file,
    position,
    touched,
    eventTime,
    eventID,
    /* account */ recipientAccountId AS account,
    awsRegion,
    eventSource,
    eventName,
    actor,
    -- In which way somebody acted. Whether there is a person behind a key or a role, no log says.
    CASE
        WHEN userIdentity.type = 'Root' THEN 'root'
        WHEN userIdentity.type = 'AWSService' OR ends_with(userIdentity.invokedBy, '.amazonaws.com') THEN 'AWS service'
        WHEN sessionCredentialFromConsole = 'true' OR regexp_matches(userAgent, '^(console|signin)\.amazonaws\.com|^\[?S3Console|^Mozilla/') THEN 'console'
        WHEN contains(userIdentity.arn, ':assumed-role/AWSReservedSSO_') THEN 'Identity Center'
        WHEN userIdentity.type = 'AssumedRole' THEN 'role'
        WHEN userIdentity.type = 'IAMUser' THEN 'user'
        ELSE coalesce(userIdentity.type, '(none)')
    END AS via,
    sourceIPAddress,
    /* names */ touched AS resource,
    coalesce(/* error */ errorCode, 'success') AS outcome,
    -- Whether whoever acted is one of --admins; empty without it.
    /* is admin */ NULL::BOOLEAN AS admin
FROM events
WHERE /* filters */ true
    AND (/* which */ true)
