package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// atTerminal runs a command line at a terminal, and returns what that gets.
func atTerminal(t *testing.T, line string) string {
	t.Helper()
	if _, err := exec.LookPath("script"); err != nil {
		t.Skip("there is no program script, which makes a terminal")
	}
	p := prepare(t, "script", "--quiet", "--return", "--command", line, "/dev/null")
	p.Stdin = strings.NewReader("")
	p.start(t)
	if code := p.code(t); code != exitDone && code != exitFindings {
		t.Fatalf("%s ends with exit code %d\n%.2000s", line, code, &p.out)
	}
	return strings.ReplaceAll(p.out.String(), "\r\n", "\n") // the terminal's line ends
}

// No form of an answer has anything that a terminal would obey where it goes to one; CSV
// for files and programs has the text as it is, whatever $COLUMNS says.
func TestRawFormsAtTerminal(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "t.duckdb")
	if code, _, stderr := call(t, "ingest", "--store", store, hostileArchive(t)); code != exitDone && code != exitFindings {
		t.Fatal(stderr)
	}
	for _, command := range []string{
		"sql 'FROM events ORDER BY ALL' -o csv", "sql 'FROM files ORDER BY ALL' -o csv", "sql 'FROM events ORDER BY ALL' -o table", "report files -o csv", "report who -o csv",
		"lookup -o csv", "lookup -o json", "verify -o csv", "verify -o json", "verify -o ndjson", "verify --self -o csv", "show 00000001-1111-4111-8111-111111111111 -o csv",
		"show 00000001-1111-4111-8111-111111111111",
	} {
		checkPrinted(t, command, atTerminal(t, "trailbox "+command+" --store "+store+" 2>/dev/null")) // without progress
	}

	t.Setenv("COLUMNS", "80")
	_, raw, _ := call(t, "sql", "SELECT chr(27) || '[31m' || chr(8238) AS a, [chr(155)] AS b", "-o", "csv", "--store", store)
	if want := "a,b\n\x1b[31m\u202e,\"[\"\"\\u009b\"\"]\"\n"; raw != want {
		t.Errorf("into a pipe %q, not %q", raw, want)
	}
	const line = `trailbox sql "SELECT '=' || chr(27) || '[31m' || chr(8238) || chr(10) AS a, [chr(155)] AS b" -o csv --quiet --store `
	if got, want := atTerminal(t, line+store), "a,b\n"+`'=\x1b[31m\u202e\n,"[""\u009b""]"`+"\n"; got != want {
		t.Errorf("at a terminal %q, not %q", got, want)
	}
}
