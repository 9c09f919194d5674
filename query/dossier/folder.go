package dossier

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ErrTaken says that there is something where a case is to go.
var ErrTaken = errors.New("there is something in it, and a case is never written over anything")

// A File is one of a case, as its manifest has it.
type File struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// A folder is a case while it is made, under another name and beside its place.
type folder struct {
	place, name string
	root        *os.Root
	files       []File
}

// Free reports as an error what stands in the way of a case at a place.
func Free(place string) error {
	entries, err := os.ReadDir(place)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", place, ErrTaken) // a file, or a folder that cannot be looked into
	case len(entries) > 0:
		return fmt.Errorf("%s: %w", place, ErrTaken)
	}
	return nil
}

// newFolder begins a case that is to have a place.
func newFolder(place string) (*folder, error) {
	place = filepath.Clean(place)
	if err := Free(place); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
		return nil, err
	}
	var random [8]byte
	rand.Read(random[:]) // never fails
	name := place + ".unfinished-" + hex.EncodeToString(random[:])
	if err := os.Mkdir(name, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, errors.Join(err, os.Remove(name))
	}
	return &folder{place: place, name: name, root: root}, nil
}

// write writes a file of the case, and enters it.
func (f *folder) write(name string, write func(w io.Writer) error) error {
	if err := f.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	out, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	counted := &hashed{to: out}
	sum := sha256.New()
	counted.sum = sum
	if err := errors.Join(write(counted), out.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f.files = append(f.files, File{Path: name, Bytes: counted.bytes, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// scratchName is the name of the scratch file while there is one.
const scratchName = ".scratch"

// scratch is a file that is no part of the case, and is to be removed.
func (f *folder) scratch() (*os.File, error) {
	return f.root.OpenFile(scratchName, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// inOrder are the files by their names.
func (f *folder) inOrder() []File {
	return slices.SortedFunc(slices.Values(f.files), func(a, b File) int { return strings.Compare(a.Path, b.Path) })
}

// finish gives the case its place.
func (f *folder) finish() error {
	if err := f.root.Close(); err != nil {
		return err
	}
	if err := Free(f.place); err != nil {
		return err
	}
	// An empty folder gives way. One that is filled in this moment does not.
	if err := os.Remove(f.place); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(f.name, f.place)
}

// drop removes what was made.
func (f *folder) drop() error { return errors.Join(f.root.Close(), os.RemoveAll(f.name)) }

// hashed is a writer that hashes and counts what it writes.
type hashed struct {
	to    io.Writer
	sum   io.Writer
	bytes int64
}

func (h *hashed) Write(p []byte) (int, error) {
	n, err := h.to.Write(p)
	h.sum.Write(p[:n]) // never fails
	h.bytes += int64(n)
	return n, err
}
