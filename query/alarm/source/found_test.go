package source

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What stands for a file in a folder is read, or has a line that says why not.
func TestLinks(t *testing.T) {
	elsewhere := files(t, "far.yaml", `{Resources: {Far: {Type: AWS::Events::Rule, Properties: `+rule+`}}}`)
	folder := files(t,
		"..data/mounted.yaml", `{Resources: {Mounted: {Type: AWS::Events::Rule, Properties: `+rule+`}}}`, // as Kubernetes mounts a ConfigMap
		"own.yaml", `{Resources: {Own: {Type: AWS::Events::Rule, Properties: `+rule+`}}}`,
		"shared/rule.tf", eventRule,
		"team/main.tf", "locals {\n  a = 1\n}\n",
	)
	for name, to := range map[string]string{
		"mounted.yaml": "..data/mounted.yaml",
		"twice.yaml":   "own.yaml",
		"team/rule.tf": "../shared/rule.tf",
		"again":        "team",
		"far.yaml":     filepath.Join(elsewhere, "far.yaml"),
		"folder":       elsewhere,
		"hidden":       "..data",
		"gone.yaml":    "nowhere.yaml",
		"notes.txt":    filepath.Join(elsewhere, "far.yaml"), // which is no source by its name
		"..now":        "..data",
	} {
		if err := os.Symlink(to, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	checkContent(t, folder, Options{}, `
EventBridge Own
EventBridge Mounted
EventBridge deleted
EventBridge deleted in team/rule.tf:1:1
pipe.json: neither a file nor a folder
far.yaml: a link out of the folder, which alone is read: name what it leads to by itself
aside: folder: a link to a folder, which is not followed: name that by itself
gone.yaml: a link to what is not there
aside: hidden: a link to a folder, which is not followed: name that by itself
`)
}

// eventRule is a file of Terraform with a rule.
const eventRule = `resource "aws_cloudwatch_event_rule" "deleted" {
  name          = "deleted"
  event_pattern = jsonencode({ detail = { eventName = ["DeleteBucket"] } })
}
`

// OpenTofu has a name of its own for its files.
func TestTofu(t *testing.T) {
	checkContent(t, files(t, "main.tofu", eventRule), Options{}, "EventBridge deleted\n")
}

// Each document of a file of YAML is read, whatever the others are.
func TestDocuments(t *testing.T) {
	checkContent(t, files(t, "many.yaml", `
{Resources: {First: {Type: AWS::Events::Rule, Properties: `+rule+`}}}
---
---
kind: ConfigMap
---
kind: Service
---
{Resources: {Second: {Type: AWS::Events::Rule, Properties: `+rule+`}}}
`,
		"sigma.yaml", `
kind: Rules
---
title: Trail deleted
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: DeleteTrail}, condition: selection}
`), Options{}, `
EventBridge First
EventBridge Second
Sigma Trail deleted
aside: many.yaml:5: neither a template, nor an export, nor a rule that is known here
sigma.yaml:2: the document has no title: it is no Sigma rule
`)
}

// "<<" takes the keys of other mappings that a mapping does not have itself.
func TestMerge(t *testing.T) {
	checkContent(t, files(t, "t.yaml", `
Resources:
  First: &first
    Type: AWS::Logs::MetricFilter
    Properties: &properties
      FilterPattern: '{ $.eventName = "DeleteTrail" }'
      MetricTransformations: &made [{MetricName: m, MetricNamespace: N, MetricValue: '1'}]
  Second:
    <<: *first
  Third:
    Type: AWS::Logs::MetricFilter
    Properties:
      <<: [{FilterPattern: '{ $.eventName = "StopLogging" }'}, *properties]
  Fourth:
    <<: *first
    Properties: {FilterPattern: '{ $.eventName = "UpdateTrail" }', MetricTransformations: *made}
`,
		"wrong.yaml", "Resources:\n  First: {Type: AWS::Events::Rule, <<: [text]}\n",
		"ring.yaml", "Resources:\n  First: &first {Type: AWS::Events::Rule, <<: *first}\n",
	), Options{}, `
filter First: { $.eventName = "DeleteTrail" }
filter Second: { $.eventName = "DeleteTrail" }
filter Third: { $.eventName = "StopLogging" }
filter Fourth: { $.eventName = "UpdateTrail" }
ring.yaml:2:47: << takes mappings that stand before it
wrong.yaml:2:40: << takes mappings that stand before it
`)
}

// What of a list or a plan is not there, or is not known, has a line.
func TestIncomplete(t *testing.T) {
	checkContent(t, files(t,
		"alarms.json", `[{"Name": "a", "EventPattern": "{\"source\": [\"aws.s3\"]}"}, {"AlarmName": "b", "Threshold": 1}]`,
		"config.json", `{"configurationItems": [{"resourceType": "AWS::S3::Bucket"}, {"resourceType": "AWS::CloudWatch::Alarm"}]}`,
		"page.json", `{"Rules": [{"Name": "c", "EventPattern": "{\"source\": [\"aws.s3\"]}"}], "NextToken": "abc"}`,
		"whole.json", `{"Rules": [{"Name": "d", "EventPattern": "{\"source\": [\"aws.s3\"]}"}], "NextToken": null}`,
		"filter.yaml", "Resources: {F: {Type: AWS::Logs::MetricFilter, Properties: {FilterPattern: !Ref AWS::NoValue,\n"+
			" MetricTransformations: [{MetricName: m, MetricNamespace: N, MetricValue: '1'}]}}}\n",
		"plan/plan.json", `{"terraform_version": "1.11.4", "planned_values": {"root_module": {"resources": [
{"type": "aws_cloudwatch_log_metric_filter", "address": "aws_cloudwatch_log_metric_filter.all", "values": {"name": "all", "pattern": "", "metric_transformation": [{"name": "m", "namespace": "n", "value": "1"}]}},
{"type": "aws_cloudwatch_log_metric_filter", "address": "aws_cloudwatch_log_metric_filter.later", "values": {"name": "later", "metric_transformation": [{"name": "l", "namespace": "n", "value": "1"}]}},
{"type": "aws_cloudwatch_event_rule", "address": "aws_cloudwatch_event_rule.later", "values": {}}]}},
"resource_changes": [{"address": "aws_cloudwatch_log_metric_filter.later", "change": {"after_unknown": {"id": true, "pattern": true}}},
{"address": "aws_cloudwatch_event_rule.later", "change": {"after_unknown": {"arn": true, "id": true, "name": true, "event_pattern": true}}}]}`,
	), Options{}, `
filter all: 
EventBridge a
EventBridge c
EventBridge d
filter.yaml:1:13: F: FilterPattern: it is missing
plan/plan.json:3:1: aws_cloudwatch_log_metric_filter.later: FilterPattern: it is not known before the plan is applied: what terraform show -json prints of the state then has it
plan/plan.json:4:1: aws_cloudwatch_event_rule.later: EventPattern: it is not known before the plan is applied: what terraform show -json prints of the state then has it
alarms.json:1:63: neither a metric filter, nor an alarm, nor a rule as AWS prints them whole
config.json:1:62: it has no configuration
page.json:1:87: it has NextToken: there are more, which the AWS CLI prints without --max-items and --no-paginate
`)
}

// What makes rules and is not read has a line.
func TestUnread(t *testing.T) {
	checkContent(t, files(t,
		"main.tf", eventRule+`
resource "awscc_events_rule" "r" {
  event_pattern = jsonencode({ detail = { eventName = ["DeleteTrail"] } })
}
resource "aws_cloudwatch_log_subscription_filter" "f" {
  name           = "f"
  filter_pattern = "{ $.eventName = \"DeleteTrail\" }"
}
variable "metrics" {}
resource "aws_cloudwatch_log_metric_filter" "d" {
  name    = "d"
  pattern = "{ $.eventName = \"DeleteTrail\" }"
  dynamic "metric_transformation" {
    for_each = var.metrics
    content {
      name      = "d"
      namespace = "n"
      value     = "1"
    }
  }
}
resource "aws_cloudformation_stack" "s" {
  name          = "s"
  template_body = file("t.yaml")
}
`,
		"t.yaml", `
Resources:
  Sent: {Type: AWS::Logs::SubscriptionFilter, Properties: {FilterPattern: '{ $.eventName = "DeleteTrail" }'}}
  If:
    Type: AWS::Serverless::Function
    Properties: {Events: !If [On, {A: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.s3]}}}}, !Ref AWS::NoValue]}
  One:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        A: !If [On, {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.s3]}}}, !Ref AWS::NoValue]
        B: {Type: CloudWatchLogs, Properties: {FilterPattern: '{ $.eventName = "DeleteTrail" }'}}
        C: {Type: CloudWatchEvent, Properties: {Enabled: false, Pattern: {source: [aws.s3]}}}
`), Options{}, `
EventBridge OneC
EventBridge deleted
aside: t.yaml:3:3: Sent: a subscription filter, which hands events on: its pattern by itself is an alarm
t.yaml:6:26: If: an event of a function has a Type, and functions of CloudFormation in its place are not read
t.yaml:11:12: OneA: an event of a function has a Type, and functions of CloudFormation in its place are not read
aside: t.yaml:12:12: OneB: a subscription filter, which hands events on: its pattern by itself is an alarm
main.tf:6:1: awscc_events_rule.r: resources of the provider awscc are not read, those of the provider aws are
aside: main.tf:9:1: aws_cloudwatch_log_subscription_filter.f: a subscription filter, which hands events on: its pattern by itself is an alarm
main.tf:18:5: aws_cloudwatch_log_metric_filter.d: MetricTransformations: for_each: var.metrics has no value
aside: main.tf:26:1: aws_cloudformation_stack.s: the template of a stack of CloudFormation is not read here: name it by itself
`)
}
