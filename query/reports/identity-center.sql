-- title:  IAM Identity Center: people, portal, permission sets
-- why:    access is the permission set that a session has, sign-in, portal (what the
--         portal did for somebody), or administration (of Identity Center itself)
-- group:  Identity
-- chart:  bars
-- column: person, account, access, events, errors, lastEventTime
WITH involved AS (
    SELECT
        eventSource,
        eventTime,
        actor,
        /* account */ recipientAccountId AS account,
        userIdentity.type AS "type",
        errored OR /* failed step */ false AS failed,
        additionalEventData,
        /* calls of identity-center */ true AS isSignIn,
        userIdentity.onBehalfOf.userId AS userId,
        regexp_extract(userIdentity.sessionContext.sessionIssuer.userName, '^AWSReservedSSO_(.*)_[0-9a-f]+$', 1) AS permissionSet
    FROM events
    WHERE /* filters */ true
        AND (
            userIdentity.sessionContext.sessionIssuer.userName LIKE 'AWSReservedSSO\_%' ESCAPE '\'
            OR userIdentity.onBehalfOf.userId IS NOT NULL
            OR userIdentity.type = 'IdentityCenterUser'
            OR /* calls of identity-center */ true
            OR eventSource IN ('sso.amazonaws.com', 'sso-directory.amazonaws.com', 'identitystore.amazonaws.com')
        )
),
-- The name that somebody signs in with stands in one event of a sign-in.
people AS (
    SELECT
        userId,
        max(additionalEventData ->> 'UserName') AS name
    FROM involved
    WHERE userId IS NOT NULL AND eventSource = 'signin.amazonaws.com'
    GROUP BY userId
)
SELECT
    coalesce(people.name, actor, '(unknown)') AS person,
    coalesce(account, '(none)') AS account,
    CASE
        WHEN permissionSet <> '' THEN permissionSet
        WHEN isSignIn THEN 'sign-in'
        WHEN "type" IN ('IdentityCenterUser', 'Unknown') THEN 'portal'
        ELSE 'administration'
    END AS access,
    count(*) AS events,
    count(*) FILTER (WHERE failed) AS errors,
    max(eventTime) AS lastEventTime
FROM involved
LEFT JOIN people ON people.userId = involved.userId
GROUP BY 1, 2, 3
ORDER BY events DESC, 1, 2, 3;
