provider "aws" {
  region = "eu-west-1"
}

resource "aws_sns_topic" "alarms" {
  name_prefix = "alarms"
}

module "log_group" {
  source  = "terraform-aws-modules/cloudwatch/aws//modules/log-group"
  version = "~> 5.0"
}

module "off" {
  source = "../../modules/controls"
  create = false
}

module "controls" {
  source = "../../modules/controls"

  log_group_name    = module.log_group.cloudwatch_log_group_name
  alarm_actions     = [aws_sns_topic.alarms.arn]
  disabled_controls = ["RootUsage"]
  name_prefix       = "prod-"
  control_overrides = {
    UnauthorizedAPICalls = { threshold = 10, period = 60 }
  }
}

module "random" {
  source = "../../modules/controls"

  use_random_name_prefix = true
  disabled_controls      = ["RootUsage", "UnauthorizedAPICalls"]
}
