-- title:  Who was let in from outside
-- group:  Attention
-- alias:  public-exposure
-- why:    calls that let in everybody, another account, an identity provider or a certificate
--         authority, tried or done: policies, trusts, grants, shares, ACLs, ports, public
--         addresses, blocks on public access taken away; takenBack is when a later call,
--         whatever the filters, took it back or deleted the resource: without, it is open
--         as far as the store knows
-- column: eventTime, eventName, actor, resource, grantee, actions, condition, takenBack,
--         error, sourceIPAddress
WITH calls AS MATERIALIZED (
    SELECT
        rowid AS call,
        eventTime,
        eventID,
        file,
        position,
        eventName,
        regexp_replace(eventName, '_?[0-9]{8}(v[0-9]+)?$', '') AS name, -- Lambda's have a version
        actor,
        /* names */ touched AS resource,
        /* account */ recipientAccountId AS account,
        awsRegion,
        eventSource,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response,
        errored,
        /* error */ errorCode AS error,
        sourceIPAddress,
        coalesce(( -- those that were not asked for may take back what others gave
            /* filters */ true
        ), false) AS asked
    FROM events
    WHERE readOnly IS DISTINCT FROM true
        AND ( -- by the name alone, which DuckDB looks at before it reads anything else
            /* calls of external-access */ true
            OR contains(eventName, 'Permission')
            OR starts_with(eventName, 'DeleteFunction')
            OR eventName IN ['CopyObject', 'CreateMultipartUpload', 'PutObject']
        )
        AND (
            /* calls of external-access */ true
            OR regexp_matches(eventName, '^((Add|Remove)(LayerVersion)?Permission|DeleteFunction)[0-9]{8}')
            -- Of these there are many, and few come with an ACL.
            OR eventName IN ('CopyObject', 'CreateMultipartUpload', 'PutObject')
            AND (contains(requestParameters, '-read') OR contains(requestParameters, 'Users'))
        )
),
texts AS (
    SELECT
        *,
        /* policy text */ NULL AS policyText,
        coalesce(
            json_extract_string(parameters, '$.bucketName'),
            json_extract_string(parameters, '$.roleName'),
            json_extract_string(parameters, '$.keyId'), json_extract_string(response, '$.keyMetadata.keyId'),
            json_extract_string(parameters, '$.queueUrl'), json_extract_string(response, '$.queueUrl'),
            json_extract_string(parameters, '$.topicArn'), json_extract_string(response, '$.topicArn'),
            json_extract_string(parameters, '$.functionName'), json_extract_string(parameters, '$.layerName'),
            json_extract_string(parameters, '$.repositoryName'),
            json_extract_string(parameters, '$.secretId'),
            json_extract_string(parameters, '$.snapshotId'), json_extract_string(parameters, '$.imageId'),
            json_extract_string(parameters, '$.dBSnapshotIdentifier'), json_extract_string(parameters, '$.dBClusterSnapshotIdentifier'),
            json_extract_string(parameters, '$.resourceShareArn'), json_extract_string(response, '$.resourceShare.resourceShareArn'),
            json_extract_string(parameters, '$.trustAnchorId'), json_extract_string(response, '$.trustAnchor.trustAnchorId'),
            json_extract_string(parameters, '$.groupId'), json_extract_string(parameters, '$.ModifySecurityGroupRulesRequest.GroupId'),
            json_extract_string(parameters, '$.networkAclId'),
            json_extract_string(parameters, '$.dBInstanceIdentifier'), json_extract_string(parameters, '$.clusterIdentifier'),
            json_extract_string(parameters, '$.backupVaultName'), json_extract_string(parameters, '$.fileSystemId'),
            json_extract_string(parameters, '$.resourceArn'), json_extract_string(parameters, '$.domainName'),
            json_extract_string(parameters, '$.documentName'), json_extract_string(parameters, '$.eventBusName'),
            json_extract_string(parameters, '$.name'),
            CASE WHEN regexp_matches(name, 'PublicAccess') THEN '(the account)' END
        ) AS called,
        coalesce(
            json_extract_string(parameters, '$.statementId'),
            json_extract_string(parameters, '$.label'),
            json_extract_string(parameters, '$.grantId'), json_extract_string(response, '$.grantId'),
            json_extract_string(parameters, '$.ruleNumber')
        ) AS statement,
        /* rules */ parameters AS rules
    FROM calls
),
known AS MATERIALIZED (
    SELECT
        *,
        CASE WHEN json_type(try_cast(policyText AS JSON)) = 'OBJECT' THEN try_cast(policyText AS JSON) END AS policy,
        -- What the resource goes by, whether the call names it by a name, an id or an ARN.
        concat_ws(
            '/',
            CASE WHEN name LIKE '%LayerVersionPermission' THEN 'layer' END, -- a function may have its name
            resource_id(called),
            json_extract_string(parameters, '$.key')
        ) AS thing,
        -- What a call says anew, and a later one with it.
        CASE
            WHEN regexp_matches(name, 'Ingress$|SecurityGroupRules$|NetworkAclEntry$') THEN 'rules'
            WHEN regexp_matches(name, 'BlockPublic|PublicAccess') THEN 'block'
            WHEN regexp_matches(name, 'FunctionUrlConfig$') THEN 'URL'
            WHEN regexp_matches(name, 'Acl$') OR name IN ('CreateBucket', 'CopyObject', 'CreateMultipartUpload', 'PutObject') THEN 'ACL'
            WHEN policyText IS NOT NULL OR regexp_matches(name, 'Policy$') OR name IN ('AddPermission', 'PutPermission', 'RemovePermission') THEN 'policy'
            WHEN json_exists(parameters, '$.publiclyAccessible') OR json_exists(parameters, '$.resourcesVpcConfig.endpointPublicAccess') THEN 'address'
            ELSE 'share'
        END AS kind,
        list_transform(
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
        ) AS opened, -- to the whole Internet, or at least a half, quarter ... of it
        coalesce(json_extract_string(response, '$.securityGroupRuleSet.items[*].securityGroupRuleId'), [])
        || json_extract_string(parameters, '$.securityGroupRuleIds.items[*].securityGroupRuleId') AS ruleIDs,
        json_extract_string(parameters, '$.createVolumePermission.remove.items[*].*')
        || json_extract_string(parameters, '$.launchPermission.remove.items[*].*')
        || json_extract_string(parameters, '$.loadPermission.remove.items[*].*')
        || json_extract_string(parameters, '$.valuesToRemove[*]')
        || json_extract_string(parameters, '$.accountIdsToRemove[*]')
        || CASE name WHEN 'DisassociateResourceShare' THEN json_extract_string(parameters, '$.principals[*]') ELSE [] END AS removed
    FROM texts
),
statements AS (
    SELECT
        call,
        unnest(CASE json_type(policy, '$.Statement')
            WHEN 'ARRAY' THEN json_extract(policy, '$.Statement[*]')
            ELSE [json_extract(policy, '$.Statement')]
        END) AS said
    FROM known
    WHERE policy IS NOT NULL
),
-- Each somebody that a policy or a call names; certain are those who are outside wherever
-- their name says that they are.
named AS (
    SELECT
        call,
        unnest(
            list_transform(
                CASE WHEN json_exists(said, '$.NotPrincipal') THEN ['all but ' || json_extract_string(said, '$.NotPrincipal')] ELSE [] END
                || CASE json_type(said, '$.Principal.Federated')
                    WHEN 'ARRAY' THEN json_extract_string(said, '$.Principal.Federated[*]')
                    WHEN 'VARCHAR' THEN [json_extract_string(said, '$.Principal.Federated')]
                    ELSE []
                END
                || CASE json_type(said, '$.Principal.CanonicalUser')
                    WHEN 'ARRAY' THEN json_extract_string(said, '$.Principal.CanonicalUser[*]')
                    WHEN 'VARCHAR' THEN [json_extract_string(said, '$.Principal.CanonicalUser')]
                    ELSE []
                END,
                lambda who: struct_pack(grantee := who, certain := true)
            )
            || list_transform(
                CASE json_type(said, '$.Principal') WHEN 'VARCHAR' THEN [json_extract_string(said, '$.Principal')] ELSE [] END
                || CASE json_type(said, '$.Principal.AWS')
                    WHEN 'ARRAY' THEN json_extract_string(said, '$.Principal.AWS[*]')
                    WHEN 'VARCHAR' THEN [json_extract_string(said, '$.Principal.AWS')]
                    ELSE []
                END,
                lambda who: struct_pack(grantee := who, certain := false)
            )
        ) AS who,
        coalesce(
            array_to_string(nullif(json_extract_string(said, '$.Action[*]'), []), ' '),
            json_extract_string(said, '$.Action'),
            'all but ' || json_extract_string(said, '$.NotAction')
        ) AS actions,
        json_extract_string(said, '$.Condition') AS condition,
        json_extract_string(said, '$.Sid') AS statement
    FROM statements
    WHERE json_extract_string(said, '$.Effect') = 'Allow'
    UNION ALL
    SELECT
        call,
        unnest(list_transform(
            json_extract_string(parameters, '$.createVolumePermission.add.items[*].*')
            || json_extract_string(parameters, '$.launchPermission.add.items[*].*')
            || json_extract_string(parameters, '$.loadPermission.add.items[*].*')
            || json_extract_string(parameters, '$.valuesToAdd[*]')
            || json_extract_string(parameters, '$.accountIdsToAdd[*]')
            || CASE WHEN name IN ('CreateResourceShare', 'AssociateResourceShare') THEN json_extract_string(parameters, '$.principals[*]') ELSE [] END
            -- SQS and SNS spell the list in more than one way.
            || CASE WHEN name = 'AddPermission' THEN regexp_extract_all(parameters, '"([0-9]{12})"', 1) ELSE [] END
            || CASE
                WHEN name IN ('AddPermission', 'AddLayerVersionPermission', 'PutPermission')
                    AND NOT coalesce(regexp_matches(json_extract_string(parameters, '$.principal'), '^[0-9]{12}$') AND name = 'AddPermission', false)
                    THEN [json_extract_string(parameters, '$.principal')]
                ELSE []
            END
            || [json_extract_string(parameters, '$.granteePrincipal'), json_extract_string(parameters, '$.accountWithRestoreAccess')],
            lambda who: struct_pack(grantee := who, certain := false)
        )),
        coalesce(
            array_to_string(nullif(json_extract_string(parameters, '$.operations[*]'), []), ' '),
            array_to_string(nullif(json_extract_string(parameters, '$.actions[*]'), []), ' '),
            array_to_string(nullif(json_extract_string(parameters, '$.actionName[*]'), []), ' '),
            json_extract_string(parameters, '$.action'),
            array_to_string(nullif(json_extract_string(parameters, '$.resourceArns[*]'), []), ' '),
            'share'
        ),
        coalesce(
            json_extract_string(parameters, '$.constraints'), json_extract_string(parameters, '$.condition'),
            nullif(concat_ws(
                ' ', json_extract_string(parameters, '$.principalOrgID'), json_extract_string(parameters, '$.organizationId'),
                json_extract_string(parameters, '$.sourceArn'), json_extract_string(parameters, '$.sourceAccount'),
                'functionUrlAuthType=' || json_extract_string(parameters, '$.functionUrlAuthType')
            ), '')
        ),
        statement
    FROM known
    UNION ALL
    SELECT
        call,
        struct_pack(grantee := coalesce(anchor, CASE WHEN contains(opening, 'uthenticated') THEN 'every AWS account' ELSE 'everybody' END), certain := true),
        CASE WHEN anchor IS NULL THEN opening ELSE 'rolesanywhere:CreateSession' END,
        NULL,
        statement
    FROM (
        SELECT
            *,
            CASE
                WHEN name IN ('CreateTrustAnchor', 'UpdateTrustAnchor', 'EnableTrustAnchor')
                    THEN 'certificates of ' || coalesce(
                        json_extract_string(parameters, '$.source.sourceData.acmPcaArn'),
                        json_extract_string(parameters, '$.name'),
                        json_extract_string(parameters, '$.trustAnchorId')
                    )
            END AS anchor,
            unnest(CASE
                WHEN kind <> 'rules' THEN [NULL]
                WHEN NOT regexp_matches(name, '^(Revoke|Delete)')
                    AND coalesce(json_extract_string(parameters, '$.egress'), 'false') = 'false'
                    AND coalesce(json_extract_string(parameters, '$.ruleAction'), 'allow') = 'allow'
                    THEN opened
            END) AS rule,
            CASE
                WHEN kind = 'rules' THEN rule
                WHEN kind = 'ACL'
                    THEN 'ACL: ' || nullif(regexp_extract(
                        concat_ws(
                            ' ', json_extract(parameters, '$."x-amz-acl"'), json_extract(parameters, '$.AccessControlPolicy'),
                            json_extract(parameters, '$.accessControlList'), json_extract(parameters, '$."x-amz-grant-full-control"'),
                            json_extract(parameters, '$."x-amz-grant-read"'), json_extract(parameters, '$."x-amz-grant-read-acp"'),
                            json_extract(parameters, '$."x-amz-grant-write"'), json_extract(parameters, '$."x-amz-grant-write-acp"')
                        ),
                        'public-read-write|public-read|authenticated-read|AllUsers|AuthenticatedUsers'
                    ), '')
                WHEN regexp_matches(name, '^(Delete.*PublicAccessBlock|Disable.*BlockPublicAccess)$')
                    OR name = 'ModifyVpcBlockPublicAccessOptions' AND contains(parameters, '"off"')
                    THEN 'no block on public access'
                WHEN regexp_matches(name, 'PublicAccess(Block|Configuration)$')
                    THEN 'not blocked: ' || nullif(array_to_string(regexp_extract_all(parameters, '"([A-Za-z]+)": ?false', 1), ' '), '')
                WHEN kind = 'URL' AND json_extract_string(parameters, '$.authType') = 'NONE' THEN 'URL without authentication'
                WHEN json_extract_string(parameters, '$.publiclyAccessible') = 'true' THEN 'public address'
                WHEN json_extract_string(parameters, '$.resourcesVpcConfig.endpointPublicAccess') = 'true' THEN 'public endpoint'
            END AS opening
        FROM known
    )
    WHERE anchor IS NOT NULL OR opening IS NOT NULL
    UNION ALL
    SELECT -- an ACL names accounts by ids of their own, as it does its owner
        call,
        struct_pack(
            grantee := coalesce(json_extract_string(granted, '$.Grantee.ID'), json_extract_string(granted, '$.Grantee.EmailAddress')),
            certain := true
        ),
        'ACL: ' || json_extract_string(granted, '$.Permission'),
        NULL,
        NULL
    FROM (
        SELECT
            call,
            json_extract_string(parameters, '$.AccessControlPolicy.Owner.ID') AS owner,
            unnest(CASE json_type(parameters, '$.AccessControlPolicy.AccessControlList.Grant')
                WHEN 'ARRAY' THEN json_extract(parameters, '$.AccessControlPolicy.AccessControlList.Grant[*]')
                ELSE [json_extract(parameters, '$.AccessControlPolicy.AccessControlList.Grant')]
            END) AS granted
        FROM known
        WHERE kind = 'ACL'
    )
    WHERE coalesce(json_extract_string(granted, '$.Grantee.ID'), json_extract_string(granted, '$.Grantee.EmailAddress')) <> coalesce(owner, '')
    UNION ALL
    SELECT
        call,
        struct_pack(grantee := unnest(regexp_extract_all(
            json_extract_string(parameters, '$."x-amz-grant-' || permission || '"'), '(?:id|emailAddress)=[\\"]*([^\\", ]+)', 1
        )), certain := true),
        'ACL: ' || permission,
        NULL,
        NULL
    FROM known, (VALUES ('full-control'), ('read'), ('read-acp'), ('write'), ('write-acp')) AS permissions (permission)
    WHERE kind = 'ACL'
),
grants AS MATERIALIZED (
    SELECT
        row_number() OVER () AS number,
        named.call,
        CASE
            WHEN who.grantee IN ('*', 'all') THEN 'everybody'
            ELSE regexp_replace(who.grantee, '^arn:[^:]*:iam::([0-9]{12}):root$', '\1') -- two spellings of one account
        END AS grantee,
        actions,
        condition,
        named.statement
    FROM named
    JOIN known ON known.call = named.call
    WHERE who.certain
        OR NOT regexp_matches(who.grantee, '\.amazonaws\.com(\.cn)?$') -- a service
        AND coalesce(nullif(regexp_extract(who.grantee, '^(?:arn:[^:]*:(?:iam|sts)::)?([0-9]{12})(?::|$)', 1), ''), '') <> coalesce(account, '(none)')
),
-- What a later call may take back of each: all that somebody has, a statement, a rule.
given AS MATERIALIZED (
    SELECT
        number,
        eventSource,
        account,
        awsRegion,
        thing,
        kind,
        grantee,
        eventTime,
        unnest([
            kind || ' of ' || grantee,
            'statement ' || grants.statement,
            CASE kind WHEN 'rules' THEN 'rule ' || actions END,
            CASE len(ruleIDs) WHEN 1 THEN 'rule ' || ruleIDs[1] END -- of several, the record does not say which is which
        ]) AS part
    FROM grants
    JOIN known ON known.call = grants.call
    WHERE NOT errored AND thing <> ''
),
grantees AS (
    SELECT DISTINCT eventSource, account, awsRegion, thing, kind, grantee
    FROM given
),
-- The calls that worked and deleted the resource, took out somebody, or said the whole
-- anew without them; and those that took out a statement or a rule.
endings AS (
    SELECT
        grantees.* EXCLUDE (kind, grantee),
        grantees.kind || ' of ' || grantees.grantee AS part,
        eventTime
    FROM grantees
    JOIN known AS later
        ON later.eventSource = grantees.eventSource
        AND later.account = grantees.account
        AND later.awsRegion = grantees.awsRegion
        AND later.thing = grantees.thing
    WHERE NOT errored
        AND (
            name IN (
                'DeleteBackupVault', 'DeleteBucket', 'DeleteCluster', 'DeleteDBClusterSnapshot', 'DeleteDBInstance',
                'DeleteDBSnapshot', 'DeleteFileSystem', 'DeleteFunction', 'DeleteNetworkAcl', 'DeleteQueue',
                'DeleteRepository', 'DeleteResourceShare', 'DeleteRole', 'DeleteSecret', 'DeleteSecurityGroup',
                'DeleteSnapshot', 'DeleteTopic', 'DeleteTrustAnchor', 'DeregisterImage', 'DisableTrustAnchor',
                'ResetImageAttribute', 'ResetSnapshotAttribute', 'ScheduleKeyDeletion'
            )
            OR list_contains(removed, CASE grantees.grantee WHEN 'everybody' THEN 'all' ELSE grantees.grantee END)
            OR later.kind = grantees.kind
            AND (
                regexp_matches(name, '^Delete.*(Policy|FunctionUrlConfig)$')
                OR CASE later.kind
                    WHEN 'policy' THEN policyText = '' OR policy IS NOT NULL
                    WHEN 'ACL' THEN name LIKE 'Put%Acl'
                    -- Of S3's four blocks, one that a call leaves out is off.
                    WHEN 'block' THEN NOT regexp_matches(name, '^Delete|^Disable|PublicAccessBlock$')
                        OR len(regexp_extract_all(parameters, '": ?true')) = 4
                    WHEN 'URL' THEN json_exists(parameters, '$.authType')
                    WHEN 'address' THEN true
                END
                AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.call = later.call AND grants.grantee = grantees.grantee)
            )
        )
    UNION ALL
    SELECT
        eventSource,
        account,
        awsRegion,
        thing,
        unnest(
            CASE
                WHEN kind = 'rules' AND name LIKE 'Revoke%Ingress'
                    THEN list_transform(opened || ruleIDs, lambda rule: 'rule ' || rule)
                WHEN name IN (
                    'RemovePermission', 'RemoveLayerVersionPermission', 'RevokeGrant', 'RetireGrant', 'DeleteNetworkAclEntry',
                    'ReplaceNetworkAclEntry'
                )
                    THEN ['statement ' || statement]
            END
        ),
        eventTime
    FROM known
    WHERE NOT errored
),
taken AS (
    SELECT
        number,
        min(ended) AS takenBack
    FROM (
        SELECT
            number,
            min(CASE WHEN number IS NULL THEN eventTime END) OVER (
                PARTITION BY eventSource, account, awsRegion, thing, part
                ORDER BY eventTime, number NULLS FIRST -- what is of the same second is not later
                ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
            ) AS ended
        FROM (
            SELECT * EXCLUDE (kind, grantee) FROM given
            UNION ALL BY NAME
            SELECT * FROM endings
        )
        WHERE part IS NOT NULL
    )
    WHERE number IS NOT NULL
    GROUP BY number
)
SELECT
    eventTime,
    eventName,
    actor,
    resource,
    grants.grantee,
    actions,
    condition,
    takenBack,
    error,
    sourceIPAddress
FROM grants
JOIN known ON known.call = grants.call
LEFT JOIN taken ON taken.number = grants.number
WHERE asked
ORDER BY eventTime, eventID, file, position, grants.grantee, actions, condition, takenBack;
