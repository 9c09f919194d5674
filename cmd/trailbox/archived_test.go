package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"trailbox/ingest"
	"trailbox/ingest/digesttest"
	"trailbox/ingest/s3test"
	"trailbox/query/integrity"
)

// What is archived is counted and told, never asked for, and read once it is restored.
func TestIngestArchived(t *testing.T) {
	server := s3test.New(t)
	for i := range 8 {
		server.Put("logs", fmt.Sprintf("AWSLogs/%d.json", i), []byte(`{"Records":[{"eventName":"E`+fmt.Sprint(i)+`"}]}`))
	}
	hostile := "AWSLogs/it's $(reboot).json"
	server.Put("logs", hostile, []byte(`{"Records":[]}`))
	server.Archive("logs", hostile, "DEEP_ARCHIVE", false)
	server.Archive("logs", "AWSLogs/1.json", "GLACIER", false)
	server.Archive("logs", "AWSLogs/2.json", "GLACIER", false)
	server.Archive("logs", "AWSLogs/3.json", "GLACIER", true)
	server.Archive("logs", "AWSLogs/4.json", "GLACIER_IR", true) // S3 reads it out at once
	server.Archive("logs", "AWSLogs/5.json", "INTELLIGENT_TIERING", false)
	server.Put("logs", "elsewhere.txt", []byte(`{"Records":[]}`)) // which nobody looks at
	server.Archive("logs", "elsewhere.txt", "GLACIER", false)

	var gets atomic.Int64
	var forced atomic.Bool // archived objects are to be asked for
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Count(r.URL.Path, "/") > 1 && r.Method == http.MethodGet {
				gets.Add(1)
			}
			if strings.Contains(r.URL.Path, "elsewhere") && !forced.Load() {
				t.Errorf("asked for %s", r.URL)
			}
			next.ServeHTTP(w, r)
		})
	})
	store := filepath.Join(t.TempDir(), "t.duckdb")
	args := []string{"--store", store, "--endpoint-url", server.URL, "s3://logs"}

	code, stdout, stderr := call(t, append([]string{"ingest", "--dry-run", "-o", "json"}, args...)...)
	var plan ingest.Plan
	if err := json.Unmarshal([]byte(stdout), &plan); err != nil || code != 3 {
		t.Fatalf("--dry-run: code %d, %v, %s%s", code, err, stdout, stderr)
	}
	if plan.FilesListed != 10 || plan.FilesArchived != 3 || plan.FilesToFetch != 6 || plan.FilesOther != 1 || gets.Load() != 0 {
		t.Errorf("--dry-run, %d GETs: %+v", gets.Load(), plan)
	}
	for _, want := range []string{
		"trailbox: 2 files (0.0 MB) not read: archived in GLACIER\n",
		"hint: aws s3api restore-object --bucket logs --key AWSLogs/1.json --restore-request 'Days=30,GlacierJobParameters={Tier=Bulk}'\n",
		`--key 'AWSLogs/it'\''s $(reboot).json' --restore-request`,
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("--dry-run: %q is not in %s", want, stderr)
		}
	}

	summary, stderr := ingestJSON(t, 3, args...)
	if summary.FilesLoaded != 5 || summary.FilesArchived != 4 || summary.FilesDamaged != 0 || len(summary.Errors) != 0 || len(summary.Archives) != 3 {
		t.Errorf("first run: %+v", summary)
	}
	if a := summary.Archives[1]; a != (ingest.Archive{Class: "GLACIER", Files: 2, Bytes: 64, URI: "s3://logs/AWSLogs/1.json"}) {
		t.Errorf("%+v", a)
	}
	if want := "--key AWSLogs/5.json --restore-request 'GlacierJobParameters={Tier=Bulk}'"; !strings.Contains(stderr, want) {
		t.Errorf("%q is not in %s", want, stderr)
	}
	_, stdout, _ = call(t, "ingest", "--store", store, "--endpoint-url", server.URL, "s3://logs")
	if !strings.Contains(stdout, " = 0 loaded + 5 known + 0 damaged + 4 archived + 1 other + 0 filtered out") {
		t.Errorf("the counts are not told:\n%s", stdout)
	}

	gets.Store(0)
	if summary, _ := ingestJSON(t, 3, args...); summary.FilesKnown != 5 || summary.FilesArchived != 4 || gets.Load() != 0 {
		t.Errorf("second run, %d GETs: %+v", gets.Load(), summary)
	}
	rows := func() string {
		_, stdout, _ := call(t, "sql", "--store", store, "-o", "csv", "SELECT status, count(*) FROM files WHERE superseded IS NULL GROUP BY ALL ORDER BY ALL")
		return stdout
	}
	if got := rows(); !strings.Contains(got, "archived,4\nloaded,5\n") {
		t.Errorf("files:\n%s", got)
	}
	if _, _, stderr := call(t, "report", "who", "--store", store); !strings.Contains(stderr, "4 files not fetched") {
		t.Errorf("a report does not tell: %s", stderr)
	}

	// What was read before it went into the archive is known.
	server.Archive("logs", "AWSLogs/0.json", "DEEP_ARCHIVE", false)
	server.Archive("logs", "AWSLogs/1.json", "GLACIER", true)
	if summary, stderr := ingestJSON(t, 3, args...); summary.FilesLoaded != 1 || summary.FilesKnown != 5 || summary.FilesArchived != 3 || summary.FilesChanged != 0 {
		t.Errorf("restored: %+v %s", summary, stderr)
	}
	// Of Intelligent-Tiering nothing tells but to ask.
	server.Archive("logs", "AWSLogs/5.json", "INTELLIGENT_TIERING", true)
	if summary, _ := ingestJSON(t, 3, args...); summary.FilesLoaded != 0 {
		t.Errorf("asked again: %+v", summary)
	}
	forced.Store(true)
	if summary, _ := ingestJSON(t, 3, append(args, "--force-glacier-transfer")...); summary.FilesLoaded != 1 || summary.FilesArchived != 2 || summary.FilesKnown != 6 {
		t.Errorf("--force-glacier-transfer: %+v", summary)
	}
	if got := rows(); !strings.Contains(got, "loaded,7\n") {
		t.Errorf("files:\n%s", got)
	}
}

