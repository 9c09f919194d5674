-- title:  Denied first, allowed later
-- group:  Attention
-- why:    the moment when a principal may do to a resource what it was denied before; what
--         had never worked until then comes first: somebody gave the right, or took it. The
--         change is the last one in between to the rights of the principal or the resource,
--         whoever made it, or to a group or managed policy that the store shows it to have
--         then: what it had before the archive begins, nobody knows. An alias of KMS is a
--         resource of its own here
-- column: actor, eventName, resource, denied, lastDenied, change, changed, firstAllowed,
--         allowedBefore, eventSource
WITH matching AS NOT MATERIALIZED ( -- read twice, rather than held
    SELECT
        actor,
        nullif(userIdentity.sessionContext.sessionIssuer.userName, '') AS role,
        userIdentity.userName AS "user",
        /* caller account */ recipientAccountId AS callerAccount,
        eventSource,
        eventName,
        eventTime,
        file,
        position,
        /* denied */ false AS denied,
        NOT errored OR errorCode = 'Client.DryRunOperation' AS allowed,
        /* account */ recipientAccountId AS account,
        awsRegion,
        touched,
        errorCode,
        errorMessage
    FROM events
    WHERE /* filters */ true
),
-- Of a bucket, whatever object it is; without a resource, whatever it is, wherever.
denied AS (
    SELECT
        *,
        coalesce(
            list_filter(touched, lambda t: t."type" = 'AWS::S3::Bucket')[1],
            touched[1],
            struct_pack("type" := NULL, name := /* refused */ NULL)
        ) AS t
    FROM matching
    WHERE errorCode IS NOT NULL -- alone, so that DuckDB looks at it before it reads anything else
        AND denied
),
denials AS (
    SELECT
        *,
        resource_key(
            CASE WHEN role IS NULL THEN 'AWS::IAM::User' ELSE 'AWS::IAM::Role' END, coalesce(role, "user"), callerAccount, NULL
        ) AS principal,
        regexp_replace(t.name, '^arn:[^:]+:s3:::', '') AS resource,
        CASE
            WHEN t.name IS NULL THEN resource_key(NULL, '*', NULL, NULL)
            ELSE resource_key(t."type", t.name, account, awsRegion)
        END AS wanted
    FROM denied
),
firsts AS (
    SELECT
        row_number() OVER () AS number,
        actor,
        eventSource,
        eventName,
        wanted,
        coalesce(min(resource) FILTER (WHERE starts_with(resource, 'arn:')), min(resource)) AS resource,
        min(principal) AS principal,
        min(eventTime) AS firstDenied
    FROM denials
    GROUP BY actor, eventSource, eventName, wanted
),
-- One number for the three, which are compared once for each event.
deeds AS (
    SELECT row_number() OVER () AS deed, actor, eventSource, eventName
    FROM (SELECT DISTINCT actor, eventSource, eventName FROM firsts)
),
working AS (
    SELECT
        deed,
        eventTime,
        file,
        position,
        account,
        awsRegion,
        unnest(list_concat([NULL], touched)) AS t
    FROM matching
    JOIN deeds USING (actor, eventSource, eventName)
    WHERE allowed
),
-- Few of what worked was denied first, and of the rest nothing but the id is needed.
worked AS (
    SELECT
        number,
        wanted,
        firstDenied,
        working.* EXCLUDE (deed)
    FROM firsts
    JOIN deeds USING (actor, eventSource, eventName)
    JOIN working
        ON working.deed = deeds.deed
        AND CASE WHEN t IS NULL THEN '*' ELSE resource_id(t.name) END = wanted.id
),
allowed AS (
    SELECT
        number,
        min(eventTime) FILTER (WHERE eventTime > firstDenied) AS firstAllowed,
        count(DISTINCT file::BIGINT << 32 | position) FILTER (WHERE eventTime < firstDenied) AS allowedBefore
    FROM worked
    -- Of the id that they were joined by; of a mere name, nobody knows its account and Region.
    WHERE t IS NULL
        OR coalesce(resource_type(t."type", t.name) = wanted."type", true)
        AND coalesce(resource_account(t."type", t.name, account) = wanted.account, true)
        AND coalesce(resource_region(t."type", t.name, awsRegion) = wanted.region, true)
    GROUP BY number
    HAVING firstAllowed IS NOT NULL
),
turns AS (
    SELECT *
    FROM firsts
    JOIN allowed USING (number)
),
-- What changes rights, and whose, or to what.
touching AS (
    SELECT
        eventTime,
        eventID,
        file,
        position,
        eventName,
        actor,
        /* account */ recipientAccountId AS account,
        awsRegion,
        unnest(list_distinct(touched)) AS t
    FROM events
    WHERE NOT errored
        AND /* write */ true
        AND regexp_matches(
            eventName,
            'Policy|Policies|Permission|Grant|Acl$|PublicAccessBlock|AccountAssignment|AccessEntry|(To|From)Group$|^(Create|Update)Role$'
        )
        AND eventTime <= (SELECT max(firstAllowed) FROM turns)
),
changes AS (
    SELECT
        * EXCLUDE (t, account, awsRegion),
        resource_key(t."type", t.name, account, awsRegion) AS "key"
    FROM touching
),
-- What principals have rights from, and when: from the call that gave it until the next one.
-- What is taken away first was there before.
calls AS (
    SELECT
        eventTime,
        eventID,
        regexp_matches(eventName, '^(Add|Attach)') AS joined,
        list("key") FILTER (WHERE ("key"."type" = 'AWS::IAM::Policy') = (eventName LIKE '%Policy')
            AND ("key"."type" = 'AWS::IAM::Group') = (eventName LIKE '%Group'))[1] AS source,
        list("key") FILTER (WHERE "key"."type" = CASE
            WHEN eventName LIKE '%RolePolicy' THEN 'AWS::IAM::Role'
            WHEN eventName LIKE '%GroupPolicy' THEN 'AWS::IAM::Group'
            ELSE 'AWS::IAM::User'
        END)[1] AS member
    FROM changes
    WHERE eventName IN (
        'AddUserToGroup', 'AttachGroupPolicy', 'AttachRolePolicy', 'AttachUserPolicy', 'DetachGroupPolicy',
        'DetachRolePolicy', 'DetachUserPolicy', 'RemoveUserFromGroup'
    )
    GROUP BY eventTime, eventID, file, position, eventName
),
links AS (
    SELECT
        member,
        source,
        CASE WHEN joined THEN eventTime ELSE '-infinity' END AS since,
        CASE WHEN joined THEN next ELSE eventTime END AS until
    FROM (
        SELECT
            *,
            coalesce(lead(eventTime) OVER each_pair, 'infinity') AS next,
            lag(joined) OVER each_pair AS before
        FROM calls
        WINDOW each_pair AS (PARTITION BY member, source ORDER BY eventTime, eventID)
    )
    WHERE joined OR before IS NULL
),
sources AS (
    SELECT * FROM links
    UNION ALL
    SELECT
        groups.member,
        policies.source,
        greatest(groups.since, policies.since),
        least(groups.until, policies.until)
    FROM links AS groups
    JOIN links AS policies ON policies.member = groups.source
),
about AS (
    SELECT *, unnest([principal, wanted]) AS source, '' AS change, firstDenied AS since, firstAllowed AS until
    FROM turns
    UNION ALL
    SELECT
        turns.*,
        sources.source,
        CASE sources.source."type" WHEN 'AWS::IAM::Group' THEN 'GroupPolicy' ELSE 'PolicyVersion' END,
        greatest(firstDenied, sources.since),
        least(firstAllowed, sources.until)
    FROM turns
    JOIN sources ON sources.member = turns.principal
),
-- By itself: a LEFT JOIN with more than equality in it compares each with each.
lastChanges AS (
    SELECT
        number,
        changes.eventName || coalesce(' by ' || changes.actor, '') AS change,
        changes.eventTime AS changed
    FROM (SELECT * EXCLUDE (wanted), source AS wanted FROM about) AS about
    JOIN changes
        ON /* is wanted */ true
        AND ends_with(changes.eventName, about.change)
        AND changes.eventTime BETWEEN about.since AND about.until
    QUALIFY row_number() OVER (
        PARTITION BY number
        ORDER BY changes.eventTime DESC, eventID, file, position
    ) = 1
),
explained AS (
    SELECT turns.*, change, changed
    FROM turns
    LEFT JOIN lastChanges USING (number)
)
SELECT
    explained.actor,
    explained.eventName,
    explained.resource,
    count(*) AS denied,
    max(denials.eventTime) AS lastDenied,
    change,
    changed,
    firstAllowed,
    allowedBefore,
    explained.eventSource
FROM explained
JOIN denials
    ON denials.actor = explained.actor
    AND denials.eventSource = explained.eventSource
    AND denials.eventName = explained.eventName
    AND denials.wanted = explained.wanted
WHERE denials.eventTime < firstAllowed
GROUP BY explained.actor, explained.eventName, explained.resource, change, changed, firstAllowed, allowedBefore, explained.eventSource, explained.wanted
ORDER BY allowedBefore > 0, firstAllowed, explained.actor, explained.eventSource, explained.eventName, explained.resource, explained.wanted;
