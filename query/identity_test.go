package query

import (
	"strings"
	"testing"
)

// What CloudTrail's records of identity hold in store for whoever takes them at their
// word: each report over a few events, in CSV without the header.
func TestIdentityReports(t *testing.T) {
	const id, context = "userIdentity.", "userIdentity.sessionContext."
	at := func(minute, name string, others ...string) leaves {
		return leaves{
			"eventTime": "2026-03-02T10:" + minute + ":00Z", "eventName": name, "recipientAccountId": "111122223333",
			"awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7",
		}.with(others...)
	}
	admin := []string{id + "type", "IAMUser", id + "userName", "admin", id + "accountId", "111122223333", id + "accessKeyId", ""}
	login := func(minute, mfa, outcome string, others ...string) leaves {
		return at(minute, "ConsoleLogin", "responseElements", `{"ConsoleLogin":"`+outcome+`"}`,
			"additionalEventData", `{"MobileVersion":"No","MFAUsed":"`+mfa+`"}`).with(admin...).with(others...)
	}
	center := func(minute, name, outcome, data string) leaves {
		return at(minute, name, "eventSource", "signin.amazonaws.com", id+"type", "IdentityCenterUser", id+"onBehalfOf.userId", "guid-1",
			"serviceEventDetails", `{"`+name+`":"`+outcome+`"}`, "additionalEventData", `{"AuthWorkflowID":"w",`+data+`}`)
	}
	federated := []string{
		id + "type", "AssumedRole", id + "userName", "", id + "arn", "arn:aws:sts::111122223333:assumed-role/Dev/bot",
		context + "sessionIssuer.userName", "Dev",
	}
	external := center("05", "UserAuthentication", "Success", `"CredentialType":"EXTERNAL_IDP"`).with(id+"onBehalfOf.userId", "guid-2")
	external["additionalEventData"] = strings.Replace(external["additionalEventData"], `"w"`, `"v"`, 1)
	signIns := []leaves{
		login("00", "YES", "Success"), // as in a sample of AWS
		login("01", "No", "Success"),
		login("02", "Yes", "Failure", "errorMessage", "Failed authentication"),
		login("03", "No", "Success", federated...),
		at("04", "CheckMfa", "responseElements", `{"CheckMfa":"Success"}`, "additionalEventData", `{"MfaType":"Virtual MFA"}`).with(admin...),
		center("06", "CredentialChallenge", "Success", `"UserName":"clerk@example.com"`),
		center("07", "CredentialVerification", "Failure", `"CredentialType":"TOTP"`),
		center("08", "UserAuthentication", "Success", `"CredentialType":"PASSWORD,TOTP"`),
		external,
		at("09", "SwitchRole", "responseElements", `{"SwitchRole":"Success"}`,
			"additionalEventData", `{"SwitchFrom":"arn:aws:iam::444455556666:user/desk"}`).with(federated...),
		at("10", "CreateOAuth2Token", "additionalEventData", `{"success":"false"}`).with(admin...),
	}
	for _, test := range []struct {
		report string
		events []leaves
		want   string
	}{
		{
			"sign-ins", signIns, `
2026-03-02T10:00:00Z,ConsoleLogin,admin,Success,yes,198.51.100.7
2026-03-02T10:01:00Z,ConsoleLogin,admin,Success,no,198.51.100.7
2026-03-02T10:02:00Z,ConsoleLogin,admin,Failed authentication,yes,198.51.100.7
2026-03-02T10:03:00Z,ConsoleLogin,Dev/bot,Success,provider,198.51.100.7
2026-03-02T10:05:00Z,UserAuthentication,guid-2,Success,provider,198.51.100.7
2026-03-02T10:08:00Z,UserAuthentication,clerk@example.com,Success,yes,198.51.100.7
2026-03-02T10:09:00Z,SwitchRole,user/desk as Dev/bot,Success,,198.51.100.7
2026-03-02T10:10:00Z,CreateOAuth2Token,admin,Failure,,198.51.100.7
`,
		},
		{
			// The code of CheckMfa is not a sign-in.
			"failed-sign-ins", signIns, `
admin,198.51.100.7,"Failed authentication, Failure",2,2,2026-03-02T10:10:00Z
clerk@example.com,198.51.100.7,TOTP,1,1,2026-03-02T10:07:00Z
`,
		},
		{
			"mfa", signIns, `
admin,IAMUser,2,1,1,2026-03-02T10:01:00Z,Virtual MFA
clerk@example.com,IdentityCenterUser,1,1,0,,"PASSWORD,TOTP"
Dev/bot,AssumedRole,1,,,,
guid-2,IdentityCenterUser,1,,,,EXTERNAL_IDP
`,
		},
		{
			"root", []leaves{
				at("00", "ConsoleLogin", id+"type", "Root", id+"accountId", "111122223333", id+"accessKeyId", "", "eventSource", "signin.amazonaws.com"),
				at("01", "CreateUser", id+"type", "Root", id+"accessKeyId", "AKIAROOTEXAMPLE"),
				at("02", "CreateUser", id+"type", "Root", id+"accessKeyId", "ASIAROOTEXAMPLE", "sessionCredentialFromConsole", "true"),
				at("03", "CreateUser", id+"type", "Root", id+"accessKeyId", "ASIAROOTEXAMPLE"),
				at("04", "CreateUser", id+"type", "Root", id+"invokedBy", "AWS Internal", "errorCode", "AccessDenied"),
				at("05", "CreateUser", id+"type", "Root", id+"accessKeyId", "ASIAROOTEXAMPLE", context+"assumedRoot", "true"),
				at("06", "CreateUser", id+"type", "IAMUser", id+"userName", "root"),
			}, `
111122223333,AssumeRoot,CreateUser,1,0,2026-03-02T10:05:00Z
111122223333,access key,CreateUser,1,0,2026-03-02T10:01:00Z
111122223333,console,ConsoleLogin,1,0,2026-03-02T10:00:00Z
111122223333,console,CreateUser,1,0,2026-03-02T10:02:00Z
111122223333,service,CreateUser,1,1,2026-03-02T10:04:00Z
111122223333,session,CreateUser,1,0,2026-03-02T10:03:00Z
`,
		},
		{
			"assumed-roles", []leaves{
				at("00", "AssumeRole", "requestParameters", `{"roleArn":"arn:aws:iam::111122223333:role/path/Deploy","roleSessionName":"s"}`).with(admin...),
				at("01", "AssumeRole", "responseElements", `{"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/Deploy/s"}}`).with(admin...),
				at("02", "AssumeRole", "errorCode", "AccessDenied", "errorMessage",
					"User: arn:aws:iam::111122223333:user/admin is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/Admin").with(admin...),
				at("03", "AssumeRoot", "requestParameters", `{"targetPrincipal":"arn:aws:iam::444455556666:root"}`).with(admin...),
				at("04", "AssumeRole").with(admin...),
				at("05", "GetSessionToken").with(admin...),
			}, `
admin,111122223333,Deploy,2,0,2026-03-02T10:01:00Z
admin,(none),(none),1,0,2026-03-02T10:04:00Z
admin,444455556666,Admin,1,1,2026-03-02T10:02:00Z
admin,444455556666,root,1,0,2026-03-02T10:03:00Z
`,
		},
		{
			"access-keys", []leaves{
				login("00", "No", "Success"), // its key is empty
				at("01", "CreateAccessKey", "eventSource", "iam.amazonaws.com", "responseElements", `{"accessKey":{"accessKeyId":"AKIANEWEXAMPLE","userName":"bot"}}`).with(admin...).with(id+"accessKeyId", "ASIAEXAMPLE", context+"attributes.creationDate", "2026-03-02T09:30:00Z"),
				at("13", "GetUser", id+"type", "IAMUser", id+"userName", "bot", id+"accessKeyId", "AKIANEWEXAMPLE"),
				at("27", "GetUser", id+"type", "IAMUser", id+"userName", "bot", id+"accessKeyId", "AKIANEWEXAMPLE", "errorCode", "AccessDenied", "sourceIPAddress", "203.0.113.9"),
				at("28", "GetUser", id+"type", "AWSService"),
			}, `
AKIANEWEXAMPLE,long-term,bot,Active,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z,admin,2,1,2,0,2026-03-02T10:13:00Z,2026-03-02T10:27:00Z
ASIAEXAMPLE,temporary,admin,,,2026-03-02T09:30:00Z,,1,0,1,0,2026-03-02T10:01:00Z,2026-03-02T10:01:00Z
`,
		},
		{
			"cross-account", []leaves{
				at("00", "GetObject", id+"type", "AWSAccount", id+"accountId", "444455556666", id+"principalId", "AIDASTRANGER"),
				at("01", "GetObject", id+"type", "AWSAccount", id+"accountId", "anonymous", "errorCode", "AccessDenied"),
				at("02", "AssumeRole", "resources", `[{"ARN":"arn:aws:iam::111122223333:role/a","accountId":"111122223333"},{"ARN":"arn:aws:iam::444455556666:role/b","accountId":"444455556666"}]`).with(admin...),
				at("03", "GetObject", "resources", `[{"ARN":"arn:aws:s3:::b/k"},{"ARN":"arn:aws:s3:::b","accountId":"111122223333"}]`).with(admin...),
				at("04", "GetBucketAcl", id+"type", "AWSService", id+"invokedBy", "cloudtrail.amazonaws.com"),
			}, `
111122223333,444455556666,admin,1,0,2026-03-02T10:02:00Z
444455556666,111122223333,AIDASTRANGER,1,0,2026-03-02T10:00:00Z
anonymous,111122223333,anonymous,1,1,2026-03-02T10:01:00Z
`,
		},
		{
			"identity-center", append(signIns,
				at("20", "GetUser", id+"type", "AssumedRole", id+"arn", "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Read_Only_0123456789abcdef/clerk@example.com",
					context+"sessionIssuer.userName", "AWSReservedSSO_Read_Only_0123456789abcdef"),
				at("21", "ListAccounts", id+"type", "Unknown", id+"onBehalfOf.userId", "guid-1", "eventSource", "sso.amazonaws.com"),
				at("22", "CreatePermissionSet", "eventSource", "sso.amazonaws.com").with(admin...),
				// Whatever stands there as an event's name is no path into anything.
				at("23", "$[", "eventSource", "sso.amazonaws.com", "serviceEventDetails", `{}`).with(admin...),
			), `
clerk@example.com,111122223333,sign-in,3,1,2026-03-02T10:08:00Z
admin,111122223333,administration,2,0,2026-03-02T10:23:00Z
clerk@example.com,111122223333,Read_Only,1,0,2026-03-02T10:20:00Z
clerk@example.com,111122223333,portal,1,0,2026-03-02T10:21:00Z
guid-2,111122223333,sign-in,1,0,2026-03-02T10:05:00Z
`,
		},
		{
			"principals", append(signIns[3:4:4],
				login("00", "No", "Failure", "errorMessage", "Failed authentication"),
				at("01", "GetUser", id+"arn", "arn:aws:iam::111122223333:user/team/admin", "userAgent", "cli").with(admin...),
				// Switching roles leaves no session context.
				at("02", "SwitchRole", id+"type", "AssumedRole", id+"accountId", "111122223333", id+"arn", "arn:aws:sts::111122223333:assumed-role/Dev/other", "awsRegion", "eu-west-1"),
				at("03", "RotateKey", id+"accountId", "111122223333", id+"invokedBy", "kms.amazonaws.com"),
				// One agent, and none, as user-agents counts them.
				at("04", "GetUser", "userAgent", "[cli]").with(admin...),
				at("05", "GetUser", "userAgent", "[]").with(admin...),
				at("06", "GetUser", "userAgent", "").with(admin...),
			), `
admin,IAMUser,111122223333,5,1,20,1,1,1,2026-03-02T10:00:00Z,2026-03-02T10:06:00Z
Dev,AssumedRole,111122223333,2,0,0,1,0,2,2026-03-02T10:02:00Z,2026-03-02T10:03:00Z
kms.amazonaws.com,(none),111122223333,1,0,0,1,0,1,2026-03-02T10:03:00Z,2026-03-02T10:03:00Z
`,
		},
		{
			"user-agents", []leaves{
				at("00", "GetObject", "userAgent", "[aws-cli/2.0]"), at("01", "GetUser", "userAgent", "aws-cli/2.0"),
				at("02", "GetObject", "userAgent", "[]"), at("03", "GetObject"), at("04", "GetUser", "userAgent", "["),
			}, `
(none),2,0,0,0,2026-03-02T10:03:00Z
aws-cli/2.0,2,0,0,0,2026-03-02T10:01:00Z
[,1,0,0,0,2026-03-02T10:04:00Z
`,
		},
		{
			"timeline", []leaves{
				at("02", "PutObject", "eventSource", "s3.amazonaws.com", "touched", "AWS::S3::Object arn:aws:s3:::b/k\nAWS::S3::Bucket b").with(admin...),
				at("01", "GetUser", "errorCode", "AccessDenied", "errorMessage", "no").with(admin...).with(
					id+"accessKeyId", "AKIAEXAMPLE", "userAgent", "[cli]", "eventID", "0A0B0C0D-1111-4111-8111-111111111111"),
				login("00", "No", "Failure", "errorMessage", "Failed authentication", "eventSource", "signin.amazonaws.com"),
			}, `
2026-03-02T10:00:00Z,ConsoleLogin,admin,,without MFA,Failed authentication,198.51.100.7,111122223333,us-east-1,,,signin.amazonaws.com,
2026-03-02T10:01:00Z,GetUser,admin,,,AccessDenied,198.51.100.7,111122223333,us-east-1,AKIAEXAMPLE,cli,,0a0b0c0d-1111-4111-8111-111111111111
2026-03-02T10:02:00Z,PutObject,admin,"arn:aws:s3:::b/k, b",,,198.51.100.7,111122223333,us-east-1,,,s3.amazonaws.com,
`,
		},
	} {
		t.Run(test.report, func(t *testing.T) {
			for i, l := range test.events {
				l["position"] = string(rune('0' + i%10))
			}
			checkReport(t, test.report, test.events, Filter{}, strings.TrimPrefix(test.want, "\n"))
		})
	}
}
