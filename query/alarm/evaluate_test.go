package alarm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/query"
	"trailbox/query/eventpattern"
	"trailbox/query/record/recordtest"
	"trailbox/query/sigma"
	"trailbox/schema"
)

// watching is a set of one alarm, which counts the events that fit a filter pattern and has
// its name.
func watching(t *testing.T, pattern string, period time.Duration, threshold float64) *Set {
	t.Helper()
	f, err := NewFilter(Filter{Pattern: pattern, Value: "1"})
	if err != nil {
		t.Fatal(err)
	}
	a := counting()
	a.Name, a.Period, a.Threshold = pattern, period, threshold
	set := &Set{}
	set.AddAlarms([]*Alarm{a}, []*Filter{f})
	return set
}

// addPattern adds an event pattern.
func addPattern(t *testing.T, set *Set, name, pattern string) {
	t.Helper()
	p, err := eventpattern.Parse(pattern)
	if err != nil {
		t.Fatal(err)
	}
	set.AddEventRule(&eventpattern.Rule{Name: name, State: eventpattern.Enabled, Pattern: p}, Position{})
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

// counts are what the rules of a Set match.
func counts(t *testing.T, store *schema.Store, set *Set, o Options) []*Tally {
	t.Helper()
	r, err := NewReplay(t.Context(), store, set, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.Tallies
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

func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// A bucket is made and deleted: the alarm goes off, and is back where it was a minute
// later.
func TestFirstStory(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "CreateBucket", "eventID", id(1)),
		event("2026-03-02T10:02:30Z", "DeleteBucket", "eventID", id(2)),
	)
	set := watching(t, `{ $.eventName = "DeleteBucket" }`, time.Minute, 1)
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
	set := watching(t, `{ $.eventName = "DeleteBucket" }`, 5*time.Minute, 2)
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
	if found := evaluated(t, store, set, Options{Filter: query.Filter{Scope: schema.Scope{Regions: []string{"eu-west-1"}}}}); fired(found) != 1 {
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

	// An alarm of another place sees nothing, and that is known; put together it sees all.
	set.Alarms[0].Account, set.Alarms[0].Threshold = "555566667777", 2
	for together, want := range map[bool][2]int{false: {1, 0}, true: {0, 1}} {
		elsewhere, err := set.Elsewhere(t.Context(), store, Options{Together: together})
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int{elsewhere, fired(evaluated(t, store, set, Options{Together: together}))}; got != want {
			t.Errorf("together %t: %v, want %v", together, got, want)
		}
	}
	set.Alarms[0].Account, set.Alarms[0].Region = "444455556666", "us-east-1"
	if n, err := set.Elsewhere(t.Context(), store, Options{}); n != 0 || err != nil {
		t.Errorf("%d elsewhere, %v", n, err)
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

// The shortest of pieces: what an alarm does in a minute depends on those before.
func TestMinutes(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "DeleteBucket", "eventID", id(1)),
		event("2026-03-02T10:03:05Z", "DeleteBucket", "eventID", id(2)),
		event("2026-03-02T10:20:05Z", "DeleteBucket", "eventID", id(3)),
	)
	set := watching(t, `{ $.eventName = "DeleteBucket" }`, 5*time.Minute, 1)
	for _, wide := range []bool{false, true} {
		var whole, pieces []string
		for _, f := range evaluated(t, store, set, Options{WideRange: wide}) {
			whole = append(whole, f.Key())
		}
		for at := time.Date(2026, 3, 2, 9, 58, 30, 0, time.UTC); len(pieces) < 5 && at.Hour() < 11; at = at.Add(time.Minute) {
			for _, f := range evaluated(t, store, set, Options{WideRange: wide, Filter: query.Filter{Scope: schema.Scope{Since: at, Until: at.Add(time.Minute)}}}) {
				pieces = append(pieces, f.Key())
			}
		}
		if len(whole) != 4 || !slices.Equal(whole, pieces) {
			t.Errorf("wide %t:\n%q\n%q", wide, whole, pieces)
		}
	}
}

func TestMetricValue(t *testing.T) {
	get := func(n int, second, bytes, bucket string) string {
		return event("2026-03-02T10:00:"+second+"Z", "GetObject", "eventID", id(n),
			"additionalEventData", `{"bytesTransferredOut":`+bytes+`}`, "requestParameters", `{"bucketName":"`+bucket+`"}`)
	}
	store := recordtest.Load(t,
		get(1, "01", "60", "customers"), get(2, "02", "40.5", "customers"), get(3, "03", "500", "other"),
		get(4, "04", `"many"`, "customers"), get(5, "05", `1e300`, "customers"), get(6, "06", `true`, "customers"),
	)
	filter, err := NewFilter(Filter{
		Pattern: `{ $.eventName = GetObject }`, Namespace: "n", MetricName: "bytes", Value: "$.additionalEventData.bytesTransferredOut",
		Dimensions: []Dimension{{Name: "Bucket", Value: "$.requestParameters.bucketName"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	customers := counting()
	customers.Namespace, customers.MetricName, customers.Dimensions = "n", "bytes", []Dimension{{Name: "Bucket", Value: "customers"}}
	customers.Comparison, customers.Threshold, customers.Period = GreaterThan, 100, time.Minute
	set := &Set{}
	set.AddAlarms([]*Alarm{customers}, []*Filter{filter})
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
	set := watching(t, `{ $.eventName = "DeleteBucket" }`, time.Minute, 2)
	addPattern(t, set, "s3", `{"source": ["aws.s3"]}`)
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
	set := watching(t, `{ $.eventName = "DeleteBucket" }`, time.Minute, 1)
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
	set := &Set{}
	addPattern(t, set, "s3", `{"source": ["aws.s3"]}`)
	set.AddSigma(sigma.Parse("rules.yml", sigmaRules))
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
	if got := keys(Options{Filter: query.Filter{Scope: schema.Scope{Since: from, Until: from.Add(2 * time.Minute)}}}); !slices.Equal(got, want[1:4]) {
		t.Errorf("two minutes: %q", got)
	}

	var got []string
	for _, c := range counts(t, store, set, Options{Events: 1}) {
		got = append(got, fmt.Sprintf("%s %s %d %d %s-%s", c.Rule.Name, c.Region, c.Matched, len(c.Events), c.First.Format("15:04"), c.Last.Format("15:04")))
	}
	if want := []string{"s3 eu-west-1 1 1 10:20-10:20", "s3 us-east-1 2 1 10:00-10:02", "Denied us-east-1 1 1 10:02-10:02", "Many buckets us-east-1 2 1 10:00-10:02"}; !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if tallies := counts(t, store, set, Options{Together: true}); tallies[0].Matched != 3 || len(tallies[0].Events) != 3 {
		t.Errorf("together: %+v", tallies[0])
	}
}

// Each time that a correlation comes true is found by itself, with the values that it groups
// by and its events; what it matched is events, however one asks.
func TestFirings(t *testing.T) {
	from := func(address string) []string { return []string{"sourceIPAddress", address} }
	deleted := func(n, minute int, address string) string {
		return event(fmt.Sprintf("2026-03-02T10:%02d:00Z", minute), "DeleteBucket", append(from(address), "eventID", id(n))...)
	}
	store := recordtest.Load(t,
		deleted(1, 0, "198.51.100.7"), deleted(2, 1, "198.51.100.7"), deleted(3, 2, "198.51.100.7"),
		deleted(4, 1, "203.0.113.9"), deleted(5, 3, "203.0.113.9"),
		deleted(6, 40, "198.51.100.7"), deleted(7, 42, "198.51.100.7"),
		deleted(8, 50, "192.0.2.1"),
	)
	set := &Set{}
	set.AddSigma(sigma.Parse("rules.yml", sigmaRules))
	want := []string{
		"sourceIPAddress=198.51.100.7 10:01 10:00-10:02 3 [1 2 3]",
		"sourceIPAddress=203.0.113.9 10:03 10:01-10:03 2 [4 5]",
		"sourceIPAddress=198.51.100.7 10:42 10:40-10:42 2 [6 7]",
	}
	ids := func(events []Event) (all []int) {
		for _, e := range events {
			n := 0
			fmt.Sscanf(e.ID[24:], "%d", &n)
			all = append(all, n)
		}
		return all
	}
	var matches []string
	for _, f := range evaluated(t, store, set, Options{}) {
		m := f.(*Match)
		matches = append(matches, fmt.Sprintf("%s %s %s-%s %d %v", m.Rule.grouped(m.Group), m.Time.Format("15:04"), m.First.Format("15:04"), m.Last.Format("15:04"), m.Matched, ids(m.Events)))
	}
	if !slices.Equal(matches, want) {
		t.Errorf("\n got %q\nwant %q", matches, want)
	}
	tallies := counts(t, store, set, Options{})
	for i, c := range tallies {
		text := fmt.Sprintf("%s %s-%s %d %v", c.Rule.grouped(c.Group), c.First.Format("15:04"), c.Last.Format("15:04"), c.Matched, ids(c.Events))
		group, rest, _ := strings.Cut(want[i], " ")
		if w := group + rest[len("10:01"):]; text != w {
			t.Errorf("%s, not %s", text, w)
		}
	}
	if len(tallies) != len(want) {
		t.Errorf("%d tallies", len(tallies))
	}
}

// By level, the most severe come first, and what has no level last; of one level the order
// is that of time.
func TestByLevel(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "DeleteBucket", "eventID", id(1)),
		event("2026-03-02T10:02:05Z", "DeleteBucket", "eventID", id(2), "errorCode", "AccessDenied"),
		event("2026-03-02T10:09:05Z", "DeleteBucket", "eventID", id(3), "errorCode", "AccessDenied"),
	)
	set := watching(t, `{ $.eventName = "DeleteBucket" }`, time.Minute, 1)
	addPattern(t, set, "s3", `{"source": ["aws.s3"]}`)
	set.AddSigma(sigma.Parse("rules.yml", sigmaRules))
	found, err := Find(t.Context(), store, set, Options{Events: 1})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for f, err := range found.ByLevel(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		name := "alarm"
		if m, ok := f.(*Match); ok {
			name = m.Rule.Name
		}
		got = append(got, name+" "+f.When().Format("15:04"))
	}
	want := []string{
		"Many buckets 10:02", "Denied 10:02", "Denied 10:09",
		"s3 10:00", "alarm 10:01", "alarm 10:02", "s3 10:02", "alarm 10:03", "alarm 10:04", "s3 10:09", "alarm 10:10", "alarm 10:11",
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}
