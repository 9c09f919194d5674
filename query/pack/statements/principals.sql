-- Who has access that was ever used, until the end of the period: users, roles, root and callers of
-- other accounts, when they last did anything, how much of it in the period, and with which
-- services. All sessions of a role are one.
WITH acts AS (
    SELECT
        CASE userIdentity.type
            WHEN 'AssumedRole' THEN coalesce(
                userIdentity.sessionContext.sessionIssuer.userName,
                nullif(regexp_extract(userIdentity.arn, ':assumed-role/([^/]*)', 1), ''),
                actor
            )
            WHEN 'IAMUser' THEN coalesce(nullif(userIdentity.userName, ''), actor)
            WHEN 'Root' THEN 'root'
            ELSE actor
        END AS principal,
        userIdentity.type AS type,
        /* caller account */ recipientAccountId AS account,
        regexp_replace(eventSource, '\.amazonaws\.com$', '') AS service,
        count(*) AS events,
        count(*) FILTER (WHERE eventTime >= $since::TIMESTAMP) AS eventsInPeriod,
        count(*) FILTER (WHERE eventTime >= $since::TIMESTAMP AND NOT readOnly) AS writes,
        count(*) FILTER (WHERE eventTime >= $since::TIMESTAMP AND errored) AS errors,
        min(eventTime) AS first,
        max(eventTime) AS last
    FROM events
    WHERE /* filters */ true
        AND userIdentity.type IS NOT NULL
        AND userIdentity.type <> 'AWSService'
    GROUP BY ALL
)
SELECT
    coalesce(principal, '(unknown)') AS principal,
    type,
    account,
    min(first) AS firstSeen,
    max(last) AS lastSeen,
    datediff('day', max(last), $until::TIMESTAMP) AS daysSince,
    sum(eventsInPeriod)::BIGINT AS eventsInPeriod,
    sum(writes)::BIGINT AS writes,
    sum(errors)::BIGINT AS errors,
    count(DISTINCT service) AS services,
    array_to_string(list_sort(list_distinct(list(service))), ' ') AS servicesUsed
FROM acts
GROUP BY principal, type, account
ORDER BY lastSeen, principal, type, account
