package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/query"
	"trailbox/query/page"
)

// An element is one of a page, or, without a name, text.
type element struct {
	name, text string
	attr       map[string]string
	inner      []*element
}

// elementsOf reads a page.
func elementsOf(t *testing.T, text string) *element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta"}, xml.HTMLEntity
	root := &element{}
	open := []*element{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root
		}
		if err != nil {
			t.Fatal(err)
		}
		last := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			last.inner, open = append(last.inner, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.inner = append(last.inner, &element{text: string(token)})
		}
	}
}

// find are the elements of a name and class, "" for any.
func (e *element) find(name, class string) (all []*element) {
	for _, inner := range e.inner {
		if inner.name == name && (class == "" || inner.attr["class"] == class) {
			all = append(all, inner)
		}
		all = append(all, inner.find(name, class)...)
	}
	return all
}

// words are all text in it, but for that of pictures.
func (e *element) words() string {
	text := e.text
	for _, inner := range e.inner {
		if inner.name != "svg" {
			text += inner.words()
		}
	}
	return text
}

// shown is a value that is shown: the whole of it, if it is cut.
func (e *element) shown() string {
	if whole := e.attr["title"]; whole != "" {
		return whole
	}
	return e.words()
}

// A readPage is what a page says.
type readPage struct {
	rows       []map[string]string // by column
	sum, check string
	text       string
}

// readAnswer reads the page of an answer, which is well formed.
func readAnswer(t *testing.T, path string) *readPage {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	checkPrinted(t, path, string(data))
	sort, err := os.ReadFile("../../query/page/sort.js")
	if err != nil {
		t.Fatal(err)
	}
	if links, scripts := checkMarkup(t, string(data)); links != 0 || len(scripts) != 1 || scripts[0] != string(sort) {
		t.Errorf("%s: %d links, scripts %q", path, links, scripts)
	}
	root := elementsOf(t, string(data))
	p := &readPage{text: root.words()}
	for _, section := range root.find("section", "") {
		if section.attr["id"] == "check" {
			pre := section.find("pre", "")
			p.sum, p.check = pre[0].words(), strings.TrimSuffix(pre[1].words(), " | sha256sum")
		}
	}
	same := map[string]string{}
	for _, line := range root.find("p", "same") {
		for i, name := range line.find("b", "") {
			same[name.words()] = line.find("span", "u")[i].shown()
		}
	}
	for _, table := range root.find("table", "sorts") {
		var columns []string
		for _, head := range table.find("th", "") {
			columns = append(columns, head.words())
		}
		for _, row := range table.find("tbody", "")[0].find("tr", "") {
			if row.attr["class"] == "below" {
				for _, part := range row.inner[0].find("span", "") {
					if names := part.find("b", ""); len(names) == 1 {
						value := part.find("span", "u")[0].words()
						if whole := part.attr["title"]; whole != "" {
							value = whole
						}
						p.rows[len(p.rows)-1][names[0].words()] = value
					}
				}
				continue
			}
			values := map[string]string{}
			for name, value := range same {
				values[name] = value
			}
			for i, cell := range row.find("td", "") {
				values[columns[i]] = cell.shown()
			}
			p.rows = append(p.rows, values)
		}
	}
	return p
}

// shellWords takes a command line apart as a shell does.
func shellWords(line string) (words []string) {
	word, quoted, any := "", false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'':
			quoted, any = !quoted, true
		case c == '\\' && !quoted:
			i++
			word += line[i : i+1]
		case c == ' ' && !quoted:
			if word != "" || any {
				words = append(words, word)
			}
			word, any = "", false
		default:
			word += string(c)
		}
	}
	return append(words, word)
}

