-- Conditions on events that packs share, as fragments of the same names.

-- condition: management
-- No data event: what changes or asks for things themselves.
coalesce(eventCategory, CASE WHEN managementEvent THEN 'Management' ELSE 'Data' END) <> 'Data'

-- condition: routine
-- What machines do all the time.
eventName IN [
    'BatchMeterUsage', 'CreateLogStream', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'MeterUsage', 'PutComplianceItems',
    'PutEvaluations', 'PutInventory', 'PutLogEvents', 'PutMetricData', 'PutScheduledQuery', 'RegisterContainerInstance',
    'ReportTaskProgress', 'SendHeartbeat', 'SharedSnapshotVolumeCreated', 'SubmitContainerStateChange', 'SubmitTaskStateChange',
    'UpdateInstanceAssociationStatus', 'UpdateInstanceInformation', 'UpdateResourceProfile'
]

-- condition: change
-- What changes something, and is neither data nor routine. A sign-in changes nothing.
/* write */ true
AND eventSource <> 'signin.amazonaws.com'
AND /* condition management */ true
AND NOT (/* condition routine */ true)

-- condition: permission change
-- Of IAM all that changes anything, of Identity Center and Roles Anywhere likewise.
(
    /* calls of iam-changes */ true
    OR eventSource = 'iam.amazonaws.com' AND coalesce(NOT readOnly, NOT regexp_matches(eventName, '^(Get|List|Simulate|Generate)'))
    OR eventSource = 'rolesanywhere.amazonaws.com' AND /* write */ true
)

-- condition: identity change
(
    /* condition permission change */ true
    OR /* calls of credential-changes */ true
)

-- condition: administrative
-- By root, or by whoever --admins names; without it by those of the next condition.
(userIdentity.type = 'Root' OR /* admins */ false)

-- condition: evident admins
-- Those who, as far as the log tells, have the policy AdministratorAccess.
(
    starts_with(userIdentity.sessionContext.sessionIssuer.userName, 'AWSReservedSSO_Admin')
    OR coalesce(nullif(userIdentity.sessionContext.sessionIssuer.userName, ''), userIdentity.userName) IN (
        SELECT coalesce(
            json_extract_string(try_cast(requestParameters AS JSON), '$.roleName'),
            json_extract_string(try_cast(requestParameters AS JSON), '$.userName')
        )
        FROM events
        WHERE eventName IN ['AttachRolePolicy', 'AttachUserPolicy']
            AND contains(requestParameters, 'policy/AdministratorAccess"')
            AND NOT errored
    )
)

-- condition: in log places
-- On a bucket or a key that trails of the store deliver to or encrypt with.
list_has_any(
    list_transform(touched, lambda t: t.name),
    (
        SELECT coalesce(list(name) || list('arn:aws:s3:::' || name), [])
        FROM (/* log places */ '')
    )
)
