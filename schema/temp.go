package schema

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// A TempFile has what memory should not hold.
type TempFile struct {
	file *os.File
	path string // of the store
}

// TempFile makes one, beside the store. It has lost its name when this returns, so that nothing
// is left of it, however the process ends.
func (s *Store) TempFile() (*TempFile, error) {
	f, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+tempEnding+"-*")
	if err != nil {
		return nil, fileError(s.path, err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fileError(s.path, err)
	}
	return &TempFile{f, s.path}, nil
}

// fileError is what keeps a file from being written beside the store at a path.
func fileError(path string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return &MachineError{Path: path, Resource: Disk, Err: err}
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return &MachineError{Path: path, Resource: Access, Err: err}
	}
	return err
}

// WriteAt implements [io.WriterAt].
func (t *TempFile) WriteAt(p []byte, at int64) (int, error) {
	n, err := t.file.WriteAt(p, at)
	if err != nil {
		err = fileError(t.path, err)
	}
	return n, err
}

// ReadAt implements [io.ReaderAt].
func (t *TempFile) ReadAt(p []byte, at int64) (int, error) { return t.file.ReadAt(p, at) }

// Size is how many bytes it has.
func (t *TempFile) Size() int64 {
	info, err := t.file.Stat()
	if err != nil {
		return 0 // nothing can be read, then
	}
	return info.Size()
}

// Close lets go of it.
func (t *TempFile) Close() error { return t.file.Close() }
