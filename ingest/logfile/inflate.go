package logfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// An Inflater unpacks log files, one after another. It keeps its tables from file
// to file; the zero Inflater is ready for use.
type Inflater struct {
	whole wholeInflater
	in    bytes.Reader
	gzip  *gzip.Reader // for what whole does not take
}

// ErrTrailing is the cause when bytes that are not gzip follow a gzip member.
var ErrTrailing = errors.New("unexpected data after the end of the compressed stream")

// ErrMembers says that a file has more gzip members than the one that AWS writes.
// All of them can be read; aws cloudtrail validate-logs calls such a file invalid.
var ErrMembers = errors.New("more than one gzip member: something was added to the file after AWS wrote it")

// Inflate appends the uncompressed bytes of a log file to dst and returns the
// result, which is at most limit bytes long. Content decides, not the name: what
// does not begin as gzip does is taken as it is. All members of a gzip file are
// read, and members counts them: the AWS CLI calls a file with more than one
// altered; 0 stands for a file that was not compressed. Other packings, and packed files that
// were packed again, are unpacked too.
//
// With an error, what could be unpacked before it is returned too.
func (f *Inflater) Inflate(dst, file []byte, limit int64) (data []byte, members int, err error) {
	start := len(dst)
	data, members, err = f.outer(dst, file, limit)
	if packed := data[start:]; err == nil && packingOf(packed) >= 0 {
		data, err = unpackRest(dst, bytes.Clone(packed), limit)
		members = max(members, 1)
	}
	return data, members, err
}

// outer unpacks a gzip file.
func (f *Inflater) outer(dst, file []byte, limit int64) (data []byte, members int, err error) {
	if !bytes.HasPrefix(file, []byte{0x1f, 0x8b}) {
		if int64(len(file)) > limit {
			return dst, 0, &TooLargeError{Limit: limit}
		}
		return append(dst, file...), 0, nil
	}
	size := Unpacked(file)
	dst = grow(dst, int(min(size, limit))+inflateSlack)
	if size <= limit {
		if data, ok := f.whole.file(dst, file, int(size)); ok {
			return data, 1, nil
		}
	}
	return f.members(dst, file, limit)
}

// members unpacks a gzip file member by member, and says what is the matter with it.
func (f *Inflater) members(dst, file []byte, limit int64) (data []byte, members int, err error) {
	f.in.Reset(file)
	for f.in.Len() > 0 {
		if f.gzip == nil {
			f.gzip, err = gzip.NewReader(&f.in)
		} else {
			err = f.gzip.Reset(&f.in)
		}
		if err != nil {
			if members > 0 {
				return dst, members, ErrTrailing
			}
			return dst, members, fmt.Errorf("gzip: %w", cutOff(err))
		}
		f.gzip.Multistream(false)
		if dst, err = f.member(dst, limit); err != nil {
			return dst, members, err
		}
		members++
	}
	return dst, members, nil
}

// Unpacked returns how many bytes a log file unpacks to, by what it says itself: a gzip
// file ends in its uncompressed size. It is only a hint. Whoever made the file may lie, so
// it is believed no further than deflate can go (1032:1), and of several members it is
// the last one's.
func Unpacked(file []byte) int64 {
	if !bytes.HasPrefix(file, []byte{0x1f, 0x8b}) {
		if packingOf(file) >= 0 {
			return int64(len(file)) * 16 // as JSON of logs usually does
		}
		return int64(len(file))
	}
	if len(file) < 18 { // the shortest there are
		return 0
	}
	return min(int64(binary.LittleEndian.Uint32(file[len(file)-4:])), int64(len(file))*1032)
}

func (f *Inflater) member(dst []byte, limit int64) ([]byte, error) {
	dst, err := drain(dst, f.gzip, limit)
	if err != nil && !errors.As(err, new(*TooLargeError)) {
		err = fmt.Errorf("gzip: %w", cutOff(err))
	}
	return dst, err
}

// drain reads r to its end, behind what is in dst. More than limit bytes together are too many.
func drain(dst []byte, r io.Reader, limit int64) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = grow(dst, max(len(dst), 64<<10))
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if int64(len(dst)) > limit {
			return dst[:limit], &TooLargeError{Limit: limit}
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}

func cutOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return ErrCutOff
	}
	return err
}

func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	return append(make([]byte, 0, len(b)+n), b...)
}
