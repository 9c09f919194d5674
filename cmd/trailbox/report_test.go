package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trailbox/query"
	"trailbox/schema"
)

// What report --sql prints gives the rows of the report, whatever it is limited to.
func TestReportSQL(t *testing.T) {
	store := demoStore(t)
	limits := [][]string{
		{"--actor", "ops-admin"},
		{"--since", "2026-03-02T09:00:00Z", "--until", "2026-03-02T22:30:00Z", "--account", "111122223333,444455556666", "--source-ip", "203.0.113.77"},
		{"--aws-region", "us-east-1,eu-west-1", "--actor", "AdminRole", "--read-only=false"},
		{"--event-name", "consolelogin", "--event-source", "signin", "--errors-only"},
		{"--resource", "it's \"a\"\n; --\tname \\ $actor /* filters */ true", "--errors-only"},
	}
	content, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	twin := filepath.Join(t.TempDir(), "twin.duckdb") // one process opens a file once
	writeFile(t, twin, content)
	db, err := schema.OpenFor(t.Context(), twin, schema.Grants{Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	run := func(statement string) (string, error) { // as trailbox sql does
		translation, err := query.FromTrino(t.Context(), db, query.Piece{SQL: statement}, nil)
		if err != nil {
			return "", err
		}
		if translation.SQL != statement {
			t.Errorf("%s\nis rewritten: %s", statement, translation.SQL)
		}
		result, err := db.Query(t.Context(), translation.SQL)
		if err != nil {
			return "", err
		}
		var out strings.Builder
		_, err = query.Write(&out, result, query.FormatNDJSON, query.Screen{})
		return out.String(), err
	}
	answered := 0 // with something to compare
	for i, r := range query.Reports() {
		// Each report with one of them or as it is: query tests all filters with all reports.
		limited := [][]string{nil}
		if i%2 == 1 {
			limited = [][]string{limits[i/2%len(limits)]}
		}
		if r.TooWide(query.Filter{}) {
			limited = limits[:2]
		}
		for _, limit := range limited {
			args := append([]string{"report", r.Name}, limit...)
			code, want, stderr := call(t, append(args, "-q", "--store", store, "-o", "ndjson")...)
			if code != 0 {
				t.Errorf("%q: %s", args, stderr)
				continue
			}
			code, statement, stderr := call(t, append(args, "--sql")...)
			if code != 0 {
				t.Errorf("%q --sql: %s", args, stderr)
				continue
			}
			got, err := run(statement)
			if err != nil || got != want {
				t.Errorf("%q: %v, %s\nwant:\n%s\nby:\n%s", args, err, got, want, statement)
			}
			if want != "" {
				answered++
			}
		}
	}
	if n := len(query.Reports()); 2*answered < n {
		t.Errorf("only %d answers of %d reports have rows", answered, n)
	}
}

// Each report's answer is shown by a script, or by a test of its rules where the demo
// archive has nothing for it.
func TestReportsAreShown(t *testing.T) {
	var all strings.Builder
	for _, pattern := range []string{"../../testdata/script/*.txtar", "../../query/*_test.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatal(pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	text := strings.ReplaceAll(all.String(), "\n", " \n")
	for _, r := range query.Reports() {
		if !strings.Contains(text, "trailbox report "+r.Name+" ") && !strings.Contains(text, `"`+r.Name+`"`) {
			t.Errorf("no test shows the report %s", r.Name)
		}
	}
}

// Each command that the topic reports names for a question is one that runs.
func TestQuestionsHaveCommands(t *testing.T) {
	text, err := os.ReadFile("help/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	values := strings.NewReplacer("--until TIME", "--until 2026-03-03", "NAME", "deploy-bot", "ADDRESS", "203.0.113.77", "ROLE", "AdminRole", "TIME", "2026-03-02",
		"ZONE", "Europe/Paris", "KEY", "AKIADEPLOYBOTEXAMPLE", "ID", "444455556666", "'", "")
	_, table, _ := strings.Cut(string(text), "\n## Which question, which command\n")
	table, _, _ = strings.Cut(table, "\n## ")
	commands := regexp.MustCompile("`(report [^`]+)`").FindAllStringSubmatch(table, -1)
	for _, m := range commands {
		args := append(strings.Fields(values.Replace(m[1])), "--sql", "--store", "nowhere.duckdb")
		if code, out, stderr := call(t, args...); code != 0 || out == "" {
			t.Errorf("%s: %d, %s", m[1], code, stderr)
		}
	}
	if len(commands) < 50 {
		t.Errorf("only %d commands", len(commands))
	}
}
