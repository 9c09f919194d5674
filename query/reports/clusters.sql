-- title:  Changes to clusters
-- group:  Change
-- chart:  time
-- why:    clusters and jobs made, resized, started, stopped and deleted: EMR, Redshift,
--         SageMaker, ECS, EKS, ElastiCache, OpenSearch, MSK
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of clusters */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    coalesce(
        nullif(resource, ''),
        json_extract_string(parameters, '$.jobFlowId'),
        json_extract_string(parameters, '$.clusterIdentifier'),
        json_extract_string(parameters, '$.clusterName'),
        json_extract_string(parameters, '$.cluster'),
        json_extract_string(parameters, '$.name'),
        json_extract_string(parameters, '$.applicationId'),
        json_extract_string(parameters, '$.domainName'),
        json_extract_string(parameters, '$.cacheClusterId'),
        json_extract_string(parameters, '$.replicationGroupId'),
        json_extract_string(parameters, '$.workgroupName'),
        json_extract_string(parameters, '$.namespaceName'),
        json_extract_string(parameters, '$.notebookInstanceName'),
        json_extract_string(parameters, '$.endpointName'),
        json_extract_string(parameters, '$.trainingJobName')
    ) AS resource,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
