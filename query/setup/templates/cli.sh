#!/usr/bin/env bash
# CloudTrail for all Regions of {{if .IsOrganization}}the organization {{.Organization}}, whose management account is {{.Account}}{{else}}the account {{.Account}}{{end}}.
# Run it once, in that account, with credentials that may do all of this. It stops at
# the first command that fails; what was made by then stays.
# Management events are recorded once for free; data events, network activity events,
# Insights, the key, the log group and the alarms cost money.
set -euo pipefail
export AWS_REGION={{sh .Region}} AWS_DEFAULT_REGION={{sh .Region}} AWS_PAGER=

if [ "$(aws sts get-caller-identity --query Account --output text)" != {{sh .Account}} ]; then
  echo 'these are credentials of another account than' {{sh .Account}} >&2
  exit 1
fi

# again tries a command for a while: a role that was made just now is not known everywhere.
again() {
  for wait in 0 5 10 20; do
    sleep "$wait"
    if "$@"; then return; fi
  done
  return 1
}
{{- if .IsOrganization}}

# CloudTrail may act in the accounts of the organization.
aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com
{{- end}}

# The bucket: nobody else's objects, nothing public, each version kept.
aws s3api create-bucket --bucket {{sh .Bucket}} --object-ownership BucketOwnerEnforced
{{- with .LocationConstraint}} \
  --create-bucket-configuration LocationConstraint={{sh .}}
{{- end}}
aws s3api put-public-access-block --bucket {{sh .Bucket}} --public-access-block-configuration \
  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
aws s3api put-bucket-versioning --bucket {{sh .Bucket}} --versioning-configuration Status=Enabled
aws s3api put-bucket-lifecycle-configuration --bucket {{sh .Bucket}} --lifecycle-configuration {{json .Lifecycle | sh}}
aws s3api put-bucket-policy --bucket {{sh .Bucket}} --policy {{json .BucketPolicy | sh}}
{{- if .HasNewKey}}

# The key of the log files, and who may use it.
key=$(aws kms create-key --description 'Log files of CloudTrail' --policy {{json .KeyPolicy | sh}} \
  --query KeyMetadata.Arn --output text)
aws kms enable-key-rotation --key-id "$key"
aws kms create-alias --alias-name {{sh .KeyAlias}} --target-key-id "$key"
{{- end}}
{{- if .HasGivenKey}}

# The key is there. Its policy has to have these statements:
{{json .KeyStatements | comment}}
key={{sh .KMS}}
{{- end}}

# The log group that alarms look at, and the role by which CloudTrail writes to it.
aws logs create-log-group --log-group-name {{sh .LogGroup}}
aws logs put-retention-policy --log-group-name {{sh .LogGroup}} --retention-in-days 365
aws iam create-role --role-name {{sh .Role}} --assume-role-policy-document {{json .TrustPolicy | sh}}
aws iam put-role-policy --role-name {{sh .Role}} --policy-name CloudWatchLogs --policy-document {{json .RolePolicy | sh}}

# The trail.
again aws cloudtrail create-trail --name {{sh .Trail}} --s3-bucket-name {{sh .Bucket}} \
  --is-multi-region-trail --include-global-service-events --enable-log-file-validation{{if .IsOrganization}} --is-organization-trail{{end}} \
{{- if .HasKey}}
  --kms-key-id "$key" \
{{- end}}
  --cloud-watch-logs-log-group-arn {{sh .LogGroupARN}} --cloud-watch-logs-role-arn {{sh .RoleARN}}
aws cloudtrail put-event-selectors --trail-name {{sh .Trail}} --advanced-event-selectors {{json .EventSelectors | sh}}
aws cloudtrail put-insight-selectors --trail-name {{sh .Trail}} --insight-selectors {{json .InsightSelectors | sh}}
aws cloudtrail start-logging --name {{sh .Trail}}
{{- if .HasTopic}}

# Whom the alarms tell.
aws sns create-topic --name {{sh .TopicName}}
aws sns set-topic-attributes --topic-arn {{sh .TopicARN}} --attribute-name Policy --attribute-value {{json .TopicPolicy | sh}}
{{- if .Email}}
# A mail asks for confirmation; nothing is told before.
aws sns subscribe --topic-arn {{sh .TopicARN}} --protocol email --notification-endpoint {{sh .Email}}
{{- else}}
# Nobody is told yet: aws sns subscribe --topic-arn {{.TopicARN}} --protocol email --notification-endpoint ADDRESS
{{- end}}
{{- end}}
{{- range .Alarms}}

aws logs put-metric-filter --log-group-name {{sh $.LogGroup}} --filter-name {{sh .Name}} \
  --metric-transformations metricName={{sh .MetricName}},metricNamespace={{sh .Namespace}},metricValue={{sh .Filter.Value}} \
  --filter-pattern {{sh .Filter.Pattern}}
aws cloudwatch put-metric-alarm --alarm-name {{sh .Name}} --alarm-description {{sh .Description}} \
  --metric-name {{sh .MetricName}} --namespace {{sh .Namespace}} --statistic {{sh .Statistic}} --period {{.Seconds}} \
  --evaluation-periods {{.EvaluationPeriods}} --datapoints-to-alarm {{.DatapointsToAlarm}} --threshold {{.Threshold}} \
  --comparison-operator {{sh .Comparison}} --treat-missing-data {{sh .TreatMissingData}} --alarm-actions {{sh $.TopicARN}}
{{- end}}
