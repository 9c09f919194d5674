package main

// A call is a kind of API call that made-up archives hold. Its texts are JSON with
// places for values, such as <bucket>: see [fillers].
type call struct {
	weight     int // how often, beside the others
	source     string
	name       string
	write      bool
	data       bool // a data event, no management event
	version    string
	request    string
	response   string // null unless given
	additional string
	resources  string
	failures   []string // errorCode|errorMessage, without the denials that all calls know
}

const (
	s3Transfer = `{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":<bytes>,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"<base64:76>","bytesTransferredOut":<bytes>}`
	objectARNs = `[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::<bucket>/<object>"},{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]`
	bucketARN  = `[{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]`
	keyARN     = `[{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"arn:aws:kms:<region>:<account>:key/<kmskey>"}]`
	roleARN    = `[{"accountId":"<account>","type":"AWS::IAM::Role","ARN":"arn:aws:iam::<account>:role/<role>"}]`
)

// calls are the kinds of calls, about as often as in archives of real accounts:
// few kinds make most of the events, nine in ten only read.
func calls() []call {
	return []call{
		{weight: 90, source: "s3.amazonaws.com", name: "GetObject", data: true,
			request:    `{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>"}`,
			additional: `{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"SSEApplied":"SSE_KMS","AuthenticationMethod":"AuthHeader","x-amz-id-2":"<base64:76>","bytesTransferredOut":<bytes>}`,
			resources:  objectARNs, failures: []string{"NoSuchKey|The specified key does not exist."}},
		{weight: 70, source: "s3.amazonaws.com", name: "PutObject", write: true, data: true,
			request:    `{"bucketName":"<bucket>","x-amz-acl":"bucket-owner-full-control","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:<region>:<account>:key/<kmskey>","Host":"<bucket>.s3.<region>.amazonaws.com","x-amz-server-side-encryption":"aws:kms","key":"<object>"}`,
			response:   `{"x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:<region>:<account>:key/<kmskey>","x-amz-server-side-encryption":"aws:kms","x-amz-version-id":"<base64:32>"}`,
			additional: s3Transfer, resources: objectARNs},
		{weight: 30, source: "s3.amazonaws.com", name: "HeadObject", data: true,
			request: `{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>"}`, additional: s3Transfer, resources: objectARNs,
			failures: []string{"NoSuchKey|The specified key does not exist."}},
		{weight: 20, source: "s3.amazonaws.com", name: "ListObjects", data: true,
			request:    `{"list-type":"2","bucketName":"<bucket>","prefix":"data/<word>/","max-keys":"1000","Host":"<bucket>.s3.<region>.amazonaws.com"}`,
			additional: s3Transfer, resources: `[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::<bucket>/data/<word>/"},{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]`},
		{weight: 25, source: "s3.amazonaws.com", name: "GetBucketAcl",
			request: `{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","acl":""}`, additional: s3Transfer, resources: bucketARN},
		{weight: 6, source: "s3.amazonaws.com", name: "GetBucketEncryption",
			request: `{"bucketName":"<bucket>","Host":"s3.<region>.amazonaws.com","encryption":""}`, additional: s3Transfer, resources: bucketARN,
			failures: []string{"ServerSideEncryptionConfigurationNotFoundError|The server side encryption configuration was not found"}},
		{weight: 2, source: "s3.amazonaws.com", name: "DeleteObject", write: true, data: true,
			request: `{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>"}`, additional: s3Transfer, resources: objectARNs},

		{weight: 80, source: "sts.amazonaws.com", name: "AssumeRole", version: "2011-06-15",
			request:   `{"roleArn":"arn:aws:iam::<account>:role/<role>","roleSessionName":"<run>","durationSeconds":3600}`,
			response:  `{"credentials":{"accessKeyId":"ASIA<upper:16>","sessionToken":"IQoJb3JpZ2luX2Vj<base64:180>\u003d\u003d","expiration":"<usdate>"},"assumedRoleUser":{"assumedRoleId":"AROA<upper:17>:<run>","arn":"arn:aws:sts::<account>:assumed-role/<role>/<run>"}}`,
			resources: roleARN},
		{weight: 25, source: "sts.amazonaws.com", name: "GetCallerIdentity", version: "2011-06-15"},
		{weight: 6, source: "sts.amazonaws.com", name: "AssumeRoleWithWebIdentity", version: "2011-06-15",
			request:   `{"roleArn":"arn:aws:iam::<account>:role/<role>","roleSessionName":"GitHubActions"}`,
			response:  `{"credentials":{"accessKeyId":"ASIA<upper:16>","sessionToken":"IQoJb3JpZ2luX2Vj<base64:180>\u003d","expiration":"<usdate>"},"subjectFromWebIdentityToken":"repo:example/<word>:ref:refs/heads/main","assumedRoleUser":{"assumedRoleId":"AROA<upper:17>:GitHubActions","arn":"arn:aws:sts::<account>:assumed-role/<role>/GitHubActions"},"provider":"arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com","audience":"sts.amazonaws.com"}`,
			resources: roleARN, failures: []string{"InvalidIdentityTokenException|Token is expired."}},

		{weight: 60, source: "kms.amazonaws.com", name: "Decrypt",
			request:   `{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>/<object>"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`,
			resources: keyARN},
		{weight: 55, source: "kms.amazonaws.com", name: "GenerateDataKey",
			request:   `{"keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>/<object>"},"keyId":"arn:aws:kms:<region>:<account>:key/<kmskey>"}`,
			resources: keyARN},
		{weight: 4, source: "kms.amazonaws.com", name: "DescribeKey", request: `{"keyId":"<kmskey>"}`, resources: keyARN,
			failures: []string{"NotFoundException|Key 'arn:aws:kms:<region>:<account>:key/<guid>' does not exist"}},
		{weight: 2, source: "kms.amazonaws.com", name: "CreateGrant", write: true,
			request:   `{"keyId":"arn:aws:kms:<region>:<account>:key/<kmskey>","granteePrincipal":"arn:aws:iam::<account>:role/<role>","operations":["Decrypt","GenerateDataKeyWithoutPlaintext"],"constraints":{"encryptionContextSubset":{"aws:ebs:id":"vol-<hex:17>"}}}`,
			response:  `{"grantId":"<hex:64>","keyId":"arn:aws:kms:<region>:<account>:key/<kmskey>"}`,
			resources: keyARN},

		{weight: 60, source: "ec2.amazonaws.com", name: "DescribeInstances",
			request: `{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"filterSet":{}}`,
			failures: []string{
				"Client.InvalidInstanceID.NotFound|The instance ID '<instance>' does not exist",
				"Client.RequestLimitExceeded|Request limit exceeded."}},
		{weight: 20, source: "ec2.amazonaws.com", name: "DescribeNetworkInterfaces",
			request: `{"networkInterfaceIdSet":{},"filterSet":{"items":[{"name":"attachment.instance-id","valueSet":{"items":[{"value":"<instance>"}]}}]}}`},
		{weight: 15, source: "ec2.amazonaws.com", name: "DescribeSecurityGroups",
			request: `{"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"sg-<hex:17>"}]},"filterSet":{}}`},
		{weight: 12, source: "ec2.amazonaws.com", name: "DescribeVolumes", request: `{"volumeSet":{},"filterSet":{"items":[{"name":"status","valueSet":{"items":[{"value":"available"}]}}]}}`},
		{weight: 8, source: "ec2.amazonaws.com", name: "DescribeSnapshots", request: `{"maxResults":1000,"snapshotSet":{},"ownersSet":{"items":[{"owner":"self"}]},"sharedUsersSet":{},"filterSet":{}}`},
		{weight: 3, source: "ec2.amazonaws.com", name: "RunInstances", write: true,
			request:  `{"instancesSet":{"items":[{"imageId":"ami-<hex:17>","minCount":1,"maxCount":<small>}]},"instanceType":"m6i.<size>","blockDeviceMapping":{},"availabilityZone":"<region>a","monitoring":{"enabled":false},"subnetId":"subnet-<hex:17>","disableApiTermination":false,"iamInstanceProfile":{"name":"<role>"},"clientToken":"<guid>","tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"Name","value":"<word>-<word>"},{"key":"aws:autoscaling:groupName","value":"<word>-asg"}]}]}}`,
			response: `{"requestId":"<guid>","reservationId":"r-<hex:17>","ownerId":"<account>","groupSet":{},"instancesSet":{"items":[{"instanceId":"<instance>","imageId":"ami-<hex:17>","instanceState":{"code":0,"name":"pending"},"privateDnsName":"ip-192-0-2-<small>.<region>.compute.internal","amiLaunchIndex":0,"productCodes":{},"instanceType":"m6i.<size>","launchTime":<millis>,"placement":{"availabilityZone":"<region>a","tenancy":"default"},"monitoring":{"state":"disabled"},"subnetId":"subnet-<hex:17>","vpcId":"vpc-<hex:17>","privateIpAddress":"192.0.2.<small>","stateReason":{"code":"pending","message":"pending"},"architecture":"x86_64","rootDeviceType":"ebs","rootDeviceName":"/dev/xvda","virtualizationType":"hvm","hypervisor":"xen","clientToken":"<guid>","groupSet":{"items":[{"groupId":"sg-<hex:17>","groupName":"<word>-sg"}]}}]}}`,
			failures: []string{"Client.InstanceLimitExceeded|You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to."}},
		{weight: 2, source: "ec2.amazonaws.com", name: "TerminateInstances", write: true,
			request:  `{"instancesSet":{"items":[{"instanceId":"<instance>"}]}}`,
			response: `{"requestId":"<guid>","instancesSet":{"items":[{"instanceId":"<instance>","currentState":{"code":32,"name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}`},
		{weight: 2, source: "ec2.amazonaws.com", name: "AuthorizeSecurityGroupIngress", write: true,
			request:  `{"groupId":"sg-<hex:17>","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"203.0.113.0/24","description":"from <word>"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}`,
			response: `{"requestId":"<guid>","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"<account>","groupId":"sg-<hex:17>","securityGroupRuleId":"sgr-<hex:17>","isEgress":false,"ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIpv4":"203.0.113.0/24"}]}}`},
		{weight: 4, source: "ec2.amazonaws.com", name: "CreateTags", write: true,
			request:  `{"resourcesSet":{"items":[{"resourceId":"<instance>"}]},"tagSet":{"items":[{"key":"<word>","value":"<word>-<hex:8>"}]}}`,
			response: `{"requestId":"<guid>","_return":true}`},

		{weight: 25, source: "dynamodb.amazonaws.com", name: "DescribeTable", version: "2012-08-10",
			request:   `{"tableName":"<table>"}`,
			resources: `[{"accountId":"<account>","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:<region>:<account>:table/<table>"}]`,
			failures:  []string{"ResourceNotFoundException|Requested resource not found: Table: <table> not found"}},
		{weight: 20, source: "dynamodb.amazonaws.com", name: "GetItem", data: true, version: "2012-08-10",
			request:    `{"tableName":"<table>","key":{"pk":"<word>#<hex:12>"},"consistentRead":false}`,
			additional: `{"callerPrincipalId":"AROA<upper:17>"}`,
			resources:  `[{"accountId":"<account>","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:<region>:<account>:table/<table>"}]`},

		{weight: 25, source: "lambda.amazonaws.com", name: "Invoke", data: true, write: true, version: "2015-03-31",
			request:    `{"invocationType":"RequestResponse","functionName":"arn:aws:lambda:<region>:<account>:function:<function>","clientContext":"<base64:44>"}`,
			additional: `{"functionVersion":"arn:aws:lambda:<region>:<account>:function:<function>:$LATEST"}`,
			resources:  `[{"accountId":"<account>","type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:<region>:<account>:function:<function>"}]`,
			failures:   []string{"TooManyRequestsException|Rate Exceeded."}},
		{weight: 12, source: "lambda.amazonaws.com", name: "GetFunction20150331v2", version: "2015-03-31",
			request: `{"functionName":"arn:aws:lambda:<region>:<account>:function:<function>"}`},
		{weight: 8, source: "lambda.amazonaws.com", name: "ListTags20170331", version: "2017-03-31",
			request: `{"resource":"arn:aws:lambda:<region>:<account>:function:<function>"}`},
		{weight: 2, source: "lambda.amazonaws.com", name: "UpdateFunctionCode20150331v2", write: true, version: "2015-03-31",
			request:  `{"functionName":"<function>","bucketARN":"<bucket>","s3Key":"<object>","publish":true,"dryRun":false}`,
			response: `{"functionName":"<function>","functionArn":"arn:aws:lambda:<region>:<account>:function:<function>","runtime":"python3.13","role":"arn:aws:iam::<account>:role/<role>","handler":"app.handler","codeSize":<bytes>,"description":"","timeout":30,"memorySize":512,"codeSha256":"<base64:43>\u003d","version":"<small>","environment":{},"tracingConfig":{"mode":"PassThrough"},"revisionId":"<guid>","layers":[],"state":"Active","lastUpdateStatus":"InProgress","packageType":"Zip","architectures":["arm64"],"ephemeralStorage":{"size":512}}`},

		{weight: 40, source: "logs.amazonaws.com", name: "CreateLogStream", write: true, version: "20140328",
			request:  `{"logGroupName":"/aws/lambda/<function>","logStreamName":"<day>/[$LATEST]<hex:32>"}`,
			failures: []string{"ResourceAlreadyExistsException|The specified log stream already exists"}},
		{weight: 15, source: "logs.amazonaws.com", name: "DescribeLogGroups", version: "20140328",
			request: `{"logGroupNamePrefix":"/aws/lambda/<function>","limit":50}`},
		{weight: 25, source: "monitoring.amazonaws.com", name: "DescribeAlarms", version: "2010-08-01",
			request: `{"alarmNamePrefix":"TargetTracking-table/<table>","maxRecords":100}`, failures: []string{"ThrottlingException|Rate exceeded"}},
		{weight: 20, source: "monitoring.amazonaws.com", name: "GetMetricData", data: true, version: "2010-08-01",
			request: `{"metricDataQueries":[{"id":"m1","metricStat":{"metric":{"namespace":"AWS/EC2","metricName":"CPUUtilization","dimensions":[{"name":"InstanceId","value":"<instance>"}]},"period":300,"stat":"Average"},"returnData":true}],"scanBy":"TimestampDescending"}`},

		{weight: 25, source: "ssm.amazonaws.com", name: "UpdateInstanceInformation", write: true,
			request: `{"instanceId":"<instance>","agentVersion":"3.3.<small>.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"192.0.2.<small>","computerName":"ip-192-0-2-<small>.<region>.compute.internal","agentName":"amazon-ssm-agent","availabilityZone":"<region>a","sourceType":"EC2"}`},
		{weight: 15, source: "ssm.amazonaws.com", name: "GetParameter",
			request:   `{"name":"/<word>/<word>/token","withDecryption":true}`,
			resources: `[{"accountId":"<account>","ARN":"arn:aws:ssm:<region>:<account>:parameter/<word>/<word>/token"}]`,
			failures:  []string{"ParameterNotFound|"}},
		{weight: 12, source: "secretsmanager.amazonaws.com", name: "GetSecretValue",
			request:  `{"secretId":"arn:aws:secretsmanager:<region>:<account>:secret:<word>/<word>-<hex:6>"}`,
			failures: []string{"ResourceNotFoundException|Secrets Manager can't find the specified secret."}},
		{weight: 10, source: "ecr.amazonaws.com", name: "BatchGetImage",
			request:   `{"registryId":"<account>","repositoryName":"<word>/<word>","imageIds":[{"imageDigest":"sha256:<hex:64>"}],"acceptedMediaTypes":["application/vnd.docker.distribution.manifest.v2+json","application/vnd.oci.image.manifest.v1+json"]}`,
			response:  `{"images":[],"failures":[]}`,
			resources: `[{"accountId":"<account>","ARN":"arn:aws:ecr:<region>:<account>:repository/<word>/<word>"}]`},
		{weight: 15, source: "eks.amazonaws.com", name: "DescribeCluster", request: `{"name":"<word>-cluster"}`},
		{weight: 15, source: "sqs.amazonaws.com", name: "GetQueueAttributes",
			request:  `{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<word>-queue","attributeNames":["All"]}`,
			failures: []string{"AWS.SimpleQueueService.NonExistentQueue|The specified queue does not exist."}},
		{weight: 15, source: "rds.amazonaws.com", name: "DescribeDBInstances", request: `{"dBInstanceIdentifier":"<word>-db","maxRecords":100}`},
		{weight: 15, source: "autoscaling.amazonaws.com", name: "DescribeAutoScalingGroups", request: `{"autoScalingGroupNames":["<word>-asg"],"maxRecords":100}`},
		{weight: 10, source: "elasticloadbalancing.amazonaws.com", name: "DescribeTargetHealth", version: "2015-12-01",
			request: `{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<word>-tg/<hex:16>"}`},
		{weight: 10, source: "glue.amazonaws.com", name: "GetTable", request: `{"catalogId":"<account>","databaseName":"<word>_db","name":"<word>_<word>"}`,
			failures: []string{"EntityNotFoundException|Entity Not Found"}},
		{weight: 8, source: "athena.amazonaws.com", name: "StartQueryExecution", write: true,
			request:  `{"queryString":"SELECT \"eventname\", count(*)\nFROM \"<word>_db\".\"<word>\"\nWHERE year \u003d '2025' AND user \u003d '<word>'\nGROUP BY 1","clientRequestToken":"<guid>","queryExecutionContext":{"database":"<word>_db"},"workGroup":"primary"}`,
			response: `{"queryExecutionId":"<guid>"}`},
		{weight: 8, source: "config.amazonaws.com", name: "PutEvaluations", write: true,
			request:  `{"evaluations":[{"complianceResourceType":"AWS::EC2::Instance","complianceResourceId":"<instance>","complianceType":"COMPLIANT","orderingTimestamp":"<usdate>"}],"resultToken":"<base64:160>","testMode":false}`,
			response: `{"failedEvaluations":[]}`},
		{weight: 8, source: "health.amazonaws.com", name: "DescribeEventAggregates", request: `{"aggregateField":"eventTypeCategory","filter":{"eventStatusCodes":["open","upcoming"]}}`},
		{weight: 8, source: "tagging.amazonaws.com", name: "GetResources", request: `{"resourcesPerPage":100,"paginationToken":"<base64:120>"}`},
		{weight: 10, source: "cloudformation.amazonaws.com", name: "DescribeStacks",
			request: `{"stackName":"arn:aws:cloudformation:<region>:<account>:stack/<word>-<word>/<guid>"}`, failures: []string{"ValidationException|Stack with id <word>-<word> does not exist"}},
		{weight: 4, source: "cloudtrail.amazonaws.com", name: "LookupEvents", request: `{"maxResults":50,"lookupAttributes":[{"attributeKey":"Username","attributeValue":"<user>"}]}`},

		{weight: 8, source: "iam.amazonaws.com", name: "GetRole", version: "2010-05-08", request: `{"roleName":"<role>"}`,
			failures: []string{"NoSuchEntityException|The role with name <role> cannot be found."}},
		{weight: 6, source: "iam.amazonaws.com", name: "ListAttachedRolePolicies", version: "2010-05-08", request: `{"roleName":"<role>"}`},
		{weight: 6, source: "iam.amazonaws.com", name: "ListAccessKeys", version: "2010-05-08", request: `{"userName":"<user>"}`},
		{weight: 1, source: "iam.amazonaws.com", name: "CreateAccessKey", write: true, version: "2010-05-08",
			request:  `{"userName":"<user>"}`,
			response: `{"accessKey":{"userName":"<user>","accessKeyId":"AKIA<upper:16>","status":"Active","createDate":"<usdate>"}}`,
			failures: []string{"LimitExceededException|Cannot exceed quota for AccessKeysPerUser: 2"}},
		{weight: 1, source: "iam.amazonaws.com", name: "PutRolePolicy", write: true, version: "2010-05-08",
			request: `{"roleName":"<role>","policyName":"<word>-policy","policyDocument":"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\"s3:GetObject\", \"s3:ListBucket\"],\n      \"Resource\": [\"arn:aws:s3:::<bucket>\", \"arn:aws:s3:::<bucket>/*\"],\n      \"Condition\": {\"StringEquals\": {\"aws:PrincipalAccount\": \"<account>\"}}\n    }\n  ]\n}"}`},
	}
}
