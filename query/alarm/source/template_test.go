package source

import (
	"slices"
	"testing"
)

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
	set := checkContent(t, folder, Options{}, `
alarm SignIns: Sum >= 3 in 5m
  { $.eventName = "ConsoleLogin" && $.errorMessage = "Failed authentication" }
`)
	if a := set.Alarms[0]; !slices.Equal(a.AlarmActions, []string{"${Topic}"}) || a.Position.Line != 10 {
		t.Errorf("%v at %v", a.AlarmActions, a.Position)
	}
	checkContent(t, folder, Options{Parameters: map[string]string{"Least": "5"}}, `
alarm SignIns: Sum >= 5 in 5m
  { $.eventName = "ConsoleLogin" && $.errorMessage = "Failed authentication" }
`)
	_, err := Load([]string{folder}, Options{Parameters: map[string]string{"Most": "5"}})
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
`), Options{}, `
alarm TrailsAlarm: Sum > 2 in 1m, 2 of 3 times, missing is notBreaching
  { $.eventName = "StopLogging" || $.eventName = "DeleteTrail" || $.x = "${Literal}" }
alarm Single: Maximum <= 1 in 5m
  { $.eventName = "StopLogging" || $.eventName = "DeleteTrail" || $.x = "${Literal}" }
filter Alone: { $.errorCode = "*" }
EventBridge trails
aside: t.yaml:43:3: RootAlarm: its Condition WithRoot is false (Env = 'prod', Root = 'no')
`)
}

// One bad alarm does not stop the others; each has its line and its reason.
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
  Fn::ForEach::Many: [x, !Ref Missing, {}]
`), Options{}, `
alarm Good: Sum > 1 in 1m
  { $.eventName = "X" }
alarm Both: ALARM(Good)
t.yaml:71:26: Fn::ForEach::Many: there is no parameter or resource "Missing"
t.yaml:10:22: Broken: filter pattern, at byte 16: a value was expected before the end (AWS: Invalid metric filter pattern)
t.yaml:16:30: NoValue: MetricValue: "many" is neither a number nor a selector
t.yaml:20:22: Unknown: FilterPattern: the parameter AWS::Region has no value, as it has in a replay over events of one Region
t.yaml:25:22: Words: a filter pattern for terms cannot be run over events; those for JSON can: { $.eventName = "..." }
t.yaml:39:27: Math: Metrics: b is neither an expression nor a metric
t.yaml:42:37: Band: ThresholdMetricId: anomaly detection cannot be replayed
t.yaml:48:133: Tenth: Period: 10 seconds: metric filters have one value a minute
t.yaml:51:156: Percentile: ExtendedStatistic: p99 cannot be replayed: only SampleCount, Average, Sum, Minimum and Maximum
t.yaml:54:58: Odd: Threshold: "lots" is not a number
t.yaml:69:16: Seldom: there is no condition "Missing"
aside: t.yaml:55:3: Cpu: not computable from CloudTrail: AWS/EC2 CPUUtilization is a metric of AWS
t.yaml:58:3: Orphan: not computable from CloudTrail: no metric filter beside it makes N m
t.yaml:61:3: Split: never gets a value of n m: the metric filter Fine makes it with other dimensions
t.yaml:64:3: Sized: never gets a value of n m: the metric filter Fine has the unit None, not Bytes
`)
}
