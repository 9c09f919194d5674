package query

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trailbox/schema"
)

// What matters of a call, by the rules of the fragment detail: of an event by its service,
// its name, its parameters and what it touched.
func TestDetail(t *testing.T) {
	const asked, touched = "requestParameters", "touched"
	write := func(service, name, parameters string, others ...string) leaves {
		return leaves{
			"eventSource": service + ".amazonaws.com", "eventName": name, "readOnly": "false", "userIdentity.type": "IAMUser", asked: parameters,
		}.with(others...)
	}
	read := func(service, name, parameters string, others ...string) leaves {
		return write(service, name, parameters, others...).with("readOnly", "true")
	}
	const doc = `{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}`
	const trust = `{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"},\"Action\":\"sts:AssumeRole\"}}`
	tests := []struct {
		event leaves
		want  string
	}{
		{write("iam", "AttachUserPolicy", `{"userName":"bot","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`), "ADMIN: AdministratorAccess"},
		{write("iam", "AttachRolePolicy", `{"policyArn":"arn:aws:iam::aws:policy/service-role/AWSConfigRole"}`), "service-role/AWSConfigRole"},
		{write("iam", "AttachRolePolicy", `{"policyArn":"arn:aws:iam::111122223333:policy/AdministratorAccess"}`), "arn:aws:iam::111122223333:policy/AdministratorAccess"},
		{write("iam", "PutUserPolicy", `{"userName":"bot","policyName":"p","policyDocument":"`+doc+`"}`), "ADMIN: * on *, policy p"},
		{write("iam", "CreatePolicyVersion", `{"policyDocument":"`+doc+`","setAsDefault":true}`), "ADMIN: * on *, the default"},
		{write("iam", "SetDefaultPolicyVersion", `{"policyArn":"arn:aws:iam::111122223333:policy/p","versionId":"v2"}`), "version v2"},
		{write("iam", "CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"`+trust+`"}`), "trusts 444455556666"},
		{write("iam", "PutUserPermissionsBoundary", `{"permissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`), "ReadOnlyAccess"},
		{write("iam", "UpdateAccessKey", `{"accessKeyId":"AKIAEXAMPLE","status":"Inactive"}`, touched, "AWS::IAM::AccessKey AKIAEXAMPLE"), "status Inactive"},
		{write("iam", "CreateLoginProfile", `{"passwordResetRequired":false,"userName":"bot"}`, touched, "AWS::IAM::User bot"), "passwordResetRequired false"},
		{read("iam", "GetPolicy", `{"policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`, touched, "arn:aws:iam::aws:policy/AdministratorAccess"), ""},
		{write("ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`), "tcp 22 0.0.0.0/0"},
		{write("ec2", "CreateSecurityGroup", `{"groupName":"web","groupDescription":"all of it"}`, touched, "web"), "groupDescription all of it"},
		{write("ec2", "CreateNetworkAclEntry", `{"ruleNumber":1,"egress":false,"ruleAction":"allow","aclProtocol":"-1","cidrBlock":"0.0.0.0/0"}`), "1 in allow all 0.0.0.0/0"},
		{write("ec2", "CreateRoute", `{"destinationCidrBlock":"0.0.0.0/0","gatewayId":"igw-1"}`), "0.0.0.0/0 to igw-1"},
		{
			write("ec2", "RunInstances", `{"instancesSet":{"items":[{"imageId":"ami-1","minCount":1,"maxCount":4}]},"instanceType":"p4d.24xlarge","userData":"x","iamInstanceProfile":{"name":"web"}}`),
			"4 p4d.24xlarge, profile web, user data",
		},
		{write("ec2", "ModifyInstanceAttribute", `{"instanceId":"i-1","disableApiTermination":{"value":false}}`), "protected false"},
		{write("ec2", "ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"444455556666"}]}}}`), "to 444455556666"},
		{write("ec2", "ModifyImageAttribute", `{"launchPermission":{"remove":{"items":[{"group":"all"}]}}}`), "no longer to all"},
		// A call of EC2 in the newer form.
		{write("ec2", "CreateNatGateway", `{"CreateNatGatewayRequest":{"SubnetId":"subnet-1","ConnectivityType":"public","ClientToken":"0a"}}`, touched, "subnet-1"), "ConnectivityType public"},
		{write("kms", "DisableKey", `{"keyId":"k"}`), "disabled"},
		{write("kms", "ScheduleKeyDeletion", `{"keyId":"k","pendingWindowInDays":7}`), "deleted in 7 days"},
		{write("kms", "CreateGrant", `{"keyId":"k","granteePrincipal":"444455556666","operations":["Decrypt","CreateGrant"]}`), "444455556666: Decrypt CreateGrant"},
		{write("kms", "PutKeyPolicy", `{"keyId":"k","policyName":"default","policy":"`+trust+`"}`), "trusts 444455556666"},
		{read("kms", "Decrypt", `{"encryptionContext":{"SecretARN":"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-a1B2c3"}}`), "for arn:aws:secretsmanager:us-east-1:111122223333:secret:db-a1B2c3"},
		{
			read("sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/ops/Deploy","roleSessionName":"build","serialNumber":"arn:aws:iam::111122223333:mfa/admin"}`,
				"responseElements", `{"credentials":{"accessKeyId":"ASIAEXAMPLE"}}`),
			"Deploy as build, MFA arn:aws:iam::111122223333:mfa/admin, key ASIAEXAMPLE",
		},
		{read("sts", "GetFederationToken", `{"name":"kiosk","policy":"`+doc+`"}`), "kiosk, limited to ADMIN: * on *"},
		{read("sts", "GetCallerIdentity", ""), ""},
		{write("signin", "ConsoleLogin", "", "additionalEventData", `{"MFAUsed":"YES"}`), "with MFA"},
		{write("signin", "ConsoleLogin", "", "additionalEventData", `{"MFAUsed":"No"}`, "userIdentity.type", "AssumedRole"), ""},
		{write("signin", "SwitchRole", "", "additionalEventData", `{"SwitchFrom":"arn:aws:iam::111122223333:user/admin"}`), "from arn:aws:iam::111122223333:user/admin"},
		{
			write("cloudtrail", "CreateTrail", `{"name":"t","s3BucketName":"logs","isMultiRegionTrail":false,"enableLogFileValidation":false,"includeGlobalServiceEvents":false}`),
			"to logs, one Region, no global services, no digests",
		},
		{
			write("cloudtrail", "PutEventSelectors", `{"trailName":"t","eventSelectors":[{"readWriteType":"WriteOnly","includeManagementEvents":true,"excludeManagementEventSources":["kms.amazonaws.com","rdsdata.amazonaws.com"],"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]}`),
			"writes, no reads, without kms.amazonaws.com rdsdata.amazonaws.com, data events of arn:aws:s3:::b/",
		},
		{write("cloudtrail", "PutEventSelectors", `{"eventSelectors":[{"readWriteType":"All","includeManagementEvents":false,"dataResources":[]}]}`), "no management events"},
		{write("cloudtrail", "PutEventSelectors", `{"eventSelectors":[]}`), "no events"},
		{
			write("cloudtrail", "PutEventSelectors", `{"advancedEventSelectors":[{"name":"data","fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"eventName","notStartsWith":["Put","Get"]}]}]}`),
			"no management events; data: eventCategory equals Data, eventName notStartsWith Put Get",
		},
		{write("cloudtrail", "PutInsightSelectors", `{"insightSelectors":[]}`), "Insights: none"},
		{write("lambda", "AddPermission20150331v2", `{"functionName":"f","principal":"*","action":"lambda:InvokeFunction"}`), "*: lambda:InvokeFunction"},
		{write("lambda", "CreateFunction20150331", `{"functionName":"f","runtime":"python3.12","role":"arn:aws:iam::111122223333:role/r"}`), "python3.12, role arn:aws:iam::111122223333:role/r"},
		{write("s3", "PutBucketPublicAccessBlock", `{"bucketName":"b","PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"BlockPublicPolicy":false}}`), "off: BlockPublicPolicy"},
		{write("s3", "PutBucketLifecycle", `{"LifecycleConfiguration":{"Rule":[{"ID":"a","Status":"Disabled"},{"Filter":{"Prefix":"AWSLogs/"},"Status":"Enabled","Expiration":{"Days":1}}]}}`), "a disabled, prefix AWSLogs/ deletes after 1 days"},
		{write("s3", "CreateBucket", `{"bucketName":"b","Host":"b.s3.amazonaws.com","x-amz-acl":"public-read"}`), "ACL public-read"},
		{read("s3", "GetObject", `{"bucketName":"b","Host":"b.s3.amazonaws.com","key":"k"}`, touched, "b\narn:aws:s3:::b/k"), ""},
		// Calls without a rule: plain values that are no resources, four of them.
		{write("rds", "CreateDBInstance", `{"dBInstanceIdentifier":"db","engine":"mysql","tags":[1],"a":{},"b":null,"c":"","publiclyAccessible":true,"d":1,"e":2,"f":3}`, touched, "db"), "engine mysql, publiclyAccessible true, d 1, e 2"},
		{write("ssm", "SendCommand", `{"documentName":"AWS-RunShellScript","parameters":"HIDDEN_DUE_TO_SECURITY_REASONS"}`), "documentName AWS-RunShellScript, parameters (hidden)"},
		{write("new-service", "DoThings", `{"clientToken":"t","nextToken":"n","maxResults":5}`), ""},
		{write("new-service", "DoThings", `{"omitted":true,"originalSize":200000,"reason":"too large"}`), "omitted true, originalSize 200000, reason too large"},
		{write("new-service", "DoThings", `{"text":"`+strings.Repeat("é", 400)+`"}`), "text " + strings.Repeat("é", 294) + "…"},
		{write("new-service", "DoThings", `{"twice":"a","twice":"b"}`), "twice a, twice b"},
		{write("new-service", "DoThings", `{"half":"\ud800"}`), ""}, // DuckDB does not take it for JSON
		{write("new-service", "DoThings", `["a"]`), ""},
		{leaves{"eventName": "DoThings"}, ""},
	}
	var all []leaves
	for i, test := range tests {
		if test.event[asked] == "" {
			delete(test.event, asked)
		}
		all = append(all, test.event.with("requestID", fmt.Sprintf("%03d", i)))
	}
	list := Report{SQL: allFragments().put(`WITH matching AS (SELECT /* details */ * FROM events WHERE /* filters */ true)
SELECT requestID, coalesce(/* detail */ NULL, '') AS detail FROM matching ORDER BY requestID`)}
	store := storeOf(t, all)
	rows := rowsOf(t, store, list, Filter{})
	if len(rows) != len(tests) {
		t.Fatalf("%d rows of %d", len(rows), len(tests))
	}
	for i, row := range rows {
		if row[1] != tests[i].want {
			t.Errorf("%s %s:\n%q, want\n%q", tests[i].event["eventName"], tests[i].event[asked], row[1], tests[i].want)
		}
	}

	// What is asked of a few services alone is the same.
	type row struct {
		RowID  int64
		Number int
	}
	stored, err := schema.Collect[row](store.Query(t.Context(), "SELECT rowid, requestID::INTEGER AS number FROM events"))
	if err != nil {
		t.Fatal(err)
	}
	some := map[string][]int64{}
	for _, r := range stored {
		some[tests[r.Number].event["eventSource"]] = append(some[tests[r.Number].event["eventSource"]], r.RowID)
	}
	some["two services"] = slices.Concat(some["ec2.amazonaws.com"], some["new-service.amazonaws.com"])
	for services, rowids := range some {
		details, err := HistoryDetails(t.Context(), store, rowids)
		if err != nil {
			t.Fatal(services, err)
		}
		for _, r := range stored {
			if test := tests[r.Number]; slices.Contains(rowids, r.RowID) && details[r.RowID] != test.want {
				t.Errorf("%s alone: %s %s:\n%q, want\n%q", services, test.event["eventName"], test.event[asked], details[r.RowID], test.want)
			}
		}
	}
}

// What a policy says, in words.
func TestPolicyWords(t *testing.T) {
	tests := []struct{ policy, want string }{
		{``, "no policy"},
		{` `, "no policy"},
		{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, "ADMIN: * on *"},
		{`{"Statement":{"Effect":"Allow","Action":["iam:Get*","*:*"],"Resource":["arn:aws:s3:::b","*"]}}`, "ADMIN: iam:Get*, *:* on arn:aws:s3:::b, *"},
		{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*"}]}`, "* on arn:aws:s3:::*"},
		{`{"Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`, "iam:* on *"},
		{`{"Statement":[{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}]}`, "all but iam:*, sts:* on *"},
		{`{"Statement":[{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b"}]}`, "* on all but arn:aws:s3:::b"},
		{`{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`, "DENY: * on *"},
		{`{"Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}]}`, "DENY: all but 111122223333: s3:* on *"},
		{`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`, "everybody: s3:GetObject on arn:aws:s3:::b/*"},
		{`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*","Resource":"*"}]}`, "ADMIN: everybody: * on *"},
		{`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root","arn:aws:iam::444455556666:role/r"]},"Action":"sts:AssumeRole"}]}`, "trusts 444455556666, arn:aws:iam::444455556666:role/r"},
		{`{"Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/idp"},"Action":"sts:AssumeRoleWithSAML"}]}`, "trusts arn:aws:iam::111122223333:saml-provider/idp: sts:AssumeRoleWithSAML"},
		{`{"Statement":[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com"]},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"1","sts:ExternalId":"2"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`,
			"trusts ec2.amazonaws.com if aws:SourceAccount, sts:ExternalId, aws:MultiFactorAuthPresent"},
		{`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{}}]}`, "s3:* on *"},
		{`{"Statement":[{"Effect":"Allow","Action":"a:B","Resource":"c"},{"Effect":"Deny","Action":"d:E","Resource":"f"}]}`, "a:B on c; DENY: d:E on f"},
		{`{"Statement":[{"Action":"s3:*","Resource":"*"},"x",null]}`, "(no effect): s3:* on *; (no effect): (no action); (no effect): (no action)"},
		{`%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D`, "ADMIN: * on *"},
		{`{"Statement":[{"Effect":"Allow","Action":"*","Reso`, "cannot be read"},
		{`{"Version":"2012-10-17"}`, "cannot be read"},
		{`[]`, "cannot be read"},
		{`%zz`, "cannot be read"},
		{`HIDDEN_DUE_TO_SECURITY_REASONS`, "hidden by CloudTrail"},
	}
	var all []leaves
	for i, test := range tests {
		all = append(all, leaves{"requestID": fmt.Sprintf("%03d", i), "eventName": test.policy})
	}
	list := Report{SQL: "SELECT requestID, policy_words(eventName) FROM events WHERE /* filters */ true ORDER BY requestID"}
	rows := rowsOf(t, storeOf(t, all), list, Filter{})
	if len(rows) != len(tests) {
		t.Fatalf("%d rows of %d", len(rows), len(tests))
	}
	for i, row := range rows {
		if row[1] != tests[i].want {
			t.Errorf("%s:\n%q, want\n%q", tests[i].policy, row[1], tests[i].want)
		}
	}
}
