package main

import (
	"os/exec"
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

// What is longer than a terminal goes to the pager, and ends where its reader leaves it.
// Nothing else does, and the pager's end is no error of ours.
func TestPager(t *testing.T) {
	store := hostileStore(t)
	const long, short = `-o csv 'SELECT * FROM range(100000)'`, `'SELECT 1'` // a table would be cut
	for _, c := range []struct{ pager, flags, statement, want string }{
		{"sed s/^/page:/", "", long, "page:99999"},
		{"sed s/^/page:/", "", short, "\n1"},
		{"sed s/^/page:/", "--no-pager", long, "\n99999"},
		{"head -n 2", "", long, "\n0"},
		{"false", "", long, ""},
		{"cat", "", long, "\n99999"},
		{"", "", long, "\n99999"},
	} {
		line := "stty rows 24 cols 80; PAGER='" + c.pager + "' trailbox sql -q " + c.flags + " --store " + store + " " + c.statement
		got := strings.TrimRight(strings.ReplaceAll(atTerminal(t, line), "    ", ""), " \n")
		if i := strings.LastIndexByte(got, '\n'); c.want == "" && got != "" || c.want != "" && !strings.HasSuffix(strings.ReplaceAll(got[max(i, 0):], " ", ""), c.want) {
			t.Errorf("%+v: it ends in %q", c, got[max(0, len(got)-60):])
		}
	}
}

// At a terminal a table ends after its first thousand rows, and says how many there are;
// whatever else an answer goes to, or is written in, gets all of them.
func TestFirstRows(t *testing.T) {
	store := hostileStore(t)
	const cut = "the first 1,000 of 12,345 rows: a pipe and --to FILE get all"
	for _, c := range []struct {
		rows, flags string
		lines       int
		last        string
	}{
		{"1000", "", 2 + 1000, "999"},
		{"1001", "", 2 + 1000 + 1, "the first 1,000 of 1,001 rows: a pipe and --to FILE get all"},
		{"12345", "", 2 + 1000 + 1, cut},
		{"12345", "--vertical", 1000 + 999 + 1, cut},
		{"12345", "--wide", 2 + 1000 + 1, cut},
		{"12345", "-o csv", 1 + 12345, "12344"},
		{"12345", "-o ndjson", 12345, `{"range":12344}`},
		{"12345", "| cat", 2 + 12345, "12344"},
	} {
		line := "trailbox sql -q --no-pager --store " + store + " 'SELECT * FROM range(" + c.rows + ")' " + c.flags
		lines := strings.Split(strings.TrimSpace(atTerminal(t, line)), "\n")
		if last := strings.TrimSpace(lines[len(lines)-1]); len(lines) != c.lines || last != c.last {
			t.Errorf("%+v: %d lines, the last is %q", c, len(lines), last)
		}
	}
}

// No form of an answer has anything that a terminal would obey where it goes to one; CSV
// for files and programs has the text as it is, whatever $COLUMNS says.
func TestRawFormsAtTerminal(t *testing.T) {
	store := hostileStore(t)
	for _, command := range []string{
		"sql 'FROM events ORDER BY ALL' -o csv", "sql 'FROM files ORDER BY ALL' -o csv", "sql 'FROM events ORDER BY ALL' -o table", "report files -o csv", "report who -o csv",
		"lookup -o csv", "lookup -o json", "verify -o csv", "verify -o json", "verify -o ndjson", "verify --self -o csv", "show 00000001-1111-4111-8111-111111111111 -o csv",
		"show 00000001-1111-4111-8111-111111111111",
	} {
		got := atTerminal(t, "trailbox "+command+" --store "+store+" 2>/dev/null") // without progress
		if strings.HasSuffix(command, "-o table") {
			if !strings.Contains(got, "\x1b[") {
				t.Errorf("%s: nothing is painted", command)
			}
			got = strings.NewReplacer("\x1b[31m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(got) // our own
		}
		checkPrinted(t, command, got)
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
