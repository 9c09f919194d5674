package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
	"trailbox/schema"
)

func pack(data []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(data) // a buffer takes everything
	w.Close()
	return buf.Bytes()
}

func unpack(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// call runs the program and returns its exit code and outputs.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	code = run(t.Context(), args, streams{in: strings.NewReader(""), out: &out, err: &talk})
	return code, out.String(), talk.String()
}

// demoStore is a store of testdata/logs, of the test's own.
func demoStore(t *testing.T) string {
	t.Helper()
	content, err := demoContent()
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(t.TempDir(), "t.duckdb")
	writeFile(t, store, content)
	return store
}

// demoContent is the file of a store of testdata/logs, which is loaded once.
var demoContent = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "demo")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store := filepath.Join(dir, "t.duckdb")
	var talk bytes.Buffer
	args := []string{"ingest", "-q", "--store", store, "../../testdata/logs"}
	if code := run(context.Background(), args, streams{in: strings.NewReader(""), out: io.Discard, err: &talk}); code != exitDone {
		return nil, fmt.Errorf("exit code %d: %s", code, &talk)
	}
	return os.ReadFile(store)
})

// ingestJSON runs an ingest that must end with that code, and returns its summary.
func ingestJSON(t *testing.T, want int, args ...string) (summary ingest.Summary, stderr string) {
	t.Helper()
	code, stdout, stderr := call(t, append([]string{"ingest", "-o", "json"}, args...)...)
	if code != want {
		t.Fatalf("exit code %d, want %d\n%s%s", code, want, stdout, stderr)
	}
	if stdout != "" {
		if err := json.Unmarshal([]byte(stdout), &summary); err != nil {
			t.Fatalf("%v in %s", err, stdout)
		}
	}
	if s := &summary; s.FilesListed != s.FilesLoaded+s.FilesKnown+s.FilesDamaged+s.FilesArchived+s.FilesOther+s.FilesFiltered || s.Records != s.EventsNew+s.Repeats+s.EventsFiltered {
		t.Errorf("the counts do not add up: %s", stdout)
	}
	return summary, stderr
}

// eachLog calls f with the files of testdata/logs, by their keys.
func eachLog(t *testing.T, f func(key string, data []byte)) {
	t.Helper()
	root := "../../testdata/logs"
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(root, path)
		f(filepath.ToSlash(key), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sameStores compares what two stores hold, whatever the order it came in and
// whatever the files are called.
func sameStores(t *testing.T, a, b string) {
	t.Helper()
	for _, statement := range []string{
		"SELECT * EXCLUDE (file, position, recordHash, shape) FROM events ORDER BY eventID",
		"SELECT eventID, count(*) AS n FROM repeats GROUP BY ALL ORDER BY ALL",
		"SELECT parse_filename(uri) AS name, * EXCLUDE (file, uri, etag, run, new, repeated) FROM files ORDER BY ALL",
	} {
		_, first, _ := call(t, "sql", "--store", a, "-o", "ndjson", statement)
		_, second, _ := call(t, "sql", "--store", b, "-o", "ndjson", statement)
		if first != second || first == "" {
			t.Errorf("%s: %d bytes in one store, %d in the other, or a difference within", statement, len(first), len(second))
		}
	}
}

// What comes from S3 is what comes from a folder.
func TestIngestFromS3(t *testing.T) {
	server := s3test.New(t)
	eachLog(t, func(key string, data []byte) { server.Put("logs", "some/prefix/"+key, data) })
	server.Put("logs", "some/prefix/AWSLogs/", nil)
	server.Put("logs", "some/prefix/AWSLogs/111122223333/Config/us-east-1/2026/3/2/ConfigHistory/x.json.gz", pack([]byte("{}")))
	server.Put("logs", "elsewhere/x.json", []byte("{}"))

	dir := t.TempDir()
	fromDir, fromS3 := filepath.Join(dir, "dir.duckdb"), filepath.Join(dir, "s3.duckdb")
	local, _ := ingestJSON(t, 0, "--store", fromDir, "../../testdata/logs")
	var gets atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("list-type") == "" {
				gets.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	})
	remote, _ := ingestJSON(t, 0, "--store", fromS3, "--endpoint-url", server.URL, "s3://logs/some/prefix/")
	if gets.Load() != remote.FilesLoaded {
		t.Errorf("%d requests for %d files", gets.Load(), remote.FilesLoaded)
	}
	if remote.FilesListed != local.FilesListed+2 || remote.FilesOther != local.FilesOther+2 ||
		remote.FilesLoaded != local.FilesLoaded || remote.EventsNew != local.EventsNew || remote.Repeats != local.Repeats {
		t.Errorf("from the folder: %+v\nfrom S3: %+v", local, remote)
	}
	sameStores(t, fromDir, fromS3)

	// The second run lists, and fetches nothing.
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("list-type") == "" {
				t.Errorf("the second run asks for %s", r.URL)
			}
			next.ServeHTTP(w, r)
		})
	})
	again, _ := ingestJSON(t, 0, "--store", fromS3, "--endpoint-url", server.URL, "s3://logs/some/prefix/")
	if again.FilesKnown != remote.FilesLoaded || again.Records != 0 || again.BytesCompressed != 0 {
		t.Errorf("second run: %+v", again)
	}
}

