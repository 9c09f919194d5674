package metricfilter

import (
	"strings"
	"testing"

	"trailbox/query/record/recordtest"
)

// published are patterns that people have: AWS's template for CloudTrail, the CIS
// benchmark, and what is in between.
const published = `
{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) || ($.eventName = RevokeSecurityGroupIngress) || ($.eventName = RevokeSecurityGroupEgress) || ($.eventName = CreateSecurityGroup) || ($.eventName = DeleteSecurityGroup) }
{ ($.eventName = RunInstances) && (($.requestParameters.instanceType = *.8xlarge) || ($.requestParameters.instanceType = *.4xlarge)) }
{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) }
{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }
{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }
{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") || ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }
{ ($.errorCode =*UnauthorizedOperation) || ($.errorCode =AccessDenied*) && ($.sourceIPAddress!=delivery.logs.amazonaws.com) && ($.eventName!=HeadBucket) }
{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }
{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }
{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }
{ ($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucketAcl) || ($.eventName = PutBucketPolicy) || ($.eventName = DeleteBucketPolicy)) }
{ ($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }
{ $.readOnly IS FALSE && $.errorCode NOT EXISTS }
{ $.readOnly = true }
{ $.requestParameters IS NULL && $.responseElements IS NULL }
{ $.responseElements NOT EXISTS || $.requestParameters NOT EXISTS }
{ $.resources[*].ARN = "arn:aws:iam::*" }
{ $.resources[0].type != "AWS::S3::Bucket" && $.resources[*].accountId != "x" }
{ $.userIdentity.sessionContext.attributes.mfaAuthenticated = false }
{ $.userIdentity.sessionContext.sessionIssuer.userName = %[a-z]-[0-9a-f]{4}% }
{ $.sourceIPAddress = 3.* && $.userAgent != "*amazonaws.com" }
{ $.requestParameters.* = "*bucket*" }
{ $.requestParameters.maxResults > 10 || $.requestParameters.maxResults = 100 }
{ $.* IS NULL }
{ $.userIdentity.*.attributes IS NULL || $.userIdentity.* = 1* }
{ $.eventTime = "2023-07-1*" && $.eventID = "a*" }
{ $.requestParameters.instancesSet.items[0].minCount >= 1 }
{ $.additionalEventData.bytesTransferredOut > 0 }
`

// With TRAILBOX_CORPUS, the folder of an archive: SQL and the plain way find the same in
// each of its records.
func TestCorpus(t *testing.T) {
	records := recordtest.Corpus(t)
	var patterns []*Pattern
	for line := range strings.Lines(published) {
		if line = strings.TrimSpace(line); line != "" {
			patterns = append(patterns, parsed(t, line))
		}
	}
	for i, found := range check(t, records, patterns...) {
		n := 0
		for _, yes := range found {
			if yes {
				n++
			}
		}
		t.Logf("%d of %d: %s", n, len(records), patterns[i])
	}
}
