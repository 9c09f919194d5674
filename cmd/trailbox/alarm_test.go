package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReplay(t *testing.T) {
	demo(t)
	t.Run("filters", testReplayFilters)
	t.Run("correlation", testReplayCorrelation)
}

// The filters of a replay let through what those of every other command do: a rule that every
// event fits finds the events that lookup finds.
func testReplayFilters(t *testing.T) {
	rule := filepath.Join(t.TempDir(), "any.yml")
	writeFile(t, rule, []byte(`
title: Any
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventVersion|exists: true}
  condition: selection
`))
	for i, filter := range []string{
		"--actor AdminRole", "--user support", "--source-ip 203.0.113.0/24", "--account 444455556666", "--aws-region us-west-2",
		"--event-name StopLogging,DeleteTrail", "--event-source s3", "--access-key AKIADEPLOYBOTEXAMPLE", "--error-code AccessDenied", "--errors-only",
		"--read-only=false --actor !AdminRole", "--resource example-customer-exports", "--user-agent Boto3*", "--since 2026-03-02T21:00:00Z --until 2026-03-02T22:00:00Z --event-source iam",
		"--actor nobody",
	} {
		flags := strings.Fields(filter)
		_, stdout, stderr := call(t, append([]string{"lookup", "-o", "csv"}, flags...)...)
		want := column(t, stdout, "eventID")
		if (len(want) == 0) != (filter == "--actor nobody") {
			t.Fatalf("lookup %s finds %d events: the test shows nothing\n%s", filter, len(want), stderr)
		}
		slices.Sort(want)
		code, stdout, stderr := call(t, append([]string{"alarm", "replay", "-o", "csv", rule}, flags...)...)
		got := column(t, stdout, "eventID")
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("replay %s finds %d events, lookup %d", filter, len(got), len(want))
		}
		if len(want) == 0 && (code != exitDone || !strings.Contains(stderr, "no event has --actor nobody")) {
			t.Errorf("replay %s: exit code %d, %s", filter, code, stderr)
		}
		if i%4 > 0 {
			continue
		}
		// An alarm counts none but these.
		_, stdout, _ = call(t, append([]string{"alarm", "replay", "-q", "-o", "csv", "--events", "0", "--period", "1m", "{ $.eventVersion = * }"}, flags...)...)
		seen := slices.DeleteFunc(column(t, stdout, "eventID"), func(id string) bool { return id == "" })
		if len(seen) == 0 && len(want) > 0 || slices.ContainsFunc(seen, func(id string) bool { return !slices.Contains(want, id) }) {
			t.Errorf("an alarm counts %d events of %s, lookup finds %d", len(seen), filter, len(want))
		}
	}
}

// A correlation is a row of its own, with the events that it is of by --events; no cell has
// JSON, in whatever form.
func testReplayCorrelation(t *testing.T) {
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.yml")
	writeFile(t, rules, []byte(`
title: Refused
name: refused
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {errorCode: AccessDenied}
  condition: selection
---
title: Many refusals
id: 01234567-89ab-4cde-8f01-23456789abce
status: test
level: critical
tags: [attack.discovery]
correlation: {type: event_count, rules: [refused], group-by: [userIdentity.arn], timespan: 10m, condition: {gte: 5}}
`))
	code, stdout, stderr := call(t, "alarm", "replay", "-q", "-o", "ndjson", "--level", "critical", rules)
	if code != exitFindings {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	for _, line := range lines {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if row["rule"] != "Many refusals" || row["status"] != "test" || row["level"] != "critical" || row["matched"].(float64) < 5 || row["errorCode"] != "AccessDenied" {
			t.Errorf("%s", line)
		}
		for name, value := range row {
			if text, ok := value.(string); ok && strings.ContainsAny(text[:min(1, len(text))], "[{") {
				t.Errorf("%s is JSON: %s", name, text)
			}
		}
	}
	_, stdout, _ = call(t, "alarm", "replay", "-q", "-o", "csv", "--events", "0", "--level", "critical", rules)
	if all := column(t, stdout, "eventID"); len(all) < 5*len(lines) {
		t.Errorf("%d matches of five events and more have %d rows", len(lines), len(all))
	}
}
