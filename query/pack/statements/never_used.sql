-- Users and roles that the log shows being made, and never doing anything until the end of the
-- period, nor being deleted.
WITH made AS (
    SELECT
        eventName,
        eventTime,
        /* account */ recipientAccountId AS account,
        actor AS madeBy,
        coalesce(
            json_extract_string(try_cast(requestParameters AS JSON), '$.userName'),
            json_extract_string(try_cast(requestParameters AS JSON), '$.roleName')
        ) AS principal
    FROM events
    WHERE /* filters */ true
        AND eventSource = 'iam.amazonaws.com'
        AND eventName IN ['CreateUser', 'CreateRole', 'CreateServiceLinkedRole', 'DeleteUser', 'DeleteRole']
        AND NOT errored
),
seen AS (
    SELECT DISTINCT
        /* caller account */ recipientAccountId AS account,
        coalesce(nullif(userIdentity.sessionContext.sessionIssuer.userName, ''), userIdentity.userName) AS principal
    FROM events
    WHERE /* filters */ true
)
SELECT
    principal,
    CASE arg_max(eventName, eventTime) WHEN 'CreateUser' THEN 'user' ELSE 'role' END AS kind,
    account,
    max(eventTime) AS made,
    arg_max(madeBy, eventTime) AS madeBy,
    datediff('day', max(eventTime), $until::TIMESTAMP) AS daysSince
FROM made
WHERE principal <> ''
    AND (account, principal) NOT IN (SELECT (account, principal) FROM seen WHERE account IS NOT NULL AND principal IS NOT NULL)
GROUP BY account, principal
HAVING NOT starts_with(arg_max(eventName, eventTime), 'Delete')
ORDER BY made, principal, account
