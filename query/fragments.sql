-- What several reports share, a fragment each. A report has a mark for it: its name in a
-- comment, and one token that stands for it, as in /* error */ errorCode. The comment
-- behind a name is not put in, and the last line of a fragment has none.

-- fragment: account
-- The account that received the event; where that is missing, the caller's.
coalesce(recipientAccountId, userIdentity.accountId)

-- fragment: agent
-- S3 puts it in brackets, and leaves them empty where there is none.
nullif(CASE WHEN userAgent LIKE '[%]' THEN userAgent[2:-2] ELSE userAgent END, '')

-- fragment: bucket settings
-- What a call sets of a bucket.
concat_ws(
    ', ',
    policy_words(coalesce(json_extract_string(parameters, '$.bucketPolicy'), json_extract_string(parameters, '$.policy'))),
    filled(array_to_string(list_transform(
        CASE json_type(parameters, '$.LifecycleConfiguration.Rule')
            WHEN 'ARRAY' THEN json_extract(parameters, '$.LifecycleConfiguration.Rule[*]')
            WHEN 'OBJECT' THEN [json_extract(parameters, '$.LifecycleConfiguration.Rule')]
        END,
        lambda rule: concat_ws(
            ' ',
            json_extract_string(rule, '$.ID'),
            CASE json_extract_string(rule, '$.Status') WHEN 'Disabled' THEN 'disabled' END,
            'prefix ' || filled(coalesce(json_extract_string(rule, '$.Prefix'), json_extract_string(rule, '$.Filter.Prefix'))),
            'deletes after ' || json_extract_string(rule, '$.Expiration.Days') || ' days',
            'deletes from ' || json_extract_string(rule, '$.Expiration.Date'),
            'deletes old versions after ' || json_extract_string(rule, '$.NoncurrentVersionExpiration.NoncurrentDays') || ' days'
        )
    ), ', ')),
    'versioning ' || lower(json_extract_string(parameters, '$.VersioningConfiguration.Status')),
    'MFA delete ' || lower(json_extract_string(parameters, '$.VersioningConfiguration.MfaDelete')),
    'encryption ' || coalesce(
        json_extract_string(parameters, '$.ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm'),
        json_extract_string(parameters, '$.ServerSideEncryptionConfiguration.Rule[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm')
    ),
    'key ' || coalesce(
        json_extract_string(parameters, '$.ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID'),
        json_extract_string(parameters, '$.ServerSideEncryptionConfiguration.Rule[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID')
    ),
    'access logs to ' || json_extract_string(parameters, '$.BucketLoggingStatus.LoggingEnabled.TargetBucket'),
    'replicates to ' || filled(array_to_string(json_extract_string(parameters, '$.ReplicationConfiguration..Bucket'), ' ')),
    'off: ' || filled(array_to_string(list_filter(
        ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'],
        lambda block: json_extract_string(parameters, '$.PublicAccessBlockConfiguration.' || block) = 'false'
    ), ' ')),
    'ACL ' || coalesce(json_extract_string(parameters, '$.x-amz-acl'), json_extract_string(parameters, '$.x-amz-acl[0]')),
    'grants to ' || filled(array_to_string(
        json_extract_string(parameters, '$.AccessControlPolicy..URI') || json_extract_string(parameters, '$.AccessControlPolicy..Grantee.ID'), ' '
    ))
)

-- fragment: bytes out
-- By S3, whose numbers are 0 or 0.0. What is sent of an error is no data.
CASE WHEN NOT errored AND contains(additionalEventData, 'bytesTransferredOut')
    THEN try_cast(TRY(json_extract_string(additionalEventData, '$.bytesTransferredOut')) AS DOUBLE)
END

-- fragment: caller account
-- The account of whoever acted; where that is missing, the one that received the event.
coalesce(userIdentity.accountId, recipientAccountId)

-- fragment: denied
-- By the error codes of all services that say so.
regexp_matches(
    errorCode, -- not those of bad credentials, nor Client.DryRunOperation: that caller was allowed
    'AccessDenied|Unauthorized|Forbidden|NotAuthorized|AuthorizationError|OperationNotPermitted|InsufficientPrivileges|AccessToClusterDenied'
)

-- fragment: detail
-- What matters of an event beside its name and its resources, on a line.
list_transform(
    [coalesce(filled(/* known detail */ NULL), /* other detail */ NULL)],
    lambda line: CASE WHEN length(line) > 300 THEN left(line, 299) || '…' ELSE line END
)[1]

