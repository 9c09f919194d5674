-- title:  What root did
-- why:    root has no limits and no need for an access key; what AWS did in its name
--         is via service
-- group:  Identity
-- chart:  bars
-- column: account, via, eventName, events, errors, lastEventTime
SELECT
    coalesce(/* caller account */ recipientAccountId, '(none)') AS account,
    CASE
        WHEN userIdentity.invokedBy IS NOT NULL OR eventType = 'AwsServiceEvent' THEN 'service'
        WHEN userIdentity.accessKeyId LIKE 'AKIA%' THEN 'access key'
        WHEN userIdentity.sessionContext.assumedRoot = 'true' THEN 'AssumeRoot'
        WHEN eventSource = 'signin.amazonaws.com' OR sessionCredentialFromConsole = 'true' THEN 'console'
        ELSE 'session' -- of the console as a rule: not all records say so
    END AS via,
    eventName,
    count(*) AS events,
    count(*) FILTER (WHERE errored) AS errors,
    max(eventTime) AS lastEventTime
FROM events
WHERE /* filters */ true
    AND userIdentity.type = 'Root'
GROUP BY 1, 2, 3
ORDER BY events DESC, 1, 2, 3;
