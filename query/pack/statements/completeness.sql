-- What each entry has to say, and how many events say it: a row for each of the six members, with
-- the fields that say it, in the order in which they are looked at. An event without a time is of
-- no period; all of them are counted here.
WITH told AS (
    SELECT
        CASE
            WHEN userIdentity.arn <> '' THEN 'userIdentity.arn'
            WHEN userIdentity.sessionContext.sessionIssuer.arn <> '' THEN 'userIdentity.sessionContext.sessionIssuer.arn'
            -- The name that somebody typed who is not there may be a password.
            WHEN userIdentity.userName <> '' AND userIdentity.userName <> 'HIDDEN_DUE_TO_SECURITY_REASONS' THEN 'userIdentity.userName'
            WHEN userIdentity.principalId <> '' THEN 'userIdentity.principalId'
            WHEN userIdentity.invokedBy <> '' THEN 'userIdentity.invokedBy'
            WHEN userIdentity.accountId <> '' THEN 'userIdentity.accountId'
        END AS who,
        CASE WHEN eventSource <> '' AND eventName <> '' THEN 'eventSource and eventName' END AS what,
        CASE WHEN eventTime IS NOT NULL THEN 'eventTime' END AS "when",
        CASE
            WHEN errorCode <> '' THEN 'errorCode'
            WHEN errorMessage <> '' THEN 'errorMessage'
            WHEN eventName = 'ConsoleLogin' THEN CASE
                WHEN contains(responseElements, '"ConsoleLogin"') THEN 'responseElements.ConsoleLogin'
            END
            ELSE 'no error, which is success'
        END AS outcome,
        CASE
            WHEN sourceIPAddress <> '' THEN 'sourceIPAddress'
            WHEN userAgent <> '' THEN 'userAgent'
            WHEN vpcEndpointId <> '' THEN 'vpcEndpointId'
            WHEN awsRegion <> '' THEN 'awsRegion'
        END AS "from",
        CASE
            WHEN len(resources) > 0 THEN 'resources'
            WHEN len(touched) > 0 THEN 'requestParameters or responseElements'
        END AS resource,
        count(*) AS events
    FROM events
    WHERE (/* filters */ true)
        OR (eventTime IS NULL AND (/* places */ true))
    GROUP BY ALL
),
members AS (
    SELECT 1 AS part, 'who: user identification' AS member, who AS field, events FROM told
    UNION ALL
    SELECT 2, 'what: type of event', what, events FROM told
    UNION ALL
    SELECT 3, 'when: date and time', "when", events FROM told
    UNION ALL
    SELECT 4, 'outcome: success or failure', outcome, events FROM told
    UNION ALL
    SELECT 5, 'from where: origination', "from", events FROM told
    UNION ALL
    SELECT 6, 'to what: affected data, component or resource', resource, events FROM told
),
fields AS (
    SELECT part, member, field, sum(events)::BIGINT AS events
    FROM members
    GROUP BY ALL
)
SELECT
    member,
    sum(events)::BIGINT AS events,
    coalesce(sum(events) FILTER (WHERE field IS NOT NULL), 0)::BIGINT AS present,
    coalesce(sum(events) FILTER (WHERE field IS NULL), 0)::BIGINT AS missing,
    -- Down, so that 100 is all of them.
    floor(10000.0 * coalesce(sum(events) FILTER (WHERE field IS NOT NULL), 0) / sum(events)) / 100 AS percentPresent,
    array_to_string(list(field || ' ' || events ORDER BY events DESC, field) FILTER (WHERE field IS NOT NULL), '; ') AS said
FROM fields
GROUP BY part, member
ORDER BY part
