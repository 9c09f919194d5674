package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/klauspost/compress/gzip"

	"trailbox/ingest"
	"trailbox/schema"
)

// What an archive is made of, whatever shape its files have, is what it is said to
// be, and what ingest finds in it.
func TestMakeArchive(t *testing.T) {
	for _, test := range []struct {
		archiveSpec
		files, largest int // at least, records
	}{
		{archiveSpec{shapeSmall, 3000, 1}, 300, 20},
		{archiveSpec{shapeMixed, 3000, 2}, 3, 1000},
		{archiveSpec{shapeLarge, 700, 3}, 1, 700},
	} {
		t.Run(string(test.shape), func(t *testing.T) {
			folder := t.TempDir()
			made, err := makeArchive(t.Context(), folder, test.archiveSpec)
			if err != nil {
				t.Fatal(err)
			}
			if made.Records != test.events {
				t.Errorf("%d records are said to be in it, not %d", made.Records, test.events)
			}
			found := readArchive(t, folder)
			if found.madeArchive != made {
				t.Errorf("found %+v, said to be %+v", found.madeArchive, made)
			}
			if found.Files < test.files || found.largest < min(test.largest, test.events) && test.shape != shapeMixed {
				t.Errorf("%d files, the largest of %d records", found.Files, found.largest)
			}

			ctx := t.Context()
			store, err := schema.Create(ctx, filepath.Join(t.TempDir(), "t.duckdb"), 0)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			sources, err := ingest.OpenPath(folder)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ingest.Run(ctx, store, []ingest.Source{sources[0]}, ingest.Options{Concurrency: 8, MaxFileBytes: ingest.DefaultMaxFileBytes})
			if err != nil {
				t.Fatal(err)
			}
			if got.FilesLoaded != int64(made.Files) || got.Records != int64(made.Records) || got.Repeats != int64(made.Repeats) ||
				got.BytesJSON != made.BytesJSON || got.BytesCompressed != made.BytesGzip || got.Conflicts != 0 || len(got.Errors) > 0 {
				t.Errorf("ingested %+v, said to be %+v", got, made)
			}
		})
	}
}

// The same seed is the same archive, whatever the number of cores; another seed is
// another one.
func TestMakeArchiveAgain(t *testing.T) {
	sums := map[string]int{}
	for i, spec := range []archiveSpec{{shapeSmall, 800, 7}, {shapeSmall, 800, 7}, {shapeSmall, 800, 8}} {
		folder := t.TempDir()
		func() {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1 + 3*i))
			if _, err := makeArchive(context.Background(), folder, spec); err != nil {
				t.Fatal(err)
			}
		}()
		sums[sumOf(t, folder)]++
	}
	if len(sums) != 2 {
		t.Errorf("%d different archives of two seeds", len(sums))
	}
}

type foundArchive struct {
	madeArchive
	largest int // records
}

// readArchive reads an archive without any of our own code.
func readArchive(t *testing.T, folder string) (a foundArchive) {
	t.Helper()
	seen := map[string]string{}
	walkFiles(t, folder, func(path string, data []byte) {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Records []json.RawMessage }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		key := schema.ParseKey(path)
		for _, raw := range file.Records {
			var record struct{ EventID, AWSRegion, RecipientAccountID string }
			if err := json.Unmarshal(raw, &record); err != nil {
				t.Fatal(err)
			}
			if key.Class != schema.ClassLogFile || record.AWSRegion != key.Region || record.RecipientAccountID != key.Account {
				t.Fatalf("%s holds a record of %+v", path, record)
			}
			before, again := seen[record.EventID]
			if again && before != string(raw) {
				t.Fatalf("%s: one eventID, two contents", record.EventID)
			}
			if again {
				a.Repeats++
			}
			seen[record.EventID] = string(raw)
		}
		a.Files++
		a.Records += len(file.Records)
		a.BytesJSON += int64(len(text))
		a.BytesGzip += int64(len(data))
		a.largest = max(a.largest, len(file.Records))
	})
	return a
}

func sumOf(t *testing.T, folder string) string {
	t.Helper()
	h := sha256.New()
	walkFiles(t, folder, func(path string, data []byte) {
		name, _ := filepath.Rel(folder, path)
		fmt.Fprintf(h, "%s %x\n", name, sha256.Sum256(data))
	})
	return fmt.Sprintf("%x", h.Sum(nil))
}

func walkFiles(t *testing.T, folder string, visit func(path string, data []byte)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil {
			visit(path, data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
