package source

import "testing"

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
	checkContent(t, folder, Options{}, `
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
	set, err := Load([]string{folder}, Options{Parameters: map[string]string{"threshold": "7"}})
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
]}]}}}`), Options{}, `
alarm a: Sum > 0 in 1m, 2 of 2 times
  { $.eventName = "X" }
`)
}
