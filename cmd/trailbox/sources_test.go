package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/ingest/s3test"
)

// A server that lists what it was not asked for is told of, key by key; what was asked for
// is loaded.
func TestIngestKeysNotAsked(t *testing.T) {
	server := s3test.New(t)
	for i := range 3 {
		server.Put("logs", fmt.Sprintf("AWSLogs/%d.json", i), []byte(`{"Records":[]}`))
	}
	server.Put("logs", "elsewhere/\x1b[2J.json", []byte(`{"Records":[{"eventName":"Planted"}]}`))
	server.Put("logs", "A", []byte(`{"Records":[{"eventName":"Planted"}]}`))
	server.PageKeys(2)
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if q := r.URL.Query(); q.Has("list-type") {
				q.Del("prefix")
				r.URL.RawQuery = q.Encode()
			}
			next.ServeHTTP(w, r)
		})
	})
	store := filepath.Join(t.TempDir(), "t.duckdb")
	args := []string{"--store", store, "--endpoint-url", server.URL, "s3://logs/AWSLogs/"}
	summary, stderr := ingestJSON(t, 3, args...)
	if summary.FilesListed != 5 || summary.FilesLoaded != 3 || summary.FilesDamaged != 2 || len(summary.Errors) != 2 || summary.Records != 0 {
		t.Errorf("%+v", summary)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	for _, key := range []string{"A", `elsewhere/\x1b[2J.json`} {
		if want := "trailbox: s3://logs/" + key + ": not read: the server " + host + " does not list as S3 does: this key was not asked for"; !strings.Contains(stderr, want) {
			t.Errorf("%q is not in %q", want, stderr)
		}
	}
	if code, _, stderr := call(t, append([]string{"ingest", "--dry-run"}, args...)...); code != 3 || !strings.Contains(stderr, "this key was not asked for") {
		t.Errorf("--dry-run: code %d, %s", code, stderr)
	}
}

// Nothing that is said or kept has the password of --endpoint-url.
func TestEndpointPassword(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", "1.json", []byte(`{"Records":[]}`))
	store := filepath.Join(t.TempDir(), "t.duckdb")
	host := strings.TrimPrefix(server.URL, "http://")
	for endpoint, want := range map[string]int{
		"http://user:hunter2@" + host: 0, "http://user:hunter2@" + host + ":x": 1, "user:hunter2@" + host: 1, "http://user:hunter2@[" + host: 1,
	} {
		for _, args := range [][]string{
			{"ingest", "--store", store, "--endpoint-url", endpoint, "s3://logs"},
			{"ingest", "--dry-run", "--store", store, "--endpoint-url", endpoint, "s3://logs"},
			{"watch", "--rules", "aws", "--store", store, "--endpoint-url", endpoint, "s3://logs"},
			{"ingest", "--store", store, "--endpoint-url", endpoint},
		} {
			code, stdout, stderr := call(t, args...)
			if strings.Contains(stdout+stderr, "hunter2") {
				t.Errorf("%s: code %d, %s%s", args, code, stdout, stderr)
			}
			if args[0] == "ingest" && len(args) > 5 && code != want {
				t.Errorf("%s: code %d, %s%s", args, code, stdout, stderr)
			}
		}
	}
	if _, stdout, _ := call(t, "sql", "--store", store, "-o", "ndjson", "FROM runs"); !strings.Contains(stdout, "s3://logs") || strings.Contains(stdout, "hunter2") {
		t.Errorf("the store has %s", stdout)
	}
	code, stdout, stderr := call(t, "verify", "--store", store, "--fetch-keys", "--endpoint-url", "user:hunter2@"+host)
	if strings.Contains(stdout+stderr, "hunter2") {
		t.Errorf("verify: code %d, %s%s", code, stdout, stderr)
	}
}

// Links that lead out of the folder are told of with the flag that follows them.
func TestIngestLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	if err := os.WriteFile(elsewhere+"/1.json", []byte(`{"Records":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Symlink(elsewhere+"/1.json", dir+"/link.json"), os.Symlink(elsewhere, dir+"/folder")); err != nil {
		t.Skip("no links here: ", err)
	}
	for _, name := range []string{"ingest", "watch"} {
		args := []string{name, "--store", filepath.Join(t.TempDir(), "t.duckdb")}
		if name == "watch" {
			args = append(args, "--rules", "aws")
		}
		code, stdout, stderr := call(t, append(args, dir)...)
		if code != 3 || !strings.Contains(stderr, "/link.json: a link to a file outside of the source folder, which is not followed (hint: look where it leads; --follow-links follows it)") ||
			!strings.Contains(stderr, "/folder: a link to a folder, which is not followed") {
			t.Errorf("%s: code %d, %s%s", name, code, stdout, stderr)
		}
		if code, stdout, stderr = call(t, append(args, "--follow-links", dir)...); code != 0 {
			t.Errorf("%s --follow-links: code %d, %s%s", name, code, stdout, stderr)
		}
	}
}
