package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// A rawRecord is a record of testdata/logs, read without any code of ours.
type rawRecord struct {
	text                     string
	EventID, EventTime       string
	EventName, EventSource   *string
	EventCategory, AWSRegion string
	RecipientAccountID       string
	SourceIPAddress          string
	ReadOnly                 *bool
	UserIdentity             struct {
		Type, ARN             string
		UserName, AccessKeyID *string
	}
	Resources []struct{ ARN, Type string }
}

// rawRecords are the distinct records of testdata/logs, newest first.
func rawRecords(t *testing.T) (records []rawRecord) {
	t.Helper()
	seen := map[string]bool{}
	eachLog(t, func(key string, data []byte) {
		if strings.Contains(key, "CloudTrail-Digest") || strings.Contains(key, "CloudTrail-Aggregated") {
			return
		}
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Records []json.RawMessage }
		if err := json.NewDecoder(r).Decode(&file); err != nil {
			t.Fatal(err)
		}
		for _, text := range file.Records {
			if seen[string(text)] {
				continue
			}
			seen[string(text)] = true
			record := rawRecord{text: string(text)}
			if err := json.Unmarshal(text, &record); err != nil {
				t.Fatal(err)
			}
			records = append(records, record)
		}
	})
	slices.SortFunc(records, func(a, b rawRecord) int {
		return 2*strings.Compare(b.EventTime, a.EventTime) + strings.Compare(a.EventID, b.EventID)
	})
	return records
}

// username is what LookupEvents shows; known is false for who it is not known for.
func (r *rawRecord) username() (name *string, known bool) {
	switch r.UserIdentity.Type {
	case "IAMUser":
		return r.UserIdentity.UserName, true
	case "AssumedRole":
		session := r.UserIdentity.ARN[strings.LastIndex(r.UserIdentity.ARN, "/")+1:]
		return &session, true
	case "Root":
		root := "root"
		return &root, true
	case "AWSService":
		return nil, true
	}
	return nil, false
}

func given(p *string, value string) bool { return p != nil && *p == value }

// lookupEvents runs lookup and returns the events that it prints.
func lookupEvents(t *testing.T, store string, args ...string) []map[string]any {
	t.Helper()
	code, stdout, stderr := call(t, append([]string{"lookup", "--store", store}, args...)...)
	var answer struct{ Events []map[string]any }
	dec := json.NewDecoder(strings.NewReader(stdout))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&answer); err != nil || code != 0 || answer.Events == nil {
		t.Fatalf("%q: exit code %d, %v\n%s%s", args, code, err, stdout, stderr)
	}
	return answer.Events
}

