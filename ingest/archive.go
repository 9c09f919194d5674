package ingest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

const (
	// maxArchiveRatio is how many times its own size an archive may unpack to, if that is
	// more than a log file may. Solid archives of logs have been seen at 60.
	maxArchiveRatio = 256
	// maxArchiveMembers is how many members an archive may have: each becomes a row.
	maxArchiveMembers = 4_000_000
	// maxArchiveDepth is how deep archives are looked for in archives.
	maxArchiveDepth = 4
)

// kindArchive is the Kind of archives, whose members are files of their own.
const kindArchive = "archive"

var (
	// ErrPassword is of a member of an archive that is encrypted.
	ErrPassword = errors.New("encrypted with a password")
	// ErrOutside is of a member of an archive whose name leads out of it.
	ErrOutside = errors.New("its name leads out of the archive: it is read, and nothing is written where it leads")
	// ErrMembersLeft is of an archive of whose members some could not be read.
	ErrMembersLeft = errors.New("members of it could not be read")
)

// A MethodError is of a member of a zip file that is compressed in a way which is not read.
type MethodError struct{ Method uint16 }

func (e *MethodError) Error() string {
	name, ok := map[uint16]string{1: "Shrink", 6: "Implode", 9: "Deflate64", 14: "LZMA", 98: "PPMd"}[e.Method]
	if !ok {
		name = fmt.Sprintf("method %d of zip files", e.Method)
	}
	return "compressed with " + name + ", which is not read"
}

// A content is an object's bytes, wherever they are.
type content interface {
	io.ReaderAt
	Size() int64
}

// An archiveForm is a form of archives.
type archiveForm uint8

const (
	noArchive archiveForm = iota
	zipArchive
	tarArchive
)

// archiveFormOf tells the form of an archive by its content, inside of whatever it is packed in.
func archiveFormOf(c content) archiveForm {
	var head [4]byte
	if n, _ := c.ReadAt(head[:], 0); n == len(head) && (string(head[:]) == "PK\x03\x04" || string(head[:]) == "PK\x05\x06") {
		return zipArchive
	}
	r, _, err := logfile.Unpack(io.NewSectionReader(c, 0, c.Size()))
	if err != nil {
		return noArchive
	}
	block := make([]byte, 512)
	if _, err := io.ReadFull(r, block); err == nil && isTar(block) {
		return tarArchive
	}
	return noArchive
}

// isTar reports whether a block is the header of a tar archive's member: it has a sum of itself.
func isTar(block []byte) bool {
	_, err := tar.NewReader(bytes.NewReader(block)).Next()
	return block[0] != 0 && (err == nil || !errors.Is(err, tar.ErrHeader))
}

// An unpacker takes an archive apart, and hands its members on as objects that were fetched.
type unpacker struct {
	run     *run
	outside context.Context // of fetching
	to      taker
	limit   int64 // bytes in all
	left    int64 // of limit
	members int
	broken  error // what the first member that could not be read suffers from
	depth   int
}

// unpack takes an archive apart. The archive itself becomes a row of the ledger when all is
// done, so that a run which is cut off does it again.
func (r *run) unpack(ctx, outside context.Context, item fetched, c content, form archiveForm, to taker) error {
	limit := max(r.opt.MaxFileBytes, maxArchiveRatio*c.Size())
	u := &unpacker{run: r, outside: outside, to: to, limit: limit, left: limit}
	err := u.archive(ctx, item.object.URI, item.object.ETag, c, form)
	if stop := (*interrupted)(nil); errors.As(err, &stop) {
		return stop.cause
	}
	item.data = nil
	item.entry = &schema.LogFile{Size: c.Size(), Status: schema.Loaded, Members: int32(u.members)}
	item.key.Kind = kindArchive
	if err == nil && u.broken != nil {
		err = fmt.Errorf("%w: %w", ErrMembersLeft, u.broken)
	}
	var large *logfile.TooLargeError
	if errors.As(err, &large) {
		item.entry.OverLimit = large.Limit
	}
	if item.err = err; err != nil {
		item.entry.Status = schema.Partial
		if u.members == 0 {
			item.entry.Status = schema.Corrupt
		}
	}
	if !r.plans {
		sum := sha256.New()
		if _, err := io.Copy(sum, io.NewSectionReader(c, 0, c.Size())); err == nil {
			item.entry.SHA256 = sum.Sum(nil)
		}
	}
	return to.push(ctx, item)
}

// interrupted is why an archive was left before its end though nothing is wrong with it.
type interrupted struct{ cause error }

