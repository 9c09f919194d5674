-- title:  Changes to gateways
-- group:  Change
-- chart:  time
-- why:    ways into and out of a VPC: internet, NAT, VPN, transit and customer gateways
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of gateways */ true
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
