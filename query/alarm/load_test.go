package alarm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// files writes files to a new folder, each given by its name and its text.
func files(t *testing.T, texts ...string) string {
	t.Helper()
	folder := t.TempDir()
	for i := 0; i+1 < len(texts); i += 2 {
		name := filepath.Join(folder, texts[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(texts[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// content writes what a set holds, a line each, without the folder of its files.
func content(set *Set, folder string) string {
	var b strings.Builder
	for _, a := range set.Alarms {
		fmt.Fprintf(&b, "alarm %s: %s\n", a.Name, a.Condition())
		for _, f := range a.Filters {
			fmt.Fprintf(&b, "  %s\n", f.pattern)
		}
	}
	for _, f := range set.Unused {
		fmt.Fprintf(&b, "filter %s: %s\n", f.Name, f.pattern)
	}
	for _, r := range set.Rules {
		fmt.Fprintf(&b, "%s %s\n", r.Kind, r.Name)
	}
	for _, p := range set.Problems {
		aside := ""
		if p.Aside {
			aside = "aside: "
		}
		fmt.Fprintf(&b, "%s%s\n", aside, p.Error())
	}
	return strings.ReplaceAll(b.String(), folder+string(filepath.Separator), "")
}

func checkContent(t *testing.T, folder string, o LoadOptions, want string) *Set {
	t.Helper()
	set, err := Load([]string{folder}, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := content(set, folder); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	return set
}

func TestBuiltins(t *testing.T) {
	set := loaded(t, LoadOptions{}, Builtins()...)
	if len(set.Alarms) != 26 || len(set.Unused) != 0 {
		t.Errorf("%d alarms, %d filters without", len(set.Alarms), len(set.Unused))
	}
	for _, a := range set.Alarms {
		for _, f := range a.Filters {
			if len(f.pattern.Warnings) > 0 {
				t.Errorf("%s: %v", a.Name, f.pattern.Warnings)
			}
		}
	}
	for version, last := range map[string]string{
		"1.2": "CIS 1.2 3.14 changes of VPCs", "1.4": "CIS 1.4 4.15 changes of AWS Organizations", "3.0": "CIS 3.0 4.15 changes of AWS Organizations",
		"5.0": "CIS 5.0 4.15 changes of AWS Organizations", "6.0": "CIS 6.0 5.15 changes of AWS Organizations",
	} {
		set := loaded(t, LoadOptions{Parameters: map[string]string{"Benchmark": version}}, "cis")
		if got := set.Alarms[len(set.Alarms)-1].Name; got != last {
			t.Errorf("%s ends in %s, want %s", version, got, last)
		}
		i := slices.IndexFunc(set.Alarms, func(a *Alarm) bool { return strings.Contains(a.Name, ".10 ") })
		modifies := strings.Contains(set.Alarms[i].Filters[0].Pattern, "ModifySecurityGroupRules")
		if want := version >= "5.0"; modifies != want {
			t.Errorf("%s: ModifySecurityGroupRules %t", version, modifies)
		}
	}
}

// JSON as the AWS template is written: numbers as strings, tabs, a list of one without
// brackets.
const jsonTemplate = `{
	"AWSTemplateFormatVersion": "2010-09-09",
	"Parameters": {"LogGroupName": {"Type": "String"}, "Least": {"Type": "Number", "Default": 3}, "Topic": {"Type": "String"}},
	"Resources": {
		"SignInsMetricFilter": {"Type": "AWS::Logs::MetricFilter", "Properties": {
			"LogGroupName": {"Ref": "LogGroupName"},
			"FilterPattern": "{ ($.eventName = ConsoleLogin) && ($.errorMessage = \"Failed authentication\") }",
			"MetricTransformations": {"MetricNamespace": "CloudTrailMetrics", "MetricName": "SignIns", "MetricValue": "1"}
		}},
		"SignInsAlarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
			"AlarmName": "SignIns", "AlarmActions": [{"Ref": "Topic"}], "MetricName": "SignIns", "Namespace": "CloudTrailMetrics",
			"ComparisonOperator": "GreaterThanOrEqualToThreshold", "EvaluationPeriods": "1", "Period": "300", "Statistic": "Sum",
			"Threshold": {"Ref": "Least"}
		}},
		"Topic": {"Type": "AWS::SNS::Topic"}
	}
}`

func TestTemplateJSON(t *testing.T) {
	folder := files(t, "t.json", jsonTemplate)
	set := checkContent(t, folder, LoadOptions{}, `
alarm SignIns: Sum >= 3 in 5m
  { $.eventName = "ConsoleLogin" && $.errorMessage = "Failed authentication" }
`)
	if a := set.Alarms[0]; !slices.Equal(a.AlarmActions, []string{"${Topic}"}) || a.Position.Line != 10 {
		t.Errorf("%v at %v", a.AlarmActions, a.Position)
	}
	checkContent(t, folder, LoadOptions{Parameters: map[string]string{"Least": "5"}}, `
alarm SignIns: Sum >= 5 in 5m
  { $.eventName = "ConsoleLogin" && $.errorMessage = "Failed authentication" }
`)
	_, err := Load([]string{folder}, LoadOptions{Parameters: map[string]string{"Most": "5"}})
	if want := `nothing that was loaded has a parameter "Most"`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestTemplateFunctions(t *testing.T) {
	checkContent(t, files(t, "t.yaml", `
Parameters:
  Env: {Type: String, Default: prod}
  Names: {Type: CommaDelimitedList, Default: "StopLogging, DeleteTrail"}
  Root: {Type: String, Default: "no"}
Mappings:
  Thresholds:
    prod: {Low: 2}
    test: {Low: 20}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  WithRoot: !And [!Condition IsProd, !Equals [!Ref Root, "yes"]]
  Either: !Or [!Condition WithRoot, !Not [!Condition WithRoot]]
Resources:
  Trails:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !ImportValue elsewhere
      FilterPattern: !Sub
        - >-
          {($.eventName = ${First})
          || ($.eventName = ${Second}) || $.x = "${!Literal}"}
        - First: !Select [0, !Ref Names]
          Second: !Select [1, !Split [",", !Join [",", !Ref Names]]]
      MetricTransformations:
        - MetricNamespace: !Sub "${AWS::StackName}/trails"
          MetricName: !Sub "${Env}-trails"
          MetricValue: "1"
          DefaultValue: 0
  TrailsAlarm:
    Type: AWS::CloudWatch::Alarm
    Condition: Either
    Properties:
      MetricName: {"Fn::Sub": "${Env}-trails"}
      Namespace: {"Fn::Join": ["/", [{"Ref": "AWS::StackName"}, trails]]}
      Threshold: !FindInMap [Thresholds, !Ref Env, Low]
      ComparisonOperator: !If [IsProd, GreaterThanThreshold, LessThanThreshold]
      EvaluationPeriods: 3
      DatapointsToAlarm: 2
      TreatMissingData: !If [IsProd, notBreaching, !Ref "AWS::NoValue"]
      Period: 60
      Statistic: Sum
  RootAlarm:
    Type: AWS::CloudWatch::Alarm
    Condition: WithRoot
    Properties: {MetricName: never, Namespace: made}
  Single:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Metrics:
        - Id: m1
          MetricStat:
            Metric: {MetricName: !Sub "${Env}-trails", Namespace: !Sub "${AWS::StackName}/trails"}
            Period: 300
            Stat: Maximum
      Threshold: 1
      ComparisonOperator: LessThanOrEqualToThreshold
      EvaluationPeriods: 1
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: trails
      EventPattern: {source: [aws.cloudtrail], detail: {eventName: !Ref Names, readOnly: [false]}}
  Alone:
    Type: AWS::Logs::MetricFilter
    Properties:
      FilterPattern: '{ $.errorCode = "*" }'
      MetricTransformations: [{MetricNamespace: n, MetricName: m, MetricValue: "1"}]
`), LoadOptions{}, `
alarm TrailsAlarm: Sum > 2 in 1m, 2 of 3 times, missing is notBreaching
  { $.eventName = "StopLogging" || $.eventName = "DeleteTrail" || $.x = "${Literal}" }
alarm Single: Maximum <= 1 in 5m
  { $.eventName = "StopLogging" || $.eventName = "DeleteTrail" || $.x = "${Literal}" }
filter Alone: { $.errorCode = "*" }
EventBridge trails
`)
}

// One bad alarm does not stop the others; each has its place and its reason.
func TestTemplateProblems(t *testing.T) {
	checkContent(t, files(t, "t.yaml", `Resources:
  Fine:
    Type: AWS::Logs::MetricFilter
    Properties: &fine
      FilterPattern: '{ $.eventName = "X" }'
      MetricTransformations: [{MetricNamespace: n, MetricName: m, MetricValue: "1"}]
  Broken:
    Type: AWS::Logs::MetricFilter
    Properties:
      FilterPattern: '{ $.eventName = }'
      MetricTransformations: [{MetricNamespace: n, MetricName: m, MetricValue: "1"}]
  NoValue:
    Type: AWS::Logs::MetricFilter
    Properties:
      FilterPattern: '{ $.eventName = "X" }'
      MetricTransformations: [{MetricNamespace: n, MetricName: m, MetricValue: many}]
  Unknown:
    Type: AWS::Logs::MetricFilter
    Properties:
      FilterPattern: !Sub '{ $.awsRegion != "${AWS::Region}" }'
      MetricTransformations: [{MetricNamespace: n, MetricName: m, MetricValue: "1"}]
  Words:
    Type: AWS::Logs::MetricFilter
    Properties:
      FilterPattern: ERROR
      MetricTransformations: [{MetricNamespace: n, MetricName: m, MetricValue: "1"}]
  Good:
    Type: AWS::CloudWatch::Alarm
    Properties: &alarm
      MetricName: m
      Namespace: n
      Threshold: 1
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      Period: 60
      Statistic: Sum
  Math:
    Type: AWS::CloudWatch::Alarm
    Properties: {Metrics: [{Id: a, Expression: "b/2"}, {Id: b}], Threshold: 1}
  Band:
    Type: AWS::CloudWatch::Alarm
    Properties: {ThresholdMetricId: ad1, Metrics: [{Id: ad1, Expression: ANOMALY_DETECTION_BAND(m1)}]}
  Both:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties: {AlarmRule: ALARM(Good)}
  Tenth:
    Type: AWS::CloudWatch::Alarm
    Properties: {MetricName: m, Namespace: n, Threshold: 1, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Period: 10, Statistic: Sum}
  Percentile:
    Type: AWS::CloudWatch::Alarm
    Properties: {MetricName: m, Namespace: n, Threshold: 1, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Period: 60, ExtendedStatistic: p99}
  Odd:
    Type: AWS::CloudWatch::Alarm
    Properties: {MetricName: m, Namespace: n, Threshold: lots, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Period: 60, Statistic: Sum}
  Cpu:
    Type: AWS::CloudWatch::Alarm
    Properties: {MetricName: CPUUtilization, Namespace: AWS/EC2, Threshold: 1, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Period: 60, Statistic: Sum}
  Orphan:
    Type: AWS::CloudWatch::Alarm
    Properties: {MetricName: m, Namespace: N, Threshold: 1, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Period: 60, Statistic: Sum}
  Split:
    Type: AWS::CloudWatch::Alarm
    Properties: {MetricName: m, Namespace: n, Dimensions: [{Name: a, Value: b}], Threshold: 1, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Period: 60, Statistic: Sum}
  Sized:
    Type: AWS::CloudWatch::Alarm
    Properties: {MetricName: m, Namespace: n, Unit: Bytes, Threshold: 1, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Period: 60, Statistic: Sum}
  Seldom:
    Type: AWS::CloudWatch::Alarm
    Condition: Missing
    Properties: {MetricName: m}
  Fn::ForEach::Many: [x, [1], {}]
`), LoadOptions{}, `
alarm Good: Sum > 1 in 1m
  { $.eventName = "X" }
t.yaml:10:22: Broken: filter pattern, at byte 16: a value was expected before the end (AWS: Invalid metric filter pattern)
t.yaml:16:30: NoValue: MetricValue: "many" is neither a number nor a selector
t.yaml:20:22: Unknown: FilterPattern: the parameter AWS::Region has no value
t.yaml:25:22: Words: a filter pattern for terms cannot be run over events; those for JSON can: { $.eventName = "..." }
t.yaml:39:27: Math: Metrics: metric math cannot be replayed
t.yaml:42:37: Band: ThresholdMetricId: anomaly detection cannot be replayed
t.yaml:43:3: Both: composite alarms are not replayed: load the alarms that it is made of
t.yaml:48:133: Tenth: Period: 10 seconds: metric filters have one value a minute
t.yaml:51:156: Percentile: ExtendedStatistic: p99 cannot be replayed: only SampleCount, Average, Sum, Minimum and Maximum
t.yaml:54:58: Odd: Threshold: "lots" is not a number
t.yaml:69:16: Seldom: there is no condition "Missing"
t.yaml:71:3: Fn::ForEach::Many: the function Fn::ForEach::Many cannot be worked out here
aside: t.yaml:55:3: Cpu: not computable from CloudTrail: AWS/EC2 CPUUtilization is a metric of AWS
t.yaml:58:3: Orphan: not computable from CloudTrail: no metric filter beside it makes N m
t.yaml:61:3: Split: never gets a value of n m: the metric filter Fine makes it with other dimensions
t.yaml:64:3: Sized: never gets a value of n m: the metric filter Fine has the unit None, not Bytes
`)
}

// Files that are broken, hostile or something else.
func TestFiles(t *testing.T) {
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	checkContent(t, files(t,
		"a.json", `{"Resources": {"A": }}`,
		"b.yaml", "a: [1\nb: 2\n",
		"c.json", `{"x": `+deep+`}`,
		"d.yaml", "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\nResources:\n  F:\n    Type: AWS::Logs::MetricFilter\n    Condition: A\n",
		"e.json", `{"name": "package", "version": "1"}`,
		"f.yaml", bomb,
		"g.txt", "not looked at",
		".git/h.json", `{`,
		"i.json", "",
	), LoadOptions{}, `
a.json:1:21: not JSON: invalid character '}' looking for beginning of value
b.yaml:1: not YAML: did not find expected ',' or ']'
c.json:1:207: not JSON: nested deeper than 200 levels
d.yaml:2:6: F: conditions nest too deep: do they refer to each other?
aside: e.json: neither a template, nor an export, nor a rule that is known here
f.yaml:2:21: F: FilterPattern: nested too deep, or too large
i.json: the file is empty
`)
	if _, err := Load([]string{"no/such/file"}, LoadOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// bomb is a document that would take all memory if aliases were written out.
const bomb = `
x: {a: &a [z, z, z, z, z, z, z, z, z, z], b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a], c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b], d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c], e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d], f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e], g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f]}
Resources:
  F:
    {Type: AWS::Logs::MetricFilter, Properties: {FilterPattern: [*g, *g, *g, *g, *g, *g]}}
`

// Exports of one folder belong together; an alarm knows whose it is.
func TestExports(t *testing.T) {
	set := checkContent(t, files(t, "filters.json", `{"metricFilters": [
  {"filterName": "roots", "filterPattern": "{ $.userIdentity.type = \"Root\" }", "logGroupName": "trail",
   "metricTransformations": [{"metricName": "Root", "metricNamespace": "CIS", "metricValue": "1", "defaultValue": 0.0}]},
  {"filterName": "bytes", "filterPattern": "{ $.eventName = GetObject }", "logGroupName": "trail",
   "metricTransformations": [{"metricName": "Bytes", "metricNamespace": "CIS", "metricValue": "$.additionalEventData.bytesTransferredOut", "dimensions": {"Bucket": "$.requestParameters.bucketName"}}]}
]}`, "alarms.json", `{"MetricAlarms": [
  {"AlarmName": "root", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:root", "ActionsEnabled": false, "OKActions": [],
   "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:alerts"], "MetricName": "Root", "Namespace": "CIS", "Statistic": "Sum",
   "Dimensions": [], "Period": 300, "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "ignore"},
  {"AlarmName": "exfiltration", "MetricName": "Bytes", "Namespace": "CIS", "Statistic": "Sum", "Dimensions": [{"Name": "Bucket", "Value": "customers"}],
   "Period": 3600, "EvaluationPeriods": 1, "Threshold": 1e9, "ComparisonOperator": "GreaterThanThreshold"}
], "CompositeAlarms": [{"AlarmName": "any", "AlarmRule": "ALARM(root)"}]}`, "other/filters.json", `{"metricFilters": [
  {"filterName": "roots", "filterPattern": "{ $.userIdentity.type = \"Root\" }", "metricTransformations": [{"metricName": "Root", "metricNamespace": "CIS", "metricValue": "1"}]}]}`,
	), LoadOptions{}, `
alarm root: Sum >= 1 in 5m, missing is ignore
  { $.userIdentity.type = "Root" }
alarm exfiltration: Sum > 1.0E9 in 1h
  { $.eventName = "GetObject" }
filter roots: { $.userIdentity.type = "Root" }
alarms.json:7:24: any: composite alarms are not replayed: load the alarms that it is made of
`)
	if a := set.Alarms[0]; a.Account != "111122223333" || a.Region != "eu-west-1" || a.Filters[0].Default == nil || len(a.Notes) != 1 {
		t.Errorf("%+v", a)
	}
}

func TestTerraform(t *testing.T) {
	folder := files(t, "main.tf", `
variable "namespace" { default = "CIS" }
variable "threshold" { type = number }
locals {
  label   = "${var.namespace}Metrics"
  filters = {
    root  = { pattern = "{ $.userIdentity.type = \"Root\" }" }
    trail = { pattern = "{ $.eventName = StopLogging }" }
  }
}
data "aws_caller_identity" "me" {}
resource "aws_cloudwatch_log_metric_filter" "each" {
  for_each       = local.filters
  name           = each.key
  pattern        = each.value.pattern
  log_group_name = aws_cloudwatch_log_group.trail.name
  metric_transformation {
    name      = "${each.key}-${data.aws_caller_identity.me.account_id}"
    namespace = local.label
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "each" {
  for_each            = local.filters
  alarm_name          = "cis-${each.key}"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  metric_name         = aws_cloudwatch_log_metric_filter.each[each.key].metric_transformation[0].name
  namespace           = local.label
  period              = "300"
  statistic           = "Sum"
  threshold           = var.threshold
  alarm_actions       = [aws_sns_topic.alerts.arn]
}
resource "aws_cloudwatch_log_metric_filter" "heredoc" {
  name    = "heredoc"
  pattern = <<PATTERN
    { ($.eventName = "ConsoleLogin") &&
      ($.additionalEventData.MFAUsed != "Yes") }
PATTERN
  metric_transformation {
    name          = "heredoc"
    namespace     = "n"
    value         = "1"
    default_value = "0"
  }
}
resource "aws_cloudwatch_event_rule" "rule" {
  name          = "rule"
  event_pattern = jsonencode({ source = ["aws.s3"] })
}
resource "aws_cloudwatch_log_metric_filter" "bad" {
  name    = "bad"
  pattern = var.nothing
  metric_transformation {
    name = "x"
    namespace = "y"
    value = "1"
  }
}
module "alarms" { source = "./alarms" }
`, "terraform.tfvars", "threshold = 2\n", "more.tf", `resource "aws_instance" "x" {
`)
	checkContent(t, folder, LoadOptions{}, `
alarm cis-root: Sum >= 2 in 5m
  { $.userIdentity.type = "Root" }
alarm cis-trail: Sum >= 2 in 5m
  { $.eventName = "StopLogging" }
filter heredoc: { $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" }
EventBridge rule
more.tf:1:29: Unclosed configuration block: There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.
main.tf:54:3: aws_cloudwatch_log_metric_filter.bad: FilterPattern: Unsupported attribute: This object does not have an attribute named "nothing".
aside: main.tf:61:1: module.alarms: what a module makes is not looked at; a file with what terraform show -json prints has all of it
`)
	set, err := Load([]string{folder}, LoadOptions{Parameters: map[string]string{"threshold": "7"}})
	if err != nil || set.Alarms[0].Threshold != 7 {
		t.Errorf("%v, %v", set.Alarms[0].Threshold, err)
	}
}

func TestTerraformPlan(t *testing.T) {
	checkContent(t, files(t, "plan.json", `{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {"child_modules": [{"resources": [
  {"address": "module.a.aws_cloudwatch_log_metric_filter.f", "type": "aws_cloudwatch_log_metric_filter", "values": {"name": "f", "pattern": "{ $.eventName = X }",
   "metric_transformation": [{"name": "m", "namespace": "n", "value": "1", "default_value": "", "dimensions": {}, "unit": "None"}]}},
  {"address": "module.a.aws_cloudwatch_metric_alarm.a", "type": "aws_cloudwatch_metric_alarm", "values": {"alarm_name": "a", "comparison_operator": "GreaterThanThreshold",
   "evaluation_periods": 2, "datapoints_to_alarm": null, "metric_name": "m", "namespace": "n", "period": 60, "statistic": "Sum", "threshold": 0, "treat_missing_data": "missing",
   "dimensions": null, "metric_query": [], "ok_actions": null, "unit": ""}}
]}]}}}`), LoadOptions{}, `
alarm a: Sum > 0 in 1m, 2 of 2 times
  { $.eventName = "X" }
`)
}

// Rules of EventBridge and Sigma stand beside alarms; one name is one rule.
func TestRules(t *testing.T) {
	checkContent(t, files(t,
		"pattern.json", `{"source": ["aws.s3"], "detail": {"eventName": ["DeleteBucket"]}}`,
		"rule.json", `{"Name": "buckets", "Arn": "arn:aws:events:us-east-1:111122223333:rule/buckets", "EventPattern": "{\"source\": [\"aws.s3\"]}", "State": "ENABLED"}`,
		"rules.json", `{"Rules": [{"Name": "buckets", "Arn": "arn:aws:events:eu-west-1:111122223333:rule/buckets", "EventPattern": "{\"source\": [\"aws.s3\"]}", "State": "ENABLED"},
			{"Name": "bad", "Arn": "arn:aws:events:eu-west-1:111122223333:rule/bad", "EventPattern": "{\"source\": []}", "State": "ENABLED"}]}`,
		"rule.yml", "title: Buckets\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection: {eventName: DeleteBucket}\n  condition: selection\nlevel: high\n",
		"linux.yml", "title: Elsewhere\nlogsource: {product: linux}\ndetection:\n  selection: {a: b}\n  condition: selection\n",
		"bad.yml", "title: Bad\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection: {eventName: DeleteBucket}\n  condition: 2 of selection*\n",
	), LoadOptions{}, `
EventBridge pattern
EventBridge buckets
EventBridge buckets in rules.json
Sigma Buckets
rules.json: bad: event pattern, source, at byte 11: an empty array is not allowed
aside: linux.yml:1: Elsewhere: for logs of linux, not of CloudTrail
bad.yml:5: Bad: condition "2 of selection*": "2" of is not supported: 1 of and all of are
`)
}