// Whatever answers in rows writes a page, which shows what CSV has, and ends in the same exit
// code; the command line on it prints what its hash is of.
func TestAnswerPages(t *testing.T) {
	demo(t)
	_, stdout, _ := call(t, "sql", "-o", "csv", "SELECT eventID FROM events WHERE eventName = 'StopLogging' LIMIT 1")
	id := column(t, stdout, "eventID")[0]
	dir := t.TempDir()
	for _, c := range []struct{ command, says string }{
		{"report who", "Who acted"},
		{"report when --actor deploy-bot,=support --account 111122223333", "a bar is"},
		{"report coverage --since 2026-03-01 --until 2026-03-05", "the period is not covered: some of it is absent"},
		{"report alive --actor support", "limits: "},
		{"report who --actor nobody", "no event has --actor nobody"},
		{"report who --since 2030-01-01", "nothing loaded of that --since"},
		{"report what --columns eventName,events --read-only=false", "What was done"},
		{"lookup --user support", "Looked at: 1,126 events"},
		{"lookup --text p4d.24xlarge --since 2026-03-02", "the records were searched"},
		{"sql FROM~events~ORDER~BY~ALL~LIMIT~50", "FROM events ORDER BY ALL LIMIT 50"},
		{"sql SELECT~$$it's$$~AS~a", "$$it's$$"},
		{"show " + id, "delivered in "},
		{"trace support", "Who is behind it, and what came of it: support"},
		{"verify", "log files"},
		{"alarm list", "Alarms and rules"},
		{"alarm coverage", "no rule for"},
		{"alarm replay aws cis", "an alarm goes off"},
		{"alarm replay --by rule", "a replay on eventTime"},
	} {
		args := strings.Fields(c.command)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "~", " ")
		}
		path := filepath.Join(dir, "answer.HTML")
		code, stdout, stderr := call(t, append(args, "--to", path)...)
		if stdout != "" {
			t.Errorf("%s --to writes %q besides", c.command, stdout)
		}
		p := readAnswer(t, path)
		again := shellWords(p.check)
		if again[0] != "trailbox" || again[1] != args[0] {
			t.Fatalf("%s: %q", c.command, again)
		}
		otherCode, text, said := call(t, again[1:]...)
		if code != otherCode || code != exitDone && code != exitFindings && code != exitUnrun {
			t.Errorf("%s: exit code %d, as CSV %d\n%s", c.command, code, otherCode, stderr)
		}
		if want := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); p.sum != want {
			t.Errorf("%s: the hash is %s, of the CSV it is %s", c.command, p.sum, want)
		}
		if !strings.Contains(p.text, c.says) {
			t.Errorf("%s: the page does not say %q", c.command, c.says)
		}
		// What is said with the CSV is said on the page.
		for line := range strings.Lines(said) {
			line = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(line), "covers "), "trailbox: ")
			if !strings.Contains(p.text, line) {
				t.Errorf("%s: the page does not say %q", c.command, line)
			}
		}
		records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(p.rows) != len(records)-1 {
			t.Errorf("%s: %d rows, as CSV %d", c.command, len(p.rows), len(records)-1)
			continue
		}
		for i, record := range records[1:] {
			for j, name := range records[0] {
				got, want := p.rows[i][name], record[j]
				if name != "chart" && got != want && got != strings.TrimPrefix(want, "'") && strings.ReplaceAll(got, ",", "") != want && got != query.Escape(want) {
					t.Errorf("%s: row %d: %s is %q, as CSV %q", c.command, i, name, got, want)
				}
			}
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v is there, %v", entries, err)
	}
}

// A page is for its owner alone, takes the place of what was there whole, leaves nothing where it
// fails, and says what it is about to whoever asks for silence.
func TestPageFile(t *testing.T) {
	demo(t)
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.html"), filepath.Join(dir, "link.html")
	if err := errors.Join(os.WriteFile(real, []byte("old"), 0o644), os.Symlink(real, link)); err != nil {
		t.Skip(err) // where there are no links
	}
	if code, stdout, stderr := call(t, "report", "who", "-q", "--to", link); code != exitDone || stdout+stderr != "" {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	p := readAnswer(t, link)
	if !strings.Contains(p.text, "Looked at: 1,126 events") {
		t.Error("with -q the page does not say what it is about")
	}
	for name, isLink := range map[string]bool{real: false, link: true} {
		info, err := os.Lstat(name)
		if err != nil || info.Mode().IsRegular() == isLink || !isLink && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	before, err := os.ReadFile(real)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"sql", "--to", real, "SELECT error('no')"}, {"report", "who", "--to", real, "--columns", "nothing"},
		{"report", "who", "--to", filepath.Join(dir, "nowhere", "x.html")}, {"report", "who", "-o", "html"}, {"show", "--to", real, "x"},
	} {
		if code, _, stderr := call(t, args...); code != exitFailed && code != exitUsage {
			t.Errorf("%s: exit code %d, %s", args, code, stderr)
		}
	}
	after, err := os.ReadFile(real)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a command that failed changed the page, %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v is there, %v", entries, err)
	}
}

