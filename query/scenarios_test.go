package query

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"trailbox/schema"
)

// The reports that lay a pattern open: looking around, hours, places, firsts, and what
// policies allow, each over a few events, in CSV without the header.
func TestPatternReports(t *testing.T) {
	const id, asked, added = "userIdentity.", "requestParameters", "additionalEventData"
	at := func(clock, service, name string, others ...string) leaves {
		return leaves{
			"eventTime": "2026-03-" + clock + ":00Z", "eventName": name, "eventSource": service + ".amazonaws.com",
			"recipientAccountId": "111122223333", "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7", "readOnly": "false",
			"eventCategory": "Management", id + "type": "IAMUser", id + "userName": "admin",
		}.with(others...)
	}
	read := []string{"readOnly", "true"}
	denied := []string{"errorCode", "AccessDenied"}
	bot := []string{id + "userName", "bot"}
	login := func(clock, address, outcome, mfa string, others ...string) leaves {
		return at(clock, "signin", "ConsoleLogin", "sourceIPAddress", address, "userAgent", "browser", "responseElements", `{"ConsoleLogin":"`+outcome+`"}`,
			added, `{"MFAUsed":"`+mfa+`"}`).with(others...)
	}
	const all = `{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}`
	const on = `{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}`
	for i, test := range []struct {
		report string
		filter Filter
		events []leaves
		want   string
	}{
		{
			"recon", Filter{}, []leaves{
				at("02T09:00", "ec2", "DescribeInstances").with(read...),
				at("02T09:59", "ec2", "DescribeInstances", "awsRegion", "us-west-2", "sourceIPAddress", "203.0.113.9").with(read...),
				at("02T10:00", "ec2", "DescribeInstances").with(read...), // the next hour
				at("02T09:10", "iam", "ListUsers").with(bot...).with(read...),
				at("02T09:11", "iam", "ListRoles").with(bot...).with(read...).with(denied...),
				at("02T09:12", "s3", "ListBuckets").with(bot...).with(read...),
				at("02T09:13", "s3", "GetObject", "eventCategory", "Data").with(bot...).with(read...),
				at("02T09:14", "sts", "AssumeRole").with(bot...).with(read...),
				at("02T09:15", "lambda", "GetThings").with(bot...), // says that it writes
				at("02T09:16", "s3", "GetBucketAcl", id+"type", "AWSService", id+"userName", "", id+"invokedBy", "cloudtrail.amazonaws.com").with(read...),
			}, `
2026-03-02T09:00:00Z,bot,IAMUser,3,2,1,3,1,1,2026-03-02T09:10:00Z,2026-03-02T09:12:00Z
2026-03-02T09:00:00Z,admin,IAMUser,1,1,2,2,0,2,2026-03-02T09:00:00Z,2026-03-02T09:59:00Z
2026-03-02T10:00:00Z,admin,IAMUser,1,1,1,1,0,1,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z
2026-03-02T09:00:00Z,cloudtrail.amazonaws.com,AWSService,1,1,1,1,0,1,2026-03-02T09:16:00Z,2026-03-02T09:16:00Z
`,
		},
		{
			"activity", Filter{}, []leaves{
				// 2026-03-02 is a Monday.
				at("02T07:00", "iam", "GetUser"), at("02T07:59", "iam", "GetUser"), at("02T18:59", "iam", "GetUser"),
				at("02T06:59", "iam", "GetUser"), at("02T19:00", "iam", "GetUser"), at("03T00:00", "iam", "GetUser"),
				at("07T12:00", "iam", "GetUser"), at("08T12:00", "iam", "GetUser"),
				at("06T23:59", "iam", "GetUser").with(bot...),
			}, `
admin,IAMUser,▄·····▄█····█·····▄▄····,█▂···▂▂,8,5,62.5,2026-03-02T06:59:00Z,2026-03-08T12:00:00Z
bot,IAMUser,·······················█,····█··,1,1,100,2026-03-06T23:59:00Z,2026-03-06T23:59:00Z
`,
		},
		{
			"sign-in-addresses", Filter{}, []leaves{
				login("02T09:00", "198.51.100.7", "Success", "Yes"),
				login("02T09:10", "203.0.113.9", "Success", "No"),
				login("02T09:40", "203.0.113.9", "Failure", "No", "errorMessage", "Failed authentication"),
				login("02T10:00", "198.51.100.7", "Success", "Yes", "userAgent", "other"),
				login("02T10:01", "203.0.113.9", "Success", "No", "recipientAccountId", "444455556666"), // one address there
				login("02T10:02", "203.0.113.9", "Success", "No", bot...),
				at("02T09:50", "signin", "CheckMfa", "sourceIPAddress", "192.0.2.1"), // a step on the way
			}, `
admin,111122223333,2,198.51.100.7,2,0,2,browser | other,10,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z
admin,111122223333,2,203.0.113.9,1,1,0,browser,10,2026-03-02T09:10:00Z,2026-03-02T09:40:00Z
`,
		},
		{
			"new-services", Filter{Scope: schema.Scope{Since: utc("2026-03-02T00:00:00Z")}}, []leaves{
				at("01T09:00", "iam", "GetUser"), at("01T09:00", "sqs", "ListQueues").with(bot...),
				at("02T09:00", "iam", "GetUser"),                   // not new
				at("02T09:01", "iam", "GetUser").with(bot...),      // for bot it is
				at("02T09:02", "sqs", "SendMessage").with(bot...),  // a new call of an old service
				at("02T09:03", "ec2", "DescribeVpcs").with(bot...), // nobody did
				at("02T09:04", "ec2", "RunInstances").with(bot...).with(denied...),
				at("02T09:05", "ec2", "DescribeVpcs"),
				at("02T09:06", "iam", "GetUser", "recipientAccountId", "444455556666"),
			}, `
2026-03-02T09:03:00Z,account,111122223333,ec2.amazonaws.com,bot,DescribeVpcs,2,2,1,2026-03-02T09:04:00Z
2026-03-02T09:06:00Z,account,444455556666,iam.amazonaws.com,admin,GetUser,1,1,0,2026-03-02T09:06:00Z
2026-03-02T09:01:00Z,actor,111122223333,iam.amazonaws.com,bot,GetUser,1,1,0,2026-03-02T09:01:00Z
2026-03-02T09:05:00Z,actor,111122223333,ec2.amazonaws.com,admin,DescribeVpcs,1,1,0,2026-03-02T09:05:00Z
`,
		},
		{
			// By somebody else, the store has it from before all the same.
			"new-services", Filter{Scope: schema.Scope{Since: utc("2026-03-02T00:00:00Z")}, Actor: Is("bot")}, []leaves{
				at("01T09:00", "iam", "GetUser"), at("02T09:00", "iam", "GetUser").with(bot...),
			}, `
2026-03-02T09:00:00Z,actor,111122223333,iam.amazonaws.com,bot,GetUser,1,1,0,2026-03-02T09:00:00Z
`,
		},
		{
			"grants", Filter{}, []leaves{
				at("02T09:00", "iam", "PutUserPolicy", asked, `{"userName":"bot","policyName":"p","policyDocument":"{\"Statement\":[`+all+`,`+on+`]}"}`),
				at("02T09:01", "iam", "AttachGroupPolicy", asked, `{"groupName":"g","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
				at("02T09:02", "iam", "AttachUserPolicy", "errorMessage", "not authorized to perform: iam:AttachUserPolicy on resource: user bot because").with(denied...),
				at("02T09:03", "iam", "CreateRole", asked,
					`{"roleName":"r","assumeRolePolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"},\"Action\":\"sts:AssumeRole\"}}",`+
						`"permissionsBoundary":"arn:aws:iam::aws:policy/PowerUserAccess"}`),
				at("02T09:04", "iam", "CreatePolicyVersion", "touched", "AWS::IAM::Policy arn:p", asked, `{"policyArn":"arn:p","policyDocument":"%7B%22Statement%22%3A%5B%5D%7D","setAsDefault":true}`),
				at("02T09:05", "iam", "CreatePolicyVersion", asked, `{"policyArn":"arn:p","policyDocument":"{\"Statement\":[`+all+`]}","setAsDefault":false}`),
				at("02T09:06", "iam", "SetDefaultPolicyVersion", asked, `{"policyArn":"arn:p","versionId":"v7"}`),
				at("02T09:07", "iam", "DeleteUserPermissionsBoundary", asked, `{"userName":"bot"}`),
				at("02T09:08", "iam", "PutRolePolicy", asked, `{"omitted":true,"originalSize":200000,"reason":"requestParameters too large"}`),
				at("02T09:09", "iam", "PutRolePolicy", asked, `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effe"}`),
				at("02T09:10", "iam", "PutRolePolicy", asked, `{"roleName":"r","policyDocument":"HIDDEN_DUE_TO_SECURITY_REASONS"}`),
				at("02T09:11", "s3", "PutBucketPolicy", "touched", "AWS::S3::Bucket b", asked,
					`{"bucketName":"b","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::b/*"}]}}`),
				at("02T09:12", "kms", "CreateGrant", "touched", "AWS::KMS::Key k", asked, `{"keyId":"k","granteePrincipal":"444455556666","operations":["Decrypt"],"constraints":{"encryptionContextSubset":{"a":"b"}}}`),
				at("02T09:13", "lambda", "AddPermission20150331v2", "touched", "AWS::Lambda::Function f", asked, `{"functionName":"f","principal":"*","action":"lambda:InvokeFunction","sourceAccount":"444455556666"}`),
				at("02T09:14", "sqs", "AddPermission", "touched", "AWS::SQS::Queue q", asked, `{"queueUrl":"q","actions":["SendMessage"],"aWSAccountIds":["444455556666"]}`),
				at("02T09:15", "sts", "AssumeRole", asked, `{"roleArn":"arn:aws:iam::111122223333:role/r","roleSessionName":"s","policy":"{\"Statement\":[`+on+`]}","policyArns":[{"arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}]}`).with(read...),
				at("02T09:16", "sso", "PutInlinePolicyToPermissionSet", asked, `{"permissionSetArn":"arn:ps","inlinePolicy":"{\"Statement\":[`+all+`]}"}`),
				at("02T09:17", "organizations", "CreatePolicy", asked, `{"name":"scp","content":"{\"Statement\":[`+all+`]}","type":"SERVICE_CONTROL_POLICY"}`),
				at("02T09:18", "organizations", "AttachPolicy", asked, `{"policyId":"p-FullAWSAccess","targetId":"ou-1"}`),
				// No policies of this kind, or only looked at, or taken away.
				at("02T09:20", "logs", "PutRetentionPolicy", asked, `{"retentionInDays":1,"logGroupName":"l"}`),
				at("02T09:21", "iam", "UpdateAccountPasswordPolicy", asked, `{"minimumPasswordLength":8}`),
				at("02T09:22", "iam", "GetPolicy", asked, `{"policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`).with(read...),
				at("02T09:23", "iam", "DetachUserPolicy", asked, `{"policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
				at("02T09:24", "s3", "DeleteBucketPolicy", asked, `{"bucketName":"b","policy":""}`),
				at("02T09:25", "sts", "AssumeRole", asked, `{"policy":"{\"Statement\":[`+all+`]}"}`, id+"type", "AWSService", id+"userName", "", id+"invokedBy", "rds.amazonaws.com").with(read...),
			}, `
2026-03-02T09:00:00Z,PutUserPolicy,admin,bot,ADMIN: * on *,,inline,p,,198.51.100.7
2026-03-02T09:00:00Z,PutUserPolicy,admin,bot,DENY: s3:* on *,"{""Bool"":{""aws:SecureTransport"":""false""}}",inline,p,,198.51.100.7
2026-03-02T09:01:00Z,AttachGroupPolicy,admin,g,ADMIN: AdministratorAccess,,attached,arn:aws:iam::aws:policy/AdministratorAccess,,198.51.100.7
2026-03-02T09:02:00Z,AttachUserPolicy,admin,bot,(not in the record),,attached,,AccessDenied,198.51.100.7
2026-03-02T09:03:00Z,CreateRole,admin,r,trusts 444455556666,,trust,,,198.51.100.7
2026-03-02T09:03:00Z,CreateRole,admin,r,PowerUserAccess,,boundary,,,198.51.100.7
2026-03-02T09:05:00Z,CreatePolicyVersion,admin,arn:p,ADMIN: * on *,,managed,"arn:p, not the default",,198.51.100.7
2026-03-02T09:06:00Z,SetDefaultPolicyVersion,admin,arn:p,version v7,,managed,arn:p,,198.51.100.7
2026-03-02T09:07:00Z,DeleteUserPermissionsBoundary,admin,bot,no boundary,,boundary,,,198.51.100.7
2026-03-02T09:08:00Z,PutRolePolicy,admin,,left out by CloudTrail: requestParameters too large,,inline,,,198.51.100.7
2026-03-02T09:09:00Z,PutRolePolicy,admin,r,cannot be read,,inline,,,198.51.100.7
2026-03-02T09:10:00Z,PutRolePolicy,admin,r,hidden by CloudTrail,,inline,,,198.51.100.7
2026-03-02T09:11:00Z,PutBucketPolicy,admin,b,"everybody: s3:GetObject, s3:ListBucket on arn:aws:s3:::b/*",,resource,,,198.51.100.7
2026-03-02T09:12:00Z,CreateGrant,admin,k,444455556666: Decrypt,"{""encryptionContextSubset"":{""a"":""b""}}",grant,,,198.51.100.7
2026-03-02T09:13:00Z,AddPermission20150331v2,admin,f,everybody: lambda:InvokeFunction,444455556666,grant,,,198.51.100.7
2026-03-02T09:14:00Z,AddPermission,admin,q,444455556666: SendMessage,,grant,,,198.51.100.7
2026-03-02T09:15:00Z,AssumeRole,admin,arn:aws:iam::111122223333:role/r,DENY: s3:* on *,"{""Bool"":{""aws:SecureTransport"":""false""}}",session,,,198.51.100.7
2026-03-02T09:15:00Z,AssumeRole,admin,arn:aws:iam::111122223333:role/r,ReadOnlyAccess,,session,,,198.51.100.7
2026-03-02T09:16:00Z,PutInlinePolicyToPermissionSet,admin,arn:ps,ADMIN: * on *,,inline,,,198.51.100.7
2026-03-02T09:17:00Z,CreatePolicy,admin,scp,ADMIN: * on *,,organization,,,198.51.100.7
2026-03-02T09:18:00Z,AttachPolicy,admin,ou-1,p-FullAWSAccess,,organization,,,198.51.100.7
`,
		},
	} {
		t.Run(fmt.Sprint(i, " ", test.report), func(t *testing.T) {
			for i, l := range test.events {
				l["position"] = strconv.Itoa(i)
			}
			checkReport(t, test.report, test.events, test.filter, strings.TrimPrefix(test.want, "\n"))
		})
	}
}

// Hours and days are those of the zone that was asked for: one with a quarter of an hour in
// its offset, and one that changes it between the events.
func TestActivityZone(t *testing.T) {
	store := storeOf(t, []leaves{
		{"eventTime": "2026-03-01T22:14:59Z"}, // Sunday; a minute before Monday in Kathmandu
		{"eventTime": "2026-03-01T18:15:00Z", "userIdentity.type": "IAMUser", "userIdentity.userName": "a", "position": "2"},
		{"eventTime": "2026-03-28T06:30:00Z", "userIdentity.type": "IAMUser", "userIdentity.userName": "b", "position": "3"},
		{"eventTime": "2026-03-30T06:30:00Z", "userIdentity.type": "IAMUser", "userIdentity.userName": "b", "position": "4"},
	})
	for _, test := range []struct{ zone, actor, hours, days string }{
		{"", "a", "··················█·····", "······█"},
		{"Asia/Kathmandu", "a", "█·······················", "█······"},
		{"Asia/Kathmandu", "(unknown)", "···█····················", "█······"},
		{"Europe/Berlin", "b", "·······██···············", "█····█·"},
	} {
		r := reportNamed(t, "activity")
		r.Zone = test.zone
		for _, row := range rowsOf(t, store, r, Filter{}) {
			if row[0] == test.actor && (row[2] != test.hours || row[3] != test.days) {
				t.Errorf("%s, %s: %q %q, want %q %q", test.zone, test.actor, row[2], row[3], test.hours, test.days)
			}
		}
		if got, want := asked(t, store, r.Statement(Filter{}).Inline()), answer(t, store, r, Filter{}); got != want {
			t.Errorf("by its statement:\n%s\nwant:\n%s", got, want)
		}
	}
}
