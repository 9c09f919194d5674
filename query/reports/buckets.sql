-- title:  Changes to buckets
-- group:  Change
-- chart:  time
-- why:    buckets made and deleted, and how they are guarded: policies, ACLs, public access,
--         encryption, versions, lifecycle, replication, logging
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND eventSource IN ['s3.amazonaws.com', 's3express.amazonaws.com', 's3-outposts.amazonaws.com']
        AND (
            /* calls of buckets */ true
            OR eventCategory = 'Management' AND readOnly = false
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    coalesce(json_extract_string(parameters, '$.bucketName'), resource) AS resource,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
