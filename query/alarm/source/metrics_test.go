package source

import "testing"

// filters are two metric filters.
const filters = `
  Buckets: {Type: AWS::Logs::MetricFilter, Properties: {FilterPattern: '{ $.eventName = DeleteBucket }', MetricTransformations: [{MetricNamespace: n, MetricName: b, MetricValue: '1'}]}}
  Trails: {Type: AWS::Logs::MetricFilter, Properties: {FilterPattern: '{ $.eventName = DeleteTrail }', MetricTransformations: [{MetricNamespace: n, MetricName: t, MetricValue: '1'}]}}
`

// Alarms on expressions over metrics, in the ways in which people write them.
func TestMetricMath(t *testing.T) {
	checkContent(t, files(t, "t.yaml", `
Resources:`+filters+`
  Sum:
    Type: AWS::CloudWatch::Alarm
    Properties:
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 2
      Threshold: 4
      Metrics:
        - {Id: all, Expression: SUM(METRICS()), Label: all of them}
        - {Id: b, ReturnData: false, MetricStat: {Metric: {Namespace: n, MetricName: b}, Period: 60, Stat: Sum}}
        - {Id: t, ReturnData: false, MetricStat: {Metric: {Namespace: n, MetricName: t}, Period: 60, Stat: Sum}}
  One:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 0, Metrics: [{Id: b, MetricStat: {Metric: {Namespace: n, MetricName: b}, Period: 300, Stat: Maximum}}]}
  If:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 0, Metrics: [{Id: e, Expression: "IF(b, 1, 0)"}, {Id: b, ReturnData: false, MetricStat: {Metric: {Namespace: n, MetricName: b}, Period: 300, Stat: Sum}}]}
  Periods:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 0, Metrics: [{Id: e, Expression: "b+t"}, {Id: b, ReturnData: false, MetricStat: {Metric: {Namespace: n, MetricName: b}, Period: 300, Stat: Sum}}, {Id: t, ReturnData: false, MetricStat: {Metric: {Namespace: n, MetricName: t}, Period: 60, Stat: Sum}}]}
  Other:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 0, Metrics: [{Id: e, Expression: "b+x"}, {Id: b, ReturnData: false, MetricStat: {Metric: {Namespace: n, MetricName: b}, Period: 300, Stat: Sum}}, {Id: x, ReturnData: false, MetricStat: {Metric: {Namespace: n, MetricName: x}, Period: 300, Stat: Sum}}]}
  Percentile:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 0, Metrics: [{Id: e, Expression: "b+1"}, {Id: b, ReturnData: false, MetricStat: {Metric: {Namespace: n, MetricName: b}, Period: 300, Stat: p99}}]}
  Which:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 0, Metrics: [{Id: e, Expression: "b+1"}, {Id: b, MetricStat: {Metric: {Namespace: n, MetricName: b}, Period: 300, Stat: Sum}}]}
`), Options{}, `
alarm Sum: SUM(METRICS()) > 4 in 1m, 2 of 2 times
  { $.eventName = "DeleteBucket" }
  { $.eventName = "DeleteTrail" }
alarm One: Maximum > 0 in 5m
  { $.eventName = "DeleteBucket" }
t.yaml:21:105: If: Metrics: the expression IF(b, 1, 0) cannot be computed here: there is no IF
t.yaml:24:105: Periods: Metrics: they have several periods, 300 and 60
t.yaml:28:3: Percentile: Statistic: "p99" cannot be replayed: only SampleCount, Average, Sum, Minimum and Maximum
t.yaml:33:105: Which: Metrics: one of them has ReturnData, and of 2 it is not known which
t.yaml:25:3: Other: not computable from CloudTrail: no metric filter beside it makes n x
`)
	filter := `{"filterName": "b", "filterPattern": "{ $.eventName = DeleteBucket }", "metricTransformations": [{"metricName": "b", "metricNamespace": "n", "metricValue": "1"}]}`
	checkContent(t, files(t,
		"filters.json", `{"metricFilters": [`+filter+`]}`,
		"alarms.json", `{"MetricAlarms": [{"AlarmName": "twice", "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold", "Dimensions": [],
 "Metrics": [{"Id": "e", "Expression": "FILL(b, 0) * 2", "ReturnData": true}, {"Id": "b", "ReturnData": false, "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "b", "Dimensions": []}, "Period": 300, "Stat": "Sum"}}]}]}`,
	), Options{}, `
alarm twice: FILL(b, 0) * 2 > 1 in 5m
  { $.eventName = "DeleteBucket" }
`)
	checkContent(t, files(t, "plan.json", `{"terraform_version": "1.11.4", "planned_values": {"root_module": {"resources": [
{"type": "aws_cloudwatch_log_metric_filter", "address": "aws_cloudwatch_log_metric_filter.b", "values": {"name": "b", "pattern": "{ $.eventName = DeleteBucket }", "metric_transformation": [{"name": "b", "namespace": "n", "value": "1", "unit": "None", "default_value": "", "dimensions": {}}]}},
{"type": "aws_cloudwatch_metric_alarm", "address": "aws_cloudwatch_metric_alarm.twice", "values": {"alarm_name": "twice", "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1, "threshold": 1, "metric_name": "", "metric_query": [
{"id": "e", "expression": "b * 2", "label": "", "return_data": true, "metric": []},
{"id": "b", "expression": "", "label": "", "return_data": null, "metric": [{"metric_name": "b", "namespace": "n", "period": 300, "stat": "Sum", "unit": "", "dimensions": null}]}]}}]}}}`,
	), Options{}, `
alarm twice: b * 2 > 1 in 5m
  { $.eventName = "DeleteBucket" }
`)
}