// A bucket with two trails, of an account and of an organization, and with folders
// that follow no layout: under each filter it gives what a folder of the same files
// gives, wherever in it one begins, and what is not wanted is not asked for.
func TestIngestLayouts(t *testing.T) {
	server := s3test.New(t)
	dir := t.TempDir()
	put := func(key string, data []byte) {
		server.Put("logs", key, data)
		path := filepath.Join(dir, "logs", filepath.FromSlash(key))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	eachLog(t, func(key string, data []byte) {
		put(key, data)
		put("second/trail/"+key, data)
		put("exports/"+path.Base(key), data)
		if strings.Contains(key, "/us-west-2/") {
			put("AWSLogs/odd one/"+key, data)
		}
	})
	server.PageKeys(70) // so that the bucket is a large one
	var mu sync.Mutex
	var asked []string
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked = append(asked, r.URL.Query().Get("prefix"))
			mu.Unlock()
			next.ServeHTTP(w, r)
		})
	})
	for i, test := range []struct {
		below   string
		flags   []string
		never   string // no prefix with it may be asked for
		events  int64
		folders bool // some were not looked into
	}{
		{"", nil, "", 1126, false},
		{"AWSLogs/o-exampleorg1/", nil, "", 278, false},
		{"exports/", []string{"--account", "444455556666"}, "", 278, false},
		{"AWSLogs/", []string{"--account", "444455556666"}, "111122223333", 278, true},
		{"second/trail/AWSLogs/", []string{"--account", "111122223333", "--aws-region", "us-west-2"}, "us-east-1", 0, true},
		{"AWSLogs/111122223333/CloudTrail/", []string{"--since", "2027-02-01"}, "2026", 0, true},
		{"", []string{"--since", "2026-03-03", "--aws-region", "eu-west-1"}, "", 0, true},
	} {
		asked = nil
		fromDir, fromS3 := filepath.Join(dir, fmt.Sprint(i, "dir.duckdb")), filepath.Join(dir, fmt.Sprint(i, "s3.duckdb"))
		local, _ := ingestJSON(t, 0, append(test.flags, "--store", fromDir, filepath.Join(dir, "logs", test.below))...)
		remote, _ := ingestJSON(t, 0, append(test.flags, "--store", fromS3, "--endpoint-url", server.URL, "s3://logs/"+test.below)...)
		if test.events > 0 && remote.EventsNew != test.events || remote.EventsNew != local.EventsNew || remote.FilesLoaded != local.FilesLoaded || remote.Repeats != local.Repeats {
			t.Errorf("%s %v: from the folder: %+v\nfrom S3: %+v", test.below, test.flags, local, remote)
		}
		if test.folders != (remote.FoldersFiltered > 0) || test.folders != (local.FoldersFiltered > 0) {
			t.Errorf("%s %v: %d folders not looked into, %d in the bucket", test.below, test.flags, local.FoldersFiltered, remote.FoldersFiltered)
		}
		for _, prefix := range asked {
			if test.never != "" && strings.Contains(strings.TrimPrefix(prefix, test.below), test.never) {
				t.Errorf("%s %v: asked for %s", test.below, test.flags, prefix)
			}
		}
		if remote.Repeats > 0 {
			sameStores(t, fromDir, fromS3)
		}
	}
}

