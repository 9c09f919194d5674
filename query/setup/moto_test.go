//go:build moto

package setup

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"trailbox/ingest/bucket"
	"trailbox/ingest/cloudtrail"
	"trailbox/query/alarm/source"
	"trailbox/query/notify/mototest"
	"trailbox/query/record/recordtest"
)

// awsCLI runs the AWS CLI, $TRAILBOX_AWS or aws in $PATH, and returns what it prints.
func awsCLI(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := exec.Command("aws", args...).Output()
	if err != nil {
		t.Fatalf("aws %q: %v", args, err)
	}
	return out
}

// answer is what the AWS CLI prints, as JSON.
func answer(t *testing.T, args ...string) object {
	t.Helper()
	var v object
	if err := json.Unmarshal(awsCLI(t, args...), &v); err != nil {
		t.Fatalf("aws %q: %v", args, err)
	}
	return v
}

// onMoto runs the commands of a plan on a new AWS.
func onMoto(t *testing.T, p *Plan) {
	t.Helper()
	t.Setenv("AWS_ENDPOINT_URL", mototest.Start(t, "MOTO_ACCOUNT_ID="+p.Account))
	t.Setenv("AWS_DEFAULT_REGION", p.Region)
	if program := os.Getenv("TRAILBOX_AWS"); program != "" {
		t.Setenv("PATH", filepath.Dir(program)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	}
	if p.IsOrganization() {
		awsCLI(t, "organizations", "create-organization", "--feature-set", "ALL")
	}
	run := exec.Command("bash")
	run.Stdin = bytes.NewReader(written(t, p, CLI))
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// The commands run; what they make loads as the alarms of the plan, and is all that check asks
// for.
func TestCommandsByMoto(t *testing.T) {
	p, err := NewPlan(options(func(o *Options) { o.Organization = "o-exampleorgid" }))
	if err != nil {
		t.Fatal(err)
	}
	onMoto(t, p)

	exports := t.TempDir()
	filters, alarms := awsCLI(t, "logs", "describe-metric-filters"), awsCLI(t, "cloudwatch", "describe-alarms")
	for name, text := range map[string][]byte{"filters.json": filters, "alarms.json": alarms} {
		if err := os.WriteFile(filepath.Join(exports, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := source.Load([]string{exports}, source.Options{})
	if err != nil || len(set.Problems)+len(set.Rules) > 0 {
		t.Errorf("%v, %v, %v", set.Problems, set.Rules, err)
	}
	sameAlarms(t, "on moto", set.Alarms, p)

	d := diary{region: p.Region}
	d.noteMade(t, p)
	for _, filter := range readBlock(string(filters)).at("metricFilters").list() {
		d.note("logs", "PutMetricFilter", filter.value, nil)
	}
	for _, a := range readBlock(string(alarms)).at("MetricAlarms").list() {
		d.note("monitoring", "PutMetricAlarm", a.value, nil)
	}
	findings := checked(t, recordtest.Load(t, d.records...), p.Options, "")
	if got, all := ofTrail(findings, p.Trail); len(got) > 0 || all < 20 {
		t.Errorf("of %d: %q", all, got)
	}

	if got, _ := ofTrail(checkedBy(t, recordtest.Load(t, d.records[0]), p.Options, "", tell(t)), p.Trail); len(got) != 3 {
		t.Errorf("by what AWS says, and a bucket that nothing was set of: %q", got)
	}

	key := answer(t, "kms", "describe-key", "--key-id", p.KeyAlias())["KeyMetadata"].(object)["Arn"].(string)
	policy := answer(t, "kms", "get-key-policy", "--key-id", key, "--policy-name", "default")["Policy"].(string)
	if got, want := readBlock(policy).value, plain(t, p.KeyPolicy()); !reflect.DeepEqual(got, want) {
		t.Errorf("the key's policy is %s", policy)
	}
	if rotation := answer(t, "kms", "get-key-rotation-status", "--key-id", key); rotation["KeyRotationEnabled"] != true {
		t.Errorf("%v", rotation)
	}
	subscribers := answer(t, "sns", "list-subscriptions-by-topic", "--topic-arn", p.TopicARN())["Subscriptions"].([]any)
	if len(subscribers) != 1 || subscribers[0].(object)["Endpoint"] != p.Email {
		t.Errorf("the topic tells %v", subscribers)
	}
}

// tell asks moto as setup --check --api asks AWS.
func tell(t *testing.T) *Told {
	t.Helper()
	source, err := cloudtrail.Open(t.Context(), cloudtrail.Options{Options: bucket.Options{EndpointURL: os.Getenv("AWS_ENDPOINT_URL")}})
	if err != nil {
		t.Fatal(err)
	}
	settings, errs := source.Settings(t.Context())
	if len(errs) > 0 {
		t.Error(errs)
	}
	told := &Told{Account: source.Account(), At: time.Now(), Whole: true}
	for _, s := range settings {
		told.Settings = append(told.Settings, Setting(s))
	}
	return told
}

// noteMade makes the records of the trail and what it delivers to, by what the APIs say of them.
func (d *diary) noteMade(t *testing.T, p *Plan) {
	t.Helper()
	put := func(name, member string, value any) {
		d.note("s3", name, object{"bucketName": p.Bucket, member: value}, nil)
	}
	put("CreateBucket", "Host", answer(t, "s3api", "get-bucket-location", "--bucket", p.Bucket))
	policy := answer(t, "s3api", "get-bucket-policy", "--bucket", p.Bucket)["Policy"].(string)
	put("PutBucketPolicy", "bucketPolicy", readBlock(policy).value)
	put("PutBucketVersioning", "VersioningConfiguration", answer(t, "s3api", "get-bucket-versioning", "--bucket", p.Bucket))
	access := answer(t, "s3api", "get-public-access-block", "--bucket", p.Bucket)
	put("PutBucketPublicAccessBlock", "PublicAccessBlockConfiguration", access["PublicAccessBlockConfiguration"])
	rules := answer(t, "s3api", "get-bucket-lifecycle-configuration", "--bucket", p.Bucket)["Rules"]
	put("PutBucketLifecycle", "LifecycleConfiguration", object{"Rule": rules})

	for _, g := range answer(t, "logs", "describe-log-groups")["logGroups"].([]any) {
		d.note("logs", "CreateLogGroup", object{"logGroupName": g.(object)["logGroupName"]}, nil)
	}
	for _, made := range answer(t, "cloudtrail", "describe-trails")["trailList"].([]any) {
		d.note("cloudtrail", "CreateTrail", object{"name": p.Trail}, made)
	}
	selectors := answer(t, "cloudtrail", "get-event-selectors", "--trail-name", p.Trail)
	d.note("cloudtrail", "PutEventSelectors", selectors, selectors)
	insights := answer(t, "cloudtrail", "get-insight-selectors", "--trail-name", p.Trail)
	d.note("cloudtrail", "PutInsightSelectors", insights, insights)
	if answer(t, "cloudtrail", "get-trail-status", "--name", p.Trail)["IsLogging"] == true {
		d.note("cloudtrail", "StartLogging", object{"name": p.Trail}, nil)
	}
}

// As little as can be asked for runs, too, and where a bucket takes no place.
func TestFewCommandsByMoto(t *testing.T) {
	p := plans(t)["as little as can be"]
	onMoto(t, p)
	if n := len(answer(t, "cloudtrail", "describe-trails")["trailList"].([]any)); n != 1 {
		t.Errorf("%d trails", n)
	}
}
