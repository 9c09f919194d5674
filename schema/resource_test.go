package schema

import (
	"path/filepath"
	"testing"
)

// Whatever a record calls a resource, the same thing has one key, and another thing, of
// another account or Region too, has another.
func TestResourceKey(t *testing.T) {
	store, err := Create(t.Context(), filepath.Join(t.TempDir(), "t.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	key := func(kind, name string) string {
		t.Helper()
		k, err := One[string](store.Query(t.Context(), `SELECT concat_ws(' ', resource_type($type, $name), resource_id($name),
			coalesce(resource_account($type, $name, '111122223333'), '-'), coalesce(resource_region($type, $name, 'eu-west-1'), '-'))`,
			Arg{"type", orNull(kind)}, Arg{"name", name}))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return k
	}
	type called struct{ kind, name string }
	things := [][]called{
		{{"AWS::S3::Bucket", "logs"}, {"AWS::S3::Bucket", "arn:aws:s3:::logs"}, {"", "arn:aws:s3:::logs"}},
		{{"AWS::S3::Object", "logs/a:::b/c"}, {"AWS::S3::Object", "arn:aws:s3:::logs/a:::b/c"}, {"", "arn:aws:s3:::logs/a:::b/c"}},
		{{"AWS::IAM::Role", "audit"}, {"AWS::IAM::Role", "arn:aws:iam::111122223333:role/audit"}, {"", "arn:aws:iam::111122223333:role/path/audit"}},
		{{"AWS::IAM::Role", "arn:aws:iam::444455556666:role/audit"}},
		{{"AWS::IAM::User", "audit"}, {"", "arn:aws:iam::111122223333:user/audit"}},
		{{"AWS::IAM::Policy", "audit"}, {"AWS::IAM::Policy", "arn:aws:iam::111122223333:policy/audit"}, {"", "arn:aws:iam::111122223333:policy/path/audit"}},
		{{"AWS::IAM::Policy", "arn:aws:iam::aws:policy/audit"}},
		{{"AWS::KMS::Key", "11111111-1111-4111-8111-111111111111"}, {"AWS::KMS::Key", "arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-4111-8111-111111111111"}},
		{{"AWS::KMS::Key", "alias/a"}, {"AWS::KMS::Key", "arn:aws:kms:eu-west-1:111122223333:alias/a"}, {"AWS::KMS::Alias", "alias/a"}},
		{{"AWS::KMS::Key", "arn:aws:kms:us-east-1:111122223333:alias/a"}},
		{{"AWS::EC2::Instance", "i-0123456789abcdef0"}, {"", "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0"}},
		{{"AWS::Lambda::Function", "f"}, {"AWS::Lambda::Function", "arn:aws:lambda:eu-west-1:111122223333:function:f"}, {"", "arn:aws:lambda:eu-west-1:111122223333:function:f:1"}},
		{{"AWS::Lambda::Function", "arn:aws:lambda:us-east-1:111122223333:function:f"}},
		{{"AWS::DynamoDB::Table", "t"}, {"AWS::DynamoDB::Table", "arn:aws:dynamodb:eu-west-1:111122223333:table/t"}, {"AWS::DynamoDB::Table", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"}},
		{{"AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/111122223333/q"}, {"AWS::SQS::Queue", "arn:aws:sqs:eu-west-1:111122223333:q"}},
		{{"AWS::SecretsManager::Secret", "db/main"}, {"AWS::SecretsManager::Secret", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-aB12xy"}, {"AWS::SecretsManager::Secret", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main"}},
		{{"AWS::Logs::LogGroup", "/aws/lambda/f"}, {"AWS::Logs::LogGroup", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*"}},
		{{"AWS::SSM::Parameter", "/a/b"}, {"", "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"}},
		{{"AWS::SSM::Parameter", "ab"}, {"", "arn:aws:ssm:eu-west-1:111122223333:parameter/ab"}},
		{{"AWS::CloudTrail::Trail", "main"}, {"", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}},
		{{"AWS::RDS::DBInstance", "d"}, {"", "arn:aws:rds:eu-west-1:111122223333:db:d"}},
		{{"AWS::ECR::Repository", "team/app"}, {"", "arn:aws:ecr:eu-west-1:111122223333:repository/team/app"}},
		{{"AWS::Events::EventBus", "orders"}, {"", "arn:aws:events:eu-west-1:111122223333:event-bus/orders"}},
		{{"AWS::EFS::FileSystem", "fs-1"}, {"", "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1"}},
		{{"AWS::Backup::BackupVault", "v"}, {"", "arn:aws:backup:eu-west-1:111122223333:backup-vault:v"}},
		{{"AWS::Redshift::Cluster", "c"}, {"", "arn:aws:redshift:eu-west-1:111122223333:cluster:c"}},
		{{"AWS::Lambda::LayerVersion", "f"}, {"", "arn:aws:lambda:eu-west-1:111122223333:layer:f:3"}},
		{{"AWS::EC2::Volume", "vol-0123456789abcdef0"}, {"", "vol-0123456789abcdef0"}, {"", "arn:aws:ec2:eu-west-1:111122223333:volume/vol-0123456789abcdef0"}},
		{{"AWS::IAM::InstanceProfile", "audit"}, {"", "arn:aws:iam::111122223333:instance-profile/audit"}},
		{{"AWS::SNS::Topic", "arn:aws:sns:eu-west-1:111122223333:t"}},
		{{"", "'; DROP TABLE events --"}}, {{"", "arn:"}}, {{"", "arn:aws:kms"}}, {{"", "arn:aws:logs:::CreateLogStream"}},
	}
	of := map[string]int{}
	for i, names := range things {
		for _, n := range names {
			k := key(n.kind, n.name)
			if other, there := of[k]; there && other != i {
				t.Errorf("%q has the key of %q: %s", n.name, things[other][0].name, k)
			} else if !there && n != names[0] {
				t.Errorf("%q has another key than %q: %s", n.name, names[0].name, k)
			}
			of[k] = i
		}
	}
}
