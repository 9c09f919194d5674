package setup

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// A diary makes the records of calls, one a minute.
type diary struct {
	records []string
	region  string
}

// note makes the record of a call. CloudTrail spells members with a small letter at their
// begin, but for those of S3.
func (d *diary) note(service, name string, parameters, response any) {
	if service != "s3" {
		parameters, response = small(parameters), small(response)
	}
	n := len(d.records)
	text, err := json.Marshal(map[string]any{
		"eventVersion": "1.11", "eventTime": time.Date(2026, 3, 2, 10, n, 0, 0, time.UTC), "eventID": fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		"eventSource": service + ".amazonaws.com", "eventName": name, "awsRegion": d.region, "recipientAccountId": "111122223333",
		"userIdentity":      map[string]any{"type": "IAMUser", "accountId": "111122223333", "userName": "admin"},
		"requestParameters": parameters, "responseElements": response, "readOnly": false, "managementEvent": true, "eventCategory": "Management",
	})
	if err != nil {
		panic(err)
	}
	d.records = append(d.records, string(text))
}

// small is a value as JSON, with a small letter at the begin of each name.
func small(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		panic(err)
	}
	return smaller(plain)
}

func smaller(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = smaller(v[i])
		}
	case map[string]any:
		all := map[string]any{}
		for name, value := range v {
			all[strings.ToLower(name[:1])+name[1:]] = smaller(value)
		}
		return all
	}
	return v
}

type object = map[string]any

// carryOut makes the records of what a plan makes.
func (d *diary) carryOut(p *Plan) {
	d.region = p.Region
	d.note("s3", "CreateBucket", object{"bucketName": p.Bucket}, nil)
	d.note("s3", "PutBucketPublicAccessBlock", object{"bucketName": p.Bucket, "PublicAccessBlockConfiguration": object{
		"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
	}}, nil)
	d.note("s3", "PutBucketVersioning", object{"bucketName": p.Bucket, "VersioningConfiguration": object{"Status": "Enabled"}}, nil)
	d.note("s3", "PutBucketLifecycle", object{"bucketName": p.Bucket, "LifecycleConfiguration": object{
		"Rule": object{"Status": "Enabled", "Expiration": object{"Days": p.KeepDays}},
	}}, nil)
	d.note("s3", "PutBucketPolicy", object{"bucketName": p.Bucket, "bucketPolicy": p.BucketPolicy()}, nil)
	d.note("logs", "CreateLogGroup", object{"logGroupName": p.LogGroup()}, nil)
	trail := object{
		"name": p.Trail, "s3BucketName": p.Bucket, "includeGlobalServiceEvents": true, "isMultiRegionTrail": true, "trailARN": p.TrailARN(),
		"logFileValidationEnabled": true, "isOrganizationTrail": p.IsOrganization(), "cloudWatchLogsLogGroupArn": p.LogGroupARN(),
		"cloudWatchLogsRoleArn": p.RoleARN(),
	}
	if p.HasKey() {
		trail["kmsKeyId"] = "arn:aws:kms:" + p.Region + ":111122223333:key/11112222-3333-4444-5555-666677778888"
	}
	d.note("cloudtrail", "CreateTrail", trail, trail)
	d.note("cloudtrail", "PutEventSelectors", object{"trailName": p.Trail, "advancedEventSelectors": p.EventSelectors()}, nil)
	d.note("cloudtrail", "PutInsightSelectors", object{"trailName": p.Trail, "insightSelectors": p.InsightSelectors()}, nil)
	d.note("cloudtrail", "StartLogging", object{"name": p.Trail}, nil)
	for _, a := range p.Alarms() {
		d.note("logs", "PutMetricFilter", object{
			"logGroupName": p.LogGroup(), "filterName": a.Name, "filterPattern": a.Filter.Pattern,
			"metricTransformations": []object{{"metricName": a.MetricName, "metricNamespace": a.Namespace, "metricValue": a.Filter.Value}},
		}, nil)
		d.note("monitoring", "PutMetricAlarm", object{
			"alarmName": a.Name, "metricName": a.MetricName, "namespace": a.Namespace, "alarmActions": []string{p.TopicARN()}, "actionsEnabled": true,
		}, nil)
	}
}

// checked are the findings of a store about trails of that name, "" for all.
func checked(t *testing.T, store *schema.Store, o Options, trail string) []Finding {
	t.Helper()
	return checkedBy(t, store, o, trail, nil)
}

