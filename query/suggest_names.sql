-- What is suggested for each filter and trait: the names that events have there.

-- names: account
SELECT /* account */ recipientAccountId AS name FROM events

-- names: aws-region
SELECT awsRegion AS name FROM events

-- names: actor
SELECT actor AS name FROM events
UNION ALL
SELECT userIdentity.sessionContext.sessionIssuer.userName FROM events

-- names: user-name
SELECT username AS name FROM events

-- names: caller-account
SELECT userIdentity.accountId AS name FROM events

-- names: event-name
SELECT eventName AS name FROM events

-- names: event-source
SELECT eventSource AS name FROM events

-- names: resource
SELECT unnest(touched).name AS name FROM events

-- names: resource-type
SELECT unnest(touched)."type" AS name FROM events

-- names: source-ip
SELECT sourceIPAddress AS name FROM events

-- names: access-key
SELECT userIdentity.accessKeyId AS name FROM events

-- names: user-agent
SELECT /* agent */ userAgent AS name FROM events

-- names: error-code
SELECT errorCode AS name FROM events
