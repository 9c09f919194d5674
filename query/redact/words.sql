-- What of an archive nobody but AWS has chosen: which stays, wherever it stands.
SELECT DISTINCT 'word' AS kind, eventName AS word
FROM events
WHERE eventName IS NOT NULL
UNION
SELECT DISTINCT 'word', errorCode
FROM events
WHERE errorCode IS NOT NULL
UNION
SELECT DISTINCT 'word', awsRegion
FROM events
WHERE awsRegion IS NOT NULL
UNION
SELECT DISTINCT 'service', eventSource
FROM events
WHERE eventSource IS NOT NULL
UNION
-- Services that call: CloudTrail writes them here, callers do not.
SELECT DISTINCT 'service', sourceIPAddress
FROM events
WHERE sourceIPAddress LIKE '%.amazonaws.com'
UNION
SELECT DISTINCT 'service', userIdentity.invokedBy
FROM events
WHERE userIdentity.invokedBy LIKE '%.amazonaws.com';
