-- title:  Snapshots, images and backups
-- group:  Attention
-- why:    each holds a whole disk or database: where one was made, copied, shared, exported,
--         restored or deleted, by whatever service; blocks read from a snapshot are one row for
--         each reader, with the time of the first
-- column: eventTime, eventName, actor, resource, detail, events, error, sourceIPAddress
WITH matching AS (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response,
        /* error */ errorCode AS error
    FROM events
    WHERE /* filters */ true
        AND (
            contains(eventName, 'Snapshot')
            AND NOT (starts_with(eventName, 'Describe') OR starts_with(eventName, 'Get') OR starts_with(eventName, 'List'))
            OR /* calls of snapshots */ true
            OR eventName IN ('CreateCacheCluster', 'CreateReplicationGroup', 'CreateVolume') -- some of them from one
        )
        AND (
            eventName NOT IN ('CreateCacheCluster', 'CreateReplicationGroup', 'CreateVolume')
            OR regexp_matches(requestParameters, '"snapshot(Id|Name|Arns)":"?[^"]')
        )
),
-- By the members of each service, of what a call makes first.
named AS (
    SELECT
        *,
        coalesce(
            list_filter(
                json_extract_string(response, [
                    '$.snapshotId', '$.imageId', '$.backup.backupId', '$.backupDetails.backupArn', '$.recoveryPointArn'
                ]),
                lambda name: name IS NOT NULL
            )[1],
            list_filter(
                json_extract_string(parameters, [
                    '$.targetDBSnapshotIdentifier', '$.targetDBClusterSnapshotIdentifier', '$.targetSnapshotIdentifier',
                    '$.targetSnapshotName', '$.dBSnapshotIdentifier', '$.dBClusterSnapshotIdentifier', '$.snapshotIdentifier',
                    '$.snapshotName', '$.snapshotId', '$.secondSnapshotId', '$.imageId', '$.backupId', '$.backupArn',
                    '$.recoveryPointArn', '$.sourceArn'
                ]),
                lambda name: name IS NOT NULL
            )[1]
        ) AS made,
        list_filter(
            json_extract_string(parameters, [
                '$.sourceSnapshotId', '$.sourceImageId', '$.sourceDBSnapshotIdentifier',
                '$.sourceDBClusterSnapshotIdentifier', '$.sourceSnapshotIdentifier', '$.sourceSnapshotName',
                '$.sourceBackupId', '$.volumeId', '$.instanceId', '$.instanceSpecification.instanceId',
                '$.blockDeviceMapping.items[0].ebs.snapshotId', '$.dBInstanceIdentifier', '$.dBClusterIdentifier',
                '$.clusterIdentifier', '$.cacheClusterId', '$.replicationGroupId', '$.fileSystemId', '$.tableName',
                '$.targetTableName', '$.resourceArn'
            ]),
            lambda name: name IS NOT NULL
        )[1] AS other,
        json_extract_string(parameters, '$.createVolumePermission.add.items[*].*')
        || json_extract_string(parameters, '$.launchPermission.add.items[*].*')
        || json_extract_string(parameters, '$.valuesToAdd[*]') AS added,
        json_extract_string(parameters, '$.createVolumePermission.remove.items[*].*')
        || json_extract_string(parameters, '$.launchPermission.remove.items[*].*')
        || json_extract_string(parameters, '$.valuesToRemove[*]') AS removed,
        coalesce(
            json_extract_string(parameters, '$.s3BucketName'),
            json_extract_string(parameters, '$.s3Bucket'),
            json_extract_string(parameters, '$.bucket'),
            json_extract_string(parameters, '$.targetBucket'),
            json_extract_string(parameters, '$..Bucket')[1],
            json_extract_string(parameters, '$..S3Bucket')[1],
            json_extract_string(parameters, '$..s3Bucket')[1]
        ) AS bucket
    FROM matching
),
described AS (
    SELECT
        eventTime,
        eventName,
        actor,
        coalesce(
            CASE WHEN contains(made, ':dynamodb:') THEN made ELSE resource_id(made) END, -- the id of a backup would be that of its table
            nullif(/* things */ '', ''),
            nullif(/* ids */ '', ''),
            resource_id(coalesce(/* refused */ NULL, /* first name */ NULL))
        ) AS resource,
        concat_ws(
            ', ',
            CASE
                WHEN regexp_matches(eventName, '^Restore|From(Backup|Snapshot)|^CreateVolume$|^Create(CacheCluster|ReplicationGroup)$')
                    THEN 'as ' || coalesce(json_extract_string(response, '$.volumeId'), other)
                WHEN made <> other THEN 'of ' || other
            END,
            coalesce(
                json_extract_string(parameters, '$.sourceRegion') || ' to ' || awsRegion,
                'to ' || json_extract_string(parameters, '$.destinationRegion')
            ),
            'to ' || json_extract_string(parameters, '$.destinationBackupVaultArn'),
            'to s3://' || bucket,
            'with ' || nullif(array_to_string(list_transform(added, lambda who: CASE who WHEN 'all' THEN 'everybody' ELSE who END), ' '), ''),
            'no longer with ' || nullif(array_to_string(list_transform(removed, lambda who: CASE who WHEN 'all' THEN 'everybody' ELSE who END), ' '), ''),
            CASE eventName WHEN 'RevokeSnapshotAccess' THEN 'no longer with ' ELSE 'with ' END
                || json_extract_string(parameters, '$.accountWithRestoreAccess')
        ) AS detail,
        error,
        sourceIPAddress,
        CASE WHEN eventSource IS DISTINCT FROM 'ebs.amazonaws.com' THEN file END AS file,
        CASE WHEN eventSource IS DISTINCT FROM 'ebs.amazonaws.com' THEN position END AS position
    FROM named
)
SELECT
    min(eventTime) AS eventTime,
    eventName,
    actor,
    resource,
    /* detail and until */ detail AS detail,
    count(*) AS events,
    error,
    sourceIPAddress
FROM described
GROUP BY eventName, actor, resource, described.detail, error, sourceIPAddress, file, position
ORDER BY eventTime, eventName, actor, resource, detail, error, sourceIPAddress, events;
