-- title:  Changes to routes
-- group:  Change
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
    concat_ws(
        ' to ',
        coalesce(
            json_extract_string(parameters, '$.destinationCidrBlock'),
            json_extract_string(parameters, '$.destinationIpv6CidrBlock'),
            json_extract_string(parameters, '$.destinationPrefixListId')
        ),
        coalesce(
            json_extract_string(parameters, '$.gatewayId'),
            json_extract_string(parameters, '$.natGatewayId'),
            json_extract_string(parameters, '$.transitGatewayId'),
            json_extract_string(parameters, '$.vpcPeeringConnectionId'),
            json_extract_string(parameters, '$.networkInterfaceId'),
            json_extract_string(parameters, '$.instanceId'),
            json_extract_string(parameters, '$.vpcEndpointId')
        )
    ) AS route,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
