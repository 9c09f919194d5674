package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailbox/query"
)

// documents are the README and the topics of the help, by their paths.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("help/*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, path := range append(paths, "../../README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	return texts
}

// demo makes a store of the demo archive, which commands find by themselves.
func demo(t *testing.T) {
	t.Helper()
	t.Setenv("COLUMNS", "80")
	t.Setenv("TRAILBOX_STORE", demoStore(t))
}

// onOneLine is a text whatever its lines are.
func onOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// What the README and the help show is what the program prints.
func TestREADME(t *testing.T) {
	texts := documents(t)
	readme := texts["../../README.md"]
	t.Setenv("COLUMNS", "80")
	t.Setenv("TRAILBOX_STORE", filepath.Join(t.TempDir(), "t.duckdb"))
	code, stdout, stderr := call(t, "ingest", "../../testdata/logs")
	if code != 0 {
		t.Fatal(stderr)
	}
	said := stdout + stderr

	_, shown, _ := strings.Cut(readme, "go run ./cmd/trailbox ingest testdata/logs\n```\n\n```text\n")
	shown, _, _ = strings.Cut(shown, "```")
	duration := regexp.MustCompile(`in [0-9.]+m?s`)
	if got := duration.ReplaceAllString(said, "in 80ms"); got != shown {
		t.Error(said)
	}

	// Lines that are too wide for a terminal are broken there.
	const pattern = `{ $.eventName = "DeleteTrail" }`
	_, replay, _ := strings.Cut(texts["help/alarms.md"], "replay --period 1m '"+pattern+"'\n```\n\n```text\n")
	replay, _, _ = strings.Cut(replay, "```")
	code, stdout, stderr = call(t, "alarm", "replay", "--period", "1m", pattern)
	var broken strings.Builder
	for line := range strings.Lines(stdout) {
		if len([]rune(line)) > helpWidth+1 {
			line = strings.Join(wrap(line, helpWidth), "\n") + "\n"
		}
		broken.WriteString(line)
	}
	if code != exitFindings || broken.String() != replay {
		t.Errorf("code %d, %s\n%s", code, stderr, stdout)
	}

	_, mail, _ := strings.Cut(texts["help/watch.md"], "```text\nSubject: ")
	mail, _, _ = strings.Cut(mail, "```")
	script, err := os.ReadFile("../../testdata/script/watch.txtar") // which compares the mail
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(mail, "...\n") {
		if part == "" || !strings.Contains(onOneLine(string(script)), onOneLine(part)) {
			t.Errorf("no such mail arrives: %q", part)
		}
	}

	_, _, stderr = call(t, "report", "who", "--actor", "nobody")
	for _, path := range []string{"../../README.md", "help/filters.md"} {
		if !strings.Contains(onOneLine(texts[path]), onOneLine(stderr)) {
			t.Errorf("%s does not show how an answer is covered: %s", path, stderr)
		}
	}

	for _, path := range []string{"../../README.md", "help/failures.md"} {
		if !strings.Contains(onOneLine(texts[path]), onOneLine(exitCodes)) {
			t.Errorf("%s does not say what the exit codes are", path)
		}
	}

	// A command behind a dollar sign, and up to the next empty line its output.
	examples := 0
	for path, text := range texts {
		for _, example := range regexp.MustCompile(`(?m)^\$ trailbox ([^#\n]+)\n((?:[^\x60\n].*\n)+)`).FindAllStringSubmatch(text, -1) {
			examples++
			if _, stdout, stderr := call(t, strings.Fields(example[1])...); stdout != example[2] {
				t.Errorf("%s: %s\n%s%s", path, example[1], stderr, stdout)
			}
		}
	}
	if examples < 2 {
		t.Errorf("%d examples found", examples)
	}
}

// commandLines are the arguments of trailbox wherever a block of shell commands calls it,
// as bash understands them.
func commandLines(t *testing.T, text string) [][]string {
	t.Helper()
	var script strings.Builder
	script.WriteString(`set -e
PATH=
trailbox() { printf '%s\0' "$#" "$@" >&3; }
go() { if [ "$2" = ./cmd/trailbox ]; then trailbox "${@:3}"; fi; }
jq() { :; }
aws() { :; }
`)
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		script.WriteString(block[1])
	}
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bash, "--norc", "-c", script.String())
	cmd.Dir = t.TempDir() // for what is redirected to files
	cmd.ExtraFiles = []*os.File{said}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := said.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	if _, err := all.ReadFrom(said); err != nil {
		t.Fatal(err)
	}
	words := strings.Split(strings.TrimSuffix(all.String(), "\x00"), "\x00")
	var lines [][]string
	for len(words) > 0 && words[0] != "" {
		n, err := strconv.Atoi(words[0])
		if err != nil {
			t.Fatal(err)
		}
		lines, words = append(lines, words[1:1+n]), words[1+n:]
	}
	return lines
}

// Each command line in the README and in the help is one, and where it needs no more than
// the demo archive, it answers.
func TestREADMECommands(t *testing.T) {
	texts := documents(t)
	demo(t)
	t.Chdir(t.TempDir()) // for the files that are written
	for _, name := range []string{"saved.sql", "who.sql"} {
		writeFile(t, name, []byte("SELECT count(*) FROM events"))
	}
	seen := make(map[string]bool)
	for path, text := range texts {
		for _, args := range commandLines(t, text) {
			line := strings.Join(args, " ")
			if seen[line] {
				continue
			}
			seen[line] = true
			c := findCommand(args[0])
			if c == nil {
				t.Errorf("%s: %q: no such command", path, args)
				continue
			}
			flags, _ := c.flags()
			if err := flags.Parse(args[1:]); err != nil {
				t.Errorf("%s: %q: %v", path, args, err)
				continue
			}
			if c.name == "report" && flags.NArg() > 0 {
				if _, err := query.FindReport(flags.Arg(0)); err != nil {
					t.Errorf("%s: %q: %v", path, args, err)
				}
			}
			elsewhere := flags.Changed("store") || slices.ContainsFunc(args, func(arg string) bool {
				return arg == "template.yaml" || strings.HasPrefix(arg, "rules/")
			})
			if elsewhere || !slices.Contains([]string{"report", "lookup", "sql", "show", "alarm", "help"}, c.name) {
				continue
			}
			if code, stdout, stderr := call(t, args...); code != exitDone && code != exitFindings || stdout == "" && !flags.Changed("to") {
				t.Errorf("%s: %q: exit code %d\n%s%s", path, args, code, stderr, stdout)
			}
		}
		// Within a text, too, only commands and topics are named that there are.
		for _, m := range regexp.MustCompile("`trailbox ([a-z]+)(?: (?:topic )?([a-z]+))?").FindAllStringSubmatch(text, -1) {
			if findCommand(m[1]) == nil || m[1] == "help" && m[2] != "" && findCommand(m[2]) == nil && findTopic(m[2]) == nil {
				t.Errorf("%s: %s: no such command or topic", path, m[0])
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d command lines found", len(seen))
	}
}

// Links lead to what is there, and the README links to each topic.
func TestREADMELinks(t *testing.T) {
	for path, text := range documents(t) {
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	readme := documents(t)["../../README.md"]
	for _, topic := range topics() {
		row := "| [" + topic.name + "](cmd/trailbox/help/" + topic.name + ".md) | " + topic.summary() + " |\n"
		if !strings.Contains(readme, row) {
			t.Errorf("the README has no row %s", row)
		}
	}
}