// Where all is archived, that is what is told.
func TestIngestAllArchived(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", "AWSLogs/1.json", []byte(`{"Records":[]}`))
	server.Archive("logs", "AWSLogs/1.json", "DEEP_ARCHIVE", false)
	store := filepath.Join(t.TempDir(), "t.duckdb")
	for _, args := range [][]string{{"ingest"}, {"ingest", "--dry-run"}} {
		code, stdout, stderr := call(t, append(args, "--store", store, "--endpoint-url", server.URL, "s3://logs")...)
		if code != 3 || !strings.Contains(stderr, "1 file (0.0 MB) not read: archived in DEEP_ARCHIVE") || strings.Contains(stderr, "none is CloudTrail's") {
			t.Errorf("%s: code %d, %s%s", args, code, stdout, stderr)
		}
	}
}

// A log file that is archived is neither missing nor altered.
func TestVerifyArchived(t *testing.T) {
	server := s3test.New(t)
	a := digesttest.Trail{Hours: 3}.Make()
	for _, o := range a.Objects {
		server.Put(o.Bucket, o.Key, o.Data, o.Header()...)
	}
	log := a.Log(1, 0)
	server.Archive(log.Bucket, log.Key, "GLACIER", false)
	dir := t.TempDir()
	store, keys := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "keys.json")
	if err := os.WriteFile(keys, digesttest.PublicKeys(digesttest.ISO8601, a.Trail.Keys...), 0o600); err != nil {
		t.Fatal(err)
	}
	ingestJSON(t, 3, "--store", store, "--endpoint-url", server.URL, "s3://"+log.Bucket)
	r := verified(t, 3, "--store", store, "--public-keys", keys)
	if len(r.Findings) != 1 || r.Findings[0].Kind != integrity.LogArchived || r.Findings[0].URI != "s3://"+log.Bucket+"/"+log.Key {
		t.Errorf("%+v", r.Findings)
	}
	if c := r.Chains[0]; c.LogsArchived != 1 || c.LogsBad != 0 || c.LogsGood != c.Logs-1 || r.Files[integrity.Proven] != c.LogsGood || len(r.Files) != 1 {
		t.Errorf("%+v, files %v", c, r.Files)
	}
	if _, stdout, _ := call(t, "verify", "--store", store, "--public-keys", keys); !strings.Contains(stdout, "1 archived and not read") {
		t.Errorf("it is not told:\n%s", stdout)
	}

	server.Archive(log.Bucket, log.Key, "GLACIER", true)
	ingestJSON(t, 0, "--store", store, "--endpoint-url", server.URL, "s3://"+log.Bucket)
	if r := verified(t, 0, "--store", store, "--public-keys", keys); len(r.Findings) != 0 {
		t.Errorf("restored: %+v", r.Findings)
	}
}
