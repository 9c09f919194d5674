-- title:  Opened to the world
-- group:  Attention
-- why:    calls that let everybody in, tried or done: ports, policies, ACLs, blocks on public
--         access taken away, snapshots and images shared with all or another account,
--         databases, function URLs; whether it is still open, the archive does not tell
-- column: eventTime, eventName, actor, opened, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        eventTime,
        eventID,
        file,
        position,
        eventName,
        regexp_replace(eventName, '[0-9]{8}(v[0-9]+)?$', '') AS call, -- Lambda's names carry a version
        actor,
        touched,
        try_cast(requestParameters AS JSON) AS parameters,
        /* error */ errorCode AS error,
        sourceIPAddress
    FROM events
    WHERE /* filters */ true
        AND readOnly IS DISTINCT FROM true
        AND (
            /* calls of public-exposure */ true
            OR regexp_matches(eventName, '^(AddPermission|AddLayerVersionPermission)[0-9]{8}')
            -- Of these there are many, and few come with an ACL.
            OR eventName IN ('CopyObject', 'CreateMultipartUpload', 'PutObject')
            AND (contains(requestParameters, '-read') OR contains(requestParameters, 'Users'))
        )
),
-- A policy is an object in S3, and elsewhere a text that holds one.
policies AS (
    SELECT
        *,
        try_cast(coalesce(
            json_extract_string(parameters, '$.bucketPolicy'),
            json_extract_string(parameters, '$.policy'),
            json_extract_string(parameters, '$.policyText'),
            json_extract_string(parameters, '$.resourcePolicy'),
            json_extract_string(parameters, '$.accessPolicies'),
            json_extract_string(parameters, '$.assumeRolePolicyDocument'),
            json_extract_string(parameters, '$.policyDocument'),
            json_extract_string(parameters, '$.attributes.Policy'),
            json_extract_string(parameters, '$.attributeValue')
        ) AS JSON) AS policy
    FROM matching
),
-- The statements that allow something to everybody: to *, or to all but some.
opening AS (
    SELECT
        *,
        list_filter(
            CASE json_type(policy, '$.Statement')
                WHEN 'ARRAY' THEN json_extract(policy, '$.Statement[*]')
                ELSE [json_extract(policy, '$.Statement')]
            END,
            lambda s: json_extract_string(s, '$.Effect') = 'Allow'
                AND (contains(json_extract(s, '$.Principal')::VARCHAR, '"*"') OR json_exists(s, '$.NotPrincipal'))
        ) AS statements,
        /* rules */ parameters AS rules
    FROM policies
),
found AS (
    SELECT
        *,
        CASE
            -- The whole Internet, or at least a half, quarter ... of it.
            WHEN regexp_matches(call, 'Ingress$|SecurityGroupRules$|NetworkAclEntry$')
                AND regexp_matches(parameters, '"[0-9a-fA-F.:]+/[0-7]"')
                AND coalesce(json_extract_string(parameters, '$.egress'), 'false') = 'false'
                AND coalesce(json_extract_string(parameters, '$.ruleAction'), 'allow') = 'allow'
                THEN array_to_string(list_transform(
                    list_transform(
                        list_filter(rules, lambda rule: regexp_matches(rule::VARCHAR, '"[0-9a-fA-F.:]+/[0-7]"')),
                        lambda rule: struct_pack(
                            protocol := coalesce(
                                json_extract_string(rule, '$.ipProtocol'), json_extract_string(rule, '$.aclProtocol'),
                                json_extract_string(rule, '$..IpProtocol')[1]
                            ),
                            low := coalesce(
                                json_extract_string(rule, '$.fromPort'), json_extract_string(rule, '$.portRange.from'),
                                json_extract_string(rule, '$..FromPort')[1]
                            ),
                            high := coalesce(
                                json_extract_string(rule, '$.toPort'), json_extract_string(rule, '$.portRange.to'),
                                json_extract_string(rule, '$..ToPort')[1]
                            ),
                            ranges := array_to_string(regexp_extract_all(rule::VARCHAR, '"([0-9a-fA-F.:]+/[0-7])"', 1), ' ')
                        )
                    ),
                    lambda rule: concat_ws(
                        ' ',
                        replace(rule.protocol, '-1', 'all'),
                        CASE rule.low WHEN rule.high THEN rule.low ELSE rule.low || '-' || rule.high END,
                        rule.ranges
                    )
                ), ', ')
            WHEN len(statements) > 0
                THEN 'policy: ' || array_to_string(list_transform(
                    statements,
                    lambda s: coalesce(json_extract_string(s, '$.Action'), 'all but ' || json_extract_string(s, '$.NotAction'))
                        || CASE WHEN json_exists(s, '$.Condition') THEN ' on a condition' ELSE '' END
                ), ', ')
            WHEN call IN ('PutBucketAcl', 'PutObjectAcl', 'CreateBucket', 'CopyObject', 'CreateMultipartUpload', 'PutObject')
                THEN 'ACL: ' || nullif(regexp_extract(
                    concat_ws(
                        ' ', json_extract(parameters, '$."x-amz-acl"'), json_extract(parameters, '$.AccessControlPolicy'),
                        json_extract(parameters, '$.accessControlList'), json_extract(parameters, '$."x-amz-grant-full-control"'),
                        json_extract(parameters, '$."x-amz-grant-read"'), json_extract(parameters, '$."x-amz-grant-read-acp"'),
                        json_extract(parameters, '$."x-amz-grant-write"'), json_extract(parameters, '$."x-amz-grant-write-acp"')
                    ),
                    'public-read-write|public-read|authenticated-read|AllUsers|AuthenticatedUsers'
                ), '')
            WHEN call IN ('DeleteBucketPublicAccessBlock', 'DeleteAccountPublicAccessBlock', 'DisableSnapshotBlockPublicAccess', 'DisableImageBlockPublicAccess')
                THEN 'no block on public access'
            WHEN regexp_matches(call, 'PublicAccess(Block|Configuration)$')
                THEN 'not blocked: ' || nullif(array_to_string(
                    regexp_extract_all(parameters, '"([A-Za-z]+)": ?false', 1), ' '
                ), '')
            WHEN call = 'ModifyVpcBlockPublicAccessOptions'
                THEN CASE WHEN contains(parameters, '"off"') THEN 'no block on public access' END
            WHEN regexp_matches(call, '^Modify.*(SnapshotAttribute|ImageAttribute|DocumentPermission)$')
                THEN 'shared with ' || nullif(array_to_string(
                    json_extract_string(parameters, '$.createVolumePermission.add.items[*].*')
                    || json_extract_string(parameters, '$.launchPermission.add.items[*].*')
                    || json_extract_string(parameters, '$.valuesToAdd[*]')
                    || json_extract_string(parameters, '$.accountIdsToAdd[*]'),
                    ' '
                ), '')
            WHEN json_extract_string(parameters, '$.principal') = '*'
                THEN 'policy: ' || json_extract_string(parameters, '$.action')
            WHEN regexp_matches(call, 'FunctionUrlConfig$') AND json_extract_string(parameters, '$.authType') = 'NONE'
                THEN 'URL without authentication'
            WHEN json_extract_string(parameters, '$.publiclyAccessible') = 'true'
                THEN 'public address'
            WHEN json_extract_string(parameters, '$.resourcesVpcConfig.endpointPublicAccess') = 'true'
                THEN 'public endpoint'
        END AS opened
    FROM opening
)
SELECT
    eventTime,
    eventName,
    actor,
    opened,
    /* names */ touched AS resource,
    error,
    sourceIPAddress
FROM found
WHERE opened IS NOT NULL
ORDER BY eventTime, eventID, file, position;