// An object that cannot be fetched is named with its cause and remedy, the others
// are loaded, and the next run tries again.
func TestIngestRefusedObject(t *testing.T) {
	server := s3test.New(t)
	eachLog(t, func(key string, data []byte) { server.Put("logs", key, data) })
	refused := true
	var victim string
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if refused && strings.Contains(r.URL.Path, "us-west-2") && strings.Contains(r.URL.Path, "20260303T0835Z") {
				victim = r.URL.Path
				s3test.WriteError(w, http.StatusForbidden, "AccessDenied",
					"User: arn:aws:iam::111122223333:user/auditor is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-1111-4111-8111-111111111111 because no identity-based policy allows the kms:Decrypt action")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	store := filepath.Join(t.TempDir(), "t.duckdb")
	first, stderr := ingestJSON(t, 3, "--store", store, "--endpoint-url", server.URL, "s3://logs")
	if first.FilesDamaged != 1 || len(first.Errors) != 1 || victim == "" {
		t.Fatalf("%+v", first)
	}
	for _, want := range []string{"trailbox: s3:/" + victim + ": ", "KMS key arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d", "hint: ", "kms:Decrypt"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in %s", want, stderr)
		}
	}
	refused = false
	second, _ := ingestJSON(t, 0, "--store", store, "--endpoint-url", server.URL, "s3://logs")
	if second.FilesLoaded != 1 || second.FilesDamaged != 0 || second.FilesKnown != first.FilesLoaded {
		t.Errorf("%+v", second)
	}
}

