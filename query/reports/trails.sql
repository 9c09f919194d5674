-- title:  Changes to logging and detection
-- group:  Change
-- chart:  time
-- why:    who stopped, deleted or narrowed what watches: trails, event data stores, flow logs,
--         log groups, alarms, rules, GuardDuty, Security Hub (AWS Config: report config), and
--         the buckets and keys that trails of the store deliver to and encrypt with: policy,
--         lifecycle, versions, log files deleted; detail is what was set
-- column: eventTime, eventName, actor, resource, detail, error, sourceIPAddress
WITH places AS MATERIALIZED (
    FROM (/* log places */ '')
),
calls AS MATERIALIZED (
    SELECT
        eventTime,
        eventID,
        file,
        position,
        eventName,
        eventSource,
        actor,
        touched,
        /* names */ touched AS resource,
        readOnly,
        struct_pack("type" := userIdentity.type) AS userIdentity,
        requestParameters,
        try_cast(requestParameters AS JSON) AS parameters,
        responseElements,
        try_cast(responseElements AS JSON) AS response,
        additionalEventData,
        /* error */ errorCode AS error,
        sourceIPAddress,
        /* refused */ NULL AS refused,
        /* calls of trails */ true AS ofTrails
    FROM events
    WHERE /* filters */ true
        AND (
            /* names of trails */ true
            OR /* names of kms */ true
            OR contains(eventName, 'Bucket')
            OR starts_with(eventName, 'DeleteObject')
        )
        AND (
            /* calls of trails */ true
            OR /* write */ true
            AND (
                /* calls of kms */ true
                OR eventSource = 's3.amazonaws.com' AND (contains(eventName, 'Bucket') OR starts_with(eventName, 'DeleteObject'))
            )
        )
),
-- The calls on such a bucket or key.
ofPlaces AS (
    SELECT DISTINCT file, position
    FROM (
        SELECT
            file,
            position,
            unnest(list_append(list_transform(touched, lambda t: t.name), refused)) AS name
        FROM calls
        WHERE NOT ofTrails
    ) AS named
    WHERE resource_id(named.name) IN (SELECT name FROM places)
)
SELECT
    eventTime,
    eventName,
    actor,
    coalesce(
        nullif(resource, ''),
        json_extract_string(parameters, '$.name'),
        json_extract_string(parameters, '$.detectorId'),
        json_extract_string(parameters, '$.logGroupName'),
        json_extract_string(parameters, '$.alarmNames'),
        json_extract_string(parameters, '$.alarmName'),
        json_extract_string(parameters, '$.rule'),
        json_extract_string(parameters, '$.eventDataStore'),
        json_extract_string(parameters, '$.DeleteFlowLogsRequest.FlowLogId.content'),
        json_extract_string(parameters, '$.CreateFlowLogsRequest.ResourceId.content'),
        refused
    ) AS resource,
    /* detail */ NULL AS detail,
    error,
    sourceIPAddress
FROM calls
WHERE ofTrails OR (file, position) IN (SELECT (file, position) FROM ofPlaces)
ORDER BY eventTime, eventID, file, position;
