-- title:  Users, roles and services, when they were seen
-- why:    who there is by type, and how much of what it called failed (errorPercent): all
--         sessions of a role are one principal here, and each of them its own in the
--         report who
-- group:  Identity
-- chart:  bars
-- column: principal, type, account, events, errors, errorPercent, addresses, agents,
--         regions, firstEventTime, lastEventTime
WITH named AS (
    SELECT
        CASE userIdentity.type
            WHEN 'AssumedRole' THEN coalesce(
                userIdentity.sessionContext.sessionIssuer.userName,
                nullif(regexp_extract(userIdentity.arn, ':assumed-role/([^/]*)', 1), ''),
                actor
            )
            WHEN 'IAMUser' THEN coalesce(nullif(userIdentity.userName, ''), actor) -- failed sign-ins have no ARN
            WHEN 'Root' THEN 'root'
            ELSE actor
        END AS principal,
        userIdentity.type AS type,
        /* caller account */ recipientAccountId AS account,
        sourceIPAddress,
        /* agent */ userAgent AS agent,
        awsRegion,
        errored,
        eventTime
    FROM events
    WHERE /* filters */ true
)
SELECT
    coalesce(principal, '(unknown)') AS principal,
    coalesce(type, '(none)') AS type, -- service events have none
    coalesce(account, '(none)') AS account,
    count(*) AS events,
    count(*) FILTER (WHERE errored) AS errors,
    round(100.0 * count(*) FILTER (WHERE errored) / count(*), 1) AS errorPercent,
    count(DISTINCT sourceIPAddress) AS addresses,
    count(DISTINCT agent) AS agents,
    count(DISTINCT awsRegion) AS regions,
    min(eventTime) AS firstEventTime,
    max(eventTime) AS lastEventTime
FROM named
GROUP BY 1, 2, 3
ORDER BY events DESC, 1, 2, 3;
