-- The filters that all reports share, one condition each. A report has a mark for them:
-- WHERE /* filters */ true. Only the conditions of the filters given are put in, each
-- value bound to the parameter of its name.

-- filter: since
eventTime >= $since

-- filter: until
eventTime < $until

-- filter: accounts
-- The account that received the event; where that is missing, the caller's.
list_contains($accounts::VARCHAR[], /* account */ recipientAccountId)

-- filter: regions
list_contains($regions::VARCHAR[], awsRegion)

-- filter: actor
-- By any of the names that somebody goes by: a role's name finds all its sessions.
$actor IN (
    actor, username, userIdentity.arn, userIdentity.principalId, userIdentity.userName,
    userIdentity.accessKeyId, userIdentity.invokedBy,
    userIdentity.sessionContext.sessionIssuer.userName, userIdentity.sessionContext.sessionIssuer.arn,
    userIdentity.sessionContext.sessionIssuer.principalId
)

-- filter: eventname
lower(eventName) = lower($eventname)

-- filter: eventsource
-- s3 stands for s3.amazonaws.com
lower(eventSource) IN (lower($eventsource), lower($eventsource) || '.amazonaws.com')

-- filter: resource
-- A name, or what an ARN ends in: behind its last colon or slash.
len(list_filter(
    touched,
    lambda t: t.name = $resource OR ends_with(t.name, ':' || $resource) OR ends_with(t.name, '/' || $resource)
)) > 0

-- filter: sourceip
sourceIPAddress = $sourceip

-- filter: readonly
readOnly = $readonly

-- filter: errorsonly
errored