// What lookup finds is what a look at each record of the files finds.
func TestLookup(t *testing.T) {
	store := demoStore(t)
	records := rawRecords(t)
	attribute := func(key, value string) string { return "AttributeKey=" + key + ",AttributeValue=" + value }
	const bucket = "arn:aws:s3:::example-customer-exports"
	hasARN := func(r *rawRecord, arn string) bool {
		return slices.ContainsFunc(r.Resources, func(x struct{ ARN, Type string }) bool { return x.ARN == arn })
	}
	some := records[len(records)/2]
	for _, c := range []struct {
		args []string
		fits func(r *rawRecord) bool
	}{
		{nil, func(r *rawRecord) bool { return true }},
		{[]string{"--lookup-attributes", attribute("EventId", some.EventID)}, func(r *rawRecord) bool { return r.EventID == some.EventID }},
		{[]string{"--lookup-attributes", attribute("EventName", "GetObject")}, func(r *rawRecord) bool { return given(r.EventName, "GetObject") }},
		{[]string{"--lookup-attributes", attribute("ReadOnly", "false")}, func(r *rawRecord) bool { return r.ReadOnly != nil && !*r.ReadOnly }},
		{[]string{"--lookup-attributes", attribute("Username", "support")}, func(r *rawRecord) bool { name, _ := r.username(); return given(name, "support") }},
		{[]string{"--lookup-attributes", attribute("EventSource", "kms.amazonaws.com")}, func(r *rawRecord) bool { return given(r.EventSource, "kms.amazonaws.com") }},
		{[]string{"--lookup-attributes", attribute("AccessKeyId", "AKIADEPLOYBOTEXAMPLE")}, func(r *rawRecord) bool { return given(r.UserIdentity.AccessKeyID, "AKIADEPLOYBOTEXAMPLE") }},
		{[]string{"--key", "AKIADEPLOYBOTEXAMPLE"}, func(r *rawRecord) bool { return given(r.UserIdentity.AccessKeyID, "AKIADEPLOYBOTEXAMPLE") }},
		{[]string{"--lookup-attributes", attribute("ResourceName", bucket)}, func(r *rawRecord) bool { return hasARN(r, bucket) }},
		{[]string{"--lookup-attributes", attribute("EventName", "GetObject"), attribute("Username", "support")}, func(r *rawRecord) bool {
			name, _ := r.username()
			return given(r.EventName, "GetObject") && given(name, "support")
		}},
		{[]string{"--start-time", "2026-03-02T21:41:00Z", "--end-time", "2026-03-02T22:00:38Z"}, func(r *rawRecord) bool {
			return r.EventTime >= "2026-03-02T21:41:00Z" && r.EventTime <= "2026-03-02T22:00:38Z"
		}},
		{[]string{"--since", "2026-03-02T21:41:00Z", "--until", "2026-03-02T22:00:38Z"}, func(r *rawRecord) bool {
			return r.EventTime >= "2026-03-02T21:41:00Z" && r.EventTime < "2026-03-02T22:00:38Z"
		}},
		{[]string{"--region", "us-west-2"}, func(r *rawRecord) bool { return r.AWSRegion == "us-west-2" }},
		{[]string{"--account", "444455556666", "--aws-region", "eu-west-1"}, func(r *rawRecord) bool {
			return r.RecipientAccountID == "444455556666" && r.AWSRegion == "eu-west-1"
		}},
		{[]string{"--ip", "203.0.113.77", "--event", "consolelogin"}, func(r *rawRecord) bool {
			return r.SourceIPAddress == "203.0.113.77" && given(r.EventName, "ConsoleLogin")
		}},
		{[]string{"--text", "STOPLOGGING"}, func(r *rawRecord) bool { return strings.Contains(strings.ToLower(r.text), "stoplogging") }},
		{[]string{"--text", "workloadcontext"}, func(r *rawRecord) bool { return strings.Contains(r.text, "workloadContext") }},
		{[]string{"--text", "2026-03-02T22:1"}, func(r *rawRecord) bool { return strings.Contains(r.text, "2026-03-02T22:1") }},
		{[]string{"--text", some.EventID[:13]}, func(r *rawRecord) bool { return strings.Contains(r.text, some.EventID[:13]) }},
		{[]string{"--text", `"readOnly":false,`}, func(r *rawRecord) bool { return strings.Contains(r.text, `"readOnly":false,`) }},
		{[]string{"--text", "not authorized to perform"}, func(r *rawRecord) bool { return strings.Contains(r.text, "not authorized to perform") }},
		{[]string{"--regex", `"eventName": ?"(Stop|Delete)\w+"`}, func(r *rawRecord) bool {
			return r.EventName != nil && (strings.HasPrefix(*r.EventName, "Stop") || strings.HasPrefix(*r.EventName, "Delete"))
		}},
	} {
		var want []*rawRecord
		for i := range records {
			if r := &records[i]; r.EventCategory != "Insight" && c.fits(r) {
				want = append(want, r)
			}
		}
		got := lookupEvents(t, store, c.args...)
		if len(got) != len(want) || len(want) == 0 {
			t.Errorf("%q: %d events, want %d", c.args, len(got), len(want))
			continue
		}
		for i := range got {
			same(t, got[i], want[i])
		}
		// The other forms have the same events in the same order.
		_, lines, _ := call(t, append([]string{"lookup", "-o", "ndjson", "--store", store}, c.args...)...)
		if n := strings.Count(lines, "\n"); n != len(want) {
			t.Errorf("%q: %d lines, want %d", c.args, n, len(want))
		}
	}

	// Insights events are found where they are asked for.
	var insights []*rawRecord
	for i := range records {
		if records[i].EventCategory == "Insight" {
			insights = append(insights, &records[i])
		}
	}
	got := lookupEvents(t, store, "--event-category", "insight")
	if len(got) != len(insights) || len(got) == 0 {
		t.Fatalf("%d Insights events, want %d", len(got), len(insights))
	}
	for i := range got {
		if got[i]["CloudTrailEvent"] != insights[i].text || got[i]["EventName"] == nil {
			t.Errorf("%v", got[i])
		}
	}
	for _, args := range [][]string{{"-q"}, {"-q", "--text", "us-east-1"}, {"-q", "--regex", "us-east-1"}} {
		all, some := lookupEvents(t, store, args...), lookupEvents(t, store, append(args, "--max-items", "7")...)
		if len(some) != 7 || !reflect.DeepEqual(some, all[:7]) {
			t.Errorf("%q: the newest 7: %d", args, len(some))
		}
	}
}

