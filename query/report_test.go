package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"trailbox/schema"
	"trailbox/schema/storetest"
)

func TestMain(m *testing.M) {
	storetest.OneCore()
	os.Exit(m.Run())
}

// leaves are an event's values by their paths. Besides there are "touched", a line for
// each resource with its type, if any, and its name, and the numbers "file" and
// "position".
type leaves map[string]string

// with returns the leaves with others: path, value, path, value ...
func (l leaves) with(others ...string) leaves {
	l = maps.Clone(l)
	for i := 0; i < len(others); i += 2 {
		l[others[i]] = others[i+1]
	}
	return l
}

// number is 1 where there is none.
func (l leaves) number(name string) int32 {
	n, err := strconv.Atoi(l[name])
	if err != nil {
		n = 1
	}
	return int32(n)
}

// events is an EventSource of a few events, and each of its readers.
type events struct {
	mu     sync.Mutex
	events []leaves
	next   int
	ledger schema.Ledger
}

func (e *events) NewReader(context.Context) schema.EventReader { return e }

func (e *events) Ledger() schema.Ledger { return e.ledger }

func (e *events) Next(ev *schema.Event) (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.next == len(e.events) {
		return false, nil
	}
	l := e.events[e.next]
	*ev = schema.Event{File: l.number("file"), Position: l.number("position")}
	e.next++
	for i, c := range schema.Columns() {
		if value, ok := l[c.Path]; ok {
			ev.Leaves[i] = []byte(value)
		}
	}
	ev.EventID, _ = schema.ParseGUID(ev.Leaves[schema.ColEventID])
	type resource struct {
		Type *string `json:"type"`
		Name string  `json:"name"`
	}
	var touched []resource
	for line := range strings.Lines(l["touched"]) {
		line = strings.TrimSuffix(line, "\n")
		if kind, name, ok := strings.Cut(line, " "); ok && strings.HasPrefix(kind, "AWS::") {
			touched = append(touched, resource{&kind, name})
		} else {
			touched = append(touched, resource{nil, line})
		}
	}
	var err error
	if touched != nil {
		ev.Touched, err = json.Marshal(touched)
	}
	if text, ok := l["eventTime"]; ok && err == nil {
		ev.EventTime, err = time.Parse(time.RFC3339Nano, text)
	}
	return true, err
}

// storeOf loads batches of events, one after the other, into a store that has two log
// files, and opens it for reading.
func storeOf(t *testing.T, batches ...[]leaves) *schema.Store {
	t.Helper()
	return storeWith(t, schema.Ledger{}, batches...)
}

