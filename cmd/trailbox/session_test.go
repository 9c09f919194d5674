//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"trailbox/query"
)

// talk has a session about a store answer lines, and returns what it says.
func talk(t *testing.T, store string, lines ...string) (stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	x := &session{store: opened(t, store), s: streams{out: &out, err: &talk}, format: query.FormatCSV, quiet: true}
	defer func() {
		if err := x.close(); err != nil {
			t.Error(err)
		}
	}()
	x.readLine = func(prompt string) (string, error) {
		talk.WriteString(prompt)
		if len(lines) == 0 {
			return "", io.EOF
		}
		line := lines[0]
		lines = lines[1:]
		if line == ctrlC {
			return "", errInterrupted
		}
		return line, nil
	}
	if err := x.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String(), talk.String()
}

func TestSession(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "t.duckdb")
	ingestJSON(t, 0, "--store", store, "../../testdata/logs")
	const first, more = "trailbox> ", "     ...> "
	for _, test := range []struct {
		name           string
		lines          []string
		stdout, stderr string
	}{
		{"one line", []string{"SELECT 1 AS a;"}, "a\n1\n", first + first},
		{"several lines", []string{"SELECT 1", "", "AS a -- ;", ";"}, "a\n1\n", first + more + more + more + first},
		{"several statements", []string{"SELECT 1 AS a; SELECT 2 AS b;"}, "a\n1\nb\n2\n", first + first},
		{"in a string", []string{"SELECT ';", ".quit' AS a;"}, "a\n\";\n.quit\"\n", first + more + first},
		{"blank", []string{"", "  "}, "", first + first + first},
		{"forgotten", []string{"SELECT 1", ctrlC, "SELECT 2 AS b;"}, "b\n2\n", first + more + first + first},
		{"the end within a statement", []string{"SELECT 1"}, "", first + more},
		{"quit", []string{".quit", "SELECT 1;"}, "", first},
		{"mode", []string{".mode ndjson", ".mode", "SELECT 1 AS a;"}, "ndjson\n{\"a\":1}\n", first + first + first + first},
	} {
		t.Run(test.name, func(t *testing.T) {
			stdout, stderr := talk(t, store, test.lines...)
			if stdout != test.stdout || stderr != test.stderr {
				t.Errorf("got\n%s%s\nwant\n%s%s", stdout, stderr, test.stdout, test.stderr)
			}
		})
	}

	// What goes wrong is told, and the session goes on.
	for line, want := range map[string]string{
		"SELECT nothing;":                         "nothing",
		"SELECT 1 AS a; SELEC; SELECT 2;":         "SELEC",
		"SELECT * FROM read_text('/etc/passwd');": "disabled",
		"DROP TABLE events;":                      "read-only",
		".modes":                                  "did you mean .mode?",
		".mode xml":                               "unknown format",
		".reports nobody":                         "no report",
		".output " + dir:                          "is a directory",
		".output " + store:                        "it is the store",
	} {
		if stdout, stderr := talk(t, store, line, "SELECT 7 AS a;"); !strings.Contains(stderr, want) || !strings.HasSuffix(stdout, "a\n7\n") {
			t.Errorf("%s\ngot %s%s\nwant %s", line, stdout, stderr, want)
		}
	}
	for line, want := range map[string]string{
		".tables":        "events,table,",
		".schema events": "events,eventTime,TIMESTAMP",
		".schema":        "files,uri,VARCHAR",
		".reports":       "overview",
		".reports who":   "SELECT",
		".help":          ".tables",
	} {
		if stdout, stderr := talk(t, store, line); !strings.Contains(stdout, want) {
			t.Errorf("%s: got %s%s, want %s", line, stdout, stderr, want)
		}
	}

	file := filepath.Join(dir, "answer.csv")
	stdout, _ := talk(t, store, ".output "+file, "SELECT 1 AS a;", ".output", "SELECT 2 AS b;")
	if text, err := os.ReadFile(file); string(text) != "a\n1\n" || err != nil || stdout != "b\n2\n" {
		t.Errorf("the file has %q, %v, the terminal %q", text, err, stdout)
	}

	// A workbook holds one answer, too.
	book := filepath.Join(dir, "book.XLSX")
	stdout, stderr := talk(t, store, ".output "+book, "SELECT 1 AS a;", "SELECT 2 AS b;", ".output "+filepath.Join(dir, "a.html"), "SELECT 3 AS c;")
	if rows := sheet(t, book, "answer"); !slices.EqualFunc(rows, [][]string{{"a"}, {"1"}}, slices.Equal) || stdout != "b\n2\nc\n3\n" || !strings.Contains(stderr, "a page is of one answer") {
		t.Errorf("the workbook has %q, the terminal %q, %s", rows, stdout, stderr)
	}

	// The file's name tells the form; of Parquet, a file holds one answer.
	parquet := filepath.Join(dir, "it's one.parquet")
	markdown := filepath.Join(dir, "answer.md")
	quoted := "'" + strings.ReplaceAll(parquet, "'", "''") + "'"
	stdout, stderr = talk(t, store, ".output "+parquet, ".tables", "SELEC;", "SELECT 1 AS a; SELECT 2 AS b;", "COPY (SELECT 3) TO "+quoted+";",
		".output "+markdown, "SELECT 4 AS c;", ".output "+parquet, ".output", "SELECT 5 AS d;")
	if !strings.Contains(stdout, "events,table,") || !strings.HasSuffix(stdout, "b\n2\nd\n5\n") || strings.Contains(stdout, "a\n1") || !strings.Contains(stderr, "disabled") {
		t.Errorf("got\n%s%s", stdout, stderr)
	}
	if text, err := os.ReadFile(markdown); string(text) != "| c |\n| --- |\n| 4 |\n" || err != nil {
		t.Errorf("Markdown is %q, %v", text, err)
	}
	if code, stdout, stderr := call(t, "sql", "--store", store, "--allow-files", "-o", "csv", "FROM "+quoted); code != 0 || stdout != "a\n1\n" {
		t.Errorf("Parquet has %s%s", stdout, stderr)
	}
}

// Ctrl-C ends what runs, and only that.
func TestSessionInterrupted(t *testing.T) {
	x := &session{}
	err := x.interruptible(t.Context(), func(ctx context.Context) error {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, errInterrupted) {
		t.Errorf("got %v", err)
	}
	if err := x.interruptible(t.Context(), func(ctx context.Context) error { return ctx.Err() }); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestKeys(t *testing.T) {
	k := &keys{in: strings.NewReader("ab\x03c")}
	text, err := io.ReadAll(k)
	if string(text) != "ab\x05\x15\rc" || err != nil || !k.interrupted {
		t.Errorf("got %q, %v, interrupted: %v", text, err, k.interrupted)
	}
}

func TestHistory(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	h := openHistory()
	for _, line := range []string{"SELECT 1;", "", "SELECT 1;", "SELECT 'a\x1b';", "  "} {
		h.Add(line)
	}
	if err := h.save(); err != nil {
		t.Fatal(err)
	}
	h = openHistory()
	if h.Len() != 2 || h.At(0) != "SELECT 'a\x1b';" || h.At(1) != "SELECT 1;" {
		t.Errorf("got %q", h.lines)
	}
	for range maxHistory {
		h.Add("a")
		h.Add("b")
	}
	if h.Len() != maxHistory || h.At(0) != "b" {
		t.Errorf("%d lines, the last %s", h.Len(), h.At(0))
	}
	if info, err := os.Stat(h.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
