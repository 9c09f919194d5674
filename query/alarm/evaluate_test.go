package alarm

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/ingest"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// loaded returns a set that has no problem.
func loaded(t *testing.T, o LoadOptions, sources ...string) *Set {
	t.Helper()
	set, err := Load(sources, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range set.Problems {
		t.Error(&p)
	}
	return set
}

func evaluated(t *testing.T, store *schema.Store, set *Set, o Options) []Finding {
	t.Helper()
	var all []Finding
	for f, err := range Evaluate(t.Context(), store, set, o) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// event is a record with some members, of 111122223333 in us-east-1 unless they say
// otherwise.
func event(at, name string, members ...string) string {
	all := map[string]any{
		"eventVersion": "1.11", "eventTime": at, "eventName": name, "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
		"eventID": fmt.Sprintf("00000000-0000-4000-8000-%012x", len(at)*1000+int(at[len(at)-2])), "eventType": "AwsApiCall",
		"eventSource": "s3.amazonaws.com", "userIdentity": map[string]any{"type": "IAMUser", "userName": "admin"}, "sourceIPAddress": "198.51.100.7",
	}
	for i := 0; i+1 < len(members); i += 2 {
		if members[i] == "eventID" {
			all["eventID"] = members[i+1]
			continue
		}
		var v any
		if json.Unmarshal([]byte(members[i+1]), &v) != nil {
			v = members[i+1]
		}
		all[members[i]] = v
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// unpacked is the content of a packed file.
func unpacked(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// A bucket is made and deleted: the alarm goes off, and is back where it was a minute
// later.
func TestFirstStory(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "CreateBucket", "eventID", id(1)),
		event("2026-03-02T10:02:30Z", "DeleteBucket", "eventID", id(2)),
	)
	set := loaded(t, LoadOptions{Period: time.Minute, Threshold: 1}, `{ $.eventName = "DeleteBucket" }`)
	found := evaluated(t, store, set, Options{})
	if len(found) != 2 {
		t.Fatalf("%d findings, want 2", len(found))
	}
	fired, back := found[0].(*Transition), found[1].(*Transition)
	if want := time.Date(2026, 3, 2, 10, 3, 0, 0, time.UTC); !fired.Time.Equal(want) || fired.Old != InsufficientData || fired.New != InAlarm {
		t.Errorf("at %s from %s to %s", fired.Time, fired.Old, fired.New)
	}
	if want := "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (02/03/26 10:02:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."; fired.Reason != want {
		t.Errorf("\n got %s\nwant %s", fired.Reason, want)
	}
	if fired.Account != "111122223333" || fired.Region != "us-east-1" || fired.Matched != 1 || len(fired.Events) != 1 {
		t.Fatalf("%+v", fired)
	}
	if e := fired.Events[0]; e.Name != "DeleteBucket" || e.ID != id(2) || e.Actor != "admin" || e.SourceIP != "198.51.100.7" {
		t.Errorf("%+v", e)
	}
	if want := time.Date(2026, 3, 2, 10, 4, 0, 0, time.UTC); !back.Time.Equal(want) || back.New != InsufficientData {
		t.Errorf("at %s to %s", back.Time, back.New)
	}
	if want := "Insufficient Data: 1 datapoint was unknown."; back.Reason != want {
		t.Errorf("\n got %s\nwant %s", back.Reason, want)
	}
	if fired.Key() == back.Key() || fired.Key() != `alarm|{ $.eventName = "DeleteBucket" }|111122223333|us-east-1|2026-03-02T10:03:00Z|ALARM` {
		t.Errorf("keys %s, %s", fired.Key(), back.Key())
	}
}

// Each account and Region has an alarm of its own, unless they are put together.
func TestTogether(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "DeleteBucket", "eventID", id(1)),
		event("2026-03-02T10:01:05Z", "DeleteBucket", "eventID", id(2), "awsRegion", "eu-west-1"),
		event("2026-03-02T10:02:05Z", "DeleteBucket", "eventID", id(3), "recipientAccountId", `"444455556666"`),
	)
	set := loaded(t, LoadOptions{Period: 5 * time.Minute, Threshold: 2}, `{ $.eventName = "DeleteBucket" }`)
	if found := evaluated(t, store, set, Options{}); fired(found) != 0 {
		t.Errorf("alone: %d", fired(found))
	}
	found := evaluated(t, store, set, Options{Together: true})
	if fired(found) != 1 {
		t.Fatalf("together: %d", fired(found))
	}
	for _, f := range found {
		if f := f.(*Transition); f.New == InAlarm && (f.Matched != 2 || len(f.Events) != 2 || f.Account+f.Region != "") {
			t.Errorf("%+v", f)
		}
	}
	for _, f := range evaluated(t, store, set, Options{Together: true, Events: 1}) {
		if f := f.(*Transition); f.New == InAlarm && (f.Matched != 2 || len(f.Events) != 1) {
			t.Errorf("%+v", f)
		}
	}
	set.Alarms[0].Threshold = 1
	if found := evaluated(t, store, set, Options{}); fired(found) != 3 {
		t.Errorf("each: %d", fired(found))
	}
	if found := evaluated(t, store, set, Options{Scope: schema.Scope{Regions: []string{"eu-west-1"}}}); fired(found) != 1 {
		t.Errorf("one Region: %d", fired(found))
	}
	set.Alarms[0].Account = "444455556666"
	if found := evaluated(t, store, set, Options{}); fired(found) != 1 {
		t.Errorf("an alarm of one account: %d", fired(found))
	}
	set.Alarms[0].Region = "eu-west-1"
	if found := evaluated(t, store, set, Options{}); fired(found) != 0 {
		t.Errorf("an alarm of another Region: %d", fired(found))
	}
}

// fired counts the changes into ALARM.
func fired(found []Finding) int {
	n := 0
	for _, f := range found {
		if t, ok := f.(*Transition); ok && t.New == InAlarm {
			n++
		}
	}
	return n
}

// An evaluation in pieces finds what one in whole does: no change twice, none missing.
func TestPieces(t *testing.T) {
	store := logsStore(t, "../../testdata/logs")
	set := loaded(t, LoadOptions{}, Builtins()...)
	set.Alarms[0].TreatMissingData = MissingIgnore
	var whole []string
	for _, f := range evaluated(t, store, set, Options{}) {
		whole = append(whole, f.Key())
	}
	if len(whole) < 20 {
		t.Fatalf("only %d findings", len(whole))
	}
	var pieces []string
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for at := begin; at.Before(begin.AddDate(0, 0, 4)); at = at.Add(7 * 61 * time.Minute) {
		for _, f := range evaluated(t, store, set, Options{Scope: schema.Scope{Since: at, Until: at.Add(7 * 61 * time.Minute)}}) {
			pieces = append(pieces, f.Key())
		}
	}
	if !slices.Equal(whole, pieces) {
		t.Errorf("in whole %d findings, in pieces %d", len(whole), len(pieces))
	}
}

// The shortest of pieces: what an alarm does in a minute depends on those before.
func TestMinutes(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "DeleteBucket", "eventID", id(1)),
		event("2026-03-02T10:03:05Z", "DeleteBucket", "eventID", id(2)),
		event("2026-03-02T10:20:05Z", "DeleteBucket", "eventID", id(3)),
	)
	set := loaded(t, LoadOptions{Period: 5 * time.Minute, Threshold: 1}, `{ $.eventName = "DeleteBucket" }`)
	for _, wide := range []bool{false, true} {
		var whole, pieces []string
		for _, f := range evaluated(t, store, set, Options{WideRange: wide}) {
			whole = append(whole, f.Key())
		}
		for at := time.Date(2026, 3, 2, 9, 58, 30, 0, time.UTC); len(pieces) < 5 && at.Hour() < 11; at = at.Add(time.Minute) {
			for _, f := range evaluated(t, store, set, Options{WideRange: wide, Scope: schema.Scope{Since: at, Until: at.Add(time.Minute)}}) {
				pieces = append(pieces, f.Key())
			}
		}
		if len(whole) != 4 || !slices.Equal(whole, pieces) {
			t.Errorf("wide %t:\n%q\n%q", wide, whole, pieces)
		}
	}
}

