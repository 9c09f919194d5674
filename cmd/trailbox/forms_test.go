package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A zip file with a bucket's copy and a collector's files is loaded as the folder is that it
// was made of, and comes back; nothing is written where its names lead.
func TestArchiveThereAndBack(t *testing.T) {
	dir := t.TempDir()
	const key = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz"
	members := map[string][]byte{
		key:                     pack([]byte(logFile(recordA))),
		"one/lookup.json":       []byte(`{"Events":[` + embedded(recordB, "1") + `]}`),
		"two/lookup.json":       []byte(`[` + noID + `]`),
		"../../outside.json":    []byte(recordA + "\n"),
		"one/notes.txt":         []byte("of the collector"),
		"__MACOSX/._" + key[8:]: []byte("\x00\x05\x16\x07"),
	}
	var zipped, tarred bytes.Buffer
	z, w := zip.NewWriter(&zipped), tar.NewWriter(&tarred)
	for name, data := range members {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data))})
		}
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	w.Close()
	for name, archive := range map[string][]byte{"evidence.zip": zipped.Bytes(), "evidence.tgz": pack(tarred.Bytes())} {
		store, dest := filepath.Join(dir, name+".duckdb"), filepath.Join(dir, name+" extracted", "dest")
		path := filepath.Join(dir, name)
		writeFile(t, path, archive)
		// The name that leads out is told.
		summary, stderr := ingestJSON(t, 3, "--store", store, path)
		if summary.Records != 4 || summary.FilesLoaded != 5 || summary.FilesOther != 2 || !strings.Contains(stderr, "outside.json: its name leads out of the archive") {
			t.Errorf("%s: %+v\n%s", name, summary, stderr)
		}
		if code, out, stderr := call(t, "verify", "--self", "--store", store); code != 0 {
			t.Errorf("%s: exit code %d, %s%s", name, code, out, stderr)
		}
		if code, _, stderr := call(t, "extract", "--store", store, "--plain", dest); code != 0 {
			t.Errorf("%s: exit code %d, %s", name, code, stderr)
		}
		for place, want := range map[string]string{
			strings.TrimSuffix(key, ".gz"): logFile(recordA), "one/lookup.json": string(members["one/lookup.json"]),
			"two/lookup.json": string(members["two/lookup.json"]), "outside.json": recordA + "\n",
		} {
			if got, err := os.ReadFile(filepath.Join(dest, place)); err != nil || string(got) != want {
				t.Errorf("%s: %s is %q, %v", name, place, got, err)
			}
		}
		if beside, err := os.ReadDir(filepath.Dir(dest)); err != nil || len(beside) != 1 {
			t.Errorf("%s: written beside the folder: %v, %v", name, beside, err)
		}
	}
}

// What was not read is said by kind, before and after, and a source with nothing at all is never passed
// over in silence.
func TestNotRead(t *testing.T) {
	dir := t.TempDir()
	logs := filepath.Join(dir, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"a.csv": "a,b\n1,2\n", "b.csv": "a,b\n1,2\n", "x.parquet": "PAR1", "package.json": `{"name":"x"}`, ".DS_Store": "\x00", "noteless": "x",
	} {
		writeFile(t, filepath.Join(logs, name), []byte(data))
	}
	const kinds = "not read: 2 .csv, 1 .parquet, "
	store := filepath.Join(dir, "t.duckdb")
	for _, args := range [][]string{{"ingest", "--dry-run"}, {"ingest"}, {"ingest"}} {
		code, stdout, stderr := call(t, append(args, "--store", store, logs)...)
		if !strings.Contains(stdout, kinds) || len(args) == 1 && (code != 3 || !strings.Contains(stderr, "trailbox: nothing was loaded: of 6 files listed none is CloudTrail's")) {
			t.Errorf("%s: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	if code, _, stderr := call(t, "ingest", "--store", filepath.Join(dir, "empty.duckdb"), t.TempDir()); code != 3 || !strings.Contains(stderr, "nothing was loaded: of 0 files listed") {
		t.Errorf("an empty folder: exit code %d, %s", code, stderr)
	}
	db := opened(t, store)
	if got := asked(t, db, "SELECT count(*) AS n, count(error) AS because FROM files WHERE status IN ('other', 'skipped')"); got != `{"n":6,"because":6}` {
		t.Errorf("the ledger says %s", got)
	}
	// With a log file among them it is no finding.
	writeFile(t, filepath.Join(logs, "x.log"), []byte(logFile(recordA)))
	if code, stdout, stderr := call(t, "ingest", "--store", filepath.Join(dir, "some.duckdb"), logs); code != 0 || stderr != "next: trailbox report\n" || !strings.Contains(stdout, kinds) {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	// Each one that is named is told of, with a reason.
	for name, why := range map[string]string{"a.csv": "CSV", "x.parquet": "a Parquet file", "package.json": "JSON without Records", "noteless": "an object or an array was expected"} {
		for range 2 { // the second time it is known
			code, stdout, stderr := call(t, "ingest", "-o", "json", "--store", filepath.Join(dir, "named.duckdb"), filepath.Join(logs, name))
			if code != 3 || !strings.Contains(stderr, name) || !strings.Contains(stdout, `"errors": [
    {`) {
				t.Errorf("%s: exit code %d\n%s%s", name, code, stdout, stderr)
			}
			if why != "" && !strings.Contains(stderr, why) {
				t.Errorf("%s: %s", name, stderr)
			}
			if plan, _, told := call(t, "ingest", "--dry-run", "--store", filepath.Join(dir, "none.duckdb"), filepath.Join(logs, name)); plan != 3 || !strings.Contains(told, why) {
				t.Errorf("%s: --dry-run: exit code %d, %s", name, plan, told)
			}
			why = ""
		}
	}
}

// What is limited by time says how many events no limit can find.
func TestTimeless(t *testing.T) {
	store := filepath.Join(t.TempDir(), "t.duckdb")
	path := filepath.Join(t.TempDir(), "x.json")
	writeFile(t, path, []byte(logFile(recordA, strings.Replace(recordB, `"eventTime":"`, `"eventTime":"never `, 1))))
	if summary, _ := ingestJSON(t, 0, "--store", store, path); summary.EventsTimeless != 1 {
		t.Errorf("%+v", summary)
	}
	for _, args := range [][]string{
		{"report", "who", "--since", "2020-01-01"}, {"report", "who", "--until", "2030-01-01"}, {"report", "who", "--since", "2030-01-01"},
		{"lookup", "--since", "2020-01-01"}, {"lookup", "--end-time", "2030-01-01"}, {"lookup", "--since", "2030-01-01"},
	} {
		_, _, stderr := call(t, append(args, "--store", store)...)
		if first, _, _ := strings.Cut(stderr, "\n"); !strings.Contains(first, "1 event without a time") {
			t.Errorf("%s: %s", args, stderr)
		}
	}
	if _, _, stderr := call(t, "lookup", "--store", store); strings.Contains(stderr, "without a time") {
		t.Errorf("without limits: %s", stderr)
	}
}
