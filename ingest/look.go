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

// lookBytes is how much is looked at of a file whose name is not that of a log file. The
// wrappers that are known have the first record within a few hundred bytes.
const lookBytes = 64 << 10

// mayHold reports whether a file that begins so may hold records of CloudTrail's: their first
// member's name is in it, in any case, or it is a digest file, or empty Records. What it begins with may be packed.
func mayHold(head []byte) bool {
	r, _, err := logfile.Unpack(bytes.NewReader(head[:min(len(head), lookBytes)]))
	if err != nil {
		return false
	}
	text, _ := io.ReadAll(io.LimitReader(r, lookBytes)) // the begin may end anywhere
	return logfile.Hints(text)
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
func (r *run) lookInto(ctx, outside context.Context, item *fetched, source opener, to *queue) (done bool, err error) {
	form, left := noArchive, false
	f, err := source.Open(outside, item.object)
	if err != nil {
		return false, nil
	}
	defer f.Close()
	c := fileContent{f, item.object.Size}
	if form = archiveFormOf(c); form == noArchive && item.look {
		left = !mayHold(beginOf(c))
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

// beginOf is what is looked at of an object.
func beginOf(c content) []byte {
	head := make([]byte, min(lookBytes, c.Size()))
	n, _ := c.ReadAt(head, 0)
	return head[:n]
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

// otherPrograms is the kind of what programs leave in folders for themselves.
const otherPrograms = "of other programs"

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
	case k.Kind != "" && !strings.HasPrefix(k.Kind, "CloudTrail"):
		return "of other services"
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

// mayRead reports whether an object would be read, by its begin.
func (r *run) mayRead(ctx context.Context, item *fetched, source opener) bool {
	f, err := source.Open(ctx, item.object)
	if err != nil {
		return true // which will say so
	}
	defer f.Close()
	c := fileContent{f, item.object.Size}
	return archiveFormOf(c) != noArchive || mayHold(beginOf(c))
}
