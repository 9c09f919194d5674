package query

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"trailbox/schema"
)

// The report of who was let in from outside: each somebody whom a call names and who is not
// of the account, and when a later call took that back.
func TestExternalAccess(t *testing.T) {
	at := func(service, name, asked string, others ...string) leaves {
		return leaves{
			"eventName": name, "eventSource": service + ".amazonaws.com", "recipientAccountId": "111122223333", "awsRegion": "us-east-1",
			"readOnly": "false", "userIdentity.type": "IAMUser", "userIdentity.userName": "admin", "requestParameters": asked,
		}.with(others...)
	}
	policy := func(statements string) string { return `{"Version":"2012-10-17","Statement":` + statements + `}` }
	allow := func(principal, action string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":` + action + `}`
	}
	text := func(policy string) string { return strconv.Quote(policy) }
	const root, own = `{"AWS":"arn:aws:iam::444455556666:root"}`, `{"AWS":"arn:aws:iam::111122223333:root"}`
	bucket := func(name, principal string) leaves {
		return at("s3", "PutBucketPolicy", `{"bucketName":"`+name+`","bucketPolicy":`+policy(allow(principal, `"s3:*"`))+`,"policy":""}`)
	}
	image := func(change, who string) leaves {
		return at("ec2", "ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"`+change+`":{"items":[`+who+`]}}}`)
	}
	const stranger, everybody = `{"userId":"444455556666"}`, `{"group":"all"}`
	block := func(name, blocks string) leaves {
		return at("s3", name, `{"bucketName":"b","PublicAccessBlockConfiguration":{`+blocks+`}}`)
	}
	ingress := func(name, asked string, others ...string) leaves {
		return at("ec2", name, `{"groupId":"sg-1",`+asked+`}`, others...)
	}
	const ssh, web = `"ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIp":"0.0.0.0/0"`, `"ipProtocol":"tcp","fromPort":443,"toPort":443,"cidrIp":"0.0.0.0/0"`
	nested := func(port int) string {
		return fmt.Sprintf(`{"ipProtocol":"tcp","fromPort":%d,"toPort":%d,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}`, port, port)
	}
	const rule = `"securityGroupRuleId":"sgr-0123456789abcdef0"`

	for _, test := range []struct {
		name   string
		filter Filter
		events []leaves
		want   string // eventName, grantee, actions, condition, and which event took it back
	}{
		{
			"who is outside", Filter{}, []leaves{
				at("s3", "PutBucketPolicy", `{"bucketName":"b","bucketPolicy":`+policy(`[`+
					allow(`{"AWS":["arn:aws:iam::444455556666:root","111122223333","arn:aws:iam::111122223333:role/r","777788889999"],"Service":"s3.amazonaws.com"}`, `["s3:GetObject","s3:ListBucket"]`)+
					`,{"Effect":"Deny","Principal":"*","Action":"s3:*"},{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"NotAction":"s3:Get*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]`)+`}`),
				at("iam", "CreateRole", `{"roleName":"r","assumeRolePolicyDocument":`+text(policy(`[`+
					allow(`{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.example.com"}`, `"sts:AssumeRoleWithWebIdentity"`)+`,`+
					allow(`{"AWS":"arn:aws-cn:sts::444455556666:assumed-role/a/b"}`, `"sts:AssumeRole"`)+`]`))+`}`),
				at("s3", "PutBucketPolicy", `{"bucketName":"c","bucketPolicy":`+policy(allow(`{"CanonicalUser":"79a59df900b949e5"}`, `"s3:*"`))+`}`),
			}, `
PutBucketPolicy,444455556666,s3:GetObject s3:ListBucket,,
PutBucketPolicy,777788889999,s3:GetObject s3:ListBucket,,
PutBucketPolicy,"all but {""AWS"":""111122223333""}",all but s3:Get*,"{""Bool"":{""aws:SecureTransport"":""true""}}",
CreateRole,arn:aws-cn:sts::444455556666:assumed-role/a/b,sts:AssumeRole,,
CreateRole,arn:aws:iam::111122223333:oidc-provider/token.example.com,sts:AssumeRoleWithWebIdentity,,
PutBucketPolicy,79a59df900b949e5,s3:*,,
`,
		},
		{
			"each service", Filter{}, []leaves{
				at("kms", "CreateKey", `{"policy":`+text(policy(allow(root, `"kms:*"`)))+`}`),
				at("kms", "CreateGrant", `{"keyId":"k","granteePrincipal":"arn:aws:iam::444455556666:role/r","operations":["Decrypt","Encrypt"]}`),
				at("kms", "CreateGrant", `{"keyId":"k","granteePrincipal":"arn:aws:iam::111122223333:role/r","operations":["Decrypt"]}`),
				at("kms", "CreateGrant", `{"keyId":"k","granteePrincipal":"rds.us-east-1.amazonaws.com","operations":["Decrypt"]}`),
				at("sqs", "SetQueueAttributes", `{"queueUrl":"https://sqs.us-east-1.amazonaws.com/111122223333/q","attributes":{"Policy":`+text(policy(allow(root, `"sqs:*"`)))+`}}`),
				at("sqs", "AddPermission", `{"queueUrl":"https://sqs.us-east-1.amazonaws.com/111122223333/q","label":"l","aWSAccountIds":["444455556666"],"actions":["SendMessage"]}`),
				at("sns", "AddPermission", `{"topicArn":"arn:aws:sns:us-east-1:111122223333:t","label":"l","aWSAccountId":["444455556666"],"actionName":["Publish"]}`),
				at("sns", "SetTopicAttributes", `{"topicArn":"arn:aws:sns:us-east-1:111122223333:t","attributeName":"Policy","attributeValue":`+text(policy(allow(root, `"sns:Publish"`)))+`}`),
				at("lambda", "AddPermission20150331v2", `{"functionName":"f","statementId":"s","action":"lambda:InvokeFunction","principal":"444455556666"}`),
				at("lambda", "AddPermission20150331v2", `{"functionName":"f","statementId":"s","action":"lambda:InvokeFunction","principal":"s3.amazonaws.com","sourceAccount":"111122223333"}`),
				at("lambda", "AddLayerVersionPermission20181031", `{"layerName":"l","statementId":"s","action":"lambda:GetLayerVersion","principal":"*","organizationId":"o-example"}`),
				at("ecr", "SetRepositoryPolicy", `{"repositoryName":"r","policyText":`+text(policy(allow(root, `"ecr:BatchGetImage"`)))+`}`),
				at("secretsmanager", "PutResourcePolicy", `{"secretId":"s","resourcePolicy":`+text(policy(allow(root, `"secretsmanager:GetSecretValue"`)))+`}`),
				at("ec2", "ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"userId":"444455556666"},{"group":"all"}]}}}`),
				at("rds", "ModifyDBClusterSnapshotAttribute", `{"dBClusterSnapshotIdentifier":"s","valuesToAdd":["all"]}`),
				at("ram", "CreateResourceShare", `{"name":"n","resourceArns":["arn:aws:ec2:us-east-1:111122223333:subnet/s"],"principals":["444455556666","arn:aws:organizations::111122223333:organization/o-example"]}`),
				at("rolesanywhere", "CreateTrustAnchor", `{"name":"a","enabled":true,"source":{"sourceType":"CERTIFICATE_BUNDLE","sourceData":{"x509CertificateData":"..."}}}`),
				at("events", "PutPermission", `{"eventBusName":"default","action":"events:PutEvents","principal":"444455556666","statementId":"s"}`),
			}, `
CreateKey,444455556666,kms:*,,
CreateGrant,arn:aws:iam::444455556666:role/r,Decrypt Encrypt,,
SetQueueAttributes,444455556666,sqs:*,,
AddPermission,444455556666,SendMessage,,
AddPermission,444455556666,Publish,,
SetTopicAttributes,444455556666,sns:Publish,,
AddPermission20150331v2,444455556666,lambda:InvokeFunction,,
AddLayerVersionPermission20181031,everybody,lambda:GetLayerVersion,o-example,
SetRepositoryPolicy,444455556666,ecr:BatchGetImage,,
PutResourcePolicy,444455556666,secretsmanager:GetSecretValue,,
ModifyImageAttribute,444455556666,share,,
ModifyImageAttribute,everybody,share,,
ModifyDBClusterSnapshotAttribute,everybody,share,,
CreateResourceShare,444455556666,arn:aws:ec2:us-east-1:111122223333:subnet/s,,
CreateResourceShare,arn:aws:organizations::111122223333:organization/o-example,arn:aws:ec2:us-east-1:111122223333:subnet/s,,
CreateTrustAnchor,certificates of a,rolesanywhere:CreateSession,,
PutPermission,444455556666,events:PutEvents,,
`,
		},
		{
			"what took it back", Filter{}, []leaves{
				bucket("b", root), bucket("other", root), bucket("b", `"*"`), bucket("b", own), // 0 to 3
				at("s3", "DeleteBucketPolicy", `{"bucketName":"other","policy":""}`, "errorCode", "AccessDenied"),
				at("s3", "DeleteBucketPolicy", `{"bucketName":"other","policy":""}`, "awsRegion", "eu-west-1"),
				at("s3", "DeleteBucketPolicy", `{"bucketName":"other","policy":""}`, "recipientAccountId", "444455556666"), // 6
				at("iam", "UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":`+text(policy(allow(root, `"sts:AssumeRole"`)))+`}`),
				at("iam", "UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":`+text(policy(allow(root, `"sts:*"`)))+`}`),
				at("iam", "UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\": no"}`), // whatever that is
				at("iam", "DeleteRole", `{"roleName":"r"}`),                                                   // 10
				image("add", stranger+","+everybody), image("remove", everybody), image("add", stranger), // 11 to 13
				at("ec2", "DeregisterImage", `{"imageId":"ami-1"}`),
				at("lambda", "AddPermission20150331v2", `{"functionName":"f","statementId":"s","action":"lambda:InvokeFunction","principal":"*"}`),
				at("lambda", "RemovePermission20150331v2", `{"functionName":"f","statementId":"another"}`), // 16
				at("lambda", "RemovePermission20150331v2", `{"functionName":"arn:aws:lambda:us-east-1:111122223333:function:f","statementId":"s"}`),
				at("sqs", "SetQueueAttributes", `{"queueUrl":"https://sqs/111122223333/q","attributes":{"Policy":`+text(policy(allow(root, `"sqs:*"`)))+`}}`), // 18
				at("sqs", "SetQueueAttributes", `{"queueUrl":"https://sqs/111122223333/q","attributes":{"DelaySeconds":"1"}}`),
				at("sqs", "SetQueueAttributes", `{"queueUrl":"https://sqs/111122223333/q","attributes":{"Policy":""}}`), // 20
				at("kms", "CreateGrant", `{"keyId":"k","granteePrincipal":"444455556666","operations":["Decrypt"]}`, "responseElements", `{"grantId":"g"}`),
				at("kms", "RevokeGrant", `{"keyId":"arn:aws:kms:us-east-1:111122223333:key/k","grantId":"g"}`), // 22
				at("rolesanywhere", "CreateTrustAnchor", `{"name":"a","source":{}}`, "responseElements", `{"trustAnchor":{"trustAnchorId":"id"}}`),
				at("rolesanywhere", "DeleteTrustAnchor", `{"trustAnchorId":"id"}`), // 24
				block("DeleteBucketPublicAccessBlock", ""), block("PutBucketPublicAccessBlock", `"BlockPublicAcls":true`), // 25, 26
				block("PutBucketPublicAccessBlock", `"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true`),
				ingress("AuthorizeSecurityGroupIngress", ssh), ingress("RevokeSecurityGroupIngress", web), ingress("RevokeSecurityGroupIngress", ssh), // 28 to 30
				ingress("AuthorizeSecurityGroupIngress", web, "responseElements", `{"securityGroupRuleSet":{"items":[{`+rule+`}]}}`),
				ingress("RevokeSecurityGroupIngress", `"securityGroupRuleIds":{"items":[{`+rule+`}]}`), // 32
				at("ram", "CreateResourceShare", `{"name":"n","principals":["444455556666","777788889999"]}`, "responseElements", `{"resourceShare":{"resourceShareArn":"arn:aws:ram:us-east-1:111122223333:resource-share/s"}}`),
				at("ram", "DisassociateResourceShare", `{"resourceShareArn":"arn:aws:ram:us-east-1:111122223333:resource-share/s","principals":["777788889999"]}`), // 34
				at("iam", "UpdateAssumeRolePolicy", `{"roleName":"s","policyDocument":`+text(policy(allow(root, `"sts:AssumeRole"`)))+`}`, "errorCode", "AccessDenied"),
				at("iam", "DeleteRole", `{"roleName":"s"}`), // 36: what failed let nobody in
				at("ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"sg-2","ipPermissions":{"items":[`+nested(22)+`,`+nested(80)+`]}}`),
				at("ec2", "RevokeSecurityGroupIngress", `{"groupId":"sg-2","ipPermissions":{"items":[`+nested(80)+`]}}`), // 38
				at("s3", "PutBucketAcl", `{"bucketName":"acl","AccessControlPolicy":{"Owner":{"ID":"me"},"AccessControlList":{"Grant":[`+
					`{"Grantee":{"ID":"me"},"Permission":"FULL_CONTROL"},{"Grantee":{"ID":"you"},"Permission":"READ"}]}}}`),
				at("s3", "PutBucketAcl", `{"bucketName":"acl","x-amz-grant-write":"id=\"they\", emailAddress=\"clerk@example.com\""}`), // 40
				at("s3", "PutBucketAcl", `{"bucketName":"acl","x-amz-acl":["private"]}`),
				at("secretsmanager", "PutResourcePolicy", `{"secretId":"db/main","resourcePolicy":`+text(policy(allow(root, `"secretsmanager:*"`)))+`}`), // 42
				at("secretsmanager", "DeleteResourcePolicy", `{"secretId":"arn:aws:secretsmanager:us-east-1:111122223333:secret:other/main-aB12xy"}`),
				at("secretsmanager", "DeleteResourcePolicy", `{"secretId":"arn:aws:secretsmanager:us-east-1:111122223333:secret:db/main-aB12xy"}`), // 44
				at("lambda", "AddLayerVersionPermission20181031", `{"layerName":"g","statementId":"s","action":"lambda:GetLayerVersion","principal":"*"}`),
				at("lambda", "RemovePermission20150331v2", `{"functionName":"g","statementId":"s"}`), // 46: a function, not that layer
				at("lambda", "RemoveLayerVersionPermission20181031", `{"layerName":"arn:aws:lambda:us-east-1:111122223333:layer:g","statementId":"s"}`),
			}, `
PutBucketPolicy,444455556666,s3:*,,2
PutBucketPolicy,444455556666,s3:*,,
PutBucketPolicy,everybody,s3:*,,3
UpdateAssumeRolePolicy,444455556666,sts:AssumeRole,,10
UpdateAssumeRolePolicy,444455556666,sts:*,,10
ModifyImageAttribute,444455556666,share,,14
ModifyImageAttribute,everybody,share,,12
ModifyImageAttribute,444455556666,share,,14
AddPermission20150331v2,everybody,lambda:InvokeFunction,,17
SetQueueAttributes,444455556666,sqs:*,,20
CreateGrant,444455556666,Decrypt,,22
CreateTrustAnchor,certificates of a,rolesanywhere:CreateSession,,24
DeleteBucketPublicAccessBlock,everybody,no block on public access,,27
AuthorizeSecurityGroupIngress,everybody,tcp 22 0.0.0.0/0,,30
AuthorizeSecurityGroupIngress,everybody,tcp 443 0.0.0.0/0,,32
CreateResourceShare,444455556666,share,,
CreateResourceShare,777788889999,share,,34
UpdateAssumeRolePolicy,444455556666,sts:AssumeRole,,
AuthorizeSecurityGroupIngress,everybody,tcp 22 0.0.0.0/0,,
AuthorizeSecurityGroupIngress,everybody,tcp 80 0.0.0.0/0,,38
PutBucketAcl,you,ACL: READ,,40
PutBucketAcl,clerk@example.com,ACL: write,,41
PutBucketAcl,they,ACL: write,,41
PutResourcePolicy,444455556666,secretsmanager:*,,44
AddLayerVersionPermission20181031,everybody,lambda:GetLayerVersion,,47
`,
		},
		{
			"what took it back is known, whatever the filters", Filter{EventName: Is("PutBucketPolicy"), Scope: schema.Scope{Until: utc("2026-03-02T10:01:00Z")}},
			[]leaves{bucket("b", root), bucket("b", root), at("s3", "DeleteBucket", `{"bucketName":"b"}`)}, `
PutBucketPolicy,444455556666,s3:*,,2
`,
		},
		{
			"policies that are none", Filter{}, []leaves{
				bucket("b", `{"AWS":{"a":["*"]}}`), bucket("b", `{"AWS":[["*"],{"b":"*"},7,null]}`), bucket("b", `[]`), bucket("b", `7`), bucket("b", `null`),
				at("s3", "PutBucketPolicy", `{"bucketName":["b"],"bucketPolicy":[{"Statement":"*"}]}`),
				at("s3", "PutBucketPolicy", `{"bucketName":"b","bucketPolicy":{"Statement":"*"}}`),
				at("s3", "PutBucketPolicy", `{"bucketName":"b","bucketPolicy":{"Statement":[[],"x",{"Effect":["Allow"],"Principal":"*"},null]}}`),
				at("iam", "CreateRole", `{"roleName":"\ud800","assumeRolePolicyDocument":"{}"}`),
				at("iam", "CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"[`+strings.Repeat("[", 5000)+`"}`),
				at("iam", "CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"\"*\""}`), at("iam", "CreateRole", `"*"`), at("iam", "CreateRole", `[]`),
				at("ec2", "ModifyImageAttribute", `{"launchPermission":{"add":{"items":{"userId":"444455556666"}}}}`),
				at("lambda", "AddPermission20150331v2", `{"principal":{"a":"*"}}`),
				at("kms", "PutKeyPolicy", `{"keyId":"k","policy":`+text(policy(`[{"Effect":"Allow","Principal":"*"}]`))+`}`), // without an action
			}, `
PutBucketPolicy,7,s3:*,,2
PutBucketPolicy,"[""*""]",s3:*,,2
PutBucketPolicy,"{""b"":""*""}",s3:*,,2
AddPermission20150331v2,"{""a"":""*""}",share,,
PutKeyPolicy,everybody,,,
`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i, l := range test.events {
				l["position"] = strconv.Itoa(i)
				l["eventTime"] = fmt.Sprintf("2026-03-02T10:%02d:00Z", i)
			}
			answer := answer(t, storeOf(t, test.events), reportNamed(t, "external-access"), test.filter)
			rows, err := csv.NewReader(strings.NewReader(answer)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			brief := csv.NewWriter(&got)
			for _, row := range rows[1:] {
				takenBack := ""
				if row[7] != "" {
					takenBack = strconv.Itoa(utc(row[7]).Minute())
				}
				if err := brief.Write([]string{row[1], row[4], row[5], row[6], takenBack}); err != nil {
					t.Fatal(err)
				}
			}
			brief.Flush()
			if want := strings.TrimPrefix(test.want, "\n"); got.String() != want {
				t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
			}
		})
	}
}
