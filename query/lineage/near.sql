-- What is near to a session: the rows of credential_uses and credential_events that say by what
-- it goes, where it comes from and what came of it. A row of each is first; then by what rows are
-- looked up, which is one of the values of a list or one of the pairs of two: in credential_uses
-- or in credential_events. Only the numbers of rows, so that of all others no more is read than
-- what they are looked up by, and of those that are known already not even that.

-- rows: use
-- A row of credential_uses.
SELECT
    false AS issue,
    rowid AS number,
    accessKeyId AS "key",
    arn,
    epoch_us(created)::VARCHAR AS second,
    signInSessionArn AS signIn,
    credentialId AS credential,
    invokedBy,
    coalesce("type" IN ('IAMUser', 'Root'), false) AS direct,
    principalId AS principal,
    sourceIdentity,
    accountId AS account,
    NULL AS sharedID,
    NULL AS event,
    NULL AS eventTime,
    NULL AS name,
    NULL AS issuerType,
    NULL AS issuerPrincipal,
    NULL AS issuerARN,
    NULL AS issuerKey,
    NULL AS issuerSecond,
    NULL AS issuerSignIn,
    NULL AS issuerCredential
FROM credential_uses

-- rows: issue
-- A row of credential_events.
SELECT
    true AS issue,
    rowid AS number,
    accessKeyId AS "key",
    arn,
    epoch_us(date_trunc('second', eventTime))::VARCHAR AS second,
    NULL AS signIn,
    NULL AS credential,
    NULL AS invokedBy,
    false AS direct,
    principalId AS principal,
    sourceIdentity,
    account,
    sharedEventID::VARCHAR AS sharedID,
    eventName AS event,
    epoch_us(eventTime)::VARCHAR AS eventTime,
    name,
    issuerType,
    issuerPrincipal,
    issuerArn AS issuerARN,
    issuerKey,
    epoch_us(issuerCreated)::VARCHAR AS issuerSecond,
    issuerSignIn,
    issuerCredential
FROM credential_events

-- rows: arn
-- Whether an ARN is $what, or that of a user, a role or a session which goes by it: the ARN of a
-- session has no path.
arn = $what
OR contains(arn, ':user/') AND split_part(arn, '/', -1) = $what
OR contains(arn, ':assumed-role/') AND (
    split_part(arn, '/', 2) = $what
    OR split_part(arn, '/', 2) || '/' || split_part(arn, '/', 3) = $what
    OR split_part($what, ':', 3) = 'iam' AND contains($what, ':role/')
    AND split_part(arn, ':', 5) = split_part($what, ':', 5) AND split_part(arn, '/', 2) = split_part($what, '/', -1)
)

-- uses: what
-- Whoever goes by $what, and perhaps others. A column at a time, since of several the scan would
-- unpack all.
SELECT rowid
FROM credential_uses
WHERE accessKeyId = $what
UNION ALL
SELECT rowid
FROM credential_uses
WHERE signInSessionArn = $what
UNION ALL
SELECT rowid
FROM credential_uses
WHERE credentialId = $what
UNION ALL
SELECT rowid
FROM credential_uses
WHERE starts_with(principalId, $what)
    AND (principalId = $what OR starts_with(principalId, $what || ':'))
UNION ALL
SELECT rowid
FROM credential_uses
WHERE sourceIdentity = $what
UNION ALL
SELECT rowid
FROM credential_uses
WHERE onBehalfOf = $what
UNION ALL
SELECT rowid
FROM credential_uses
WHERE sourceIPAddress = $what
UNION ALL
SELECT rowid
FROM credential_uses
WHERE contains(arn, split_part($what, '/', -1))
    AND (ends_with(arn, $what) OR /* arn */ true)

-- issues: what
SELECT rowid
FROM credential_events
WHERE accessKeyId = $what
UNION ALL
SELECT rowid
FROM credential_events
WHERE starts_with(principalId, $what)
    AND (principalId = $what OR starts_with(principalId, $what || ':'))
