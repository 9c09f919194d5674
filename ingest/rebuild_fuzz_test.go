package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

// A memory is a [Source] of one file.
type memory struct {
	uri  string
	data []byte
}

func (m memory) String() string { return m.uri }

func (m memory) List(context.Context, func(string) Want) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		yield(Object{URI: m.uri, Size: int64(len(m.data)), Named: true}, nil)
	}
}

func (m memory) Fetch(context.Context, Object) ([]byte, schema.Signature, error) {
	return m.data, schema.Signature{}, nil
}

// storeFiles is how many inputs of a fuzzer go into one store: with more of them each
// takes longer, since repeats are looked for among all.
const storeFiles = 300

// FuzzRebuild loads any bytes into a real store, twice under two names, and wants them
// back.
func FuzzRebuild(f *testing.F) {
	const record = `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventName":"A","eventID":"11111111-1111-4111-8111-111111111111"}`
	gzipped := func(data string) []byte {
		var buf bytes.Buffer
		w := gzip.NewWriter(&buf)
		w.Write([]byte(data)) // a buffer takes everything
		w.Close()
		return buf.Bytes()
	}
	for _, members := range []string{
		`"userAgent":"a\u003cb\/\"\\\b\f\n\r\t\u00e9\ud83d\ude00\ud800x","errorCode":"\u0000"`,
		"\"userAgent\":\"a\xff\x00\",\"\xfe\":\"\x01\",\"requestParameters\":{\"userName\":\"\xff\"}",
		`"eventName":"x","eventName":null,"eventTime":"2026-03-02T10:00:00.25+02:00","userIdentity":{"type":"a"},"userIdentity":null`,
		`"eventTime":"0000-01-01T00:00:00Z"`, `"eventTime":"9999-12-31T23:59:59Z"`, `"eventTime":"9999-12-31T23:59:59-23:00"`, `"eventTime":1`,
		`"readOnly":"true","managementEvent":0,"eventID":"7","sharedEventID":"ABCDEF00-1111-3111-8111-111111111111"`,
		`"userIdentity":{"type":"Root","sessionContext":{"sessionIssuer":{"userName":"r","x":[]}},"y":" "},"tlsDetails":{"keyExchange":"x"}`,
		`"userIdentity":{"sessionContext":{"sourceIdentity":"x"}},"tlsDetails":7`,
		`"requestParameters":{ "userName" : "u", "a":[1,-0.0,1E400,{"b":null}] },"responseElements":{"a":1E400,"b":"Failure"},"addendum":7`,
		`"resources":[{"ARN":"a","type":"t\/"},{"ARNPrefix":null,"ARN":"a","ARN":"b"}, {}]`,
		`"resources":[{"arn":"a","ARN":1E400},{"ARN":"]"}]`, `"resources":[null]`, `"resources":[ ]`,
		`"":{"":[]},"a\u0000":"},{","b\"":[[[]]], "c" : -0.0 ,"d":"\\"`,
		`"requestParameters":` + strings.Repeat("[", 600) + strings.Repeat("]", 600),
	} {
		f.Add([]byte(`{"Records":[{"eventVersion":"1.08",` + members + `},` + record + `]}`))
	}
	for _, file := range []string{
		"", " ", "\xef\xbb\xbf", "x", "{", "\x1f\x8b", "[]", `{"Records":[]}`, `{"Records":[7]}`, `{"digestStartTime":1}`,
		record + "\r\n\n" + record, `{"Records":[` + record + ",\n" + record + "," + record + `]} `,
		`{"Events":[{"CloudTrailEvent":"{\"eventName\":\"A\"}"}]}[` + record + `]`, `[` + record + `]{"Events":[` + record + `]}`,
		`{"Events":[{"CloudTrailEvent":"{\"eventName\":\"A\"}x"}]}`, record[:100],
	} {
		f.Add([]byte(file))
	}
	const full = `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"A","eventID":"22222222-1111-4111-8111-111111111111"}`
	for _, file := range []string{
		`{"detail":` + full + "}\nnoise\n{}" + record, `[` + strconv.Quote(full) + `]`, `{"_source":{"event":{"original":` + strconv.Quote(full) + `}}}`, "x " + full + "\n" + full[:90] + "\n" + full,
		strings.ToLower(full), strings.Replace(full, ":", ": ", 1) + full, strings.Replace(full, "T10", " 10", 1), `{"digestStartTime":1}{"Records":[` + full + `]}`,
	} {
		f.Add([]byte(file))
	}
	f.Add(zipOf(packed{"a.json", []byte(full)}))
	f.Add(tarOf(packed{"a.json", []byte(full)}))
	f.Add(gzipped(string(gzipped(full))))
	f.Add(gzipped(record))
	f.Add(append(gzipped(record), gzipped(record)...))
	f.Add(append(gzipped(record), "junk"...))
	f.Add(gzipped(record)[:60])

	var mu sync.Mutex
	var store *schema.Store
	loaded := 0
	dir := f.TempDir()
	f.Cleanup(func() {
		if store != nil {
			store.Close()
		}
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		mu.Lock()
		defer mu.Unlock()
		if loaded%storeFiles == 0 {
			if store != nil {
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			if store, err = schema.Create(context.Background(), filepath.Join(dir, fmt.Sprintf("%d.duckdb", loaded)), 0); err != nil {
				t.Fatal(err)
			}
		}
		loaded++
		const limit = 1 << 20
		first := fmt.Sprintf("/%d/first.json", loaded)
		second := fmt.Sprintf("/%d/second.json", loaded)
		sources := []Source{memory{first, data}, memory{second, data}}
		if _, err := Run(t.Context(), store, sources, Options{Concurrency: 1, MaxFileBytes: limit}); err != nil {
			t.Fatal(err)
		}
		files, err := store.StoredFiles(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// Archives are not given back, but their members, and digest files within come beside the file.
		files = slices.DeleteFunc(files, func(f schema.StoredFile) bool { return f.URI != first && f.URI != second })
		if len(files) == 0 && archiveFormOf(bytes.NewReader(data)) != noArchive {
			return
		}
		var inflater logfile.Inflater
		inflated, _, _ := inflater.Inflate(nil, data, limit)
		var back sync.Mutex
		var rebuilt []string
		err = store.Rebuild(t.Context(), files, func(r schema.Rebuilt) error {
			back.Lock()
			defer back.Unlock()
			want := inflated
			if !r.Rebuildable {
				want = data
			}
			if r.Err != nil || !bytes.Equal(r.Data, want) {
				t.Errorf("%s, %s: %v\ngot  %q\nwant %q", r.URI, r.Status, r.Err, r.Data, want)
			}
			rebuilt = append(rebuilt, r.URI)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(rebuilt) != 2 || files[0].URI != first || files[1].URI != second {
			t.Errorf("rebuilt %q", rebuilt)
		}
	})
}
