-- Which calls have events that do not say who, what, when, how it ended or from where.
WITH told AS (
    SELECT
        coalesce(eventSource, '(none)') AS eventSource,
        coalesce(eventName, '(none)') AS eventName,
        array_to_string([
            CASE WHEN coalesce(
                nullif(userIdentity.arn, ''), nullif(userIdentity.sessionContext.sessionIssuer.arn, ''),
                nullif(nullif(userIdentity.userName, ''), 'HIDDEN_DUE_TO_SECURITY_REASONS'), nullif(userIdentity.principalId, ''),
                nullif(userIdentity.invokedBy, ''), nullif(userIdentity.accountId, '')
            ) IS NULL THEN 'who' END,
            CASE WHEN NOT coalesce(events.eventSource <> '' AND events.eventName <> '', false) THEN 'what' END,
            CASE WHEN eventTime IS NULL THEN 'when' END,
            CASE WHEN events.eventName = 'ConsoleLogin' AND coalesce(errorCode, '') = '' AND coalesce(errorMessage, '') = ''
                AND NOT coalesce(contains(responseElements, '"ConsoleLogin"'), false) THEN 'outcome' END,
            CASE WHEN coalesce(nullif(sourceIPAddress, ''), nullif(userAgent, ''), nullif(vpcEndpointId, ''), nullif(awsRegion, '')) IS NULL
                THEN 'from where' END
        ], ', ') AS missing
    FROM events
    WHERE (/* filters */ true)
        OR (eventTime IS NULL AND (/* places */ true))
)
SELECT eventSource, eventName, missing, count(*) AS events
FROM told
WHERE missing <> ''
GROUP BY ALL
ORDER BY events DESC, eventSource, eventName, missing
