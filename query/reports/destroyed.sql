-- title:  What was destroyed
-- group:  Attention
-- why:    everything deleted, terminated, purged, disabled or set to expire, backups and
--         versions included, tried in vain as well, and the calls that took it back; what an
--         actor deleted in one bucket or table is one row, and so is what a service ended of
--         one kind; how is what is left of it, until when, and whether a later call took it
--         back, whatever the filters
-- column: firstEventTime, lastEventTime, eventName, actor, resource, events, how, error
WITH calls AS MATERIALIZED ( -- few of many: what follows is faster over them without gaps
    SELECT
        eventTime,
        eventName,
        actor,
        /* account */ recipientAccountId AS account,
        awsRegion,
        list_filter(touched, lambda t: t.type = 'AWS::S3::Bucket')[1].name AS bucket,
        list_filter(touched, lambda t: t.type = 'AWS::S3::Object')[1].name AS object,
        len(list_filter( -- of one kind: a user and its key are one of each
            touched,
            lambda t: t.type = touched[1].type AND NOT starts_with(t.name, 'arn:')
        )) AS several,
        touched,
        requestParameters,
        try_cast(requestParameters AS JSON) AS parameters,
        responseElements,
        coalesce(
            userIdentity.type = 'AWSService' OR contains(userIdentity.sessionContext.sessionIssuer.arn, ':role/aws-service-role/'),
            false
        ) AS byService,
        errored,
        errorMessage,
        /* error */ errorCode AS error,
        coalesce(( -- those that were not asked for may take back what others destroyed
            /* filters */ true
        ), false) AS asked
    FROM events
    WHERE ( -- by the name alone, which DuckDB looks at before it reads anything else
            contains(eventName, 'Delete')
            OR contains(eventName, 'Deletion')
            OR contains(eventName, 'Destroy')
            OR contains(eventName, 'Purge')
            OR contains(eventName, 'Terminate')
            OR /* calls of destroyed */ true
            OR /* calls of destroyed-if */ true
        )
        AND NOT /* calls of destroyed-nothing */ false
        AND /* write */ true
        AND (
            NOT /* calls of destroyed-if */ false
            OR regexp_matches(
                requestParameters,
                '"(backupRetentionPeriod|snapshotRetentionLimit|automatedSnapshotRetentionPeriod)":0\b'
                || '|Expiration"|"Suspended"|"pointInTimeRecoveryEnabled":false|"timeToLiveSpecification":\{[^}]*"enabled":true'
            )
        )
),
described AS (
    SELECT
        eventTime,
        eventName,
        actor,
        account,
        awsRegion,
        CASE
            WHEN bucket IS NOT NULL THEN resource_id(bucket)
            WHEN len(touched) > 0 THEN /* things */ ''
            ELSE resource_id(coalesce(/* refused */ NULL, /* first name */ NULL))
        END AS resource,
        object,
        concat_ws(
            ', ',
            CASE WHEN several > 1 THEN several || ' of them' END,
            CASE
                WHEN eventName = 'ScheduleKeyDeletion' AND parameters IS NOT NULL
                    THEN 'in ' || coalesce(json_extract_string(parameters, '$.pendingWindowInDays'), '30') || ' days'
                WHEN eventName = 'DeleteSecret' AND json_extract_string(parameters, '$.forceDeleteWithoutRecovery') = 'true'
                    THEN 'at once'
                WHEN eventName = 'DeleteSecret' AND parameters IS NOT NULL
                    THEN 'in ' || coalesce(json_extract_string(parameters, '$.recoveryWindowInDays'), '30') || ' days'
                WHEN eventName = 'DeleteEventDataStore' THEN 'in 7 days'
                WHEN eventName = 'CloseAccount' THEN 'in 90 days'
                WHEN eventName = 'PutRetentionPolicy'
                    THEN 'what is older than ' || json_extract_string(parameters, '$.retentionInDays') || ' days'
                WHEN eventName = 'PutBucketLifecycle' THEN concat_ws(
                    ', ',
                    CASE WHEN contains(requestParameters, '"Expiration":{"Days"') THEN 'objects after '
                        || array_to_string(regexp_extract_all(requestParameters, '"Expiration":\{"Days":"?([0-9]+)', 1), ' or ')
                        || ' days' END,
                    CASE WHEN contains(requestParameters, '"NoncurrentDays"') THEN 'old versions after '
                        || array_to_string(regexp_extract_all(requestParameters, '"NoncurrentDays":"?([0-9]+)', 1), ' or ')
                        || ' days' END
                )
                WHEN eventName = 'PutBucketVersioning' THEN 'no versions from now on'
                WHEN eventName = 'UpdateContinuousBackups' THEN 'no point-in-time recovery'
                WHEN /* calls of destroyed-if */ false AND eventName LIKE 'Modify%' THEN 'no automated backups'
                WHEN eventName = 'DeleteObject' AND contains(requestParameters, '"versionId"') THEN 'versions'
                WHEN eventName = 'DeleteObject' AND contains(responseElements, '"x-amz-delete-marker":"true"')
                    THEN 'versions are left'
            END,
            CASE WHEN contains(requestParameters, '"final') THEN 'final snapshot '
                || nullif(regexp_extract(requestParameters, '"final(?:DB|Cluster)?SnapshotIdentifier":"([^"]+)"', 1), '') END,
            CASE WHEN contains(requestParameters, '"skipFinal')
                AND regexp_matches(requestParameters, '"skipFinal(ClusterSnapshot|Snapshot|Backup)":true') THEN 'no final snapshot' END,
            CASE WHEN contains(requestParameters, '"deleteAutomatedBackups":true') THEN 'backups as well' END,
            CASE WHEN contains(requestParameters, '"deleteAssociatedSnapshots":true') THEN 'snapshots as well' END,
            CASE WHEN contains(requestParameters, '"force":true') THEN 'by force' END
        ) AS how,
        byService,
        errored,
        error,
        asked
    FROM calls
),
destroyed AS (
    SELECT
        min(eventTime) AS firstEventTime,
        max(eventTime) AS lastEventTime,
        eventName,
        actor,
        account,
        awsRegion,
        CASE WHEN count(DISTINCT described.resource) > 1 THEN '(several)' ELSE min(described.resource) END AS resource,
        count(*) AS events,
        count(DISTINCT object) AS objects,
        how,
        error
    FROM described
    WHERE asked
    -- Services end all day what they began themselves: machines of a group, network interfaces.
    GROUP BY eventName, actor, account, awsRegion, CASE WHEN NOT byService THEN described.resource END, how, error
),
takenBack AS (
    SELECT
        CASE eventName
            WHEN 'CancelKeyDeletion' THEN 'ScheduleKeyDeletion'
            WHEN 'EnableKey' THEN 'DisableKey'
            WHEN 'RestoreSecret' THEN 'DeleteSecret'
            WHEN 'RestoreEventDataStore' THEN 'DeleteEventDataStore'
            WHEN 'RestoreSnapshotFromRecycleBin' THEN 'DeleteSnapshot'
            WHEN 'RestoreVolumeFromRecycleBin' THEN 'DeleteVolume'
            WHEN 'RestoreImageFromRecycleBin' THEN 'DeregisterImage'
            WHEN 'EnableImage' THEN 'DisableImage'
            WHEN 'RestoreBackup' THEN 'DeleteBackup' -- of CloudHSM
        END AS eventName,
        account,
        awsRegion,
        resource,
        max(eventTime) AS backTime
    FROM described
    WHERE NOT errored
    GROUP BY ALL
)
SELECT
    firstEventTime,
    lastEventTime,
    eventName,
    actor,
    resource,
    events,
    nullif(concat_ws(
        ', ',
        CASE WHEN objects > 1 THEN objects || ' objects' END,
        replace(nullif(how, ''), ' 1 days', ' 1 day'),
        CASE WHEN error IS NULL AND backTime >= lastEventTime THEN 'taken back' END
    ), '') AS how,
    error
FROM destroyed
LEFT JOIN takenBack USING (eventName, account, awsRegion, resource)
ORDER BY firstEventTime, eventName, actor, resource, how, error, lastEventTime, events;
