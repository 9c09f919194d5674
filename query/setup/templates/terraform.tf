# CloudTrail for all Regions of {{if .IsOrganization}}the organization {{.Organization}}, whose management account is {{.Account}}{{else}}the account {{.Account}}{{end}}.
{{- if .IsOrganization}}
# CloudTrail has to be let into the organization before:
#   aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com
{{- end}}
# Management events are recorded once for free; data events, network activity events,
# Insights, the key, the log group and the alarms cost money.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region              = {{hcl .Region}}
  allowed_account_ids = [{{hcl .Account}}]
}

# Nobody else's objects, nothing public, each version kept.
resource "aws_s3_bucket" "trail" {
  bucket = {{hcl .Bucket}}

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "trail" {
  bucket = aws_s3_bucket.trail.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "trail" {
  bucket                  = aws_s3_bucket.trail.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "trail" {
  bucket = aws_s3_bucket.trail.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "trail" {
  bucket     = aws_s3_bucket.trail.id
  depends_on = [aws_s3_bucket_versioning.trail]
  rule {
    id     = "keep-log-files"
    status = "Enabled"
    filter {}
    expiration {
      days = {{.KeepDays}}
    }
    noncurrent_version_expiration {
      noncurrent_days = {{.NoncurrentDays}}
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

resource "aws_s3_bucket_policy" "trail" {
  bucket = aws_s3_bucket.trail.id
  policy = jsonencode({{hcljson .BucketPolicy | indent 2}})
}
{{- if .HasNewKey}}

resource "aws_kms_key" "trail" {
  description         = "Log files of CloudTrail"
  enable_key_rotation = true
  policy              = jsonencode({{hcljson .KeyPolicy | indent 2}})

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "trail" {
  name          = {{hcl .KeyAlias}}
  target_key_id = aws_kms_key.trail.key_id
}
{{- end}}

# What alarms look at, and the role by which CloudTrail writes to it.
resource "aws_cloudwatch_log_group" "trail" {
  name              = {{hcl .LogGroup}}
  retention_in_days = 365
}

resource "aws_iam_role" "trail" {
  name               = {{hcl .Role}}
  assume_role_policy = jsonencode({{hcljson .TrustPolicy | indent 2}})
}

resource "aws_iam_role_policy" "trail" {
  name   = "CloudWatchLogs"
  role   = aws_iam_role.trail.id
  policy = jsonencode({{hcljson .RolePolicy | indent 2}})
}
{{- if .HasGivenKey}}

# The key of the trail is there. Its policy has to have these statements:
{{json .KeyStatements | comment}}
{{- end}}

resource "aws_cloudtrail" "trail" {
  name                          = {{hcl .Trail}}
  s3_bucket_name                = aws_s3_bucket.trail.id
  is_multi_region_trail         = true
  is_organization_trail         = {{.IsOrganization}}
  include_global_service_events = true
  enable_log_file_validation    = true
{{- if .HasNewKey}}
  kms_key_id                    = aws_kms_key.trail.arn
{{- else if .HasGivenKey}}
  kms_key_id                    = {{hcl .KMS}}
{{- end}}
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail.arn
  depends_on                    = [aws_s3_bucket_policy.trail, aws_iam_role_policy.trail]
{{- range .EventSelectors}}

  advanced_event_selector {
    name = {{hcl .Name}}
{{- range .FieldSelectors}}
    field_selector {
      field           = {{hcl .Field}}
{{- with .Equals}}
      equals          = [{{range $i, $value := .}}{{if $i}}, {{end}}{{hcl $value}}{{end}}]
{{- end}}
{{- with .NotStartsWith}}
      not_starts_with = [{{range $i, $value := .}}{{if $i}}, {{end}}{{hcl $value}}{{end}}]
{{- end}}
    }
{{- end}}
  }
{{- end}}
{{range .Insights}}
  insight_selector {
    insight_type = {{hcl .}}
  }
{{- end}}
}
{{- if .HasTopic}}

# Whom the alarms tell.
resource "aws_sns_topic" "alarms" {
  name = {{hcl .TopicName}}
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = jsonencode({{hcljson .TopicPolicy | indent 2}})
}
{{- if .Email}}

# A mail asks for confirmation; nothing is told before.
resource "aws_sns_topic_subscription" "alarms" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = {{hcl .Email}}
}
{{- end}}
{{- end}}
{{- range .Alarms}}

resource "aws_cloudwatch_log_metric_filter" {{hcl .Label}} {
  log_group_name = aws_cloudwatch_log_group.trail.name
  name           = {{hcl .Name}}
  pattern        = {{hcl .Filter.Pattern}}
  metric_transformation {
    name      = {{hcl .MetricName}}
    namespace = {{hcl .Namespace}}
    value     = {{hcl .Filter.Value}}
  }
}

resource "aws_cloudwatch_metric_alarm" {{hcl .Label}} {
  alarm_name          = {{hcl .Name}}
  alarm_description   = {{hcl .Description}}
  metric_name         = {{hcl .MetricName}}
  namespace           = {{hcl .Namespace}}
  statistic           = {{hcl .Statistic}}
  period              = {{.Seconds}}
  evaluation_periods  = {{.EvaluationPeriods}}
  datapoints_to_alarm = {{.DatapointsToAlarm}}
  threshold           = {{.Threshold}}
  comparison_operator = {{hcl .Comparison}}
  treat_missing_data  = {{hcl .TreatMissingData}}
  alarm_actions       = [{{if $.HasTopic}}aws_sns_topic.alarms.arn{{else}}{{hcl $.TopicARN}}{{end}}]
}
{{- end}}
