package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"trailbox/schema"
)

// A Dir is a [Source] over the file system: a folder with all that is below it, or
// one file.
type Dir struct {
	// FollowLinks says that symbolic links may lead to folders, and out of this one.
	FollowLinks bool

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

// List walks the folder. Of symbolic links those to files in the folder are followed. With
// FollowLinks all are, those to folders when all else has been listed: each folder is
// walked once, so that no walk goes in circles.
func (d *Dir) List(ctx context.Context, wants func(folder string) Want) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		w := walk{Dir: d, wants: wants, yield: yield, seen: map[string]bool{}}
		err := w.walk(ctx, d.root, d.root)
		for err == nil && !w.ended && len(w.links) > 0 {
			link := w.links[0]
			w.links = w.links[1:]
			var folder string
			folder, err = filepath.EvalSymlinks(link)
			switch {
			case err != nil || w.seen[folder]:
				if err == nil {
					err = &LinkError{Path: link, To: "a folder that is read by another name", Read: true}
				}
				w.ended, err = !yield(Object{URI: link, Near: true}, err), nil
			case wants(filepath.ToSlash(link)+"/") != WantNone:
				err = w.walk(ctx, folder, link)
			}
		}
		if err != nil && !w.ended {
			yield(Object{}, err)
		}
	}
}

// A walk is one listing of a Dir.
type walk struct {
	*Dir
	wants func(folder string) Want
	yield func(Object, error) bool
	seen  map[string]bool // folders, by their real paths, where links to them may come
	links []string        // to folders, that are still to be walked
	ended bool            // nobody listens any more
}

// walk walks a folder that is known by a name.
func (w *walk) walk(ctx context.Context, folder, name string) error {
	plain := newStatter()
	defer plain.close()
	return walkFolder(folder, func(path string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o := Object{URI: path, Named: path == w.root, Near: true}
		if name != folder {
			o.URI = name + path[len(folder):]
		}
		if err == nil && entry.IsDir() {
			if path != folder && w.wants(filepath.ToSlash(o.URI)+"/") == WantNone || w.seen[path] {
				return fs.SkipDir
			}
			if w.FollowLinks {
				w.seen[path] = true
			}
			return nil
		}
		if err == nil {
			var regular bool
			if o.Size, o.Modified, regular = plain.stat(o.URI); !regular {
				var info fs.FileInfo
				if info, err = w.look(o.URI); err == nil {
					o.Size, o.Modified = info.Size(), info.ModTime()
				}
			}
		}
		if link := (*LinkError)(nil); w.FollowLinks && errors.As(err, &link) {
			w.links = append(w.links, o.URI)
			return nil
		}
		if err == nil {
			o.ETag = "modified " + strconv.FormatInt(o.Modified.UnixNano(), 10)
			if isDigestFile(o.URI) {
				if beside, err := os.Stat(schema.MetadataName(o.URI)); err == nil { // its signature may come later
					o.ETag += ", metadata " + strconv.FormatInt(beside.ModTime().UnixNano(), 10)
				}
			}
		}
		if !w.yield(o, err) {
			w.ended = true
			return fs.SkipAll
		}
		return nil
	})
}

// walkFolder is [filepath.WalkDir] for a path that is clean: that one cleans the path of each file
// once more, which takes an eighth of a listing.
func walkFolder(root string, visit fs.WalkDirFunc) error {
	info, err := os.Lstat(root)
	if err != nil {
		err = visit(root, nil, err)
	} else {
		err = walkEntry(root, fs.FileInfoToDirEntry(info), visit)
	}
	if errors.Is(err, fs.SkipDir) || errors.Is(err, fs.SkipAll) {
		return nil
	}
	return err
}

// walkEntry is a step of walkFolder.
func walkEntry(path string, entry fs.DirEntry, visit fs.WalkDirFunc) error {
	if err := visit(path, entry, nil); err != nil || !entry.IsDir() {
		if err == fs.SkipDir && entry.IsDir() {
			return nil
		}
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		if err = visit(path, entry, err); err == fs.SkipDir {
			return nil
		} else if err != nil {
			return err
		}
	}
	below := strings.TrimSuffix(path, string(filepath.Separator)) + string(filepath.Separator)
	for _, e := range entries {
		if err := walkEntry(below+e.Name(), e, visit); err == fs.SkipDir {
			break
		} else if err != nil {
			return err
		}
	}
	return nil
}

// look looks at what is to be read: it must be a regular file, and lie in the folder.
func (d *Dir) look(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	isLink := info.Mode()&fs.ModeSymlink != 0
	if isLink {
		if info, err = os.Stat(path); err != nil {
			return nil, err
		}
	}
	switch {
	case isLink && info.IsDir():
		return nil, &LinkError{Path: path, To: "a folder"}
	case !info.Mode().IsRegular():
		return nil, notRegular(path)
	case isLink && !d.FollowLinks:
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, err
		}
		if below, err := filepath.Rel(d.root, real); err != nil || !filepath.IsLocal(below) {
			return nil, &LinkError{Path: path, To: "a file outside of the source folder"}
		}
	}
	return info, nil
}

