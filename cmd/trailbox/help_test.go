package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"trailbox/query"
)

// helpPages are the arguments of help for all that there is.
func helpPages() [][]string {
	pages := [][]string{{}, {"topic"}}
	for _, c := range commands() {
		pages = append(pages, []string{c.name})
	}
	for _, name := range topicNames() {
		pages = append(pages, []string{name}, []string{"topic", name})
	}
	for _, r := range query.Reports() {
		pages = append(pages, []string{"report", r.Name})
	}
	return pages
}

// No line of help is wider than a terminal, be it a file or a wider terminal that it
// goes to.
func TestHelpWidth(t *testing.T) {
	t.Setenv("TRAILBOX_STORE", "")
	for _, columns := range []string{"", "80", "200"} {
		t.Setenv("COLUMNS", columns)
		for _, page := range helpPages() {
			code, stdout, stderr := call(t, append([]string{"help"}, page...)...)
			if code != exitDone || stdout == "" || stderr != "" {
				t.Errorf("help %q: exit code %d, %s", page, code, stderr)
			}
			for line := range strings.Lines(stdout) {
				line = strings.TrimSuffix(line, "\n")
				if n := utf8.RuneCountInString(line); n > helpWidth {
					t.Errorf("COLUMNS=%s help %q: %d columns: %s", columns, page, n, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("help %q: spaces at the end of %q", page, line)
				}
			}
		}
	}
}

// The topics are the files, each begins with its name, and what is in them is as much of
// Markdown as is understood.
func TestTopics(t *testing.T) {
	files, err := filepath.Glob("help/*.md")
	if err != nil || len(files) != len(topics()) {
		t.Errorf("%d files for %d topics, %v", len(files), len(topics()), err)
	}
	for _, topic := range topics() {
		text := topic.text()
		if !strings.HasPrefix(text, "# "+topic.name+": "+topic.summary()+"\n") {
			t.Errorf("%s does not begin with its name and summary", topic.name)
		}
		for _, name := range topic.commands {
			if findCommand(name) == nil {
				t.Errorf("%s is about the command %s, which there is not", topic.name, name)
			}
		}
		for i, b := range parseMarkdown(text) {
			if (b.kind == headingBlock && b.level == 1) != (i == 0) {
				t.Errorf("%s: block %d is out of place: %s", topic.name, i, b.text)
			}
			lines := []string{b.text}
			if b.kind == codeBlock {
				continue
			}
			for _, row := range b.rows {
				if len(row) != len(b.rows[0]) {
					t.Errorf("%s: a row of %d cells, and a header of %d: %q", topic.name, len(row), len(b.rows[0]), row)
				}
				lines = append(lines, row...)
			}
			for _, line := range lines {
				if got := plain(line); regexp.MustCompile("`|\\*\\*|\\]\\(|<[a-z/]|&[a-z]+;").MatchString(got) {
					t.Errorf("%s: marks are left in %q", topic.name, got)
				}
			}
		}
	}
}

// A topic is found under its name, but where a command goes by the same: its help comes
// first, and says how to get at the topic.
func TestHelpTopic(t *testing.T) {
	t.Setenv("COLUMNS", "80")
	for _, topic := range topics() {
		_, whole, _ := call(t, "help", "topic", topic.name)
		if !strings.HasPrefix(whole, topic.name+": "+topic.summary()+"\n") {
			t.Errorf("help topic %s is\n%s", topic.name, whole)
		}
		_, short, _ := call(t, "help", topic.name)
		switch {
		case findCommand(topic.name) == nil && short != whole:
			t.Errorf("help %s is\n%s", topic.name, short)
		case findCommand(topic.name) != nil && (!strings.Contains(short, "\nflags:\n") || !strings.Contains(onOneLine(short), "trailbox help topic "+topic.name)):
			t.Errorf("help %s is\n%s", topic.name, short)
		}
		_, overview, _ := call(t, "help")
		if !strings.Contains(overview, topic.summary()) {
			t.Errorf("help does not list %s", topic.name)
		}
	}
}

// The help of a report has what its header says, and is that of report NAME --help, too.
func TestReportHelp(t *testing.T) {
	t.Setenv("COLUMNS", "80")
	for _, r := range query.Reports() {
		_, got, _ := call(t, "help", "report", r.Name)
		for _, part := range append([]string{r.Title, r.Why, strings.Join(r.Columns, ", "), strings.Join(r.Needs, ", --")}, "--event-source SERVICE") {
			if !strings.Contains(onOneLine(got), onOneLine(part)) {
				t.Errorf("help report %s does not say %q:\n%s", r.Name, part, got)
			}
		}
		if _, same, _ := call(t, "report", r.Name, "--help"); same != got {
			t.Errorf("report %s --help is\n%s", r.Name, same)
		}
	}
}

// The topic about the store names each table and view.
func TestStoreTopic(t *testing.T) {
	store := filepath.Join(t.TempDir(), "t.duckdb")
	if code, _, stderr := call(t, "ingest", "-q", "--store", store, "../../testdata/logs/AWSLogs/111122223333/CloudTrail/us-west-2"); code != exitDone {
		t.Fatal(stderr)
	}
	_, names, _ := call(t, "sql", "-q", "-o", "csv", "--store", store,
		"SELECT table_name FROM duckdb_tables() WHERE NOT internal UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal")
	text, found := findTopic("store").text(), 0
	for name := range strings.Lines(names) {
		if name = strings.TrimSpace(name); name != "table_name" && !strings.Contains(text, "`"+name+"`") {
			t.Errorf("the topic store does not tell of %s", name)
		}
		found++
	}
	if found < 15 {
		t.Errorf("there are %d tables and views: %s", found, names)
	}
}

// The topic about reports tells of how answers look.
func TestReportsTopic(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(lookFlags).define(flags)
	text := findTopic("reports").text()
	flags.VisitAll(func(f *pflag.Flag) {
		if !strings.Contains(text, "`--"+f.Name) {
			t.Errorf("the topic reports does not tell of --%s", f.Name)
		}
	})
}

// The topic about filters names each of them, and nothing that is none.
func TestFiltersTopic(t *testing.T) {
	text := findTopic("filters").text()
	for _, name := range []string{"report", "lookup", "alarm"} {
		flags, _ := findCommand(name).flags()
		flags.VisitAll(func(f *pflag.Flag) {
			switch f.Name {
			case "store", "trust-schema", "sql", "output", "to", "quiet", "max-items", "columns", "wide", "vertical", "no-pager", "color", // what becomes of the answer
				"parameter", "var-file", "period", "threshold", "together", "wide-range", "all-management-events", "events",
				"level", "tag", "status", "rule", "placeholder", "suppress", "by", "truth": // which alarms and rules run, and how
				return
			}
			if !f.Hidden && !strings.Contains(text, "`--"+f.Name) {
				t.Errorf("the topic filters does not tell of %s --%s", name, f.Name)
			}
		})
	}
	report, _ := findCommand("report").flags()
	lookup, _ := findCommand("lookup").flags()
	for _, m := range regexp.MustCompile("`--([a-z-]+)").FindAllStringSubmatch(text, -1) {
		if report.Lookup(m[1]) == nil && lookup.Lookup(m[1]) == nil && m[1] != "help" {
			t.Errorf("the topic filters tells of --%s, which there is not", m[1])
		}
	}
	for _, r := range query.Reports() {
		if len(r.Needs) > 0 && !strings.Contains(onOneLine(text), "`"+r.Name+"`") {
			t.Errorf("the topic filters does not say that %s needs one", r.Name)
		}
	}
}

// Flags that are not to be shown, and defaults that are none, are not shown.
func TestHelpFlags(t *testing.T) {
	t.Setenv("TRAILBOX_STORE", "")
	os.Unsetenv("COLUMNS")
	_, got, _ := call(t, "lookup", "--help")
	for _, want := range []string{"      --store FILE", "  -o, --output FORMAT", "(default trailbox.duckdb)", "  -q, --quiet  "} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, unwanted := range []string{"--cli-input-json", "(default )", "(default 0)", "(default false)", "(default [])"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("%q in\n%s", unwanted, got)
		}
	}
}
