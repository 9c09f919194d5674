# Shaped as a module that makes an alarm of each control of a benchmark.
variable "create" {
  type    = bool
  default = true
}

variable "use_random_name_prefix" {
  type    = bool
  default = false
}

variable "name_prefix" {
  type    = string
  default = ""
}

variable "control_overrides" {
  type    = any
  default = {}
}

variable "disabled_controls" {
  type    = list(string)
  default = []
}

variable "namespace" {
  type    = string
  default = "CISBenchmark"
}

variable "log_group_name" {
  type    = string
  default = ""
}

variable "alarm_actions" {
  type    = list(string)
  default = []
}

variable "tags" {
  type    = map(string)
  default = {}
}

resource "random_pet" "this" {
  count  = var.use_random_name_prefix ? 1 : 0
  length = 2
}

locals {
  all_controls = {
    UnauthorizedAPICalls = {
      pattern     = "{($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\")}"
      description = "Unauthorized calls."
    }
    RootUsage = {
      pattern     = "{$.userIdentity.type=\"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !=\"AwsServiceEvent\"}"
      description = "The root user."
    }
    ConsoleSigninFailures = {
      pattern     = "{($.eventName=ConsoleLogin) && ($.errorMessage=\"Failed authentication\")}"
      description = "Failed sign-ins."
      threshold   = 3
    }
  }

  controls = {
    for k, v in local.all_controls : k => merge(v, try(var.control_overrides[k], {}))
    if var.create && !contains(var.disabled_controls, k)
  }

  prefix = var.use_random_name_prefix ? "${random_pet.this[0].id}-" : var.name_prefix
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.controls

  name           = "${local.prefix}${each.key}"
  pattern        = each.value["pattern"]
  log_group_name = lookup(each.value, "log_group_name", var.log_group_name)

  metric_transformation {
    name          = "${local.prefix}${each.key}"
    namespace     = lookup(each.value, "namespace", var.namespace)
    value         = 1
    default_value = lookup(each.value, "default_value", null)
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.controls

  metric_name = aws_cloudwatch_log_metric_filter.this[each.key].id
  namespace   = lookup(each.value, "namespace", var.namespace)

  alarm_name        = "${local.prefix}${each.key}"
  alarm_description = lookup(each.value, "description", null)
  actions_enabled   = lookup(each.value, "actions_enabled", true)
  alarm_actions     = lookup(each.value, "alarm_actions", var.alarm_actions)

  comparison_operator = lookup(each.value, "comparison_operator", "GreaterThanOrEqualToThreshold")
  evaluation_periods  = lookup(each.value, "evaluation_periods", 1)
  threshold           = lookup(each.value, "threshold", 1)
  unit                = lookup(each.value, "unit", null)
  datapoints_to_alarm = lookup(each.value, "datapoints_to_alarm", null)
  treat_missing_data  = lookup(each.value, "treat_missing_data", "notBreaching")
  period              = lookup(each.value, "period", 300)
  statistic           = lookup(each.value, "statistic", "Sum")
  extended_statistic  = lookup(each.value, "extended_statistic", null)
  dimensions          = lookup(each.value, "dimensions", null)

  tags = merge(var.tags, lookup(each.value, "tags", {}))
}

output "alarm_arns" {
  value = { for k, v in aws_cloudwatch_metric_alarm.this : k => v.arn }
}