-- fragment: detail and until
-- Of a row that stands for several events, with the time of the last one.
nullif(concat_ws(
    ', ',
    nullif(detail, ''),
    CASE WHEN count(*) > 1 THEN 'until ' || strftime(max(eventTime), '%Y-%m-%dT%H:%M:%SZ') END
), '')

-- fragment: detail of cloudtrail.amazonaws.com
-- How a trail was set.
CASE WHEN NOT readOnly THEN /* trail settings */ NULL END

-- fragment: detail of ec2.amazonaws.com
-- Rules, routes, instances, and to whom something was opened.
CASE
    WHEN readOnly THEN NULL
    WHEN contains(eventName, 'SecurityGroup') THEN /* rules in words */ NULL
    WHEN contains(eventName, 'NetworkAclEntry') THEN /* network ACL rule */ NULL
    WHEN ends_with(eventName, 'Route') THEN /* route */ NULL
    WHEN eventName = 'RunInstances' THEN concat_ws(
        ', ',
        concat_ws(' ', /* instances */ 1, json_extract_string(parameters, '$.instanceType')),
        'profile ' || coalesce(
            json_extract_string(parameters, '$.iamInstanceProfile.name'), json_extract_string(parameters, '$.iamInstanceProfile.arn')
        ),
        'key pair ' || coalesce(json_extract_string(parameters, '$.keyName'), json_extract_string(parameters, '$.instancesSet.items[0].keyName')),
        CASE WHEN json_exists(parameters, '$.userData') THEN 'user data' END
    )
    WHEN eventName = 'ModifyInstanceAttribute' THEN concat_ws(
        ', ',
        json_extract_string(parameters, '$.instanceType.value'),
        CASE WHEN json_exists(parameters, '$.userData') THEN 'user data' END,
        'protected ' || json_extract_string(parameters, '$.disableApiTermination.value'),
        'groups ' || filled(array_to_string(json_extract_string(parameters, '$.groupSet.items[*].groupId'), ' '))
    )
    WHEN contains(requestParameters, 'Permission"') THEN concat_ws(
        ', ',
        'to ' || filled(array_to_string(json_extract_string(parameters, '$..add.items[*].*'), ' ')),
        'no longer to ' || filled(array_to_string(json_extract_string(parameters, '$..remove.items[*].*'), ' '))
    )
END

-- fragment: detail of kms.amazonaws.com
-- What became of a key, whom it was given to, and what it was used for.
CASE
    WHEN eventName = 'DisableKey' THEN 'disabled'
    WHEN eventName = 'EnableKey' THEN 'enabled'
    WHEN eventName = 'ScheduleKeyDeletion' THEN 'deleted in ' || coalesce(json_extract_string(parameters, '$.pendingWindowInDays'), '30') || ' days'
    WHEN eventName = 'CreateGrant' THEN concat_ws(
        ': ', json_extract_string(parameters, '$.granteePrincipal'), array_to_string(json_extract_string(parameters, '$.operations[*]'), ' ')
    )
    WHEN contains(requestParameters, '"policy"') THEN policy_words(json_extract_string(parameters, '$.policy'))
    WHEN contains(requestParameters, '"encryptionContext"')
        THEN 'for ' || filled(array_to_string(json_extract_string(parameters, '$.encryptionContext.*'), ' '))
END

-- fragment: detail of lambda.amazonaws.com
-- Who may call a function, and what it runs as.
CASE WHEN NOT readOnly THEN concat_ws(
    ', ',
    filled(concat_ws(': ', json_extract_string(parameters, '$.principal'), json_extract_string(parameters, '$.action'))),
    json_extract_string(parameters, '$.runtime'),
    'role ' || json_extract_string(parameters, '$.role'),
    'layers ' || filled(array_to_string(json_texts(json_extract(parameters, '$.layers')), ' ')),
    'URL for ' || json_extract_string(parameters, '$.authType'),
    'code from ' || json_extract_string(parameters, '$.code.s3Bucket')
) END

-- fragment: detail of s3.amazonaws.com
-- How a bucket was set.
CASE WHEN contains(eventName, 'Bucket') AND NOT readOnly THEN /* bucket settings */ NULL END

-- fragment: detail of signin.amazonaws.com
-- Whether there was a second factor, and from which role somebody switched.
concat_ws(
    ', ',
    CASE WHEN userIdentity.type IN ('IAMUser', 'Root') -- of others the provider knows
        THEN CASE lower(try_cast(additionalEventData AS JSON) ->> 'MFAUsed') WHEN 'yes' THEN 'with MFA' WHEN 'no' THEN 'without MFA' END
    END,
    'from ' || (try_cast(additionalEventData AS JSON) ->> 'SwitchFrom')
)

