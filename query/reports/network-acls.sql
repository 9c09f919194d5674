-- title:  Changes to network ACLs
-- group:  Change
-- chart:  time
-- why:    the packet filters of subnets: rules made, replaced, deleted
-- column: eventTime, eventName, actor, resource, rule, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of network-acls */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    /* ids */ requestParameters AS resource,
    /* network ACL rule */ NULL AS rule,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
