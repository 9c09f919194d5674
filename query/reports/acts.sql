-- title:  Which acts matter most
-- why:    what somebody would tell of first, of an actor, an address or a period: logging
--         switched off, access given and opened, things destroyed, secrets read, code run
--         from afar, before other changes, and these before what only looks; a row for the
--         first of those that are alike, with how many these are and the time of the last
-- group:  Questions
-- needs:  actor, resource, source-ip, event-name, access-key, user-agent, since, until
-- column: matters, eventTime, lastEventTime, eventName, actor, resources, detail, error, events,
--         sourceIPAddress, account, awsRegion, eventID
-- aside:  lastEventTime, awsRegion, eventID
WITH matching AS (
    SELECT
        eventTime,
        eventName,
        eventSource,
        actor,
        touched,
        requestParameters,
        responseElements,
        additionalEventData,
        readOnly,
        struct_pack("type" := userIdentity.type) AS userIdentity,
        errored,
        /* error */ errorCode AS error,
        sourceIPAddress,
        /* account */ recipientAccountId AS account,
        awsRegion,
        eventID,
        file,
        position,
        /* write */ true AS writes,
        /* calls of trails */ true AS ofTrails,
        /* calls of credential-changes */ true OR /* calls of iam-changes */ true OR eventSource = 'iam.amazonaws.com' AS ofAccess,
        /* calls of external-access */ true AND NOT regexp_matches(eventName, '^(Revoke|Remove|CreateRole|CreateBucket)') AS ofExternal,
        /* calls of remote-commands */ true AS ofCommands,
        /* calls of snapshots */ true AS ofSnapshots,
        /* calls of sign-ins */ true AS ofSignIns,
        /* calls of secrets */ true OR eventSource = 'lambda.amazonaws.com' AND eventName LIKE 'GetFunction2%' AS ofSecrets,
        /* calls of assumed-roles */ true AS ofRoles,
        /* calls of destroyed */ true OR regexp_matches(eventName, 'Delet(e|ion)|Destroy|Purge|Terminate') AS ofDestroyed,
        /* calls of security-groups */ true OR /* calls of gateways */ true OR /* calls of routes */ true OR /* calls of network-acls */ true AS ofNetwork,
        /* calls of instances */ true AS ofInstances
    FROM events
    WHERE /* filters */ true
),
described AS (
    SELECT
        *,
        CASE WHEN writes OR ofRoles OR ofSignIns THEN try_cast(requestParameters AS JSON) END AS parameters,
        CASE WHEN writes OR ofRoles OR ofSignIns THEN try_cast(responseElements AS JSON) END AS response
    FROM matching
),
detailed AS (
    SELECT
        * EXCLUDE (parameters, response, requestParameters, responseElements, additionalEventData, userIdentity),
        CASE WHEN writes OR ofRoles OR ofSignIns THEN /* detail */ requestParameters END AS detail
    FROM described
),
weighed AS (
    SELECT
        *,
        CASE
            WHEN writes AND ofTrails AND regexp_matches(eventName, '^(Stop|Delete|Disable|Update|Put|Remove|Disassociate|Leave)') THEN 1
            WHEN writes AND contains(detail, 'ADMIN: ') THEN 2
            WHEN writes AND ofDestroyed THEN 5
            WHEN writes AND ofExternal THEN 4
            WHEN writes AND ofAccess THEN 3
            WHEN ofSecrets AND eventName <> 'Decrypt' THEN 6
            WHEN writes AND ofCommands THEN 7
            WHEN writes AND ofSnapshots THEN 8
            WHEN ofSignIns THEN 9
            WHEN ofRoles THEN 10
            WHEN writes AND ofTrails THEN 11
            WHEN writes AND ofNetwork THEN 12
            WHEN writes AND ofInstances THEN 13
            WHEN writes THEN 14
            WHEN ofSecrets THEN 15
            ELSE 16
        END AS kind
    FROM detailed
),
alike AS (
    SELECT
        -- What was refused was only tried: it stands behind what worked of the next kinds.
        kind + CASE WHEN bool_or(errored) THEN 4 ELSE 0 END AS weight,
        kind,
        min(eventTime) AS firstTime,
        max(eventTime) AS lastTime,
        eventName,
        eventSource,
        actor,
        detail,
        error,
        count(*) AS events,
        list_distinct(flatten(list(list_transform(touched, lambda t: t.name)))) AS names,
        arg_min(
            struct_pack(sourceIPAddress, account, awsRegion, eventID, file, position),
            struct_pack(eventTime, eventID, file, position)
        ) AS first
    FROM weighed
    GROUP BY kind, eventName, eventSource, actor, detail, error
)
SELECT
    [
        'logging', 'access: ADMIN', 'access', 'opened', 'destroyed', 'secret', 'command', 'copy', 'sign-in', 'role', 'logging', 'network',
        'machines', 'change', 'decrypted', 'look'
    ][kind] || CASE WHEN error IS NOT NULL THEN ' (tried)' ELSE '' END AS matters,
    firstTime AS eventTime,
    CASE WHEN events > 1 THEN lastTime END AS lastEventTime,
    eventName,
    actor,
    list_transform(
        [array_to_string(list_sort(list_distinct(list_transform(names, lambda name: resource_id(name)))), ', ')],
        lambda line: CASE WHEN length(line) > 300 THEN left(line, 299) || '…' ELSE line END
    )[1] AS resources,
    detail,
    error,
    events,
    first.sourceIPAddress AS sourceIPAddress,
    first.account AS account,
    first.awsRegion AS awsRegion,
    first.eventID AS eventID
FROM alike
ORDER BY weight, firstTime, eventName, actor, first.eventID, first.file, first.position;
