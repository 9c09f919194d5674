package serve

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trailbox/ingest"
	"trailbox/query/integrity"
	"trailbox/schema"
)

// A fixture is a store that all tests of the package read, made once.
type fixture struct {
	path    string
	records []map[string]any // of its events, each once
	found   *integrity.Result
	err     error
}

// story is the archive of testdata/logs, verified without any key.
var story = sync.OnceValue(func() *fixture {
	f := &fixture{path: filepath.Join(fixtures(), "story.duckdb")}
	if f.err = f.load("../../testdata/logs"); f.err == nil {
		f.err = f.read(os.DirFS("../../testdata/logs"))
	}
	if f.err == nil {
		f.err = f.verify()
	}
	return f
})

// hostile is an archive with an attack in each column of text.
var hostile = sync.OnceValue(func() *fixture {
	f := &fixture{path: filepath.Join(fixtures(), "hostile.duckdb")}
	logs := filepath.Join(fixtures(), "logs")
	if f.err = os.Mkdir(logs, 0o700); f.err == nil {
		f.err = os.WriteFile(filepath.Join(logs, "<b>\u202e\x1b[31m.json"), hostileRecords(), 0o600)
	}
	if f.err == nil {
		f.err = f.load(logs)
	}
	return f
})

// fixtures is the folder that they are in; TestMain takes it away.
var fixtures = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "serve-test-")
	if err != nil {
		panic(err)
	}
	return dir
})

// load fills the store with the log files of a folder.
func (f *fixture) load(folder string) error {
	sources, err := ingest.OpenPath(folder)
	if err != nil {
		return err
	}
	ctx := context.Background()
	store, err := schema.Create(ctx, f.path, 0)
	if err != nil {
		return err
	}
	var all []ingest.Source
	for _, s := range sources {
		all = append(all, s)
	}
	if _, err = ingest.Run(ctx, store, all, ingest.Options{Concurrency: 1, MaxFileBytes: ingest.DefaultMaxFileBytes, Finding: func(schema.LogFile, error) {}}); err != nil {
		return err
	}
	return store.Close()
}

// verify keeps in the store what a verification finds that has no keys.
func (f *fixture) verify() error {
	ctx := context.Background()
	store, err := schema.OpenFor(ctx, f.path, schema.Grants{Write: true})
	if err != nil {
		return err
	}
	if f.found, err = integrity.Verify(ctx, store, integrity.Scope{}, integrity.Evidence{}); err == nil {
		_, err = integrity.Save(ctx, store, f.found, nil, "test")
	}
	return errors.Join(err, store.Close())
}

// read reads the records of log files, those that were delivered twice once.
func (f *fixture) read(root fs.FS) error {
	seen := map[string]bool{}
	return fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(name, "Digest") || strings.Contains(name, "Aggregated") || !strings.HasSuffix(name, ".gz") {
			return err
		}
		packed, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		unzip, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return err
		}
		var file struct{ Records []json.RawMessage }
		if err := json.NewDecoder(unzip).Decode(&file); err != nil {
			return err
		}
		for _, raw := range file.Records {
			var record map[string]any
			if err := json.Unmarshal(raw, &record); err != nil {
				return err
			}
			if !seen[string(raw)] {
				seen[string(raw)] = true
				f.records = append(f.records, record)
			}
		}
		return nil
	})
}

// attacks try something with whoever reads a page; they are the insides of JSON strings.
func attacks() []string {
	return []string{
		`<script>alert(1)</script><!--`, `\" onmouseover=\"alert(1)`, `'><svg/onload=alert(1)>`, `javascript:alert(1)`, `</title></style></textarea></svg><a xlink:href=\"javascript:alert(1)\">`,
		`<img src=x onerror=alert(1)>`, `{{.Title}}`, `&lt;b&gt;&#x3c;`, `\u001b]0;owned\u0007\u001b[2J`, `a\r\nb`, `a\u0000b`, `\u202egpj.exe\u2066`, `\u009b31m\u007f`, `\u200b`, `\ud800`,
		`=1,!2,*`, `@/etc/passwd`, `(none)`, `'; DROP TABLE events; --`, `%00%0a&name=x#y`, `//evil.example/`, `..\\..//`, strings.Repeat("long <i>", 1280),
	}
}

