-- title:  Access keys and what became of them
-- why:    long-term keys (AKIA) that an event used, made or changed, and who made them; state
--         is by the last change that worked. All of that and first and last use are of
--         the whole store, the counts of the events asked for. Temporary keys are a row for
--         each user or role, unless --access-key asks for them, as in 'ASIA*'
-- group:  Identity
-- column: accessKeyId, kind, owner, state, lastChange, created, createdBy, events, errors,
--         addresses, agents, firstUse, lastUse
WITH calls AS ( -- that made a key or changed it: what failed did not
    SELECT
        rowid, -- which filters may ask for
        *,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response
    FROM events
    WHERE /* calls of access-keys */ true
        AND NOT errored
),
changes AS ( -- each as an event of the key that it is about, rather than of its caller's
    SELECT
        * EXCLUDE (parameters, response)
            REPLACE (struct_update(userIdentity, accessKeyId := coalesce(
                json_extract_string(response, '$.accessKey.accessKeyId'),
                json_extract_string(response, '$.credentials.accessKeyId'),
                json_extract_string(parameters, '$.accessKeyId')
            )) AS userIdentity),
        CASE eventName
            WHEN 'DeleteAccessKey' THEN 'deleted'
            WHEN 'UpdateAccessKey' THEN coalesce(json_extract_string(parameters, '$.status'), '(unknown)')
            ELSE 'made'
        END AS change,
        coalesce( -- whoever names nobody means itself
            json_extract_string(response, '$.accessKey.userName'),
            json_extract_string(parameters, '$.userName'),
            nullif(regexp_extract(json_extract_string(response, '$.assumedRoleUser.arn'), ':assumed-role/(.*)$', 1), ''),
            regexp_extract(json_extract_string(parameters, '$.roleArn'), '[^/]*$')
            || '/' || json_extract_string(parameters, '$.roleSessionName'), -- services get no answer to read it from
            nullif(regexp_extract(json_extract_string(response, '$.federatedUser.arn'), '/([^/]*)$', 1), ''),
            actor
        ) AS recipient
    FROM calls
),
keys AS (
    SELECT rowid, * FROM events
    UNION ALL BY NAME
    SELECT * FROM changes
),
matching AS (
    SELECT
        userIdentity.accessKeyId AS accessKeyId,
        count(*) FILTER (WHERE change IS NULL) AS events,
        count(*) FILTER (WHERE change IS NULL AND errored) AS errors,
        array_agg(DISTINCT sourceIPAddress) FILTER (WHERE change IS NULL) AS addresses,
        array_agg(DISTINCT /* agent */ userAgent) FILTER (WHERE change IS NULL AND /* agent */ userAgent IS NOT NULL) AS agents
    FROM keys
    WHERE /* filters */ true
        AND userIdentity.accessKeyId <> '' -- sign-ins and services have an empty one, or none
    GROUP BY 1
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
        userIdentity.accessKeyId AS accessKeyId,
        min(recipient) AS recipient,
        min(eventTime) FILTER (WHERE change = 'made') AS created,
        arg_min( -- the caller's account has its name, that of the role only an id
            actor, row(eventTime, coalesce(userIdentity.type, '') = 'AWSAccount', eventID, file, position)
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
    CASE count(*) WHEN 1 THEN min(accessKeyId) ELSE '(' || count(*) || ' temporary keys)' END AS accessKeyId,
    kind,
    CASE count(*) WHEN 1 THEN min(coalesce(actor, recipient)) ELSE principal END AS owner,
    CASE kind WHEN 'long-term' THEN coalesce(replace(min(change), 'made', 'Active'), '(unknown)') END AS state,
    CASE kind WHEN 'long-term' THEN min(lastChange) END AS lastChange,
    -- A user's key is there from its own event on, a session's from the session's start.
    min(coalesce(created, CASE kind WHEN 'temporary' THEN sessionStart END)) AS created,
    CASE count(DISTINCT createdBy) WHEN 0 THEN NULL WHEN 1 THEN min(createdBy) ELSE '(' || count(DISTINCT createdBy) || ' actors)' END AS createdBy,
    sum(events)::BIGINT AS events,
    sum(errors)::BIGINT AS errors,
    coalesce(len(list_distinct(flatten(list(addresses)))), 0) AS addresses,
    coalesce(len(list_distinct(flatten(list(agents)))), 0) AS agents,
    min(firstUse) AS firstUse,
    max(lastUse) AS lastUse
FROM described
GROUP BY kind, principal, CASE WHEN kind <> 'temporary' OR /* access-key given */ false THEN accessKeyId END
ORDER BY kind, events DESC, accessKeyId, principal;
