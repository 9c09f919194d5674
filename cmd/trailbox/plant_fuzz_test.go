package main

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/ingest"
	"trailbox/ingest/digesttest"
	"trailbox/query/integrity"
	"trailbox/schema"
)

// A planted is a source of one file, as an attacker puts it into a bucket.
type planted struct {
	key  string
	data []byte
}

func (p planted) String() string { return "planted" }

func (p planted) List(context.Context, func(string) ingest.Want) iter.Seq2[ingest.Object, error] {
	return func(yield func(ingest.Object, error) bool) {
		yield(ingest.Object{URI: "s3://example-trail/" + p.key, Size: int64(len(p.data)), ETag: "planted"}, nil)
	}
}

func (p planted) Fetch(context.Context, ingest.Object) ([]byte, schema.Signature, error) {
	return p.data, schema.Signature{}, nil
}

// FuzzPlanted puts one file, of any key and any content, into an archive that is signed:
// whatever it is, no event of it is proven, each is counted, and exit code 0 is only for
// what is nothing but Insights or network activity. A run takes a while, so that minimizing
// takes too long: -fuzzminimizetime 1x.
func FuzzPlanted(f *testing.F) {
	a := digesttest.Trail{Hours: 3, LogFiles: 1}.Make()
	dir := f.TempDir()
	if err := a.Write(filepath.Join(dir, "logs"), true); err != nil {
		f.Fatal(err)
	}
	base := filepath.Join(dir, "base.duckdb")
	store, err := schema.Create(f.Context(), base, 0)
	if err != nil {
		f.Fatal(err)
	}
	folders, err := ingest.OpenPath(filepath.Join(dir, "logs"))
	if err == nil {
		_, err = ingest.Run(f.Context(), store, []ingest.Source{folders[0]}, ingest.Options{Concurrency: 1, MaxFileBytes: 1 << 20})
	}
	if err := errors.Join(err, store.Close()); err != nil {
		f.Fatal(err)
	}
	loaded, err := os.ReadFile(base)
	if err != nil {
		f.Fatal(err)
	}
	keys, err := integrity.ParseKeys(digesttest.PublicKeys(digesttest.ISO8601, a.Trail.Keys...), "", "test")
	if err != nil {
		f.Fatal(err)
	}
	verify := func(t testing.TB, store *schema.Store) (*integrity.Result, int64) {
		t.Helper()
		r, err := integrity.Verify(t.Context(), store, integrity.Scope{}, integrity.Evidence{Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		n, err := schema.One[int64](store.Query(t.Context(), "SELECT count(*) FROM events"))
		if err != nil {
			t.Fatal(err)
		}
		return r, n
	}
	if store, err = schema.Create(f.Context(), base, 0); err != nil {
		f.Fatal(err)
	}
	whole, own := verify(f, store)
	if !whole.Whole() || whole.Events[integrity.Proven] != own {
		f.Fatalf("untouched: %v, %+v", whole.Events, whole.Findings)
	}
	if err := store.Close(); err != nil {
		f.Fatal(err)
	}

	log := a.Log(1, 0)
	foreign := strings.ReplaceAll(string(log.Content()), `"eventID":"`, `"eventID":"f`)
	record := `{"eventVersion":"1.08","eventTime":"2026-03-02T01:20:00Z","eventName":"A","eventCategory":"CATEGORY"}`
	for _, kind := range []string{"CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Foo"} {
		key := strings.Replace(strings.Replace(log.Key, "/CloudTrail/", "/"+kind+"/", 1), "_CloudTrail_", "_"+kind+"_", 1)
		f.Add(key, []byte(foreign))
		f.Add(key, []byte(strings.Replace(record, "CATEGORY", strings.TrimPrefix(kind, "CloudTrail-"), 1)))
		f.Add(strings.Replace(key, "Z_", "Z_x", 1), []byte("["+record+"]"))
	}
	f.Add(a.Digest(1).Key, a.Digest(1).Content())
	f.Add("x.json", []byte(foreign))
	f.Fuzz(func(t *testing.T, key string, content []byte) {
		folder, err := os.MkdirTemp("", "") // t.TempDir has a # in its path
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		path := filepath.Join(folder, "t.duckdb")
		if err := os.WriteFile(path, loaded, 0o600); err != nil {
			t.Fatal(err)
		}
		store, err := schema.Create(t.Context(), path, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		if _, err := ingest.Run(t.Context(), store, []ingest.Source{planted{key, content}}, ingest.Options{Concurrency: 1, MaxFileBytes: 1 << 20}); err != nil {
			t.Fatal(err)
		}
		r, events := verify(t, store)
		var counted int64
		for _, n := range r.Events {
			counted += n
		}
		switch {
		case counted != events:
			t.Errorf("%d of %d events are counted: %v", counted, events, r.Events)
		case r.Events[integrity.Proven] > own:
			t.Errorf("%d events are proven, and %d were delivered: %v", r.Events[integrity.Proven], own, r.Events)
		case r.Whole() && r.Events[integrity.Uncovered] != events-own:
			t.Errorf("all is well: %v", r.Events)
		}
	})
}