-- fragment: detail of sts.amazonaws.com
-- Which role, as whom, and the key that was handed out.
concat_ws(
    ', ',
    filled(concat_ws(
        ' as ',
        coalesce(split_part(json_extract_string(parameters, '$.roleArn'), '/', -1), json_extract_string(parameters, '$.targetPrincipal')),
        coalesce(json_extract_string(parameters, '$.roleSessionName'), json_extract_string(parameters, '$.name'))
    )),
    'source identity ' || json_extract_string(parameters, '$.sourceIdentity'),
    'MFA ' || json_extract_string(parameters, '$.serialNumber'),
    'limited to ' || policy_words(json_extract_string(parameters, '$.policy')),
    'key ' || json_extract_string(try_cast(responseElements AS JSON), '$.credentials.accessKeyId')
)

-- fragment: detail of others
-- Of all other services: the policies that were set.
CASE WHEN NOT readOnly AND contains(requestParameters, 'olicy') THEN concat_ws(
    ', ',
    CASE WHEN regexp_matches(eventName, '^(Attach|Detach)|Boundary')
        THEN managed_policy(coalesce(
            json_extract_string(parameters, '$.policyArn'), json_extract_string(parameters, '$.permissionsBoundary'),
            json_extract_string(parameters, '$.managedPolicyArn'), json_extract_string(parameters, '$.policyId')
        ))
    END,
    policy_words(/* policy text */ NULL),
    'policy ' || json_extract_string(parameters, '$.policyName'),
    'version ' || json_extract_string(parameters, '$.versionId'),
    CASE json_extract_string(parameters, '$.setAsDefault') WHEN 'true' THEN 'the default' WHEN 'false' THEN 'not the default' END
) END

-- fragment: details
-- What the reports of changes show of an event, or find in it, besides its columns.
*,
try_cast(requestParameters AS JSON) AS parameters,
try_cast(responseElements AS JSON) AS response,
/* names */ touched AS resource,
/* error */ errorCode AS error

-- fragment: error
-- What CloudTrail says of a failure in any of its ways: a failed sign-in has no code.
CASE WHEN errored THEN coalesce(errorCode, errorMessage, 'Failure') END

-- fragment: failed step
-- How a step of a sign-in says that it failed.
coalesce(serviceEventDetails LIKE '%"Failure"%', false)

-- fragment: first name
-- What the parameters call something by, in the first member that is a name or an id by its
-- own name, or an ARN: for a call that no rule of touched knows.
coalesce(
    nullif(regexp_extract(requestParameters, '"(?:[A-Za-z]*(?:Name|Id|ID|Identifier|Arn|ARN)|name|id)":"([^"]+)"', 1), ''),
    nullif(regexp_extract(requestParameters, '"(arn:[^"]+)"', 1), '')
)

-- fragment: ids
-- The ids in the parameters and in the answer.
array_to_string(list_sort(list_distinct(regexp_extract_all(
    concat(requestParameters, responseElements),
    '"([a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{8}|[0-9a-f]{17}))"', -- ids have one form, wherever they stand
    1
))), ' ')

-- fragment: instances
-- How many: RunInstances answers with each of them, or was asked for so many.
coalesce(
    nullif(json_array_length(response, '$.instancesSet.items'), 0),
    try_cast(json_extract_string(parameters, '$.instancesSet.items[0].maxCount') AS BIGINT),
    json_array_length(parameters, '$.instancesSet.items')
)

-- fragment: is called
-- Whether a name in a record is one of the resource that somebody has called by a name: that
-- name itself, what it ends in, or what the resource goes by.
(name = called OR ends_with(name, ':' || called) OR ends_with(name, '/' || called) OR resource_id(name) = called)

-- fragment: is wanted
-- Whether a key is that of a resource that is wanted; of a mere name, nobody knows its
-- account and Region.
(
    "key".id = wanted.id
    AND coalesce("key"."type" = wanted."type", true)
    AND coalesce("key".account = wanted.account, true)
    AND coalesce("key".region = wanted.region, true)
)

