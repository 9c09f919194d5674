package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailbox/ingest"
	"trailbox/ingest/bucket"
)

// serveFolder serves a folder until the test ends.
func serveFolder(t *testing.T, folder string) (endpoint string) {
	t.Helper()
	server, err := newS3Server(folder, 0)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- server.serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// writeFiles writes files with contents that tell them apart.
func writeFiles(t *testing.T, names ...string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for _, name := range names {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("content of "+name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// Our own source lists all objects, over several pages, and reads each as it is.
func TestServeS3(t *testing.T) {
	names := []string{"a b+c/x%41.json.gz", "ä/ö&<.json", "top.json.gz"}
	for i := range 2100 {
		names = append(names, fmt.Sprintf("AWSLogs/%d/%04d.json.gz", i%3, i))
	}
	folder := writeFiles(t, names...)
	var large []byte // more than one part, and not kept in memory
	for i := range 1300 << 10 {
		large = fmt.Appendf(large, "%7x", i)
	}
	if err := os.WriteFile(filepath.Join(folder, "large.json.gz"), large, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "AWSLogs", "empty.json.gz"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	endpoint := serveFolder(t, folder)
	if page := listing(get(t, endpoint+"/"+bucketName+"?list-type=2&encoding-type=url&max-keys=5000", nil).body); strings.Count(page, " ") != 1000 {
		t.Errorf("a page is of %d objects", strings.Count(page, " "))
	}
	source := openBucket(t, endpoint, "s3://"+bucketName+"/")
	listed := map[string]bool{}
	for o, err := range source.List(t.Context(), func(string) ingest.Want { return ingest.WantAll }) {
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(o.URI, "s3://"+bucketName+"/")
		if listed[name] {
			t.Errorf("%s is listed twice", name)
		}
		listed[name] = true
		want, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if o.Size != int64(len(want)) || o.ETag == "" {
			t.Errorf("listed as %+v, it has %d bytes", o, len(want))
		}
		if len(listed)%50 != 0 && len(want) < 1<<20 && !strings.ContainsAny(name, " %&") || len(want) == 0 {
			continue // listed is enough for most of them
		}
		got, _, err := source.Fetch(t.Context(), o)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if len(listed) != len(names)+2 {
		t.Errorf("%d objects are listed, there are %d", len(listed), len(names)+2)
	}
}

func openBucket(t *testing.T, endpoint, uri string) ingest.Source {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	source, err := bucket.Open(t.Context(), uri, bucket.Options{EndpointURL: endpoint, Region: "us-east-1", NoSignRequest: true})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// The parts of the protocol that decide which objects a client sees, and what it is
// told of those it does not.
func TestServeS3Protocol(t *testing.T) {
	folder := writeFiles(t, "a/1", "a/2", "a/b/3", "a-b/4", "c")
	endpoint := serveFolder(t, folder) + "/" + bucketName
	list := func(query string) string { return endpoint + "?list-type=2&" + query }
	etag := get(t, endpoint+"/c", nil).header.Get("ETag")
	for _, test := range []struct {
		name, url, header string
		status            int
		want              string // keys and folders of a listing, else the body
	}{
		{"all, in the order of keys", list(""), "", 200, "a-b/4 a/1 a/2 a/b/3 c"},
		{"prefix", list("prefix=a/"), "", 200, "a/1 a/2 a/b/3"},
		{"delimiter", list("delimiter=/"), "", 200, "a-b/ a/ c"},
		{"prefix and delimiter", list("prefix=a/&delimiter=/"), "", 200, "a/b/ a/1 a/2"},
		{"first page", list("delimiter=/&max-keys=2"), "", 200, "a-b/ a/ ..."},
		{"next page, behind a folder", list("delimiter=/&max-keys=2&continuation-token=a/"), "", 200, "c"},
		{"start-after", list("start-after=a/2"), "", 200, "a/b/3 c"},
		{"nothing", list("prefix=x"), "", 200, ""},
		{"object", endpoint + "/a/b/3", "", 200, "content of a/b/3"},
		{"part", endpoint + "/c", "Range: bytes=3-6", 206, "tent"},
		{"part beyond the end", endpoint + "/c", "Range: bytes=8-800", 206, "of c"},
		{"no such part", endpoint + "/c", "Range: bytes=900-", 416, ""},
		{"its ETag", endpoint + "/c", "If-Match: " + etag, 200, "content of c"},
		{"another ETag", endpoint + "/c", `If-Match: "x"`, 412, ""},
		{"no such key", endpoint + "/d", "", 404, ""},
		{"no such bucket", strings.Replace(endpoint, bucketName, "other", 1) + "/c", "", 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := get(t, test.url, strings.SplitN(test.header, ": ", 2))
			body := got.body
			if strings.Contains(test.url, "list-type") {
				body = listing(body)
			}
			if got.status != test.status || test.status < 300 && body != test.want {
				t.Errorf("status %d, %q", got.status, body)
			}
		})
	}
}

// The delay comes before each answer.
func TestServeS3Latency(t *testing.T) {
	server := &s3Server{latency: time.Hour}
	client, side := net.Pipe()
	defer client.Close()
	c := s3Connection{server: server, conn: side, in: bufio.NewReader(side)}
	go io.Copy(io.Discard, client)
	go fmt.Fprintf(client, "GET /%s/x HTTP/1.1\r\n\r\n", bucketName)
	answered := make(chan error, 1)
	go func() { answered <- c.answer() }()
	select {
	case err := <-answered:
		t.Errorf("answered at once: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
}

type httpAnswer struct {
	status int
	header http.Header
	body   string
}

func get(t *testing.T, address string, header []string) httpAnswer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(header) == 2 {
		req.Header.Set(header[0], header[1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return httpAnswer{resp.StatusCode, resp.Header, string(body)}
}

// listing is what a listing names, folders before objects as it has them, and dots
// if there is more.
func listing(text string) string {
	var page listPage
	if err := page.parse(strings.NewReader(text)); err != nil {
		return err.Error()
	}
	var names []string
	for _, c := range page.CommonPrefixes {
		names = append(names, c.Prefix)
	}
	for _, c := range page.Contents {
		key, _ := url.QueryUnescape(c.Key)
		names = append(names, key)
	}
	if page.IsTruncated {
		names = append(names, "...")
	}
	return strings.Join(names, " ")
}
