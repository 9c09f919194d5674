-- title:  Instances started and stopped
-- group:  Change
-- why:    machines run, started, stopped, rebooted and terminated, and the groups and fleets
--         that do it
-- column: eventTime, eventName, actor, resource, instances, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
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
    resource,
    /* instances */ 1 AS instances,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
