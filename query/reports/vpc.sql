-- title:  Changes to VPCs
-- group:  Change
-- why:    networks, subnets, peerings, endpoints, flow logs, and the blocks on public access
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND eventSource = 'ec2.amazonaws.com' AND eventName IN (
            'AcceptVpcPeeringConnection', 'AssociateDhcpOptions', 'AssociateSubnetCidrBlock',
            'AssociateVpcCidrBlock', 'AttachClassicLinkVpc', 'CreateDefaultSubnet', 'CreateDefaultVpc',
            'CreateDhcpOptions', 'CreateFlowLogs', 'CreateSubnet', 'CreateTrafficMirrorSession', 'CreateVpc',
            'CreateVpcBlockPublicAccessExclusion', 'CreateVpcEndpoint', 'CreateVpcEndpointServiceConfiguration',
            'CreateVpcPeeringConnection', 'DeleteDhcpOptions', 'DeleteFlowLogs', 'DeleteSubnet',
            'DeleteTrafficMirrorSession', 'DeleteVpc', 'DeleteVpcBlockPublicAccessExclusion',
            'DeleteVpcEndpoints', 'DeleteVpcPeeringConnection', 'DetachClassicLinkVpc', 'DisableVpcClassicLink',
            'DisassociateSubnetCidrBlock', 'DisassociateVpcCidrBlock', 'EnableVpcClassicLink',
            'ModifySubnetAttribute', 'ModifyTrafficMirrorSession', 'ModifyVpcAttribute',
            'ModifyVpcBlockPublicAccessExclusion', 'ModifyVpcBlockPublicAccessOptions', 'ModifyVpcEndpoint',
            'ModifyVpcEndpointServicePermissions', 'ModifyVpcPeeringConnectionOptions', 'ModifyVpcTenancy',
            'RejectVpcPeeringConnection'
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