// Requests that S3 did not answer at first are made again, and the summary says how many.
func TestIngestRetries(t *testing.T) {
	server := s3test.New(t)
	eachLog(t, func(key string, data []byte) { server.Put("logs", key, data) })
	var failed atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("list-type") == "" && r.Header.Get("Amz-Sdk-Invocation-Id") == "" && failed.Add(1) <= 3 {
				s3test.WriteError(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	store := filepath.Join(t.TempDir(), "t.duckdb")
	code, stdout, stderr := call(t, "ingest", "--store", store, "--endpoint-url", server.URL, "s3://logs")
	if code != 0 || !strings.Contains(stdout, "retries             3 requests had to be made again") {
		t.Errorf("code %d, %s%s", code, stdout, stderr)
	}
	summary, _ := ingestJSON(t, 0, "--store", filepath.Join(t.TempDir(), "t.duckdb"), "--endpoint-url", server.URL, "s3://logs")
	if summary.EventsNew != 1126 || summary.Retries != 0 {
		t.Errorf("%+v", summary)
	}
}

// A log file that is not what it was is loaded again, and told; both contents can be
// verified and written out.
func TestIngestChangedObject(t *testing.T) {
	server := s3test.New(t)
	eachLog(t, func(key string, data []byte) { server.Put("logs", key, data) })
	const key = "AWSLogs/111122223333/CloudTrail/us-west-2/2026/03/02/111122223333_CloudTrail_us-west-2_20260302T2235Z_BOakQV4jKVPpTWEs.json.gz"
	before, err := os.ReadFile("../../testdata/logs/" + key)
	if err != nil {
		t.Fatal(err)
	}
	store, dest := filepath.Join(t.TempDir(), "t.duckdb"), t.TempDir()
	args := []string{"--store", store, "--endpoint-url", server.URL, "s3://logs"}
	ingestJSON(t, 0, args...)

	after := pack([]byte(`{"Records":[]}`))
	server.Put("logs", key, after)
	summary, stderr := ingestJSON(t, 3, args...)
	if summary.FilesChanged != 1 || summary.FilesLoaded != 1 || summary.FilesKnown != 86+2 || len(summary.Errors) != 1 {
		t.Errorf("%+v", summary)
	}
	if !strings.Contains(stderr, "trailbox: s3://logs/"+key+": changed since it was loaded") || !strings.Contains(stderr, "find out who did") {
		t.Errorf("stderr: %s", stderr)
	}
	if again, _ := ingestJSON(t, 0, args...); again.FilesKnown != 87+2 || again.FilesChanged != 0 {
		t.Errorf("again: %+v", again)
	}

	if code, stdout, stderr := call(t, "verify", "--self", "--store", store); code != 0 || !strings.Contains(stdout, "90 files = 88 rebuilt") {
		t.Errorf("verify: code %d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := call(t, "extract", "--store", store, dest); code != 0 {
		t.Errorf("extract: code %d, %s", code, stderr)
	}
	names, err := filepath.Glob(filepath.Join(dest, key+"*"))
	if err != nil || len(names) != 2 || !strings.Contains(names[1], ".json.gz.superseded-") {
		t.Fatalf("%q, %v", names, err)
	}
	for i, want := range [][]byte{after, before} {
		got, err := os.ReadFile(names[i])
		if err != nil || !bytes.Equal(unpack(t, got), unpack(t, want)) {
			t.Errorf("%s is not what it was: %v", names[i], err)
		}
	}

	// The same content under another ETag is no news, and there is one file of it.
	server.Put("logs", key, pack(append(unpack(t, after), ' ')))
	ingestJSON(t, 3, args...)
	server.Put("logs", key, []byte(`{"Records":[]} `))
	if summary, _ := ingestJSON(t, 0, args...); summary.FilesLoaded != 1 || summary.FilesChanged != 0 {
		t.Errorf("packed differently: %+v", summary)
	}
	dest = t.TempDir()
	if code, _, stderr := call(t, "extract", "--store", store, "--match", "*us-west-2_20260302T2235Z*", dest); code != 0 || !strings.Contains(stderr, "3 files written") {
		t.Errorf("extract: code %d, %s", code, stderr)
	}
}

// A dry run says what a run then does, and leaves no trace.
func TestIngestDryRun(t *testing.T) {
	server := s3test.New(t)
	var bytesOfLogs int64
	eachLog(t, func(key string, data []byte) {
		server.Put("logs", key, data)
		if k := schema.ParseKey(key); k.Class == schema.ClassLogFile || k.Class == schema.ClassDigestFile {
			bytesOfLogs += int64(len(data))
		}
	})
	server.Put("logs", "large.json", bytes.Repeat([]byte(" "), 20<<20))
	var fetches, lists atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("list-type") {
				lists.Add(1)
			} else {
				fetches.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	})
	server.PageKeys(20)
	store := filepath.Join(t.TempDir(), "t.duckdb")
	args := []string{"--store", store, "--endpoint-url", server.URL, "s3://logs"}
	plan := func(wantCode int, args ...string) (p ingest.Plan) {
		t.Helper()
		lists.Store(0)
		code, stdout, stderr := call(t, append([]string{"ingest", "--dry-run", "-o", "json"}, args...)...)
		if err := json.Unmarshal([]byte(stdout), &p); err != nil || code != wantCode {
			t.Fatalf("code %d, %v, %s%s", code, err, stdout, stderr)
		}
		if p.FilesListed != p.FilesToFetch+p.FilesKnown+p.FilesDamaged+p.FilesOther+p.FilesFiltered {
			t.Errorf("the counts do not add up: %s", stdout)
		}
		if p.ListRequests != lists.Load() || fetches.Load() != 0 {
			t.Errorf("%d requests to list, %d to fetch: %s", lists.Load(), fetches.Load(), stdout)
		}
		return p
	}
	p := plan(0, args...)
	if p.FilesListed != 91 || p.FilesToFetch != 90 || p.FilesOther != 1 || p.DigestFiles != 2 || p.BytesToFetch != bytesOfLogs+20<<20 || p.GetRequests != 87+2+3 {
		t.Errorf("nothing is known: %+v", p)
	}
	if files, err := filepath.Glob(store + "*"); err != nil || len(files) != 0 {
		t.Errorf("left behind: %q, %v", files, err)
	}
	server.Delete("logs", "large.json")

	ingestJSON(t, 0, append([]string{"--account", "444455556666"}, args...)...)
	before, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	fetches.Store(0)
	p = plan(0, args...)
	if p.FilesKnown == 0 || p.FilesKnown+p.FilesToFetch != 87+2 || p.FilesChanged != 0 {
		t.Errorf("one account is known: %+v", p)
	}
	if p := plan(0, append([]string{"--account", "111122223333"}, args...)...); p.FilesFiltered == 0 && p.FoldersFiltered == 0 || p.FilesKnown != 0 {
		t.Errorf("the other account: %+v", p)
	}
	after, err := os.ReadFile(store)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the store is not what it was: %v", err)
	}

	ingestJSON(t, 0, args...)
	const key = "AWSLogs/111122223333/CloudTrail/us-west-2/2026/03/02/111122223333_CloudTrail_us-west-2_20260302T2235Z_BOakQV4jKVPpTWEs.json.gz"
	server.Put("logs", key, []byte("changed"))
	fetches.Store(0)
	if p := plan(0, args...); p.FilesToFetch != 1 || p.FilesChanged != 1 || p.FilesKnown != 86+2 || p.BytesToFetch != 7 || p.GetRequests != 1 {
		t.Errorf("one has changed: %+v", p)
	}
	code, stdout, stderr := call(t, append([]string{"ingest", "--dry-run"}, args...)...)
	for _, want := range []string{
		"files              90 listed = 1 to fetch + 88 known + 0 damaged + 1 other + 0 filtered out",
		"changed             1 to fetch again", "size           0.0 MB to fetch", " to list what is there, and about 1 to fetch",
	} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("code %d, %q is not in %s%s", code, want, stdout, stderr)
		}
	}
}

