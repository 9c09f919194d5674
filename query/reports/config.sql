-- title:  Changes to AWS Config
-- group:  Change
-- chart:  time
-- why:    who stopped or changed the recording of configurations, its rules, and where it is
--         delivered
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of config */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    coalesce(
        nullif(resource, ''),
        json_extract_string(parameters, '$.configurationRecorderName'),
        json_extract_string(parameters, '$.configurationRecorder.name'),
        json_extract_string(parameters, '$.deliveryChannelName'),
        json_extract_string(parameters, '$.deliveryChannel.name'),
        json_extract_string(parameters, '$.configRuleName'),
        json_extract_string(parameters, '$.configRule.configRuleName'),
        json_extract_string(parameters, '$.conformancePackName'),
        json_extract_string(parameters, '$.configurationAggregatorName'),
        json_extract_string(parameters, '$.organizationConfigRuleName')
    ) AS resource,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
