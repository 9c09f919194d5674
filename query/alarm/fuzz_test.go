package alarm

import (
	"strings"
	"testing"
	"time"
)

// Whatever a file holds, it is read or refused, and what is read can be shown and
// evaluated.
func FuzzDocument(f *testing.F) {
	for _, name := range Builtins() {
		data, err := alarmFiles.ReadFile("alarms/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(jsonTemplate))
	f.Add([]byte(bomb))
	f.Add([]byte(transfers))
	f.Add([]byte(sigmaRules))
	f.Add([]byte("Resources:\n  F:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      FilterPattern: !FindInMap [a, b, c, {DefaultValue: !Sub ['${x}', {x: !If [y, 1, !GetAtt [a, b]]}]}]\n"))
	f.Add([]byte("Mappings: {a: {b: {c: d}}}\nResources:\n  F:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      FilterPattern: !FindInMap [a, b, x, {}]\n"))
	f.Add([]byte(`{"metricFilters": [{"filterName": "f", "filterPattern": "", "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}], "MetricAlarms": []}`))
	f.Add([]byte(`{"Rules": [{"Name": "r", "Arn": "a", "EventPattern": "{\"source\": [\"aws.s3\"]}"}]}`))
	f.Add([]byte(`{"terraform_version": "1", "values": {"root_module": {"resources": [{"type": "aws_cloudwatch_metric_alarm", "address": "a", "values": {"threshold": 1}}]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := &loader{set: &Set{}, options: LoadOptions{Period: time.Minute, Threshold: 1}, used: map[string]bool{}}
		l.document("file.yaml", data, true)
		l.folders()
		l.set.AddSigma(&l.rules)
		l.set.Explain()
		l.set.Table()
		for _, a := range l.set.Alarms {
			for _, c := range a.changes(ones(100, 101, 105), true) {
				a.reason(c)
			}
		}
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
	f.Fuzz(func(t *testing.T, text string) {
		name := "a.tf"
		if strings.HasPrefix(text, "{") {
			name = "a.tf.json"
		}
		folder := files(t, name, text)
		if _, err := Load([]string{folder}, LoadOptions{}); err != nil {
			t.Fatal(err)
		}
	})
}