-- fragment: known detail
-- Of the calls whose parameters are known; empty for what a record does not have. Its parts
-- are by themselves, since to plan all of them takes longer than to read some events.
CASE eventSource
    WHEN 'ec2.amazonaws.com' THEN /* detail of ec2.amazonaws.com */ NULL
    WHEN 's3.amazonaws.com' THEN /* detail of s3.amazonaws.com */ NULL
    WHEN 'kms.amazonaws.com' THEN /* detail of kms.amazonaws.com */ NULL
    WHEN 'sts.amazonaws.com' THEN /* detail of sts.amazonaws.com */ NULL
    WHEN 'signin.amazonaws.com' THEN /* detail of signin.amazonaws.com */ NULL
    WHEN 'cloudtrail.amazonaws.com' THEN /* detail of cloudtrail.amazonaws.com */ NULL
    WHEN 'lambda.amazonaws.com' THEN /* detail of lambda.amazonaws.com */ NULL
    ELSE /* detail of others */ NULL
END

-- fragment: log places
-- Where trails deliver to and with which keys: by what was set, by what CloudTrail did
-- there, and by where the log files came from.
SELECT DISTINCT resource_id(name) AS name
FROM (
    SELECT split_part(uri, '/', 3) AS name
    FROM files
    WHERE starts_with(uri, 's3://')
    UNION ALL
    SELECT touched[1].name
    FROM events
    WHERE userIdentity.invokedBy = 'cloudtrail.amazonaws.com' AND eventName IN ['GetBucketAcl', 'PutObject'] AND eventSource = 's3.amazonaws.com'
    UNION ALL
    SELECT unnest([json_extract_string(parameters, '$.s3BucketName'), json_extract_string(parameters, '$.kmsKeyId')])
    FROM (
        SELECT unnest([try_cast(requestParameters AS JSON), try_cast(responseElements AS JSON)]) AS parameters
        FROM events
        WHERE eventSource = 'cloudtrail.amazonaws.com' AND eventName IN ['CreateTrail', 'UpdateTrail']
    )
)
WHERE name <> ''

-- fragment: logging switches
-- Each time that somebody switched a trail on or off: whoever stops one or deletes it leaves it
-- off until somebody starts one of that name.
SELECT
    /* account */ recipientAccountId AS account,
    awsRegion AS region,
    regexp_extract(json_extract_string(try_cast(requestParameters AS JSON), '$.name'), '[^/]*$') AS trail,
    eventName IN ('DeleteTrail', 'StopLogging') AS off,
    eventTime AS since,
    lead(eventTime) OVER (
        PARTITION BY account, region, trail
        ORDER BY eventTime, eventID, file, position
    ) AS until
FROM events
WHERE eventSource = 'cloudtrail.amazonaws.com'
    AND eventName IN ['CreateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging']
    AND NOT errored
    AND eventTime IS NOT NULL

-- fragment: names
-- The resources that an event touched.
array_to_string(list_transform(touched, lambda t: t.name), ' ')

-- fragment: network ACL rule
-- Its number, direction, what it does, protocol, ports and addresses.
concat_ws(
    ' ',
    json_extract_string(parameters, '$.ruleNumber'),
    CASE json_extract_string(parameters, '$.egress') WHEN 'true' THEN 'out' WHEN 'false' THEN 'in' END,
    json_extract_string(parameters, '$.ruleAction'),
    replace(json_extract_string(parameters, '$.aclProtocol'), '-1', 'all'),
    json_extract_string(parameters, '$.portRange.from') || '-' || json_extract_string(parameters, '$.portRange.to'),
    coalesce(
        json_extract_string(parameters, '$.cidrBlock'),
        json_extract_string(parameters, '$.ipv6CidrBlock')
    )
)

-- fragment: object
-- What an event is about: the object in S3, or what it touched first.
CASE WHEN len(touched) > 1
    THEN coalesce(list_filter(touched, lambda t: t.type = 'AWS::S3::Object')[1].name, touched[1].name)
    ELSE touched[1].name
END

-- fragment: other detail
-- Of calls without a rule: their first parameters that are plain values, and not among the
-- resources.
filled(array_to_string(list_transform(
    list_filter(
        map_entries(json_transform(
            -- Newer calls of EC2 wrap them in a block.
            CASE WHEN starts_with(requestParameters, concat('{"', eventName, 'Request')) THEN json_extract(parameters, '$.*')[1] ELSE parameters END,
            '"MAP(VARCHAR, VARCHAR)"'
        )),
        lambda p: p.value <> ''
            AND NOT regexp_matches(p.value, '^[\[{]')
            AND NOT regexp_matches(p.key, '^(Host|[Xx]-[Aa]mz-.*|x-id|path)$|(?i)token$|^max|^dryRun$')
            AND coalesce(len(list_filter(
                touched,
                lambda t: t.name = p.value OR ends_with(t.name, ':' || p.value) OR ends_with(t.name, '/' || p.value)
            )), 0) = 0
    )[:4],
    lambda p: p.key || ' ' || replace(p.value, 'HIDDEN_DUE_TO_SECURITY_REASONS', '(hidden)')
), ', '))

