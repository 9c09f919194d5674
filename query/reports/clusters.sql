-- title:  Changes to clusters
-- group:  Change
-- why:    clusters and jobs made, resized, started, stopped and deleted: EMR, Redshift,
--         SageMaker, ECS, EKS, ElastiCache, OpenSearch, MSK
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND (
            eventSource = 'elasticmapreduce.amazonaws.com' AND eventName IN (
                'AddInstanceFleet', 'AddInstanceGroups', 'AddJobFlowSteps', 'CancelSteps', 'ModifyCluster',
                'ModifyInstanceFleet', 'ModifyInstanceGroups', 'PutAutoTerminationPolicy',
                'PutBlockPublicAccessConfiguration', 'PutManagedScalingPolicy', 'RunJobFlow',
                'SetTerminationProtection', 'StartNotebookExecution', 'StopNotebookExecution',
                'TerminateJobFlows'
            )
            OR eventSource = 'emr-serverless.amazonaws.com' AND eventName IN (
                'CancelJobRun', 'CreateApplication', 'DeleteApplication', 'StartApplication', 'StartJobRun',
                'StartSession', 'StopApplication', 'UpdateApplication'
            )
            OR eventSource = 'redshift.amazonaws.com' AND eventName IN (
                'CreateCluster', 'DeleteCluster', 'ModifyCluster', 'PauseCluster', 'RebootCluster',
                'ResizeCluster', 'RestoreFromClusterSnapshot', 'ResumeCluster'
            )
            OR eventSource = 'redshift-serverless.amazonaws.com' AND eventName IN (
                'CreateNamespace', 'CreateWorkgroup', 'DeleteNamespace', 'DeleteWorkgroup', 'UpdateNamespace',
                'UpdateWorkgroup'
            )
            OR eventSource = 'sagemaker.amazonaws.com' AND eventName IN (
                'CreateCluster', 'CreateEndpoint', 'CreateEndpointConfig', 'CreateNotebookInstance',
                'CreateProcessingJob', 'CreateTrainingJob', 'DeleteCluster', 'DeleteEndpoint',
                'DeleteNotebookInstance', 'StartNotebookInstance', 'StopNotebookInstance', 'UpdateCluster'
            )
            OR eventSource = 'ecs.amazonaws.com' AND eventName IN (
                'CreateCluster', 'CreateService', 'DeleteCluster', 'DeleteService', 'RegisterTaskDefinition',
                'RunTask', 'StartTask', 'StopTask', 'UpdateService'
            )
            OR eventSource = 'eks.amazonaws.com' AND eventName IN (
                'AssociateAccessPolicy', 'CreateAccessEntry', 'CreateCluster', 'CreateFargateProfile',
                'CreateNodegroup', 'DeleteCluster', 'DeleteNodegroup', 'UpdateClusterConfig',
                'UpdateNodegroupConfig'
            )
            OR eventSource = 'elasticache.amazonaws.com' AND eventName IN (
                'CreateCacheCluster', 'CreateReplicationGroup', 'DeleteCacheCluster', 'DeleteReplicationGroup',
                'ModifyCacheCluster', 'ModifyReplicationGroup', 'RebootCacheCluster'
            )
            OR eventSource = 'es.amazonaws.com' AND eventName IN (
                'CreateDomain', 'CreateElasticsearchDomain', 'DeleteDomain', 'DeleteElasticsearchDomain',
                'UpdateDomainConfig', 'UpdateElasticsearchDomainConfig'
            )
            OR eventSource = 'kafka.amazonaws.com' AND eventName IN (
                'CreateCluster', 'CreateClusterV2', 'DeleteCluster', 'RebootBroker', 'UpdateBrokerCount',
                'UpdateBrokerType'
            )
        )
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
