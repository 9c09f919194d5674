package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the README shows is what the program prints.
func TestREADME(t *testing.T) {
	t.Setenv("COLUMNS", "80")
	t.Setenv("TRAILBOX_STORE", filepath.Join(t.TempDir(), "t.duckdb"))
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)

	_, demo, _ := strings.Cut(readme, "go run ./cmd/trailbox ingest testdata/logs\n```\n\n```text\n")
	demo, _, _ = strings.Cut(demo, "...\n")
	code, stdout, stderr := call(t, "ingest", "../../testdata/logs")
	duration := regexp.MustCompile(`in [0-9.]+m?s`)
	if got := duration.ReplaceAllString(stdout, "in 80ms"); code != 0 || demo == "" || !strings.HasPrefix(got, demo) {
		t.Errorf("code %d, %s\n%s", code, stderr, stdout)
	}

	const pattern = `{ $.eventName = "DeleteTrail" }`
	_, replay, _ := strings.Cut(readme, "replay --period 1m '"+pattern+"'\n```\n\n```text\n")
	replay, _, _ = strings.Cut(replay, "```")
	if code, stdout, stderr := call(t, "alarm", "replay", "--period", "1m", pattern); code != exitFindings || stdout != replay {
		t.Errorf("code %d, %s\n%s", code, stderr, stdout)
	}

	_, mail, _ := strings.Cut(readme, "```text\nSubject: ")
	mail, _, _ = strings.Cut(mail, "```")
	script, err := os.ReadFile("../../testdata/script/watch.txtar") // which compares the mail
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(mail, "...\n") {
		if part == "" || !strings.Contains(string(script), part) {
			t.Errorf("no such mail arrives: %q", part)
		}
	}

	// A command behind a dollar sign, and up to the next empty line its output.
	shown := regexp.MustCompile(`(?m)^\$ trailbox ([^#\n]+)\n((?:[^\x60\n].*\n)+)`).FindAllStringSubmatch(readme, -1)
	if len(shown) != 2 {
		t.Fatalf("%d examples found", len(shown))
	}
	for _, example := range shown {
		if _, stdout, stderr := call(t, strings.Fields(example[1])...); stdout != example[2] {
			t.Errorf("%s\n%s%s", example[1], stderr, stdout)
		}
	}
}