// What would meet every object alike ends the run at once, with a message.
func TestIngestStops(t *testing.T) {
	server := s3test.New(t)
	server.CreateBucket("logs")
	store := filepath.Join(t.TempDir(), "t.duckdb")
	code, _, stderr := call(t, "ingest", "--store", store, "--endpoint-url", server.URL, "s3://missing/AWSLogs")
	if code != 1 || !strings.Contains(stderr, "s3://missing/AWSLogs: the bucket does not exist") {
		t.Errorf("missing bucket: code %d, %s", code, stderr)
	}
	s3test.Credentials(t, "", "")
	code, _, stderr = call(t, "ingest", "--store", store, "--endpoint-url", server.URL, "s3://logs")
	if code != 1 || !strings.Contains(stderr, "no AWS credentials found") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("no credentials: code %d, %s", code, stderr)
	}
}

// Ctrl-C has an exit code of its own, and leaves a store that opens.
func TestIngestInterrupted(t *testing.T) {
	server := s3test.New(t)
	eachLog(t, func(key string, data []byte) { server.Put("logs", key, data) })
	ctx, cancel := context.WithCancel(t.Context())
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("list-type") == "" {
				cancel()
			}
			next.ServeHTTP(w, r)
		})
	})
	store := filepath.Join(t.TempDir(), "t.duckdb")
	var out, talk bytes.Buffer
	code := run(ctx, []string{"ingest", "--store", store, "--endpoint-url", server.URL, "s3://logs"}, streams{in: strings.NewReader(""), out: &out, err: &talk})
	if code != 130 || !strings.Contains(talk.String(), "interrupted") {
		t.Errorf("code %d, %s", code, &talk)
	}
	server.Wrap(func(next http.Handler) http.Handler { return next })
	ingestJSON(t, 0, "--store", store, "--endpoint-url", server.URL, "s3://logs")
	if _, events, _ := call(t, "sql", "--store", store, "-o", "csv", "SELECT count(*) FROM events"); !strings.Contains(events, "\n1126\n") {
		t.Errorf("after the interrupted run: %s", events)
	}
}

