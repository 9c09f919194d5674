package sigma_test

import (
	"testing"

	"trailbox/query/record/recordtest"
	"trailbox/query/sigma"
)

// detections have the idioms of published rules, and what else can be asked.
var detections = []string{
	"a: {eventSource: ec2.amazonaws.com, eventName: [RunInstances, StopInstances]}\ncondition: a",
	"a: {eventSource: s3.amazonaws.com}\nb:\n  errorCode|exists: true\nc:\n  errorMessage|exists: true\ncondition: a and not (b or c)",
	"a: {eventSource: s3.amazonaws.com}\nb:\n  errorCode|exists: true\nc:\n  errorMessage|exists: true\ncondition: a and (b or c)",
	"a: {eventName: DeleteBucket}\nb_1: {errorCode: Success}\nb_2: {errorCode: null}\ncondition: a and 1 of b_*",
	"a:\n  errorMessage|contains: '*'\nb:\n  errorCode|contains: '*'\ncondition: 1 of them",
	"a: {eventName: ConsoleLogin, additionalEventData.MFAUsed: 'NO', responseElements.ConsoleLogin: Success}\ncondition: a",
	"a:\n  userIdentity.type: Root\nb:\n  eventType: AwsServiceEvent\ncondition: a and not b",
	"a:\n  userIdentity.arn|re: '.+:assumed-role/aws:.+'\nb:\n  - eventSource: ssm.amazonaws.com\n  - sourceIPAddress: AWS Internal\ncondition: a and not b",
	"a:\n  userIdentity.sessionContext.sessionIssuer.type: role\ncondition: a",
	"a:\n  requestParameters|contains: '\"Effect\":\"Allow\"'\ncondition: a",
	"a:\n  requestParameters|contains|all: ['s3', 'Bucket']\ncondition: a",
	"a:\n  requestParameters.policyDocument|contains: '*'\ncondition: a",
	"a:\n  requestParameters.filterSet.items.valueSet.items.value|startswith: ['vpc-', 'i-']\ncondition: a",
	"a:\n  requestParameters.ipPermissions.items.fromPort: ['22', '3389']\ncondition: a",
	"a:\n  requestParameters.ipPermissions.items.fromPort|lte: 1024\ncondition: a",
	"a:\n  requestParameters.maxResults: 100\ncondition: a",
	"a:\n  requestParameters.dryRun: 'true'\ncondition: a",
	"a:\n  responseElements: null\ncondition: a",
	"a:\n  responseElements.credentials.accessKeyId|startswith: asia\ncondition: a",
	"a:\n  responseElements|contains: '\"_return\":true'\ncondition: a",
	"a:\n  resources.type|endswith: '::bucket'\ncondition: a",
	"a:\n  resources.ARN|re|i: '^arn:aws:S3:::'\ncondition: a",
	"a:\n  readOnly: false\ncondition: a",
	"a:\n  sourceIPAddress|cidr: ['3.0.0.0/8', '192.168.0.0/16', '2600::/12']\ncondition: a",
	"a:\n  sourceIPAddress|endswith: .amazonaws.com\ncondition: a",
	"a:\n  userAgent: ['*aws-cli*', '?Boto3/*', 'S3 Browser*']\ncondition: a",
	"a:\n  userAgent|cased|contains: aws\ncondition: a",
	"a:\n  userIdentity.arn|fieldref: userIdentity.sessionContext.sessionIssuer.arn\ncondition: a",
	"a:\n  userIdentity.accountId|fieldref: recipientAccountId\ncondition: not a",
	"a:\n  userIdentity.userName|fieldref: requestParameters.userName\ncondition: a",
	"a:\n  eventTime|hour: [0, 1, 2, 3]\ncondition: a",
	"a:\n  eventTime|contains: 'T12:'\ncondition: a",
	"a:\n  eventID|startswith: 'a'\ncondition: a",
	"a:\n  eventName|neq: [GetObject, PutObject]\n  eventSource: s3.amazonaws.com\ncondition: a",
	"a:\n  tlsDetails.tlsVersion: tlsv1.?\ncondition: not a",
	"a:\n  userIdentity|exists: false\nb:\n  userIdentity.sessionContext|exists: true\ncondition: 1 of them",
	"a:\n  status: success\ncondition: a",
}

// With TRAILBOX_CORPUS, the folder of an archive: SQL and the plain way find the same in
// each of its records.
func TestCorpus(t *testing.T) {
	records := recordtest.Corpus(t)
	store := recordtest.Load(t, records...)
	for _, detection := range detections {
		r := read(t, rule(detection))
		t.Logf("%d of %d: %s", agree(t, store, records, []*sigma.Rule{r}), len(records), detection)
	}
}
