package query

import (
	"strconv"
	"strings"
	"testing"
)

// The reports of what an intruder leaves behind: what is gone, what was carried off, what
// runs from now on, and with whose credentials; each over a few events, in CSV without the
// header.
func TestIncidentReports(t *testing.T) {
	const id, asked, answered = "userIdentity.", "requestParameters", "responseElements"
	at := func(minute, service, name string, others ...string) leaves {
		return leaves{
			"eventTime": "2026-03-02T10:" + minute + ":00Z", "eventName": name, "eventSource": service + ".amazonaws.com",
			"recipientAccountId": "111122223333", "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7", "readOnly": "false",
			"eventCategory": "Management", id + "type": "IAMUser", id + "userName": "admin",
		}.with(others...)
	}
	read := []string{"readOnly", "true"}
	data := []string{"eventCategory", "Data"}
	bot := []string{id + "userName", "bot"}
	denied := []string{"errorCode", "AccessDenied"}
	scaling := []string{
		id + "type", "AssumedRole", id + "userName", "", id + "arn", "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling",
		id + "sessionContext.sessionIssuer.arn", "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
	}
	const half = `{"name":"\ud800"}` // DuckDB does not take it for JSON: the name is read as it is written
	object := func(key string) []string {
		return []string{"eventCategory", "Data", "touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/" + key + "\nAWS::S3::Bucket arn:aws:s3:::b"}
	}
	// An event by a role's session, by its name and key, at an address.
	by := func(minute, session, key, address string, others ...string) leaves {
		return at(minute, "s3", "ListBuckets", id+"type", "AssumedRole", id+"principalId", "AROAWEB:"+session, id+"accountId", "111122223333",
			id+"sessionContext.sessionIssuer.userName", "Web", id+"accessKeyId", key, "sourceIPAddress", address,
			"userAgent", "[Boto3/1.35.99 md/Botocore#1.35.99]").with(others...)
	}
	launch := func(instance, address string) leaves {
		return at("00", "ec2", "RunInstances", answered, `{"instancesSet":{"items":[{"instanceId":"`+instance+`","privateIpAddress":"`+address+`",`+
			`"networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-`+instance[2:]+`","privateIpAddress":"`+address+`"}]}}]}}`)
	}
	allocate := func(allocation, address string) leaves {
		return at("00", "ec2", "AllocateAddress", answered, `{"publicIp":"`+address+`","allocationId":"`+allocation+`"}`)
	}
	const i1, i2, i3, i4, i5, i6 = "i-00000001", "i-00000002", "i-00000003", "i-0123456789abcdef4", "i-00000005", "i-00000006"
	for _, test := range []struct {
		name   string
		report string
		filter Filter
		events []leaves
		want   string
	}{
		{
			"objects of a bucket are one row", "destroyed", Filter{}, []leaves{
				at("00", "s3", "DeleteObject").with(object("1")...), at("01", "s3", "DeleteObject").with(object("2")...),
				at("02", "s3", "DeleteObject").with(object("2")...), at("03", "s3", "DeleteObject").with(object("3")...).with(bot...),
				at("04", "s3", "DeleteObject", asked, `{"bucketName":"b","key":"1","versionId":"v1"}`).with(object("1")...),
				at("05", "s3", "DeleteObject", answered, `{"x-amz-delete-marker":"true"}`).with(object("4")...),
				at("06", "s3", "DeleteObject").with(object("5")...).with(denied...),
				at("07", "s3", "DeleteObjects", "eventCategory", "Data", "touched", "AWS::S3::Bucket b"),
				at("08", "dynamodb", "DeleteItem", "touched", "AWS::DynamoDB::Table t").with(data...),
				at("09", "dynamodb", "DeleteItem", "touched", "AWS::DynamoDB::Table arn:aws:dynamodb:us-east-1:111122223333:table/t").with(data...),
				at("10", "s3", "PutObject").with(object("1")...),
				at("11", "s3", "DeleteObjectTagging").with(object("1")...), at("12", "sqs", "DeleteMessage", "touched", "AWS::SQS::Queue q").with(data...),
			}, `
2026-03-02T10:00:00Z,2026-03-02T10:02:00Z,DeleteObject,admin,b,3,2 objects,
2026-03-02T10:03:00Z,2026-03-02T10:03:00Z,DeleteObject,bot,b,1,,
2026-03-02T10:04:00Z,2026-03-02T10:04:00Z,DeleteObject,admin,b,1,versions,
2026-03-02T10:05:00Z,2026-03-02T10:05:00Z,DeleteObject,admin,b,1,versions are left,
2026-03-02T10:06:00Z,2026-03-02T10:06:00Z,DeleteObject,admin,b,1,,AccessDenied
2026-03-02T10:07:00Z,2026-03-02T10:07:00Z,DeleteObjects,admin,b,1,,
2026-03-02T10:08:00Z,2026-03-02T10:09:00Z,DeleteItem,admin,t,2,,
`,
		},
		{
			// Whatever the filter: who took it back was not asked for.
			"scheduled, and taken back", "destroyed", Filter{Actor: Is("admin")}, []leaves{
				at("00", "kms", "ScheduleKeyDeletion", asked, `{"keyId":"k1","pendingWindowInDays":7}`, "touched", "AWS::KMS::Key k1\narn:aws:kms:us-east-1:111122223333:key/k1"),
				at("01", "kms", "ScheduleKeyDeletion", asked, `{"keyId":"k2"}`, "touched", "AWS::KMS::Key k2"),
				at("02", "kms", "ScheduleKeyDeletion", asked, `{"keyId":"k3","pendingWindowInDays":7}`, "touched", "AWS::KMS::Key k3"),
				at("03", "kms", "ScheduleKeyDeletion").with(denied...),
				at("04", "kms", "DisableKey", "touched", "AWS::KMS::Key k1"), at("05", "kms", "EnableKey", "touched", "AWS::KMS::Key k1"),
				at("06", "kms", "CancelKeyDeletion", "touched", "AWS::KMS::Key arn:aws:kms:us-east-1:111122223333:key/k1").with(bot...),
				at("07", "kms", "CancelKeyDeletion", "touched", "AWS::KMS::Key k2").with(bot...).with(denied...),
				at("08", "kms", "CancelKeyDeletion", "touched", "AWS::KMS::Key k3", "awsRegion", "eu-west-1").with(bot...), // another key
				at("09", "secretsmanager", "RestoreSecret", "touched", "AWS::SecretsManager::Secret db").with(bot...),
				at("10", "secretsmanager", "DeleteSecret", asked, `{"secretId":"db","recoveryWindowInDays":9}`, "touched", "AWS::SecretsManager::Secret db"),
				at("11", "secretsmanager", "DeleteSecret", asked, `{"secretId":"db2"}`, "touched", "AWS::SecretsManager::Secret db2"),
				at("12", "secretsmanager", "DeleteSecret", asked, `{"secretId":"db3","forceDeleteWithoutRecovery":true}`, "touched", "AWS::SecretsManager::Secret db3"),
				at("13", "secretsmanager", "RestoreSecret", "touched", "AWS::SecretsManager::Secret db2"),
				at("14", "cloudtrail", "DeleteEventDataStore", asked, `{"eventDataStore":"arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/e"}`),
				at("15", "organizations", "CloseAccount", "touched", "AWS::Organizations::Account 444455556666"),
			}, `
2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,ScheduleKeyDeletion,admin,k1,1,"in 7 days, taken back",
2026-03-02T10:01:00Z,2026-03-02T10:01:00Z,ScheduleKeyDeletion,admin,k2,1,in 30 days,
2026-03-02T10:02:00Z,2026-03-02T10:02:00Z,ScheduleKeyDeletion,admin,k3,1,in 7 days,
2026-03-02T10:03:00Z,2026-03-02T10:03:00Z,ScheduleKeyDeletion,admin,,1,,AccessDenied
2026-03-02T10:04:00Z,2026-03-02T10:04:00Z,DisableKey,admin,k1,1,taken back,
2026-03-02T10:05:00Z,2026-03-02T10:05:00Z,EnableKey,admin,k1,1,,
2026-03-02T10:10:00Z,2026-03-02T10:10:00Z,DeleteSecret,admin,db,1,in 9 days,
2026-03-02T10:11:00Z,2026-03-02T10:11:00Z,DeleteSecret,admin,db2,1,"in 30 days, taken back",
2026-03-02T10:12:00Z,2026-03-02T10:12:00Z,DeleteSecret,admin,db3,1,at once,
2026-03-02T10:13:00Z,2026-03-02T10:13:00Z,RestoreSecret,admin,db2,1,,
2026-03-02T10:14:00Z,2026-03-02T10:14:00Z,DeleteEventDataStore,admin,e,1,in 7 days,
2026-03-02T10:15:00Z,2026-03-02T10:15:00Z,CloseAccount,admin,444455556666,1,in 90 days,
`,
		},
		{
			"by what the parameters say", "destroyed", Filter{}, []leaves{
				at("00", "s3", "PutBucketLifecycle", asked, `{"bucketName":"b","LifecycleConfiguration":{"Rule":[{"Status":"Enabled","Expiration":{"Days":1}},`+
					`{"NoncurrentVersionExpiration":{"NoncurrentDays":30}}]}}`, "touched", "AWS::S3::Bucket b"),
				at("01", "s3", "PutBucketLifecycle", asked, `{"bucketName":"b","LifecycleConfiguration":{"Rule":{"Transition":{"Days":30}}}}`),
				at("02", "s3", "PutBucketVersioning", asked, `{"bucketName":"b","VersioningConfiguration":{"Status":"Suspended"}}`),
				at("03", "s3", "PutBucketVersioning", asked, `{"bucketName":"b","VersioningConfiguration":{"Status":"Enabled"}}`),
				at("04", "rds", "ModifyDBInstance", asked, `{"dBInstanceIdentifier":"shop","backupRetentionPeriod":0}`),
				at("05", "rds", "ModifyDBInstance", asked, `{"dBInstanceIdentifier":"shop","backupRetentionPeriod":7}`),
				at("06", "rds", "DeleteDBInstance", asked, `{"dBInstanceIdentifier":"shop","skipFinalSnapshot":true,"deleteAutomatedBackups":true}`),
				at("07", "redshift", "DeleteCluster", asked, `{"clusterIdentifier":"c","skipFinalClusterSnapshot":false,"finalClusterSnapshotIdentifier":"last"}`),
				at("08", "dynamodb", "UpdateContinuousBackups", asked, `{"tableName":"t","pointInTimeRecoverySpecification":{"pointInTimeRecoveryEnabled":false}}`),
				at("09", "dynamodb", "UpdateTimeToLive", asked, `{"tableName":"t","timeToLiveSpecification":{"attributeName":"a","enabled":true}}`),
				at("10", "logs", "PutRetentionPolicy", asked, `{"logGroupName":"g","retentionInDays":1}`),
				at("11", "ec2", "TerminateInstances", "touched", "AWS::EC2::Instance "+i1+"\nAWS::EC2::Instance "+i2),
				at("12", "iam", "DeleteAccessKey", "touched", "AWS::IAM::User bot\nAWS::IAM::AccessKey AKIAEXAMPLE"),
				at("13", "ec2", "DeregisterImage", asked, `{"imageId":"ami-1","deleteAssociatedSnapshots":true}`, "touched", "AWS::EC2::Image ami-1"),
				at("14", "glacier", "DeleteArchive", asked, `{"vaultName":"cold","archiveId":"a"}`), // as any service that nobody thought of
				at("15", "iam", "DeleteUser", asked, half, "errorMessage", "not authorized to perform: iam:DeleteUser on resource: user clerk because no policy").with(denied...),
				at("15", "cloudtrail", "DeleteTrail", "errorMessage", "not authorized to perform: cloudtrail:DeleteTrail on resource: arn:aws:cloudtrail:us-east-1:111122223333:trail/audit").with(denied...),
				at("16", "ec2", "DescribeVolumes").with(read...), at("17", "ec2", "DeleteTags"), at("18", "iam", "GetServiceLinkedRoleDeletionStatus").with(read...),
				at("19", "ec2", "TerminateInstances", "touched", "AWS::EC2::Instance "+i1).with(scaling...),
				at("20", "ec2", "TerminateInstances", "touched", "AWS::EC2::Instance "+i2).with(scaling...),
				at("21", "ec2", "DeleteVolume", "touched", "AWS::EC2::Volume vol-1").with(scaling...),
			}, `
2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,PutBucketLifecycle,admin,b,1,"objects after 1 day, old versions after 30 days",
2026-03-02T10:02:00Z,2026-03-02T10:02:00Z,PutBucketVersioning,admin,b,1,no versions from now on,
2026-03-02T10:04:00Z,2026-03-02T10:04:00Z,ModifyDBInstance,admin,shop,1,no automated backups,
2026-03-02T10:06:00Z,2026-03-02T10:06:00Z,DeleteDBInstance,admin,shop,1,"no final snapshot, backups as well",
2026-03-02T10:07:00Z,2026-03-02T10:07:00Z,DeleteCluster,admin,c,1,final snapshot last,
2026-03-02T10:08:00Z,2026-03-02T10:08:00Z,UpdateContinuousBackups,admin,t,1,no point-in-time recovery,
2026-03-02T10:09:00Z,2026-03-02T10:09:00Z,UpdateTimeToLive,admin,t,1,,
2026-03-02T10:10:00Z,2026-03-02T10:10:00Z,PutRetentionPolicy,admin,g,1,what is older than 1 day,
2026-03-02T10:11:00Z,2026-03-02T10:11:00Z,TerminateInstances,admin,i-00000001 i-00000002,1,2 of them,
2026-03-02T10:12:00Z,2026-03-02T10:12:00Z,DeleteAccessKey,admin,AKIAEXAMPLE bot,1,,
2026-03-02T10:13:00Z,2026-03-02T10:13:00Z,DeregisterImage,admin,ami-1,1,snapshots as well,
2026-03-02T10:14:00Z,2026-03-02T10:14:00Z,DeleteArchive,admin,cold,1,,
2026-03-02T10:15:00Z,2026-03-02T10:15:00Z,DeleteTrail,admin,audit,1,,AccessDenied
2026-03-02T10:15:00Z,2026-03-02T10:15:00Z,DeleteUser,admin,clerk,1,,AccessDenied
2026-03-02T10:19:00Z,2026-03-02T10:20:00Z,TerminateInstances,AWSServiceRoleForAutoScaling/AutoScaling,(several),2,,
2026-03-02T10:21:00Z,2026-03-02T10:21:00Z,DeleteVolume,AWSServiceRoleForAutoScaling/AutoScaling,vol-1,1,,
`,
		},
		{
			"made, copied, shared", "snapshots", Filter{}, []leaves{
				at("00", "ec2", "CreateSnapshot", asked, `{"volumeId":"vol-1"}`, answered, `{"snapshotId":"snap-1"}`, "touched", "AWS::EC2::Volume vol-1\nAWS::EC2::Snapshot snap-1"),
				at("01", "ec2", "CopySnapshot", asked, `{"sourceRegion":"us-west-2","sourceSnapshotId":"snap-1","destinationRegion":"us-east-1"}`, answered, `{"snapshotId":"snap-2"}`),
				at("02", "ec2", "ModifySnapshotAttribute", asked, `{"snapshotId":"snap-2","createVolumePermission":{"add":{"items":[{"userId":"444455556666"},{"group":"all"}]}}}`),
				at("03", "ec2", "ModifySnapshotAttribute", asked, `{"snapshotId":"snap-2","createVolumePermission":{"remove":{"items":[{"group":"all"}]}}}`),
				at("04", "ec2", "SharedSnapshotVolumeCreated", "serviceEventDetails", `{"snapshotId":"snap-2"}`, "touched", "AWS::EC2::Snapshot snap-2"),
				at("05", "ec2", "CreateVolume", asked, `{"snapshotId":"snap-2"}`, answered, `{"volumeId":"vol-2","snapshotId":"snap-2"}`),
				at("06", "ec2", "CreateVolume", asked, `{"size":"1"}`, answered, `{"volumeId":"vol-3"}`), // of nothing
				at("07", "ec2", "CreateImage", asked, `{"instanceId":"i-1","name":"n"}`, answered, `{"imageId":"ami-1"}`),
				at("08", "ec2", "ModifyImageAttribute", asked, `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"organizationArn":"arn:aws:organizations::444455556666:organization/o-allexample"}]}}}`),
				at("09", "ec2", "CreateStoreImageTask", asked, `{"CreateStoreImageTaskRequest":{"ImageId":"ami-0123456789abcdef0","Bucket":"b"}}`),
				at("10", "rds", "CopyDBSnapshot", asked, `{"sourceDBSnapshotIdentifier":"arn:aws:rds:us-east-1:444455556666:snapshot:s","targetDBSnapshotIdentifier":"t"}`),
				at("11", "rds", "ModifyDBSnapshotAttribute", asked, `{"dBSnapshotIdentifier":"t","attributeName":"restore","valuesToAdd":["all"]}`),
				at("12", "rds", "StartExportTask", asked, `{"exportTaskIdentifier":"e","sourceArn":"arn:aws:rds:us-east-1:111122223333:snapshot:t","s3BucketName":"b"}`),
				at("13", "rds", "RestoreDBInstanceFromDBSnapshot", asked, `{"dBInstanceIdentifier":"new","dBSnapshotIdentifier":"t"}`),
				at("14", "redshift", "AuthorizeSnapshotAccess", asked, `{"snapshotIdentifier":"r","accountWithRestoreAccess":"444455556666"}`),
				at("15", "elasticache", "CopySnapshot", asked, `{"sourceSnapshotName":"a","targetSnapshotName":"z","targetBucket":"b"}`),
				at("16", "fsx", "CreateBackup", asked, `{"fileSystemId":"fs-1"}`, answered, `{"backup":{"backupId":"backup-1"}}`),
				at("17", "backup", "StartCopyJob", asked, `{"recoveryPointArn":"arn:r","destinationBackupVaultArn":"arn:v"}`),
				at("18", "ec2", "DeleteSnapshot", asked, `{"snapshotId":"snap-1"}`).with(denied...),
				at("19", "ec2", "DescribeSnapshots").with(read...), at("20", "ec2", "CreateSnapshot", asked, half),
				at("21", "neptune-graph", "CreateGraphSnapshot", asked, `{"graphIdentifier":"g","snapshotName":"s"}`),
			}, `
2026-03-02T10:00:00Z,CreateSnapshot,admin,snap-1,of vol-1,1,,198.51.100.7
2026-03-02T10:01:00Z,CopySnapshot,admin,snap-2,"of snap-1, us-west-2 to us-east-1",1,,198.51.100.7
2026-03-02T10:02:00Z,ModifySnapshotAttribute,admin,snap-2,with 444455556666 everybody,1,,198.51.100.7
2026-03-02T10:03:00Z,ModifySnapshotAttribute,admin,snap-2,no longer with everybody,1,,198.51.100.7
2026-03-02T10:04:00Z,SharedSnapshotVolumeCreated,admin,snap-2,,1,,198.51.100.7
2026-03-02T10:05:00Z,CreateVolume,admin,snap-2,as vol-2,1,,198.51.100.7
2026-03-02T10:07:00Z,CreateImage,admin,ami-1,of i-1,1,,198.51.100.7
2026-03-02T10:08:00Z,ModifyImageAttribute,admin,ami-1,with arn:aws:organizations::444455556666:organization/o-allexample,1,,198.51.100.7
2026-03-02T10:09:00Z,CreateStoreImageTask,admin,ami-0123456789abcdef0,to s3://b,1,,198.51.100.7
2026-03-02T10:10:00Z,CopyDBSnapshot,admin,t,of arn:aws:rds:us-east-1:444455556666:snapshot:s,1,,198.51.100.7
2026-03-02T10:11:00Z,ModifyDBSnapshotAttribute,admin,t,with everybody,1,,198.51.100.7
2026-03-02T10:12:00Z,StartExportTask,admin,t,to s3://b,1,,198.51.100.7
2026-03-02T10:13:00Z,RestoreDBInstanceFromDBSnapshot,admin,t,as new,1,,198.51.100.7
2026-03-02T10:14:00Z,AuthorizeSnapshotAccess,admin,r,with 444455556666,1,,198.51.100.7
2026-03-02T10:15:00Z,CopySnapshot,admin,z,"of a, to s3://b",1,,198.51.100.7
2026-03-02T10:16:00Z,CreateBackup,admin,backup-1,of fs-1,1,,198.51.100.7
2026-03-02T10:17:00Z,StartCopyJob,admin,arn:r,to arn:v,1,,198.51.100.7
2026-03-02T10:18:00Z,DeleteSnapshot,admin,snap-1,,1,AccessDenied,198.51.100.7
2026-03-02T10:20:00Z,CreateSnapshot,admin,\ud800,,1,,198.51.100.7
2026-03-02T10:21:00Z,CreateGraphSnapshot,admin,s,,1,,198.51.100.7
`,
		},
		{
			"blocks are one row", "snapshots", Filter{}, []leaves{
				at("00", "ebs", "ListSnapshotBlocks", asked, `{"snapshotId":"snap-1"}`).with(read...).with(data...),
				at("01", "ebs", "GetSnapshotBlock", asked, `{"snapshotId":"snap-1","blockIndex":1}`).with(read...).with(data...),
				at("02", "ebs", "GetSnapshotBlock", asked, `{"snapshotId":"snap-1","blockIndex":2}`).with(read...).with(data...),
				at("03", "ebs", "GetSnapshotBlock", asked, `{"snapshotId":"snap-1","blockIndex":3}`, "sourceIPAddress", "203.0.113.9").with(read...).with(data...),
				at("04", "ebs", "GetSnapshotBlock", asked, `{"snapshotId":"snap-2","blockIndex":1}`).with(read...).with(data...),
			}, `
2026-03-02T10:00:00Z,ListSnapshotBlocks,admin,snap-1,,1,,198.51.100.7
2026-03-02T10:01:00Z,GetSnapshotBlock,admin,snap-1,until 2026-03-02T10:02:00Z,2,,198.51.100.7
2026-03-02T10:03:00Z,GetSnapshotBlock,admin,snap-1,,1,,203.0.113.9
2026-03-02T10:04:00Z,GetSnapshotBlock,admin,snap-2,,1,,198.51.100.7
`,
		},
		{
			"functions", "functions", Filter{}, []leaves{
				at("00", "lambda", "CreateFunction20150331", asked, `{"functionName":"f","runtime":"python3.13","role":"arn:aws:iam::111122223333:role/path/Run","code":{"s3Bucket":"b","s3Key":"k.zip"},"environment":{}}`,
					answered, `{"codeSha256":"x="}`, "touched", "AWS::Lambda::Function f\nAWS::IAM::Role arn:aws:iam::111122223333:role/path/Run"),
				at("01", "lambda", "UpdateFunctionCode20150331v2", asked, `{"functionName":"f","dryRun":false}`, answered, `{"codeSha256":"0123456789abcdefABCDEF0123456789abcdefABCDE="}`,
					"touched", "AWS::Lambda::Function f\nAWS::Lambda::Function arn:aws:lambda:us-east-1:111122223333:function:f:2"),
				at("02", "lambda", "UpdateFunctionConfiguration20150331v2", asked, `{"functionName":"f","role":"arn:aws:iam::111122223333:role/Admin","environment":{},"layers":["arn:l:1"]}`, "touched", "AWS::Lambda::Function f"),
				at("03", "lambda", "CreateFunctionUrlConfig", asked, `{"functionName":"f","authType":"NONE"}`, answered, `{"functionUrl":"https://x.lambda-url.us-east-1.on.aws/"}`, "touched", "AWS::Lambda::Function f"),
				at("04", "lambda", "AddPermission20150331v2", asked, `{"functionName":"f","action":"lambda:InvokeFunction","principal":"*"}`, "touched", "AWS::Lambda::Function f"),
				at("05", "lambda", "AddPermission20150331v2", asked, `{"functionName":"f","action":"lambda:InvokeFunction","principal":"s3.amazonaws.com","sourceArn":"arn:aws:s3:::b"}`, "touched", "AWS::Lambda::Function f"),
				at("06", "lambda", "CreateEventSourceMapping20150331", asked, `{"functionName":"f","eventSourceArn":"arn:aws:sqs:us-east-1:111122223333:q"}`, "touched", "AWS::Lambda::Function f"),
				at("07", "lambda", "PublishLayerVersion20181031", asked, `{"layerName":"tools"}`, "touched", "AWS::Lambda::LayerVersion tools"),
				at("08", "lambda", "PutFunctionConcurrency20171031", asked, `{"functionName":"f","reservedConcurrentExecutions":0}`, "touched", "AWS::Lambda::Function f").with(denied...),
				at("09", "lambda", "Invoke", "touched", "AWS::Lambda::Function f").with(data...),
				at("10", "lambda", "Invoke", "touched", "AWS::Lambda::Function arn:aws:lambda:us-east-1:111122223333:function:f").with(data...),
				at("11", "lambda", "Invoke", "touched", "AWS::Lambda::Function f").with(data...).with(bot...),
				at("12", "lambda", "GetFunction20150331v2", "touched", "AWS::Lambda::Function f").with(read...),
				at("13", "cloudfront", "CreateFunction"), at("14", "lambda", "CreateFunction20150331", asked, half),
			}, `
2026-03-02T10:00:00Z,CreateFunction20150331,admin,f,"code s3://b/k.zip, role Run, SHA-256 x=",1,,198.51.100.7
2026-03-02T10:01:00Z,UpdateFunctionCode20150331v2,admin,f,"code sent along, SHA-256 0123456789ab…",1,,198.51.100.7
2026-03-02T10:02:00Z,UpdateFunctionConfiguration20150331v2,admin,f,"role Admin, arn:l:1, environment",1,,198.51.100.7
2026-03-02T10:03:00Z,CreateFunctionUrlConfig,admin,f,"URL for everybody, https://x.lambda-url.us-east-1.on.aws/",1,,198.51.100.7
2026-03-02T10:04:00Z,AddPermission20150331v2,admin,f,lambda:InvokeFunction by everybody,1,,198.51.100.7
2026-03-02T10:05:00Z,AddPermission20150331v2,admin,f,"lambda:InvokeFunction by s3.amazonaws.com, for arn:aws:s3:::b",1,,198.51.100.7
2026-03-02T10:06:00Z,CreateEventSourceMapping20150331,admin,f,from arn:aws:sqs:us-east-1:111122223333:q,1,,198.51.100.7
2026-03-02T10:07:00Z,PublishLayerVersion20181031,admin,tools,,1,,198.51.100.7
2026-03-02T10:08:00Z,PutFunctionConcurrency20171031,admin,f,concurrency 0,1,AccessDenied,198.51.100.7
2026-03-02T10:09:00Z,Invoke,admin,f,until 2026-03-02T10:10:00Z,2,,198.51.100.7
2026-03-02T10:11:00Z,Invoke,bot,f,,1,,198.51.100.7
2026-03-02T10:14:00Z,CreateFunction20150331,admin,\ud800,,1,,198.51.100.7
`,
		},
		{
			"commands and sessions", "remote-commands", Filter{}, []leaves{
				at("00", "ssm", "SendCommand", asked, `{"instanceIds":["i-1","i-2"],"documentName":"AWS-RunShellScript","parameters":"HIDDEN_DUE_TO_SECURITY_REASONS"}`),
				at("01", "ssm", "SendCommand", asked, `{"targets":[{"key":"tag:Role","values":["web","db"]}],"documentName":"AWS-RunShellScript","parameters":{"commands":["id","uname -a"]}}`),
				at("02", "ssm", "StartSession", asked, `{"target":"i-1","documentName":"AWS-StartPortForwardingSession","reason":"look"}`),
				at("03", "ssm", "StartAutomationExecution", asked, `{"documentName":"AWS-StopEC2Instance","parameters":{"InstanceId":["i-1"]}}`).with(denied...),
				at("04", "ssm", "CreateAssociation", asked, `{"name":"AWS-RunShellScript","targets":[{"key":"InstanceIds","values":["*"]}]}`),
				at("05", "ssm", "RegisterTaskWithMaintenanceWindow", asked, `{"windowId":"mw-1","taskArn":"AWS-RunShellScript","targets":[{"key":"WindowTargetIds","values":["t"]}]}`),
				at("06", "ec2-instance-connect", "SendSSHPublicKey", asked, `{"instanceId":"i-1","instanceOSUser":"ec2-user","sSHPublicKey":"ssh-ed25519 AAAA"}`),
				at("07", "ec2-instance-connect", "OpenTunnel", asked, `{"instanceConnectEndpointId":"eice-1","privateIpAddress":"10.0.0.5","remotePort":22}`),
				at("08", "ecs", "ExecuteCommand", asked, `{"cluster":"c","task":"t","container":"app","command":"/bin/sh","interactive":true}`),
				at("09", "cloudshell", "CreateSession", asked, `{"environmentId":"env-1"}`),
				at("10", "ec2", "ModifyInstanceAttribute", asked, `{"instanceId":"i-1","userData":"<sensitiveDataRemoved>"}`),
				at("11", "ec2", "ModifyInstanceAttribute", asked, `{"instanceId":"i-1","disableApiTermination":{"value":false}}`),
				at("12", "ssm", "GetCommandInvocation").with(read...), at("13", "s3express", "CreateSession").with(data...),
				at("14", "ssm", "SendCommand", asked, half),
				at("15", "sagemaker", "CreatePresignedNotebookInstanceUrl", asked, `{"notebookInstanceName":"n"}`),
			}, `
2026-03-02T10:00:00Z,SendCommand,admin,i-1 i-2,"AWS-RunShellScript, parameters are hidden",,198.51.100.7
2026-03-02T10:01:00Z,SendCommand,admin,"tag:Role=web,db","AWS-RunShellScript, id; uname -a",,198.51.100.7
2026-03-02T10:02:00Z,StartSession,admin,i-1,"AWS-StartPortForwardingSession, look",,198.51.100.7
2026-03-02T10:03:00Z,StartAutomationExecution,admin,AWS-StopEC2Instance,"AWS-StopEC2Instance, {""InstanceId"":[""i-1""]}",AccessDenied,198.51.100.7
2026-03-02T10:04:00Z,CreateAssociation,admin,InstanceIds=*,AWS-RunShellScript,,198.51.100.7
2026-03-02T10:05:00Z,RegisterTaskWithMaintenanceWindow,admin,WindowTargetIds=t,AWS-RunShellScript,,198.51.100.7
2026-03-02T10:06:00Z,SendSSHPublicKey,admin,i-1,user ec2-user,,198.51.100.7
2026-03-02T10:07:00Z,OpenTunnel,admin,eice-1,10.0.0.5:22,,198.51.100.7
2026-03-02T10:08:00Z,ExecuteCommand,admin,c t app,/bin/sh,,198.51.100.7
2026-03-02T10:09:00Z,CreateSession,admin,env-1,,,198.51.100.7
2026-03-02T10:10:00Z,ModifyInstanceAttribute,admin,i-1,user data,,198.51.100.7
2026-03-02T10:14:00Z,SendCommand,admin,\ud800,,,198.51.100.7
2026-03-02T10:15:00Z,CreatePresignedNotebookInstanceUrl,admin,n,,,198.51.100.7
`,
		},
		{
			"who has an instance's key", "instance-credentials", Filter{}, []leaves{
				// i1 has a public address of its own, and somebody else has its key.
				launch(i1, "10.0.0.1"), allocate("eipalloc-1", "203.0.113.1"),
				at("00", "ec2", "AssociateAddress", asked, `{"instanceId":"`+i1+`","allocationId":"eipalloc-1"}`),
				by("01", i1, "ASIA1A", "203.0.113.1"), by("02", i1, "ASIA1A", "198.51.100.66"),
				by("03", i1, "ASIA1B", "203.0.113.1"), by("04", i1, "ASIA1C", "203.0.113.1"), // keys come and go
				by("05", i1, "ASIA1C", "athena.amazonaws.com", id+"invokedBy", "athena.amazonaws.com", "userAgent", "athena.amazonaws.com"),
				// i2 is behind a NAT gateway; S3 sees it by an endpoint, another key of it a stranger's machine.
				launch(i2, "10.0.0.2"), allocate("eipalloc-2", "203.0.113.2"),
				at("00", "ec2", "CreateNatGateway", asked, `{"CreateNatGatewayRequest":{"AllocationId":"eipalloc-2"}}`),
				by("01", i2, "ASIA2A", "203.0.113.2"), by("02", i2, "ASIA2A", "10.0.0.2", "vpcEndpointId", "vpce-2"),
				by("03", i2, "ASIA2B", "192.168.7.7", id+"sessionContext.ec2RoleDelivery", "1.0"),
				// i3 is seen at two addresses, and nothing tells which is its own.
				by("01", i3, "ASIA3A", "203.0.113.3"), by("02", i3, "ASIA3B", "203.0.113.33"),
				// i4's key is in a VPC of another account; i5's is seen by an endpoint alone.
				by("01", i4, "ASIA4A", "203.0.113.4"), by("02", i4, "ASIA4A", "10.9.9.9", "vpcEndpointId", "vpce-9", "vpcEndpointAccountId", "444455556666"),
				by("01", i5, "ASIA5A", "10.0.0.5", "vpcEndpointId", "vpce-5", "vpcEndpointAccountId", "111122223333"),
				by("01", i6, "ASIA6A", "203.0.113.6"), by("02", i6, "ASIA6A", "203.0.113.6"),
				// A task of ECS, a function, and sessions that are neither.
				by("01", "0123456789abcdef0123456789abcdef", "ASIA7A", "203.0.113.7"),
				by("01", "f", "ASIA8A", "203.0.113.8", id+"inScopeOf.credentialsIssuedTo", "arn:aws:lambda:us-east-1:111122223333:function:f"),
				by("01", "mi-0123456789abcdef0", "ASIA8B", "203.0.113.8"), // a machine elsewhere that Systems Manager looks after
				by("01", "clerk", "ASIA9A", "203.0.113.9"), by("01", "i-name", "ASIA9B", "203.0.113.9"),
			}, `
i-00000001,Web,ASIA1A,"198.51.100.66 (1), 203.0.113.1 (1)","not the address of the instance; one key, 2 addresses",Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:02:00Z
i-00000002,Web,ASIA2B,192.168.7.7 (1),not the address of the instance; 2 addresses of the instance; private beside public; by IMDSv1,Boto3/1.35.99,2026-03-02T10:03:00Z,2026-03-02T10:03:00Z
i-00000003,Web,ASIA3A,203.0.113.3 (1),2 addresses of the instance,Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z
i-00000003,Web,ASIA3B,203.0.113.33 (1),2 addresses of the instance,Boto3/1.35.99,2026-03-02T10:02:00Z,2026-03-02T10:02:00Z
i-0123456789abcdef4,Web,ASIA4A,"10.9.9.9 by vpce-9 of 444455556666 (1), 203.0.113.4 (1)",VPC endpoint of account 444455556666,Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:02:00Z
f,Web,ASIA8A,203.0.113.8 (1),one address,Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z
i-00000001,Web,ASIA1B,203.0.113.1 (1),the address of the instance,Boto3/1.35.99,2026-03-02T10:03:00Z,2026-03-02T10:03:00Z
i-00000001,Web,ASIA1C,"203.0.113.1 (1), athena.amazonaws.com (1)",the address of the instance,Boto3/1.35.99 athena.amazonaws.com,2026-03-02T10:04:00Z,2026-03-02T10:05:00Z
i-00000002,Web,ASIA2A,"10.0.0.2 by vpce-2 (1), 203.0.113.2 (1)",the address of a NAT gateway,Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:02:00Z
i-00000005,Web,ASIA5A,10.0.0.5 by vpce-5 (1),by VPC endpoints alone,Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z
i-00000006,Web,ASIA6A,203.0.113.6 (2),one address,Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:02:00Z
mi-0123456789abcdef0,Web,ASIA8B,203.0.113.8 (1),one address,Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z
task 0123456789abcdef0123456789abcdef,Web,ASIA7A,203.0.113.7 (1),one address,Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z
`,
		},
		{
			// The verdict is by all that the store has, and keys alike are one row.
			"of an address", "instance-credentials", Filter{SourceIP: Is("203.0.113.3")}, []leaves{
				by("01", i3, "ASIA3A", "203.0.113.3"), by("02", i3, "ASIA3B", "203.0.113.3"), by("03", i3, "ASIA3B", "203.0.113.3"),
				by("04", i3, "ASIA3C", "203.0.113.33"),
			}, `
i-00000003,Web,(2 keys),203.0.113.3 (3),2 addresses of the instance,Boto3/1.35.99,2026-03-02T10:01:00Z,2026-03-02T10:03:00Z
`,
		},
	} {
		t.Run(test.report+": "+test.name, func(t *testing.T) {
			for i, l := range test.events {
				l["position"] = strconv.Itoa(i)
			}
			checkReport(t, test.report, test.events, test.filter, strings.TrimPrefix(test.want, "\n"))
		})
	}
}