// storeWith is storeOf with more than the two log files.
func storeWith(t *testing.T, more schema.Ledger, batches ...[]leaves) *schema.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store := storetest.Create(t, path, 0)
	more.Files = append([]schema.LogFile{{File: 1, URI: "s3://trail/1.json.gz"}, {File: 2, URI: "s3://trail/2.json.gz"}}, more.Files...)
	if len(batches) == 0 {
		batches = [][]leaves{nil}
	}
	for i, batch := range batches {
		source := &events{events: batch}
		if i == 0 {
			source.ledger = more
		}
		if err := store.Load(t.Context(), source); err != nil {
			t.Fatal(errors.Join(err, store.Close()))
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	// Nobody else has made views or macros in it: that is not looked for.
	store, err := schema.OpenFor(t.Context(), path, schema.Grants{AnySchema: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// answer runs a report and returns its answer as CSV.
func answer(t *testing.T, store *schema.Store, r Report, f Filter) string {
	t.Helper()
	rows, err := r.Run(t.Context(), store, f)
	if err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	return written(t, rows, FormatCSV, 0)
}

// asked runs a statement and returns its answer as CSV.
func asked(t *testing.T, store *schema.Store, statement string) string {
	t.Helper()
	rows, err := store.Query(t.Context(), statement)
	if err != nil {
		t.Fatalf("%s\n%v", statement, err)
	}
	return written(t, rows, FormatCSV, 0)
}

// checkReport checks what a report says of some events, by itself and by the statement
// that people see: CSV without the header.
func checkReport(t *testing.T, name string, events []leaves, f Filter, want string) {
	t.Helper()
	store, report := storeOf(t, events), reportNamed(t, name)
	if _, got, _ := strings.Cut(answer(t, store, report, f), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if _, got, _ := strings.Cut(asked(t, store, report.Statement(f).Inline()), "\n"); got != want {
		t.Errorf("by its statement:\n%s\nwant:\n%s\n%s", got, want, report.Statement(f).Inline())
	}
}

// found lists the events that a filter lets through, by their requestID.
func found(t *testing.T, store *schema.Store, f Filter) string {
	t.Helper()
	list := Report{Name: "list", SQL: "SELECT requestID FROM events WHERE /* filters */ true ORDER BY requestID"}
	lines := strings.Fields(answer(t, store, list, f))
	return strings.Join(lines[1:], " ")
}

func reportNamed(t *testing.T, name string) Report {
	t.Helper()
	r, err := FindReport(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func utc(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err) // it is in this file
	}
	return t
}

func reading(only bool) *bool { return &only }

// filters are one Filter for each field, by its name, and one of all fields. Each of
// them lets filtered through and nothing of unfiltered.
func filters() map[string]Filter {
	all := Filter{
		Scope: schema.Scope{
			Since:    utc("2026-03-02T10:00:00Z"),
			Until:    utc("2026-03-02T11:00:00Z"),
			Accounts: []string{"999988887777", "111122223333"},
			Regions:  []string{"us-east-1", "eu-west-1"},
		},
		Account:       Is("111122223333"),
		Region:        Is("us-east-1", "eu-west-1"),
		Actor:         Is("admin"),
		CallerAccount: Is("444455556666"),
		EventName:     Is("PutObject"),
		EventSource:   Is("s3"),
		Resource:      Is("reports"),
		SourceIP:      Is("198.51.100.7"),
		AccessKey:     Is("AKIAALICEEXAMPLE"),
		UserAgent:     Is("agent/1"),
		ErrorCode:     Is("AccessDenied"),
		ReadOnly:      reading(false),
		ErrorsOnly:    true,
	}
	each := map[string]Filter{"all": all}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Filter]()) {
		if field.Anonymous || field.Name == "Also" || field.Name == "Families" { // which lets more through, and limits nothing
			continue
		}
		var one Filter
		reflect.ValueOf(&one).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(all).FieldByIndex(field.Index))
		each[field.Name] = one
	}
	return each
}

// filtered are events that filters lets through.
func filtered() []leaves {
	r := leaves{
		"eventTime": "2026-03-02T10:00:00Z", "recipientAccountId": "111122223333", "awsRegion": "eu-west-1",
		"userIdentity.type": "IAMUser", "userIdentity.userName": "admin", "userIdentity.accountId": "444455556666",
		"userIdentity.accessKeyId": "AKIAALICEEXAMPLE",
		"eventName":                "PutObject", "eventSource": "s3.amazonaws.com", "eventCategory": "Data",
		"userAgent":       "agent/1",
		"touched":         "AWS::S3::Bucket reports\nAWS::S3::Object arn:aws:s3:::reports/march",
		"sourceIPAddress": "198.51.100.7", "readOnly": "false", "errorCode": "AccessDenied",
		"eventID": "11111111-1111-4111-8111-111111111111",
	}
	return []leaves{
		r,
		r.with("eventTime", "2026-03-02T10:59:59.999999Z", "awsRegion", "us-east-1", "touched", "arn:aws:s3:::reports", "position", "2"),
		r.with("eventTime", "2026-03-02T10:20:00Z", "eventName", "putobject", "eventSource", "S3.amazonaws.com", "position", "3"),
	}
}

// unfiltered are events that none of filters lets through, but for those of Since
// before the hour of filtered and that of Until after it.
func unfiltered(eventTime string) []leaves {
	return []leaves{
		{"eventTime": eventTime, "eventID": "22222222-2222-4222-8222-222222222222"},
		{"eventTime": eventTime, "eventID": "22222222-2222-4222-8222-222222222222", "position": "2"},
		{"eventTime": eventTime, "eventName": "PutObjectAcl", "eventSource": "s3express.amazonaws.com", "awsRegion": "us-east-2", "readOnly": "true"},
		{
			"eventTime": eventTime, "recipientAccountId": "444455556666", "userIdentity.type": "IAMUser", "userIdentity.userName": "bot",
			"userIdentity.accountId": "111122223333", "userIdentity.accessKeyId": "AKIABOBEXAMPLE", "touched": "AWS::S3::Bucket old-reports", "sourceIPAddress": "198.51.100.77",
		},
	}
}

// beyond are the reports whose question is also about events that the filter leaves out.
func beyond() []string {
	return []string{
		"access-keys",          // who made a key, and what became of it
		"alive",                // what undid it
		"conflicts",            // the other contents of an eventID
		"coverage",             // the logging that somebody else stopped
		"denied-then-allowed",  // the change that somebody else made
		"destroyed",            // what took a deletion back
		"external-access",      // what took a grant back
		"first-seen",           // what came before
		"instance-credentials", // the other addresses of an instance, and those it was given
		"large-instances",      // the type that an instance was started with
		"new-services",         // what came before
		"trails",               // where trails deliver to
	}
}

// asking are the reports whose answer is also about what was asked for, be it there or not.
func asking() []string {
	return []string{"coverage", "files"}
}

func TestReportFiles(t *testing.T) {
	for _, r := range Reports() {
		t.Run(r.Name, func(t *testing.T) {
			if r.Title == "" || r.Why == "" {
				t.Errorf("title %q, why %q", r.Title, r.Why)
			}
			if !slices.Contains(Groups(), r.Group) {
				t.Errorf("group %q", r.Group)
			}
			// "  %-20s  %s" of the list
			if len(r.Name) > 20 || len(r.Title) > 80-24 {
				t.Errorf("its line in the list is wider than 80 columns: %s  %s", r.Name, r.Title)
			}
			for _, name := range r.Needs {
				if columns()[strings.ReplaceAll(name, "-", "")] == nil && name != "since" && name != "until" {
					t.Errorf("it needs the filter %q, which there is not", name)
				}
			}
			reads := regexp.MustCompile(`(?i)\b(?:FROM|JOIN)\s+events\b`).FindAllString(r.SQL, -1)
			if len(reads) != 1 && !slices.Contains(beyond(), r.Name) {
				t.Errorf("it reads events %d times: what filters do not limit is in no other report", len(reads))
			}
			for _, c := range r.Columns {
				if !regexp.MustCompile(`^[a-z]+[A-Za-z0-9]*$`).MatchString(c) {
					t.Errorf("%q among the columns %q", c, r.Columns)
				}
			}
			if strings.HasPrefix(r.SQL, "--") || strings.Contains(r.SQL, "\n-- column:") {
				t.Errorf("a part of the header is left: %.40q", r.SQL)
			}
			if n := strings.Count(r.SQL, "/* filters */ true"); n != 1 {
				t.Errorf("the place of filters is there %d times", n)
			}
			if !regexp.MustCompile(`\nORDER BY [^\n]+;\n$`).MatchString(r.SQL) {
				t.Errorf("it does not end in ORDER BY")
			}
			if old, err := FindReport(r.Alias); r.Alias != "" && (err != nil || !reflect.DeepEqual(old, r)) {
				t.Errorf("by its old name: %+v, %v", old, err)
			}
			if same, err := FindReport(r.Name); err != nil || !reflect.DeepEqual(same, r) {
				t.Errorf("FindReport: %+v, %v", same, err)
			}
		})
	}
}

func TestParseReport(t *testing.T) {
	got := parseReport("r", "-- title:  Sign-ins\n-- why:    a password\n--         was enough\n-- group:  Identity\n"+
		"-- needs:  actor, source-ip\n-- alias:  s\n-- column: a,\n--         b, c\n"+
		"-- A comment of the statement.\nSELECT /* one */ x; -- why: not a header\n", fragments{"one": "1"})
	want := Report{
		Name: "r", Alias: "s", Title: "Sign-ins", Why: "a password was enough", Group: "Identity",
		Needs: []string{"actor", "source-ip"}, Columns: []string{"a", "b", "c"},
		SQL: "-- A comment of the statement.\nSELECT 1; -- why: not a header\n",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestFindReportUnknown(t *testing.T) {
	for _, name := range []string{"", "Who", "who.sql", "../filter", "*"} {
		_, err := FindReport(name)
		var unknown *UnknownReportError
		if !errors.As(err, &unknown) || unknown.Name != name {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// The columns are those of the header also where there is nothing to answer from.
func TestReportColumns(t *testing.T) {
	store := storeOf(t)
	for _, r := range Reports() {
		for name, f := range map[string]Filter{"none": {}, "all": filters()["all"]} { // TestFiltersOnReports has the others
			rows, err := r.Run(t.Context(), store, f)
			if err != nil {
				t.Errorf("%s, %s: %v", r.Name, name, err)
				continue
			}
			var columns []string
			for _, c := range rows.Columns() {
				columns = append(columns, c.Name)
			}
			if !slices.Equal(columns, r.Columns) {
				t.Errorf("%s: columns %q, by its header %q", r.Name, columns, r.Columns)
			}
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A report of a store, filtered, is that of a store which has only what the filter
// lets through.
func TestFiltersOnReports(t *testing.T) {
	early := storeOf(t, filtered(), unfiltered("2026-03-02T09:59:59.999999Z"))
	late := storeOf(t, unfiltered("2026-03-02T11:00:00Z"), filtered())
	alone := storeOf(t, filtered())
	limited := 0
	names := slices.Sorted(maps.Keys(filters()))
	for n, r := range Reports() {
		want := answer(t, alone, r, Filter{})
		// Reports of certain events have none of them here, or no others.
		if answer(t, early, r, Filter{}) != want && answer(t, late, r, Filter{}) != want {
			limited++
		}
		for i, name := range names {
			// All of them, and a few alone, others with each report: .ci/run asks for each.
			if name != "all" && i%8 != n%8 && os.Getenv("TRAILBOX_EACH") == "" {
				continue
			}
			f, store := filters()[name], early
			if name == "Until" {
				store = late
			}
			switch {
			case r.IsOfPeriod() && f.HasPeriod() && !f.Account.Given():
				continue // of a period it tells of those that have nothing of it, too
			case slices.Contains(asking(), r.Name):
				want = answer(t, alone, r, f)
			}
			if got := answer(t, store, r, f); got != want {
				t.Errorf("%s, %s:\n%s\nwant:\n%s", r.Name, name, got, want)
			}
		}
		// The statement that people see is the one that ran.
		f := filters()["all"]
		if slices.Contains(asking(), r.Name) {
			want = answer(t, alone, r, f)
		}
		if got := asked(t, early, r.Statement(f).Inline()); got != want {
			t.Errorf("%s, by its statement:\n%s\nwant:\n%s\n%s", r.Name, got, want, r.Statement(f).Inline())
		}
	}
	if limited < 12 {
		t.Errorf("only %d reports have something to filter", limited)
	}
}

func TestTooWide(t *testing.T) {
	r := Report{Needs: []string{"since", "actor", "source-ip"}}
	for _, test := range []struct {
		filter Filter
		want   bool
	}{
		{Filter{}, true},
		{Filter{Scope: schema.Scope{Until: utc("2026-03-02T10:00:00Z"), Regions: []string{"us-east-1"}}, ErrorsOnly: true}, true},
		{Filter{Scope: schema.Scope{Since: utc("2026-03-02T10:00:00Z")}}, false},
		{Filter{Actor: Is("admin")}, false},
		{Filter{Actor: Match{parts: []part{{text: "!admin", terms: []term{{text: "admin", not: true}}}}}}, true},
		{Filter{Actor: Match{parts: []part{{text: "a*,!admin", terms: []term{{text: "a*", pattern: true}, {text: "admin", not: true}}}}}}, false},
		{Filter{SourceIP: Is("198.51.100.7")}, false},
	} {
		if got := r.TooWide(test.filter); got != test.want {
			t.Errorf("%+v: %v", test.filter, got)
		}
	}
	if none := (&Report{}); none.TooWide(Filter{}) {
		t.Error("a report that needs nothing")
	}
}

// TestOrder loads events that tie in many counts, each time in another order and in
// other batches: the reports stay the same.
func TestOrder(t *testing.T) {
	var all []leaves
	for i := range 120 {
		r := leaves{
			"eventTime": utc("2026-03-02T10:00:00Z").Add(time.Duration(i%9) * time.Hour).Format(time.RFC3339),
			"awsRegion": fmt.Sprint("region-", i%15), "recipientAccountId": fmt.Sprint(i % 12),
			"eventSource": fmt.Sprintf("s%d.amazonaws.com", i%6), "eventName": []string{"Get", "ConsoleLogin", "AssumeRole", "UserAuthentication"}[i%4], "eventCategory": fmt.Sprint("C", i%3),
			"userIdentity.type": []string{"IAMUser", "SAMLUser", "WebIdentityUser", "Root"}[i%4], "userIdentity.accessKeyId": fmt.Sprint("AKIA", i%7),
			"userIdentity.accountId": fmt.Sprint(i % 5), "userAgent": fmt.Sprint("agent/", i%3), "errorMessage": []string{"no", "never"}[i%2],
			"userIdentity.userName": fmt.Sprint("user-", i%8),
			"sourceIPAddress":       fmt.Sprint("192.0.2.", i%20), "readOnly": fmt.Sprint(i%2 == 0),
			"touched": fmt.Sprintf("AWS::X::%d name-%d\nname-%d", i%4, i%5, i%6),
			"eventID": fmt.Sprintf("11111111-1111-4111-8111-%012d", i%50), "file": fmt.Sprint(1 + i%2), "position": fmt.Sprint(i),
		}
		for j, path := range []string{"awsRegion", "eventSource", "eventName", "userIdentity.type", "sourceIPAddress", "eventTime"} {
			if i%10 == j {
				delete(r, path)
			}
		}
		all = append(all, r)
	}
	want := map[string]string{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		cut := random.IntN(len(all))
		store := storeOf(t, all[:cut], all[cut:])
		for _, r := range Reports() {
			got := answer(t, store, r, Filter{})
			if want[r.Name] == "" {
				want[r.Name] = got
			} else if got != want[r.Name] {
				t.Errorf("%s:\n%s\nin another order of loading:\n%s", r.Name, want[r.Name], got)
			}
		}
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
}

// Each field of Filter limits, and each match has what it looks at and names to look among
// for a near one.
func TestConditions(t *testing.T) {
	for name, f := range filters() {
		if c := f.Condition(); !strings.Contains(c.SQL, "AND (") {
			t.Errorf("%s: %s", name, c.SQL)
		}
	}
	// What is let through besides is one condition, whatever stands beside it.
	besides := Filter{Actor: Is("admin"), Also: Statement{SQL: "true"}}
	if c := besides.Condition(); !strings.HasPrefix(c.SQL, "true\n    AND (\nfalse\n    OR (") {
		t.Errorf("with what is let through besides: %s", c.SQL)
	}
	if none := (&Filter{}).Condition(); none.SQL != "true" || len(none.Args) != 0 {
		t.Errorf("the zero Filter: %v", none)
	}
	var matches []string
	for _, m := range new(Filter).matches() {
		matches = append(matches, m.name)
		if len(columns()[m.name].values) == 0 || m.flag == "" {
			t.Errorf("%s looks at nothing, or has no flag", m.name)
		}
	}
	slices.Sort(matches)
	if names := slices.Sorted(maps.Keys(columns())); !slices.Equal(names, matches) {
		t.Errorf("values.sql has %q, Filter %q", names, matches)
	}
	if names := slices.Sorted(maps.Keys(pieces("names", namesSQL))); !slices.Equal(names, matches) {
		t.Errorf("names.sql has %q, Filter %q", names, matches)
	}
}

func TestFilterRules(t *testing.T) {
	const id, issuer = "userIdentity.", "userIdentity.sessionContext.sessionIssuer."
	session := func(role, name string) leaves {
		return leaves{
			id + "type": "AssumedRole", id + "principalId": "AROA" + strings.ToUpper(role) + ":" + name,
			id + "arn":          "arn:aws:sts::111122223333:assumed-role/" + role + "/" + name,
			issuer + "userName": role, issuer + "arn": "arn:aws:iam::111122223333:role/ops/" + role,
		}
	}
	type labelled map[string]leaves // by requestID
	type want struct {
		name   string
		filter Filter
		found  string
	}
	for _, test := range []struct {
		name   string
		events labelled
		wants  []want
	}{
		{
			"time",
			labelled{
				"before": {"eventTime": "2026-03-02T09:59:59.999999Z"},
				"on":     {"eventTime": "2026-03-02T10:00:00Z"},
				"past":   {"eventTime": "2026-03-02T10:00:00.000001Z"},
				"later":  {"eventTime": "2026-03-02T11:00:00Z"},
				"never":  {},
			},
			[]want{
				{"none", Filter{}, "before later never on past"},
				{"since is the first", Filter{Scope: schema.Scope{Since: utc("2026-03-02T10:00:00Z")}}, "later on past"},
				{"until is left out", Filter{Scope: schema.Scope{Until: utc("2026-03-02T10:00:00Z")}}, "before"},
				{"since a microsecond", Filter{Scope: schema.Scope{Since: utc("2026-03-02T10:00:00.000001Z")}}, "later past"},
				{"until a microsecond", Filter{Scope: schema.Scope{Until: utc("2026-03-02T10:00:00.000001Z")}}, "before on"},
				{"both", Filter{Scope: schema.Scope{Since: utc("2026-03-02T10:00:00Z"), Until: utc("2026-03-02T11:00:00Z")}}, "on past"},
				{"a microsecond's period", Filter{Scope: schema.Scope{Since: utc("2026-03-02T10:00:00Z"), Until: utc("2026-03-02T10:00:00.000001Z")}}, "on"},
				{"no period", Filter{Scope: schema.Scope{Since: utc("2026-03-02T10:00:00Z"), Until: utc("2026-03-02T10:00:00Z")}}, ""},
				{"other zones", Filter{Scope: schema.Scope{Since: utc("2026-03-02T15:30:00+05:30"), Until: utc("2026-03-02T03:00:00-08:00")}}, "on past"},
				{"all of it", Filter{Scope: schema.Scope{Since: utc("2026-03-01T00:00:00Z")}}, "before later on past"},
				{"before 1970", Filter{Scope: schema.Scope{Until: utc("1969-12-31T23:59:59Z")}}, ""},
			},
		},
		{
			"account",
			labelled{
				"received": {"recipientAccountId": "111122223333", id + "accountId": "444455556666"},
				"called":   {id + "accountId": "444455556666"},
				"both":     {"recipientAccountId": "777788889999", id + "accountId": "777788889999"},
				"neither":  {},
			},
			[]want{
				{"recipient", Filter{Scope: schema.Scope{Accounts: []string{"111122223333"}}}, "received"},
				{"caller, where there is no recipient", Filter{Scope: schema.Scope{Accounts: []string{"444455556666"}}}, "called"},
				{"several", Filter{Scope: schema.Scope{Accounts: []string{"777788889999", "111122223333"}}}, "both received"},
				{"a part of it", Filter{Scope: schema.Scope{Accounts: []string{"1111", "9999"}}}, ""},
			},
		},
		{
			"caller's account",
			labelled{
				"received": {"recipientAccountId": "111122223333", id + "accountId": "444455556666"},
				"own":      {"recipientAccountId": "444455556666", id + "accountId": "444455556666"},
				"other":    {"recipientAccountId": "444455556666", id + "accountId": "111122223333"},
				"none":     {"recipientAccountId": "444455556666"},
			},
			[]want{
				{"one", Filter{CallerAccount: Is("444455556666")}, "own received"},
				{"from elsewhere", Filter{CallerAccount: Is("444455556666"), Account: Is("111122223333")}, "received"},
			},
		},
		{
			"region",
			labelled{"a": {"awsRegion": "us-east-1"}, "b": {"awsRegion": "us-east-2"}, "c": {"awsRegion": "us-gov-east-1"}, "none": {}},
			[]want{
				{"one", Filter{Scope: schema.Scope{Regions: []string{"us-east-1"}}}, "a"},
				{"several", Filter{Scope: schema.Scope{Regions: []string{"us-gov-east-1", "eu-west-1", "us-east-1"}}}, "a c"},
				{"a part of it", Filter{Scope: schema.Scope{Regions: []string{"us-east"}}}, ""},
			},
		},
		{
			"actor",
			labelled{
				"user": {
					id + "type": "IAMUser", id + "userName": "admin", id + "principalId": "AIDAALICE",
					id + "arn": "arn:aws:iam::111122223333:user/team/admin",
				},
				"other":    {id + "type": "IAMUser", id + "userName": "alice2"},
				"session1": session("AdminRole", "support"),
				"session2": session("AdminRole", "i-0123456789abcdef0"),
				"support":  session("support", "cron"),
				"noarn":    {id + "type": "AssumedRole", id + "principalId": "AROAREAD:nightly", issuer + "userName": "ReadRole"},
				"chained":  session("DeployRole", "build").with(id+"sessionContext.sourceIdentity", "admin"),
				"sso":      session("AWSReservedSSO_Audit_0123456789abcdef", "auditor@example.com"),
				"root": {
					id + "type": "Root", id + "userName": "acme", id + "principalId": "111122223333",
					id + "arn": "arn:aws:iam::111122223333:root",
				},
				"federated": {id + "type": "FederatedUser", id + "arn": "arn:aws:sts::111122223333:federated-user/kiosk", id + "principalId": "111122223333:kiosk"},
				"center":    {id + "type": "IdentityCenterUser", id + "onBehalfOf.userId": "guid-1"},
				"saml":      {id + "type": "SAMLUser", id + "userName": "partner", id + "principalId": "qualifier:partner"},
				"service":   {id + "type": "AWSService", id + "invokedBy": "s3.amazonaws.com"},
				"event":     {id + "accountId": "111122223333", id + "invokedBy": "kms.amazonaws.com"},
				"nobody":    {},
			},
			[]want{
				{"user, and who says to be", Filter{Actor: Is("admin")}, "chained user"},
				{"user's ARN", Filter{Actor: Is("arn:aws:iam::111122223333:user/team/admin")}, "user"},
				{"user's principalId", Filter{Actor: Is("AIDAALICE")}, "user"},
				{"role: all sessions", Filter{Actor: Is("AdminRole")}, "session1 session2"},
				{"role's ARN: all sessions", Filter{Actor: Is("arn:aws:iam::111122223333:role/ops/AdminRole")}, "session1 session2"},
				{"session", Filter{Actor: Is("i-0123456789abcdef0")}, "session2"},
				{"session or role of that name", Filter{Actor: Is("support")}, "session1 support"},
				{"session's ARN", Filter{Actor: Is("arn:aws:sts::111122223333:assumed-role/AdminRole/support")}, "session1"},
				{"session's principalId", Filter{Actor: Is("AROAADMINROLE:support")}, "session1"},
				{"session as who shows it", Filter{Actor: Is("AdminRole/support")}, "session1"},
				{"session without ARN", Filter{Actor: Is("nightly")}, "noarn"},
				{"its role", Filter{Actor: Is("ReadRole")}, "noarn"},
				{"as who shows it", Filter{Actor: Is("ReadRole/nightly")}, "noarn"},
				{"chained: its session", Filter{Actor: Is("build")}, "chained"},
				{"chained: its role", Filter{Actor: Is("DeployRole")}, "chained"},
				{"e-mail of single sign-on", Filter{Actor: Is("auditor@example.com")}, "sso"},
				{"permission set's role", Filter{Actor: Is("AWSReservedSSO_Audit_0123456789abcdef")}, "sso"},
				{"root", Filter{Actor: Is("root")}, "root"},
				{"root's alias", Filter{Actor: Is("acme")}, "root"},
				{"root's principalId", Filter{Actor: Is("111122223333")}, "root"},
				{"federated user", Filter{Actor: Is("kiosk")}, "federated"},
				{"Identity Center's user", Filter{Actor: Is("guid-1")}, "center"},
				{"SAML", Filter{Actor: Is("partner")}, "saml"},
				{"service", Filter{Actor: Is("s3.amazonaws.com")}, "service"},
				{"service without a type", Filter{Actor: Is("kms.amazonaws.com")}, "event"},
				{"other case", Filter{Actor: Is("Admin")}, ""},
				{"a part of it", Filter{Actor: Is("ali")}, ""},
				{"a pattern", Filter{Actor: Is("al%")}, ""},
			},
		},
		{
			"event name",
			labelled{"a": {"eventName": "RunInstances"}, "b": {"eventName": "runinstances"}, "c": {"eventName": "RunInstances20"}, "none": {}},
			[]want{
				{"as it is", Filter{EventName: Is("RunInstances")}, "a b"},
				{"in lower case", Filter{EventName: Is("runinstances")}, "a b"},
				{"in upper case", Filter{EventName: Is("RUNINSTANCES")}, "a b"},
				{"a part of it", Filter{EventName: Is("Run")}, ""},
				{"a pattern", Filter{EventName: Is("RunInstances__")}, ""},
			},
		},
		{
			"event source",
			labelled{
				"a": {"eventSource": "s3.amazonaws.com"}, "b": {"eventSource": "s3-outposts.amazonaws.com"},
				"c": {"eventSource": "aws.s3.amazonaws.com"}, "d": {"eventSource": "s3"}, "none": {},
			},
			[]want{
				{"in short", Filter{EventSource: Is("s3")}, "a d"},
				{"in full", Filter{EventSource: Is("s3.amazonaws.com")}, "a"},
				{"in any case", Filter{EventSource: Is("S3.AmazonAWS.com")}, "a"},
				{"in short, in any case", Filter{EventSource: Is("S3-Outposts")}, "b"},
				{"a part of it", Filter{EventSource: Is("amazonaws.com")}, ""},
			},
		},
		{
			"resource",
			labelled{
				"arn":    {"touched": "AWS::S3::Bucket arn:aws:s3:::logs"},
				"plain":  {"touched": "logs"},
				"both":   {"touched": "AWS::S3::Object arn:aws:s3:::logs/key.gz\nAWS::S3::Bucket arn:aws:s3:::logs"},
				"object": {"touched": "AWS::S3::Object arn:aws:s3:::logs/key.gz"},
				"longer": {"touched": "my-logs\narn:aws:s3:::my-logs\nlogs-2\narn:aws:s3:::logs-2"},
				"role":   {"touched": "AWS::IAM::Role arn:aws:iam::111122223333:role/path/Deploy"},
				"alias":  {"touched": "AWS::KMS::Key alias/aws/ssm"},
				"none":   {},
			},
			[]want{
				{"name", Filter{Resource: Is("logs")}, "arn both plain"},
				{"ARN", Filter{Resource: Is("arn:aws:s3:::logs")}, "arn both plain"},
				{"last part", Filter{Resource: Is("Deploy")}, "role"},
				{"last parts", Filter{Resource: Is("role/path/Deploy")}, "role"},
				{"object's key", Filter{Resource: Is("key.gz")}, "both object"},
				{"bucket and key", Filter{Resource: Is("logs/key.gz")}, "both object"},
				{"alias", Filter{Resource: Is("alias/aws/ssm")}, "alias"},
				{"a part of it", Filter{Resource: Is("log")}, ""},
				{"its end", Filter{Resource: Is("ploy")}, ""},
				{"its type", Filter{Resource: Is("AWS::IAM::Role")}, ""},
				{"other case", Filter{Resource: Is("Logs")}, ""},
				{"a pattern", Filter{Resource: Is("log_")}, ""},
			},
		},
		{
			"source IP",
			labelled{
				"v4": {"sourceIPAddress": "198.51.100.7"}, "longer": {"sourceIPAddress": "198.51.100.77"},
				"v6": {"sourceIPAddress": "2001:db8::1"}, "aws": {"sourceIPAddress": "AWS Internal"}, "none": {},
			},
			[]want{
				{"IPv4", Filter{SourceIP: Is("198.51.100.7")}, "v4"},
				{"IPv6", Filter{SourceIP: Is("2001:db8::1")}, "v6"},
				{"no address", Filter{SourceIP: Is("AWS Internal")}, "aws"},
				{"a part of it", Filter{SourceIP: Is("198.51.100")}, ""},
			},
		},
		{
			"read-only",
			labelled{"read": {"readOnly": "true"}, "write": {"readOnly": "false"}, "unknown": {}},
			[]want{
				{"true", Filter{ReadOnly: reading(true)}, "read"},
				{"false", Filter{ReadOnly: reading(false)}, "write"},
				{"not given", Filter{}, "read unknown write"},
			},
		},
		{
			"errors",
			labelled{
				"code": {"errorCode": "AccessDenied"}, "message": {"errorMessage": "Failed authentication"},
				"answer": {"responseElements": `{"ConsoleLogin":"Failure"}`}, "fine": {"responseElements": `{"ConsoleLogin":"Success"}`}, "none": {},
			},
			[]want{
				{"only", Filter{ErrorsOnly: true}, "answer code message"},
				{"all", Filter{}, "answer code fine message none"},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var all []leaves
			for _, label := range slices.Sorted(maps.Keys(test.events)) {
				all = append(all, test.events[label].with("requestID", label))
			}
			store := storeOf(t, all)
			for _, want := range test.wants {
				if got := found(t, store, want.filter); got != want.found {
					t.Errorf("%s: found %q, want %q", want.name, got, want.found)
				}
			}
		})
	}
}

// Whatever a filter is given is a value: it finds the one event that has it, and
// changes nothing else about the statement.
func TestFilterValuesAreBound(t *testing.T) {
	values := []string{
		`'`, `''`, `"`, `\'`, `' OR true --`, `' OR 1=1 OR '`, `x') OR true OR ('x' = 'x`, `'; DROP TABLE events; --`, `;`, `--`, `/*`, `*/`,
		`/* filters */ true`, `$since`, `$actor`, `$1`, `?`, `:actor`, `{`, `%`, `_`, `.*`, `NULL`, `true`, `$$ OR true $$`, `E'\x27'`,
		"a\nb", "a\r\n-- b", "\t", "é", "名前", "🛤", "\u202e", "\x1b[31m", " ", " s3 ", strings.Repeat("'", 10_000),
	}
	var all []leaves
	for i, value := range values {
		all = append(all, leaves{
			"requestID": fmt.Sprintf("r%02d", i), "recipientAccountId": value, "awsRegion": value,
			"userIdentity.type": "IAMUser", "userIdentity.userName": value,
			"eventName": value, "eventSource": value, "touched": strings.ReplaceAll(value, "\n", " "), "sourceIPAddress": value,
		})
	}
	store := storeOf(t, all)
	for i, value := range values {
		want := fmt.Sprintf("r%02d", i)
		for name, f := range map[string]Filter{
			"account": {Scope: schema.Scope{Accounts: []string{value}}}, "region": {Scope: schema.Scope{Regions: []string{value}}}, "actor": {Actor: Is(value)},
			"event name": {EventName: Is(value)}, "event source": {EventSource: Is(value)},
			"resource": {Resource: Is(strings.ReplaceAll(value, "\n", " "))}, "source IP": {SourceIP: Is(value)},
			"together": {
				Scope: schema.Scope{Accounts: []string{value}, Regions: []string{value}},
				Actor: Is(value), EventName: Is(value), EventSource: Is(value),
				Resource: Is(strings.ReplaceAll(value, "\n", " ")), SourceIP: Is(value),
			},
		} {
			if got := found(t, store, f); got != want {
				t.Errorf("%s %.40q: found %q, want %q", name, value, got, want)
			}
			list := Report{SQL: "SELECT requestID FROM events WHERE /* filters */ true"}
			if got := asked(t, store, list.Statement(f).Inline()); got != "requestID\n"+want+"\n" {
				t.Errorf("%s %.40q, by its statement: found %q, want %q\n%s", name, value, got, want, list.Statement(f).Inline())
			}
		}
	}
	who := reportNamed(t, "who")
	for _, value := range values {
		if got := answer(t, store, who, Filter{Actor: Is(value)}); !strings.Contains(got, ",IAMUser,1,0,0,") {
			t.Errorf("who, actor %.40q:\n%s", value, got)
		}
	}
	if got := len(strings.Fields(found(t, store, Filter{}))); got != len(values) {
		t.Errorf("%d events are left of %d", got, len(values))
	}
}

// story is a morning of three principals; two events share an eventID.
func story() []leaves {
	const id, eventID = "userIdentity.", "0A0B0C0D-1111-4111-8111-111111111111"
	admin := leaves{
		"recipientAccountId": "111122223333", "awsRegion": "us-east-1", "eventCategory": "Management", "eventSource": "iam.amazonaws.com",
		id + "type": "IAMUser", id + "userName": "admin", "sourceIPAddress": "198.51.100.7",
	}
	audit := admin.with(id+"type", "AssumedRole", id+"arn", "arn:aws:sts::111122223333:assumed-role/Audit/s1", "sourceIPAddress", "203.0.113.9")
	delete(audit, id+"userName")
	s3 := leaves{
		"awsRegion": "eu-west-1", "eventCategory": "Data", "eventSource": "s3.amazonaws.com", "sourceIPAddress": "cloudtrail.amazonaws.com",
		id + "type": "AWSService", id + "invokedBy": "cloudtrail.amazonaws.com", id + "accountId": "444455556666",
		"eventName": "PutObject", "readOnly": "false", "touched": "AWS::S3::Object arn:aws:s3:::trail/1\nAWS::S3::Bucket arn:aws:s3:::trail",
	}
	return []leaves{
		admin.with("eventTime", "2026-03-02T09:00:00Z", "eventName", "GetUser", "readOnly", "true", "touched", "AWS::IAM::User admin",
			"eventID", "0a0b0c0d-2222-4222-8222-222222222222"),
		admin.with("eventTime", "2026-03-02T09:01:00Z", "eventName", "CreateUser", "readOnly", "false", "touched", "AWS::IAM::User bot"),
		admin.with("eventTime", "2026-03-02T09:02:59Z", "eventName", "CreateUser", "readOnly", "false", "touched", "AWS::IAM::User bot", "errorCode", "EntityAlreadyExists",
			"eventID", eventID, "position", "7"),
		admin.with("eventTime", "2026-03-02T09:03:00Z", "eventName", "GetUser", "touched", "AWS::IAM::User admin", "errorMessage", "not now"), // not known to read only
		audit.with("eventTime", "2026-03-02T09:03:59Z", "eventName", "GetUser", "readOnly", "true", "touched", "AWS::IAM::User bot"),
		s3.with("eventTime", "2026-03-02T09:05:00Z"),
		s3.with("eventTime", "2026-03-02T09:05:30Z", "touched", "AWS::S3::Object arn:aws:s3:::trail/2\nAWS::S3::Bucket arn:aws:s3:::trail\narn:aws:s3:::trail",
			"eventID", eventID, "file", "2", "position", "4"),
		{"eventCategory": "Insight", "awsRegion": "us-east-1"}, // no time either
	}
}

func TestReports(t *testing.T) {
	store := storeOf(t, story())
	wants := map[string]string{
		"conflicts": `eventID,eventTime,eventName,actor,uri,position
0a0b0c0d-1111-4111-8111-111111111111,2026-03-02T09:02:59Z,CreateUser,admin,s3://trail/1.json.gz,7
0a0b0c0d-1111-4111-8111-111111111111,2026-03-02T09:05:30Z,PutObject,cloudtrail.amazonaws.com,s3://trail/2.json.gz,4
`,
		"overview": `fact,value,events,percent
first event,2026-03-02T09:00:00Z,,
last event,2026-03-02T09:05:30Z,,
events,all,8,100
events,read-only,2,25
events,failed,2,25
account,111122223333,5,62.5
account,444455556666,2,25
account,(none),1,12.5
region,us-east-1,6,75
region,eu-west-1,2,25
category,Management,5,62.5
category,Data,2,25
category,Insight,1,12.5
service,iam.amazonaws.com,5,62.5
service,s3.amazonaws.com,2,25
service,(none),1,12.5
`,
		"who": `actor,type,events,writes,errors,lastEventTime
admin,IAMUser,4,2,2,2026-03-02T09:03:00Z
cloudtrail.amazonaws.com,AWSService,2,2,0,2026-03-02T09:05:30Z
(unknown),(none),1,0,0,
Audit/s1,AssumedRole,1,0,0,2026-03-02T09:03:59Z
`,
		"what": `eventSource,eventName,events,writes,errors,actors
iam.amazonaws.com,GetUser,3,0,1,2
iam.amazonaws.com,CreateUser,2,2,1,1
s3.amazonaws.com,PutObject,2,2,0,1
,,1,0,0,0
`,
		"when": `start,events,writes,errors,chart
2026-03-02T09:00:00Z,1,0,0,███████████████
2026-03-02T09:01:00Z,1,1,0,███████████████
2026-03-02T09:02:00Z,1,1,1,███████████████
2026-03-02T09:03:00Z,2,0,1,██████████████████████████████
2026-03-02T09:04:00Z,0,0,0,
2026-03-02T09:05:00Z,2,2,0,██████████████████████████████
`,
		"resources": `type,name,account,region,events,writes,errors,actors
AWS::IAM::User,bot,111122223333,,3,2,1,2
AWS::IAM::User,admin,111122223333,,2,0,1,1
AWS::S3::Bucket,trail,,,2,2,0,1
AWS::S3::Object,trail/1,,,1,1,0,1
AWS::S3::Object,trail/2,,,1,1,0,1
`,
		"regions": `awsRegion,accounts,events,writes,errors,actors,lastEventTime
us-east-1,1,6,2,2,2,2026-03-02T09:03:59Z
eu-west-1,1,2,2,0,1,2026-03-02T09:05:30Z
`,
		"services": `eventSource,calls,events,writes,errors,actors,lastEventTime
iam.amazonaws.com,2,5,2,2,2,2026-03-02T09:03:59Z
s3.amazonaws.com,1,2,2,0,1,2026-03-02T09:05:30Z
(none),0,1,0,0,0,
`,
		"where": `sourceIPAddress,events,writes,errors,actors,names,lastEventTime
198.51.100.7,4,2,2,1,admin,2026-03-02T09:03:00Z
cloudtrail.amazonaws.com,2,2,0,1,cloudtrail.amazonaws.com,2026-03-02T09:05:30Z
203.0.113.9,1,0,0,1,Audit/s1,2026-03-02T09:03:59Z
,1,0,0,0,,
`,
	}
	for name, want := range wants {
		if got := answer(t, store, reportNamed(t, name), Filter{}); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
		}
	}
}

// TestWhenSteps goes through the spans for which the step changes. Each case has its
// first event, its last, and one without a time.
func TestWhenSteps(t *testing.T) {
	every := func(d time.Duration) func(time.Time) time.Time {
		return func(t time.Time) time.Time { return t.Add(d) }
	}
	days := func(n int) func(time.Time) time.Time {
		return func(t time.Time) time.Time { return t.AddDate(0, 0, n) }
	}
	months := func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }
	cases := []struct {
		name        string
		first, last string
		start       string // of the first row
		step        func(time.Time) time.Time
		rows        int
	}{
		{"one event", "2026-03-02T10:00:30Z", "2026-03-02T10:00:30Z", "2026-03-02T10:00:00Z", every(time.Minute), 1},
		{"10 minutes", "2026-03-02T10:00:30Z", "2026-03-02T10:10:30Z", "2026-03-02T10:00:00Z", every(time.Minute), 11},
		{"an hour", "2026-03-02T10:00:30Z", "2026-03-02T11:00:30Z", "2026-03-02T10:00:00Z", every(time.Minute), 61},
		{"more", "2026-03-02T10:00:30Z", "2026-03-02T11:00:30.000001Z", "2026-03-02T10:00:00Z", every(5 * time.Minute), 13},
		{"4 hours", "2026-03-02T08:02:00Z", "2026-03-02T12:02:00Z", "2026-03-02T08:00:00Z", every(5 * time.Minute), 49},
		{"5 hours", "2026-03-02T08:02:00Z", "2026-03-02T13:02:00Z", "2026-03-02T08:00:00Z", every(5 * time.Minute), 61},
		{"more than 5 hours", "2026-03-02T08:02:00Z", "2026-03-02T13:02:01Z", "2026-03-02T08:00:00Z", every(time.Hour), 6},
		{"2 days", "2026-03-02T08:30:00Z", "2026-03-04T08:30:00Z", "2026-03-02T08:00:00Z", every(time.Hour), 49},
		{"60 hours", "2026-03-02T08:30:00Z", "2026-03-04T20:30:00Z", "2026-03-02T08:00:00Z", every(time.Hour), 61},
		{"more than 60 hours", "2026-03-02T08:30:00Z", "2026-03-04T20:30:01Z", "2026-03-02T00:00:00Z", days(1), 3},
		{"30 days", "2026-03-02T12:00:00Z", "2026-04-01T12:00:00Z", "2026-03-02T00:00:00Z", days(1), 31},
		{"60 days", "2026-03-02T12:00:00Z", "2026-05-01T12:00:00Z", "2026-03-02T00:00:00Z", days(1), 61},
		{"more than 60 days", "2026-03-05T12:00:00Z", "2026-05-04T12:00:01Z", "2026-03-02T00:00:00Z", days(7), 10}, // weeks begin on Monday
		{"a year", "2025-03-05T00:00:00Z", "2026-03-05T00:00:00Z", "2025-03-03T00:00:00Z", days(7), 53},
		{"420 days", "2025-01-06T00:00:00Z", "2026-03-02T00:00:00Z", "2025-01-06T00:00:00Z", days(7), 61},
		{"more than 420 days", "2025-01-31T00:00:00Z", "2026-03-31T00:00:00Z", "2025-01-01T00:00:00Z", months, 15},
		{"5 years", "2021-03-15T06:00:00Z", "2026-03-15T06:00:00Z", "2021-03-01T00:00:00Z", months, 61},
	}
	var all []leaves
	for _, c := range cases {
		r := leaves{"userIdentity.type": "IAMUser", "userIdentity.userName": c.name}
		all = append(all, r, r.with("eventTime", c.first))
		if c.last != c.first {
			all = append(all, r.with("eventTime", c.last))
		}
	}
	store := storeOf(t, all)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rows := rowsOf(t, store, reportNamed(t, "when"), Filter{Actor: Is(c.name)})
			if len(rows) != c.rows {
				t.Errorf("%d rows, want %d", len(rows), c.rows)
			}
			start := utc(c.start)
			for i, row := range rows {
				events, chart := int64(0), ""
				if i == 0 || i == len(rows)-1 {
					events, chart = 1, strings.Repeat("█", 30)
				}
				if want := []any{start, events, int64(0), int64(0), chart}; !reflect.DeepEqual(row, want) {
					t.Errorf("row %d is %v, want %v", i, row, want)
				}
				start = c.step(start)
			}
		})
	}
}

// rowsOf runs a report and returns its rows.
func rowsOf(t *testing.T, store *schema.Store, r Report, f Filter) [][]any {
	t.Helper()
	result, err := r.Run(t.Context(), store, f)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	var rows [][]any
	for result.Next() {
		values, err := result.Values()
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, values)
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// The chart is as long as the busiest step is busy; a single event can be seen.
func TestWhenChart(t *testing.T) {
	var all []leaves
	add := func(n int, eventTime string, others ...string) {
		for range n {
			all = append(all, leaves{"eventTime": eventTime}.with(others...))
		}
	}
	add(100, "2026-03-02T10:00:00Z", "readOnly", "false")
	add(1, "2026-03-02T10:01:59.999999Z", "errorCode", "AccessDenied")
	add(50, "2026-03-02T10:03:00Z", "readOnly", "true")
	add(51, "2026-03-02T10:04:00Z", "readOnly", "true", "errorCode", "AccessDenied")
	add(7, "", "readOnly", "false")
	for _, r := range all[len(all)-7:] {
		delete(r, "eventTime")
	}
	store := storeOf(t, all)
	want := `start,events,writes,errors,chart
2026-03-02T10:00:00Z,100,100,0,` + strings.Repeat("█", 30) + `
2026-03-02T10:01:00Z,1,0,1,█
2026-03-02T10:02:00Z,0,0,0,
2026-03-02T10:03:00Z,50,0,0,` + strings.Repeat("█", 15) + `
2026-03-02T10:04:00Z,51,0,51,` + strings.Repeat("█", 16) + `
`
	if got := answer(t, store, reportNamed(t, "when"), Filter{}); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// Without a time there is no when: no rows, rather than one of nothing.
func TestWhenNever(t *testing.T) {
	const none = "start,events,writes,errors,chart\n"
	if got := answer(t, storeOf(t), reportNamed(t, "when"), Filter{}); got != none {
		t.Errorf("of an empty store:\n%s", got)
	}
	store := storeOf(t, []leaves{{"eventName": "GetUser"}, {"eventTime": "2026-03-02T10:00:00Z", "eventName": "PutUser"}})
	if got := answer(t, store, reportNamed(t, "when"), Filter{EventName: Is("GetUser")}); got != none {
		t.Errorf("of events without a time:\n%s", got)
	}
	if got := answer(t, store, reportNamed(t, "when"), Filter{EventName: Is("NoSuch")}); got != none {
		t.Errorf("of no events:\n%s", got)
	}
}

func TestOverviewEmpty(t *testing.T) {
	want := "fact,value,events,percent\nevents,all,0,\nevents,read-only,0,\nevents,failed,0,\n"
	if got := answer(t, storeOf(t), reportNamed(t, "overview"), Filter{}); got != want {
		t.Errorf("of an empty store:\n%s", got)
	}
	store := storeOf(t, []leaves{{"eventTime": "2026-03-02T10:00:00Z"}})
	if got := answer(t, store, reportNamed(t, "overview"), Filter{EventName: Is("NoSuch")}); got != want {
		t.Errorf("of no events:\n%s", got)
	}
}

// Of many values the ten of most events are shown, and the rest as one line.
func TestOverviewMore(t *testing.T) {
	// Service s1 has one event, s2 two ... s13 thirteen: 91. The eleven Regions and
	// the ten accounts take turns.
	var all []leaves
	for n := 1; n <= 13; n++ {
		for range n {
			all = append(all, leaves{
				"eventSource":        fmt.Sprintf("s%d.amazonaws.com", n),
				"awsRegion":          string("kjihgfedcba"[len(all)%11]),
				"recipientAccountId": fmt.Sprint("account-", len(all)%10),
			})
		}
	}
	rows := rowsOf(t, storeOf(t, all), reportNamed(t, "overview"), Filter{})
	var lines []string
	sums := map[string]int64{}
	for _, row := range rows {
		fact := row[0].(string)
		sums[fact] += row[2].(int64)
		if fact == "service" || fact == "region" {
			lines = append(lines, strings.TrimSpace(fmt.Sprintln(row...)))
		}
	}
	// 91 = 11·8 + 3: k, j and i have nine events, the others eight.
	want := []string{
		"region i 9 9.9", "region j 9 9.9", "region k 9 9.9", "region a 8 8.8", "region b 8 8.8", "region c 8 8.8",
		"region d 8 8.8", "region e 8 8.8", "region f 8 8.8", "region g 8 8.8", "region (1 more) 8 8.8",
		"service s13.amazonaws.com 13 14.3", "service s12.amazonaws.com 12 13.2", "service s11.amazonaws.com 11 12.1",
		"service s10.amazonaws.com 10 11", "service s9.amazonaws.com 9 9.9", "service s8.amazonaws.com 8 8.8",
		"service s7.amazonaws.com 7 7.7", "service s6.amazonaws.com 6 6.6", "service s5.amazonaws.com 5 5.5",
		"service s4.amazonaws.com 4 4.4", "service (3 more) 6 6.6",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	for _, fact := range []string{"account", "region", "category", "service"} {
		if sums[fact] != 91 {
			t.Errorf("%s: the parts are %d, not 91", fact, sums[fact])
		}
	}
	for _, row := range rows {
		if row[0] == "account" && strings.Contains(row[1].(string), "more") {
			t.Errorf("ten accounts: %v", row)
		}
	}
}
