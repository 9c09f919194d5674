-- Who may be behind sessions of which no event tells where they come from: whoever called from
-- the same address with the same agent in the ten minutes before, a row for each session and
-- caller, with the last call before, or the last that issued something. $sessions are those,
-- $began when they were first used and $arns whose they are; $keys and $keyless say of whom an
-- event is, the lists beside them of which session; $first and $last are the first and the last
-- of $began.
--
-- What AWS sends, by itself or for somebody, has addresses and agents that say nothing.
WITH orphans AS (
    SELECT unnest($sessions::VARCHAR[]) AS session, unnest($began::VARCHAR[])::TIMESTAMP AS began, nullif(unnest($arns::VARCHAR[]), '') AS ofARN
),
keyed AS (SELECT unnest($keys::VARCHAR[]) AS accessKeyId, unnest($keySessions::VARCHAR[]) AS session),
keyless AS (SELECT unnest($keyless::VARCHAR[]) AS name, unnest($keylessSessions::VARCHAR[]) AS session),
during AS (
    FROM events
    WHERE eventTime BETWEEN $first::TIMESTAMP - INTERVAL 10 MINUTES AND $last::TIMESTAMP + INTERVAL 10 MINUTES
),
-- Each text once, of which there are few.
addresses AS MATERIALIZED (
    SELECT sourceIPAddress
    FROM (SELECT DISTINCT sourceIPAddress FROM during)
    WHERE regexp_matches(sourceIPAddress, '^[0-9A-Fa-f:.]+$')
),
agents AS MATERIALIZED (
    SELECT
        userAgent,
        -- What names the call alone is no difference between clients.
        regexp_replace(/* agent */ userAgent, ' (command/|md/command#|api/|m/)[^ ]*', '', 'g') AS agent
    FROM (SELECT DISTINCT userAgent FROM during)
    WHERE NOT regexp_matches(userAgent, 'AWS Internal|aws-internal/|Console|\.amazonaws\.com')
),
acts AS (
    SELECT
        eventTime,
        eventID,
        sourceIPAddress,
        userAgent,
        agent,
        nullif(userIdentity.accessKeyId, '') AS accessKeyId,
        CASE WHEN coalesce(userIdentity.accessKeyId, '') = '' THEN userIdentity.arn || ' ' || userIdentity.sessionContext.attributes.creationDate END AS name,
        CASE WHEN coalesce(userIdentity.accessKeyId, '') = '' THEN nullif(userIdentity.credentialId, '') END AS credentialId
    FROM during
    JOIN addresses USING (sourceIPAddress)
    JOIN agents USING (userAgent)
    WHERE coalesce(userIdentity.invokedBy, '') = ''
        AND agent IS NOT NULL
),
-- From where each of them was used in its first ten minutes.
own AS (
    SELECT orphans.session, any_value(ofARN) AS ofARN, sourceIPAddress, agent, min(eventTime) AS firstUse, arg_min(eventID, (eventTime, eventID)) AS firstID
    FROM acts
    LEFT JOIN keyed USING (accessKeyId)
    LEFT JOIN keyless USING (name)
    JOIN orphans ON orphans.session = coalesce(keyed.session, keyless.session)
    WHERE eventTime <= began + INTERVAL 10 MINUTES
    GROUP BY orphans.session, sourceIPAddress, agent
),
-- The calls that issue something. Where it is not told what, it may be that session; else it is
-- a call like another, by somebody who may have no session.
issuing AS (
    SELECT
        eventID,
        CASE WHEN accessKeyId IS NULL THEN eventName END AS link,
        arn,
        issuerType,
        coalesce(issuerArn, issuerName, issuerPrincipal, issuerAccount) AS issuer
    FROM credential_events
    WHERE eventName <> 'RunInstances'
        AND eventTime BETWEEN $first::TIMESTAMP - INTERVAL 10 MINUTES AND $last::TIMESTAMP + INTERVAL 10 MINUTES -- as those
),
near AS (
    SELECT
        own.session,
        accessKeyId,
        name,
        credentialId,
        coalesce(CASE WHEN issuing.arn IS NULL OR ofARN IS NULL OR issuing.arn = ofARN THEN link END, 'sameClient') AS link,
        issuerType,
        CASE WHEN coalesce(accessKeyId, name, credentialId) IS NULL THEN issuer END AS issuer,
        acts.eventID,
        eventTime,
        sourceIPAddress,
        userAgent,
        firstUse,
        firstID
    FROM own
    JOIN acts USING (sourceIPAddress, agent)
    LEFT JOIN issuing ON issuing.eventID = acts.eventID
    WHERE eventTime BETWEEN firstUse - INTERVAL 10 MINUTES AND firstUse
)
SELECT DISTINCT ON (session, accessKeyId, name, credentialId, issuer) *
FROM near
WHERE coalesce(accessKeyId, name, credentialId, issuer) IS NOT NULL
    -- Within a second, only a call that issues something is known to come first.
    AND (link <> 'sameClient' OR eventTime < firstUse)
ORDER BY session, accessKeyId, name, credentialId, issuer, link = 'sameClient', firstUse - eventTime, eventID