// same compares an event that lookup prints with a record, member by member.
func same(t *testing.T, got map[string]any, want *rawRecord) {
	t.Helper()
	member := func(name string, value *string) {
		t.Helper()
		if have, there := got[name]; there != (value != nil) || there && have != *value {
			t.Errorf("%s: %s is %v, there: %v", want.EventID, name, have, there)
		}
	}
	member("EventId", &want.EventID)
	member("EventName", want.EventName)
	member("EventSource", want.EventSource)
	member("EventTime", &want.EventTime)
	member("AccessKeyId", want.UserIdentity.AccessKeyID)
	member("CloudTrailEvent", &want.text)
	if name, known := want.username(); known {
		member("Username", name)
	}
	var readOnly *string
	if want.ReadOnly != nil {
		text := map[bool]string{true: "true", false: "false"}[*want.ReadOnly]
		readOnly = &text
	}
	member("ReadOnly", readOnly)
	resources, ok := got["Resources"].([]any)
	if !ok {
		t.Errorf("%s: Resources is %v", want.EventID, got["Resources"])
	}
	for _, r := range want.Resources {
		found := slices.ContainsFunc(resources, func(v any) bool {
			m := v.(map[string]any)
			return m["ResourceName"] == r.ARN && (r.Type == "" || m["ResourceType"] == r.Type)
		})
		if !found && r.ARN != "" {
			t.Errorf("%s: %s is not in %v", want.EventID, r.ARN, resources)
		}
	}
}

// Whatever is wrong with attributes, the flag is named, and what would have worked.
func TestLookupMisuse(t *testing.T) {
	for _, text := range []string{
		"x", "EventName=x", "AttributeKey=EventName", "AttributeKey=EventName,AttributeValue=", "AttributeKey=,AttributeValue=x",
		"AttributeKey=EventName,AttributeValue=a,b", "AttributeKey=EventName,AttributeValue=a,AttributeValue=b",
		`AttributeKey=EventName,AttributeValue="a`, `AttributeKey=EventName,AttributeValue="a"b`, `AttributeKey=EventName,AttributeValue='`,
		`[`, `[{}]`, `{"AttributeKey":"EventName"}`, `{"AttributeKey":"EventName","AttributeValue":1}`, `{"Key":"EventName","AttributeValue":"x"}`,
		`[{"AttributeKey":"EventName","AttributeValue":"x"}] x`, `["EventName"]`,
		"AttributeKey=Name,AttributeValue=x", "AttributeKey=ReadOnly,AttributeValue=0", "AttributeKey=EventId,AttributeValue=x",
	} {
		code, _, stderr := call(t, "lookup", "--store", "nowhere.duckdb", "--lookup-attributes", text)
		_, hint, hinted := strings.Cut(stderr, "\nhint: ")
		if code != exitUsage || !strings.Contains(stderr, "ttribute") && !strings.Contains(stderr, "eventID") && !strings.Contains(stderr, "ReadOnly") ||
			!hinted || strings.TrimSpace(hint) == "" {
			t.Errorf("%s: exit code %d, %s", text, code, stderr)
		}
	}
}

// The forms that CloudTrail's user guide gives, and ours.
func TestParseAWSTime(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"1422317782": "2015-01-27T00:16:22Z", "1422317782.5": "2015-01-27T00:16:22.5Z", "01-27-2015": "2015-01-27T00:00:00Z",
		"01-27-2015,01:16PM": "2015-01-27T13:16:00Z", "01-27-2015, 01:16 PM": "2015-01-27T13:16:00Z", "01/27/2015, 13:16": "2015-01-27T13:16:00Z",
		"2015-01-27": "2015-01-27T00:00:00Z", "2015-01-27, 01:16 PM": "2015-01-27T13:16:00Z", "2016-05-06, 9:49 am": "2016-05-06T09:49:00Z",
		"2015-01-27T13:16:00Z": "2015-01-27T13:16:00Z", "2015-01-27T13:16:00+01:00": "2015-01-27T12:16:00Z", "2015-01-27T13:16:05": "2015-01-27T13:16:05Z",
		"2015-01-27 13:16:05": "2015-01-27T13:16:05Z", "7d": "2026-03-02T12:00:00Z",
	} {
		got, err := parseAWSTime(text, now)
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %s, %v; want %s", text, got.Format(time.RFC3339Nano), err, want)
		}
	}
	for _, text := range []string{"20260302", "27-01-2015", "1e9", "-1422317782", "someday", "142231778299999"} {
		if got, err := parseAWSTime(text, now); err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
}
