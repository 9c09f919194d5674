package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/ingest/s3test"
)

// Whoever names a bucket in another way is shown the line that works, and that line works.
func TestBucketAddresses(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", "AWSLogs/1.json", []byte(`{"Records":[]}`))
	t.Chdir(t.TempDir())
	for _, test := range []struct{ args, hint string }{
		{"S3://logs/AWSLogs/", "s3://logs/AWSLogs/"},
		{"https://logs.s3.eu-west-1.amazonaws.com/AWSLogs/", "s3://logs/AWSLogs/"},
		{"https://s3.eu-west-1.amazonaws.com/logs/AWSLogs/", "s3://logs/AWSLogs/"},
		{"arn:aws:s3:::logs/AWSLogs/", "s3://logs/AWSLogs/"},
		{"logs/AWSLogs/", "s3://logs/AWSLogs/"},
		{"logs/it's/", `'s3://logs/it'\''s/'`},
		{strings.Replace(server.URL, "://", "://user:hunter2@", 1) + "/logs/AWSLogs/?X-Amz-Signature=hunter2", "--endpoint-url " + server.URL + " s3://logs/AWSLogs/"},
		{"--endpoint-url " + server.URL + "/logs s3://logs/AWSLogs/", "--endpoint-url " + server.URL + " s3://logs/AWSLogs/"},
		{"--endpoint-url https://logs.s3.eu-west-1.amazonaws.com s3://logs/AWSLogs/", "s3://logs/AWSLogs/"},
	} {
		for _, command := range []string{"ingest", "watch --rules aws"} {
			code, stdout, stderr := call(t, strings.Fields(command+" --store t.duckdb "+test.args)...)
			line := "trailbox ingest "
			if command != "ingest" {
				line = "trailbox watch --rules SOURCE "
			}
			if code != 2 || !strings.HasSuffix(stderr, "\nhint: "+line+test.hint+"\n") || strings.Contains(stderr, "hunter2") {
				t.Errorf("%s %s: code %d, %s%s", command, test.args, code, stdout, stderr)
			}
		}
		if strings.Contains(test.hint, "AWSLogs") {
			ingestJSON(t, 0, append([]string{"--store", "t.duckdb", "--endpoint-url", server.URL}, strings.Fields(test.hint)...)...)
		}
	}
	// A folder is a folder, also one that is called like a bucket.
	if err := os.MkdirAll("evidence/AWSLogs", 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, "evidence/AWSLogs/1.json", []byte(`{"Records":[]}`))
	if code, stdout, stderr := call(t, "ingest", "--store", "t.duckdb", "evidence/AWSLogs"); code != 0 {
		t.Errorf("code %d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := call(t, "ingest", "--store", "t.duckdb", "evidence/nowhere"); code != 1 || strings.Contains(stderr, "s3://") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

// A key that begins with a slash comes back beside its twin without: once if they are the
// same file, and else both.
func TestExtractSlashes(t *testing.T) {
	server := s3test.New(t)
	content := func(name string) string { return `{"Records":[{"eventName":"` + name + `"}]}` }
	for key, name := range map[string]string{
		"AWSLogs/1.json": "One", "/AWSLogs/1.json": "Other", "/AWSLogs/2.json": "Two", "//AWSLogs/3.json": "Three", "AWSLogs/3.json": "Three",
	} {
		server.Put("logs", key, []byte(content(name)))
	}
	dir := t.TempDir()
	store, out := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "out")
	ingestJSON(t, 0, "--store", store, "--endpoint-url", server.URL, "s3://logs")
	for range 2 {
		if code, _, stderr := call(t, "extract", "--store", store, out); code != 0 {
			t.Errorf("code %d, %s", code, stderr)
		}
	}
	written := map[string]int{}
	err := filepath.WalkDir(out, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		written[filepath.Base(path)+" "+string(text)]++
		return err
	})
	want := map[string]int{"1.json " + content("One"): 1, "1.json " + content("Other"): 1, "2.json " + content("Two"): 1, "3.json " + content("Three"): 1}
	if err != nil || !maps.Equal(written, want) {
		t.Errorf("%v, %v", err, written)
	}
	if _, err := os.Stat(filepath.Join(out, "AWSLogs", "2.json")); err != nil {
		t.Error(err)
	}
}
