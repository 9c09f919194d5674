package query

import (
	"strings"
	"testing"
)

// The report of what was denied first and allowed later, in CSV without the header.
func TestDeniedThenAllowed(t *testing.T) {
	const id, policy = "userIdentity.", "Policy arn:aws:iam::111122223333:policy/"
	at := func(minute, service, name string, others ...string) leaves {
		return leaves{
			"eventTime": "2026-03-02T10:" + minute + ":00Z", "eventName": name, "eventSource": service + ".amazonaws.com", "position": minute,
			"recipientAccountId": "111122223333", "awsRegion": "us-east-1", "readOnly": "false", id + "type": "IAMUser", id + "userName": "admin",
		}.with(others...)
	}
	denied := []string{"errorCode", "AccessDenied"}
	change := func(minute, name string, touched ...string) leaves {
		return at(minute, "iam", name, "touched", "AWS::IAM::"+strings.Join(touched, "\nAWS::IAM::"), id+"userName", "bot")
	}
	session := []string{
		id + "type", "AssumedRole", id + "userName", "", id + "arn", "arn:aws:sts::111122223333:assumed-role/Deploy/s",
		id + "sessionContext.sessionIssuer.userName", "Deploy",
	}
	for _, test := range []struct {
		name   string
		events []leaves
		want   string
	}{
		{
			"rights by way of a group or a managed policy", []leaves{
				change("00", "AddUserToGroup", "User admin", "Group devs"), change("01", "AttachGroupPolicy", "Group devs", policy+"work"),
				change("02", "DetachUserPolicy", "User admin", policy+"old"), // which it had before
				at("10", "s3", "GetObject").with(denied...),
				change("11", "CreatePolicyVersion", policy+"old"),             // which it has no more
				change("12", "AddUserToGroup", "User clerk", "Group devs"),    // of somebody else
				change("13", "AttachUserPolicy", "User clerk", policy+"work"), // likewise
				change("14", "CreatePolicyVersion", policy+"work"),            //
				change("15", "CreatePolicyVersion", policy+"other"), at("16", "s3", "GetObject"),
				at("20", "s3", "PutObject").with(denied...), change("21", "PutGroupPolicy", "Group devs"), change("22", "PutGroupPolicy", "Group ops"), at("23", "s3", "PutObject"),
				at("30", "s3", "ListBuckets").with(denied...), change("31", "RemoveUserFromGroup", "User admin", "Group devs"),
				change("32", "PutGroupPolicy", "Group devs"), change("33", "SetDefaultPolicyVersion", policy+"work"), at("34", "s3", "ListBuckets"),
				at("40", "sns", "Publish").with(denied...), change("41", "SetDefaultPolicyVersion", policy+"work"), at("42", "sns", "Publish"), // in no group
				change("50", "AttachRolePolicy", "Role Deploy", policy+"deploy"), at("51", "sqs", "SendMessage").with(denied...).with(session...),
				change("52", "SetDefaultPolicyVersion", policy+"deploy"), at("53", "sqs", "SendMessage").with(session...),
			}, `
admin,GetObject,,1,2026-03-02T10:10:00Z,CreatePolicyVersion by bot,2026-03-02T10:14:00Z,2026-03-02T10:16:00Z,0,s3.amazonaws.com
admin,PutObject,,1,2026-03-02T10:20:00Z,PutGroupPolicy by bot,2026-03-02T10:21:00Z,2026-03-02T10:23:00Z,0,s3.amazonaws.com
admin,ListBuckets,,1,2026-03-02T10:30:00Z,RemoveUserFromGroup by bot,2026-03-02T10:31:00Z,2026-03-02T10:34:00Z,0,s3.amazonaws.com
admin,Publish,,1,2026-03-02T10:40:00Z,,,2026-03-02T10:42:00Z,0,sns.amazonaws.com
Deploy/s,SendMessage,,1,2026-03-02T10:51:00Z,SetDefaultPolicyVersion by bot,2026-03-02T10:52:00Z,2026-03-02T10:53:00Z,0,sqs.amazonaws.com
`,
		},
		{
			"one thing, called by its name and by its ARN, and others of the name", []leaves{
				at("00", "kms", "Decrypt", "touched", "AWS::KMS::Key arn:aws:kms:us-east-1:111122223333:key/k").with(denied...),
				at("01", "kms", "Decrypt", "touched", "AWS::KMS::Key k").with(denied...),
				at("02", "kms", "Decrypt", "touched", "AWS::KMS::Key k", "awsRegion", "eu-west-1"),
				at("03", "kms", "Decrypt", "touched", "AWS::KMS::Key k"),
				at("04", "iam", "GetRole", "touched", "AWS::IAM::Role arn:aws:iam::111122223333:role/r").with(denied...),
				at("05", "iam", "GetRole", "touched", "AWS::IAM::User r"),
				at("06", "iam", "GetRole", "touched", "AWS::IAM::Role r"),
				// Wherever it was denied, without a resource it is one.
				at("07", "ec2", "DescribeVpcs").with(denied...), at("08", "ec2", "DescribeVpcs", "awsRegion", "eu-west-1").with(denied...),
				at("09", "ec2", "DescribeVpcs", "touched", "AWS::EC2::VPC vpc-0123456789abcdef0"),
				// What is hardly an ARN is not any resource.
				at("10", "logs", "CreateLogStream", "errorMessage", "not authorized to perform: logs:CreateLogStream on resource: arn:aws:logs:::CreateLogStream").with(denied...),
				at("11", "logs", "CreateLogStream", "touched", "AWS::Logs::LogGroup g"),
			}, `
admin,Decrypt,arn:aws:kms:us-east-1:111122223333:key/k,2,2026-03-02T10:01:00Z,,,2026-03-02T10:03:00Z,0,kms.amazonaws.com
admin,GetRole,arn:aws:iam::111122223333:role/r,1,2026-03-02T10:04:00Z,,,2026-03-02T10:06:00Z,0,iam.amazonaws.com
admin,DescribeVpcs,,2,2026-03-02T10:08:00Z,,,2026-03-02T10:09:00Z,0,ec2.amazonaws.com
`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkReport(t, "denied-then-allowed", test.events, Filter{}, strings.TrimPrefix(test.want, "\n"))
		})
	}
}
