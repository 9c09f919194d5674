variable "root_enabled" {
  type    = bool
  default = true
}

variable "mfa_enabled" {
  type    = bool
  default = true
}

variable "network_enabled" {
  type    = bool
  default = true
}

variable "vault_enabled" {
  type    = bool
  default = true
}

variable "namespace" {}

variable "log_group_name" {}

variable "topic_name" {
  default = null
}

variable "tags" {
  type    = map(string)
  default = { Terraform = "true" }
}

data "aws_iam_policy_document" "topic" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
  }
}

resource "aws_sns_topic" "alarms" {
  name = var.topic_name
  tags = var.tags
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_cloudwatch_log_metric_filter" "root" {
  count = var.root_enabled ? 1 : 0

  name           = "RootUsage"
  pattern        = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }"
  log_group_name = var.log_group_name

  metric_transformation {
    name      = "RootUsage"
    namespace = var.namespace
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "root" {
  count = var.root_enabled ? 1 : 0

  alarm_name                = "RootUsage"
  comparison_operator       = "GreaterThanOrEqualToThreshold"
  evaluation_periods        = "1"
  metric_name               = aws_cloudwatch_log_metric_filter.root[0].id
  namespace                 = var.namespace
  period                    = "300"
  statistic                 = "Sum"
  threshold                 = "1"
  alarm_description         = "Nobody should be root."
  alarm_actions             = [aws_sns_topic.alarms.arn]
  treat_missing_data        = "notBreaching"
  insufficient_data_actions = []
  tags                      = var.tags
}

resource "aws_cloudwatch_log_metric_filter" "mfa" {
  count = var.mfa_enabled ? 1 : 0

  name           = "NoMFA"
  pattern        = "{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") }"
  log_group_name = var.log_group_name

  metric_transformation {
    name      = "NoMFA"
    namespace = var.namespace
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "mfa" {
  count = var.mfa_enabled ? 1 : 0

  alarm_name          = "NoMFA"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = "1"
  metric_name         = aws_cloudwatch_log_metric_filter.mfa[0].id
  namespace           = var.namespace
  period              = "300"
  statistic           = "Sum"
  threshold           = "1"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_log_metric_filter" "network" {
  count = var.network_enabled ? 1 : 0

  name           = "NetworkChanges"
  pattern        = "{ $.eventName = CreateVpc }"
  log_group_name = var.log_group_name

  metric_transformation {
    name      = "NetworkChanges"
    namespace = var.namespace
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "network" {
  count = var.network_enabled ? 1 : 0

  alarm_name          = "NetworkChanges"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = "1"
  metric_name         = aws_cloudwatch_log_metric_filter.network[0].id
  namespace           = var.namespace
  period              = "300"
  statistic           = "Sum"
  threshold           = "1"
}

resource "aws_cloudwatch_event_rule" "vault" {
  count = var.vault_enabled ? 1 : 0

  name          = "vault"
  event_pattern = jsonencode({ source = ["aws.backup"] })
}

output "topic" {
  value = aws_sns_topic.alarms.arn
}
