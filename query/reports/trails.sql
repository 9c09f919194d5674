-- title:  Changes to logging and detection
-- group:  Change
-- why:    who stopped, deleted or narrowed what watches: trails, event data stores, flow logs,
--         log groups, alarms, rules, GuardDuty, Security Hub (AWS Config: report config)
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of trails */ true
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
        json_extract_string(parameters, '$.CreateFlowLogsRequest.ResourceId.content')
    ) AS resource,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