// checkedBy are those findings where AWS was asked, too.
func checkedBy(t *testing.T, store *schema.Store, o Options, trail string, told *Told) []Finding {
	t.Helper()
	w, err := NewWanted(o, schema.Scope{}, trail)
	if err != nil {
		t.Fatal(err)
	}
	findings, err := Check(t.Context(), store, w, told)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// ofTrail are the findings about a trail, but for those that are in place.
func ofTrail(findings []Finding, trail string) (notInPlace []string, all int) {
	for _, f := range findings {
		if f.Trail != trail {
			continue
		}
		all++
		if f.Verdict != InPlace {
			notInPlace = append(notInPlace, string(f.Verdict)+": "+f.What+": "+f.Why)
		}
	}
	return notInPlace, all
}

// What setup makes is what check asks for; and whatever is undone after that is missing.
func TestCheck(t *testing.T) {
	tests := []struct {
		trail string
		undo  func(d *diary, p *Plan)
		want  []string // what is not in place
	}{
		{"whole", func(*diary, *Plan) {}, nil},
		{"stopped", func(d *diary, p *Plan) { d.note("cloudtrail", "StopLogging", object{"name": p.TrailARN()}, nil) }, []string{
			"missing: logging: it was stopped",
		}},
		{"started-again", func(d *diary, p *Plan) {
			d.note("cloudtrail", "StopLogging", object{"name": p.Trail}, nil)
			d.note("cloudtrail", "StartLogging", object{"name": p.Trail}, nil)
		}, nil},
		{"narrowed", func(d *diary, p *Plan) {
			d.note("cloudtrail", "UpdateTrail", object{"name": p.Trail}, object{
				"name": p.Trail, "trailARN": p.TrailARN(), "s3BucketName": p.Bucket, "isMultiRegionTrail": false, "includeGlobalServiceEvents": false,
				"logFileValidationEnabled": false, "isOrganizationTrail": false,
			})
		}, []string{
			"missing: all Regions: it records its home Region alone",
			"missing: global services: it leaves IAM, STS and other global services out",
			"missing: log file validation: it writes no digests",
			"missing: key: log files are encrypted with S3's own key",
			"missing: CloudWatch Logs: it delivers to no log group",
			"missing: alarms: they have no log group to look at",
		}},
		{"selected", func(d *diary, p *Plan) {
			d.note("cloudtrail", "PutEventSelectors", object{"trailName": p.Trail, "eventSelectors": []object{{
				"readWriteType": "WriteOnly", "includeManagementEvents": true, "dataResources": []object{{"type": "AWS::S3::Object", "values": []string{"arn:aws:s3"}}},
			}}}, nil)
			d.note("cloudtrail", "PutInsightSelectors", object{"trailName": p.Trail, "insightSelectors": []object{{"insightType": "ApiErrorRateInsight"}}}, nil)
		}, []string{
			"missing: management events: those that only read are left out",
			"missing: data events: none of AWS::Lambda::Function",
			"missing: network activity events: none of cloudtrail, ec2, kms, s3, secretsmanager",
			"missing: Insights: none of ApiCallRateInsight",
		}},
		{"without-kms-events", func(d *diary, p *Plan) {
			selectors := p.EventSelectors()
			d.note("cloudtrail", "PutEventSelectors", object{"trailName": p.Trail, "advancedEventSelectors": append([]any{object{
				"fieldSelectors": []object{
					{"field": "eventCategory", "equals": []string{"Management"}}, {"field": "eventSource", "notEquals": []string{"kms.amazonaws.com"}},
				},
			}}, selectors[1], selectors[2], selectors[3], selectors[4], selectors[5], selectors[6], selectors[7])}, nil)
		}, []string{"missing: management events: left out are those of kms.amazonaws.com"}},
		{"opened", func(d *diary, p *Plan) {
			d.note("s3", "DeleteBucketPublicAccessBlock", object{"bucketName": p.Bucket}, nil)
			d.note("s3", "PutBucketVersioning", object{"bucketName": p.Bucket, "VersioningConfiguration": object{"Status": "Suspended"}}, nil)
			d.note("s3", "PutBucketLifecycle", object{"bucketName": p.Bucket, "LifecycleConfiguration": object{
				"Rule": []object{{"Status": "Disabled", "Expiration": object{"Days": 3}}, {"Status": "Enabled", "Expiration": object{"Days": 1}}},
			}}, nil)
			d.note("s3", "PutBucketPolicy", object{"bucketName": p.Bucket, "bucketPolicy": object{"Statement": []object{{
				"Effect": "Allow", "Principal": object{"Service": []string{"config.amazonaws.com", "cloudtrail.amazonaws.com"}}, "Action": "s3:PutObject",
				"Condition": object{"StringEquals": object{"s3:x-amz-acl": "bucket-owner-full-control"}},
			}}}}, nil)
		}, []string{
			"missing: bucket: policy: CloudTrail may write for anybody's trail: no aws:SourceArn",
			"missing: bucket: no public access: what kept it from being public was deleted",
			"missing: bucket: versions: they are not kept",
			"missing: bucket: lifecycle: log files are deleted after 1 days, less than a year",
		}},
		{"unwatched", func(d *diary, p *Plan) {
			alarms := p.Alarms()
			d.note("logs", "DeleteMetricFilter", object{"logGroupName": p.LogGroup(), "filterName": alarms[0].Name}, nil)
			d.note("logs", "PutMetricFilter", object{
				"logGroupName": p.LogGroup(), "filterName": alarms[1].Name, "filterPattern": "{ $.eventName = CreateNetworkAcl }",
				"metricTransformations": []object{{"metricName": alarms[1].MetricName, "metricNamespace": alarms[1].Namespace, "metricValue": "1"}},
			}, nil)
		}, []string{
			"missing: alarm CloudTrailSecurityGroupChanges: no metric filter of CloudTrail/unwatched has its pattern",
			"missing: alarm CloudTrailNetworkAclChanges: no metric filter of CloudTrail/unwatched has its pattern",
		}},
		{"deleted", func(d *diary, p *Plan) { d.note("cloudtrail", "DeleteTrail", object{"name": p.Trail}, nil) }, []string{
			"missing: trail: it was deleted, and no other is known",
		}},
	}
	var d diary
	for _, test := range tests {
		p, err := NewPlan(options(func(o *Options) { o.Trail, o.Bucket = test.trail, test.trail+"-logs" }))
		if err != nil {
			t.Fatal(err)
		}
		d.carryOut(p)
		test.undo(&d, p)
	}
	// What somebody else was refused changes nothing, nor what is not of this.
	d.records = append(d.records, strings.Replace(d.records[len(d.records)-1], `"DeleteTrail"`, `"StopLogging","errorCode":"AccessDenied"`, 1))
	d.records[len(d.records)-1] = strings.NewReplacer(`"deleted"`, `"whole"`, `8000-`, `8001-`).Replace(d.records[len(d.records)-1])
	d.note("cloudtrail", "PutEventSelectors", object{"trailName": []int{1}, "eventSelectors": "x"}, object{"trailARN": object{}})
	d.note("monitoring", "PutMetricAlarm", nil, nil)
	store := recordtest.Load(t, d.records...)
	for _, test := range tests {
		got, all := ofTrail(checked(t, store, options(nil), test.trail), test.trail)
		if !slices.Equal(got, test.want) || test.trail != "deleted" && all < 10 {
			t.Errorf("%s: of %d\n%s", test.trail, all, strings.Join(got, "\n"))
		}
	}
}

// An alarm that tells nobody, and one that is gone.
func TestCheckAlarms(t *testing.T) {
	p, err := NewPlan(options(func(o *Options) { o.Alarms = []string{"aws", "aws-s3"} }))
	if err != nil {
		t.Fatal(err)
	}
	var d diary
	d.carryOut(p)
	d.note("monitoring", "DisableAlarmActions", object{"alarmNames": []string{"CloudTrailVpcChanges", "CloudTrailGatewayChanges"}}, nil)
	d.note("monitoring", "EnableAlarmActions", object{"alarmNames": []string{"CloudTrailGatewayChanges"}}, nil)
	d.note("monitoring", "DeleteAlarms", object{"alarmNames": []string{"CloudTrailS3BucketActivity"}}, nil)
	findings := checked(t, recordtest.Load(t, d.records...), p.Options, "")
	got, _ := ofTrail(findings, p.Trail)
	want := []string{
		"missing: alarm CloudTrailVpcChanges: it tells nobody: it has no actions, or they are disabled",
		"missing: alarm CloudTrailS3BucketActivity: there is a metric filter, and no alarm on its metric",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// Of a trail that was made before the archive begins, what no record says cannot be told; and
// of an account that nothing is known of, not even that.
func TestCheckUntold(t *testing.T) {
	p, err := NewPlan(options(nil))
	if err != nil {
		t.Fatal(err)
	}
	var d diary
	d.region = p.Region
	d.note("iam", "CreateUser", object{"userName": "intern"}, nil)
	store := recordtest.Load(t, d.records...)
	if findings := checked(t, store, p.Options, ""); !slices.ContainsFunc(findings, func(f Finding) bool { return f.What == "trail" && f.Verdict == Untold }) {
		t.Errorf("%+v", findings)
	}
	d.note("cloudtrail", "StartLogging", object{"name": p.Trail}, nil)
	got, _ := ofTrail(checked(t, recordtest.Load(t, d.records...), p.Options, ""), p.Trail)
	for _, text := range got {
		if !strings.HasPrefix(text, "cannot tell: ") {
			t.Error(text)
		}
	}
	if len(got) < 9 {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// A member of an organization has the organization's trail; and what was left out on purpose is
// not asked for.
func TestCheckWanted(t *testing.T) {
	change := func(o *Options) {
		o.Organization, o.KMS, o.Alarms = "o-exampleorgid", None, []string{None}
		o.DataEvents, o.Network = []string{None}, []string{None}
	}
	p, err := NewPlan(options(change))
	if err != nil {
		t.Fatal(err)
	}
	var d diary
	d.carryOut(p)
	d.note("iam", "CreateUser", object{"userName": "intern"}, nil)
	d.records[len(d.records)-1] = strings.ReplaceAll(d.records[len(d.records)-1], "111122223333", "444455556666")
	store := recordtest.Load(t, d.records...)
	findings := checked(t, store, p.Options, "")
	if got, all := ofTrail(findings, p.Trail); len(got) > 0 || all < 10 {
		t.Errorf("%d, %q", all, got)
	}
	if slices.ContainsFunc(findings, func(f Finding) bool { return f.What == "trail" }) {
		t.Errorf("%+v", findings)
	}
	got, _ := ofTrail(checked(t, store, options(nil), ""), p.Trail)
	if len(got) != 3+10 { // key, data events, network activity events, and the alarms
		t.Errorf("%d: %s", len(got), strings.Join(got, "\n"))
	}
}

// settings are what AWS tells by records of a diary.
func (d *diary) settings(t *testing.T) (all []Setting) {
	t.Helper()
	for _, text := range d.records {
		r := readBlock(text)
		if r.at("eventSource").text() == "s3.amazonaws.com" { // which is not asked
			continue
		}
		block := func(name string) string {
			text, err := json.Marshal(r.at(name).value)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		all = append(all, Setting{
			r.at("recipientAccountId").text(), r.at("awsRegion").text(), r.at("eventName").text(), block("requestParameters"), block("responseElements"),
		})
	}
	return all
}

// What AWS says now counts more than records: of trails and alarms that are gone, and of those
// that no record makes.
func TestCheckTold(t *testing.T) {
	usual, err := NewPlan(options(nil))
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewPlan(options(func(o *Options) { o.Trail, o.Bucket = "other", "other-logs" }))
	if err != nil {
		t.Fatal(err)
	}
	var past, now diary
	past.carryOut(usual)
	now.carryOut(other)
	store := recordtest.Load(t, past.records...)
	told := &Told{Account: "111122223333", At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Settings: now.settings(t), Whole: true}

	findings := checkedBy(t, store, usual.Options, "", told)
	got, all := ofTrail(findings, "other")
	want := []string{}
	for _, what := range []string{"policy", "no public access", "versions", "lifecycle"} {
		want = append(want, "cannot tell: bucket: "+what+": no record sets it: it may have been set before the archive begins")
	}
	if !slices.Equal(got, want) || all < 20 {
		t.Errorf("of %d\n%s", all, strings.Join(got, "\n"))
	}
	for _, f := range findings {
		if f.Trail == "other" && f.Verdict == InPlace && (f.Record != nil || !strings.HasSuffix(f.Why, "AWS says so now")) {
			t.Errorf("%+v", f)
		}
	}
	if got, all := ofTrail(findings, usual.Trail); all > 0 {
		t.Errorf("a trail that is gone: %q", got)
	}
	// Where something was refused, what was not told may be there.
	told.Whole = false
	if _, all := ofTrail(checkedBy(t, store, usual.Options, "", told), usual.Trail); all < 20 {
		t.Errorf("of a trail that was not told there are %d findings", all)
	}
	// A trail that is there, and has lost its alarms since they were made.
	now = diary{}
	now.carryOut(usual)
	told.Settings = slices.DeleteFunc(now.settings(t), func(s Setting) bool { return s.Name == "PutMetricAlarm" })
	got, _ = ofTrail(checkedBy(t, store, usual.Options, "", told), usual.Trail)
	if len(got) != 10 || !strings.HasPrefix(got[0], "missing: alarm CloudTrailSecurityGroupChanges: there is a metric filter, and no alarm on its metric") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	// An account that the archive has nothing of.
	told = &Told{Account: "444455556666", At: told.At}
	for _, s := range now.settings(t) {
		s.Account, s.Parameters, s.Response = told.Account, strings.ReplaceAll(s.Parameters, "111122223333", told.Account), strings.ReplaceAll(s.Response, "111122223333", told.Account)
		told.Settings = append(told.Settings, s)
	}
	n := 0
	for _, f := range checkedBy(t, store, usual.Options, "", told) {
		if f.Account == told.Account && f.Verdict == InPlace {
			n++
		}
	}
	if n < 20 {
		t.Errorf("of an account that only AWS tells of %d things are in place", n)
	}
}
