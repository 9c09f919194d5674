-- title:  Changes to gateways
-- group:  Change
-- why:    ways into and out of a VPC: internet, NAT, VPN, transit and customer gateways
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
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
    /* ids */ requestParameters AS resource,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
