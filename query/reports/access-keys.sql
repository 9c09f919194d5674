-- title:  Access keys and what became of them
-- why:    long-term keys (AKIA) that an event used, made or changed, and who made them; state
--         is by the last change that worked. All of that and first and last use are of
--         the whole store, the counts of the events asked for. Temporary keys are a row for
--         each user or role, unless --access-key asks for them, as in 'ASIA*'
-- group:  Identity
-- chart:  bars
-- column: accessKeyId, kind, owner, state, lastChange, created, createdBy, events, errors,
--         addresses, agents, firstUse, lastUse
WITH calls AS ( -- that made a key or changed it: what failed did not
    SELECT
        rowid, -- which filters may ask for
        *,
        -- Several members at once, since each look at a text reads all of it.
        TRY(json_extract_string(requestParameters, [
            '$.accessKeyId', '$.status', '$.userName', '$.roleArn', '$.roleSessionName'
        ])) AS parameters,
        TRY(json_extract_string(responseElements, [
            '$.accessKey.accessKeyId', '$.credentials.accessKeyId', '$.accessKey.userName', '$.assumedRoleUser.arn', '$.federatedUser.arn'
        ])) AS response
    FROM events
    WHERE /* calls of access-keys */ true
        AND NOT errored
),
changes AS (
    SELECT
        * EXCLUDE (parameters, response),
        coalesce(response[1], response[2], parameters[1]) AS changedKey,
        CASE eventName
            WHEN 'DeleteAccessKey' THEN 'deleted'
            WHEN 'UpdateAccessKey' THEN coalesce(parameters[2], '(unknown)')
            ELSE 'made'
        END AS change,
        coalesce( -- whoever names nobody means itself
            response[3],
            parameters[3],
            nullif(regexp_extract(response[4], ':assumed-role/(.*)$', 1), ''),
            regexp_extract(parameters[4], '[^/]*$') || '/' || parameters[5], -- services get no answer to read it from
            nullif(regexp_extract(response[5], '/([^/]*)$', 1), ''),
            actor
        ) AS recipient,
        coalesce(userIdentity.type, '') = 'AWSAccount' AS isDistant
    FROM calls
),
matching AS (
    SELECT
        userIdentity.accessKeyId AS accessKeyId,
        sourceIPAddress,
        userAgent,
        count(*) AS events,
        count(*) FILTER (WHERE errored) AS errors
    FROM events
    WHERE /* filters */ true
        AND userIdentity.accessKeyId <> '' -- sign-ins and services have an empty one, or none
    GROUP BY ALL
    UNION ALL
    -- A change is an event of the key that it is about, rather than of its caller's.
    SELECT DISTINCT changedKey, NULL, NULL, 0, 0
    FROM (SELECT * REPLACE (struct_update(userIdentity, accessKeyId := changedKey) AS userIdentity) FROM changes)
    WHERE /* filters of what was made of events */ true
        AND changedKey <> ''
),
uses AS (
    SELECT
        userIdentity.accessKeyId AS accessKeyId,
        min(actor) AS actor,
        min(nullif(userIdentity.sessionContext.sessionIssuer.userName, '')) AS role,
        min(try_cast(userIdentity.sessionContext.attributes.creationDate AS TIMESTAMP)) AS sessionStart,
        min(eventTime) AS firstUse,
        max(eventTime) AS lastUse
    FROM events
    WHERE userIdentity.accessKeyId <> ''
    GROUP BY 1
),
histories AS (
    SELECT
        changedKey AS accessKeyId,
        min(recipient) AS recipient,
        min(eventTime) FILTER (WHERE change = 'made') AS created,
        arg_min( -- the caller's account has its name, that of the role only an id
            actor, row(eventTime, isDistant, eventID, file, position)
        ) FILTER (WHERE change = 'made') AS createdBy,
        arg_max( -- within a second, a key is made first and deleted last
            change, row(eventTime, CASE change WHEN 'made' THEN 0 WHEN 'deleted' THEN 2 ELSE 1 END, eventID, file, position)
        ) FILTER (WHERE eventTime IS NOT NULL) AS change,
        max(eventTime) AS lastChange
    FROM changes
    GROUP BY 1
),
described AS (
    SELECT
        matching.*,
        histories.* EXCLUDE (accessKeyId),
        uses.* EXCLUDE (accessKeyId),
        CASE
            WHEN accessKeyId LIKE 'AKIA%' THEN 'long-term'
            WHEN accessKeyId LIKE 'ASIA%' THEN 'temporary'
            ELSE 'other'
        END AS kind,
        coalesce(role, nullif(regexp_extract(recipient, '^([^/]*)/', 1), ''), actor, recipient) AS principal
    FROM matching
    LEFT JOIN histories USING (accessKeyId)
    LEFT JOIN uses USING (accessKeyId)
)
SELECT
    CASE count(DISTINCT accessKeyId) WHEN 1 THEN min(accessKeyId) ELSE '(' || count(DISTINCT accessKeyId) || ' temporary keys)' END AS accessKeyId,
    kind,
    CASE count(DISTINCT accessKeyId) WHEN 1 THEN min(coalesce(actor, recipient)) ELSE principal END AS owner,
    CASE kind WHEN 'long-term' THEN coalesce(replace(min(change), 'made', 'Active'), '(unknown)') END AS state,
    CASE kind WHEN 'long-term' THEN min(lastChange) END AS lastChange,
    -- A user's key is there from its own event on, a session's from the session's start.
    min(coalesce(created, CASE kind WHEN 'temporary' THEN sessionStart END)) AS created,
    CASE count(DISTINCT createdBy) WHEN 0 THEN NULL WHEN 1 THEN min(createdBy) ELSE '(' || count(DISTINCT createdBy) || ' actors)' END AS createdBy,
    sum(events)::BIGINT AS events,
    sum(errors)::BIGINT AS errors,
    count(DISTINCT sourceIPAddress) AS addresses,
    count(DISTINCT /* agent */ userAgent) AS agents,
    min(firstUse) AS firstUse,
    max(lastUse) AS lastUse
FROM described
GROUP BY kind, principal, CASE WHEN kind <> 'temporary' OR /* access-key given */ false THEN accessKeyId END
ORDER BY kind, events DESC, accessKeyId, principal;
