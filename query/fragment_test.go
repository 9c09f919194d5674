package query

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each mark has its fragment, and each fragment its marks.
func TestFragments(t *testing.T) {
	var files strings.Builder // that have marks
	files.WriteString(fragmentsSQL + filterSQL + aliasesSQL)
	names, err := fs.Glob(reportFiles, "reports/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := reportFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files.Write(text)
	}
	for name, text := range allFragments() {
		if strings.HasPrefix(name, "names of ") { // every subject has them, and few reports ask
			continue
		}
		if mark := "/* " + name + " */ "; !strings.Contains(files.String(), mark) {
			t.Errorf("nothing has the mark %s", mark)
		}
		lines := strings.Split(text, "\n")
		if text == "" || strings.Contains(lines[len(lines)-1], "--") {
			t.Errorf("%s: what stands behind its mark becomes part of a comment:\n%s", name, text)
		}
	}
	for name, text := range pieces("fragment", fragmentsSQL) {
		if !strings.HasPrefix(text, "-- ") {
			t.Errorf("%s has no comment", name)
		}
		if n := strings.Count(fragmentsSQL, "-- fragment: "+name+"\n"); n != 1 {
			t.Errorf("%d fragments are named %s", n, name)
		}
	}
	all := filters()["all"]
	all.Families = Statement{SQL: "(SELECT 1)"}
	for _, r := range Reports() {
		r.Zone = "Asia/Tokyo"
		for _, comment := range regexp.MustCompile(`/\*.*?\*/ \S+`).FindAllString(r.Statement(all).SQL, -1) {
			t.Errorf("%s: there is nothing for %s", r.Name, comment)
		}
	}
}

func TestPutFragments(t *testing.T) {
	all := fragments{
		"one":       "1",
		"two words": "(\n    SELECT 2 -- of them\n)",
		"nested":    "coalesce(\n    /* two words */ NULL,\n    /* one */ 0\n)",
	}
	for _, test := range []struct{ text, want string }{
		{"SELECT 1", "SELECT 1"},
		{"SELECT /* one */ x, /* one */ 'a b' FROM t", "SELECT 1, 1 FROM t"},
		{"SELECT /* one */ x", "SELECT 1"},
		{"SELECT f(/* one */ x)", "SELECT f(1)"},
		{"SELECT\n    a + /* two words */ x AS b,\n    c", "SELECT\n    a + (\n        SELECT 2 -- of them\n    ) AS b,\n    c"},
		{"  f(/* nested */ x)", "  f(coalesce(\n      (\n          SELECT 2 -- of them\n      ),\n      1\n  ))"},
		{"SELECT /* three */ x, /*one*/ y, /* filters */ true", "SELECT /* three */ x, /*one*/ y, /* filters */ true"},
	} {
		if got := all.put(test.text); got != test.want {
			t.Errorf("%s\nis:\n%s\nwant:\n%s", test.text, got, test.want)
		}
	}
}

// Conditions that only spare work leave the answers as they are: here are the reports once
// more with each subject as its calls one by one, and no look at their names before.
func TestNamesOfCalls(t *testing.T) {
	plain := maps.Clone(allFragments())
	for name := range plain {
		subject, ok := strings.CutPrefix(name, "calls of ")
		if !ok {
			continue
		}
		var conditions []Statement
		for _, fields := range callLines() {
			if !slices.Contains(strings.Split(fields[0], ","), subject) {
				continue
			}
			call := "eventName = " + quoted(fields[2])
			if fields[1] != "*" {
				call += " AND eventSource IN ('" + strings.ReplaceAll(fields[1], ",", ".amazonaws.com', '") + ".amazonaws.com')"
			}
			conditions = append(conditions, Statement{SQL: call})
		}
		if len(conditions) == 0 { // its calls are in a file of their own, and nothing is spared
			continue
		}
		plain[name] = "(" + Or(conditions...).SQL + ")"
		plain["names of "+subject] = "true"
	}
	calls := [][2]string{ // what is in a report beside them
		{"lambda", "GetFunction20150331v2"}, {"lambda", "AddPermission20150331v2"}, {"ec2", "ModifyInstanceAttribute"},
		{"ec2", "ModifyNetworkInterfaceAttribute"}, {"s3", "PutBucketSomething"}, {"s3", "DeleteObjects"}, {"s3", "PutObject"},
		{"iam", "GetUser"}, {"sso", "CreateSomething"}, {"rds", "ModifySomething"}, {"organizations", "CreateSomething"},
	}
	for _, fields := range callLines() {
		for _, service := range strings.Split(strings.ReplaceAll(fields[1], "*", "any"), ",") {
			calls = append(calls, [2]string{service, fields[2]}, [2]string{"other", fields[2]})
		}
	}
	var all []leaves
	for i, call := range calls {
		all = append(all, leaves{
			"eventSource": call[0] + ".amazonaws.com", "eventName": call[1], "readOnly": "false", "eventCategory": "Management",
			"eventTime":         utc("2026-03-02T09:00:00Z").Add(time.Duration(i) * time.Second).Format(time.RFC3339),
			"requestParameters": `{"groupSet":{"items":[]},"userData":"x","snapshotId":"snap-1","acl":"public-read"}`,
		})
	}
	store := storeOf(t, all)
	told := 0
	for _, r := range Reports() {
		text, err := reportFiles.ReadFile("reports/" + r.Name + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "/* calls of ") {
			continue
		}
		want := answer(t, store, parseReport(r.Name, string(text), plain), Filter{})
		if got := answer(t, store, r, Filter{}); got != want {
			t.Errorf("%s:\n%s\nwith its calls one by one:\n%s", r.Name, got, want)
		}
		if strings.Count(want, "\n") > 1 {
			told++
		}
	}
	if told < 20 {
		t.Errorf("only %d reports have something to tell", told)
	}
	// DuckDB's scan answers by itself, and before it reads other columns, what it is asked
	// of one: no look at names is left to what comes after it.
	for subject := range callsOf(callsText) {
		plan := asked(t, store, allFragments().put("EXPLAIN (FORMAT JSON) SELECT requestParameters FROM events WHERE /* calls of "+subject+" */ true"))
		_, scan, _ := strings.Cut(plan, "SEQ_SCAN")
		if !regexp.MustCompile(`contains\(|eventName=`).MatchString(scan) {
			t.Errorf("%s is not looked at by the scan: %s", subject, plan)
		}
	}
}