// Of a large answer a page has the first rows, says so, and counts and hashes all.
func TestPageBound(t *testing.T) {
	demo(t)
	path := filepath.Join(t.TempDir(), "answer.html")
	const rows = page.MaxRows + 1
	code, _, stderr := call(t, "sql", "--to", path, fmt.Sprintf("SELECT i, 'x' || i AS x FROM range(%d) AS r(i) ORDER BY i", rows))
	if code != exitDone || !strings.Contains(stderr, "has the first 10,000 of 10,001 rows, and the hash of all") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	all := sha256.New()
	fmt.Fprintln(all, "i,x")
	for i := range rows {
		fmt.Fprintf(all, "%d,x%d\n", i, i)
	}
	p := readAnswer(t, path)
	if len(p.rows) != page.MaxRows || p.sum != fmt.Sprintf("%x", all.Sum(nil)) || !strings.Contains(p.text, "The first 10,000 of 10,001 rows") {
		t.Errorf("%d rows, hash %s", len(p.rows), p.sum)
	}
	// Long values are bounded as well.
	if code, _, stderr := call(t, "sql", "--to", path, "SELECT repeat('<', 1000000) AS x, i FROM range(20) AS r(i)"); code != exitDone {
		t.Fatal(stderr)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 8<<20 {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
}

// Whatever somebody has put into a record, or into a flag, stays text.
func TestPageHostile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	if code, _, stderr := call(t, "ingest", "--store", path, hostileArchive(t)); code != exitDone && code != exitFindings {
		t.Fatal(stderr)
	}
	to := filepath.Join(t.TempDir(), "answer.html")
	for _, args := range [][]string{
		// Those that have an attack in each column.
		{"sql", "FROM events WHERE eventID::VARCHAR LIKE '________-1111-4111-8111-111111111111' ORDER BY eventID"},
		{"sql", "SELECT 1 AS \"</style><script>alert(1)</script>\", '</script>\u202e\x1b[31m' AS \"a' onclick='x\", '=1' AS \"\u202e\""},
		{"report", "who", "--actor", "</pre><script>alert(1)</script>"},
		{"report", "errors"}, {"report", "timeline", "--since", "2026-01-01"}, {"report", "coverage", "--since", "2026-03-01"}, {"report", "user-agents"},
		{"lookup", "--text", "script"}, {"trace", "--since", "2026-01-01"}, {"verify"}, {"alarm", "replay", "aws", "cis"},
		{"show", "00000010-1111-4111-8111-111111111111"},
	} {
		code, _, stderr := call(t, append(args, "--store", path, "--to", to)...)
		if !strings.Contains(fmt.Sprint(exitDone, exitFindings), fmt.Sprint(code)) {
			t.Errorf("%s: exit code %d, %s", args, code, stderr)
			continue
		}
		checkPrinted(t, strings.Join(args, " "), stderr)
		p := readAnswer(t, to)
		// Some are broken JSON, which nobody loads.
		if args[0] == "sql" && strings.HasPrefix(args[1], "FROM") && len(p.rows) < len(attacks())-5 {
			t.Errorf("%s: %d rows of %d", args, len(p.rows), len(attacks()))
		}
		if strings.Contains(p.text, "trailbox report errors") && !strings.Contains(p.text, "alert(1)") {
			t.Errorf("%s: the page shows nothing of what it may do", args)
		}
	}
}
