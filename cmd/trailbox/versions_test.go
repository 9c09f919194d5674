package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trailbox/ingest/digesttest"
	"trailbox/ingest/s3test"
	"trailbox/query/integrity"
)

// What an attacker has overwritten and deleted is read from the versions that the bucket
// keeps, and what was done to it is told.
func TestIngestVersions(t *testing.T) {
	for _, pageKeys := range []int{1000, 3, 1} {
		for _, plainFirst := range []bool{false, true} {
			t.Run(fmt.Sprintf("pages of %d, plain first %v", pageKeys, plainFirst), func(t *testing.T) {
				testVersions(t, pageKeys, plainFirst)
			})
		}
	}
}

func testVersions(t *testing.T, pageKeys int, plainFirst bool) {
	server := s3test.New(t)
	server.Versioned("logs")
	server.PageKeys(pageKeys)
	day := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	put := func(at int, key, name string) {
		server.At(day.Add(time.Duration(at) * time.Minute))
		server.Put("logs", key, []byte(`{"Records":[{"eventName":"`+name+`","eventID":"`+fmt.Sprintf("00000000-0000-4000-8000-%012x", []byte(name))+`"}]}`))
	}
	remove := func(at int, key string) {
		server.At(day.Add(time.Duration(at) * time.Minute))
		server.Delete("logs", key)
	}
	put(0, "AWSLogs/kept.json", "Kept")
	put(0, "AWSLogs/changed.json", "Before")
	put(0, "AWSLogs/deleted.json", "Gone")
	put(0, "AWSLogs/made again.json", "First")
	put(0, "AWSLogs/same.json", "Same")
	server.Put("logs", "other.txt", []byte("a note"))
	store := filepath.Join(t.TempDir(), "t.duckdb")
	plain := []string{"--store", store, "--endpoint-url", server.URL, "s3://logs"}
	versions := append([]string{"--versions"}, plain...)
	if plainFirst {
		ingestJSON(t, 0, plain...)
	}
	put(10, "AWSLogs/changed.json", "Tampered")
	remove(11, "AWSLogs/deleted.json")
	remove(12, "AWSLogs/made again.json")
	put(13, "AWSLogs/made again.json", "Second")
	put(14, "AWSLogs/same.json", "Same")
	put(14, "AWSLogs/never.json", "Never")
	lost := server.Versions("logs", "AWSLogs/never.json")[0]
	remove(15, "AWSLogs/never.json")
	server.DeleteVersion("logs", "AWSLogs/never.json", lost)
	remove(16, "other.txt")

	var gets atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Count(r.URL.Path, "/") > 1 && r.Method == http.MethodGet {
				gets.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	})
	told := func(stderr string) {
		t.Helper()
		id := func(key string, n int) string { return server.Versions("logs", key)[n] }
		for _, want := range []string{
			"s3://logs/AWSLogs/changed.json: replaced on 2026-03-02T10:10:00Z, version " + id("AWSLogs/changed.json", 1),
			"s3://logs/AWSLogs/deleted.json: deleted on 2026-03-02T10:11:00Z, version " + id("AWSLogs/deleted.json", 1),
			"s3://logs/AWSLogs/made again.json: deleted on 2026-03-02T10:12:00Z, version " + id("AWSLogs/made again.json", 2),
			"s3://logs/AWSLogs/never.json: deleted on 2026-03-02T10:15:00Z, and no version of it is left",
		} {
			if !strings.Contains(stderr, "trailbox: "+want) {
				t.Errorf("%q is not in %s", want, stderr)
			}
		}
		if strings.Contains(stderr, "same.json") || strings.Contains(stderr, "other.txt") {
			t.Errorf("too much is told: %s", stderr)
		}
	}
	code, stdout, stderr := call(t, append([]string{"ingest", "--dry-run"}, versions...)...)
	if code != 3 || gets.Load() != 0 {
		t.Errorf("--dry-run: code %d, %d GETs, %s", code, gets.Load(), stdout)
	}
	told(stderr)

	summary, stderr := ingestJSON(t, 3, versions...)
	told(stderr)
	loaded := int64(8)
	if plainFirst {
		loaded = 2 // Tampered and Second; Same is known by its content
	}
	if summary.FilesListed != 10 || summary.FilesLoaded != loaded || summary.FilesKnown != 8-loaded || summary.FilesOther != 2 {
		t.Errorf("%+v", summary)
	}
	gets.Store(0)
	summary, stderr = ingestJSON(t, 3, versions...)
	told(stderr)
	if summary.FilesKnown != 8 || gets.Load() != 0 {
		t.Errorf("again, %d GETs: %+v", gets.Load(), summary)
	}
	// What is listed without versions is known, too.
	if summary, stderr := ingestJSON(t, 0, plain...); summary.FilesKnown != 4 || summary.FilesListed != 4 {
		t.Errorf("plain: %+v %s", summary, stderr)
	}

	_, stdout, _ = call(t, "sql", "--store", store, "-o", "csv", `
		SELECT split_part(uri, '/', 5) AS name, eventName, versionId IS NOT NULL AS named, strftime(replaced, '%H:%M') AS replaced,
			strftime(deleted, '%H:%M') AS deleted, superseded IS NULL AS live
		FROM events JOIN files USING (file) ORDER BY name, eventName`)
	if want := `name,eventName,named,replaced,deleted,live
changed.json,Before,true,10:10,,false
changed.json,Tampered,true,,,true
deleted.json,Gone,true,,10:11,true
kept.json,Kept,true,,,true
made again.json,First,true,10:13,10:12,false
made again.json,Second,true,,,true
`; !strings.HasPrefix(stdout, want) {
		t.Errorf("files:\n%swant:\n%s", stdout, want)
	}
	id := server.Versions("logs", "AWSLogs/changed.json")[1]
	_, stdout, stderr = call(t, "show", "--store", store, fmt.Sprintf("00000000-0000-4000-8000-%012x", []byte("Before")))
	if !strings.Contains(stdout, "Before") || !strings.Contains(stderr, "delivered in s3://logs/AWSLogs/changed.json, version "+id+", record 0") {
		t.Errorf("show: %s%s", stdout, stderr)
	}
	out := filepath.Join(t.TempDir(), "out")
	if code, _, stderr := call(t, "extract", "--store", store, out); code != 0 {
		t.Errorf("extract: code %d, %s", code, stderr)
	}
	for name, want := range map[string]string{
		"changed.json": "Tampered", "changed.json.version-" + url.PathEscape(id): "Before", "deleted.json": "Gone",
		"made again.json": "Second", "same.json": "Same", "kept.json": "Kept",
	} {
		if got, err := os.ReadFile(filepath.Join(out, "AWSLogs", name)); err != nil || !strings.Contains(string(got), `"`+want+`"`) {
			t.Errorf("%s: %v, %s", name, err, got)
		}
	}
}

