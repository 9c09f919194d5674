package eventpattern

import "strings"

// envelope are the members that CloudTrail's events have on a bus and that can be tested.
// There is version and resources, too: the one is always "0", the other always empty.
var envelope = [...]string{"version", "id", "detail-type", "source", "account", "time", "region"}

// detailTypes are the detail-types by the eventType of the record. That of sign-ins is
// written in two ways, in the events and in the guide: both are taken.
var detailTypes = [...]struct{ eventType, detailType string }{
	{"AwsApiCall", "AWS API Call via CloudTrail"},
	{"AwsConsoleSignIn", "AWS Console Sign In via CloudTrail"},
	{"AwsConsoleSignIn", "AWS Console Signin via CloudTrail"},
	{"AwsConsoleAction", "AWS Console Action via CloudTrail"},
	{"AwsServiceEvent", "AWS Service Event via CloudTrail"},
	{"AwsCloudTrailInsight", "AWS Insight via CloudTrail"},
	{"AwsVpceEvent", "AWS Network Activity Event via CloudTrail"},
}

// eventTypes are the eventTypes of detail-types.
func eventTypes(texts []string) (types []string) {
	for _, text := range texts {
		for _, d := range detailTypes {
			if d.detailType == text {
				types = append(types, d.eventType)
			}
		}
	}
	return types
}

// detailTypeSQL is the detail-type of an event; sign-ins have the one that is said.
func detailTypeSQL(ofSignIn string) string {
	var b strings.Builder
	b.WriteString("CASE eventType")
	for _, d := range detailTypes {
		if d.eventType != "AwsConsoleSignIn" || d.detailType == ofSignIn {
			b.WriteString(" WHEN '" + d.eventType + "' THEN '" + d.detailType + "'")
		}
	}
	b.WriteString(" END")
	return b.String()
}

// sourceSQL is the source of an event: aws. and the name that the service's host begins
// with. Events of Insights have no eventSource, and come from CloudTrail.
const sourceSQL = `coalesce('aws.' || system.main.regexp_replace(eventSource, '\.amazonaws\.com(\.cn)?$', ''),` +
	` CASE WHEN eventType = 'AwsCloudTrailInsight' THEN 'aws.cloudtrail' END)`

// eventSources are the eventSources of sources.
func eventSources(texts []string) (sources []string) {
	for _, text := range texts {
		service, ok := strings.CutPrefix(text, "aws.")
		if !ok {
			continue
		}
		sources = append(sources, service+".amazonaws.com", service+".amazonaws.com.cn")
		if !strings.HasSuffix(service, ".amazonaws.com") && !strings.HasSuffix(service, ".amazonaws.com.cn") {
			sources = append(sources, service)
		}
	}
	return sources
}

// timeSQL is the time of an event.
const timeSQL = `strftime(eventTime, '%Y-%m-%dT%H:%M:%SZ')`
