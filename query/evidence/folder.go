package evidence

import (
	"context"
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

	"trailbox/query"
	"trailbox/schema"
)

// ErrTaken says that there is something where a folder is to go.
var ErrTaken = errors.New("there is something in it, and evidence is never written over anything")

// A Folder is one of evidence while it is made, under another name and beside its place.
type Folder struct {
	place, name string
	root        *os.Root
	files       []File
	statements  []Statement
}

// Free reports as an error what stands in the way of a folder at a place.
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

// New begins a folder that is to have a place. What is at that place already stays as it is.
func New(place string) (*Folder, error) {
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
	return &Folder{place: place, name: name, root: root}, nil
}

// Write writes a file, and enters it.
func (f *Folder) Write(name string, write func(w io.Writer) error) error {
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

// WriteStatement writes a statement that was run, as it can be run again: with its values in it.
// It is entered as one whose answer is not known, see [Folder.Answered].
func (f *Folder) WriteStatement(name, title string, s query.Statement) error {
	file := "queries/" + name + ".sql"
	f.statements = append(f.statements, Statement{File: file, Title: title})
	return f.Write(file, func(out io.Writer) error {
		_, err := fmt.Fprintf(out, "-- %s\n%s\n", title, s.Inline())
		return err
	})
}

// Answered enters that a statement, by its name, was answered by a file that is written.
func (f *Folder) Answered(name string, form Form, file string, rows int64) {
	statement := slices.IndexFunc(f.statements, func(s Statement) bool { return s.File == "queries/"+name+".sql" })
	result := slices.IndexFunc(f.files, func(f File) bool { return f.Path == file })
	if statement < 0 || result < 0 {
		panic("BUG: there is no statement " + name + ", or no file " + file)
	}
	s := &f.statements[statement]
	s.Form, s.Result, s.Rows, s.SHA256 = form, file, rows, f.files[result].SHA256
}

// AskAgain writes a statement whose answer went into something else. It is asked once more, in an
// order of its own, so that its answer has a hash.
func (f *Folder) AskAgain(ctx context.Context, store *schema.Store, name, title string, s query.Statement) error {
	s = ordered(s)
	if err := f.WriteStatement(name, title, s); err != nil {
		return err
	}
	a, err := ask(ctx, store, s, CSV)
	last := &f.statements[len(f.statements)-1]
	last.Form, last.Rows, last.SHA256 = CSV, a.rows, a.sum
	return err
}

// scratchName is the name of the scratch file while there is one.
const scratchName = ".scratch"

// Scratch lets use have an empty file that is no part of the folder.
func (f *Folder) Scratch(use func(*os.File) error) error {
	scratch, err := f.root.OpenFile(scratchName, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(use(scratch), scratch.Close(), f.root.Remove(scratchName))
}

// Contents are the files that are written, and the statements.
func (f *Folder) Contents() Contents {
	return Contents{
		Statements: slices.Clone(f.statements),
		Files:      slices.SortedFunc(slices.Values(f.files), func(a, b File) int { return strings.Compare(a.Path, b.Path) }),
	}
}

// A Seal makes a file beside the manifest that speaks for it, such as a signature.
type Seal struct {
	Ending string // of its name, behind that of the manifest
	Make   func(ctx context.Context, manifest []byte) ([]byte, error)
}

// A SealError says that a folder is whole and in its place, but for a seal.
type SealError struct {
	Place, Ending string
	Err           error
}

func (e *SealError) Error() string {
	return fmt.Sprintf("%s is whole, but there is no %s%s: %v", e.Place, ManifestName, e.Ending, e.Err)
}

func (e *SealError) Unwrap() error { return e.Err }

// Finish writes the manifest, seals it, and gives the folder its place. With a [SealError] it has
// that all the same: what took long to make is not lost since a machine elsewhere is away.
func (f *Folder) Finish(ctx context.Context, manifest any, seals ...Seal) error {
	text, err := encode(manifest)
	if err != nil {
		return err
	}
	put := func(name string, text []byte) error {
		return f.Write(name, func(out io.Writer) error {
			_, err := out.Write(text)
			return err
		})
	}
	if err := put(ManifestName, text); err != nil {
		return err
	}
	var unsealed error
	for _, s := range seals {
		sealed, err := s.Make(ctx, text) // of the manifest alone: each can be checked by itself
		if err == nil {
			err = put(ManifestName+s.Ending, sealed)
		}
		if err != nil {
			unsealed = errors.Join(unsealed, &SealError{f.place, s.Ending, err})
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
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
	return errors.Join(os.Rename(f.name, f.place), unsealed)
}

// Drop removes what was made.
func (f *Folder) Drop() error { return errors.Join(f.root.Close(), os.RemoveAll(f.name)) }

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