-- fragment: policy text
-- A policy in the parameters: an object in S3, and elsewhere a text that holds one.
coalesce(
    json_extract_string(parameters, '$.bucketPolicy'),
    json_extract_string(parameters, '$.policy.policy'),
    json_extract_string(parameters, '$.policy'),
    json_extract_string(parameters, '$.policyText'),
    json_extract_string(parameters, '$.policyInJson'),
    json_extract_string(parameters, '$.resourcePolicy'),
    json_extract_string(parameters, '$.accessPolicies'),
    json_extract_string(parameters, '$.accessPolicy'),
    json_extract_string(parameters, '$.assumeRolePolicyDocument'),
    json_extract_string(parameters, '$.policyDocument'),
    json_extract_string(parameters, '$.inlinePolicy'),
    json_extract_string(parameters, '$.attributes.Policy'),
    CASE json_extract_string(parameters, '$.attributeName')
        WHEN 'Policy' THEN json_extract_string(parameters, '$.attributeValue')
    END,
    CASE eventSource WHEN 'organizations.amazonaws.com' THEN json_extract_string(parameters, '$.content') END
)

-- fragment: refused
-- A denied call may have no parameters, and its message the resource: user ops-admin, or an
-- ARN. A wildcard is none.
nullif(regexp_extract(
    errorMessage,
    'on resource: (?:(?:user|role|group|policy|instance profile) )?([^ ]*[^ *:,])(?:[ ,]|$)',
    1
), '')

-- fragment: route
-- Which addresses to what.
concat_ws(
    ' to ',
    coalesce(
        json_extract_string(parameters, '$.destinationCidrBlock'),
        json_extract_string(parameters, '$.destinationIpv6CidrBlock'),
        json_extract_string(parameters, '$.destinationPrefixListId')
    ),
    coalesce(
        json_extract_string(parameters, '$.gatewayId'),
        json_extract_string(parameters, '$.natGatewayId'),
        json_extract_string(parameters, '$.transitGatewayId'),
        json_extract_string(parameters, '$.vpcPeeringConnectionId'),
        json_extract_string(parameters, '$.networkInterfaceId'),
        json_extract_string(parameters, '$.instanceId'),
        json_extract_string(parameters, '$.vpcEndpointId')
    )
)

-- fragment: rules
-- Of a security group.
CASE -- nested, as the API has them today, or flat, as older clients send them: then the parameters are the rule
    WHEN json_array_length(parameters, '$.ipPermissions.items') > 0
        THEN json_extract(parameters, '$.ipPermissions.items[*]')
    ELSE [parameters]
END

-- fragment: rules in words
-- Those of a security group: protocol, ports, and for whom.
array_to_string(list_transform(
    /* rules */ parameters,
    lambda rule: concat_ws(
        ' ',
        -- The second names are those of ModifySecurityGroupRules.
        replace(coalesce(
            json_extract_string(rule, '$.ipProtocol'), json_extract_string(rule, '$..IpProtocol')[1]
        ), '-1', 'all'),
        coalesce(json_extract_string(rule, '$.fromPort'), json_extract_string(rule, '$..FromPort')[1])
        || coalesce('-' || nullif(
            coalesce(json_extract_string(rule, '$.toPort'), json_extract_string(rule, '$..ToPort')[1]),
            coalesce(json_extract_string(rule, '$.fromPort'), json_extract_string(rule, '$..FromPort')[1])
        ), ''),
        filled(array_to_string(
            json_extract_string(rule, '$..CidrIpv4')
            || json_extract_string(rule, '$..CidrIpv6')
            || json_extract_string(rule, '$..cidrIp')
            || json_extract_string(rule, '$..cIDRIP') -- of RDS
            || json_extract_string(rule, '$..cidrIpv6')
            || json_extract_string(rule, '$.groups.items[*].groupId')
            || json_extract_string(rule, '$.prefixListIds.items[*].prefixListId')
            || json_extract_string(rule, '$.securityGroupRuleIds.items[*].securityGroupRuleId'), -- of Revoke
            ' '
        ))
    )
), ', ')