// hostileRecords is a log file with an attack in each column that takes text.
func hostileRecords() []byte {
	var records []string
	for i, attack := range attacks() {
		for j, name := range []string{"CreateAccessKey", "ConsoleLogin", "AssumeRole", "DeleteBucket", ""} {
			record := map[string]any{}
			for _, c := range schema.Columns() {
				object, parts := record, strings.Split(c.Path, ".")
				for _, part := range parts[:len(parts)-1] {
					if object[part] == nil {
						object[part] = map[string]any{}
					}
					object = object[part].(map[string]any)
				}
				var value any
				switch c.Kind {
				case schema.Text:
					value = "ATTACK"
				case schema.Block:
					value = map[string]any{"ATTACK": "ATTACK", "bucketName": "ATTACK", "userName": "ATTACK", "list": []any{"ATTACK"}}
				case schema.Resources:
					value = []any{map[string]any{"ARN": "ATTACK", "accountId": "ATTACK", "type": "ATTACK"}}
				case schema.GUID:
					value = fmt.Sprintf("%08x-1111-4111-8111-%012x", i, j)
				case schema.Time:
					value = fmt.Sprintf("2026-03-%02dT10:%02d:00Z", i%28+1, j)
				case schema.Bool:
					value = i%2 == 0
				}
				object[parts[len(parts)-1]] = value
			}
			if name != "" {
				record["eventName"] = name
				record["eventSource"] = map[string]string{"CreateAccessKey": "iam", "ConsoleLogin": "signin", "AssumeRole": "sts", "DeleteBucket": "s3"}[name] + ".amazonaws.com"
				delete(record, "errorCode")
			}
			text, err := json.Marshal(record)
			if err != nil {
				panic(err)
			}
			if len(attack) > 1000 && j > 0 { // one record of it is 2 MB
				continue
			}
			records = append(records, strings.ReplaceAll(string(text), "ATTACK", attack))
		}
	}
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

// A browser is a server over a store, as one that is signed in has it.
type browser struct {
	*Server
	t testing.TB
}

// over is a browser of a fixture.
func over(t testing.TB, f *fixture, change ...func(*Config)) *browser {
	t.Helper()
	if f.err != nil {
		t.Fatal(f.err)
	}
	stores := NewStores(f.path, schema.Grants{})
	t.Cleanup(stores.Close)
	config := Config{Stores: stores, Token: testToken, Now: func() time.Time { return time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC) }}
	for _, c := range change {
		c(&config)
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{s, t}
}

// ask asks for a page.
func (c *browser) ask(target string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), http.MethodGet, target, nil)
	r.Host = "127.0.0.1:7007"
	r.Header.Set("Authorization", "Bearer "+testToken)
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// get is a page that is there.
func (c *browser) get(target string) string {
	c.t.Helper()
	w := c.ask(target)
	if w.Code != http.StatusOK {
		c.t.Fatalf("%s: %d\n%s", target, w.Code, w.Body)
	}
	return w.Body.String()
}

// links are the links of a page, without their hash.
func links(text string) (all []string) {
	for _, tag := range tags(text) {
		if _, link, ok := strings.Cut(tag, ` href="`); ok {
			link, _, _ = strings.Cut(link, `"`)
			link, _, _ = strings.Cut(html.UnescapeString(link), "#")
			all = append(all, link)
		}
	}
	return all
}

// tags are the tags of a page: what stands in an attribute has no < or > of its own.
func tags(text string) (all []string) {
	for {
		begin := strings.IndexByte(text, '<')
		if begin < 0 {
			return all
		}
		end := strings.IndexByte(text[begin:], '>')
		if end < 0 {
			return append(all, text[begin:])
		}
		all = append(all, text[begin:begin+end+1])
		text = text[begin+end+1:]
	}
}