// logsStore loads a folder of log files.
func logsStore(t *testing.T, folder string) *schema.Store {
	t.Helper()
	folders, err := ingest.OpenPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	var sources []ingest.Source
	for _, f := range folders {
		sources = append(sources, f)
	}
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store, err := schema.Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Run(t.Context(), store, sources, ingest.Options{Concurrency: 2, MaxFileBytes: ingest.DefaultMaxFileBytes}); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = schema.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// What the alarms make of 2,900 events of an exercise, counted by others: matching
// events, entries into ALARM, and what a fixed grid of five minutes would have had.
func TestCorpus(t *testing.T) {
	corpus := os.Getenv("TRAILBOX_CORPUS")
	if corpus == "" {
		t.Skip("TRAILBOX_CORPUS names no folder of log files")
	}
	store := logsStore(t, filepath.Join(corpus, "invictus"))
	type counts struct{ events, entries, grid int }
	check := func(want map[string]counts, parameters map[string]string, sources ...string) {
		t.Helper()
		set := loaded(t, LoadOptions{Parameters: parameters}, sources...)
		for name := range want {
			if !slices.ContainsFunc(set.Alarms, func(a *Alarm) bool { return a.Name == name }) {
				t.Errorf("no alarm %s", name)
			}
		}
		for _, a := range set.Alarms {
			var got counts
			got.events, got.grid = seen(t, store, a)
			got.entries = fired(evaluated(t, store, &Set{Alarms: []*Alarm{a}}, Options{Together: true}))
			if got != want[a.Name] {
				t.Errorf("%s: %v, want %v", a.Name, got, want[a.Name])
			}
		}
	}
	check(map[string]counts{
		"CloudTrailSecurityGroupChanges":  {8, 1, 1},
		"CloudTrailGatewayChanges":        {15, 3, 2},
		"CloudTrailVpcChanges":            {16, 3, 2},
		"CloudTrailEC2InstanceChanges":    {10, 2, 1},
		"CloudTrailChanges":               {13, 3, 2},
		"CloudTrailAuthorizationFailures": {60, 2, 2},
		"CloudTrailIAMPolicyChanges":      {26, 3, 2},
		"CloudTrailS3BucketActivity":      {6, 4, 2},
	}, nil, "aws", "aws-s3")
	cis := func(version, section string) map[string]counts {
		want := map[string]counts{}
		for suffix, c := range map[string]counts{
			"1 unauthorized API calls": {60, 2, 2}, "2 console sign-ins without MFA": {1, 1, 1}, "4 changes of IAM policies": {26, 3, 2},
			"5 changes of CloudTrail's configuration": {13, 3, 2}, "8 changes of S3 bucket policies": {6, 4, 2},
			"10 changes of security groups": {8, 1, 1}, "12 changes of network gateways": {15, 3, 2},
			"13 changes of route tables": {40, 3, 2}, "14 changes of VPCs": {16, 3, 2},
			"15 changes of AWS Organizations": {1, 1, 1}, // a LeaveOrganization that was denied
		} {
			want["CIS "+version+" "+section+"."+suffix] = c
		}
		if version == "1.2" {
			delete(want, "CIS 1.2 3.15 changes of AWS Organizations")
		}
		return want
	}
	check(cis("1.2", "3"), map[string]string{"Benchmark": "1.2"}, "cis")
	check(cis("4.0", "4"), map[string]string{"Benchmark": "4.0"}, "cis")
	check(cis("7.0", "5"), map[string]string{"SignIn": "short"}, "cis")
	written := cis("3.0", "4")
	written["CIS 3.0 4.1 unauthorized API calls"] = counts{2900, 1, 1}
	check(written, map[string]string{"Benchmark": "3.0", "AsWritten": "true"}, "cis")
}

// seen counts the events that an alarm's filters match, and the entries into ALARM if its
// windows stood on a grid.
func seen(t *testing.T, store *schema.Store, a *Alarm) (events, grid int) {
	t.Helper()
	e, err := newEvaluation(t.Context(), store, Options{Together: true})
	if err != nil {
		t.Fatal(err)
	}
	series, err := e.count(t.Context(), a, a.Filters[0])
	if err != nil {
		t.Fatal(err)
	}
	sums := map[int64]float64{}
	period := int64(a.Period / time.Minute)
	for _, m := range series[place{}] {
		events += int(m.matched)
		sums[m.at/period] += m.sum
	}
	for at, sum := range sums {
		if sum >= a.Threshold && sums[at-1] < a.Threshold {
			grid++
		}
	}
	return events, grid
}

// The same over the archive of the repository, where plain Go counts the raw JSON.
func TestLogs(t *testing.T) {
	const logs = "../../testdata/logs"
	store := logsStore(t, logs)
	records := rawRecords(t, logs)
	set := loaded(t, LoadOptions{}, "aws", "aws-s3")
	rules := map[string]func(r rawRecord) bool{
		"CloudTrailSecurityGroupChanges": ofNames("AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup"),
		"CloudTrailNetworkAclChanges":    ofNames("CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry ReplaceNetworkAclAssociation"),
		"CloudTrailGatewayChanges":       ofNames("CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway DeleteInternetGateway DetachInternetGateway"),
		"CloudTrailVpcChanges":           ofNames("CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc DisableVpcClassicLink EnableVpcClassicLink"),
		"CloudTrailEC2InstanceChanges":   ofNames("RunInstances RebootInstances StartInstances StopInstances TerminateInstances"),
		"CloudTrailEC2LargeInstanceChanges": func(r rawRecord) bool {
			parameters, _ := r["requestParameters"].(map[string]any)
			kind, _ := parameters["instanceType"].(string)
			return r["eventName"] == "RunInstances" && (strings.HasSuffix(kind, ".8xlarge") || strings.HasSuffix(kind, ".4xlarge"))
		},
		"CloudTrailChanges": ofNames("CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
		"CloudTrailConsoleSignInFailures": func(r rawRecord) bool {
			return r["eventName"] == "ConsoleLogin" && r["errorMessage"] == "Failed authentication"
		},
		"CloudTrailAuthorizationFailures": func(r rawRecord) bool {
			code, _ := r["errorCode"].(string)
			return strings.HasSuffix(code, "UnauthorizedOperation") || strings.HasPrefix(code, "AccessDenied")
		},
		"CloudTrailIAMPolicyChanges": ofNames("DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy"),
		"CloudTrailS3BucketActivity": func(r rawRecord) bool {
			return r["eventSource"] == "s3.amazonaws.com" && ofNames("PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication")(r)
		},
	}
	quiet := 0
	for _, a := range set.Alarms {
		if rules[a.Name] == nil {
			t.Fatalf("no rule for %s", a.Name)
		}
		// One alarm for each place, walked minute by minute.
		minutes := map[place]map[int64]int{}
		total := 0
		for _, r := range records {
			if !rules[a.Name](r) {
				continue
			}
			total++
			account, _ := r["recipientAccountId"].(string)
			region, _ := r["awsRegion"].(string)
			when, err := time.Parse(time.RFC3339, r["eventTime"].(string))
			if err != nil {
				t.Fatal(err)
			}
			at := place{account, region}
			if minutes[at] == nil {
				minutes[at] = map[int64]int{}
			}
			minutes[at][when.Unix()/60]++
		}
		entries := 0
		for _, counted := range minutes {
			keys := slices.Sorted(maps.Keys(counted))
			was := false
			for at := keys[0]; at < keys[len(keys)-1]+10; at++ {
				sum := 0
				for m := at - 5; m < at; m++ {
					sum += counted[m]
				}
				is := float64(sum) >= a.Threshold
				if is && !was {
					entries++
				}
				was = is
			}
		}
		events, _ := seen(t, store, a)
		if got := fired(evaluated(t, store, &Set{Alarms: []*Alarm{a}}, Options{})); got != entries || events != total {
			t.Errorf("%s: %d events and %d entries, want %d and %d", a.Name, events, got, total, entries)
		}
		if total == 0 {
			quiet++
		}
	}
	if quiet > 6 {
		t.Errorf("%d alarms see nothing in these logs", quiet)
	}
}

type rawRecord map[string]any

func ofNames(names string) func(rawRecord) bool {
	return func(r rawRecord) bool {
		name, _ := r["eventName"].(string)
		return name != "" && slices.Contains(strings.Fields(names), name)
	}
}

// rawRecords are the distinct records of log files.
func rawRecords(t *testing.T, folder string) []rawRecord {
	t.Helper()
	var all []rawRecord
	known := map[any]bool{}
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".json.gz") || strings.Contains(name, "Digest") || strings.Contains(name, "Aggregated") {
			return err
		}
		var file struct{ Records []rawRecord }
		if err := json.Unmarshal(unpacked(t, name), &file); err != nil {
			return err
		}
		for _, r := range file.Records {
			if !known[r["eventID"]] {
				known[r["eventID"]] = true
				all = append(all, r)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// transfers is a template whose metric is a number out of the event, by bucket.
const transfers = `Resources:
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      FilterPattern: '{ $.eventName = GetObject }'
      MetricTransformations:
        - MetricNamespace: n
          MetricName: bytes
          MetricValue: $.additionalEventData.bytesTransferredOut
          Dimensions: [{Key: Bucket, Value: $.requestParameters.bucketName}]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      {MetricName: bytes, Namespace: n, Dimensions: [{Name: Bucket, Value: customers}], Threshold: 100,
       ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Period: 60, Statistic: Sum}
`

func TestMetricValue(t *testing.T) {
	get := func(n int, second, bytes, bucket string) string {
		return event("2026-03-02T10:00:"+second+"Z", "GetObject", "eventID", id(n),
			"additionalEventData", `{"bytesTransferredOut":`+bytes+`}`, "requestParameters", `{"bucketName":"`+bucket+`"}`)
	}
	store := recordtest.Load(t,
		get(1, "01", "60", "customers"), get(2, "02", "40.5", "customers"), get(3, "03", "500", "other"),
		get(4, "04", `"many"`, "customers"), get(5, "05", `1e300`, "customers"), get(6, "06", `true`, "customers"),
	)
	set := loaded(t, LoadOptions{}, files(t, "t.yaml", transfers))
	found := evaluated(t, store, set, Options{})
	if len(found) != 2 {
		t.Fatalf("%d findings", len(found))
	}
	got := found[0].(*Transition)
	if want := "[100.5 (02/03/26 10:00:00)]"; !strings.Contains(got.Reason, want) {
		t.Errorf("%s, want %s", got.Reason, want)
	}
	if want := `"sampleCount":2.0`; !strings.Contains(got.ReasonData, want) {
		t.Errorf("%s, want %s", got.ReasonData, want)
	}
	set.Alarms[0].Threshold = 101
	if found := evaluated(t, store, set, Options{}); fired(found) != 0 {
		t.Errorf("%d above the sum", fired(found))
	}
}

// One event of two contents counts once; one of two accounts is two.
func TestTwice(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "DeleteBucket", "eventID", id(1)),
		event("2026-03-02T10:00:05Z", "DeleteBucket", "eventID", id(1), "errorCode", "AccessDenied"),
		event("2026-03-02T10:00:06Z", "DeleteBucket", "eventID", id(1), "recipientAccountId", `"444455556666"`),
	)
	set := loaded(t, LoadOptions{Period: time.Minute, Threshold: 2}, `{ $.eventName = "DeleteBucket" }`, `{"source": ["aws.s3"]}`)
	if found := evaluated(t, store, set, Options{}); fired(found) != 0 || len(found) != 6 {
		t.Errorf("alone: %d of %d", fired(found), len(found))
	}
	if found := evaluated(t, store, set, Options{Together: true}); fired(found) != 1 {
		t.Errorf("together: %d", fired(found))
	}
}

// A default value stands in minutes with events of which none fits; in minutes without
// any there is none.
func TestDefaultValue(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "ListBuckets", "eventID", id(1)),
		event("2026-03-02T10:01:05Z", "DeleteBucket", "eventID", id(2)),
		event("2026-03-02T10:02:05Z", "ListBuckets", "eventID", id(3)),
		event("2026-03-02T10:02:06Z", "ListBuckets", "eventID", id(4), "awsRegion", "eu-west-1"),
	)
	set := loaded(t, LoadOptions{Period: time.Minute, Threshold: 1}, `{ $.eventName = "DeleteBucket" }`)
	zero := 0.0
	set.Alarms[0].Filters[0].Default = &zero
	var got []string
	for _, f := range evaluated(t, store, set, Options{}) {
		f := f.(*Transition)
		got = append(got, fmt.Sprintf("%s %s %s", f.Time.Format("15:04"), f.Region, f.New))
		if f.New == InAlarm && !strings.Contains(f.ReasonData, `"sampleCount":1.0`) {
			t.Errorf("a value beside the default one: %s", f.ReasonData)
		}
	}
	want := []string{"10:01 us-east-1 OK", "10:02 us-east-1 ALARM", "10:03 eu-west-1 OK", "10:03 us-east-1 OK", "10:04 eu-west-1 INSUFFICIENT_DATA", "10:04 us-east-1 INSUFFICIENT_DATA"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

const sigmaRules = `title: Buckets
name: buckets
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: deletebucket}
  condition: selection
level: low
---
title: Many buckets
correlation:
  type: event_count
  rules: [buckets]
  group-by: [sourceIPAddress]
  timespan: 5m
  condition: {gte: 2}
level: high
---
title: Denied
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {errorCode: accessdenied}
  condition: selection
level: medium
`

// Rules match event by event; what only correlations look at is theirs alone.
func TestMatches(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "DeleteBucket", "eventID", id(1)),
		event("2026-03-02T10:02:05Z", "DeleteBucket", "eventID", id(2), "errorCode", "AccessDenied"),
		event("2026-03-02T10:20:05Z", "DeleteBucket", "eventID", id(3), "awsRegion", "eu-west-1"),
		event("2026-03-02T11:00:00Z", "ListBuckets", "eventID", id(4)),
	)
	set := loaded(t, LoadOptions{}, files(t, "rules.yml", sigmaRules, "s3.json", `{"source": ["aws.s3"]}`))
	keys := func(o Options) (all []string) {
		for _, f := range evaluated(t, store, set, o) {
			all = append(all, strings.TrimPrefix(f.Key(), "rule|"))
		}
		return all
	}
	deleted := func(n int) string { return "s3|" + id(n) + "|111122223333" }
	many := "Many buckets|198.51.100.7|2026-03-02T10:02:05Z"
	want := []string{deleted(1), deleted(2), "Denied|" + id(2) + "|111122223333", many, deleted(3)}
	if got := keys(Options{}); !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if got := keys(Options{ReadOnlyEvents: true}); !slices.Equal(got, append(want, deleted(4))) {
		t.Errorf("with events that read: %q", got)
	}
	from := time.Date(2026, 3, 2, 10, 1, 0, 0, time.UTC)
	if got := keys(Options{Scope: schema.Scope{Since: from, Until: from.Add(2 * time.Minute)}}); !slices.Equal(got, want[1:4]) {
		t.Errorf("two minutes: %q", got)
	}

	tallies, err := Count(t.Context(), store, set, Options{Events: 1})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range tallies {
		got = append(got, fmt.Sprintf("%s %s %d %d %s-%s", c.Rule.Name, c.Region, c.Matched, len(c.Events), c.First.Format("15:04"), c.Last.Format("15:04")))
	}
	if want := []string{"s3 eu-west-1 1 1 10:20-10:20", "s3 us-east-1 2 1 10:00-10:02", "Denied us-east-1 1 1 10:02-10:02", "Many buckets us-east-1 1 1 10:02-10:02"}; !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if tallies, err = Count(t.Context(), store, set, Options{Together: true}); err != nil || tallies[0].Matched != 3 || len(tallies[0].Events) != 3 {
		t.Errorf("together: %+v, %v", tallies[0], err)
	}
}