// callLines are the lines of calls.txt: subjects, services, name.
func callLines() [][]string {
	var lines [][]string
	for _, line := range strings.Split(callsText, "\n") {
		if fields := strings.Fields(strings.Split(line, "#")[0]); len(fields) > 0 {
			lines = append(lines, fields)
		}
	}
	return lines
}

func TestCallsFile(t *testing.T) {
	const words = `[a-z0-9]+(-[a-z0-9]+)*`
	form := regexp.MustCompile(`^` + words + `(,` + words + `)* (\*|` + words + `(,` + words + `)*) [A-Z][A-Za-z0-9]+$`)
	seen := map[string]bool{}
	for _, fields := range callLines() {
		line := strings.Join(fields, " ")
		if !form.MatchString(line) {
			t.Fatalf("not subjects, services and a call: %s", line)
		}
		if seen[fields[1]+fields[2]] {
			t.Errorf("the call stands there twice: %s", line)
		}
		seen[fields[1]+fields[2]] = true
		if slices.Contains(strings.Split(fields[0], ","), "buckets") && fields[1] != "s3" {
			t.Errorf("the report buckets looks at S3 alone: %s", line)
		}
	}
	if strings.Contains(callsText, "\t") || regexp.MustCompile(`(?m) $`).MatchString(callsText) {
		t.Error("there are tabs, or spaces at the end of a line")
	}
}

// TestCalls holds the condition of each subject against the lines of the file: over each
// call that is in it, of each service that is in it.
func TestCalls(t *testing.T) {
	services, names := map[string]bool{"wafv2": true}, map[string]bool{"GetUser": true, "createuser": true}
	subjects := map[string][][]string{} // to their lines
	for _, fields := range callLines() {
		for _, service := range strings.Split(fields[1], ",") {
			services[service] = true
		}
		for _, subject := range strings.Split(fields[0], ",") {
			subjects[subject] = append(subjects[subject], fields)
		}
		names[fields[2]] = true
	}
	var all []leaves
	for name := range names {
		for service := range services {
			all = append(all, leaves{"eventSource": service + ".amazonaws.com", "eventName": name, "requestID": service + ":" + name})
		}
		all = append(all, leaves{"eventName": name, "requestID": ":" + name}) // of no service
	}
	store := storeOf(t, all)
	for subject, lines := range subjects {
		want := map[string]bool{}
		for _, l := range all {
			service, name, _ := strings.Cut(l["requestID"], ":")
			for _, fields := range lines {
				if name == fields[2] && (fields[1] == "*" || slices.Contains(strings.Split(fields[1], ","), service)) {
					want[l["requestID"]] = true
				}
			}
		}
		// What stands beside a mark must not tear its condition apart.
		sql := allFragments().put("SELECT requestID FROM events WHERE false AND /* calls of " + subject + " */ true OR /* calls of " + subject + " */ true AND true")
		got := strings.Fields(asked(t, store, sql))[1:]
		for _, id := range got {
			if !want[id] {
				t.Errorf("%s: %s is none of its calls, by %.100s", subject, id, sql)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d events, want %d", subject, len(got), len(want))
		}
	}
}

func TestIsOneOf(t *testing.T) {
	for _, test := range []struct {
		values []string
		want   string
	}{
		{[]string{"A"}, "c = 'A'"},
		{[]string{"A", "it's"}, "c IN ['A', 'it''s']"},
		{[]string{"A", strings.Repeat("b", 63)}, "c IN ['A', '" + strings.Repeat("b", 63) + "']"},
		{[]string{"A", strings.Repeat("b", 64)}, "c IN [\n    'A', '" + strings.Repeat("b", 64) + "'\n]"}, // a column more
		{
			[]string{strings.Repeat("a", 49), strings.Repeat("b", 44), strings.Repeat("c", 200), "D"},
			"c IN [\n    '" + strings.Repeat("a", 49) + "', '" + strings.Repeat("b", 44) + "',\n    '" + strings.Repeat("c", 200) + "',\n    'D'\n]",
		},
		{
			[]string{strings.Repeat("a", 49), strings.Repeat("b", 45), "C"}, // a column more
			"c IN [\n    '" + strings.Repeat("a", 49) + "',\n    '" + strings.Repeat("b", 45) + "', 'C'\n]",
		},
	} {
		if got := isOneOf("c", test.values); got != test.want {
			t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
		}
	}
}
