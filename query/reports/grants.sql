-- title:  What policies allow, in words
-- why:    every policy that was put, attached, made, changed or asked for, statement by
--         statement: of users, roles, groups, permission sets, trusts, boundaries, resources
--         and sessions. ADMIN is everything on everything, DENY what is forbidden; with an
--         error it did not come into force
-- group:  Change
-- column: eventTime, eventName, actor, resource, allows, condition, kind, policy, error,
--         sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *,
        CASE
            WHEN eventSource = 'sts.amazonaws.com' THEN 'session'
            WHEN eventSource = 'organizations.amazonaws.com' THEN 'organization'
            WHEN contains(eventName, 'Boundary') THEN 'boundary'
            WHEN eventName IN ('CreateRole', 'UpdateAssumeRolePolicy') THEN 'trust'
            WHEN regexp_matches(eventName, '^(PutInline|Put(User|Role|Group)Policy$)') THEN 'inline'
            WHEN starts_with(eventName, 'Attach') THEN 'attached'
            WHEN regexp_matches(eventName, '^(CreatePolicy|SetDefaultPolicyVersion)') THEN 'managed'
            WHEN regexp_matches(eventName, '^(CreateGrant|AddPermission)') THEN 'grant'
            ELSE 'resource'
        END AS kind
    FROM events
    WHERE /* filters */ true
        AND (
            -- What services ask for their own sessions is not told: it is AWS's.
            eventSource = 'sts.amazonaws.com' AND userIdentity.type IS DISTINCT FROM 'AWSService' AND contains(requestParameters, '"policy')
            OR /* write */ true AND NOT regexp_matches(eventName, '^(Delete(Account|Bucket|[A-Z][a-z]*Polic)|Detach|Remove|Untag|Disassociate)')
            AND (
                contains(requestParameters, 'olicy')
                OR contains(eventName, 'Policy')
                OR contains(requestParameters, 'permissionsBoundary')
                OR regexp_matches(eventName, '^(CreateGrant|AddPermission|Delete.*Boundary|SetDefaultPolicyVersion)')
                -- What was refused, or is too large for a record, has no parameters of its own.
                OR regexp_matches(eventName, '^(Attach|Put|Set|Create|Update).*(Policy|PolicyVersion|Boundary|PermissionSet|Role)$')
                AND (requestParameters IS NULL OR contains(requestParameters, '"omitted"'))
                AND eventSource IN (
                    'iam.amazonaws.com', 'kms.amazonaws.com', 'organizations.amazonaws.com', 's3.amazonaws.com', 'secretsmanager.amazonaws.com',
                    'sso.amazonaws.com'
                )
            )
        )
),
texts AS (
    SELECT
        *,
        /* policy text */ NULL AS policyText,
        CASE WHEN kind IN ('attached', 'organization') THEN coalesce(
            json_extract_string(parameters, '$.policyArn'),
            json_extract_string(parameters, '$.managedPolicyArn'),
            json_extract_string(parameters, '$.customerManagedPolicyReference.name'),
            CASE WHEN eventName = 'AttachPolicy' THEN json_extract_string(parameters, '$.policyId') END
        ) END AS attached,
        coalesce(
            json_extract_string(parameters, '$.permissionsBoundary'),
            json_extract_string(parameters, '$.permissionsBoundary.managedPolicyArn'),
            CASE WHEN regexp_matches(eventName, '^Delete.*Boundary') THEN 'no boundary' END
        ) AS boundary,
        -- Those of SQS and SNS name accounts and actions in lists.
        CASE WHEN kind = 'grant' THEN concat(
            coalesce(
                json_extract_string(parameters, '$.granteePrincipal'),
                replace(json_extract_string(parameters, '$.principal'), '*', 'everybody'),
                array_to_string(regexp_extract_all(requestParameters, '"([0-9]{12})"', 1), ', ')
            ) || ': ',
            array_to_string(
                json_texts(json_extract(parameters, '$.operations')) || json_texts(json_extract(parameters, '$.actions'))
                || json_texts(json_extract(parameters, '$.actionName')) || json_texts(json_extract(parameters, '$.action')),
                ', '
            )
        ) END AS given,
        CASE WHEN kind = 'grant' THEN coalesce(json_extract_string(parameters, '$.constraints'), filled(concat_ws(
            ' ',
            json_extract_string(parameters, '$.sourceArn'), json_extract_string(parameters, '$.sourceAccount'),
            json_extract_string(parameters, '$.principalOrgID')
        ))) END AS givenIf
    FROM matching
),
listed AS (
    SELECT
        *,
        coalesce(
            list_transform(policy_statements(policyText), lambda said: struct_pack(
                kind := kind, allows := statement_words(said), condition := nullif(json_extract_string(said, '$.Condition'), '{}')
            )),
            CASE WHEN policyText IS NOT NULL
                THEN [struct_pack(kind := kind, allows := policy_words(policyText), condition := NULL::VARCHAR)]
            END,
            []
        )
        || list_transform(
            list_filter(list_concat([attached], json_extract_string(parameters, '$.policyArns[*].arn')), lambda arn: arn IS NOT NULL),
            lambda arn: struct_pack(kind := kind, allows := managed_policy(arn), condition := NULL::VARCHAR)
        )
        || list_transform(
            list_filter([boundary], lambda arn: arn IS NOT NULL),
            lambda arn: struct_pack(kind := 'boundary', allows := managed_policy(arn), condition := NULL::VARCHAR)
        )
        || list_transform(
            list_filter([given], lambda words: words <> ''),
            lambda words: struct_pack(kind := kind, allows := words, condition := givenIf)
        )
        || list_transform(
            list_filter(
                [
                    CASE WHEN eventName = 'SetDefaultPolicyVersion' THEN 'version ' || json_extract_string(parameters, '$.versionId') END,
                    CASE
                        WHEN json_extract_string(parameters, '$.omitted') = 'true'
                            THEN concat('left out by CloudTrail: ', json_extract_string(parameters, '$.reason'))
                        WHEN requestParameters IS NULL THEN '(not in the record)'
                        WHEN parameters IS NULL THEN 'cannot be read'
                    END
                ],
                lambda words: words IS NOT NULL
            ),
            lambda words: struct_pack(kind := kind, allows := words, condition := NULL::VARCHAR)
        ) AS said
    FROM texts
),
statements AS (
    SELECT
        eventTime,
        eventID,
        file,
        position,
        eventName,
        actor,
        -- By its member: to look at what was touched takes longer than all the rest.
        coalesce(
            list_filter(
                json_extract_string(parameters, [
                    '$.userName', '$.roleName', '$.groupName', '$.permissionSetArn', '$.targetId', '$.roleArn', '$.bucketName', '$.keyId',
                    '$.functionName', '$.layerName', '$.queueUrl', '$.queueName', '$.topicArn', '$.secretId', '$.repositoryName',
                    '$.backupVaultName', '$.fileSystemId', '$.domainName', '$.tableName', '$.streamARN', '$.eventBusName', '$.policyArn',
                    '$.resourceArn', '$.policyName', '$.name'
                ]),
                lambda name: name IS NOT NULL
            )[1],
            json_extract_string(response, '$.keyMetadata.arn'),
            /* refused */ NULL
        ) AS resource,
        filled(concat_ws(
            ', ',
            coalesce(json_extract_string(parameters, '$.policyName'), json_extract_string(parameters, '$.policyArn')),
            CASE json_extract_string(parameters, '$.setAsDefault') WHEN 'true' THEN 'the default' WHEN 'false' THEN 'not the default' END
        )) AS policy,
        error,
        sourceIPAddress,
        unnest(said) AS one,
        generate_subscripts(said, 1) AS number
    FROM listed
)
SELECT
    eventTime,
    eventName,
    actor,
    resource,
    one.allows AS allows,
    one.condition AS condition,
    one.kind AS kind,
    policy,
    error,
    sourceIPAddress
FROM statements
ORDER BY eventTime, eventID, file, position, number;
