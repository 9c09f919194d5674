-- title:  Large instances
-- group:  Change
-- chart:  time
-- why:    machines, databases and clusters that cost: 4xlarge and more, metal, and any of the
--         families for graphics, machine learning and computing; of a machine that is started
--         the size is known only where the store has its launch
-- column: eventTime, eventName, actor, instanceType, instances, resource, error,
--         sourceIPAddress
WITH matching AS (
    SELECT
        eventTime,
        eventID,
        file,
        position,
        eventSource,
        eventName,
        actor,
        touched,
        concat(requestParameters, responseElements) AS text,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response,
        /* error */ errorCode AS error,
        sourceIPAddress
    FROM events
    WHERE /* filters */ true
        AND (
            /* calls of large-instances */ true
            OR eventSource IN (
                'docdb-elastic.amazonaws.com', 'eks.amazonaws.com', 'elasticache.amazonaws.com', 'elasticmapreduce.amazonaws.com',
                'es.amazonaws.com', 'kafka.amazonaws.com', 'rds.amazonaws.com', 'redshift.amazonaws.com', 'sagemaker.amazonaws.com'
            ) AND readOnly = false
        )
),
-- What each instance was when it was launched or changed, filtered out or not.
launched AS (
    SELECT
        eventTime,
        unnest(json_extract(try_cast(responseElements AS JSON), '$.instancesSet.items[*]')) AS instance
    FROM events
    WHERE eventSource = 'ec2.amazonaws.com' AND eventName = 'RunInstances'
),
changed AS (
    SELECT
        eventTime,
        try_cast(requestParameters AS JSON) AS parameters
    FROM events
    WHERE eventSource = 'ec2.amazonaws.com' AND eventName = 'ModifyInstanceAttribute' AND NOT errored
),
known AS (
    SELECT
        json_extract_string(instance, '$.instanceId') AS instanceId,
        json_extract_string(instance, '$.instanceType') AS instanceType,
        eventTime AS since
    FROM launched
    UNION ALL
    SELECT
        json_extract_string(parameters, '$.instanceId'),
        coalesce(
            json_extract_string(parameters, '$.instanceType.value'),
            json_extract_string(parameters, '$.value')
        ),
        eventTime
    FROM changed
    WHERE json_exists(parameters, '$.instanceType.value')
        OR json_extract_string(parameters, '$.attribute') = 'instanceType'
),
started AS (
    SELECT
        file,
        position,
        eventTime,
        unnest(json_extract_string(parameters, '$.instancesSet.items[*].instanceId')) AS instanceId
    FROM matching
    WHERE eventName = 'StartInstances'
),
sizes AS (
    SELECT
        started.file,
        started.position,
        started.instanceId,
        coalesce(max(struct_pack(since := known.since, instanceType := known.instanceType)).instanceType, '(unknown)') AS instanceType
    FROM started
    LEFT JOIN known ON known.instanceId = started.instanceId AND known.since <= started.eventTime
    GROUP BY started.file, started.position, started.instanceId
),
typed AS (
    -- A size looks the same in every service, and stands in another member in each.
    SELECT
        file,
        position,
        unnest(list_distinct(regexp_extract_all(
            text,
            '"((?:db\.|ml\.|cache\.|kafka\.)?[a-z][a-z0-9-]*\.(?:nano|micro|small|medium|large|[0-9]*xlarge|metal(?:-[0-9]+xl)?)(?:\.search|\.elasticsearch)?)"',
            1
        ))) AS instanceType
    FROM matching
    UNION ALL
    SELECT DISTINCT file, position, instanceType FROM sizes
)
SELECT
    matching.eventTime,
    matching.eventName,
    matching.actor,
    typed.instanceType,
    /* instances */ 1 AS instances,
    /* names */ touched AS resource,
    matching.error,
    matching.sourceIPAddress
FROM matching
JOIN typed USING (file, position)
WHERE typed.instanceType = '(unknown)'
    OR regexp_matches(typed.instanceType, '\.metal')
    OR try_cast(regexp_extract(typed.instanceType, '\.([0-9]+)xlarge', 1) AS INTEGER) >= 4
    OR regexp_matches(typed.instanceType, '^((db|ml|cache)\.)?(p[0-9]|g[0-9]|gr[0-9]|trn|inf|dl[0-9]|vt|f[0-9]|hpc|mac|u-|u[0-9])')
ORDER BY eventTime, eventID, file, position, instanceType;
