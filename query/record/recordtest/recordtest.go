// Package recordtest is for tests of what is compiled with package record: it loads
// records into a real store, the way that log files go.
package recordtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/ingest"
	"trailbox/schema"
	"trailbox/schema/storetest"
)

// A file is an [ingest.Source] of one log file.
type file struct{ data []byte }

func (f file) String() string { return "/records.json" }

func (f file) List(context.Context, func(string) ingest.Want) iter.Seq2[ingest.Object, error] {
	return func(yield func(ingest.Object, error) bool) {
		yield(ingest.Object{URI: f.String(), Size: int64(len(f.data)), Named: true}, nil)
	}
}

func (f file) Fetch(context.Context, ingest.Object) ([]byte, schema.Signature, error) {
	return f.data, schema.Signature{}, nil
}

// Load makes a store of records, each the text of a JSON object, and opens it for reading.
// An event's position is the index of its record.
func Load(tb testing.TB, records ...string) *schema.Store {
	tb.Helper()
	dir, err := os.MkdirTemp("", "recordtest") // a fuzz test's own has a # in its name
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "t.duckdb")
	store := storetest.Create(tb, path, 0)
	data := `{"Records":[` + strings.Join(records, ",") + `]}`
	summary, err := ingest.Run(tb.Context(), store, []ingest.Source{file{[]byte(data)}}, ingest.Options{Concurrency: 1, MaxFileBytes: ingest.DefaultMaxFileBytes})
	if err != nil {
		tb.Fatal(err)
	}
	if err := store.Close(); err != nil {
		tb.Fatal(err)
	}
	if summary.EventsNew != int64(len(records)) {
		tb.Fatalf("of %d records %d are events", len(records), summary.EventsNew)
	}
	if store, err = schema.Open(tb.Context(), path); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close() })
	return store
}

// Values returns what an SQL expression over the columns of events gives for each record,
// as [schema.Rows.Scan] takes values over.
func Values[T any](tb testing.TB, store *schema.Store, expression string, args ...schema.Arg) []T {
	tb.Helper()
	values, err := schema.Collect[T](store.Query(tb.Context(), "SELECT ("+expression+") FROM events ORDER BY position", args...))
	if err != nil {
		tb.Fatalf("%v\n%s\n%v", err, expression, args)
	}
	return values
}

// Shown are texts, some of which may be NULL, to be compared and printed.
func Shown(texts []*string) []string {
	shown := make([]string, len(texts))
	for i, text := range texts {
		shown[i] = "NULL"
		if text != nil {
			shown[i] = *text
		}
	}
	return shown
}

// Corpus returns the records of the log files below the folder that TRAILBOX_CORPUS
// names, each once; the test is skipped where it names no folder. Summaries of aggregated
// events are no records.
func Corpus(tb testing.TB) (records []string) {
	tb.Helper()
	dir := os.Getenv("TRAILBOX_CORPUS")
	if dir == "" {
		tb.Skip("TRAILBOX_CORPUS names no folder of log files")
	}
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		isPacked := strings.HasSuffix(path, ".json.gz")
		if err != nil || !isPacked && !strings.HasSuffix(path, ".json") || strings.Contains(path, "CloudTrail-Aggregated") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if isPacked {
			unpacked, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				return err
			}
			if data, err = io.ReadAll(unpacked); err != nil {
				return err
			}
		}
		var file struct{ Records []json.RawMessage }
		if err := json.Unmarshal(data, &file); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, record := range file.Records {
			if text := string(record); !seen[text] {
				seen[text] = true
				records = append(records, text)
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(records) == 0 {
		tb.Fatalf("%s has no records", dir)
	}
	return records
}
