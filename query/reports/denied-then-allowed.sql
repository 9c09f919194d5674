-- title:  Denied first, allowed later
-- group:  Attention
-- why:    the moment when a principal may do to a resource what it was denied before; what
--         had never worked until then comes first: somebody gave the right, or took it. The
--         change is the last one in between to the rights of the principal or the resource,
--         whoever made it; groups and managed policies that it has them from are not looked at
-- column: actor, eventName, resource, denied, lastDenied, change, changed, firstAllowed,
--         allowedBefore, eventSource
WITH matching AS (
    SELECT
        actor,
        coalesce(userIdentity.sessionContext.sessionIssuer.userName, userIdentity.userName) AS principal,
        eventSource,
        eventName,
        eventTime,
        file,
        position,
        /* denied */ false AS denied,
        NOT errored OR errorCode = 'Client.DryRunOperation' AS allowed,
        touched,
        errorMessage
    FROM events
    WHERE /* filters */ true
),
-- Of a bucket, whatever object it is; without a resource, whatever it is.
denials AS (
    SELECT
        actor,
        eventSource,
        eventName,
        eventTime,
        principal,
        regexp_replace(coalesce(
            list_filter(touched, lambda t: t.type = 'AWS::S3::Bucket')[1].name,
            touched[1].name,
            /* refused */ NULL
        ), '^arn:[^:]+:s3:::', '') AS resource
    FROM matching
    WHERE denied
),
firsts AS (
    SELECT
        actor,
        eventSource,
        eventName,
        resource,
        min(principal) AS principal,
        min(eventTime) AS firstDenied
    FROM denials
    GROUP BY actor, eventSource, eventName, resource
),
-- A name is that of any ARN which ends in it, and two ARNs are one resource or two.
wanted AS (
    SELECT *, unnest(CASE
        WHEN resource IS NULL THEN ['']
        WHEN starts_with(resource, 'arn:') THEN [resource, '/' || split_part(split_part(resource, ':', -1), '/', -1)]
        ELSE [resource]
    END) AS key
    FROM firsts
),
working AS (
    SELECT
        actor,
        eventSource,
        eventName,
        eventTime,
        file,
        position,
        unnest(list_concat([''], list_transform(touched, lambda t: t.name), list_transform(touched, lambda t: CASE
            WHEN starts_with(t.name, 'arn:') THEN split_part(split_part(t.name, ':', -1), '/', -1)
            ELSE '/' || t.name
        END))) AS key
    FROM matching
    SEMI JOIN firsts USING (actor, eventSource, eventName)
    WHERE allowed
),
turns AS (
    SELECT
        actor,
        eventSource,
        eventName,
        resource,
        principal,
        firstDenied,
        min(eventTime) FILTER (WHERE eventTime > firstDenied) AS firstAllowed,
        count(DISTINCT file::BIGINT << 32 | position) FILTER (WHERE eventTime < firstDenied) AS allowedBefore
    FROM wanted
    JOIN working USING (actor, eventSource, eventName, key)
    GROUP BY actor, eventSource, eventName, resource, principal, firstDenied
    HAVING firstAllowed IS NOT NULL
),
-- What changes rights, and whose, or to what.
changes AS (
    SELECT
        eventTime,
        eventID,
        file,
        position,
        eventName || coalesce(' by ' || actor, '') AS change,
        unnest(list_distinct(list_transform(touched, lambda t: split_part(split_part(t.name, ':', -1), '/', -1)))) AS name
    FROM events
    WHERE NOT errored
        AND /* write */ true
        AND regexp_matches(
            eventName,
            'Policy|Policies|Permission|Grant|Acl$|PublicAccessBlock|AccountAssignment|AccessEntry|(To|From)Group$|^(Create|Update)Role$'
        )
        AND eventTime >= (SELECT min(firstDenied) FROM turns)
        AND eventTime <= (SELECT max(firstAllowed) FROM turns)
),
explained AS (
    SELECT
        turns.*,
        changes.change,
        changes.eventTime AS changed
    FROM turns
    LEFT JOIN changes
        ON changes.name IN (principal, split_part(split_part(resource, ':', -1), '/', -1))
        AND changes.eventTime BETWEEN firstDenied AND firstAllowed
    QUALIFY row_number() OVER (
        PARTITION BY actor, eventSource, turns.eventName, resource
        ORDER BY changes.eventTime DESC, eventID, file, position
    ) = 1
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
    AND denials.resource IS NOT DISTINCT FROM explained.resource
WHERE denials.eventTime < firstAllowed
GROUP BY explained.actor, explained.eventName, explained.resource, change, changed, firstAllowed, allowedBefore, explained.eventSource
ORDER BY allowedBefore > 0, firstAllowed, explained.actor, explained.eventSource, explained.eventName, explained.resource;