// Composite alarms name the others by their names, ids and ARNs.
func TestCompositeAlarms(t *testing.T) {
	const alarm = `Namespace: n, Statistic: Sum, Period: 300, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold}}`
	checkContent(t, files(t, "t.yaml", `
Resources:`+filters+`
  Any:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties:
      AlarmName: any
      AlarmRule: !Sub 'ALARM(${TrailsAlarm}) OR ALARM(${BucketsAlarm.Arn}) OR ALARM("arn:aws:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:trails")'
  None: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmRule: !Join ['', ['NOT ALARM(', !Ref Any, ')']]}}
  Lost: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmRule: ALARM(elsewhere)}}
  Wrong: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmRule: ALARM}}
  TrailsAlarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: trails, MetricName: t, `+alarm+`
  BucketsAlarm: {Type: AWS::CloudWatch::Alarm, Properties: {MetricName: b, `+alarm+`
`), Options{}, `
alarm trails: Sum >= 1 in 5m
  { $.eventName = "DeleteTrail" }
alarm BucketsAlarm: Sum >= 1 in 5m
  { $.eventName = "DeleteBucket" }
alarm any: ALARM(TrailsAlarm) OR ALARM(BucketsAlarm) OR ALARM("arn:aws:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:trails")
alarm None: NOT ALARM(Any)
t.yaml:13:74: Wrong: AlarmRule: ALARM cannot be evaluated here: ALARM has no alarm
t.yaml:12:3: Lost: it looks at the alarm elsewhere, which is not loaded beside it
`)
}

// Terraform has blocks for both.
func TestTerraformMetrics(t *testing.T) {
	checkContent(t, files(t, "main.tf", `
variable "calls" { default = { buckets = "DeleteBucket", trails = "DeleteTrail" } }
resource "aws_cloudwatch_log_metric_filter" "calls" {
  for_each       = var.calls
  name           = each.key
  pattern        = "{ $.eventName = \"${each.value}\" }"
  log_group_name = "trail"
  metric_transformation {
    name      = each.key
    namespace = "n"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "all" {
  alarm_name          = "all"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 2
  metric_query {
    id          = "sum"
    expression  = "SUM(METRICS())"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = var.calls
    content {
      id = metric_query.key
      metric {
        metric_name = aws_cloudwatch_log_metric_filter.calls[metric_query.key].id
        namespace   = "n"
        period      = 300
        stat        = "Sum"
      }
    }
  }
}
resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name = "any"
  alarm_rule = "ALARM(${aws_cloudwatch_metric_alarm.all.alarm_name}) OR ALARM(${aws_cloudwatch_metric_alarm.all.arn})"
}
`), Options{}, `
alarm all: SUM(METRICS()) > 2 in 5m
  { $.eventName = "DeleteBucket" }
  { $.eventName = "DeleteTrail" }
alarm any: ALARM(all) OR ALARM(aws_cloudwatch_metric_alarm.all)
`)
}
