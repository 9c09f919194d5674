package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"trailbox/schema"
)

// A Dir is a [Source] over the file system: a folder with all that is below it, or
// one file.
type Dir struct {
	root string
}

// OpenPath returns a source for each of what path stands for: a folder, a file,
// or a pattern as of [filepath.Match] where there is no file of that very name.
func OpenPath(path string) ([]*Dir, error) {
	paths := []string{path}
	if _, err := os.Stat(path); err != nil {
		matches, globErr := filepath.Glob(path)
		if globErr != nil || len(matches) == 0 {
			return nil, err
		}
		paths = matches
	}
	dirs := make([]*Dir, len(paths))
	for i, p := range paths {
		abs, err := filepath.Abs(p)
		if err == nil {
			abs, err = filepath.EvalSymlinks(abs) // a walk does not follow its own root
		}
		if err != nil {
			return nil, err
		}
		dirs[i] = &Dir{root: abs}
	}
	return dirs, nil
}

func (d *Dir) String() string { return d.root }

// List walks the folder. Symbolic links to files are followed, those to folders
// are not, so that no walk goes in circles.
func (d *Dir) List(ctx context.Context, wants func(folder string) Want) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		err := filepath.WalkDir(d.root, func(path string, entry fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			o := Object{URI: path, Named: path == d.root, Near: true}
			if err == nil && entry.IsDir() {
				if path != d.root && wants(filepath.ToSlash(path)+"/") == WantNone {
					return fs.SkipDir
				}
				return nil
			}
			var info fs.FileInfo
			if err == nil {
				info, err = os.Stat(path) // not entry.Info: that is the link itself
			}
			switch {
			case err != nil:
			case info.IsDir():
				err = fmt.Errorf("%s: a link to a folder, which is not followed", path)
			case !info.Mode().IsRegular():
				err = fmt.Errorf("%s: neither a file nor a folder", path)
			default:
				o.Size, o.Modified = info.Size(), info.ModTime()
				o.ETag = "modified " + strconv.FormatInt(info.ModTime().UnixNano(), 10)
				if schema.ParseKey(filepath.ToSlash(path)).Class != schema.ClassDigestFile {
					break
				}
				if beside, err := os.Stat(schema.MetadataName(path)); err == nil { // its signature may come later
					o.ETag += ", metadata " + strconv.FormatInt(beside.ModTime().UnixNano(), 10)
				}
			}
			if !yield(o, err) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Object{}, err)
		}
	}
}

// Fetch reads the file, and the signature of a digest file from the file of metadata
// beside it, where there is one.
func (d *Dir) Fetch(_ context.Context, o Object) ([]byte, schema.Signature, error) {
	f, err := os.Open(o.URI)
	if err != nil {
		return nil, schema.Signature{}, err
	}
	defer f.Close()
	buf := make([]byte, o.Size)
	n, err := io.ReadFull(f, buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%s: shrank from %d to %d bytes while it was read", o.URI, o.Size, n)
	}
	if err != nil || schema.ParseKey(filepath.ToSlash(o.URI)).Class != schema.ClassDigestFile {
		return buf[:n], schema.Signature{}, err
	}
	signature, err := readMetadata(schema.MetadataName(o.URI))
	return buf[:n], signature, err
}

// maxMetadata is the longest file of metadata that is read, in bytes: S3 keeps 2 KB
// for an object, and what aws s3api head-object says of it is not much more.
const maxMetadata = 64 << 10

// readMetadata reads the file of a digest's metadata. That there is none is not an error.
func readMetadata(path string) (schema.Signature, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return schema.Signature{}, nil
	}
	if err != nil {
		return schema.Signature{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxMetadata))
	if err != nil {
		return schema.Signature{}, err
	}
	signature, err := ParseMetadata(text)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return signature, err
}

// A Stream is a [Source] of one file that is read from a stream, such as the
// standard input. It is read each time: nothing tells whether it is known.
type Stream struct {
	r     io.Reader
	limit int64 // bytes
}

// NewStream returns a source that reads r to its end, at most limit bytes.
func NewStream(r io.Reader, limit int64) *Stream { return &Stream{r: r, limit: limit} }

func (s *Stream) String() string { return "-" }

// List lists the stream as one object.
func (s *Stream) List(context.Context, func(string) Want) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		yield(Object{URI: "-", Named: true}, nil)
	}
}

// Fetch reads the stream.
func (s *Stream) Fetch(_ context.Context, o Object) ([]byte, schema.Signature, error) {
	var buf bytes.Buffer
	_, err := io.Copy(&buf, io.LimitReader(s.r, s.limit+1))
	if err == nil && int64(buf.Len()) > s.limit {
		err = fmt.Errorf("%s: longer than %d bytes", o.URI, s.limit)
	}
	return buf.Bytes(), schema.Signature{}, err
}