func (e *interrupted) Error() string { return e.cause.Error() }

// archive takes apart an archive, or one in an archive.
func (u *unpacker) archive(ctx context.Context, uri, etag string, c content, form archiveForm) error {
	if form == zipArchive {
		return u.zip(ctx, uri, etag, c)
	}
	return u.tar(ctx, uri, etag, c)
}

func (u *unpacker) zip(ctx context.Context, uri, etag string, c content) error {
	z, err := zip.NewReader(c, c.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return err // which says that it is zip's
	}
	for _, method := range [...]uint16{12, 93, 95} { // bzip2, zstd, xz: the package does not know them
		z.RegisterDecompressor(method, func(r io.Reader) io.ReadCloser {
			inside, _, err := logfile.UnpackOnce(r)
			if err != nil {
				inside = &failing{err}
			}
			return io.NopCloser(inside)
		})
	}
	beside := map[string]*zip.File{} // metadata of digest files, by name
	for _, f := range z.File {
		if schema.IsMetadata(f.Name) {
			beside[f.Name] = f
		}
	}
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		m := archived{
			uri: uri, name: f.Name, size: int64(min(f.UncompressedSize64, 1<<62)),
			open: func() (io.ReadCloser, error) {
				r, err := f.Open()
				if errors.Is(err, zip.ErrAlgorithm) {
					err = &MethodError{f.Method}
				}
				return r, err
			},
		}
		if etag != "" {
			m.etag = fmt.Sprintf("crc32 %08x", f.CRC32)
		}
		if f.Flags&1 != 0 {
			m.open = func() (io.ReadCloser, error) { return nil, ErrPassword }
		}
		if b := beside[schema.MetadataName(f.Name)]; b != nil && b.UncompressedSize64 <= maxMetadata {
			m.metadata = func() ([]byte, error) { return readSome(b.Open, maxMetadata) }
		}
		if err := u.member(ctx, &m); err != nil {
			return err
		}
	}
	return nil
}

// failing is a reader that fails.
type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// readSome reads what open opens, up to limit bytes.
func readSome(open func() (io.ReadCloser, error), limit int64) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, limit))
}

func (u *unpacker) tar(ctx context.Context, uri, etag string, c content) error {
	inside, _, err := logfile.Unpack(io.NewSectionReader(c, 0, c.Size()))
	if err != nil {
		return err
	}
	t := tar.NewReader(inside)
	var digest *archived // whose metadata may come next
	var data []byte
	flush := func() error {
		if digest == nil {
			return nil
		}
		m := digest
		digest = nil
		return u.member(ctx, m)
	}
	for {
		h, err := t.Next()
		if err == io.EOF {
			return flush()
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			if err := flush(); err != nil {
				return err
			}
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = logfile.ErrCutOff
			}
			return fmt.Errorf("tar: %w", err)
		}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse:
		default:
			continue
		}
		if digest != nil && h.Name == schema.MetadataName(digest.name) && h.Size <= maxMetadata {
			text, err := io.ReadAll(t)
			digest.metadata = func() ([]byte, error) { return text, err }
		}
		if err := flush(); err != nil {
			return err
		}
		m := &archived{uri: uri, name: h.Name, size: h.Size, open: func() (io.ReadCloser, error) { return io.NopCloser(t), nil }}
		if etag != "" {
			m.etag = fmt.Sprintf("modified %d", h.ModTime.UnixNano())
		}
		if schema.ParseKey(h.Name).Class == schema.ClassDigestFile && h.Size < maxDigestBytes {
			if data, err = io.ReadAll(t); err == nil {
				held := data
				m.open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(held)), nil }
				digest = m
				continue
			}
			m.open = func() (io.ReadCloser, error) { return nil, err }
		}
		if err := u.member(ctx, m); err != nil {
			return err
		}
	}
}

// maxDigestBytes is the largest digest file that is held until the next member of a tar archive, which
// may be its metadata. That of an hour with 10,000 log files has 4 MB.
const maxDigestBytes = 32 << 20

// An archived is a member of an archive.
type archived struct {
	uri      string // of the archive
	name     string
	size     int64
	etag     string
	open     func() (io.ReadCloser, error)
	metadata func() ([]byte, error) // beside it; may be nil
}

