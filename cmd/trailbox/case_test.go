package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/query/dossier"
)

// filesOf are the files of a folder by their names, with slashes.
func filesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if mode := info.Mode().Perm(); mode != 0o700 {
				t.Errorf("%s: mode %o", path, mode)
			}
			return nil
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s: mode %o", path, mode)
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = data
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// manifestOf reads manifest.json, and checks that it has every file with its hash.
func manifestOf(t *testing.T, files map[string][]byte) dossier.Manifest {
	t.Helper()
	var m dossier.Manifest
	if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"manifest.json": true, "manifest.json.sig": true}
	for _, f := range m.Files {
		data, there := files[f.Path]
		if sum := fmt.Sprintf("%x", sha256.Sum256(data)); !there || sum != f.SHA256 || int64(len(data)) != f.Bytes {
			t.Errorf("%s: SHA-256 %s of %d bytes, by manifest.json %s of %d", f.Path, sum, len(data), f.SHA256, f.Bytes)
		}
		listed[f.Path] = true
	}
	for name := range files {
		if !listed[name] {
			t.Errorf("manifest.json does not list %s", name)
		}
	}
	return m
}

// tableOf are the rows of a table of a case, each by its columns.
func tableOf(t *testing.T, data []byte) (rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// A case has what the log files say of the key: by these, read plainly.
func TestCase(t *testing.T) {
	demo(t)
	const key = "AKIADEPLOYBOTEXAMPLE"
	type plain struct {
		EventID, EventTime, EventName, ErrorCode string
		UserIdentity                             struct{ AccessKeyID string }
		line                                     string
	}
	var want []plain
	seen, sums := map[string]bool{}, map[string]string{}
	eachDelivered(t, func(name string, data []byte, records []json.RawMessage) {
		for _, text := range records {
			var p plain
			if err := json.Unmarshal(text, &p); err != nil {
				t.Fatal(err)
			}
			if p.UserIdentity.AccessKeyID != key {
				continue
			}
			sums[filepath.Base(name)] = fmt.Sprintf("%x", sha256.Sum256(unpack(t, data)))
			if p.line = string(text); !seen[p.line] {
				seen[p.line] = true
				want = append(want, p)
			}
		}
	})
	slices.SortFunc(want, func(a, b plain) int {
		return strings.Compare(a.EventTime+a.EventID, b.EventTime+b.EventID)
	})

	dir := filepath.Join(t.TempDir(), "deep", "case")
	code, stdout, stderr := call(t, "case", dir, "--access-key", key)
	if code != exitFindings || stdout != "" || !strings.Contains(stderr, "nobody has verified the store") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	files := filesOf(t, dir)
	m := manifestOf(t, files)
	for _, name := range []string{
		"summary.html", "timeline.csv", "timeline.xlsx", "destroyed.csv", "data.csv", "secrets.csv", "logging.csv", "detections.csv", "events.jsonl", "files.csv",
		"coverage.csv", "acts.csv", "identities.csv", "alive.csv", "blast.csv", "queries/timeline.sql", "queries/detections.sql",
	} {
		if files[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}

	lines := strings.SplitAfter(string(files["events.jsonl"]), "\n")
	timeline := tableOf(t, files["timeline.csv"])
	if len(lines)-1 != len(want) || len(timeline) != len(want) {
		t.Fatalf("%d records and %d rows of %d events", len(lines)-1, len(timeline), len(want))
	}
	failed := int64(0)
	for i, p := range want {
		if lines[i] != p.line+"\n" {
			t.Errorf("record %d:\n%swant:\n%s", i, lines[i], p.line)
		}
		if row := timeline[i]; row["eventID"] != p.EventID || row["eventTime"] != p.EventTime || row["eventName"] != p.EventName {
			t.Errorf("row %d: %v", i, row)
		}
		if p.ErrorCode != "" {
			failed++
		}
	}
	first, last := want[0].EventTime, want[len(want)-1].EventTime
	if c := m.Counts; c.Events != int64(len(want)) || c.Errors != failed || c.Keys != 1 || c.First.Format(time.RFC3339) != first || c.Last.Format(time.RFC3339) != last {
		t.Errorf("%+v", c)
	}
	page := string(files["summary.html"])
	for _, text := range []string{first, last, "AttachUserPolicy", `id="e-` + want[0].EventID + `"`} {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not have %s", text)
		}
	}
	for _, row := range tableOf(t, files["files.csv"]) {
		name := filepath.Base(row["uri"])
		if sums[name] != row["sha256"] || row["proof"] != "not verified" {
			t.Errorf("%s: %v, want %s", name, row, sums[name])
		}
		delete(sums, name)
	}
	for name := range sums {
		t.Errorf("files.csv lacks %s", name)
	}
	checkPage(t, page)

	// Each statement gives its table again.
	for _, name := range []string{"timeline", "acts", "alive", "blast", "secrets", "destroyed", "logging", "files", "coverage", "when"} {
		query := filepath.Join(dir, "queries", name+".sql")
		if code, stdout, stderr := call(t, "sql", "-q", "-f", query, "-o", "csv"); code != 0 || stdout != string(files[name+".csv"]) {
			t.Errorf("%s.sql: %d %s\n%.300s", name, code, stderr, stdout)
		}
	}

	// So does what was asked of who is behind it, in parts.
	isTold := false
	for i := 1; i == 1 || files[fmt.Sprintf("queries/identities-%d.sql", i)] != nil; i++ {
		query := filepath.Join(dir, "queries", fmt.Sprintf("identities-%d.sql", i))
		if code, stdout, stderr := call(t, "sql", "-q", "-f", query, "-o", "csv"); code != 0 {
			t.Errorf("identities-%d.sql: %d %s\n%.300s", i, code, stderr, stdout)
		} else {
			isTold = isTold || strings.Contains(stdout, key)
		}
	}
	if !isTold {
		t.Errorf("none of the statements about identities gives %s", key)
	}

	// The same question has the same bytes, but for when and who.
	again := filepath.Join(t.TempDir(), "again")
	if err := os.Mkdir(again, 0o700); err != nil { // an empty folder will do
		t.Fatal(err)
	}
	if code, _, stderr := call(t, "case", "-q", again, "--access-key", key); code != exitFindings || stderr != "" {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	for name, data := range filesOf(t, again) {
		if name != "manifest.json" && name != "summary.html" && !bytes.Equal(data, files[name]) {
			t.Errorf("%s is another one now", name)
		}
	}

	// What is there is not touched.
	if code, _, stderr := call(t, "case", dir, "--access-key", key); code != exitUsage || !strings.Contains(stderr, "never written over") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if now := filesOf(t, dir); len(now) != len(files) || !bytes.Equal(now["manifest.json"], files["manifest.json"]) {
		t.Error("the case is another one now")
	}
}

// A case that is interrupted leaves nothing.
func TestCaseInterrupted(t *testing.T) {
	demo(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	parent := t.TempDir()
	var talk bytes.Buffer
	if code := run(ctx, []string{"case", filepath.Join(parent, "c"), "--actor", "support"}, streams{in: strings.NewReader(""), out: io.Discard, err: &talk}); code == exitDone || code == exitFindings {
		t.Errorf("exit code %d\n%s", code, &talk)
	}
	if entries, err := os.ReadDir(parent); err != nil || len(entries) != 0 {
		t.Errorf("%v is left, %v", entries, err)
	}
}

// Whatever somebody has put into a record stays text on the page and in the tables.
func TestCaseHostile(t *testing.T) {
	path := hostileStore(t)
	dir := filepath.Join(t.TempDir(), "=1\x1b[31m\u202e<b>")
	code, _, stderr := call(t, "case", "--store", path, dir, "--since", "2026-01-01", "--user-agent", "!<script>alert(1)</script>")
	if code != exitFindings {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	checkPrinted(t, "case", stderr)
	files := filesOf(t, dir)
	manifestOf(t, files)
	checkPrinted(t, "manifest.json", string(files["manifest.json"]))
	page := string(files["summary.html"])
	checkPrinted(t, "summary.html", page)
	checkPage(t, page)
	for _, attack := range []string{"alert(1)", `'; DROP TABLE events; --`, "javascript:"} {
		if !strings.Contains(page, strings.NewReplacer("'", "&#39;").Replace(attack)) {
			t.Errorf("the page has no %s: it shows nothing of what it may do", attack)
		}
	}
	for name, data := range files {
		if strings.HasSuffix(name, ".csv") {
			checkCSV(t, name, string(data), int64(len(tableOf(t, data))))
		}
	}
}

// checkPage reads a page as XML, which takes each mark-up for what it is: there are no elements
// and attributes but those that pages have, no address but places of the page itself, and no script.
func checkPage(t *testing.T, page string) {
	t.Helper()
	if links, scripts := checkMarkup(t, page); links == 0 || len(scripts) > 0 {
		t.Errorf("%d links, scripts %q", links, scripts)
	}
}

// checkMarkup does that, and returns how many links there are, and the scripts.
func checkMarkup(t *testing.T, page string) (linked int, scripts []string) {
	t.Helper()
	elements := strings.Fields(`html head meta title style body main div b span pre h1 h2 h3 dl dt dd small ul li nav a section header p table thead tbody
		tr th td svg g rect line text tspan path circle defs pattern figure figcaption footer`)
	attributes := strings.Fields(`lang charset http-equiv content name class id href title scope colspan aria-label aria-hidden role viewBox
		x y x1 x2 y1 y2 cx cy r d width height fill fill-opacity tabindex patternUnits patternTransform preserveAspectRatio text-anchor`)
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta"}, xml.HTMLEntity
	ids, links, policy := map[string]bool{}, []string{}, ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.Comment, xml.ProcInst:
			t.Errorf("a %T", token)
		case xml.StartElement:
			if token.Name.Local == "script" && len(token.Attr) == 0 {
				body, err := d.Token()
				text, ok := body.(xml.CharData)
				if err != nil || !ok {
					t.Fatalf("a script of %T, %v", body, err)
				}
				scripts = append(scripts, string(text))
				continue
			}
			if !slices.Contains(elements, token.Name.Local) {
				t.Errorf("an element %s", token.Name.Local)
			}
			for _, a := range token.Attr {
				if name := a.Name.Local; !slices.Contains(attributes, name) || a.Name.Space != "" {
					t.Errorf("an attribute %s of %s: %.100s", name, token.Name.Local, a.Value)
				}
				switch {
				case a.Name.Local == "id":
					if ids[a.Value] {
						t.Errorf("two elements with the id %s", a.Value)
					}
					ids[a.Value] = true
				case a.Name.Local == "href":
					links = append(links, a.Value)
				case a.Name.Local == "content" && strings.Contains(a.Value, "-src"):
					policy = a.Value
				}
			}
		}
	}
	for _, link := range links {
		if id, ok := strings.CutPrefix(link, "#"); !ok || !ids[id] {
			t.Errorf("a link to %.100q", link)
		}
	}
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	for _, script := range scripts {
		sum := sha256.Sum256([]byte(script))
		if !strings.Contains(policy, "script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"';") {
			t.Errorf("policy %s lets not run the script", policy)
		}
	}
	return len(links), scripts
}
