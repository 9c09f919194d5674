package source

import (
	"flag"
	"strings"
	"testing"
	"time"

	"trailbox/query/alarm"
	"trailbox/query/record/recordtest"
)

// maxSeedBytes is how long a bomb may be to be worth mutating.
const maxSeedBytes = 10_000

// isFuzzing reports whether seeds are to be mutated, and not just run.
func isFuzzing() bool { return flag.Lookup("test.fuzz").Value.String() != "" }

// Whatever a file holds, it is read or refused, and what is read can be shown. That it can
// be evaluated, too, is up to what checks it: see FuzzCheck of package alarm.
func FuzzDocument(f *testing.F) {
	for _, name := range Builtins() {
		f.Add(builtin(name))
	}
	f.Add([]byte(jsonTemplate))
	f.Add([]byte(bomb))
	for _, b := range bombs() {
		if len(b.text) < maxSeedBytes && !strings.HasPrefix(b.file, "main.tf") {
			f.Add([]byte(b.text))
		}
	}
	f.Add([]byte("Resources:\n  F:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      FilterPattern: ''\n      MetricTransformations: [{MetricNamespace: n, MetricName: m, MetricValue: $.a, Dimensions: [{Key: D, Value: $.b}]}]\n"))
	f.Add([]byte("title: Once\nname: once\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  a: {eventName: X}\n  condition: a\n---\n" +
		"title: Often\ncorrelation: {type: event_count, rules: [once], timespan: 5m, condition: {gte: 1}}\n"))
	f.Add([]byte("Resources:\n  F:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      FilterPattern: !FindInMap [a, b, c, {DefaultValue: !Sub ['${x}', {x: !If [y, 1, !GetAtt [a, b]]}]}]\n"))
	f.Add([]byte("Mappings: {a: {b: {c: d}}}\nResources:\n  F:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      FilterPattern: !FindInMap [a, b, x, {}]\n"))
	f.Add([]byte(`{"metricFilters": [{"filterName": "f", "filterPattern": "", "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}], "MetricAlarms": []}`))
	f.Add([]byte(`{"Rules": [{"Name": "r", "Arn": "a", "EventPattern": "{\"source\": [\"aws.s3\"]}"}]}`))
	f.Add([]byte(`{"terraform_version": "1", "values": {"root_module": {"resources": [{"type": "aws_cloudwatch_metric_alarm", "address": "a", "values": {"threshold": 1}}]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLoader(Options{Period: time.Minute, Threshold: 1})
		l.readDocument("file.yaml", data, true)
		l.readFolders()
		l.set.AddSigma(&l.rules)
		l.set.Explain()
		l.set.Table(nil)
	})
}

// The same for a file of Terraform, in both of its forms.
func FuzzTerraform(f *testing.F) {
	f.Add(`variable "v" { default = "x" }
locals { l = { a = var.v, b = local.c } }
resource "aws_cloudwatch_log_metric_filter" "f" {
  for_each = local.l
  name     = each.key
  pattern  = "{ $.eventName = ${each.value} }"
  dynamic "metric_transformation" {
    for_each = ["m"]
    content {
      name      = metric_transformation.value
      namespace = "n"
      value     = "1"
    }
  }
}
resource "aws_cloudwatch_metric_alarm" "a" {
  count               = 2
  alarm_name          = "a${count.index}"
  metric_name         = "m"
  namespace           = "n"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanThreshold"
}
`)
	f.Add(`{"resource": {"aws_cloudwatch_event_rule": {"r": {"name": "r", "event_pattern": "{\"source\":[\"aws.s3\"]}"}}}}`)
	for _, b := range bombs() {
		// As they are, TestBombs loads them. Thousands of resources take longer than a fuzzing
		// worker waits, with its instruments.
		if isFuzzing() && len(b.text) < maxSeedBytes && strings.HasPrefix(b.file, "main.tf") && !strings.Contains(b.text, "count = ") {
			f.Add(b.text)
		}
	}
	f.Add(attribute(around(150, "[for i in range(1000): (", "i", ")]")))
	f.Add(attribute(`"${true ? "a" : "b"}%{if 1 > 2 ~} x %{else}${[{a = 1}, {a = 2}][*].a[0]}%{endif}"`))
	f.Add(attribute(`join(",", concat(keys(merge({a = 1}, {b = 2})), split(",", "a,b"), formatlist("%s-%d", ["a"], [1])))`))
	f.Add("variable \"v\" {\n  type = map(object({ a = optional(number, 5), b = optional(list(any), []) }))\n  default = { x = {} }\n}\n" + attribute("jsonencode(var.v)"))
	f.Add("module \"m\" {\n  source = \"./m\"\n  for_each = toset([\"a\"])\n  x = each.key\n}\ndata \"aws_region\" \"r\" {\n  count = 1\n}\n" + attribute(`"${module.m["a"].y}${data.aws_region.r[0].name}${file("a.tf")}"`))
	f.Add(attribute(`templatestring("%{for a, b in x}${a}${b}%{endfor}", { x = yamldecode("a: [1, &b {c: d}, *b]") })`))
	f.Add(attribute(`[try(nothing.x, [for i in range(3): i]), can(1), one([1]), regexall("(a)|b", "ab"), setproduct(["a"], [1]), lookup({a = 1}, "b", null), fileset(".", "*")]`))
	f.Fuzz(func(t *testing.T, text string) {
		name := "a.tf"
		if strings.HasPrefix(text, "{") {
			name = "a.tf.json"
		}
		folder := files(t, name, text)
		loadInTime(t, folder)
	})
}

// The same for rules of Sigma, which whoever wrote the file did not mean to be kind; and those
// that are taken can be run.
func FuzzSigma(f *testing.F) {
	const head = "title: One\nname: one\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n"
	const counting = "---\ntitle: Often\ncorrelation: {type: event_count, rules: [one], timespan: 5m, group-by: [who], aliases: {who: {one: userIdentity.arn}}, condition: {gte: 1}}\n"
	f.Add(head + "  a: {eventName: X, errorCode|re: '^Access.*$', sourceIPAddress|cidr: 192.0.2.0/24}\n  b: [{readOnly|exists: false}, {eventTime|hour: 3}]\n  condition: a and not 1 of b*\n" + counting)
	f.Add(head + "  a:\n    userIdentity.arn|fieldref|cased: requestParameters.arn\n    userAgent|wide|base64offset|contains: [x, y]\n    requestParameters.a.b|all|contains: ['*x?', '\\*']\n    additionalEventData|gte: 1.5e3\n  condition: [a, all of them]\n")
	f.Add("title: Sum\ncorrelation: {type: value_sum, rules: [Sum], timespan: 1d, condition: {lt: 1, field: a.b}, generate: true}\n")
	f.Add("title: &t A\nlogsource: {product: *t}\n---\n- x\n---\n!!binary x: !y {<<: {a: b}}\n...\ndetection: ~\n")
	for _, b := range bombs() {
		if len(b.text) < maxSeedBytes && strings.Contains(b.text, "logsource") {
			f.Add(b.text)
		}
	}
	store := recordtest.Load(f, `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventName":"X","userIdentity":{"arn":"a"},"requestParameters":{"a":{"b":["x",1]}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		set := loadInTime(t, files(t, "a.yml", text))
		set.Explain()
		set.Table(nil)
		if _, err := alarm.NewReplay(t.Context(), store, set, alarm.Options{}); err != nil {
			t.Errorf("what was taken cannot be run: %v", err)
		}
	})
}