// Evidence that somebody put into a bucket under names that tell nothing is found by its first bytes; what
// is of others is counted, and asked for once.
func TestIngestUnfamiliar(t *testing.T) {
	server := s3test.New(t)
	server.Put("case", "firehose/2026/03/02/10/logs-1-2026-03-02-10-05-00-0a1b2c3d", pack([]byte(logFile(recordA))))
	server.Put("case", "analyst/renamed.log", []byte(logFile(recordB)+strings.Repeat(" ", 100_000)))
	server.Put("case", "analyst/notes.txt", []byte("of the case"))
	server.Put("case", "analyst/denied.txt", []byte("of others"))
	server.Put("case", "access/2026-03-02-10-05-12-0123456789ABCDEF", []byte("0 case"))
	var mu sync.Mutex
	asked := map[string]string{}
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("list-type") == "" {
				mu.Lock()
				asked[path.Base(r.URL.Path)] += "GET " + r.Header.Get("Range") + ";"
				mu.Unlock()
			}
			if strings.Contains(r.URL.Path, "denied") {
				s3test.WriteError(w, http.StatusForbidden, "AccessDenied", "Access Denied")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	store := filepath.Join(t.TempDir(), "t.duckdb")
	args := []string{"--store", store, "--endpoint-url", server.URL, "s3://case"}
	const kinds = "not read: 2 .txt, 1 of other services"
	code, stdout, stderr := call(t, append([]string{"ingest", "--dry-run"}, args...)...)
	if code != 0 || len(asked) > 0 || !strings.Contains(stdout, "not read: 1 .log, 2 .txt, 1 of other services, 1 without an ending\nto look at: 4 of these, ") {
		t.Errorf("--dry-run: code %d, asked for %v\n%s%s", code, asked, stdout, stderr)
	}
	code, stdout, stderr = call(t, append([]string{"ingest"}, args...)...)
	if code != 0 || !strings.Contains(stdout, " = 2 loaded + 0 known + 0 damaged + 3 other + ") || !strings.Contains(stdout, kinds+"\nnot looked at: 1 of these, ") {
		t.Errorf("code %d\n%s%s", code, stdout, stderr)
	}
	for name, want := range map[string]string{
		"logs-1-2026-03-02-10-05-00-0a1b2c3d": "GET bytes=0-", "renamed.log": "GET bytes=0-65535;GET ;",
		"notes.txt": "GET bytes=0-10;", "denied.txt": "GET bytes=0-8;",
	} {
		if !strings.HasPrefix(asked[name], want) || strings.Count(asked[name], ";") > strings.Count(want, ";")+1 {
			t.Errorf("of %s were asked %s", name, asked[name])
		}
	}
	if len(asked) != 4 {
		t.Errorf("asked for %v", asked)
	}
	clear(asked)
	if summary, _ := ingestJSON(t, 0, args...); summary.FilesKnown != 2 || summary.FilesUnseen != 1 || len(asked) != 1 || asked["denied.txt"] == "" {
		t.Errorf("again: %+v, asked for %v", summary, asked)
	}
}
