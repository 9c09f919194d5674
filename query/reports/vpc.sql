-- title:  Changes to VPCs
-- group:  Change
-- chart:  time
-- why:    networks, subnets, peerings, endpoints, flow logs, and the blocks on public access
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of vpc */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    /* ids */ requestParameters AS resource,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
