-- title:  What was made or opened and still stands
-- group:  Attention
-- why:    what the calls asked for made or opened and no later call of the log, whatever the
--         filters, took away: keys, users, policies, trusts, shares, code, rules, machines,
--         networks, data, sessions that outlast the log; a thing is a row, undo is the call that
--         would undo it, changed and changedBy tell of the last call that did the same to it
--         later. Calls that may make something and of which that is not known are the last rows,
--         one for each
-- limits: what was there before the log begins is not seen, and what was undone where it does
--         not reach still stands here
-- aside:  eventName, account, region, eventIDs
-- column: eventTime, kind, resource, undo, detail, actor, sourceIPAddress, eventName, events,
--         changed, changedBy, account, region, eventIDs
WITH rules AS MATERIALIZED (
    SELECT
        *,
        list_transform(
            string_split("key", '+'),
            lambda part: system.main.regexp_extract(
                part,
                '^(=?)([>&]?)([^@?\[]*)(\[\])?[.]?([^@?]*)(?:@([A-Za-z]+))?(?:\?(.*))?$',
                ['verbatim', 'answer', 'path', 'list', 'rest', 'means', 'otherwise']
            )
        ) AS parts
    FROM (
        VALUES
            /* rules of alive */ NULL
    ) AS rules (eventSource, name, effect, kind, "type", rule, alternative, "key", "when", path, "value", undo)
),
-- Sessions that outlast the log. Whoever signs in to the console as a user or as root is signed
-- in for twelve hours.
valid AS MATERIALIZED (
    SELECT file, position, accessKeyId, arn, ends
    FROM (
        SELECT
            *,
            coalesce(expires, CASE WHEN eventName = 'ConsoleLogin' AND issuerType IN ('IAMUser', 'Root') THEN eventTime + INTERVAL 12 HOURS END) AS ends
        FROM credential_events
    )
    WHERE ends > (SELECT max(lastEventTime) FROM files)
),
calls AS MATERIALIZED (
    SELECT
        rowid AS call,
        eventTime,
        eventID,
        file,
        position,
        eventName,
        regexp_replace(eventName, '_?[0-9]{4}_?[0-9]{2}_?[0-9]{2}(v[0-9]+)?$', '') AS name, -- Lambda's have a version
        eventSource,
        actor,
        /* account */ recipientAccountId AS account,
        awsRegion,
        sourceIPAddress,
        readOnly,
        touched,
        requestParameters,
        responseElements,
        CASE WHEN eventSource IN ['kms.amazonaws.com', 'cognito-idp.amazonaws.com'] THEN additionalEventData END AS additional,
        coalesce(( -- those that were not asked for may undo what others made
            /* filters */ true
        ), false) AS asked
    FROM events
    WHERE NOT errored
        AND (
            readOnly IS DISTINCT FROM true
            AND (
                /* calls of alive */ true
                OR managementEvent IS DISTINCT FROM false
                AND (
                    eventSource IN ('cloudfront.amazonaws.com', 'lambda.amazonaws.com') -- whose calls have a version
                    OR regexp_matches(
                        eventName,
                        '^(Accept|Add|Allocate|Assign|Associate|Attach|Authorize|Build|Clone|Copy|Create|Enable|Export|Grant|Import|Invite|Issue'
                        || '|Launch|Provision|Publish|Put|Register|Replicate|Request|Restore|Run|Send|Share|Start|Subscribe|Upload)'
                    )
                )
            )
            OR eventName IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot', 'GetFederationToken', 'GetSessionToken', 'ConsoleLogin')
            AND eventTime > (SELECT max(lastEventTime) - INTERVAL 36 HOUR FROM files) -- no session is longer
        )
),
-- What each part of a key holds: a text, or those of a list.
held AS (
    SELECT
        call,
        eventTime,
        effect,
        kind,
        "type",
        rule,
        alternative,
        account,
        awsRegion,
        parts,
        contains("key", '>') AS given,
        list_transform(
            parts,
            lambda part: coalesce(
                nullif(CASE
                    WHEN part.means = 'rules' THEN list_filter(flatten(list_transform(
                        coalesce(nullif(json_extract(response, '$.securityGroupRuleSet.items[*]'), []), /* rules */ parameters),
                        lambda rule: list_transform(
                            json_extract_string(rule, [
                                '$.cidrIpv4', '$.cidrIpv6', '$.referencedGroupInfo.groupId', '$.prefixListId', '$.cidrIp'
                            ])
                            || json_extract_string(rule, '$.ipRanges.items[*].cidrIp')
                            || json_extract_string(rule, '$.ipv6Ranges.items[*].cidrIpv6')
                            || json_extract_string(rule, '$.groups.items[*].groupId')
                            || json_extract_string(rule, '$.prefixListIds.items[*].prefixListId'),
                            lambda other: CASE WHEN other IS NOT NULL THEN concat_ws(
                                ' ',
                                CASE WHEN name LIKE '%Egress' THEN 'out' ELSE 'in' END,
                                replace(json_extract_string(rule, '$.ipProtocol'), '-1', 'all'),
                                CASE WHEN json_extract_string(rule, '$.ipProtocol') <> '-1' THEN concat_ws(
                                    '-',
                                    json_extract_string(rule, '$.fromPort'),
                                    nullif(json_extract_string(rule, '$.toPort'), json_extract_string(rule, '$.fromPort'))
                                ) END,
                                other
                            ) END
                        )
                    )), lambda word: word IS NOT NULL)
                    WHEN part.means = 'ruleIDs'
                        THEN json_extract_string(response, '$.securityGroupRuleSet.items[*].securityGroupRuleId')
                        || json_extract_string(parameters, '$.securityGroupRuleIds.items[*].securityGroupRuleId')
                    WHEN part.means IN ('set', 'unset') THEN list_transform(
                        list_filter(
                            json_extract(parameters, '$.changeBatch.changes[*]'),
                            lambda change: (json_extract_string(change, '$.action') = 'DELETE') = (part.means = 'unset')
                        ),
                        lambda change: concat_ws(
                            ' ',
                            json_extract_string(change, '$.resourceRecordSet.name'),
                            json_extract_string(change, '$.resourceRecordSet.type'),
                            nullif(json_extract_string(change, '$.resourceRecordSet.setIdentifier'), '')
                        )
                    )
                    WHEN part.means = 'acl' THEN list_filter(
                        json_texts(json_extract(parameters, '$."x-amz-acl"'))
                        || json_extract_string(parameters, '$.AccessControlPolicy..Grantee.ID')
                        || json_extract_string(parameters, '$.AccessControlPolicy..Grantee.URI')
                        || json_extract_string(parameters, '$.AccessControlPolicy..Grantee.EmailAddress')
                        || regexp_extract_all(requestParameters, '(?:id|uri|emailAddress)=[\\"]*([^\\", ]+)', 1), -- of headers
                        lambda other: other NOT IN ('private', 'bucket-owner-read', 'bucket-owner-full-control')
                            AND other IS DISTINCT FROM json_extract_string(parameters, '$.AccessControlPolicy.Owner.ID')
                    )
                    WHEN part.means IN ('outside', 'named') THEN list_transform(
                        [json_extract_string(parameters, '$.' || part.path)],
                        lambda policy: coalesce(
                            nullif(list_distinct(list_filter(
                                flatten(list_transform(
                                    list_filter(
                                        policy_statements(policy), lambda said: json_extract_string(said, '$.Effect') = 'Allow'
                                    ),
                                    lambda said: string_split(statement_principals(CASE json_type(said, '$.Principal')
                                        WHEN 'OBJECT' THEN json_merge_patch(json_extract(said, '$.Principal'), '{"Service": null}')
                                        ELSE json_extract(said, '$.Principal')
                                    END), ', ')
                                    || ['all but ' || json_extract_string(said, '$.NotPrincipal')]
                                )),
                                lambda other: other <> ''
                                    AND (
                                        regexp_matches(other, ':(saml|oidc)-provider/')
                                        OR system.main.regexp_extract(other, '^(?:arn:[^:]*:(?:iam|sts)::)?([0-9]{12})(?::|$)', 1)
                                        <> coalesce(account, '')
                                    )
                            )), []),
                            CASE
                                WHEN trim(policy) = '' THEN []
                                WHEN policy_statements(policy) IS NULL THEN ['(cannot be read)']
                                WHEN part.means = 'named' THEN ['(this account)']
                                ELSE []
                            END
                        )
                    )[1]
                    WHEN part.list = '' THEN [
                        json_extract_string(CASE part.answer WHEN '>' THEN response WHEN '&' THEN besides ELSE parameters END, '$.' || part.path)
                    ]
                    ELSE list_transform(
                        list_transform(
                            [json_extract(CASE part.answer WHEN '>' THEN response ELSE parameters END, '$.' || part.path)],
                            lambda list: CASE json_type(list) WHEN 'ARRAY' THEN json_extract(list, '$[*]') ELSE [list] END
                        )[1],
                        lambda element: CASE part.rest WHEN '' THEN element ->> '$' ELSE json_extract_string(element, '$.' || part.rest) END
                    )
                END, [NULL]),
                [nullif(part.otherwise, '')]
            )
        ) AS texts
    FROM (
        SELECT
            calls.*,
            rules.*,
            try_cast(requestParameters AS JSON) AS parameters,
            try_cast(responseElements AS JSON) AS response,
            try_cast(additional AS JSON) AS besides
        FROM calls
        JOIN rules USING (eventSource, name)
    )
    WHERE CASE "when"
        WHEN 'if' THEN json_exists(parameters, '$.' || path)
            AND "value" IN ('', json_extract_string(parameters, '$.' || path))
        WHEN 'unless' THEN NOT coalesce(json_exists(parameters, '$.' || path), false)
        ELSE true
    END
),
-- The names of each thing that a call makes or undoes, its kind, account and Region first.
names AS MATERIALIZED (
    SELECT
        call,
        eventTime,
        effect,
        rule,
        alternative,
        number,
        given,
        list_transform(parts, lambda part, i: CASE len(texts[i]) WHEN 1 THEN texts[i][1] ELSE texts[i][number] END) AS words,
        [
            kind,
            coalesce(resource_account("type", words[1], account), ''),
            coalesce(resource_region("type", words[1], awsRegion), '')
        ] || list_transform(words, lambda word, i: CASE
            WHEN parts[i].means = 'end' THEN name_end(word)
            WHEN parts[i].verbatim = '=' OR parts[i].means <> '' THEN word
            ELSE resource_id(word)
        END) AS name
    FROM (SELECT *, unnest(range(1, list_max(list_transform(texts, lambda t: len(t))) + 1)) AS number FROM held)
    WHERE len(list_filter(words, lambda word: word <> '')) = len(words)
),
-- When each of what was made was undone last: of a call that undoes what it makes itself, and
-- of what another brought back, nothing was.
undone AS (
    SELECT
        made.name,
        max(ended.eventTime) AS eventTime
    FROM (
        SELECT
            name,
            unnest(range(4, len(name) + 1)) AS size,
            back
        FROM (
            SELECT name, max(CASE effect WHEN '~' THEN eventTime END) AS back
            FROM names
            WHERE effect <> '-'
            GROUP BY name
        )
    ) AS made
    JOIN names AS ended ON ended.effect = '-' AND ended.name = made.name[:size]
    LEFT JOIN names AS same ON same.effect <> '-' AND same.call = ended.call AND same.name = made.name
    WHERE same.call IS NULL
        AND (back IS NULL OR ended.eventTime > back)
    GROUP BY made.name
),
made AS (
    SELECT
        call,
        arg_min(name, alternative) AS name,
        -- With whose it is, where only one of its names says so.
        arg_min(name, row(-len(name), alternative)) AS words,
        any_value(undo) AS undo
    FROM names
    JOIN (SELECT DISTINCT rule, undo FROM rules) USING (rule)
    LEFT JOIN undone USING (name)
    WHERE effect <> '-'
    GROUP BY call, rule, number
    -- Within a second nobody knows which was first: but what AWS named with its answer was not
    -- there before.
    HAVING NOT coalesce(max(undone.eventTime) > any_value(names.eventTime) OR max(undone.eventTime) = any_value(names.eventTime) AND bool_or(given), false)
),
-- And the calls of which no rule knows what they make, or whose record does not have its name.
unnamed AS (
    SELECT
        call,
        any_value(rules.undo) AS undo,
        min(kind) FILTER (WHERE effect <> '-') AS kind
    FROM calls
    LEFT JOIN rules USING (eventSource, name)
    ANTI JOIN names USING (call)
    WHERE asked
        AND eventSource NOT IN ('sts.amazonaws.com', 'signin.amazonaws.com')
    GROUP BY call
    HAVING count(effect) = 0
        OR bool_or(effect <> '-' AND "when" = '' AND NOT regexp_matches("key", '[\[@]')) -- or it may well make nothing
        OR bool_or(
            effect <> '-' AND (try_cast(requestParameters AS JSON) IS NULL OR requestParameters LIKE '{"omitted":%')
        )
),
things AS (
    SELECT
        found.name AS thing,
        arg_min(
            struct_pack(call := call, words := words, undo := undo, kind := kind), row(eventTime, eventID, file, position)
        ) FILTER (WHERE asked) AS first,
        count(DISTINCT call) FILTER (WHERE asked) AS events,
        list(eventID ORDER BY eventTime, eventID, file, position) FILTER (WHERE asked) AS eventIDs,
        arg_max(struct_pack(call := call, eventTime := eventTime, actor := actor), row(eventTime, eventID, file, position)) AS last
    FROM (
        FROM made
        UNION ALL BY NAME
        FROM unnamed
        UNION ALL BY NAME
        SELECT
            call,
            ['session', account, '', coalesce(accessKeyId, arn || ' ' || eventTime)] AS name,
            ['session', account, '', arn, coalesce(accessKeyId, 'console'), strftime(ends, 'until %Y-%m-%dT%H:%M:%SZ')] AS words,
            'deny older sessions' AS undo
        FROM valid
        JOIN calls USING (file, position)
        WHERE NOT EXISTS ( -- a session ends with its role or its user
            SELECT 1
            FROM names
            WHERE effect = '-'
                AND names.name = [
                    CASE WHEN contains(arn, ':assumed-role/') THEN 'role' ELSE 'user' END,
                    split_part(arn, ':', 5),
                    '',
                    split_part(arn, '/', CASE WHEN contains(arn, ':assumed-role/') THEN 2 ELSE -1 END) -- users may have a path
                ]
                AND names.eventTime >= calls.eventTime
        )
    ) AS found
    JOIN calls USING (call)
    GROUP BY found.name, CASE WHEN found.name IS NULL THEN row(eventSource, calls.name, account) END
    HAVING bool_or(asked)
)
SELECT
    eventTime,
    coalesce(thing[1], first.kind, '(not known)') AS kind,
    CASE WHEN thing IS NOT NULL THEN array_to_string(first.words[4:], ' ') WHEN first.kind IS NOT NULL THEN '(not in the record)' END AS resource,
    first.undo AS undo,
    CASE WHEN thing[1] <> 'session' THEN /* detail */ NULL END AS detail,
    actor,
    sourceIPAddress,
    eventName,
    events,
    CASE WHEN thing IS NOT NULL AND last.call <> first.call THEN last.eventTime END AS changed,
    CASE WHEN thing IS NOT NULL AND last.call <> first.call THEN last.actor END AS changedBy,
    coalesce(nullif(thing[2], ''), account) AS account,
    nullif(thing[3], '') AS region,
    array_to_string(eventIDs[:10], ' ') AS eventIDs -- of the first ten, which is enough to begin with
FROM (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response,
        NULL::VARCHAR AS additionalEventData, -- what the details of sign-ins ask for
        struct_pack("type" := NULL::VARCHAR) AS userIdentity
    FROM things
    JOIN calls ON call = first.call
)
ORDER BY thing IS NULL, eventTime, eventID, file, position, kind, resource, account, region;