func notRegular(path string) error { return fmt.Errorf("%s: neither a file nor a folder", path) }

// A LinkError is of a symbolic link that is not followed.
type LinkError struct {
	Path, To string
	Read     bool // what it leads to is read all the same
}

func (e *LinkError) Error() string { return e.Path + ": a link to " + e.To + ", which is not followed" }

// open opens a file that is still what look wants. Whoever writes to the folder may have
// put a pipe in its place: to open that does not wait for its other end.
func (d *Dir) open(path string) (*os.File, error) {
	if _, err := d.look(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Open opens a file.
func (d *Dir) Open(_ context.Context, o Object) (*os.File, error) { return d.open(o.URI) }

// Fetch reads the file, and the signature of a digest file from the file of metadata
// beside it, where there is one.
func (d *Dir) Fetch(_ context.Context, o Object) ([]byte, schema.Signature, error) {
	buf := make([]byte, o.Size)
	n, err := d.read(o.URI, buf)
	if err == nil && n < len(buf) {
		err = fmt.Errorf("%s: shrank from %d to %d bytes while it was read", o.URI, o.Size, n)
	}
	if err != nil || !isDigestFile(o.URI) {
		return buf[:n], schema.Signature{}, err
	}
	signature, err := d.readMetadata(schema.MetadataName(o.URI))
	return buf[:n], signature, err
}

// isDigestFile reports whether a file has the name of a digest file, of which a file beside may have the
// metadata.
func isDigestFile(path string) bool {
	return strings.Contains(path, schema.KindDigest) && schema.ParseKey(filepath.ToSlash(path)).Class == schema.ClassDigestFile
}

// read reads a file into buf until that is full or the file ends.
func (d *Dir) read(path string, buf []byte) (n int, err error) {
	if n, ok := readPlain(path, buf); ok {
		return n, nil
	}
	f, err := d.open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, err = io.ReadFull(f, buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// maxMetadata is the longest file of metadata that is read, in bytes: S3 keeps 2 KB
// for an object, and what aws s3api head-object says of it is not much more.
const maxMetadata = 64 << 10

// readMetadata reads the file of a digest's metadata. That there is none is not an error.
func (d *Dir) readMetadata(path string) (schema.Signature, error) {
	f, err := d.open(path)
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
	limit int64  // bytes, of what is no archive
	head  []byte // that was read to look at it
}

// NewStream returns a source that reads r to its end, at most limit bytes.
func NewStream(r io.Reader, limit int64) *Stream { return &Stream{r: r, limit: limit} }

func (s *Stream) String() string { return "-" }

// List lists the stream as one object.
func (s *Stream) List(context.Context, func(string) Want) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		yield(Object{URI: "-", Named: true, Once: true}, nil)
	}
}

// Begin reads the begin of the stream, which stays before the rest.
func (s *Stream) Begin(ctx context.Context, _ Object, n int64) ([]byte, schema.Signature, error) {
	var buf bytes.Buffer
	if err := s.copy(ctx, &buf, n-int64(len(s.head))); err != nil {
		return nil, schema.Signature{}, err
	}
	s.head = append(s.head, buf.Bytes()...)
	return s.head, schema.Signature{}, nil
}

// Fetch reads the stream.
func (s *Stream) Fetch(ctx context.Context, o Object) ([]byte, schema.Signature, error) {
	var buf bytes.Buffer
	buf.Write(s.head)
	err := s.copy(ctx, &buf, s.limit+1-int64(buf.Len()))
	if ctx.Err() != nil {
		return nil, schema.Signature{}, err
	}
	if err == nil && int64(buf.Len()) > s.limit {
		err = fmt.Errorf("%s: longer than %d bytes", o.URI, s.limit)
	}
	return buf.Bytes(), schema.Signature{}, err
}

// FetchTo reads it into a file.
func (s *Stream) FetchTo(ctx context.Context, _ Object, to io.WriterAt) error {
	w := io.NewOffsetWriter(to, 0)
	if _, err := w.Write(s.head); err != nil {
		return err
	}
	return s.copy(ctx, w, math.MaxInt64)
}

// copy reads up to n bytes. Nothing ends a read that waits for the other side: it is left
// alone when ctx ends, and reads for nobody.
func (s *Stream) copy(ctx context.Context, to io.Writer, n int64) error {
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(to, io.LimitReader(s.r, n))
		read <- err
	}()
	select {
	case err := <-read:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
