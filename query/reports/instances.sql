-- title:  Instances started and stopped
-- group:  Change
-- chart:  time
-- why:    machines run, started, stopped, rebooted and terminated, and the groups and fleets
--         that do it
-- column: eventTime, eventName, actor, resource, instances, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of instances */ true
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
