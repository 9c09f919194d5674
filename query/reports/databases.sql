-- title:  Changes to databases
-- group:  Change
-- chart:  time
-- why:    databases made, changed, started, stopped, restored and deleted, and their
--         snapshots: RDS, Aurora, Neptune and DocumentDB share a service; DynamoDB
-- column: eventTime, eventName, actor, resource, class, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of databases */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    coalesce(
        nullif(resource, ''),
        json_extract_string(parameters, '$.dBSnapshotIdentifier'),
        json_extract_string(parameters, '$.dBClusterSnapshotIdentifier'),
        json_extract_string(parameters, '$.sourceDBSnapshotIdentifier'),
        json_extract_string(parameters, '$.exportTaskIdentifier'),
        json_extract_string(parameters, '$.globalClusterIdentifier'),
        json_extract_string(parameters, '$.backupArn'),
        json_extract_string(parameters, '$.targetTableName'),
        json_extract_string(parameters, '$.clusterName')
    ) AS resource,
    json_extract_string(parameters, '$.dBInstanceClass') AS class,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