// A log file that was deleted or overwritten is proven by the version that CloudTrail wrote.
func TestVerifyVersions(t *testing.T) {
	server := s3test.New(t)
	a := digesttest.Trail{Hours: 3}.Make()
	bucket := a.Log(0, 0).Bucket
	server.Versioned(bucket)
	server.At(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC))
	for _, o := range a.Objects {
		server.Put(o.Bucket, o.Key, o.Data, o.Header()...)
	}
	deleted, changed := a.Log(1, 0), *a.Log(2, 0)
	server.At(time.Date(2026, 3, 3, 1, 0, 0, 0, time.UTC))
	server.Delete(bucket, deleted.Key)
	for _, o := range a.Objects { // a whole hour of digests is gone, too
		if o == a.Digest(1) {
			server.Delete(bucket, o.Key)
		}
	}
	changed.Alter(`"eventName":"`)
	server.Put(bucket, changed.Key, changed.Data)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys.json")
	writeFile(t, keys, digesttest.PublicKeys(digesttest.ISO8601, a.Trail.Keys...))

	store := filepath.Join(dir, "plain.duckdb")
	ingestJSON(t, 0, "--store", store, "--endpoint-url", server.URL, "s3://"+bucket)
	if r := verified(t, 3, "--store", store, "--public-keys", keys); r.Chains[0].DigestsGood == r.Chains[0].Digests+1 || r.Files[integrity.Proven] > 6 {
		t.Errorf("without versions: %+v, %v", r.Chains, r.Files)
	}

	store = filepath.Join(dir, "versions.duckdb")
	ingestJSON(t, 3, "--versions", "--store", store, "--endpoint-url", server.URL, "s3://"+bucket)
	r := verified(t, 3, "--store", store, "--public-keys", keys)
	kinds := map[integrity.Kind][]string{}
	for _, f := range r.Findings {
		kinds[f.Kind] = append(kinds[f.Kind], f.URI)
	}
	if len(kinds) != 1 || len(kinds[integrity.LogAltered]) != 1 || kinds[integrity.LogAltered][0] != "s3://"+bucket+"/"+changed.Key {
		t.Errorf("with versions: %v", kinds)
	}
	if c := r.Chains[0]; c.DigestsGood != c.Digests || c.LogsBad != 1 || c.LogsGood != c.Logs-1 {
		t.Errorf("with versions: %+v", c)
	}
	if r.Events[integrity.Unproven]+r.Events[integrity.Undigested]+r.Events[integrity.Superseded] != 0 {
		t.Errorf("with versions: %v", r.Events)
	}
}