UNION ALL
SELECT rowid
FROM credential_events
WHERE sourceIdentity = $what
UNION ALL
SELECT rowid
FROM credential_events
WHERE name = $what
UNION ALL
SELECT rowid
FROM credential_events
WHERE contains(arn, split_part($what, '/', -1))
    AND (ends_with(arn, $what) OR /* arn */ true)

-- uses: matched
SELECT rowid
FROM credential_uses
WHERE rowid IN (SELECT unnest($matched::BIGINT[]))

-- issues: event
SELECT rowid
FROM credential_events
WHERE eventID = $eventID::UUID

-- uses: key
SELECT rowid
FROM credential_uses
WHERE accessKeyId IN (SELECT unnest($key::VARCHAR[]))

-- issues: key
SELECT rowid
FROM credential_events
WHERE accessKeyId IN (SELECT unnest($key::VARCHAR[]))

-- uses: second
-- Of one ARN in one second.
SELECT rowid
FROM credential_uses
WHERE (arn, created) IN (SELECT unnest($second::VARCHAR[]), make_timestamp(unnest($secondWith::VARCHAR[])::BIGINT))

-- issues: second
SELECT rowid
FROM credential_events
WHERE (arn, date_trunc('second', eventTime)) IN (SELECT unnest($second::VARCHAR[]), make_timestamp(unnest($secondWith::VARCHAR[])::BIGINT))

-- issues: nameless
-- What was issued in one second to nobody knows whom: another event may tell.
SELECT rowid
FROM credential_events
WHERE arn IS NULL
    AND date_trunc('second', eventTime) IN (SELECT make_timestamp(unnest($nameless::VARCHAR[])::BIGINT))

-- uses: signIn
SELECT rowid
FROM credential_uses
WHERE signInSessionArn IN (SELECT unnest($signIn::VARCHAR[]))

-- uses: credential
SELECT rowid
FROM credential_uses
WHERE credentialId IN (SELECT unnest($credential::VARCHAR[]))

-- uses: invoked
-- What a service did for one ARN.
SELECT rowid
FROM credential_uses
WHERE created IS NOT NULL
    AND "type" IN ('IAMUser', 'Root')
    AND (arn, invokedBy) IN (SELECT unnest($invoked::VARCHAR[]), unnest($invokedWith::VARCHAR[]))

-- issues: shared
SELECT rowid
FROM credential_events
WHERE sharedEventID IN (SELECT unnest($shared::VARCHAR[])::UUID)

-- uses: ofARN
SELECT rowid
FROM credential_uses
WHERE arn IN (SELECT unnest($ofARN::VARCHAR[]))

-- issues: ofARN
SELECT rowid
FROM credential_events
WHERE accessKeyId IS NOT NULL
    AND arn IN (SELECT unnest($ofARN::VARCHAR[]))

-- uses: ofPrincipal
SELECT rowid
FROM credential_uses
WHERE principalId IN (SELECT unnest($ofPrincipal::VARCHAR[]))

-- issues: ofPrincipal
SELECT rowid
FROM credential_events
WHERE principalId IN (SELECT unnest($ofPrincipal::VARCHAR[]))

-- uses: ofIdentity
SELECT rowid
FROM credential_uses
WHERE sourceIdentity IN (SELECT unnest($ofIdentity::VARCHAR[]))

-- issues: ofIdentity
SELECT rowid
FROM credential_events
WHERE sourceIdentity IN (SELECT unnest($ofIdentity::VARCHAR[]))

-- issues: calls
-- Who signed in as one ARN, or switched to it.
SELECT rowid
FROM credential_events
WHERE eventName IN ('ConsoleLogin', 'SwitchRole')
    AND arn IN (SELECT unnest($calls::VARCHAR[]))

-- issues: runs
SELECT rowid
FROM credential_events
WHERE eventName = 'RunInstances'
    AND name IN (SELECT unnest($runs::VARCHAR[]))