// member hands a member on if it is wanted. An error ends the archive.
func (u *unpacker) member(ctx context.Context, m *archived) error {
	r := u.run
	if u.members++; u.members > maxArchiveMembers {
		return fmt.Errorf("more than %d members", maxArchiveMembers)
	}
	if u.outside.Err() != nil {
		return &interrupted{context.Cause(u.outside)}
	}
	name := strings.TrimPrefix(strings.ReplaceAll(m.name, `\`, "/"), "/")
	item := fetched{object: Object{URI: memberURI(m.uri, name), Size: m.size, ETag: m.etag, Near: true, Once: true}}
	item.key = schema.ParseKey(filepath.ToSlash(storedURI(item.object.URI)))
	if !r.wants(&item) {
		return nil
	}
	item.file = r.number()
	r.opt.Progress.BytesWanted.Add(m.size)
	if !filepath.IsLocal(name) {
		item.odd = ErrOutside
	}
	limit := min(r.opt.MaxFileBytes+1<<20, u.left)
	switch {
	case m.size > u.left:
		item.err = &logfile.TooLargeError{Limit: u.limit}
		return errors.Join(item.err, u.to.push(ctx, item))
	case m.size > r.opt.MaxFileBytes+1<<20:
		item.err = &logfile.TooLargeError{Limit: r.opt.MaxFileBytes}
	}
	if item.err == nil {
		if err := u.to.reserve(ctx, &item, m.size); err != nil {
			return &interrupted{err}
		}
		item.data, item.err = u.read(m, item.look, limit)
		if int64(len(item.data)) > limit {
			item.data, item.err = nil, &logfile.TooLargeError{Limit: limit}
		}
		u.left -= max(m.size, int64(len(item.data))) // to skip the rest of a member is to unpack it
		if errors.Is(item.err, io.ErrUnexpectedEOF) && len(item.data) > 0 {
			item.err = nil // the archive is cut off: so is the member
		}
		if m.metadata != nil && item.key.Class == schema.ClassDigestFile && item.err == nil {
			var text []byte
			if text, item.err = m.metadata(); item.err == nil {
				item.signature, item.err = ParseMetadata(text)
			}
		}
	}
	if item.err != nil {
		u.to.release(&item)
		item.data = nil
		if u.broken == nil {
			u.broken = fmt.Errorf("%s: %w", path.Base(name), item.err)
		}
	}
	if inner := bytes.NewReader(item.data); item.err == nil && u.depth < maxArchiveDepth {
		if form := archiveFormOf(inner); form != noArchive {
			return u.inner(ctx, &item, inner, form)
		}
	}
	if item.look && item.err == nil && !mayHold(bytes.NewReader(item.data)) {
		item.leave()
		u.to.release(&item)
	}
	r.opt.Progress.BytesFetched.Add(int64(len(item.data)))
	if err := u.to.push(ctx, item); err != nil {
		return &interrupted{err}
	}
	return nil
}

// read reads a member, up to a limit and one byte more, since what it says of its size need not
// be true. Of one that is looked at, and of all for a plan, the begin will do, unless it is an archive
// or there is more to be done with it.
func (u *unpacker) read(m *archived, look bool, limit int64) ([]byte, error) {
	if !u.run.plans && !look {
		return readSome(m.open, limit+1)
	}
	r, err := m.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var head []byte
	readTo := func(n int64) {
		var more []byte
		more, err = io.ReadAll(io.LimitReader(r, min(n, limit+1)-int64(len(head))))
		head = append(head, more...)
	}
	readTo(lookBytes)
	if err == nil && isBlind(head) {
		readTo(lookPackedBytes)
	}
	if err == nil && (archiveFormOf(bytes.NewReader(head)) != noArchive || !u.run.plans && mayHold(bytes.NewReader(head))) {
		readTo(limit + 1)
	}
	return head, err
}

// inner takes apart an archive in the archive.
func (u *unpacker) inner(ctx context.Context, item *fetched, c content, form archiveForm) error {
	u.to.release(item) // or its members may wait for room for ever
	u.depth++
	err := u.archive(ctx, item.object.URI, item.object.ETag, c, form)
	u.depth--
	var large *logfile.TooLargeError
	if stop := (*interrupted)(nil); errors.As(err, &stop) || errors.As(err, &large) && large.Limit == u.limit {
		return err
	}
	sum := sha256.Sum256(item.data)
	item.entry = &schema.LogFile{Size: c.Size(), Status: schema.Loaded, SHA256: sum[:]}
	item.key.Kind = kindArchive
	if item.err = err; err != nil {
		item.entry.Status = schema.Partial
		if u.broken == nil {
			u.broken = fmt.Errorf("%s: %w", path.Base(item.object.URI), err)
		}
	}
	item.data = nil
	if err := u.to.push(ctx, *item); err != nil {
		return &interrupted{err}
	}
	return nil
}
