// Package storetest makes empty stores for tests in less than half of the time that
// [schema.Create] takes: it copies one that was made once. They have one seed for hashes.
package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"trailbox/schema"
)

// Create makes an empty store at path, where nothing is yet, and opens it for writing, as
// [schema.Create] does.
func Create(tb testing.TB, path string, memory int64) *schema.Store {
	tb.Helper()
	Write(tb, path)
	store, err := schema.Create(tb.Context(), path, memory)
	if err != nil {
		tb.Fatal(err)
	}
	return store
}

// Write makes an empty store at path, where nothing is yet.
func Write(tb testing.TB, path string) {
	tb.Helper()
	content, err := template()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// template is the file of an empty store.
var template = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "t.duckdb")
	store, err := schema.Create(context.Background(), path, 0)
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// OneCore keeps a package's tests to one core, unless GOMAXPROCS says how many: packages are
// tested side by side, and with a second thread DuckDB takes a fifth more of both for stores
// as small as those of tests.
func OneCore() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}
