package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"trailbox/schema"
)

// A distant source cannot open its objects, but can give the begin of one, and write one that is too
// large for memory into a file.
type distant interface {
	// Begin returns the first n bytes of an object, or all of one that has no more, and what else
	// Fetch does.
	Begin(ctx context.Context, o Object, n int64) ([]byte, schema.Signature, error)
	// FetchTo writes all of it.
	FetchTo(ctx context.Context, o Object, to io.WriterAt) error
}

const (
	// maxLooks is how many objects of other programs a run looks at, or knows from earlier ones,
	// where each costs a request. A bucket with more of them is one of other things: of a million
	// objects the looks would take hours, and every run would find more.
	maxLooks = 1000

	// spoolBytes is how large an archive is that is not held in memory while it is taken apart. Many
	// may be at hand at once.
	spoolBytes = 1 << 20

	// maxSpoolRatio is how many times a log file's size an archive may have that the user did not
	// name: by default 4 GiB. Whoever may write into the bucket must not fill the disk.
	maxSpoolRatio = 16
)

// isFarOff reports whether to look at an object costs a request.
func (f *fetched) isFarOff() bool {
	_, far := f.source.(distant)
	return far
}

// lookAfar does what lookInto does, where each look costs a request.
func (r *run) lookAfar(ctx, outside context.Context, item *fetched, source distant, to *queue) (done bool, err error) {
	large := item.object.Size > spoolBytes || item.object.Once // of a stream nobody knows
	if item.key.Class != schema.ClassOtherFile || !item.look && !large {
		return false, nil
	}
	if item.look && r.looks.Add(1) > maxLooks {
		r.looks.Add(-1)
		r.unseen(item)
		return true, nil
	}
	head, signature, err := source.Begin(outside, item.object, lookBytes)
	if err == nil && len(head) == lookBytes && isBlind(head) {
		head, signature, err = source.Begin(outside, item.object, lookPackedBytes)
	}
	if outside.Err() != nil {
		return true, context.Cause(outside)
	}
	if stop := (*StopError)(nil); errors.As(err, &stop) {
		return true, err
	}
	if err != nil {
		if item.look {
			r.unseen(item)
		}
		return item.look, nil // what the user named is fetched, which says why it cannot be
	}
	form := archiveFormOf(bytes.NewReader(head))
	if item.look {
		if form == noArchive && !mayHold(bytes.NewReader(head)) {
			item.leave()
			return true, to.push(ctx, *item)
		}
		r.looks.Add(-1)
		r.counts.tellVersion(item)
		item.look = false // should it have to be fetched once more
	}
	switch {
	case form != noArchive && large:
		return true, r.spool(ctx, outside, item, source, form, to)
	case int64(len(head)) == item.object.Size: // no need to ask for it once more
		if err := to.reserve(ctx, item, item.object.Size); err != nil {
			return true, err
		}
		item.data, item.signature = head, signature
	}
	return false, nil
}

// unseen counts an object at which nobody looked: it is other by its name, and the next run may look.
func (r *run) unseen(item *fetched) {
	r.counts.add(func(s *Summary) {
		s.FilesOther++
		s.FilesUnseen++
		s.leave(kindOf(&item.key, item.object.URI), 1)
	})
	r.opt.Progress.FilesDone.Add(1)
	r.opt.Progress.BytesDone.Add(item.object.Size)
}

// A LargeArchiveError is of an archive that nobody named, and that is too large to be fetched.
type LargeArchiveError struct{ Size, Limit int64 }

func (e *LargeArchiveError) Error() string {
	return fmt.Sprintf("an archive of %d bytes: one of more than %d is read if it is named", e.Size, e.Limit)
}

// spool takes apart an archive from afar, out of a file: one at a time, since each takes its size of the disk.
func (r *run) spool(ctx, outside context.Context, item *fetched, source distant, form archiveForm, to *queue) error {
	if !item.object.Named && item.object.Size/maxSpoolRatio > r.opt.MaxFileBytes {
		item.err = &LargeArchiveError{item.object.Size, maxSpoolRatio * r.opt.MaxFileBytes}
		return to.push(ctx, *item)
	}
	if err := r.spooling.Acquire(outside, 1); err != nil {
		return context.Cause(outside)
	}
	defer r.spooling.Release(1)
	f, err := r.store.TempFile()
	if err != nil {
		return err
	}
	defer f.Close()
	w := spoolWriter{WriterAt: f}
	item.err = source.FetchTo(outside, item.object, &w)
	switch {
	case w.err.Load() != nil:
		return *w.err.Load()
	case outside.Err() != nil:
		return context.Cause(outside)
	case item.err != nil:
		if stop := (*StopError)(nil); errors.As(item.err, &stop) {
			return item.err
		}
		return to.push(ctx, *item)
	}
	size := item.object.Size
	if item.object.Once {
		size = f.Size()
	}
	return r.unpack(ctx, outside, *item, io.NewSectionReader(f, 0, size), form, to)
}

// A spoolWriter remembers that this machine failed, and not the source.
type spoolWriter struct {
	io.WriterAt
	err atomic.Pointer[error]
}

func (w *spoolWriter) WriteAt(p []byte, at int64) (int, error) {
	n, err := w.WriterAt.WriteAt(p, at)
	if err != nil {
		w.err.Store(&err)
	}
	return n, err
}
