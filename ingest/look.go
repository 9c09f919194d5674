package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

// An opener is a [Source] that can open its objects, so that of a large or a foreign one
// not all must be read.
type opener interface {
	Open(ctx context.Context, o Object) (*os.File, error)
}

const (
	// lookBytes is how much is looked at of a file whose name is not that of a log file. The
	// wrappers that are known have the first record within a few hundred bytes.
	lookBytes = 64 << 10
	// lookPackedBytes is how much it takes to see anything of what bzip2 has packed, 900 kB at a
	// time.
	lookPackedBytes = 1 << 20
)

// mayHold reports whether a file may hold records of CloudTrail's: their first member's name is in what
// it begins with, in any case, or it is a digest file, or empty Records. It may be packed.
func mayHold(file io.Reader) bool {
	r, _, err := logfile.Unpack(file)
	if err != nil {
		return false
	}
	text, _ := io.ReadAll(io.LimitReader(r, lookBytes)) // the begin may end anywhere
	return logfile.Hints(text)
}

// isBlind reports whether nothing can be seen yet of what a begin has packed.
func isBlind(head []byte) bool {
	r, depth, err := logfile.Unpack(bytes.NewReader(head))
	if err != nil || depth == 0 {
		return errors.Is(err, logfile.ErrCutOff)
	}
	n, _ := io.ReadFull(r, make([]byte, 1))
	return n == 0
}

// A fileContent is an open file.
type fileContent struct {
	*os.File
	size int64
}

func (c fileContent) Size() int64 { return c.size }

// lookInto looks at an object by its begin, and reports whether that is all that is to be done: it
// is an archive, whose members are handed on, or is left alone. What cannot be opened is
// left to be fetched.
func (r *run) lookInto(ctx, outside context.Context, item *fetched, source opener, to taker) (done bool, err error) {
	form, left := noArchive, false
	f, err := source.Open(outside, item.object)
	if err != nil {
		return false, nil
	}
	defer f.Close()
	c := fileContent{f, item.object.Size}
	if form = archiveFormOf(c); form == noArchive && item.look {
		left = !mayHold(io.NewSectionReader(c, 0, c.Size()))
	}
	switch {
	case outside.Err() != nil:
		return true, context.Cause(outside)
	case form != noArchive:
		return true, r.unpack(ctx, outside, *item, c, form, to)
	case left:
		item.leave()
		return true, to.push(ctx, *item)
	}
	return false, nil
}

// lookAt looks at an object where that can be done, and reports whether that is all that is to be done.
func (r *run) lookAt(ctx, outside context.Context, item *fetched, to *queue) (done bool, err error) {
	switch source := item.source.(type) {
	case opener:
		return r.lookInto(ctx, outside, item, source, to)
	case distant:
		return r.lookAfar(ctx, outside, item, source, to)
	}
	return false, nil
}

// mayBeArchive reports whether an object may be one, or be left alone. What has the name of a log
// file is one, and nothing else is asked of it.
func (f *fetched) mayBeArchive() bool {
	return f.err == nil && f.data == nil && f.key.Class != schema.ClassLogFile && f.key.Class != schema.ClassDigestFile
}

// isUnfamiliar reports whether an object whose name is not that of a log file is to be looked at.
func (f *fetched) isUnfamiliar() bool {
	if f.isNoFile() {
		return false
	}
	if _, opens := f.source.(opener); opens || f.source == nil { // or a member of an archive
		return true
	}
	if !f.isFarOff() || f.object.Size == 0 || f.object.Archived == IsArchived {
		return false
	}
	switch kindOf(&f.key, f.object.URI) {
	case otherPrograms, otherServices:
		return false
	}
	return true
}

// isNoFile reports whether an object is none that could be a log file, whatever is in it.
func (f *fetched) isNoFile() bool {
	return strings.HasSuffix(f.object.URI, "/") || schema.IsMetadata(f.object.URI)
}

// leave makes an object one that is only noted, since it is of another program.
func (f *fetched) leave() {
	f.entry = &schema.LogFile{Size: f.object.Size, Status: schema.Other}
	f.err = &LeftError{Kind: kindOf(&f.key, f.object.URI)}
	f.data = nil
}

// A LeftError says why a file was not read.
type LeftError struct{ Kind string }

func (e *LeftError) Error() string {
	return "neither its name nor its begin is that of a log file (" + e.Kind + ")"
}

const (
	// otherPrograms is the kind of what programs leave in folders for themselves.
	otherPrograms = "of other programs"
	// otherServices is that of what services of AWS's write.
	otherServices = "of other services"
)

// kindOf names the kind of a file that is not a log file, by its key.
func kindOf(k *schema.Key, uri string) string {
	base := path.Base(filepath.ToSlash(uri))
	switch {
	case strings.HasSuffix(uri, "/"):
		return "folder markers"
	case schema.IsMetadata(base):
		return "metadata of digest files"
	case schema.IsLitter(uri):
		return otherPrograms
	case k.Class == schema.ClassAggregatedFile:
		return "of aggregated events"
	case k.Kind != "" && !strings.HasPrefix(k.Kind, "CloudTrail"), schema.IsOtherService(filepath.ToSlash(uri)):
		return otherServices
	}
	ext := strings.ToLower(path.Ext(base))
	if ext == "" || ext == base || len(ext) > 12 || strings.ContainsFunc(ext[1:], func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		return "without an ending"
	}
	return ext
}

// leftKind names the kind of a file that was found to be no log file, empty for any other; cause is why.
func leftKind(f *schema.LogFile, cause error) string {
	var other *logfile.NotLogFileError
	switch {
	case f.Status == schema.Other:
		return kindOf(&f.Key, f.URI)
	case f.Status != schema.Skipped:
		return ""
	case f.JSONBytes == 0:
		return "empty"
	case f.Class == schema.ClassOtherFile:
		return kindOf(&f.Key, f.URI)
	case errors.As(cause, &other) && other.Form == logfile.OCSF:
		return "in OCSF"
	}
	return otherPrograms
}

// knownKind names the kind of an object that is no log file by its key, or that an earlier run has found to be
// none, as status says.
func knownKind(item *fetched, status schema.Status) string {
	switch {
	case item.object.Size == 0 && status == schema.Skipped:
		return "empty"
	case status == schema.Skipped && item.key.Class != schema.ClassOtherFile:
		return otherPrograms
	}
	return kindOf(&item.key, item.object.URI)
}