-- fragment: selectors
-- Which events a trail or an event data store is to have, and which not.
concat_ws(
    '; ',
    CASE
        WHEN json_array_length(parameters, '$.advancedEventSelectors') > 0
            AND NOT regexp_matches(json_extract_string(parameters, '$.advancedEventSelectors'), '"Management"')
            THEN 'no management events'
        WHEN json_array_length(parameters, '$.eventSelectors') = 0 THEN 'no events'
    END,
    filled(array_to_string(list_transform(
        json_extract(parameters, '$.eventSelectors[*]'),
        lambda selector: concat_ws(
            ', ',
            CASE
                WHEN json_extract_string(selector, '$.includeManagementEvents') = 'false' THEN 'no management events'
                WHEN json_extract_string(selector, '$.readWriteType') = 'ReadOnly' THEN 'reads, no writes'
                WHEN json_extract_string(selector, '$.readWriteType') = 'WriteOnly' THEN 'writes, no reads'
                ELSE 'management events'
            END,
            'without ' || filled(array_to_string(json_texts(json_extract(selector, '$.excludeManagementEventSources')), ' ')),
            'data events of ' || filled(array_to_string(json_extract_string(selector, '$.dataResources[*].values[*]'), ' '))
        )
    ), '; ')),
    filled(array_to_string(list_transform(
        json_extract(parameters, '$.advancedEventSelectors[*]'),
        lambda selector: concat_ws(': ', json_extract_string(selector, '$.name'), array_to_string(list_transform(
            json_extract(selector, '$.fieldSelectors[*]'),
            lambda rule: concat_ws(
                ' ',
                json_extract_string(rule, '$.field'),
                array_to_string(list_filter(json_keys(rule), lambda key: key <> 'field'), ' '),
                array_to_string(json_extract_string(rule, '$.*[*]'), ' ')
            )
        ), ', '))
    ), '; '))
)

-- fragment: things
-- The resources that an event touched, each once: by their names and ids, and by their ARNs
-- where there are no others, since most ARNs repeat a name.
array_to_string(list_sort(list_distinct(list_transform(
    coalesce(nullif(list_filter(touched, lambda t: NOT starts_with(t.name, 'arn:')), []), touched),
    lambda t: resource_id(t.name)
))), ' ')

-- fragment: trail settings
-- What a call sets of a trail or an event data store.
concat_ws(
    ', ',
    'to ' || json_extract_string(parameters, '$.s3BucketName'),
    CASE coalesce(json_extract_string(parameters, '$.isMultiRegionTrail'), json_extract_string(parameters, '$.multiRegionEnabled'))
        WHEN 'true' THEN 'all Regions'
        WHEN 'false' THEN 'one Region'
    END,
    CASE json_extract_string(parameters, '$.isOrganizationTrail') WHEN 'true' THEN 'all accounts' END,
    CASE json_extract_string(parameters, '$.includeGlobalServiceEvents') WHEN 'false' THEN 'no global services' END,
    CASE json_extract_string(parameters, '$.enableLogFileValidation') WHEN 'true' THEN 'digests' WHEN 'false' THEN 'no digests' END,
    CASE json_extract_string(parameters, '$.kmsKeyId') WHEN '' THEN 'no key' ELSE 'key ' || json_extract_string(parameters, '$.kmsKeyId') END,
    CASE json_extract_string(parameters, '$.cloudWatchLogsLogGroupArn')
        WHEN '' THEN 'not to CloudWatch Logs'
        ELSE 'to ' || json_extract_string(parameters, '$.cloudWatchLogsLogGroupArn')
    END,
    'kept for ' || json_extract_string(parameters, '$.retentionPeriod') || ' days',
    'Insights: ' || coalesce(
        filled(array_to_string(json_extract_string(parameters, '$.insightSelectors[*].insightType'), ' ')),
        CASE json_type(parameters, '$.insightSelectors') WHEN 'ARRAY' THEN 'none' END
    ),
    filled(/* selectors */ NULL)
)

-- fragment: typed name
-- The name that somebody signs in with.
max(additionalEventData ->> 'UserName') OVER (
    -- Only one step of a sign-in to Identity Center has the name that was typed.
    PARTITION BY coalesce(additionalEventData ->> 'AuthWorkflowID', eventID::VARCHAR)
)

-- fragment: write
-- Old records do not say whether a call only reads, and its name does.
coalesce(NOT readOnly, NOT regexp_matches(eventName, '^(Get|List|Describe|Search)'))
