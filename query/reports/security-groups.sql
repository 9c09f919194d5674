-- title:  Changes to security groups
-- group:  Change
-- chart:  time
-- why:    which ports were opened to whom, of EC2 and of the services that have security
--         groups of their own
-- column: eventTime, eventName, actor, resource, rules, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND (/* names of security-groups */ true OR eventName IN ['ModifyInstanceAttribute', 'ModifyNetworkInterfaceAttribute'])
        AND (
            /* calls of security-groups */ true
            OR eventSource = 'ec2.amazonaws.com' AND eventName IN ('ModifyInstanceAttribute', 'ModifyNetworkInterfaceAttribute')
            AND contains(requestParameters, '"groupSet":{"items"')
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    resource,
    /* rules in words */ NULL AS rules,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
