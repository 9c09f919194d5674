-- title:  Who assumed which role
-- why:    AssumeRole and its kin, refused ones as well; account is the role's
-- group:  Identity
-- chart:  bars
-- column: actor, account, role, events, errors, lastEventTime
WITH assumed AS (
    SELECT
        actor,
        -- A refused request may have no parameters: then its message names the role.
        -- AssumeRoot has an account's root in the place of a role.
        coalesce(
            json_extract_string(requestParameters, '$.roleArn'),
            json_extract_string(responseElements, '$.assumedRoleUser.arn'),
            nullif(regexp_extract(errorMessage, 'on resource: (arn:\S+)', 1), ''),
            json_extract_string(requestParameters, '$.targetPrincipal')
        ) AS arn,
        count(*) AS events,
        count(*) FILTER (WHERE errored) AS errors,
        max(eventTime) AS lastEventTime
    FROM events
    WHERE /* filters */ true
        AND /* calls of assumed-roles */ true
    GROUP BY actor, arn
)
SELECT
    coalesce(actor, '(unknown)') AS actor,
    coalesce(nullif(split_part(arn, ':', 5), ''), '(none)') AS account,
    -- The name without its path: the ARN of a session has none.
    coalesce(
        nullif(regexp_extract(arn, ':assumed-role/([^/]+)', 1), ''),
        nullif(regexp_extract(arn, '([^:/]+)$', 1), ''),
        '(none)'
    ) AS role,
    sum(assumed.events)::BIGINT AS events,
    sum(assumed.errors)::BIGINT AS errors,
    max(assumed.lastEventTime) AS lastEventTime
FROM assumed
GROUP BY 1, 2, 3
ORDER BY events DESC, 1, 2, 3;
