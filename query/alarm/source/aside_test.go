package source

import (
	"strings"
	"testing"
)

// rule is the properties of a rule on deleted buckets.
const rule = `{EventPattern: {source: [aws.s3], detail: {eventName: [DeleteBucket]}}}`

// What a condition leaves out has a line, with what makes it so.
func TestConditions(t *testing.T) {
	folder := files(t, "t.yaml", `
Parameters:
  ParentAlertStack: {Type: String, Default: ''}
  Strict: {Type: String, Default: 'yes', AllowedValues: ['yes', 'no']}
Conditions:
  HasAlertTopic: !Not [!Equals [!Ref ParentAlertStack, '']]
  Both: !And [!Condition HasAlertTopic, !Equals [!Ref Strict, 'yes']]
  Never: !Equals [a, b]
  Here: !Equals [!Ref 'AWS::Region', eu-west-1]
Resources:
  RootFilter:
    Type: AWS::Logs::MetricFilter
    Condition: HasAlertTopic
    Properties:
      FilterPattern: '{ $.userIdentity.type = "Root" }'
      MetricTransformations: [{MetricName: Root, MetricNamespace: !Ref 'AWS::StackName', MetricValue: '1'}]
  RootAlarm:
    Type: AWS::CloudWatch::Alarm
    Condition: Both
    Properties:
      Namespace: !Ref 'AWS::StackName'
      MetricName: Root
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      ComparisonOperator: GreaterThanThreshold
      Threshold: 0
  NeverRule: {Type: AWS::Events::Rule, Condition: Never, Properties: `+rule+`}
  HereRule: {Type: AWS::Events::Rule, Condition: Here, Properties: `+rule+`}
  Topic: {Type: AWS::SNS::Topic, Condition: HasAlertTopic}
`)
	set := checkContent(t, folder, Options{}, `
aside: t.yaml:11:3: RootFilter: its Condition HasAlertTopic is false (ParentAlertStack = '')
aside: t.yaml:17:3: RootAlarm: its Condition Both is false (ParentAlertStack = '', Strict = 'yes')
aside: t.yaml:28:3: NeverRule: its Condition Never is false
t.yaml:9:18: HereRule: the parameter AWS::Region has no value, as it has in a replay over events of one Region
`)
	if got, want := set.Totals(), "nothing; 3 aside; 1 refused"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for i, want := range []string{"ParentAlertStack", "ParentAlertStack Strict", "", "AWS::Region"} {
		if got := strings.Join(set.Problems[i].Parameters, " "); got != want {
			t.Errorf("%s: %q, want %q", &set.Problems[i], got, want)
		}
	}
	set = checkContent(t, folder, Options{Parameters: map[string]string{"ParentAlertStack": "alerts", "AWS::Region": "eu-west-1"}}, `
alarm RootAlarm: Sum > 0 in 5m
  { $.userIdentity.type = "Root" }
EventBridge HereRule
aside: t.yaml:28:3: NeverRule: its Condition Never is false
`)
	if got, want := set.Totals(), "1 alarm, 1 rule; 1 aside; 0 refused"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What makes rules otherwise than by a rule's resource, and what looks like a rule and is none.
func TestServerless(t *testing.T) {
	set := checkContent(t, files(t, "t.yaml", `
Transform: AWS::Serverless-2016-10-31
Parameters: {Bus: {Type: String, Default: default}, Nightly: {Type: String, Default: 'no'}}
Conditions: {IsNightly: !Equals [!Ref Nightly, 'yes']}
Resources:
  Notify:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Events:
        Buckets: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.s3], detail: {eventName: [DeleteBucket]}}, EventBusName: !Ref Bus}}
        Trails: {Type: CloudWatchEvent, Properties: {Pattern: {detail: {eventName: [StopLogging]}}, State: DISABLED}}
        Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
        Web: {Type: Api, Properties: {Path: /, Method: get}}
        Wrong: {Type: EventBridgeRule, Properties: {Pattern: {source: aws.s3}}}
  Report:
    Type: AWS::Serverless::Function
    Condition: IsNightly
    Properties: {Events: {Users: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.iam]}}}}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: {Events: {Keys: {Type: EventBridgeRule, Properties: {RuleName: keys, EventBusName: !Ref Security, Pattern: {source: [aws.kms]}}}}}
  Security: {Type: AWS::Events::EventBus, Properties: {Name: security-bus}}
  Timer: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: !Sub "rate(${Hours} hours)"}}
  Quiet: {Type: AWS::Serverless::Function, Properties: {Events: {Web: {Type: Api}}}}
`), Options{}, `
EventBridge NotifyBuckets
EventBridge NotifyTrails
EventBridge keys
aside: t.yaml:13:17: NotifyHourly: it runs on a schedule, rate(1 hour), and looks at no events
t.yaml:15:62: NotifyWrong: event pattern, source, at byte 10: a field needs an array of what it may be, or an object
aside: t.yaml:16:3: Report: its Condition IsNightly is false (Nightly = 'no')
aside: t.yaml:24:3: Timer: it runs on a schedule, one that is not known, and looks at no events
`)
	for i, want := range []string{
		"", "it is disabled, so that EventBridge delivers nothing to it", "its bus is Security, and CloudTrail's events arrive on the default one",
	} {
		if got := strings.Join(set.Rules[i].Notes, "; "); got != want {
			t.Errorf("%s: %q, want %q", set.Rules[i].Name, got, want)
		}
	}
}

// A stack in a stack is read where its template lies beside the outer one, with what that
// one gives its parameters.
func TestNested(t *testing.T) {
	inner := `
Parameters: {On: {Type: String, Default: 'yes'}, Call: {Type: String, Default: DeleteTrail}}
Conditions: {IsOn: !Equals [!Ref On, 'yes']}
Resources:
  Inner:
    Type: AWS::Events::Rule
    Condition: IsOn
    Properties: {EventPattern: {detail: {eventName: [!Ref Call]}}}
`
	checkContent(t, files(t,
		"a/inner.yaml", inner,
		"outer.yaml", `
Parameters: {Switch: {Type: String, Default: 'no'}}
Conditions: {Off: !Equals [!Ref Switch, 'off']}
Resources:
  First: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a/inner.yaml, Parameters: {Call: StopLogging}}}
  Second: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./a/inner.yaml, Parameters: {On: !Ref Switch}}}
  Third: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a/inner.yaml, Parameters: {Call: !GetAtt First.Outputs.Call}}}
  Left: {Type: AWS::CloudFormation::Stack, Condition: Off, Properties: {TemplateURL: a/inner.yaml}}
  Away: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://s3.amazonaws.com/templates/x.yaml}}
  Gone: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: gone.yaml}}
  Escape: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../other.yaml}}
  Made: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: !Sub "https://${AWS::URLSuffix}/x"}, Metadata: {aws:asset:path: made.template.json}}
  Many: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateURL: a/inner.yaml}}
  Module: {Type: My::Alarms::CIS::MODULE}
`,
		"made.template.json", `{"Resources": {"Made": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["aws.iam"]}}}}}`,
		"circle.yaml", `{Resources: {Round: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: circle.yaml}}}}`,
	), Options{}, `
EventBridge Inner
EventBridge Made
aside: a/inner.yaml:5:3: Inner: its Condition IsOn is false (On = 'no')
a/inner.yaml:8:54: Inner: EventPattern: the parameter Call has no value
aside: outer.yaml:8:3: Left: its Condition Off is false (Switch = 'no')
aside: outer.yaml:9:3: Away: a stack of its own, whose template is elsewhere: name it by itself
aside: outer.yaml:10:3: Gone: a stack of its own, whose template gone.yaml is not there
aside: outer.yaml:11:3: Escape: a stack of its own, whose template ../other.yaml is outside of the folder: name it by itself
aside: outer.yaml:13:3: Many: the template of a stack set is not looked at: name it by itself
aside: outer.yaml:14:3: Module: the resources of a module of CloudFormation are not in the template: aws cloudformation get-template --template-stage Processed has them
circle.yaml:1:14: Round: over a limit: stacks nest deeper than 10 levels
`)
}

// Loops are unrolled, wherever they stand.
func TestForEach(t *testing.T) {
	checkContent(t, files(t, "t.yaml", `
Transform: AWS::LanguageExtensions
Parameters: {Calls: {Type: CommaDelimitedList, Default: 'StopLogging, DeleteTrail'}, On: {Type: String, Default: a}}
Conditions:
  Fn::ForEach::Is: [X, [a, b], {'Is${X}': !Equals [!Ref On, !Ref X]}]
Resources:
  Fn::ForEach::Calls:
    - Call
    - !Ref Calls
    - '${Call}Rule':
        Type: AWS::Events::Rule
        Properties:
          Fn::ForEach::Properties: [Property, [Name, Description], {'${Property}': !Sub 'on ${Call}'}]
          EventPattern: {source: [aws.cloudtrail], detail: {eventName: [{Ref: Call}]}}
  Fn::ForEach::Sources:
    - Source
    - [a, b]
    - Fn::ForEach::Services:
        - Service
        - [aws.s3]
        - 'Of&{Service}${Source}': {Type: AWS::Events::Rule, Condition: !Sub 'Is${Source}', Properties: {EventPattern: {source: [!Ref Service]}}}
`), Options{}, `
EventBridge on StopLogging
EventBridge on DeleteTrail
EventBridge Ofawss3a
aside: t.yaml:21:11: Ofawss3b: its Condition Isb is false (On = 'a')
`)
}

// What others add to a template is refused by name; the rest of it is read.
func TestMacros(t *testing.T) {
	checkContent(t, files(t, "t.yaml", `
Transform: [AWS::Serverless-2016-10-31, Shout, {Name: AWS::Include, Parameters: {Location: s3://templates/more.yaml}}]
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://templates/alarms.yaml}}
  One: {Type: AWS::Events::Rule, Properties: `+rule+`}
  Two: {Type: AWS::Events::Rule, Fn::Transform: {Name: Whisper}, Properties: `+rule+`}
  Three: {Type: AWS::Events::Rule, Properties: {EventPattern: {Fn::Transform: {Name: Pattern}}}}
`, "other.yaml", `{Transform: Shout, Resources: {Topic: {Type: AWS::SNS::Topic}}}`), Options{}, `
EventBridge One
aside: other.yaml: a template without metric filters, alarms and rules
t.yaml:4:3: Fn::Transform: AWS::Include of s3://templates/alarms.yaml is not read: aws cloudformation get-template --template-stage Processed prints what came of it
t.yaml:6:3: Two: the macro Whisper is not run here, and what it adds and changes is not known: aws cloudformation get-template --template-stage Processed prints what came of it
t.yaml:7:63: Three: EventPattern: the macro Pattern is not run here, and what it adds and changes is not known: aws cloudformation get-template --template-stage Processed prints what came of it
t.yaml:2:41: Transform: the macro Shout is not run here, and what it adds and changes is not known: aws cloudformation get-template --template-stage Processed prints what came of it
t.yaml:2:48: Transform: AWS::Include of s3://templates/more.yaml is not read: aws cloudformation get-template --template-stage Processed prints what came of it
`)
}

// What is nobody's rule is aside when it was found in a folder, and refused when it was named.
func TestNobodysRules(t *testing.T) {
	texts := []string{
		"event.json", `{"version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": "111122223333", "time": "2026-03-02T10:00:00Z", "region": "us-east-1", "resources": [], "detail": {"eventName": "DeleteBucket"}}`,
		"manifest.yaml", "---\nregion: us-east-1\nversion: 2021-03-15\nresources: []\n",
		"tsconfig.json", "{\n  // strict\n  \"compilerOptions\": {}\n}\n",
		"values.yaml", "name: {{ .Values.name }}\nkey: [\n",
	}
	checkContent(t, files(t, append(texts, "dotted.json", `{"detail.eventName": ["DeleteBucket"]}`, "broken.yaml", "Resources:\n  A: {Type: AWS::Events::Rule\n")...), Options{}, `
EventBridge dotted
broken.yaml:1: not YAML: did not find expected ',' or '}'
aside: event.json: an event, not a pattern: in a pattern each field has an array of what it may be
aside: manifest.yaml: neither a template, nor an export, nor a rule that is known here
aside: tsconfig.json:2: it cannot be read, and names nothing of alarms and rules: not YAML: did not find expected ',' or '}'
aside: values.yaml:2: it cannot be read, and names nothing of alarms and rules: not YAML: did not find expected node content
`)
	folder := files(t, texts...)
	for i, name := range []string{"event.json", "manifest.yaml", "tsconfig.json", "values.yaml"} {
		set, err := Load([]string{folder + "/" + name}, Options{})
		if err != nil || len(set.Problems) != 1 || set.Problems[0].Aside {
			t.Errorf("%s: %v, %v", texts[2*i], set.Problems, err)
		}
	}
}

// What AWS prints of rules in all its ways, and what AWS Config recorded.
func TestRuleExports(t *testing.T) {
	pattern := `"{\"source\": [\"aws.s3\"]}"`
	set := checkContent(t, files(t,
		"array.json", `[{"Name": "one", "Arn": "arn:aws:events:eu-west-1:111122223333:rule/one", "EventPattern": `+pattern+`, "State": "ENABLED", "EventBusName": "security"},
{"Name": "clock", "ScheduleExpression": "rate(1 day)", "State": "ENABLED"}]`,
		"described.json", `{
    "Name": "two", "EventPattern": `+pattern+`, "State": "DISABLED"
}
{
    "Name": "three", "EventPattern": `+pattern+`
}
`,
		"listed.json", `{"Rules": [{"Name": "four", "EventPattern": `+pattern+`}, {"Name": "empty"}]}`,
		"recorded/items.json", `{"configurationItems": [
{"resourceType": "AWS::Events::Rule", "resourceName": "five", "configuration": {"Name": "five", "EventPattern": {"source": ["aws.s3"]}, "State": "ENABLED"}},
{"resourceType": "AWS::S3::Bucket", "resourceName": "b", "configuration": {"name": "b"}},
{"resourceType": "AWS::CloudWatch::Alarm", "resourceName": "six", "configuration": "{\"alarmName\": \"six\", \"namespace\": \"N\", \"metricName\": \"M\", \"statistic\": \"Sum\", \"period\": 60, \"evaluationPeriods\": 1, \"threshold\": 1.0, \"comparisonOperator\": \"GreaterThanThreshold\", \"dimensions\": [], \"alarmArn\": \"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:six\"}"}]}`,
		"recorded/filters.json", `{"metricFilters": [{"filterName": "f", "filterPattern": "{ $.eventName = X }", "metricTransformations": [{"metricName": "M", "metricNamespace": "N", "metricValue": "1"}]}]}`,
		"selected/results.json", `{"Results": ["{\"resourceType\": \"AWS::Events::Rule\", \"resourceName\": \"seven\", \"configuration\": {\"EventPattern\": \"{\\\"source\\\": [\\\"aws.s3\\\"]}\"}}"]}`,
	), Options{}, `
alarm six: Sum > 1 in 1m
  { $.eventName = "X" }
EventBridge one
EventBridge two
EventBridge three
EventBridge four
EventBridge five
EventBridge seven
aside: array.json:2:1: clock: it runs on a schedule, rate(1 day), and looks at no events
listed.json:1:76: empty: it has no EventPattern
`)
	if a := set.Alarms[0]; a.Region != "eu-west-1" {
		t.Errorf("%+v", a)
	}
	if got := set.Rules[0].Notes; len(got) != 1 || !strings.Contains(got[0], "its bus is security") {
		t.Errorf("%q", got)
	}
}

// The Landing Zone Accelerator's file of filters and alarms.
func TestAccelerator(t *testing.T) {
	set := checkContent(t, files(t, "security-config.yaml", `
homeRegion: &HOME_REGION us-east-1
centralSecurityServices: {delegatedAdminAccount: Audit}
cloudWatch:
  metricSets:
    - regions: [*HOME_REGION]
      deploymentTargets: {organizationalUnits: [Root]}
      metrics:
        - filterName: RootFilter
          logGroupName: aws-controltower/CloudTrailLogs
          filterPattern: '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'
          metricNamespace: LogMetrics
          metricName: RootAccountUsage
          metricValue: "1"
          treatMissingData: notBreaching
        - {filterName: Alone, logGroupName: x, filterPattern: '{ $.eventName = DeleteTrail }', metricNamespace: LogMetrics, metricName: Trails, metricValue: "1"}
  alarmSets:
    - regions: [*HOME_REGION]
      deploymentTargets: {organizationalUnits: [Root]}
      alarms:
        - alarmName: RootAlarm
          alarmDescription: usage of root
          snsAlertsLevel: Low
          metricName: RootAccountUsage
          namespace: LogMetrics
          comparisonOperator: GreaterThanOrEqualToThreshold
          evaluationPeriods: 1
          period: 300
          statistic: Sum
          threshold: 1
          treatMissingData: notBreaching
`), Options{}, `
alarm RootAlarm: Sum >= 1 in 5m, missing is notBreaching
  { $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }
filter Alone: { $.eventName = "DeleteTrail" }
`)
	if got := set.Alarms[0].Notes; len(got) != 1 || !strings.HasPrefix(got[0], "deployed to us-east-1: ") {
		t.Errorf("%q", got)
	}
}

// The folder of "cdk synth": its templates are read, the rest is aside.
func TestCDK(t *testing.T) {
	checkContent(t, files(t,
		"cdk.out", `{"version": "48.0.0"}`,
		"manifest.json", `{"version": "48.0.0", "artifacts": {"Alarms": {"type": "aws:cloudformation:stack"}}}`,
		"tree.json", `{"version": "tree-0.1", "tree": {"id": "App"}}`,
		"Alarms.assets.json", `{"version": "48.0.0", "files": {}, "dockerImages": {}}`,
		"Alarms.template.json", `{"Resources": {"Rule4C995B7F": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["aws.s3"]}, "State": "ENABLED"}},
 "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Condition": "CDKMetadataAvailable"}},
 "Conditions": {"CDKMetadataAvailable": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "af-south-1"]}]}},
 "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}},
 "Rules": {"CheckBootstrapVersion": {"Assertions": []}}}`,
	), Options{}, `
EventBridge Rule4C995B7F
aside: Alarms.assets.json: neither a template, nor an export, nor a rule that is known here
aside: manifest.json: neither a template, nor an export, nor a rule that is known here
aside: tree.json: neither a template, nor an export, nor a rule that is known here
`)
}
