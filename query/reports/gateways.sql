-- title:  Changes to gateways
-- group:  Change
-- why:    ways into and out of a VPC: internet, NAT, VPN, transit and customer gateways
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        *
    FROM events
    WHERE /* filters */ true
        AND eventSource = 'ec2.amazonaws.com' AND eventName IN (
            'AcceptTransitGatewayPeeringAttachment', 'AcceptTransitGatewayVpcAttachment',
            'AttachInternetGateway', 'AttachVpnGateway', 'AuthorizeClientVpnIngress', 'CreateCarrierGateway',
            'CreateClientVpnEndpoint', 'CreateCustomerGateway', 'CreateEgressOnlyInternetGateway',
            'CreateInternetGateway', 'CreateNatGateway', 'CreateTransitGateway',
            'CreateTransitGatewayPeeringAttachment', 'CreateTransitGatewayVpcAttachment', 'CreateVpnConnection',
            'CreateVpnGateway', 'DeleteCarrierGateway', 'DeleteClientVpnEndpoint', 'DeleteCustomerGateway',
            'DeleteEgressOnlyInternetGateway', 'DeleteInternetGateway', 'DeleteNatGateway',
            'DeleteTransitGateway', 'DeleteTransitGatewayPeeringAttachment',
            'DeleteTransitGatewayVpcAttachment', 'DeleteVpnConnection', 'DeleteVpnGateway',
            'DetachInternetGateway', 'DetachVpnGateway', 'ModifyTransitGateway',
            'ModifyTransitGatewayVpcAttachment', 'ModifyVpnConnection', 'RejectTransitGatewayPeeringAttachment',
            'RejectTransitGatewayVpcAttachment'
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    -- Ids have one form, wherever they stand.
    array_to_string(list_sort(list_distinct(regexp_extract_all(
        concat(requestParameters, responseElements),
        '"([a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{8}|[0-9a-f]{17}))"',
        1
    ))), ' ') AS resource,
    CASE WHEN errored THEN coalesce(errorCode, errorMessage, 'Failure') END AS error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
