package query

import (
	"strconv"
	"strings"
	"testing"

	"trailbox/schema"
)

// The reports that watch for changes, for what deserves attention and for what is
// missing: each over a few events, in CSV without the header. Names of events are
// those that watch lists forget, records those whose shape they get wrong.
func TestWatchReports(t *testing.T) {
	const id = "userIdentity."
	at := func(minute, service, name string, others ...string) leaves {
		return leaves{
			"eventTime": "2026-03-02T10:" + minute + ":00Z", "eventName": name, "eventSource": service + ".amazonaws.com",
			"recipientAccountId": "111122223333", "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7", "readOnly": "false",
			"eventCategory": "Management", id + "type": "IAMUser", id + "userName": "admin",
		}.with(others...)
	}
	const asked, answered, added = "requestParameters", "responseElements", "additionalEventData"
	read := []string{"readOnly", "true"}
	denied := []string{"errorCode", "AccessDenied"}
	bot := []string{id + "userName", "bot"}
	delivery := []string{id + "type", "AWSService", id + "invokedBy", "delivery.logs.amazonaws.com", id + "userName", ""}
	nested := func(rules ...string) string { return `{"ipPermissions":{"items":[` + strings.Join(rules, ",") + `]}}` }
	const half = `{"name":"\ud800"}` // DuckDB does not take it for JSON
	invoke := at("03", "lambda", "Invoke", "managementEvent", "false", "touched", "AWS::Lambda::Function f")
	delete(invoke, "eventCategory") // as it was before eventVersion 1.07
	for _, test := range []struct {
		report string
		filter Filter
		events []leaves
		want   string
	}{
		{
			"iam-changes", Filter{}, []leaves{
				at("00", "iam", "AttachUserPolicy", asked, `{"policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`, "touched", "AWS::IAM::User bot"),
				at("01", "iam", "PutRolePermissionsBoundary", asked, `{"permissionsBoundary":"arn:b"}`),
				at("02", "iam", "ListUsers").with(read...),
				at("03", "sso", "CreateAccountAssignment"),
				at("04", "sso", "GetRoleCredentials"),
				at("05", "rolesanywhere", "CreateTrustAnchor"),
				at("06", "sts", "AssumeRole"),
				at("07", "iam", "PutUserPolicy", asked, half),
				at("08", "iam", "PutUserPolicy", asked, `{"policyName":"p"}`).with(denied...),
			}, `
2026-03-02T10:00:00Z,AttachUserPolicy,admin,bot,arn:aws:iam::aws:policy/AdministratorAccess,,198.51.100.7
2026-03-02T10:01:00Z,PutRolePermissionsBoundary,admin,,arn:b,,198.51.100.7
2026-03-02T10:03:00Z,CreateAccountAssignment,admin,,,,198.51.100.7
2026-03-02T10:05:00Z,CreateTrustAnchor,admin,,,,198.51.100.7
2026-03-02T10:07:00Z,PutUserPolicy,admin,,,,198.51.100.7
2026-03-02T10:08:00Z,PutUserPolicy,admin,,p,AccessDenied,198.51.100.7
`,
		},
		{
			"credential-changes", Filter{}, []leaves{
				at("00", "iam", "UpdateAccessKey", asked, `{"status":"Inactive"}`, "touched", "AWS::IAM::AccessKey AKIAEXAMPLE"),
				at("01", "iam", "CreateAccessKey", answered, `{"accessKey":{"status":"Active"}}`),
				at("02", "signin", "PasswordUpdated"),
				at("03", "signin", "ConsoleLogin"),
				at("04", "ec2", "ImportKeyPair"),
				at("05", "identitystore", "CreateUser"),
				at("06", "cognito-idp", "CreateUser"), // not of AWS's own users
				at("07", "iam", "CreateRole"),
			}, `
2026-03-02T10:00:00Z,UpdateAccessKey,admin,AKIAEXAMPLE,Inactive,,198.51.100.7
2026-03-02T10:01:00Z,CreateAccessKey,admin,,Active,,198.51.100.7
2026-03-02T10:02:00Z,PasswordUpdated,admin,,,,198.51.100.7
2026-03-02T10:04:00Z,ImportKeyPair,admin,,,,198.51.100.7
2026-03-02T10:05:00Z,CreateUser,admin,,,,198.51.100.7
`,
		},
		{
			"security-groups", Filter{}, []leaves{
				at("00", "ec2", "AuthorizeSecurityGroupIngress", asked, nested(
					`{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]}}`,
					`{"ipProtocol":"-1","groups":{"items":[{"groupId":"sg-1"}]}}`)),
				at("01", "ec2", "AuthorizeSecurityGroupIngress", asked, `{"cidrIp":"192.0.2.0/24","fromPort":1,"toPort":9,"ipProtocol":"udp","ipPermissions":{}}`),
				at("02", "ec2", "RevokeSecurityGroupIngress", asked, `{"ipPermissions":{},"securityGroupRuleIds":{"items":[{"securityGroupRuleId":"sgr-1"}]}}`),
				at("03", "ec2", "ModifySecurityGroupRules", asked,
					`{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-1","SecurityGroupRule":{"SecurityGroupRule":{"CidrIpv4":"0.0.0.0/0","FromPort":22,"IpProtocol":"tcp","ToPort":22}}}}`),
				at("04", "ec2", "ModifyInstanceAttribute", asked, `{"instanceId":"i-1","groupSet":{"items":[{"groupId":"sg-1"}]}}`),
				at("05", "ec2", "ModifyInstanceAttribute", asked, `{"instanceId":"i-1","userData":"x"}`),
				at("06", "rds", "AuthorizeDBSecurityGroupIngress", asked, `{"cIDRIP":"192.0.2.0/24"}`),
				at("07", "rds", "AuthorizeSecurityGroupIngress"), // a name of another service
				at("08", "ec2", "DeleteSecurityGroup", asked, half).with(denied...),
			}, `
2026-03-02T10:00:00Z,AuthorizeSecurityGroupIngress,admin,,"tcp 22 0.0.0.0/0 ::/0, all sg-1",,198.51.100.7
2026-03-02T10:01:00Z,AuthorizeSecurityGroupIngress,admin,,udp 1-9 192.0.2.0/24,,198.51.100.7
2026-03-02T10:02:00Z,RevokeSecurityGroupIngress,admin,,sgr-1,,198.51.100.7
2026-03-02T10:03:00Z,ModifySecurityGroupRules,admin,,tcp 22 0.0.0.0/0,,198.51.100.7
2026-03-02T10:04:00Z,ModifyInstanceAttribute,admin,,,,198.51.100.7
2026-03-02T10:06:00Z,AuthorizeDBSecurityGroupIngress,admin,,192.0.2.0/24,,198.51.100.7
2026-03-02T10:08:00Z,DeleteSecurityGroup,admin,,,AccessDenied,198.51.100.7
`,
		},
		{
			"network-acls", Filter{}, []leaves{
				at("00", "ec2", "CreateNetworkAclEntry", asked, `{"networkAclId":"acl-0123456789abcdef0","ruleNumber":100,"egress":false,"ruleAction":"allow",`+
					`"portRange":{"from":22,"to":23},"aclProtocol":"6","cidrBlock":"0.0.0.0/0"}`),
				at("01", "ec2", "DescribeNetworkAcls").with(read...),
			}, `
2026-03-02T10:00:00Z,CreateNetworkAclEntry,admin,acl-0123456789abcdef0,100 in allow 6 22-23 0.0.0.0/0,,198.51.100.7
`,
		},
		{
			"routes", Filter{}, []leaves{
				at("00", "ec2", "CreateRoute", asked, `{"routeTableId":"rtb-01234567","destinationIpv6CidrBlock":"::/0","gatewayId":"igw-01234567"}`),
				at("01", "ec2", "ReplaceTransitGatewayRoute"),
				at("02", "apigatewayv2", "CreateRoute"),
			}, `
2026-03-02T10:00:00Z,CreateRoute,admin,igw-01234567 rtb-01234567,::/0 to igw-01234567,,198.51.100.7
2026-03-02T10:01:00Z,ReplaceTransitGatewayRoute,admin,,,,198.51.100.7
`,
		},
		{
			"gateways", Filter{}, []leaves{
				at("00", "ec2", "CreateNatGateway", answered, `{"CreateNatGatewayResponse":{"requestId":"11111111-1111-4111-8111-111111111111","natGateway":{"natGatewayId":"nat-0123456789abcdef0"}}}`),
				at("01", "storagegateway", "DeleteGateway"),
			}, `
2026-03-02T10:00:00Z,CreateNatGateway,admin,nat-0123456789abcdef0,,198.51.100.7
`,
		},
		{
			"vpc", Filter{}, []leaves{
				at("00", "ec2", "ModifyVpcBlockPublicAccessOptions"),
				at("01", "ec2", "DeleteFlowLogs", asked, `{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-0123456789abcdef0"}}}`),
				at("02", "ec2", "DescribeVpcs").with(read...),
			}, `
2026-03-02T10:00:00Z,ModifyVpcBlockPublicAccessOptions,admin,,,198.51.100.7
2026-03-02T10:01:00Z,DeleteFlowLogs,admin,fl-0123456789abcdef0,,198.51.100.7
`,
		},
		{
			"buckets", Filter{}, []leaves{
				at("00", "s3", "PutBucketPublicAccessBlock", asked, `{"bucketName":"b"}`, "touched", "AWS::S3::Bucket b\nAWS::S3::Bucket arn:aws:s3:::b"),
				at("01", "s3", "PutBucketOfTomorrow", asked, half, "touched", "AWS::S3::Bucket b"),
				at("02", "s3", "PutObject", "eventCategory", "Data"),
				at("03", "s3", "GetBucketAcl").with(read...),
			}, `
2026-03-02T10:00:00Z,PutBucketPublicAccessBlock,admin,b,,198.51.100.7
2026-03-02T10:01:00Z,PutBucketOfTomorrow,admin,b,,198.51.100.7
`,
		},
		{
			"kms", Filter{}, []leaves{
				at("00", "kms", "ScheduleKeyDeletion", asked, `{"keyId":"k","pendingWindowInDays":7}`, "touched", "AWS::KMS::Key k"),
				at("01", "kms", "CreateGrant", asked, `{"granteePrincipal":"arn:aws:iam::444455556666:user/eve"}`),
				at("02", "kms", "Decrypt").with(read...),
			}, `
2026-03-02T10:00:00Z,ScheduleKeyDeletion,admin,k,7 days,,198.51.100.7
2026-03-02T10:01:00Z,CreateGrant,admin,,arn:aws:iam::444455556666:user/eve,,198.51.100.7
`,
		},
		{
			"trails", Filter{}, []leaves{
				at("00", "cloudtrail", "StopLogging", asked, `{"name":"audit"}`, "touched", "AWS::CloudTrail::Trail audit").with(denied...),
				at("01", "cloudtrail", "StopEventDataStoreIngestion"),
				at("02", "guardduty", "UpdateDetector", asked, `{"detectorId":"d","enable":false}`, "touched", "AWS::GuardDuty::Detector d"),
				at("03", "events", "DeleteRule"),
				at("04", "wafv2", "DeleteRule"),
				at("05", "cloudtrail", "LookupEvents").with(read...),
				at("06", "logs", "DeleteLogGroup", asked, half),
				at("07", "guardduty", "DisableOrganizationAdminAccount", asked, `{"adminAccountId":"444455556666"}`),
				// The bucket and the key of a trail, and others.
				at("08", "cloudtrail", "UpdateTrail", asked, `{"name":"audit","s3BucketName":"logs","kmsKeyId":"arn:aws:kms:us-east-1:111122223333:key/k"}`,
					"touched", "AWS::CloudTrail::Trail audit"),
				at("09", "s3", "PutBucketVersioning", asked, `{"bucketName":"logs","VersioningConfiguration":{"Status":"Suspended"}}`, "touched", "AWS::S3::Bucket logs"),
				at("10", "s3", "PutBucketVersioning", asked, `{"bucketName":"site"}`, "touched", "AWS::S3::Bucket site"),
				at("11", "s3", "DeleteBucketPolicy", "errorMessage", "not authorized to perform: s3:DeleteBucketPolicy on resource: arn:aws:s3:::logs because").with(denied...),
				at("12", "s3", "GetBucketAcl", "touched", "AWS::S3::Bucket old-logs", id+"invokedBy", "cloudtrail.amazonaws.com").with(read...),
				at("13", "s3", "DeleteObject", "touched", "AWS::S3::Bucket old-logs\nAWS::S3::Object arn:aws:s3:::old-logs/AWSLogs/1.json.gz"),
				at("14", "s3", "PutObject", "touched", "AWS::S3::Bucket old-logs"),
				at("15", "kms", "DisableKey", "touched", "AWS::KMS::Key k"),
				at("16", "kms", "DisableKey", "touched", "AWS::KMS::Key other"),
				at("17", "kms", "Decrypt", "touched", "AWS::KMS::Key k").with(read...),
				at("18", "s3", "PutBucketLifecycle", "touched", "AWS::S3::Bucket trail",
					asked, `{"LifecycleConfiguration":{"Rule":{"ID":"short","Status":"Enabled","Expiration":{"Days":1}}}}`),
			}, `
2026-03-02T10:00:00Z,StopLogging,admin,audit,,AccessDenied,198.51.100.7
2026-03-02T10:01:00Z,StopEventDataStoreIngestion,admin,,,,198.51.100.7
2026-03-02T10:02:00Z,UpdateDetector,admin,d,enable false,,198.51.100.7
2026-03-02T10:03:00Z,DeleteRule,admin,,,,198.51.100.7
2026-03-02T10:06:00Z,DeleteLogGroup,admin,,,,198.51.100.7
2026-03-02T10:07:00Z,DisableOrganizationAdminAccount,admin,,adminAccountId 444455556666,,198.51.100.7
2026-03-02T10:08:00Z,UpdateTrail,admin,audit,"to logs, key arn:aws:kms:us-east-1:111122223333:key/k",,198.51.100.7
2026-03-02T10:09:00Z,PutBucketVersioning,admin,logs,versioning suspended,,198.51.100.7
2026-03-02T10:11:00Z,DeleteBucketPolicy,admin,arn:aws:s3:::logs,,AccessDenied,198.51.100.7
2026-03-02T10:13:00Z,DeleteObject,admin,old-logs arn:aws:s3:::old-logs/AWSLogs/1.json.gz,,,198.51.100.7
2026-03-02T10:15:00Z,DisableKey,admin,k,disabled,,198.51.100.7
2026-03-02T10:18:00Z,PutBucketLifecycle,admin,trail,short deletes after 1 days,,198.51.100.7
`,
		},
		{
			"config", Filter{}, []leaves{
				at("00", "config", "StopConfigurationRecorder", asked, `{"configurationRecorderName":"default"}`),
				at("01", "config", "PutEvaluations"), // what rules do all day
			}, `
2026-03-02T10:00:00Z,StopConfigurationRecorder,admin,default,,198.51.100.7
`,
		},
		{
			"organizations", Filter{}, []leaves{
				at("00", "organizations", "MoveAccount", asked, `{"accountId":"444455556666"}`),
				at("01", "organizations", "ListAccounts").with(read...),
				at("02", "account", "EnableRegion", asked, `{"regionName":"af-south-1"}`),
			}, `
2026-03-02T10:00:00Z,MoveAccount,admin,444455556666,,198.51.100.7
2026-03-02T10:02:00Z,EnableRegion,admin,af-south-1,,198.51.100.7
`,
		},
		{
			"instances", Filter{}, []leaves{
				at("00", "ec2", "RunInstances", asked, `{"instancesSet":{"items":[{"minCount":1,"maxCount":5}]}}`, "errorCode", "Client.VcpuLimitExceeded"),
				at("01", "ec2", "RunInstances", asked, `{"instancesSet":{"items":[{"minCount":1,"maxCount":5}]}}`, answered, `{"instancesSet":{"items":[{},{}]}}`),
				at("02", "ec2", "StopInstances", asked, `{"instancesSet":{"items":[{},{},{}]}}`),
				at("03", "autoscaling", "SetDesiredCapacity"),
				at("04", "rds", "StartInstances"),
			}, `
2026-03-02T10:00:00Z,RunInstances,admin,,5,Client.VcpuLimitExceeded,198.51.100.7
2026-03-02T10:01:00Z,RunInstances,admin,,2,,198.51.100.7
2026-03-02T10:02:00Z,StopInstances,admin,,3,,198.51.100.7
2026-03-02T10:03:00Z,SetDesiredCapacity,admin,,,,198.51.100.7
`,
		},
		{
			"large-instances", Filter{Scope: schema.Scope{Since: utc("2026-03-02T10:02:00Z")}}, []leaves{
				// Started: what the store knows of before the period counts.
				at("00", "ec2", "RunInstances", answered, `{"instancesSet":{"items":[{"instanceId":"i-1","instanceType":"t3.micro"},{"instanceId":"i-2","instanceType":"m5.4xlarge"}]}}`),
				at("01", "ec2", "ModifyInstanceAttribute", asked, `{"instanceId":"i-1","instanceType":{"value":"c5.metal"}}`),
				at("02", "ec2", "StartInstances", asked, `{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"},{"instanceId":"i-3"}]}}`),
				at("03", "ec2", "RunInstances", asked, `{"instanceType":"m5.2xlarge"}`),
				at("04", "ec2", "RunInstances", asked, `{"instanceType":"m5.24xlarge","instancesSet":{"items":[{"maxCount":3}]}}`, "errorCode", "Client.DryRunOperation"),
				at("05", "ec2", "CreateFleet", asked, `{"CreateFleetRequest":{"LaunchTemplateConfigs":{"Overrides":[{"InstanceType":"g4dn.xlarge"},{"InstanceType":"t3.nano"}]}}}`),
				at("06", "rds", "ModifyDBInstance", asked, `{"dBInstanceClass":"db.r5.8xlarge"}`),
				at("07", "elasticmapreduce", "RunJobFlow", asked, `{"instances":{"instanceGroups":[{"instanceType":"m5.xlarge"}]}}`),
				at("08", "ec2", "ModifyInstanceAttribute", asked, `{"instanceId":"i-2","attribute":"instanceType","value":"t3.nano"}`),
				at("09", "ec2", "StartInstances", asked, `{"instancesSet":{"items":[{"instanceId":"i-2"}]}}`),
			}, `
2026-03-02T10:02:00Z,StartInstances,admin,(unknown),3,,,198.51.100.7
2026-03-02T10:02:00Z,StartInstances,admin,c5.metal,3,,,198.51.100.7
2026-03-02T10:02:00Z,StartInstances,admin,m5.4xlarge,3,,,198.51.100.7
2026-03-02T10:04:00Z,RunInstances,admin,m5.24xlarge,3,,Client.DryRunOperation,198.51.100.7
2026-03-02T10:05:00Z,CreateFleet,admin,g4dn.xlarge,,,,198.51.100.7
2026-03-02T10:06:00Z,ModifyDBInstance,admin,db.r5.8xlarge,,,,198.51.100.7
`,
		},
		{
			"databases", Filter{}, []leaves{
				at("00", "rds", "ModifyDBInstance", asked, `{"dBInstanceClass":"db.t3.micro"}`, "touched", "AWS::RDS::DBInstance shop"),
				at("01", "rds", "ModifyDBSnapshotAttribute", asked, `{"dBSnapshotIdentifier":"s"}`),
				at("02", "glue", "CreateTable"),
				at("03", "dynamodb", "DeleteTable", asked, half),
			}, `
2026-03-02T10:00:00Z,ModifyDBInstance,admin,shop,db.t3.micro,,198.51.100.7
2026-03-02T10:01:00Z,ModifyDBSnapshotAttribute,admin,s,,,198.51.100.7
2026-03-02T10:03:00Z,DeleteTable,admin,,,,198.51.100.7
`,
		},
		{
			"clusters", Filter{}, []leaves{
				at("00", "elasticmapreduce", "AddJobFlowSteps", asked, `{"jobFlowId":"j-1"}`),
				at("01", "eks", "CreateCluster", asked, `{"name":"c"}`),
				at("02", "rds", "ModifyCluster"),
				at("03", "emr-serverless", "StartJobRun", asked, `{"applicationId":"a"}`),
			}, `
2026-03-02T10:00:00Z,AddJobFlowSteps,admin,j-1,,198.51.100.7
2026-03-02T10:01:00Z,CreateCluster,admin,c,,198.51.100.7
2026-03-02T10:03:00Z,StartJobRun,admin,a,,198.51.100.7
`,
		},
		{
			"errors", Filter{}, []leaves{
				at("00", "s3", "GetObject", "errorMessage", "b").with(denied...),
				at("01", "s3", "GetObject", "errorMessage", "a").with(denied...),
				at("02", "signin", "ConsoleLogin", "errorMessage", "Failed authentication"),
				at("03", "signin", "ConsoleLogin", answered, `{"ConsoleLogin":"Failure"}`),
				at("04", "s3", "GetObject"),
			}, `
AccessDenied,GetObject,admin,2,2026-03-02T10:01:00Z,s3.amazonaws.com,a
Failed authentication,ConsoleLogin,admin,1,2026-03-02T10:02:00Z,signin.amazonaws.com,Failed authentication
Failure,ConsoleLogin,admin,1,2026-03-02T10:03:00Z,signin.amazonaws.com,
`,
		},
		{
			"denied", Filter{}, []leaves{
				at("00", "s3", "PutObject").with(delivery...).with(denied...), at("01", "s3", "PutObject").with(delivery...).with(denied...),
				at("02", "ec2", "RunInstances", "errorCode", "Client.UnauthorizedOperation"),
				at("03", "sns", "Publish", "errorCode", "KMSAccessDenied"),
				at("04", "s3", "GetObject", "errorCode", "VpceAccessDenied"),
				at("05", "ec2", "RunInstances", "errorCode", "Client.DryRunOperation"),
				at("06", "sts", "GetCallerIdentity", "errorCode", "InvalidClientTokenId"),
				at("07", "ec2", "RunInstances", "errorCode", "Client.VcpuLimitExceeded"),
				at("08", "s3", "GetObject", "errorCode", "VpceAccessDenied", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/1"),
				at("09", "s3", "GetObject", "errorCode", "VpceAccessDenied", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/2"),
				at("10", "iam", "GetUser", "errorMessage", "not authorized to perform: iam:GetUser on resource: user bot because no policy").with(denied...),
				at("11", "iam", "GetUser", "errorMessage", "not authorized to perform: iam:GetUser on resource: user clerk because no policy").with(denied...),
				at("12", "iam", "ListUsers", "errorMessage", "not authorized to perform: iam:ListUsers on resource: * because no policy").with(denied...),
			}, `
admin,IAMUser,GetObject,3,2,wide,2026-03-02T10:04:00Z,2026-03-02T10:09:00Z,s3.amazonaws.com
admin,IAMUser,GetUser,2,2,strict,2026-03-02T10:10:00Z,2026-03-02T10:11:00Z,iam.amazonaws.com
admin,IAMUser,ListUsers,1,0,strict,2026-03-02T10:12:00Z,2026-03-02T10:12:00Z,iam.amazonaws.com
admin,IAMUser,Publish,1,0,wide,2026-03-02T10:03:00Z,2026-03-02T10:03:00Z,sns.amazonaws.com
admin,IAMUser,RunInstances,1,0,strict,2026-03-02T10:02:00Z,2026-03-02T10:02:00Z,ec2.amazonaws.com
delivery.logs.amazonaws.com,AWSService,PutObject,2,0,strict,2026-03-02T10:00:00Z,2026-03-02T10:01:00Z,s3.amazonaws.com
`,
		},
		{
			"denied-then-allowed", Filter{Actor: Is("admin")}, []leaves{
				at("00", "s3", "GetObject"), at("01", "s3", "GetObject").with(denied...), at("02", "s3", "GetObject"), // worked before
				at("03", "s3", "ListBuckets").with(denied...), at("04", "s3", "ListBuckets").with(denied...),
				at("05", "s3", "ListBuckets").with(bot...), // somebody else
				at("06", "s3", "ListBuckets"), at("07", "s3", "ListBuckets").with(denied...), at("08", "s3", "ListBuckets"),
				at("09", "ec2", "RunInstances", "errorCode", "Client.UnauthorizedOperation"),
				at("10", "ec2", "RunInstances", "errorCode", "Client.DryRunOperation"), // it would have been allowed
				at("11", "kms", "Decrypt").with(denied...), at("12", "kms", "Decrypt", "errorCode", "ValidationException"),
				at("13", "sns", "Publish"), at("14", "sns", "Publish").with(denied...),
				// One call, several resources: each turns by itself, or does not.
				at("20", "sts", "AssumeRole", "errorMessage", "not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/a").with(denied...),
				at("21", "sts", "AssumeRole", "errorMessage", "not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/path/b because no policy").with(denied...),
				at("22", "sts", "AssumeRole", "errorMessage", "not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/a").with(denied...),
				at("23", "iam", "UpdateAssumeRolePolicy", "touched", "AWS::IAM::Role b").with(bot...),
				at("24", "iam", "PutUserPolicy", "touched", "AWS::IAM::User admin").with(denied...).with(bot...),
				at("25", "iam", "PutUserPolicy", "touched", "AWS::IAM::User clerk").with(bot...),
				at("26", "iam", "TagUser", "touched", "AWS::IAM::User admin").with(bot...),
				at("27", "sts", "AssumeRole", "touched", "AWS::IAM::Role arn:aws:iam::111122223333:role/path/b"),
				at("28", "sts", "AssumeRole", "touched", "AWS::IAM::Role arn:aws:iam::111122223333:role/a"),
				at("29", "iam", "PutUserPolicy", "touched", "AWS::IAM::User admin").with(bot...), // too late
				at("30", "iam", "CreateAccessKey", "errorMessage", "not authorized to perform: iam:CreateAccessKey on resource: user clerk because no policy").with(denied...),
				at("31", "iam", "CreateAccessKey", "touched", "AWS::IAM::User desk"),
				at("32", "iam", "CreateAccessKey", "touched", "AWS::IAM::User clerk\nAWS::IAM::AccessKey AKIAEXAMPLE"),
				at("33", "s3", "PutObject", "touched", "AWS::S3::Object arn:aws:s3:::b/1\nAWS::S3::Bucket arn:aws:s3:::b").with(denied...),
				at("34", "s3", "PutBucketPolicy", "touched", "AWS::S3::Bucket b").with(bot...),
				at("35", "iam", "AttachUserPolicy", "touched", "AWS::IAM::User admin\nAWS::IAM::Policy arn:aws:iam::aws:policy/PowerUserAccess").with(bot...),
				at("36", "s3", "PutObject", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/2"),
			}, `
admin,ListBuckets,,2,2026-03-02T10:04:00Z,,,2026-03-02T10:06:00Z,0,s3.amazonaws.com
admin,RunInstances,,1,2026-03-02T10:09:00Z,,,2026-03-02T10:10:00Z,0,ec2.amazonaws.com
admin,AssumeRole,arn:aws:iam::111122223333:role/path/b,1,2026-03-02T10:21:00Z,UpdateAssumeRolePolicy by bot,2026-03-02T10:23:00Z,2026-03-02T10:27:00Z,0,sts.amazonaws.com
admin,AssumeRole,arn:aws:iam::111122223333:role/a,1,2026-03-02T10:20:00Z,,,2026-03-02T10:28:00Z,0,sts.amazonaws.com
admin,CreateAccessKey,clerk,1,2026-03-02T10:30:00Z,,,2026-03-02T10:32:00Z,0,iam.amazonaws.com
admin,PutObject,b,1,2026-03-02T10:33:00Z,AttachUserPolicy by bot,2026-03-02T10:35:00Z,2026-03-02T10:36:00Z,0,s3.amazonaws.com
admin,GetObject,,1,2026-03-02T10:01:00Z,,,2026-03-02T10:02:00Z,1,s3.amazonaws.com
`,
		},
		{
			"first-seen", Filter{Scope: schema.Scope{Since: utc("2026-03-02T10:10:00Z")}}, []leaves{
				at("00", "s3", "GetObject"), at("01", "s3", "PutObject").with(bot...),
				at("10", "s3", "GetObject"), at("11", "s3", "PutObject"), // new for admin, though not for bot
				at("12", "glacier", "GetObject", "awsRegion", "eu-west-1", "sourceIPAddress", "203.0.113.9"), at("13", "glacier", "GetObject"),
				at("14", "s3", "GetObject", id+"userName", "clerk"),
			}, `
2026-03-02T10:11:00Z,admin,call,PutObject,1,s3.amazonaws.com
2026-03-02T10:12:00Z,admin,address,203.0.113.9,1,
2026-03-02T10:12:00Z,admin,call,GetObject,2,glacier.amazonaws.com
2026-03-02T10:12:00Z,admin,region,eu-west-1,1,
2026-03-02T10:14:00Z,clerk,principal,clerk,1,
2026-03-02T10:14:00Z,clerk,address,198.51.100.7,1,
2026-03-02T10:14:00Z,clerk,call,GetObject,1,s3.amazonaws.com
2026-03-02T10:14:00Z,clerk,region,us-east-1,1,
`,
		},
		{
			"rare", Filter{}, []leaves{
				at("00", "s3", "GetObject"), at("01", "s3", "GetObject"), at("02", "s3", "GetObject"), // often
				at("03", "s3", "PutObject"), at("04", "s3", "PutObject"), at("05", "iam", "CreateUser"),
				at("06", "s3", "PutObject").with(bot...),
			}, `
admin,CreateUser,1,6,1,2026-03-02T10:05:00Z,iam.amazonaws.com
admin,PutObject,2,6,2,2026-03-02T10:04:00Z,s3.amazonaws.com
bot,PutObject,1,1,2,2026-03-02T10:06:00Z,s3.amazonaws.com
`,
		},
		{
			"calls", Filter{}, []leaves{
				at("00", "s3", "GetObject", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/1", added, `{"bytesTransferredOut":5}`).with(read...),
				at("01", "s3", "GetObject", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/2", added, `{"bytesTransferredOut":0}`).with(read...),
				at("02", "s3", "GetObject", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/2", added, `{"bytesTransferredOut":243}`).with(read...).with(bot...).with(denied...),
				at("03", "iam", "CreateUser", "touched", "AWS::IAM::User clerk"), at("04", "iam", "CreateUser", "touched", "AWS::IAM::User desk"),
			}, `
admin,CreateUser,2,2,0,2,,2026-03-02T10:03:00Z,2026-03-02T10:04:00Z,iam.amazonaws.com
admin,GetObject,2,0,0,2,5,2026-03-02T10:00:00Z,2026-03-02T10:01:00Z,s3.amazonaws.com
bot,GetObject,1,0,1,1,,2026-03-02T10:02:00Z,2026-03-02T10:02:00Z,s3.amazonaws.com
`,
		},
		{
			"secrets", Filter{}, []leaves{
				at("00", "kms", "Decrypt", asked, `{"encryptionContext":{"PARAMETER_ARN":"arn:p"}}`), at("01", "kms", "Decrypt", asked, `{"encryptionContext":{"PARAMETER_ARN":"arn:p"}}`),
				at("02", "secretsmanager", "GetSecretValue", asked, `{"secretId":"db"}`),
				at("03", "secretsmanager", "GetSecretValue", "errorCode", "AccessDeniedException", "errorMessage", "not authorized on resource: arn:db because"),
				at("04", "ssm", "GetParameters", asked, `{"names":["a","b"],"withDecryption":true}`),
				at("05", "ec2", "GetPasswordData", asked, `{"instanceId":"i-1"}`),
				at("06", "secretsmanager", "ListSecrets"), at("07", "kms", "GenerateDataKey"),
				at("08", "lambda", "GetFunction20150331v2", asked, half, "touched", "AWS::Lambda::Function f"),
				at("09", "lambda", "GetFunctionConfiguration20150331v2"),
				// Objects that one key guards, and one that another does.
				at("10", "kms", "Decrypt", asked, `{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/1"}}`, "touched", "AWS::KMS::Key arn:k1"),
				at("11", "kms", "Decrypt", asked, `{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/2"}}`, "touched", "AWS::KMS::Key arn:k1"),
				at("12", "kms", "Decrypt", asked, `{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/2"}}`, "touched", "AWS::KMS::Key arn:k1").with(denied...),
				at("13", "kms", "Decrypt", asked, `{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/3"}}`, "touched", "AWS::KMS::Key arn:k2"),
			}, `
admin,GetFunction20150331v2,f,1,1,0,2026-03-02T10:08:00Z,2026-03-02T10:08:00Z,198.51.100.7
admin,GetParameters,"[""a"",""b""]",1,1,0,2026-03-02T10:04:00Z,2026-03-02T10:04:00Z,198.51.100.7
admin,GetPasswordData,i-1,1,1,0,2026-03-02T10:05:00Z,2026-03-02T10:05:00Z,198.51.100.7
admin,GetSecretValue,arn:db,1,1,1,2026-03-02T10:03:00Z,2026-03-02T10:03:00Z,198.51.100.7
admin,GetSecretValue,db,1,1,0,2026-03-02T10:02:00Z,2026-03-02T10:02:00Z,198.51.100.7
admin,Decrypt,arn:k1,3,2,1,2026-03-02T10:10:00Z,2026-03-02T10:12:00Z,198.51.100.7
admin,Decrypt,arn:p,2,1,0,2026-03-02T10:00:00Z,2026-03-02T10:01:00Z,198.51.100.7
admin,Decrypt,arn:aws:s3:::b/3,1,1,0,2026-03-02T10:13:00Z,2026-03-02T10:13:00Z,198.51.100.7
`,
		},
		{
			"data-access", Filter{}, []leaves{
				at("00", "s3", "GetObject", "eventCategory", "Data", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/1", added, `{"bytesTransferredIn":0,"bytesTransferredOut":1024.0}`),
				at("01", "s3", "GetObject", "eventCategory", "Data", "touched", "AWS::S3::Object arn:aws:s3:::b/1\nAWS::S3::Bucket arn:aws:s3:::b", added, `{"bytesTransferredOut":7}`),
				at("02", "s3", "GetObject", "eventCategory", "Data", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/2", added, `{"bytesTransferredOut":243}`).with(denied...), // of the error
				at("03", "s3", "HeadObject", "eventCategory", "Data", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/2", added, `{"bytesTransferredOut":1e300}`),
				at("03", "s3", "PutObject", "eventCategory", "Data", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/2", added, half),
				invoke,
				at("04", "s3", "ListBuckets"),
			}, `
admin,GetObject,b,3,2,1031,1,2026-03-02T10:00:00Z,2026-03-02T10:02:00Z,s3.amazonaws.com
admin,HeadObject,b,1,1,,0,2026-03-02T10:03:00Z,2026-03-02T10:03:00Z,s3.amazonaws.com
admin,Invoke,f,1,0,,0,2026-03-02T10:03:00Z,2026-03-02T10:03:00Z,lambda.amazonaws.com
admin,PutObject,b,1,1,,0,2026-03-02T10:03:00Z,2026-03-02T10:03:00Z,s3.amazonaws.com
`,
		},
		{
			"external-access", Filter{}, []leaves{
				at("00", "ec2", "AuthorizeSecurityGroupIngress", asked, nested(
					`{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]}}`,
					`{"ipProtocol":"tcp","fromPort":80,"toPort":80,"ipRanges":{"items":[{"cidrIp":"192.0.2.0/24"}]}}`,
					`{"ipProtocol":"-1","ipRanges":{"items":[{"cidrIp":"128.0.0.0/1"}]}}`), "touched", "AWS::EC2::SecurityGroup sg-1"),
				at("01", "ec2", "AuthorizeSecurityGroupIngress", asked, `{"cidrIp":"0.0.0.0/0","fromPort":1,"toPort":9,"ipProtocol":"tcp","ipPermissions":{}}`).with(denied...),
				at("02", "ec2", "AuthorizeSecurityGroupIngress", asked, nested(`{"ipProtocol":"tcp","ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"}]}}`)),
				at("03", "ec2", "AuthorizeSecurityGroupEgress", asked, `{"cidrIp":"0.0.0.0/0"}`),
				at("04", "ec2", "ModifySecurityGroupRules", asked,
					`{"ModifySecurityGroupRulesRequest":{"SecurityGroupRule":{"SecurityGroupRule":{"CidrIpv4":"0.0.0.0/0","FromPort":22,"IpProtocol":"tcp","ToPort":22}}}}`),
				at("05", "ec2", "CreateNetworkAclEntry", asked, `{"egress":false,"ruleAction":"deny","aclProtocol":"-1","cidrBlock":"0.0.0.0/0"}`),
				at("06", "ec2", "CreateNetworkAclEntry", asked, `{"egress":false,"ruleAction":"allow","aclProtocol":"-1","cidrBlock":"0.0.0.0/0"}`),
				at("07", "s3", "PutBucketPolicy", asked, `{"bucketPolicy":{"Statement":[{"Effect":"Deny","Principal":"*"},{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject"}]}}`),
				at("08", "s3", "PutBucketPolicy", asked, `{"bucketPolicy":{"Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:*"}}}`),
				at("09", "kms", "PutKeyPolicy", asked, `{"policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Condition\":{}}}"}`),
				at("10", "s3", "PutBucketAcl", asked, `{"bucketName":"public-read","x-amz-acl":["private"]}`),
				at("11", "s3", "PutBucketAcl", asked, `{"AccessControlPolicy":{"AccessControlList":{"Grant":{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/AllUsers"}}}}}`),
				at("12", "s3", "PutBucketPublicAccessBlock", asked, `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"BlockPublicPolicy":false}}`),
				at("13", "s3", "PutBucketPublicAccessBlock", asked, `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true}}`),
				at("14", "s3", "DeleteAccountPublicAccessBlock"),
				at("15", "ec2", "ModifySnapshotAttribute", asked, `{"createVolumePermission":{"add":{"items":[{"group":"all"}]}}}`),
				at("16", "ec2", "ModifySnapshotAttribute", asked, `{"createVolumePermission":{"remove":{"items":[{"group":"all"}]}}}`),
				at("17", "rds", "ModifyDBSnapshotAttribute", asked, `{"valuesToAdd":["444455556666"]}`),
				at("18", "lambda", "CreateFunctionUrlConfig", asked, `{"authType":"NONE"}`),
				at("19", "lambda", "AddPermission20150331v2", asked, `{"principal":"*","action":"lambda:InvokeFunctionUrl"}`),
				at("20", "lambda", "AddPermission20150331v2", asked, `{"principal":"s3.amazonaws.com","action":"lambda:InvokeFunction"}`),
				at("21", "rds", "CreateDBInstance", asked, `{"publiclyAccessible":true}`),
				at("22", "iam", "UpdateAssumeRolePolicy", asked, `{"policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\"}]}"}`),
				at("23", "s3", "PutBucketPolicy", asked, half), at("24", "kms", "PutKeyPolicy", asked, `{"policy":"no JSON"}`),
				at("25", "s3", "PutObject", asked, `{"bucketName":"b","key":"k","x-amz-acl":"public-read"}`, "eventCategory", "Data", "touched", "AWS::S3::Bucket b"),
				at("26", "s3", "PutObject", asked, `{"bucketName":"public-read","key":"AllUsers","x-amz-acl":"bucket-owner-full-control"}`, "eventCategory", "Data"),
				at("27", "s3", "CopyObject", asked, `{"x-amz-acl":["authenticated-read"],"x-amz-copy-source":"a/AllUsers"}`),
				at("28", "s3", "PutObjectAcl", asked, `{"x-amz-acl":"public-read-write"}`),
				at("29", "s3", "PutObject", asked, `{"x-amz-grant-read-acp":"id=\"1\", uri=\"http://acs.amazonaws.com/groups/global/AuthenticatedUsers\""}`),
				at("30", "s3", "CreateBucket", asked, `{"x-amz-acl":"private","x-amz-grant-write":"uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""}`),
				at("31", "s3", "PutBucketAcl", asked, `{"x-amz-grant-write":"uri=\"http://acs.amazonaws.com/groups/s3/LogDelivery\"","x-amz-acl":"log-delivery-write"}`),
				at("32", "s3", "CreateMultipartUpload", asked, `{"x-amz-grant-write-acp":["uri=http://acs.amazonaws.com/groups/global/AllUsers"]}`),
				at("33", "s3", "GetObject", asked, `{"key":"public-read"}`, "readOnly", "true"),
			}, `
2026-03-02T10:00:00Z,AuthorizeSecurityGroupIngress,admin,sg-1,everybody,all 128.0.0.0/1,,,,198.51.100.7
2026-03-02T10:00:00Z,AuthorizeSecurityGroupIngress,admin,sg-1,everybody,tcp 22 ::/0,,,,198.51.100.7
2026-03-02T10:01:00Z,AuthorizeSecurityGroupIngress,admin,,everybody,tcp 1-9 0.0.0.0/0,,,AccessDenied,198.51.100.7
2026-03-02T10:04:00Z,ModifySecurityGroupRules,admin,,everybody,tcp 22 0.0.0.0/0,,,,198.51.100.7
2026-03-02T10:06:00Z,CreateNetworkAclEntry,admin,,everybody,all 0.0.0.0/0,,,,198.51.100.7
2026-03-02T10:07:00Z,PutBucketPolicy,admin,,everybody,s3:GetObject,,,,198.51.100.7
2026-03-02T10:08:00Z,PutBucketPolicy,admin,,444455556666,s3:*,,,,198.51.100.7
2026-03-02T10:09:00Z,PutKeyPolicy,admin,,everybody,kms:*,{},,,198.51.100.7
2026-03-02T10:11:00Z,PutBucketAcl,admin,,everybody,ACL: AllUsers,,,,198.51.100.7
2026-03-02T10:12:00Z,PutBucketPublicAccessBlock,admin,,everybody,not blocked: BlockPublicPolicy,,,,198.51.100.7
2026-03-02T10:14:00Z,DeleteAccountPublicAccessBlock,admin,,everybody,no block on public access,,,,198.51.100.7
2026-03-02T10:15:00Z,ModifySnapshotAttribute,admin,,everybody,share,,,,198.51.100.7
2026-03-02T10:17:00Z,ModifyDBSnapshotAttribute,admin,,444455556666,share,,,,198.51.100.7
2026-03-02T10:18:00Z,CreateFunctionUrlConfig,admin,,everybody,URL without authentication,,,,198.51.100.7
2026-03-02T10:19:00Z,AddPermission20150331v2,admin,,everybody,lambda:InvokeFunctionUrl,,,,198.51.100.7
2026-03-02T10:21:00Z,CreateDBInstance,admin,,everybody,public address,,,,198.51.100.7
2026-03-02T10:22:00Z,UpdateAssumeRolePolicy,admin,,everybody,sts:AssumeRole,,,,198.51.100.7
2026-03-02T10:25:00Z,PutObject,admin,b,everybody,ACL: public-read,,,,198.51.100.7
2026-03-02T10:27:00Z,CopyObject,admin,,every AWS account,ACL: authenticated-read,,,,198.51.100.7
2026-03-02T10:28:00Z,PutObjectAcl,admin,,everybody,ACL: public-read-write,,,,198.51.100.7
2026-03-02T10:29:00Z,PutObject,admin,,1,ACL: read-acp,,,,198.51.100.7
2026-03-02T10:29:00Z,PutObject,admin,,every AWS account,ACL: AuthenticatedUsers,,,,198.51.100.7
2026-03-02T10:30:00Z,CreateBucket,admin,,everybody,ACL: AllUsers,,,,198.51.100.7
2026-03-02T10:32:00Z,CreateMultipartUpload,admin,,everybody,ACL: AllUsers,,,,198.51.100.7
`,
		},
		{
			"tls", Filter{}, []leaves{
				at("00", "s3", "GetObject", "tlsDetails.tlsVersion", "TLSv1.2"), at("01", "s3", "GetObject", "tlsDetails.tlsVersion", "TLSv1.2", "userAgent", "new"),
				at("02", "s3", "GetObject", "tlsDetails.tlsVersion", "TLSv1", "userAgent", "old"), at("03", "s3", "GetObject", "tlsDetails.tlsVersion", "TLSv1.1"),
				at("04", "s3", "GetObject"), at("05", "s3", "GetObject", "tlsDetails.cipherSuite", "X"),
			}, `
TLSv1,admin,1,old,198.51.100.7,2026-03-02T10:02:00Z
TLSv1.1,admin,1,,198.51.100.7,2026-03-02T10:03:00Z
TLSv1.2,,2,,,2026-03-02T10:01:00Z
`,
		},
		{
			"coverage", Filter{}, []leaves{
				at("00", "s3", "GetObject", "eventTime", "2026-03-02T08:00:00Z"),
				at("00", "s3", "GetObject", "eventTime", "2026-03-02T08:59:00Z"), // an hour's silence to the next
				at("00", "s3", "GetObject", "eventTime", "2026-03-02T10:00:00Z"),
				at("00", "s3", "GetObject", "eventTime", "2026-03-02T10:59:59Z"),
				at("00", "cloudtrail", "StopLogging", "eventTime", "2026-03-02T11:00:00Z", asked, `{"name":"arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"}`),
				at("00", "cloudtrail", "StopLogging", "eventTime", "2026-03-02T11:10:00Z", asked, `{"name":"spare"}`, "errorCode", "TrailNotFoundException"),
				at("00", "s3", "GetObject", "eventTime", "2026-03-02T12:10:00Z", "file", "2"),
				at("00", "cloudtrail", "StartLogging", "eventTime", "2026-03-02T12:30:00Z", asked, `{"name":"audit"}`),
				at("00", "s3", "GetObject", "eventTime", "2026-03-02T10:30:00Z", "awsRegion", "eu-west-1"),
			}, `
111122223333,eu-west-1,covered,2026-03-02T10:30:00Z,2026-03-02T10:30:00Z,1,1,1,
111122223333,eu-west-1,absent,2026-03-02T08:00:00Z,2026-03-02T10:30:00Z,2.5,0,0,
111122223333,eu-west-1,absent,2026-03-02T10:30:00Z,2026-03-02T12:30:00Z,2,0,0,
111122223333,us-east-1,covered,2026-03-02T08:00:00Z,2026-03-02T12:30:00Z,4,8,2,
111122223333,us-east-1,silence,2026-03-02T08:59:00Z,2026-03-02T10:00:00Z,1,0,0,
111122223333,us-east-1,silence,2026-03-02T11:10:00Z,2026-03-02T12:10:00Z,1,0,0,
111122223333,us-east-1,off: audit,2026-03-02T11:00:00Z,2026-03-02T12:30:00Z,1.5,2,,
`,
		},
		{
			"files", Filter{}, []leaves{at("00", "s3", "GetObject"), at("01", "s3", "GetObject")}, `
,,,,2,0,0,0,2,0,,
`,
		},
		{
			"new-fields", Filter{}, []leaves{
				at("00", "s3", "GetObject", "eventVersion", "1.9"), at("01", "kms", "Decrypt", "eventVersion", "1.10", "eventCategory", "Data"),
			}, `
eventCategory,Management,1,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,s3.amazonaws.com
eventCategory,Data,1,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z,kms.amazonaws.com
eventType,(none),2,2026-03-02T10:00:00Z,2026-03-02T10:01:00Z,2
eventVersion,1.9,1,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,s3.amazonaws.com
eventVersion,1.10,1,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z,kms.amazonaws.com
`,
		},
	} {
		t.Run(test.report, func(t *testing.T) {
			for i, l := range test.events {
				l["position"] = strconv.Itoa(i)
			}
			checkReport(t, test.report, test.events, test.filter, strings.TrimPrefix(test.want, "\n"))
		})
	}
}
