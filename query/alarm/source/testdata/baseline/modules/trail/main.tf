variable "name" {
  type = string
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "${var.name}-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}"
  retention_in_days = 365
}

output "log_group" {
  value = aws_cloudwatch_log_group.trail
}
