package source

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/query/alarm"
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
func content(set *alarm.Set, folder string) string {
	var b strings.Builder
	explained := set.Explain() // of the filters of each alarm, then of rules
	pattern := func() (text string) {
		text, explained = explained[0].Pattern, explained[1:]
		return text
	}
	for _, a := range set.Alarms {
		fmt.Fprintf(&b, "alarm %s: %s\n", a.Name, a.Condition())
		if a.Composite != nil {
			pattern() // which is its condition
		}
		for range a.Filters {
			fmt.Fprintf(&b, "  %s\n", pattern())
		}
	}
	var others strings.Builder
	for _, r := range set.Rules {
		if text := pattern(); r.Kind == alarm.MetricFilter {
			fmt.Fprintf(&b, "filter %s: %s\n", r.Name, text)
		} else {
			fmt.Fprintf(&others, "%s %s\n", r.Kind, r.Name)
		}
	}
	b.WriteString(others.String())
	for _, p := range set.Problems {
		aside := ""
		if p.Aside {
			aside = "aside: "
		}
		fmt.Fprintf(&b, "%s%s\n", aside, p.Error())
	}
	return strings.ReplaceAll(b.String(), folder+string(filepath.Separator), "")
}

func checkContent(t *testing.T, folder string, o Options, want string) *alarm.Set {
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
	), Options{}, `
aside: a.json:1:21: it cannot be read, and names nothing of alarms and rules: not JSON: invalid character '}' looking for beginning of value
aside: b.yaml:1: it cannot be read, and names nothing of alarms and rules: not YAML: did not find expected ',' or ']'
aside: c.json:1:207: it cannot be read, and names nothing of alarms and rules: over a limit: nested deeper than 200 levels
d.yaml:2:6: F: over a limit: nested deeper than 200 levels: do conditions refer to each other?
aside: e.json: neither a template, nor an export, nor a rule that is known here
f.yaml:2:21: F: FilterPattern: over a limit: a property stands for more than 100000 values
aside: i.json: it cannot be read, and names nothing of alarms and rules: the file is empty
`)
	if _, err := Load([]string{"no/such/file"}, Options{}); !errors.Is(err, os.ErrNotExist) {
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
	), Options{}, `
alarm root: Sum >= 1 in 5m, missing is ignore
  { $.userIdentity.type = "Root" }
alarm exfiltration: Sum > 1.0E9 in 1h
  { $.eventName = "GetObject" }
alarm any: ALARM(root)
filter roots: { $.userIdentity.type = "Root" }
`)
	if a := set.Alarms[0]; a.Account != "111122223333" || a.Region != "eu-west-1" || a.Filters[0].Default == nil || len(a.Notes) != 2 {
		t.Errorf("%+v", a)
	}
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
	), Options{}, `
EventBridge pattern
EventBridge buckets
EventBridge buckets in rules.json:1:12
Sigma Buckets
rules.json:2:93: bad: event pattern, source, at byte 11: an empty array is not allowed
aside: linux.yml:1: Elsewhere: for logs of linux, not of CloudTrail
bad.yml:5: Bad: condition "2 of selection*": "2" of is not supported: 1 of and all of are
`)
}
