package query

import "testing"

// The report of how far credentials reached: each by what it did, in the order in which to
// revoke them.
func TestBlast(t *testing.T) {
	const id = "userIdentity."
	at := func(minute, name, service string, others ...string) leaves {
		return leaves{
			"eventTime": "2026-03-02T10:" + minute + ":00Z", "eventName": name, "eventSource": service + ".amazonaws.com", "readOnly": "false",
			"recipientAccountId": "111122223333", "awsRegion": "us-east-1", "position": minute,
			id + "type": "IAMUser", id + "userName": "mole", id + "arn": "arn:aws:iam::111122223333:user/mole", id + "accessKeyId": "AKIAMOLE",
		}.with(others...)
	}
	role := []string{
		id + "type", "AssumedRole", id + "userName", "", id + "arn", "arn:aws:sts::444455556666:assumed-role/Deploy/one", id + "accessKeyId", "ASIAONE",
		id + "sessionContext.sessionIssuer.userName", "Deploy", "recipientAccountId", "444455556666", "awsRegion", "eu-west-1",
	}
	console := func(key string) []string {
		return []string{id + "accessKeyId", key, id + "sessionContext.attributes.creationDate", "2026-03-02T09:00:00Z"}
	}
	read := []string{"readOnly", "true"}
	checkReport(t, "blast", []leaves{
		at("01", "ListBuckets", "s3", console("ASIACONSOLE1")...).with(read...), at("02", "ListBuckets", "s3", console("ASIACONSOLE2")...).with(read...),
		at("03", "GetObject", "s3", role...).with(read...).with("eventCategory", "Data", "managementEvent", "false",
			"touched", "AWS::S3::Bucket b\nAWS::S3::Object arn:aws:s3:::b/one", "additionalEventData", `{"bytesTransferredOut":100.0}`),
		at("04", "GetObject", "s3", role...).with(read...).with("touched", "AWS::S3::Object arn:aws:s3:::b/one", "additionalEventData", `{"bytesTransferredOut":11}`),
		at("05", "GetObject", "s3", role...).with(read...).with("touched", "AWS::S3::Object arn:aws:s3:::b/two", "errorCode", "AccessDenied", "additionalEventData", `{"bytesTransferredOut":243}`),
		at("06", "ModifySnapshotAttribute", "ec2", role...).with("touched", "AWS::EC2::Snapshot snap-1"),
		at("07", "CreateUser", "iam", "touched", "AWS::IAM::User u"), at("08", "CreateAccessKey", "iam", "touched", "AWS::IAM::User u"),
		at("09", "CreateUser", "iam", "errorCode", "AccessDenied"), at("10", "DeleteUser", "iam", "errorCode", "NoSuchEntityException"),
		at("11", "PutUserPolicy", "iam", "touched", "AWS::IAM::User u"), at("12", "DeleteBucket", "s3", "touched", "AWS::S3::Bucket b"),
		at("13", "GetSecretValue", "secretsmanager", read...).with("touched", "AWS::SecretsManager::Secret s"),
		at("14", "GetSecretValue", "secretsmanager", read...).with("touched", "AWS::SecretsManager::Secret s"),
		at("15", "Decrypt", "kms", read...).with(id+"invokedBy", "secretsmanager.amazonaws.com", id+"accessKeyId", "ASIASERVICE"),
		leaves{"eventTime": "2026-03-02T10:16:00Z", "eventName": "RunInstances", "eventSource": "ec2.amazonaws.com", id + "type": "AWSService"},
	}, Filter{}, `AKIAMOLE,mole,"UpdateAccessKey to Inactive, and DeleteAccessKey",8,111122223333,us-east-1,iam s3 secretsmanager,2,1,1,1,1,0,,0,1,2,2026-03-02T10:07:00Z,2026-03-02T10:14:00Z,
arn:aws:iam::111122223333:user/mole 2026-03-02T09:00:00Z,mole,"DeleteLoginProfile, and deny the user what it signed in for before",2,111122223333,us-east-1,s3,0,0,0,0,0,0,,0,0,0,2026-03-02T10:01:00Z,2026-03-02T10:02:00Z,
ASIAONE,Deploy/one,deny the older sessions of Deploy,4,444455556666,eu-west-1,ec2 s3,0,0,1,0,0,1,111,1,1,1,2026-03-02T10:03:00Z,2026-03-02T10:06:00Z,
arn:aws:iam::111122223333:user/mole by secretsmanager.amazonaws.com,mole,nothing: a service acted for it,1,111122223333,us-east-1,kms,0,0,0,0,0,0,,0,0,0,2026-03-02T10:15:00Z,2026-03-02T10:15:00Z,
`)
}