-- issues: portal
SELECT rowid
FROM credential_events
WHERE eventName IN ('GetRoleCredentials', 'Federate')
    AND name IN (SELECT unnest($portal::VARCHAR[]))

-- issues: byKey
-- This and the next five: what somebody issued.
SELECT rowid
FROM credential_events
WHERE issuerKey IN (SELECT unnest($byKey::VARCHAR[]))

-- issues: bySecond
SELECT rowid
FROM credential_events
WHERE (issuerArn, issuerCreated) IN (SELECT unnest($bySecond::VARCHAR[]), make_timestamp(unnest($bySecondWith::VARCHAR[])::BIGINT))

-- issues: bySignIn
SELECT rowid
FROM credential_events
WHERE issuerSignIn IN (SELECT unnest($bySignIn::VARCHAR[]))

-- issues: byCredential
SELECT rowid
FROM credential_events
WHERE issuerCredential IN (SELECT unnest($byCredential::VARCHAR[]))

-- issues: byARN
-- Who switches roles is known by the ARN alone.
SELECT rowid
FROM credential_events
WHERE eventName = 'SwitchRole'
    AND issuerArn IN (SELECT unnest($byARN::VARCHAR[]))

-- issues: byPrincipal
-- A caller of another account, if nothing else tells who issued the key.
SELECT rowid
FROM credential_events AS issued
WHERE issuerType = 'AWSAccount'
    AND issuerPrincipal IN (SELECT unnest($byPrincipal::VARCHAR[]))
    AND NOT EXISTS (
        FROM credential_events AS better
        WHERE better.accessKeyId = issued.accessKeyId
            AND better.issuerType <> 'AWSAccount'
            AND better.eventName NOT IN ('ConsoleLogin', 'SwitchRole', 'GetSigninToken', 'UpdateAccessKey', 'DeleteAccessKey', 'RunInstances', 'GetRoleCredentials', 'Federate')
    )

-- uses: forARN
-- What services did for a user, by their long-term key.
SELECT rowid
FROM credential_uses
WHERE created IS NOT NULL
    AND "type" IN ('IAMUser', 'Root')
    AND invokedBy <> ''
    AND arn IN (SELECT unnest($forARN::VARCHAR[]))

-- uses: onInstance
SELECT rowid
FROM credential_uses
WHERE contains(principalId, 'i-') -- as each of these does, which is looked at before it is taken apart
    AND split_part(principalId, ':', 2) IN (SELECT unnest($onInstance::VARCHAR[]))

-- issues: onInstance
SELECT rowid
FROM credential_events
WHERE contains(principalId, 'i-') -- as each of these does, which is looked at before it is taken apart
    AND split_part(principalId, ':', 2) IN (SELECT unnest($onInstance::VARCHAR[]))

-- uses: fromPortal
-- The sessions of a permission set that began when somebody took it.
SELECT rowid
FROM credential_uses
SEMI JOIN (SELECT unnest($fromPortal::VARCHAR[]) AS name, make_timestamp(unnest($fromPortalWith::VARCHAR[])::BIGINT) AS taken) AS portal
    ON portal.name = system.main.regexp_extract(arn, ':assumed-role/AWSReservedSSO_(.*)_[0-9a-f]+/', 1)
    AND (created BETWEEN taken - INTERVAL 5 SECONDS AND taken + INTERVAL 60 SECONDS
        OR firstUse BETWEEN taken - INTERVAL 5 SECONDS AND taken + INTERVAL 60 SECONDS)

-- issues: fromPortal
SELECT rowid
FROM credential_events
SEMI JOIN (SELECT unnest($fromPortal::VARCHAR[]) AS name, make_timestamp(unnest($fromPortalWith::VARCHAR[])::BIGINT) AS taken) AS portal
    ON portal.name = system.main.regexp_extract(arn, ':assumed-role/AWSReservedSSO_(.*)_[0-9a-f]+/', 1)
    AND eventTime BETWEEN taken - INTERVAL 5 SECONDS AND taken + INTERVAL 60 SECONDS
