package schema

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A store that was found to be whole is not looked at again, until anything about its file
// changes: then what is in it that is not ours is named as ever.
func TestKnownWhole(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "other.duckdb")
	store, err := Create(t.Context(), path, 0)
	if err == nil {
		err = store.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// open opens the store, which must be whole, and has that remembered as it will be later.
	open := func() {
		t.Helper()
		store, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		store.rememberWhole(time.Now().Add(time.Hour))
		if !store.knownWhole() {
			t.Error("it is not remembered")
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	foreign := func(what string) {
		t.Helper()
		var foreign *SchemaError
		if store, err := Open(t.Context(), path); !errors.As(err, &foreign) {
			t.Errorf("%s: %v", what, err)
			if err == nil {
				store.Close()
			}
		}
	}
	write := func(path string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change := func(path string) {
		t.Helper()
		store, err := OpenFor(t.Context(), path, Grants{Write: true, AnySchema: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.db.ExecContext(t.Context(), "CREATE OR REPLACE MACRO regexp_like(text, pattern) AS false"); err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}

	open()
	open()
	change(path)
	foreign("changed")
	changed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	// It stands in its place, as old as it was; then in it.
	write(path, content)
	open()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write(other, changed)
	if err := errors.Join(os.Chtimes(other, info.ModTime(), info.ModTime()), os.Rename(other, path)); err != nil {
		t.Fatal(err)
	}
	foreign("replaced")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write(path, content)
	open()
	if info, err = os.Stat(path); err != nil {
		t.Fatal(err)
	}
	write(path, changed)
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	foreign("overwritten")

	// What was not written to it yet is read, too.
	write(path, content)
	open()
	for _, log := range []string{".wal", ".wal.checkpoint", ".wal.recovery"} {
		write(path+log, nil)
		if _, ok := storeState(path); ok {
			t.Errorf("a store with its %s is known", log)
		}
		if err := os.Remove(path + log); err != nil {
			t.Fatal(err)
		}
	}
}

// A file that was changed just now may be changed once more, and look the same.
func TestIsSettled(t *testing.T) {
	fine, coarse := time.Date(2026, 3, 2, 10, 0, 0, 123456789, time.UTC), time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		changed time.Time
		after   time.Duration
		want    bool
	}{
		{fine, 0, false}, {fine, 20 * time.Millisecond, false}, {fine, time.Second, true}, {fine, -time.Hour, false},
		{coarse, time.Second, false}, {coarse, 2 * time.Second, false}, {coarse, 10 * time.Second, true},
	} {
		if got := (fileState{changed: test.changed.UnixNano()}).isSettled(test.changed.Add(test.after)); got != test.want {
			t.Errorf("%s after %s: %v", test.after, test.changed, got)
		}
	}
}
