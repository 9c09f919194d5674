-- The names that near.sql looks among, for each filter: a list of those of an event.

-- names: account
[/* account */ recipientAccountId]

-- names: region
[awsRegion]

-- names: actor
[
    actor, username, userIdentity.userName, userIdentity.sessionContext.sessionIssuer.userName, userIdentity.arn,
    userIdentity.principalId, userIdentity.accessKeyId, userIdentity.invokedBy
]

-- names: calleraccount
[userIdentity.accountId]

-- names: eventname
[eventName]

-- names: eventsource
[regexp_replace(eventSource, '\.amazonaws\.com$', '')]

-- names: resource
list_concat(
    list_transform(touched, lambda t: t.name),
    list_transform(touched, lambda t: split_part(split_part(t.name, ':', -1), '/', -1))
)

-- names: sourceip
[sourceIPAddress]

-- names: accesskey
[userIdentity.accessKeyId]

-- names: useragent
list_distinct([userAgent, /* agent */ userAgent])

-- names: errorcode
[errorCode]
