-- title:  Instances started and stopped
-- group:  Change
-- why:    machines run, started, stopped, rebooted and terminated, and the groups and fleets
--         that do it
-- column: eventTime, eventName, actor, resource, instances, error, sourceIPAddress
WITH matching AS (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response
    FROM events
    WHERE /* filters */ true
        AND (
            eventSource = 'ec2.amazonaws.com' AND eventName IN (
                'AllocateHosts', 'CancelSpotFleetRequests', 'CancelSpotInstanceRequests',
                'CreateCapacityReservation', 'CreateFleet', 'DeleteFleets', 'ModifyFleet',
                'ModifyInstanceAttribute', 'ModifySpotFleetRequest', 'PurchaseCapacityBlock',
                'PurchaseReservedInstancesOffering', 'RebootInstances', 'ReleaseHosts', 'RequestSpotFleet',
                'RequestSpotInstances', 'RunInstances', 'RunScheduledInstances', 'StartInstances',
                'StopInstances', 'TerminateInstances'
            )
            OR eventSource = 'autoscaling.amazonaws.com' AND eventName IN (
                'CreateAutoScalingGroup', 'CreateLaunchConfiguration', 'DeleteAutoScalingGroup',
                'SetDesiredCapacity', 'TerminateInstanceInAutoScalingGroup', 'UpdateAutoScalingGroup'
            )
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    array_to_string(list_transform(touched, lambda t: t.name), ' ') AS resource,
    -- How many: RunInstances answers with each of them, or was asked for so many.
    coalesce(
        nullif(json_array_length(response, '$.instancesSet.items'), 0),
        try_cast(json_extract_string(parameters, '$.instancesSet.items[0].maxCount') AS BIGINT),
        json_array_length(parameters, '$.instancesSet.items')
    ) AS instances,
    CASE WHEN errored THEN coalesce(errorCode, errorMessage, 'Failure') END AS error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
