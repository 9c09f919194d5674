// Package setup says how CloudTrail is switched on in all Regions, and what of that is
// missing where an archive comes from.
//
// # Words
//
// A [Plan] is what is to be made: a trail of an account or of an organization, and what
// belongs to it. [Plan.Write] writes it in one of the [Forms]: commands of the AWS CLI, a
// template of CloudFormation, a file of Terraform. The three make the same. [Check] looks in
// a store for the same things and gives a [Finding] for each of them. What AWS itself says, which
// somebody else asks, is [Told] to it.
//
// # What is made, and where AWS says so
//
//   - A trail of all Regions with log file validation: "Security best practices in AWS
//     CloudTrail", "Validating CloudTrail log file integrity". Of an organization: "Creating
//     a trail for an organization with the AWS CLI".
//   - The bucket and its policy, which lets CloudTrail write for this trail alone
//     (aws:SourceArn): "Amazon S3 bucket policy for CloudTrail". Without public access, with
//     versions and the owner of the bucket as the owner of all objects: "Security best
//     practices for Amazon S3".
//   - A key whose policy is for this trail alone: "Configure AWS KMS key policies for
//     CloudTrail".
//   - Event selectors: "Logging management events", "Logging data events", which leave out
//     the trail's own bucket, "Logging network activity events", of which only those that a
//     VPC endpoint refused are recorded, "Working with CloudTrail Insights".
//   - A log group, and a role that writes into it: "Sending events to CloudWatch Logs", "Role
//     policy document for CloudTrail to use CloudWatch Logs for monitoring". That role takes
//     no aws:SourceArn, as the same page says.
//   - The alarms, with an SNS topic that the account's alarms alone publish to: "Creating
//     CloudWatch alarms for CloudTrail events: examples", "Amazon SNS and CloudWatch alarms".
//
// # What is typed
//
// Values are checked by AWS's own rules for them before anything is written, and quoted for
// the form on top of that: no value becomes a command, a key of YAML or an expression.
package setup
