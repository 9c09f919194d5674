package source

import (
	"compress/gzip"
	"encoding/json"
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
	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/schema"
)

// loaded returns a set of which nothing is refused.
func loaded(t *testing.T, o Options, sources ...string) *alarm.Set {
	t.Helper()
	set, err := Load(sources, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range set.Problems {
		if !p.Aside {
			t.Error(&p)
		}
	}
	return set
}

func evaluated(t *testing.T, store *schema.Store, set *alarm.Set, o alarm.Options) []alarm.Finding {
	t.Helper()
	var all []alarm.Finding
	for f, err := range alarm.Evaluate(t.Context(), store, set, o) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// fired counts the changes into ALARM.
func fired(found []alarm.Finding) int {
	n := 0
	for _, f := range found {
		if t, ok := f.(*alarm.Transition); ok && t.New == alarm.InAlarm {
			n++
		}
	}
	return n
}

// An evaluation in pieces finds what one in whole does: no change twice, none missing.
func TestPieces(t *testing.T) {
	store := logsStore(t, "../../../testdata/logs")
	set := loaded(t, Options{}, Builtins()...)
	set.Alarms[0].TreatMissingData = alarm.MissingIgnore
	var whole []string
	for _, f := range evaluated(t, store, set, alarm.Options{}) {
		whole = append(whole, f.Key())
	}
	if len(whole) < 20 {
		t.Fatalf("only %d findings", len(whole))
	}
	var pieces []string
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for at := begin; at.Before(begin.AddDate(0, 0, 4)); at = at.Add(7 * 61 * time.Minute) {
		for _, f := range evaluated(t, store, set, alarm.Options{Filter: query.Filter{Scope: schema.Scope{Since: at, Until: at.Add(7 * 61 * time.Minute)}}}) {
			pieces = append(pieces, f.Key())
		}
	}
	if !slices.Equal(whole, pieces) {
		t.Errorf("in whole %d findings, in pieces %d", len(whole), len(pieces))
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
		set := loaded(t, Options{Parameters: parameters}, sources...)
		for name := range want {
			if !slices.ContainsFunc(set.Alarms, func(a *alarm.Alarm) bool { return a.Name == name }) {
				t.Errorf("no alarm %s", name)
			}
		}
		for _, a := range set.Alarms {
			var got counts
			got.events, got.grid = seen(t, store, a)
			got.entries = fired(evaluated(t, store, &alarm.Set{Alarms: []*alarm.Alarm{a}}, alarm.Options{Together: true}))
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

// seen counts the events that an alarm's filter matches, by the statement that explains it,
// and the entries into ALARM if its windows stood on a grid.
func seen(t *testing.T, store *schema.Store, a *alarm.Alarm) (events, grid int) {
	t.Helper()
	set := &alarm.Set{Alarms: []*alarm.Alarm{a}}
	statement := strings.TrimSuffix(set.Explain()[0].Statement, ";")
	times, err := schema.Collect[time.Time](store.Query(t.Context(), "SELECT eventTime FROM ("+statement+")"))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[int64]float64{} // by window
	for _, at := range times {
		counts[at.Unix()/int64(a.Period/time.Second)]++
	}
	for at, count := range counts {
		if count >= a.Threshold && counts[at-1] < a.Threshold {
			grid++
		}
	}
	return len(times), grid
}

// The same over the archive of the repository, where plain Go counts the raw JSON.
func TestLogs(t *testing.T) {
	const logs = "../../../testdata/logs"
	store := logsStore(t, logs)
	records := rawRecords(t, logs)
	set := loaded(t, Options{}, "aws", "aws-s3")
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
		// One alarm for each account and Region, walked minute by minute.
		type home struct{ account, region string }
		minutes := map[home]map[int64]int{}
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
			at := home{account, region}
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
		if got := fired(evaluated(t, store, &alarm.Set{Alarms: []*alarm.Alarm{a}}, alarm.Options{})); got != entries || events != total {
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
