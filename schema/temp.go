package schema

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
)

// While DuckDB works it puts aside what its memory does not hold: parts of events, to be
// read by whoever can read them. Each process that has a store open has a folder of its own
// for that, beside the store, which DuckDB makes when it needs it, and removes when it
// closes. One that was killed leaves it to the next that has the store for itself.

// tempEnding is what the folders' names have behind the store's, before what is each
// process's own. Of DuckDB's own choice, which it was before, they have only this.
const tempEnding = ".tmp"

// tempFile is how the names of DuckDB's files in it begin.
const tempFile = "duckdb_temp_"

// thisProcess tells this process's folders from others'. Its number would not do: two
// machines may read one store, and in a container it is the same each time.
var thisProcess = rand.Text()

// tempFolder is this process's folder for the store at a path.
func tempFolder(path string) string { return path + tempEnding + "-" + thisProcess }

// removeLeftovers removes what processes have left that were killed. The store is open for
// writing, so that no other process has it open.
func (s *Store) removeLeftovers() {
	beside := filepath.Dir(s.path)
	entries, err := os.ReadDir(beside)
	if err != nil {
		return // the next run tries again
	}
	name := filepath.Base(s.path) + tempEnding
	for _, entry := range entries {
		if rest, ok := strings.CutPrefix(entry.Name(), name); ok && (rest == "" || rest[0] == '-') {
			removeTemp(filepath.Join(beside, entry.Name()))
		}
	}
}

// removeTemp removes a folder of DuckDB's, if there is one: not what only has its name,
// a link or a folder that has something else in it.
func removeTemp(folder string) {
	if info, err := os.Lstat(folder); err != nil || !info.IsDir() {
		return
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !strings.HasPrefix(entry.Name(), tempFile) {
			return
		}
	}
	for _, entry := range entries {
		os.Remove(filepath.Join(folder, entry.Name()))
	}
	os.Remove(folder)
}
