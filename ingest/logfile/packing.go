package logfile

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// packings are the ways in which files are compressed, told by their first bytes. Gzip is AWS's.
var packings = []struct {
	name  string
	begin string
	open  func(r *bufio.Reader) (io.Reader, error)
}{
	{"gzip", "\x1f\x8b", func(r *bufio.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{"zstd", "\x28\xb5\x2f\xfd", func(r *bufio.Reader) (io.Reader, error) {
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindowBytes))
	}},
	{"bzip2", "BZh", func(r *bufio.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }},
	{"xz", "\xfd7zXZ\x00", openXZ},
}

const (
	// maxPackings is how many packings a file may be in, one within the other: people pack what
	// is packed already.
	maxPackings = 4

	// maxWindowBytes is how far back in its text a packed file may refer: that much memory it
	// takes. The highest levels of zstd and xz make 128 MiB and 64 MiB of it; files may ask for 4 GiB.
	maxWindowBytes = 128 << 20
)

// openXZ opens an xz file. The package makes room for what the header of a block asks for, so that is
// looked at first: behind the 12 bytes of the file's header come two bytes, the sizes of the packed
// and unpacked block if the second of these says so, and the filters, as a rule LZMA2 alone (0x21)
// with one byte that stands for the size.
func openXZ(r *bufio.Reader) (io.Reader, error) {
	head, _ := r.Peek(64)
	if at := bytes.Index(head[min(len(head), 14):], []byte{0x21, 0x01}); at >= 0 && 14+at+2 < len(head) {
		if bits := head[14+at+2]; bits > 40 || (2|int64(bits&1))<<(bits/2+11) > maxWindowBytes {
			return nil, fmt.Errorf("a dictionary of more than %d bytes", maxWindowBytes)
		}
	}
	return xz.NewReader(r)
}

// packingOf returns the number of the packing that data begin as, -1 for none.
func packingOf(head []byte) int {
	for i, p := range packings {
		if bytes.HasPrefix(head, []byte(p.begin)) {
			return i
		}
	}
	return -1
}

// Unpack returns what is inside of all the packings around a file, and how many there are.
func Unpack(r io.Reader) (inside io.Reader, depth int, err error) {
	for {
		inside, packed, err := UnpackOnce(r)
		if err != nil || !packed {
			return inside, depth, err
		}
		if depth++; depth > maxPackings {
			return nil, depth, fmt.Errorf("packed more than %d times", maxPackings)
		}
		r = inside
	}
}

// UnpackOnce returns what is inside of a packed file; of one that is not, all of it.
func UnpackOnce(r io.Reader) (inside io.Reader, packed bool, err error) {
	buffered := bufio.NewReader(r)
	head, err := buffered.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	n := packingOf(head)
	if n < 0 {
		return buffered, false, nil
	}
	opened, err := packings[n].open(buffered)
	if err != nil {
		return nil, true, fmt.Errorf("%s: %w", packings[n].name, cutOff(err))
	}
	return &unpacking{opened, packings[n].name}, true, nil
}

// An unpacking names the packing in whose data something is wrong.
type unpacking struct {
	r    io.Reader
	name string
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	var named *unpackError
	if err != nil && err != io.EOF && !errors.As(err, &named) {
		err = &unpackError{u.name, cutOff(err)}
	}
	return n, err
}

type unpackError struct {
	packing string
	err     error
}

func (e *unpackError) Error() string { return e.packing + ": " + e.err.Error() }
func (e *unpackError) Unwrap() error { return e.err }

// unpackRest appends what is inside of all the packings around file to dst, up to limit bytes.
func unpackRest(dst, file []byte, limit int64) ([]byte, error) {
	r, _, err := Unpack(bytes.NewReader(file))
	if err != nil {
		return dst, err
	}
	return drain(dst, r, limit)
}
