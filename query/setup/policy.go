package setup

import (
	"bytes"
	"encoding/json"
)

// A policy is a policy of IAM, with its members in the order that AWS's documentation has.
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string
	Principal any `json:",omitempty"`
	Action    string
	Resource  any
	Condition condition `json:",omitempty"`
}

// A condition has values by operator and key.
type condition map[string]map[string]string

// A service is a principal, as is an account.
type service struct{ Service string }
type account struct{ AWS string }

func cloudTrail() service { return service{"cloudtrail.amazonaws.com"} }

func policyOf(statements ...statement) policy { return policy{"2012-10-17", statements} }

// BucketPolicy is the policy of the bucket. CloudTrail may write what this trail has to be
// written, and nobody comes without TLS.
func (p *Plan) BucketPolicy() any {
	bucket := "arn:" + p.partition() + ":s3:::" + p.Bucket
	write := func(sid, folder string) statement {
		return statement{
			Sid: sid, Effect: "Allow", Principal: cloudTrail(), Action: "s3:PutObject", Resource: bucket + "/AWSLogs/" + folder + "/*",
			Condition: condition{"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": p.TrailARN()}},
		}
	}
	all := []statement{
		{
			Sid: "AWSCloudTrailAclCheck", Effect: "Allow", Principal: cloudTrail(), Action: "s3:GetBucketAcl", Resource: bucket,
			Condition: condition{"StringEquals": {"aws:SourceArn": p.TrailARN()}},
		},
		// Of an organization too: it is where the trail writes when it becomes one of the account alone.
		write("AWSCloudTrailWrite", p.Account),
	}
	if p.IsOrganization() {
		all = append(all, write("AWSCloudTrailOrganizationWrite", p.Organization))
	}
	return policyOf(append(all, statement{
		Sid: "TLSOnly", Effect: "Deny", Principal: "*", Action: "s3:*", Resource: []string{bucket, bucket + "/*"},
		Condition: condition{"Bool": {"aws:SecureTransport": "false"}},
	})...)
}

// keyStatements are those that a key needs for the trail.
func (p *Plan) keyStatements() []statement {
	return []statement{
		{
			Sid: "CloudTrailEncrypts", Effect: "Allow", Principal: cloudTrail(), Action: "kms:GenerateDataKey*", Resource: "*",
			Condition: condition{
				"StringEquals": {"aws:SourceArn": p.TrailARN()},
				"StringLike":   {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:" + p.partition() + ":cloudtrail:*:" + p.Account + ":trail/*"},
			},
		},
		{
			Sid: "CloudTrailDescribesKey", Effect: "Allow", Principal: cloudTrail(), Action: "kms:DescribeKey", Resource: "*",
			Condition: condition{"StringEquals": {"aws:SourceArn": p.TrailARN()}},
		},
	}
}

// KeyPolicy is the policy of a new key. Who may decrypt is up to the account's own policies.
func (p *Plan) KeyPolicy() any {
	return policyOf(append([]statement{{
		Sid: "AccountDecides", Effect: "Allow", Principal: account{"arn:" + p.partition() + ":iam::" + p.Account + ":root"}, Action: "kms:*", Resource: "*",
	}}, p.keyStatements()...)...)
}

// KeyStatements are what the policy of a key that is there has to have.
func (p *Plan) KeyStatements() any { return p.keyStatements() }

// TrustPolicy lets CloudTrail take the role on. The role takes no aws:SourceArn ("Role policy
// document for CloudTrail to use CloudWatch Logs for monitoring").
func (p *Plan) TrustPolicy() any {
	return struct {
		Version   string
		Statement []any
	}{"2012-10-17", []any{struct {
		Effect    string
		Principal any
		Action    string
	}{"Allow", cloudTrail(), "sts:AssumeRole"}}}
}

// RolePolicy lets the role write into the streams that CloudTrail names: by the account, those
// of other accounts of an organization by the organization.
func (p *Plan) RolePolicy() any {
	stream := p.arn("logs", "log-group:"+p.LogGroup()+":log-stream:")
	streams := []string{stream + p.Account + "_CloudTrail_" + p.Region + "*"}
	if p.IsOrganization() {
		streams = append(streams, stream+p.Organization+"_*")
	}
	return policyOf(
		statement{Sid: "CreateLogStream", Effect: "Allow", Action: "logs:CreateLogStream", Resource: streams},
		statement{Sid: "PutLogEvents", Effect: "Allow", Action: "logs:PutLogEvents", Resource: streams},
	)
}

// TopicPolicy lets the account's alarms publish.
func (p *Plan) TopicPolicy() any {
	return policyOf(statement{
		Sid: "AlarmsPublish", Effect: "Allow", Principal: service{"cloudwatch.amazonaws.com"}, Action: "sns:Publish", Resource: p.TopicARN(),
		Condition: condition{
			"ArnLike":      {"aws:SourceArn": p.arn("cloudwatch", "alarm:*")},
			"StringEquals": {"aws:SourceAccount": p.Account},
		},
	})
}

// asJSON writes a value as JSON for people.
func asJSON(v any) (string, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // it is for no browser
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), err
}
