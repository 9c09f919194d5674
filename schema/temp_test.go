package schema

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// write writes a file, and the folder that it is in.
func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func createAndClose(t *testing.T, path string) {
	t.Helper()
	store, err := Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// tree lists what is below a folder, by its paths.
func tree(t *testing.T, folder string) string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		paths = append(paths, strings.TrimPrefix(path, folder))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(paths, " ")
}

// What killed processes have put aside is removed as soon as the store is open for
// writing, and nothing else: neither what has another name, nor what has the name and is
// somebody's own, nor what a link leads to.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.duckdb")
	createAndClose(t, path)
	kept := []string{"other.duckdb.tmp/duckdb_temp_block-1.block", "t.duckdb.tmp-mine/duckdb_temp_block-1.block", "t.duckdb.tmp-mine/notes.txt",
		"t.duckdb.tmp-deep/duckdb_temp_x/notes.txt", "t.duckdb.tmpfiles/duckdb_temp_block-1.block", "elsewhere/duckdb_temp_block-1.block", "t.duckdb.tmp-file"}
	for _, name := range kept {
		write(t, filepath.Join(dir, name))
	}
	if err := os.Symlink("elsewhere", filepath.Join(dir, "t.duckdb.tmp-link")); err != nil {
		t.Skip(err)
	}
	want := tree(t, dir)
	leave := func() {
		write(t, filepath.Join(dir, "t.duckdb.tmp/duckdb_temp_storage_DEFAULT-0.tmp"))
		write(t, filepath.Join(dir, "t.duckdb.tmp-1/duckdb_temp_block-1.block"))
		if err := os.Mkdir(filepath.Join(dir, "t.duckdb.tmp-2"), 0o700); err != nil {
			t.Fatal(err)
		}
	}

	leave()
	left := tree(t, dir)
	reader, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); got != left {
		t.Errorf("a reader, of which there may be several, leaves\n%s\nwant\n%s", got, left)
	}
	createAndClose(t, path)
	if got := tree(t, dir); got != want {
		t.Errorf("Create leaves\n%s\nwant\n%s", got, want)
	}

	leave()
	writer, err := OpenFor(t.Context(), path, Grants{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); got != want {
		t.Errorf("OpenFor leaves\n%s\nwant\n%s", got, want)
	}
}

// What DuckDB puts aside is beside the store, in a folder that no other process has, and
// gone when the store is closed.
func TestPutAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.duckdb")
	store, err := Create(t.Context(), path, 64<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.writer.ExecContext(t.Context(), "CREATE TEMP TABLE large AS SELECT hash(i) AS h, hash(h) AS i FROM range(8_000_000) t(i)"); err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob(path + ".tmp*")
	if err != nil || len(folders) != 1 || folders[0] != tempFolder(path) {
		t.Errorf("put aside in %v, want %s: %v", folders, tempFolder(path), err)
	}
	files, err := os.ReadDir(tempFolder(path))
	if err != nil || len(files) == 0 {
		t.Errorf("nothing was put aside: %v", err)
	}
	for _, f := range files {
		if !f.Type().IsRegular() || !strings.HasPrefix(f.Name(), tempFile) {
			t.Errorf("%s would not be known as DuckDB's", f.Name())
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); got != " /t.duckdb" {
		t.Errorf("left: %s", got)
	}

	reader, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var folder string
	if err := reader.db.QueryRowContext(t.Context(), "SELECT current_setting('temp_directory')").Scan(&folder); err != nil || folder != tempFolder(path) {
		t.Errorf("a reader puts aside in %s: %v", folder, err)
	}
}

// A file for what memory should not hold has no name that could be left behind.
func TestTempFile(t *testing.T) {
	dir := t.TempDir()
	store, err := Create(t.Context(), filepath.Join(dir, "t.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	before := tree(t, dir)
	f, err := store.TempFile()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("world"), 6); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("hello "), 0); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 11)
	if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, []byte("hello world")) || f.Size() != 11 {
		t.Errorf("%q of %d, %v", got, f.Size(), err)
	}
	if after := tree(t, dir); after != before {
		t.Errorf("beside the store is\n%s\nbefore it was\n%s", after, before)
	}
}

// What keeps a file from being written is one of the machine's errors.
func TestFileError(t *testing.T) {
	for _, test := range []struct {
		err  error
		want Resource
	}{{syscall.ENOSPC, Disk}, {syscall.EDQUOT, Disk}, {syscall.EACCES, Access}, {syscall.EROFS, Access}} {
		var machine *MachineError
		if err := fileError("t.duckdb", &os.PathError{Op: "write", Path: "x", Err: test.err}); !errors.As(err, &machine) || machine.Resource != test.want {
			t.Errorf("%v became %v", test.err, err)
		}
	}
}
