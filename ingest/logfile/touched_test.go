package logfile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// touchedBy returns the resources of a record with these members, each as "TYPE NAME",
// or "- NAME".
func touchedBy(t *testing.T, members string) []string {
	t.Helper()
	events, err := decodeAll(`{"Records":[{` + members + `}]}`)
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v: %s", len(events), err, members)
	}
	if events[0].Touched == nil {
		return nil
	}
	var list []struct {
		Type *string
		Name string
	}
	if err := json.Unmarshal(events[0].Touched, &list); err != nil {
		t.Fatalf("%v: %s", err, events[0].Touched)
	}
	var touched []string
	for _, r := range list {
		typ := "-"
		if r.Type != nil {
			typ = strings.TrimPrefix(*r.Type, "AWS::")
		}
		touched = append(touched, typ+" "+r.Name)
	}
	return touched
}

// What the events are about that people watch, each with the parameters that its service
// gives it: families of calls share theirs.
func TestTouchedByEvent(t *testing.T) {
	const item = `{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}`
	for _, test := range []struct {
		service, events   string
		request, response string
		want              string // separated by commas, without AWS::
	}{
		// Security groups.
		{"ec2", "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress",
			`{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`,
			`{"_return":true,"securityGroupRuleSet":{"items":[{"groupId":"sg-1","securityGroupRuleId":"sgr-1"}]}}`, "EC2::SecurityGroup sg-1"},
		{"ec2", "AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress DeleteSecurityGroup", `{"groupName":"web","ipPermissions":{}}`, `{"_return":true}`, "EC2::SecurityGroup web"},
		{"ec2", "CreateSecurityGroup", `{"groupName":"web","groupDescription":"d","vpcId":"vpc-1"}`, `{"_return":true,"groupId":"sg-1"}`,
			"EC2::SecurityGroup web, EC2::VPC vpc-1, EC2::SecurityGroup sg-1"},
		{"ec2", "DeleteSecurityGroup UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress", `{"groupId":"sg-1"}`, `{"_return":true}`, "EC2::SecurityGroup sg-1"},
		{"ec2", "ModifySecurityGroupRules", `{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-1","SecurityGroupRule":{"tag":1,"SecurityGroupRuleId":"sgr-1"}}}`,
			`{"ModifySecurityGroupRulesResponse":{"return":true}}`, "EC2::SecurityGroup sg-1"},
		{"ec2", "AssociateSecurityGroupVpc DisassociateSecurityGroupVpc", `{"AssociateSecurityGroupVpcRequest":{"GroupId":"sg-1","VpcId":"vpc-1"}}`, ``, "EC2::SecurityGroup sg-1, EC2::VPC vpc-1"},
		{"ec2", "ApplySecurityGroupsToClientVpnTargetNetwork", `{"ApplySecurityGroupsToClientVpnTargetNetworkRequest":{"ClientVpnEndpointId":"cvpn-1","SecurityGroupId":[{"tag":1,"content":"sg-1"},{"tag":2,"content":"sg-2"}]}}`, ``,
			"EC2::ClientVpnEndpoint cvpn-1, EC2::SecurityGroup sg-1, EC2::SecurityGroup sg-2"},
		{"ec2", "ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"eni-1","groupSet":{"items":[{"groupId":"sg-1"}]}}`, ``, "EC2::NetworkInterface eni-1, EC2::SecurityGroup sg-1"},
		{"rds", "AuthorizeDBSecurityGroupIngress RevokeDBSecurityGroupIngress CreateDBSecurityGroup DeleteDBSecurityGroup", `{"dBSecurityGroupName":"g"}`, ``, "RDS::DBSecurityGroup g"},
		{"elasticache", "AuthorizeCacheSecurityGroupIngress CreateCacheSecurityGroup", `{"cacheSecurityGroupName":"g"}`, ``, "ElastiCache::SecurityGroup g"},
		{"redshift", "AuthorizeClusterSecurityGroupIngress CreateClusterSecurityGroup", `{"clusterSecurityGroupName":"g"}`, ``, "Redshift::ClusterSecurityGroup g"},
		{"elasticloadbalancing", "SetSecurityGroups", `{"loadBalancerArn":"arn:lb","securityGroups":["sg-1","sg-2"]}`, ``,
			"ElasticLoadBalancingV2::LoadBalancer arn:lb, EC2::SecurityGroup sg-1, EC2::SecurityGroup sg-2"},
		{"elasticloadbalancing", "ApplySecurityGroupsToLoadBalancer", `{"loadBalancerName":"lb","securityGroups":["sg-1"]}`, ``, "ElasticLoadBalancing::LoadBalancer lb, EC2::SecurityGroup sg-1"},

		// Networks.
		{"ec2", "CreateNetworkAcl", `{"vpcId":"vpc-1"}`, `{"networkAcl":{"networkAclId":"acl-1","vpcId":"vpc-1"}}`, "EC2::VPC vpc-1, EC2::NetworkAcl acl-1"},
		{"ec2", "CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry", `{"networkAclId":"acl-1","ruleNumber":1}`, ``, "EC2::NetworkAcl acl-1"},
		{"ec2", "ReplaceNetworkAclAssociation", `{"associationId":"aclassoc-1","networkAclId":"acl-1"}`, ``, "EC2::SubnetNetworkAclAssociation aclassoc-1, EC2::NetworkAcl acl-1"},
		{"ec2", "CreateCustomerGateway", `{"type":"ipsec.1","ipAddress":"192.0.2.1"}`, `{"customerGateway":{"customerGatewayId":"cgw-1"}}`, "EC2::CustomerGateway cgw-1"},
		{"ec2", "DeleteCustomerGateway", `{"customerGatewayId":"cgw-1"}`, ``, "EC2::CustomerGateway cgw-1"},
		{"ec2", "CreateInternetGateway", `{}`, `{"internetGateway":{"internetGatewayId":"igw-1"}}`, "EC2::InternetGateway igw-1"},
		{"ec2", "AttachInternetGateway DetachInternetGateway", `{"internetGatewayId":"igw-1","vpcId":"vpc-1"}`, ``, "EC2::InternetGateway igw-1, EC2::VPC vpc-1"},
		{"ec2", "DeleteInternetGateway", `{"internetGatewayId":"igw-1"}`, ``, "EC2::InternetGateway igw-1"},
		{"ec2", "CreateNatGateway", `{"CreateNatGatewayRequest":{"AllocationId":"eipalloc-1","SubnetId":"subnet-1"}}`, `{"CreateNatGatewayResponse":{"natGateway":{"subnetId":"subnet-1","natGatewayId":"nat-1"}}}`,
			"EC2::EIP eipalloc-1, EC2::Subnet subnet-1, EC2::NatGateway nat-1"},
		{"ec2", "DeleteNatGateway", `{"DeleteNatGatewayRequest":{"NatGatewayId":"nat-1"}}`, `{"DeleteNatGatewayResponse":{"natGatewayId":"nat-1"}}`, "EC2::NatGateway nat-1"},
		{"ec2", "CreateEgressOnlyInternetGateway", `{"CreateEgressOnlyInternetGatewayRequest":{"VpcId":"vpc-1"}}`,
			`{"CreateEgressOnlyInternetGatewayResponse":{"egressOnlyInternetGateway":{"egressOnlyInternetGatewayId":"eigw-1"}}}`, "EC2::VPC vpc-1, EC2::EgressOnlyInternetGateway eigw-1"},
		{"ec2", "DeleteEgressOnlyInternetGateway", `{"DeleteEgressOnlyInternetGatewayRequest":{"EgressOnlyInternetGatewayId":"eigw-1"}}`, ``, "EC2::EgressOnlyInternetGateway eigw-1"},
		{"ec2", "CreateVpnGateway", `{"type":"ipsec.1"}`, `{"vpnGateway":{"vpnGatewayId":"vgw-1"}}`, "EC2::VPNGateway vgw-1"},
		{"ec2", "DeleteVpnGateway", `{"vpnGatewayId":"vgw-1"}`, ``, "EC2::VPNGateway vgw-1"},
		{"ec2", "AttachVpnGateway DetachVpnGateway", `{"vpcId":"vpc-1","vpnGatewayId":"vgw-1"}`, ``, "EC2::VPC vpc-1, EC2::VPNGateway vgw-1"},
		{"ec2", "CreateTransitGateway", `{"CreateTransitGatewayRequest":{"Description":"d"}}`, `{"CreateTransitGatewayResponse":{"transitGateway":{"transitGatewayId":"tgw-1"}}}`, "EC2::TransitGateway tgw-1"},
		{"ec2", "DeleteTransitGateway ModifyTransitGateway", `{"DeleteTransitGatewayRequest":{"TransitGatewayId":"tgw-1"}}`, ``, "EC2::TransitGateway tgw-1"},
		{"ec2", "CreateTransitGatewayVpcAttachment", `{"CreateTransitGatewayVpcAttachmentRequest":{"TransitGatewayId":"tgw-1","VpcId":"vpc-1","SubnetIds":{"tag":1,"content":"subnet-1"}}}`,
			`{"CreateTransitGatewayVpcAttachmentResponse":{"transitGatewayVpcAttachment":{"transitGatewayAttachmentId":"tgw-attach-1"}}}`,
			"EC2::TransitGateway tgw-1, EC2::VPC vpc-1, EC2::Subnet subnet-1, EC2::TransitGatewayAttachment tgw-attach-1"},
		{"ec2", "DeleteTransitGatewayVpcAttachment", `{"DeleteTransitGatewayVpcAttachmentRequest":{"TransitGatewayAttachmentId":"tgw-attach-1"}}`, ``, "EC2::TransitGatewayAttachment tgw-attach-1"},
		{"ec2", "CreateTransitGatewayRoute DeleteTransitGatewayRoute ReplaceTransitGatewayRoute", `{"CreateTransitGatewayRouteRequest":{"TransitGatewayRouteTableId":"tgw-rtb-1","DestinationCidrBlock":"0.0.0.0/0"}}`, ``,
			"EC2::TransitGatewayRouteTable tgw-rtb-1"},
		{"ec2", "CreateCarrierGateway", `{"CreateCarrierGatewayRequest":{"VpcId":"vpc-1"}}`, `{"CreateCarrierGatewayResponse":{"carrierGateway":{"carrierGatewayId":"cagw-1"}}}`, "EC2::VPC vpc-1, EC2::CarrierGateway cagw-1"},
		{"ec2", "DeleteCarrierGateway", `{"DeleteCarrierGatewayRequest":{"CarrierGatewayId":"cagw-1"}}`, ``, "EC2::CarrierGateway cagw-1"},
		{"ec2", "CreateVpnConnection", `{"type":"ipsec.1","customerGatewayId":"cgw-1"}`, `{"vpnConnection":{"vpnConnectionId":"vpn-1"}}`, "EC2::CustomerGateway cgw-1, EC2::VPNConnection vpn-1"},
		{"ec2", "DeleteVpnConnection", `{"vpnConnectionId":"vpn-1"}`, ``, "EC2::VPNConnection vpn-1"},
		{"ec2", "CreateRouteTable", `{"vpcId":"vpc-1"}`, `{"routeTable":{"routeTableId":"rtb-1","vpcId":"vpc-1"}}`, "EC2::VPC vpc-1, EC2::RouteTable rtb-1"},
		{"ec2", "CreateRoute ReplaceRoute DeleteRoute DeleteRouteTable EnableVgwRoutePropagation DisableVgwRoutePropagation", `{"routeTableId":"rtb-1","gatewayId":"igw-1"}`, ``, "EC2::RouteTable rtb-1"},
		{"ec2", "AssociateRouteTable", `{"routeTableId":"rtb-1","subnetId":"subnet-1"}`, `{"associationId":"rtbassoc-1"}`, "EC2::RouteTable rtb-1, EC2::Subnet subnet-1"},
		{"ec2", "ReplaceRouteTableAssociation", `{"associationId":"rtbassoc-1","routeTableId":"rtb-1"}`, ``, "EC2::SubnetRouteTableAssociation rtbassoc-1, EC2::RouteTable rtb-1"},
		{"ec2", "DisassociateRouteTable", `{"associationId":"rtbassoc-1"}`, ``, "EC2::SubnetRouteTableAssociation rtbassoc-1"},
		{"ec2", "CreateVpc CreateDefaultVpc", `{"cidrBlock":"10.0.0.0/16"}`, `{"vpc":{"vpcId":"vpc-1"}}`, "EC2::VPC vpc-1"},
		{"ec2", "DeleteVpc ModifyVpcAttribute AttachClassicLinkVpc DetachClassicLinkVpc EnableVpcClassicLink DisableVpcClassicLink", `{"vpcId":"vpc-1"}`, ``, "EC2::VPC vpc-1"},
		{"ec2", "ModifyVpcTenancy AssociateVpcCidrBlock", `{"ModifyVpcTenancyRequest":{"VpcId":"vpc-1"}}`, ``, "EC2::VPC vpc-1"},
		{"ec2", "CreateVpcPeeringConnection", `{"vpcId":"vpc-1","peerVpcId":"vpc-2","peerOwnerId":"444455556666"}`, `{"vpcPeeringConnection":{"vpcPeeringConnectionId":"pcx-1"}}`,
			"EC2::VPC vpc-1, EC2::VPC vpc-2, EC2::VPCPeeringConnection pcx-1"},
		{"ec2", "AcceptVpcPeeringConnection DeleteVpcPeeringConnection RejectVpcPeeringConnection", `{"vpcPeeringConnectionId":"pcx-1"}`, ``, "EC2::VPCPeeringConnection pcx-1"},
		{"ec2", "ModifyVpcPeeringConnectionOptions", `{"ModifyVpcPeeringConnectionOptionsRequest":{"VpcPeeringConnectionId":"pcx-1"}}`, ``, "EC2::VPCPeeringConnection pcx-1"},
		{"ec2", "ModifyVpcBlockPublicAccessExclusion DeleteVpcBlockPublicAccessExclusion", `{"DeleteVpcBlockPublicAccessExclusionRequest":{"ExclusionId":"vpcbpa-exclude-1"}}`, ``, "EC2::VPCBlockPublicAccessExclusion vpcbpa-exclude-1"},
		{"ec2", "CreateVpcEndpoint", `{"CreateVpcEndpointRequest":{"VpcId":"vpc-1","SubnetId":[{"tag":1,"content":"x"}],"SecurityGroupId":{"tag":1,"content":"sg-1"}}}`, `{"CreateVpcEndpointResponse":{"vpcEndpoint":{"vpcEndpointId":"vpce-1"}}}`,
			"EC2::VPC vpc-1, EC2::SecurityGroup sg-1, EC2::VPCEndpoint vpce-1"},
		{"ec2", "ModifyVpcEndpoint", `{"ModifyVpcEndpointRequest":{"VpcEndpointId":"vpce-1"}}`, ``, "EC2::VPCEndpoint vpce-1"},
		{"ec2", "DeleteVpcEndpoints", `{"DeleteVpcEndpointsRequest":{"VpcEndpointId":[{"tag":1,"content":"vpce-1"},{"tag":2,"content":"vpce-2"}]}}`, ``, "EC2::VPCEndpoint vpce-1, EC2::VPCEndpoint vpce-2"},
		{"ec2", "CreateSubnet", `{"vpcId":"vpc-1"}`, `{"subnet":{"subnetId":"subnet-1"}}`, "EC2::VPC vpc-1, EC2::Subnet subnet-1"},
		{"ec2", "DeleteSubnet ModifySubnetAttribute", `{"subnetId":"subnet-1"}`, ``, "EC2::Subnet subnet-1"},
		{"ec2", "CreateFlowLogs", `{"CreateFlowLogsRequest":{"ResourceId":{"tag":1,"content":"vpc-1"},"ResourceType":"VPC"}}`, `{"CreateFlowLogsResponse":{"unsuccessful":"","flowLogIdSet":{"item":"fl-1"}}}`, "- vpc-1, EC2::FlowLog fl-1"},
		{"ec2", "CreateFlowLogs", `{"CreateFlowLogsRequest":{"ResourceId":[{"tag":1,"content":"eni-1"},{"tag":2,"content":"eni-2"}]}}`, `{"CreateFlowLogsResponse":{"flowLogIdSet":{"item":["fl-1","fl-2"]}}}`,
			"- eni-1, - eni-2, EC2::FlowLog fl-1, EC2::FlowLog fl-2"},
		{"ec2", "DeleteFlowLogs", `{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-1"}}}`, ``, "EC2::FlowLog fl-1"},
		{"ec2", "AllocateAddress", `{"domain":"vpc"}`, `{"publicIp":"192.0.2.1","allocationId":"eipalloc-1"}`, "EC2::EIP eipalloc-1"},
		{"ec2", "AssociateAddress", `{"allocationId":"eipalloc-1","instanceId":"i-1"}`, ``, "EC2::EIP eipalloc-1, EC2::Instance i-1"},
		{"ec2", "ReleaseAddress", `{"allocationId":"eipalloc-1"}`, ``, "EC2::EIP eipalloc-1"},
		{"ec2", "DisassociateAddress", `{"associationId":"eipassoc-1"}`, ``, "EC2::EIPAssociation eipassoc-1"},
		{"ec2", "CreateNetworkInterface", `{"subnetId":"subnet-1","groupSet":{"items":[{"groupId":"sg-1"}]}}`, `{"networkInterface":{"networkInterfaceId":"eni-1"}}`, "EC2::Subnet subnet-1, EC2::SecurityGroup sg-1, EC2::NetworkInterface eni-1"},
		{"ec2", "DetachNetworkInterface", `{"attachmentId":"eni-attach-1","force":true}`, ``, "EC2::NetworkInterfaceAttachment eni-attach-1"},

		// Instances, images, disks.
		{"ec2", "RunInstances", `{"instancesSet":{"items":[{"imageId":"ami-1","minCount":1}]},"subnetId":"subnet-1","iamInstanceProfile":{"name":"p"}}`, `{"instancesSet":` + item + `}`,
			"EC2::Image ami-1, EC2::Subnet subnet-1, IAM::InstanceProfile p, EC2::Instance i-1, EC2::Instance i-2"},
		{"ec2", "StartInstances StopInstances RebootInstances TerminateInstances", `{"instancesSet":` + item + `}`, `{"instancesSet":` + item + `}`, "EC2::Instance i-1, EC2::Instance i-2"},
		{"ec2", "ModifyInstanceAttribute GetPasswordData GetConsoleOutput CreateInstanceExportTask", `{"instanceId":"i-1"}`, ``, "EC2::Instance i-1"},
		{"ec2", "GetConsoleScreenshot", `{"GetConsoleScreenshotRequest":{"InstanceId":"i-1"}}`, ``, "EC2::Instance i-1"},
		{"ec2", "AssociateIamInstanceProfile", `{"AssociateIamInstanceProfileRequest":{"IamInstanceProfile":{"Name":"p"},"InstanceId":"i-1"}}`, ``, "IAM::InstanceProfile p, EC2::Instance i-1"},
		{"ec2", "CreateKeyPair ImportKeyPair DeleteKeyPair", `{"keyName":"k"}`, ``, "EC2::KeyPair k"},
		{"ec2", "DeleteKeyPair", `{"keyPairId":"key-1"}`, ``, "EC2::KeyPair key-1"},
		{"ec2", "CreateImage", `{"instanceId":"i-1","name":"n"}`, `{"imageId":"ami-1"}`, "EC2::Instance i-1, EC2::Image ami-1"},
		{"ec2", "RegisterImage", `{"name":"n"}`, `{"imageId":"ami-1"}`, "EC2::Image ami-1"},
		{"ec2", "CopyImage", `{"sourceImageId":"ami-1","sourceRegion":"eu-west-1"}`, `{"imageId":"ami-2"}`, "EC2::Image ami-1, EC2::Image ami-2"},
		{"ec2", "ModifyImageAttribute DeregisterImage", `{"imageId":"ami-1"}`, ``, "EC2::Image ami-1"},
		{"ec2", "CreateSnapshot", `{"volumeId":"vol-1"}`, `{"snapshotId":"snap-1","volumeId":"vol-1"}`, "EC2::Volume vol-1, EC2::Snapshot snap-1"},
		{"ec2", "CopySnapshot", `{"sourceSnapshotId":"snap-1"}`, `{"snapshotId":"snap-2"}`, "EC2::Snapshot snap-1, EC2::Snapshot snap-2"},
		{"ec2", "DeleteSnapshot ModifySnapshotAttribute", `{"snapshotId":"snap-1"}`, ``, "EC2::Snapshot snap-1"},
		{"ec2", "CreateVolume", `{"size":"1"}`, `{"volumeId":"vol-1"}`, "EC2::Volume vol-1"},
		{"ec2", "DeleteVolume", `{"volumeId":"vol-1"}`, ``, "EC2::Volume vol-1"},
		{"ec2", "AttachVolume DetachVolume", `{"volumeId":"vol-1","instanceId":"i-1"}`, ``, "EC2::Volume vol-1, EC2::Instance i-1"},
		{"ec2", "CreateTags DeleteTags", `{"resourcesSet":{"items":[{"resourceId":"ami-1"}]},"tagSet":{"items":[{"key":"k"}]}}`, ``, "- ami-1"},
		{"ec2", "CreateLaunchTemplate", `{"CreateLaunchTemplateRequest":{"LaunchTemplateName":"n"}}`, `{"CreateLaunchTemplateResponse":{"launchTemplate":{"launchTemplateId":"lt-1"}}}`, "EC2::LaunchTemplate n, EC2::LaunchTemplate lt-1"},
		{"ec2", "CreateLaunchTemplateVersion DeleteLaunchTemplate", `{"CreateLaunchTemplateVersionRequest":{"LaunchTemplateId":"lt-1"}}`, ``, "EC2::LaunchTemplate lt-1"},
		{"ec2", "CreateFleet", `{"CreateFleetRequest":{"Type":"instant"}}`, `{"CreateFleetResponse":{"fleetId":"fleet-1"}}`, "EC2::EC2Fleet fleet-1"},
		{"ec2", "ModifyFleet", `{"ModifyFleetRequest":{"FleetId":"fleet-1"}}`, ``, "EC2::EC2Fleet fleet-1"},
		{"ec2", "DeleteFleets", `{"DeleteFleetsRequest":{"FleetId":{"tag":1,"content":"fleet-1"}}}`, ``, "EC2::EC2Fleet fleet-1"},
		{"ec2", "RequestSpotFleet", `{"spotFleetRequestConfig":{"targetCapacity":9}}`, `{"spotFleetRequestId":"sfr-1"}`, "EC2::SpotFleet sfr-1"},
		{"ec2", "AllocateHosts", `{"AllocateHostsRequest":{"Quantity":1}}`, `{"AllocateHostsResponse":{"hostIdSet":{"item":"h-1"}}}`, "EC2::Host h-1"},
		{"ec2", "ReleaseHosts", `{"ReleaseHostsRequest":{"HostId":{"tag":1,"content":"h-1"}}}`, ``, "EC2::Host h-1"},
		{"ec2", "CreateCapacityReservation", `{"CreateCapacityReservationRequest":{"InstanceCount":1}}`, `{"CreateCapacityReservationResponse":{"capacityReservation":{"capacityReservationId":"cr-1"}}}`, "EC2::CapacityReservation cr-1"},
		{"ec2", "CreateTrafficMirrorSession", `{"CreateTrafficMirrorSessionRequest":{"NetworkInterfaceId":"eni-1"}}`, ``, "EC2::NetworkInterface eni-1"},
		{"ec2-instance-connect", "SendSSHPublicKey SendSerialConsoleSSHPublicKey", `{"instanceId":"i-1"}`, ``, "EC2::Instance i-1"},
		{"autoscaling", "CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup SetDesiredCapacity", `{"autoScalingGroupName":"g"}`, ``, "AutoScaling::AutoScalingGroup g"},
		{"autoscaling", "CreateLaunchConfiguration", `{"launchConfigurationName":"l","imageId":"ami-1"}`, ``, "AutoScaling::LaunchConfiguration l, EC2::Image ami-1"},
		{"elasticloadbalancing", "CreateLoadBalancer", `{"name":"lb","type":"application"}`, `{"loadBalancers":[{"loadBalancerArn":"arn:lb"}]}`, "ElasticLoadBalancingV2::LoadBalancer arn:lb"},
		{"elasticloadbalancing", "CreateTargetGroup", `{"name":"tg"}`, `{"targetGroups":[{"targetGroupArn":"arn:tg"}]}`, "ElasticLoadBalancingV2::TargetGroup arn:tg"},
		{"elasticloadbalancing", "DeleteLoadBalancer ModifyLoadBalancerAttributes CreateListener", `{"loadBalancerArn":"arn:lb"}`, ``, "ElasticLoadBalancingV2::LoadBalancer arn:lb"},
		{"elasticloadbalancing", "ModifyListener DeleteListener", `{"listenerArn":"arn:l"}`, ``, "ElasticLoadBalancingV2::Listener arn:l"},

		// Identity.
		{"iam", "CreateUser UpdateUser DeleteUser PutUserPolicy DeleteUserPolicy DeleteUserPermissionsBoundary CreateLoginProfile UpdateLoginProfile DeleteLoginProfile UploadSSHPublicKey UploadSigningCertificate " +
			"CreateServiceSpecificCredential ResetServiceSpecificCredential UpdateServiceSpecificCredential", `{"userName":"u","policyName":"inline"}`, ``, "IAM::User u"},
		{"iam", "AttachUserPolicy DetachUserPolicy", `{"userName":"u","policyArn":"arn:p"}`, ``, "IAM::User u, IAM::Policy arn:p"},
		{"iam", "PutUserPermissionsBoundary", `{"userName":"u","permissionsBoundary":"arn:p"}`, ``, "IAM::User u, IAM::Policy arn:p"},
		{"iam", "CreateRole", `{"roleName":"r"}`, `{"role":{"roleName":"r","arn":"arn:r"}}`, "IAM::Role r, IAM::Role arn:r"},
		{"iam", "UpdateRole DeleteRole PutRolePolicy DeleteRolePolicy UpdateAssumeRolePolicy DeleteRolePermissionsBoundary", `{"roleName":"r","policyName":"inline"}`, ``, "IAM::Role r"},
		{"iam", "AttachRolePolicy DetachRolePolicy", `{"roleName":"r","policyArn":"arn:p"}`, ``, "IAM::Role r, IAM::Policy arn:p"},
		{"iam", "PutRolePermissionsBoundary", `{"roleName":"r","permissionsBoundary":"arn:p"}`, ``, "IAM::Role r, IAM::Policy arn:p"},
		{"iam", "CreateGroup DeleteGroup PutGroupPolicy DeleteGroupPolicy", `{"groupName":"g","policyName":"inline"}`, ``, "IAM::Group g"},
		{"iam", "AttachGroupPolicy DetachGroupPolicy", `{"groupName":"g","policyArn":"arn:p"}`, ``, "IAM::Group g, IAM::Policy arn:p"},
		{"iam", "AddUserToGroup RemoveUserFromGroup", `{"groupName":"g","userName":"u"}`, ``, "IAM::Group g, IAM::User u"},
		{"iam", "CreatePolicy", `{"policyName":"p"}`, `{"policy":{"policyName":"p","arn":"arn:p"}}`, "IAM::Policy p, IAM::Policy arn:p"},
		{"iam", "DeletePolicy CreatePolicyVersion DeletePolicyVersion SetDefaultPolicyVersion", `{"policyArn":"arn:p","versionId":"v2"}`, ``, "IAM::Policy arn:p"},
		{"iam", "CreateInstanceProfile DeleteInstanceProfile", `{"instanceProfileName":"p"}`, ``, "IAM::InstanceProfile p"},
		{"iam", "AddRoleToInstanceProfile RemoveRoleFromInstanceProfile", `{"instanceProfileName":"p","roleName":"r"}`, ``, "IAM::InstanceProfile p, IAM::Role r"},
		{"iam", "CreateAccessKey", `{"userName":"u"}`, `{"accessKey":{"accessKeyId":"AKIAEXAMPLE","userName":"u"}}`, "IAM::User u, IAM::AccessKey AKIAEXAMPLE"},
		{"iam", "UpdateAccessKey DeleteAccessKey", `{"userName":"u","accessKeyId":"AKIAEXAMPLE"}`, ``, "IAM::User u, IAM::AccessKey AKIAEXAMPLE"},
		{"iam", "EnableMFADevice DeactivateMFADevice ResyncMFADevice", `{"userName":"u","serialNumber":"arn:m"}`, ``, "IAM::User u, IAM::VirtualMFADevice arn:m"},
		{"iam", "CreateVirtualMFADevice", `{"virtualMFADeviceName":"m"}`, `{"virtualMFADevice":{"serialNumber":"arn:m"}}`, "IAM::VirtualMFADevice m, IAM::VirtualMFADevice arn:m"},
		{"iam", "DeleteVirtualMFADevice", `{"serialNumber":"arn:m"}`, ``, "IAM::VirtualMFADevice arn:m"},
		{"iam", "CreateSAMLProvider", `{"name":"s"}`, `{"sAMLProviderArn":"arn:s"}`, "IAM::SAMLProvider arn:s"},
		{"iam", "UpdateSAMLProvider DeleteSAMLProvider", `{"sAMLProviderArn":"arn:s"}`, ``, "IAM::SAMLProvider arn:s"},
		{"iam", "CreateOpenIDConnectProvider", `{"url":"https://example.com"}`, `{"openIDConnectProviderArn":"arn:o"}`, "IAM::OIDCProvider arn:o"},
		{"iam", "DeleteOpenIDConnectProvider AddClientIDToOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint", `{"openIDConnectProviderArn":"arn:o"}`, ``, "IAM::OIDCProvider arn:o"},
		{"sts", "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity", `{"roleArn":"arn:r","roleSessionName":"s"}`, `{"credentials":{"accessKeyId":"ASIAEXAMPLE"}}`, "IAM::Role arn:r, IAM::AccessKey ASIAEXAMPLE"},
		{"sts", "AssumeRoot", `{"targetPrincipal":"444455556666"}`, `{"credentials":{"accessKeyId":"ASIAEXAMPLE"}}`, "Organizations::Account 444455556666, IAM::AccessKey ASIAEXAMPLE"},
		{"sts", "GetSessionToken GetFederationToken", `{"durationSeconds":900}`, `{"credentials":{"accessKeyId":"ASIAEXAMPLE"}}`, "IAM::AccessKey ASIAEXAMPLE"},
		{"sso", "CreateAccountAssignment DeleteAccountAssignment", `{"permissionSetArn":"arn:ps","targetId":"111122223333","targetType":"AWS_ACCOUNT"}`, ``, "SSO::PermissionSet arn:ps, Organizations::Account 111122223333"},
		{"sso", "PutInlinePolicyToPermissionSet ProvisionPermissionSet AttachCustomerManagedPolicyReferenceToPermissionSet", `{"permissionSetArn":"arn:ps"}`, ``, "SSO::PermissionSet arn:ps"},
		{"sso-directory", "CreateUser", `{"userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, `{"userId":"u-1"}`, "IAM::User HIDDEN_DUE_TO_SECURITY_REASONS, IdentityStore::User u-1"},
		{"identitystore", "CreateGroupMembership", `{"groupId":"g-1"}`, ``, "IdentityStore::Group g-1"},
		{"identitystore", "DeleteUser", `{"userId":"u-1"}`, ``, "IdentityStore::User u-1"},
		{"rolesanywhere", "CreateTrustAnchor", `{"name":"n"}`, ``, "RolesAnywhere::TrustAnchor n"},
		{"rolesanywhere", "CreateProfile", `{"name":"n","roleArns":["arn:r"]}`, ``, "RolesAnywhere::Profile n"},
		{"rolesanywhere", "DeleteTrustAnchor", `{"trustAnchorId":"t"}`, ``, "RolesAnywhere::TrustAnchor t"},
		{"organizations", "CreatePolicy", `{"name":"n","type":"SERVICE_CONTROL_POLICY"}`, `{"policy":{"policySummary":{"id":"p-1"}}}`, "Organizations::Policy p-1"},
		{"organizations", "AttachPolicy DetachPolicy", `{"policyId":"p-1","targetId":"ou-1"}`, ``, "Organizations::Policy p-1, - ou-1"},
		{"organizations", "UpdatePolicy DeletePolicy", `{"policyId":"p-1"}`, ``, "Organizations::Policy p-1"},
		{"organizations", "EnablePolicyType DisablePolicyType", `{"rootId":"r-1"}`, ``, "Organizations::Root r-1"},
		{"organizations", "MoveAccount RemoveAccountFromOrganization RegisterDelegatedAdministrator", `{"accountId":"111122223333","sourceParentId":"r-1"}`, ``, "Organizations::Account 111122223333"},
		{"organizations", "InviteAccountToOrganization", `{"target":{"type":"ACCOUNT","id":"444455556666"}}`, ``, "Organizations::Account 444455556666"},
		{"organizations", "AcceptHandshake DeclineHandshake CancelHandshake", `{"handshakeId":"h-1"}`, ``, "Organizations::Handshake h-1"},
		{"organizations", "CreateOrganizationalUnit", `{"parentId":"r-1","name":"n"}`, `{"organizationalUnit":{"id":"ou-1"}}`, "Organizations::OrganizationalUnit ou-1"},
		{"organizations", "UpdateOrganizationalUnit DeleteOrganizationalUnit", `{"organizationalUnitId":"ou-1"}`, ``, "Organizations::OrganizationalUnit ou-1"},

		// Logging and watching.
		{"cloudtrail", "CreateTrail", `{"name":"t","s3BucketName":"b"}`, `{"name":"t","trailARN":"arn:t"}`, "CloudTrail::Trail t, S3::Bucket b, CloudTrail::Trail arn:t"},
		{"cloudtrail", "UpdateTrail DeleteTrail StartLogging StopLogging GetTrailStatus", `{"name":"t"}`, ``, "CloudTrail::Trail t"},
		{"cloudtrail", "PutEventSelectors PutInsightSelectors GetEventSelectors", `{"trailName":"t"}`, ``, "CloudTrail::Trail t"},
		{"cloudtrail", "CreateEventDataStore", `{"name":"n"}`, `{"eventDataStoreArn":"arn:e","name":"n"}`, "CloudTrail::EventDataStore n, CloudTrail::EventDataStore arn:e"},
		{"cloudtrail", "UpdateEventDataStore DeleteEventDataStore StopEventDataStoreIngestion StartEventDataStoreIngestion", `{"eventDataStore":"arn:e"}`, ``, "CloudTrail::EventDataStore arn:e"},
		{"cloudtrail", "DeleteChannel", `{"channel":"c"}`, ``, "CloudTrail::Channel c"},
		{"config", "StopConfigurationRecorder StartConfigurationRecorder DeleteConfigurationRecorder", `{"configurationRecorderName":"default"}`, ``, "Config::ConfigurationRecorder default"},
		{"config", "PutConfigurationRecorder", `{"configurationRecorder":{"name":"default","roleARN":"arn:r"}}`, ``, "Config::ConfigurationRecorder default"},
		{"config", "DeleteDeliveryChannel", `{"deliveryChannelName":"default"}`, ``, "Config::DeliveryChannel default"},
		{"config", "PutDeliveryChannel", `{"deliveryChannel":{"name":"default","s3BucketName":"b"}}`, ``, "Config::DeliveryChannel default, S3::Bucket b"},
		{"config", "PutConfigRule", `{"configRule":{"configRuleName":"r"}}`, ``, "Config::ConfigRule r"},
		{"config", "DeleteConfigRule", `{"configRuleName":"r"}`, ``, "Config::ConfigRule r"},
		{"config", "DeleteConfigurationAggregator", `{"configurationAggregatorName":"a"}`, ``, "Config::ConfigurationAggregator a"},
		{"config", "DeleteConformancePack", `{"conformancePackName":"p"}`, ``, "Config::ConformancePack p"},
		{"config", "DeleteRetentionConfiguration", `{"retentionConfigurationName":"r"}`, ``, "Config::RetentionConfiguration r"},
		{"guardduty", "CreateDetector", `{"enable":true}`, `{"detectorId":"d"}`, "GuardDuty::Detector d"},
		{"guardduty", "DeleteDetector UpdateDetector DeleteMembers DisassociateMembers StopMonitoringMembers DisassociateFromMasterAccount DisassociateFromAdministratorAccount ArchiveFindings DeletePublishingDestination CreateFilter CreateIPSet",
			`{"detectorId":"d","name":"n"}`, ``, "GuardDuty::Detector d"},
		{"guardduty", "UpdateIPSet", `{"detectorId":"d","ipSetId":"s"}`, ``, "GuardDuty::Detector d, GuardDuty::IPSet s"},
		{"securityhub", "DeleteInsight", `{"insightArn":"arn:i"}`, ``, "SecurityHub::Insight arn:i"},
		{"logs", "CreateLogGroup DeleteLogGroup PutRetentionPolicy FilterLogEvents StartQuery", `{"logGroupName":"/g"}`, ``, "Logs::LogGroup /g"},
		{"logs", "CreateLogStream DeleteLogStream GetLogEvents", `{"logGroupName":"/g","logStreamName":"s"}`, ``, "Logs::LogGroup /g, Logs::LogStream s"},
		{"logs", "PutMetricFilter DeleteMetricFilter", `{"logGroupName":"/g","filterName":"f"}`, ``, "Logs::LogGroup /g, Logs::MetricFilter f"},
		{"logs", "PutSubscriptionFilter DeleteSubscriptionFilter", `{"logGroupName":"/g","filterName":"f"}`, ``, "Logs::LogGroup /g, Logs::SubscriptionFilter f"},
		{"monitoring", "PutMetricAlarm", `{"alarmName":"a"}`, ``, "CloudWatch::Alarm a"},
		{"monitoring", "DeleteAlarms DisableAlarmActions", `{"alarmNames":["a","b"]}`, ``, "CloudWatch::Alarm a, CloudWatch::Alarm b"},
		{"monitoring", "PutDashboard", `{"dashboardName":"d","dashboardBody":"{}"}`, ``, "CloudWatch::Dashboard d"},
		{"events", "PutRule DeleteRule DisableRule EnableRule", `{"name":"r","eventBusName":"default"}`, ``, "Events::Rule r, Events::EventBus default"},
		{"events", "PutTargets RemoveTargets", `{"rule":"r"}`, ``, "Events::Rule r"},
		{"wafv2", "DeleteWebACL", `{"name":"w","id":"1"}`, ``, "WAFv2::WebACL w"},
		{"route53resolver", "DeleteResolverQueryLogConfig", `{"resolverQueryLogConfigId":"rqlc-1"}`, ``, "Route53Resolver::ResolverQueryLoggingConfig rqlc-1"},

		// Storage and keys.
		{"s3", "CreateBucket DeleteBucket PutBucketPolicy DeleteBucketPolicy PutBucketAcl PutBucketCors DeleteBucketCors PutBucketLifecycle DeleteBucketLifecycle PutBucketReplication DeleteBucketReplication PutBucketVersioning " +
			"PutBucketLogging PutBucketEncryption DeleteBucketEncryption PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock PutBucketOwnershipControls PutBucketWebsite PutBucketTagging " +
			"GetObject PutObject DeleteObject CopyObject PutObjectAcl GetBucketAcl ListObjects", `{"bucketName":"b","Host":"b.s3.amazonaws.com"}`, ``, "S3::Bucket b"},
		{"s3", "PutAccessPointPolicy CreateAccessPoint", `{"name":"ap","bucket":"b"}`, ``, "S3::AccessPoint ap"},
		{"kms", "DisableKey EnableKey ScheduleKeyDeletion CancelKeyDeletion DeleteImportedKeyMaterial PutKeyPolicy DisableKeyRotation CreateGrant RetireGrant RevokeGrant Decrypt Encrypt GenerateDataKey ReEncrypt", `{"keyId":"k"}`, ``, "KMS::Key k"},
		{"kms", "CreateAlias UpdateAlias", `{"aliasName":"alias/a","targetKeyId":"k"}`, ``, "KMS::Alias alias/a, KMS::Key k"},
		{"secretsmanager", "CreateSecret", `{"name":"s"}`, `{"arn":"arn:s"}`, "SecretsManager::Secret s, SecretsManager::Secret arn:s"},
		{"secretsmanager", "GetSecretValue DescribeSecret PutSecretValue UpdateSecret DeleteSecret", `{"secretId":"s"}`, `{"aRN":"arn:s"}`, "SecretsManager::Secret s, SecretsManager::Secret arn:s"},
		{"ssm", "GetParameter PutParameter DeleteParameter GetParameterHistory", `{"name":"/p"}`, ``, "SSM::Parameter /p"},
		{"ssm", "GetParameters DeleteParameters", `{"names":["/p","/q"],"withDecryption":true}`, ``, "SSM::Parameter /p, SSM::Parameter /q"},
		{"ssm", "GetParametersByPath", `{"path":"/p","recursive":true}`, ``, "SSM::Parameter /p"},
		{"ssm", "CreateDocument ModifyDocumentPermission", `{"name":"d"}`, ``, "SSM::Document d"},
		{"ssm", "SendCommand", `{"documentName":"AWS-RunShellScript","instanceIds":["i-1"]}`, ``, "SSM::Document AWS-RunShellScript, EC2::Instance i-1"},
		{"ssm", "StartSession", `{"target":"i-1"}`, ``, "EC2::Instance i-1"},
		{"ssm", "ResumeSession TerminateSession", `{"sessionId":"s"}`, ``, "SSM::Session s"},
		{"elasticfilesystem", "DeleteFileSystem", `{"fileSystemId":"fs-1"}`, ``, "EFS::FileSystem fs-1"},
		{"backup", "DeleteBackupVault PutBackupVaultAccessPolicy", `{"backupVaultName":"v"}`, ``, "Backup::BackupVault v"},

		// Databases.
		{"rds", "CreateDBInstance DeleteDBInstance ModifyDBInstance StartDBInstance StopDBInstance RebootDBInstance PromoteReadReplica RestoreDBInstanceFromS3", `{"dBInstanceIdentifier":"d"}`, `{"dBInstanceIdentifier":"d"}`, "RDS::DBInstance d"},
		{"rds", "CreateDBInstanceReadReplica", `{"dBInstanceIdentifier":"d2","sourceDBInstanceIdentifier":"d"}`, ``, "RDS::DBInstance d2, RDS::DBInstance d"},
		{"rds", "RestoreDBInstanceFromDBSnapshot CreateDBSnapshot", `{"dBInstanceIdentifier":"d","dBSnapshotIdentifier":"s"}`, ``, "RDS::DBInstance d, RDS::DBSnapshot s"},
		{"rds", "RestoreDBInstanceToPointInTime", `{"sourceDBInstanceIdentifier":"d","targetDBInstanceIdentifier":"d2"}`, ``, "RDS::DBInstance d, RDS::DBInstance d2"},
		{"rds", "ModifyDBSnapshotAttribute DeleteDBSnapshot", `{"dBSnapshotIdentifier":"s"}`, ``, "RDS::DBSnapshot s"},
		{"rds", "CopyDBSnapshot", `{"sourceDBSnapshotIdentifier":"s","targetDBSnapshotIdentifier":"s2"}`, ``, "RDS::DBSnapshot s, RDS::DBSnapshot s2"},
		{"rds", "CreateDBCluster DeleteDBCluster ModifyDBCluster StartDBCluster StopDBCluster RebootDBCluster FailoverDBCluster RestoreDBClusterFromS3", `{"dBClusterIdentifier":"c"}`, `{"dBClusterIdentifier":"c"}`, "RDS::DBCluster c"},
		{"rds", "RestoreDBClusterFromSnapshot", `{"dBClusterIdentifier":"c","snapshotIdentifier":"s"}`, ``, "RDS::DBCluster c, RDS::DBClusterSnapshot s"},
		{"rds", "RestoreDBClusterToPointInTime", `{"sourceDBClusterIdentifier":"c","dBClusterIdentifier":"c2"}`, ``, "RDS::DBCluster c, RDS::DBCluster c2"},
		{"rds", "StartDBInstanceAutomatedBackupsReplication StopDBInstanceAutomatedBackupsReplication", `{"sourceDBInstanceArn":"arn:d"}`, ``, "RDS::DBInstance arn:d"},
		{"redshift", "CreateCluster DeleteCluster PauseCluster ResumeCluster ResizeCluster RebootCluster ModifyCluster", `{"clusterIdentifier":"c"}`, ``, "Redshift::Cluster c"},
		{"redshift", "RestoreFromClusterSnapshot", `{"clusterIdentifier":"c","snapshotIdentifier":"s"}`, ``, "Redshift::Cluster c, Redshift::ClusterSnapshot s"},
		{"dynamodb", "CreateTable DeleteTable UpdateTable GetItem PutItem Query Scan", `{"tableName":"t"}`, ``, "DynamoDB::Table t"},
		{"dynamodb", "ExportTableToPointInTime", `{"tableArn":"arn:t"}`, ``, "DynamoDB::Table arn:t"},
		{"dynamodb", "RestoreTableFromBackup", `{"targetTableName":"t","backupArn":"arn:b"}`, ``, "DynamoDB::Table t"},
		{"glue", "CreateDatabase", `{"databaseInput":{"name":"d"}}`, ``, "Glue::Database d"},
		{"glue", "CreateTable UpdateTable", `{"databaseName":"d","tableInput":{"name":"t"}}`, ``, "Glue::Database d, Glue::Table t"},
		{"glue", "GetTable DeleteTable", `{"databaseName":"d","name":"t"}`, ``, "Glue::Database d, Glue::Table t"},
		{"glue", "GetPartitions", `{"databaseName":"d","tableName":"t"}`, ``, "Glue::Database d, Glue::Table t"},
		{"glue", "StartJobRun", `{"jobName":"j"}`, ``, "Glue::Job j"},
		{"glue", "CreateJob", `{"name":"j"}`, ``, "Glue::Job j"},
		{"glue", "CreateDevEndpoint UpdateDevEndpoint", `{"endpointName":"e"}`, ``, "Glue::DevEndpoint e"},

		// Code and clusters.
		{"lambda", "CreateFunction20150331 DeleteFunction20150331 UpdateFunctionCode20150331v2 UpdateFunctionConfiguration20150331v2 AddPermission20150331v2 RemovePermission20150331v2 CreateFunctionUrlConfig CreateEventSourceMapping20150331 Invoke",
			`{"functionName":"f"}`, ``, "Lambda::Function f"},
		{"ecs", "CreateCluster", `{"clusterName":"c"}`, ``, "ECS::Cluster c"},
		{"ecs", "RunTask StartTask", `{"cluster":"c","taskDefinition":"t:1"}`, ``, "ECS::Cluster c, ECS::TaskDefinition t:1"},
		{"ecs", "StopTask", `{"cluster":"c","task":"1"}`, ``, "ECS::Cluster c, ECS::Task 1"},
		{"ecs", "CreateService", `{"cluster":"c","serviceName":"s"}`, ``, "ECS::Cluster c, ECS::Service s"},
		{"ecs", "UpdateService DeleteService ExecuteCommand", `{"cluster":"c","service":"s"}`, ``, "ECS::Cluster c, ECS::Service s"},
		{"ecs", "RegisterTaskDefinition", `{"family":"t"}`, ``, "ECS::TaskDefinition t"},
		{"eks", "CreateCluster DeleteCluster UpdateClusterConfig", `{"name":"c"}`, ``, "EKS::Cluster c"},
		{"eks", "CreateNodegroup UpdateNodegroupConfig", `{"clusterName":"c","nodegroupName":"n"}`, ``, "EKS::Cluster c, EKS::Nodegroup n"},
		{"eks", "CreateFargateProfile", `{"clusterName":"c","fargateProfileName":"f"}`, ``, "EKS::Cluster c, EKS::FargateProfile f"},
		{"elasticmapreduce", "RunJobFlow", `{"name":"n"}`, `{"jobFlowId":"j-1"}`, "EMR::Cluster j-1"},
		{"elasticmapreduce", "TerminateJobFlows SetTerminationProtection", `{"jobFlowIds":["j-1"]}`, ``, "EMR::Cluster j-1"},
		{"elasticmapreduce", "AddJobFlowSteps AddInstanceGroups", `{"jobFlowId":"j-1"}`, ``, "EMR::Cluster j-1"},
		{"elasticmapreduce", "CancelSteps ModifyCluster AddInstanceFleet PutManagedScalingPolicy PutAutoTerminationPolicy", `{"clusterId":"j-1"}`, ``, "EMR::Cluster j-1"},
		{"emr-serverless", "CreateApplication", `{"name":"n"}`, `{"applicationId":"a"}`, "EMRServerless::Application a"},
		{"emr-serverless", "StartApplication StopApplication DeleteApplication StartJobRun CancelJobRun", `{"applicationId":"a"}`, ``, "EMRServerless::Application a"},
		{"sagemaker", "CreateNotebookInstance StartNotebookInstance StopNotebookInstance", `{"notebookInstanceName":"n"}`, ``, "SageMaker::NotebookInstance n"},
		{"sagemaker", "CreateTrainingJob", `{"trainingJobName":"j"}`, ``, "SageMaker::TrainingJob j"},
		{"sagemaker", "CreateEndpoint", `{"endpointName":"e","endpointConfigName":"c"}`, ``, "SageMaker::Endpoint e, SageMaker::EndpointConfig c"},
		{"bedrock", "InvokeModel InvokeModelWithResponseStream", `{"modelId":"m"}`, ``, "Bedrock::FoundationModel m"},
		{"bedrock", "DeleteGuardrail UpdateGuardrail", `{"guardrailIdentifier":"g"}`, ``, "Bedrock::Guardrail g"},
		{"cloudformation", "CreateStack UpdateStack DeleteStack", `{"stackName":"s"}`, ``, "CloudFormation::Stack s"},
		{"ecr", "SetRepositoryPolicy PutImage", `{"repositoryName":"r"}`, ``, "ECR::Repository r"},

		// Messages and names.
		{"sns", "CreateTopic", `{"name":"t"}`, `{"topicArn":"arn:t"}`, "SNS::Topic t, SNS::Topic arn:t"},
		{"sns", "DeleteTopic Subscribe SetTopicAttributes Publish", `{"topicArn":"arn:t"}`, ``, "SNS::Topic arn:t"},
		{"sqs", "CreateQueue", `{"queueName":"q"}`, `{"queueUrl":"https://q"}`, "SQS::Queue q, SQS::Queue https://q"},
		{"sqs", "DeleteQueue SetQueueAttributes AddPermission", `{"queueUrl":"https://q"}`, ``, "SQS::Queue https://q"},
		{"ses", "VerifyEmailIdentity", `{"emailAddress":"a@example.com"}`, ``, "SES::EmailIdentity a@example.com"},
		{"route53", "ChangeResourceRecordSets", `{"hostedZoneId":"Z1"}`, ``, "Route53::HostedZone Z1"},
		{"route53", "CreateHostedZone", `{"name":"example.com."}`, `{"hostedZone":{"id":"/hostedzone/Z1"}}`, "Route53::HostedZone /hostedzone/Z1"},
		{"route53", "DeleteHostedZone", `{"id":"Z1"}`, ``, "Route53::HostedZone Z1"},
		{"route53domains", "DisableDomainTransferLock TransferDomainToAnotherAwsAccount", `{"domainName":"example.com"}`, ``, "Route53Domains::Domain example.com"},
	} {
		for _, event := range strings.Fields(test.events) {
			members := fmt.Sprintf(`"eventSource":"%s.amazonaws.com","eventName":%q,"requestParameters":%s`, test.service, event, test.request)
			if test.response != "" {
				members += `,"responseElements":` + test.response
			}
			got := touchedBy(t, members)
			if !slices.Equal(got, strings.Split(test.want, ", ")) {
				t.Errorf("%s %s: got %q, want %s", test.service, event, got, test.want)
			}
		}
	}
}

// A rule that is for some records alone, in all others.
func TestTouchedForSome(t *testing.T) {
	const trail, rule = `"eventSource":"cloudtrail.amazonaws.com"`, `"requestParameters":{"name":"n"}`
	for _, test := range []struct{ name, members, want string }{
		{"the service and the event", trail + `,"eventName":"StopLogging",` + rule, "CloudTrail::Trail n"},
		{"another service", `"eventSource":"sns.amazonaws.com","eventName":"StopLogging",` + rule, ""},
		{"a service that begins so", `"eventSource":"cloudtrail-data.amazonaws.com","eventName":"StopLogging",` + rule, ""},
		{"another event", trail + `,"eventName":"StopLoggings",` + rule, ""},
		{"without a service", `"eventName":"StopLogging",` + rule, ""},
		{"without an event", trail + `,"eventVersion":"1.08",` + rule, ""},
		{"the first that fits", `"eventSource":"glue.amazonaws.com","eventName":"X","requestParameters":{"tableName":"t"}`, "Glue::Table t"},
		{"the next that fits", `"eventSource":"cassandra.amazonaws.com","eventName":"X","requestParameters":{"tableName":"t"}`, "DynamoDB::Table t"},
		{"parameters before the service", rule + `,"eventName":"StopLogging",` + trail, "CloudTrail::Trail n"},
		{"parameters between", trail + `,` + rule + `,"eventName":"StopLogging"`, "CloudTrail::Trail n"},
		{"some before, once each", `"responseElements":{"trailARN":"arn:t","name":"n"},"requestParameters":{"name":"n","trailName":"t"},"eventName":"StopLogging",` + trail,
			"CloudTrail::Trail arn:t, CloudTrail::Trail t, CloudTrail::Trail n"},
		{"not clean, before the service", "\"requestParameters\":{\"name\":\"a\x01\xff\"},\"eventName\":\"StopLogging\"," + trail, "CloudTrail::Trail a\x01\ufffd"},
		{"wrapped in another service", `"eventSource":"x.amazonaws.com","eventName":"X","requestParameters":{"XRequest":{"VpcId":"vpc-1"}}`, ""},
		{"wrapped, but not in an object", `"eventSource":"ec2.amazonaws.com","eventName":"X","requestParameters":{"XRequest":"vpc-1","YRequest":["VpcId"],"ZRequest":{"VpcId":{"a":1}}}`, ""},
		{"done by AWS", `"eventSource":"ec2.amazonaws.com","eventName":"SharedSnapshotVolumeCreated","requestParameters":null,"serviceEventDetails":{"snapshotId":"snap-1"}`, "EC2::Snapshot snap-1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(touchedBy(t, test.members), ", "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// However many resources a record names, each is named once.
func TestTouchedMany(t *testing.T) {
	const names = 20000 // to look for each among all the others takes long
	var items []string
	for i := range names {
		items = append(items, fmt.Sprintf(`{"instanceId":"i-%017x"}`, i))
	}
	set := `{"instancesSet":{"items":[` + strings.Join(items, ",") + `]}}`
	got := touchedBy(t, `"eventName":"StopInstances","requestParameters":`+set+`,"responseElements":`+set)
	if len(got) != names {
		t.Fatalf("%d resources", len(got))
	}
	for i, name := range got {
		if name != fmt.Sprintf("EC2::Instance i-%017x", i) {
			t.Fatalf("resource %d is %s", i, name)
		}
	}
}
