-- title:  Changes to routes
-- group:  Change
-- chart:  time
-- why:    where traffic goes: routes and the tables that subnets use
-- column: eventTime, eventName, actor, resource, route, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of routes */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    /* ids */ requestParameters AS resource,
    /* route */ NULL AS route,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
