-- What the filters look at that take several values, an expression a line: one of them has
-- to have a value that is wanted.

-- value: account
-- The account that received the event; where that is missing, the caller's.
/* account */ recipientAccountId

-- value: region
awsRegion

-- value: actor
-- By any of the names that somebody goes by: a role's name finds all its sessions.
actor
username
userIdentity.arn
userIdentity.principalId
userIdentity.userName
userIdentity.accessKeyId
userIdentity.invokedBy
userIdentity.sessionContext.sessionIssuer.userName
userIdentity.sessionContext.sessionIssuer.arn
userIdentity.sessionContext.sessionIssuer.principalId

-- value: calleraccount
userIdentity.accountId

-- value: eventname
lower(eventName)

-- value: eventsource
lower(eventSource)

-- value: sourceip
sourceIPAddress

-- value: accesskey
userIdentity.accessKeyId

-- value: useragent
-- As the record has it, or as reports do.
userAgent
/* agent */ userAgent

-- value: errorcode
errorCode

-- value: resource
-- What a pattern is compared with: the name, what it ends in, and what the resource goes by
-- whatever a record calls it.
name
name_end(name)
resource_id(name)
