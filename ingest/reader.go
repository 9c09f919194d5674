package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

// A reader takes apart one file after another, for one of DuckDB's threads. It
// carries the context of the statement that it serves, since DuckDB calls it
// without one.
type reader struct {
	ctx      context.Context
	batch    *batch
	inflater logfile.Inflater
	own      *opened // used for one file after another, with its buffers
	at       *opened // the file at hand: its own or one that is shared; nil between files

	taken []schema.Event // from a shared file, not yet given out
	given int            // of them
}

// Next implements [schema.EventReader].
func (r *reader) Next(ev *schema.Event) (bool, error) {
	for {
		switch {
		case r.given < len(r.taken):
			*ev = r.taken[r.given]
			r.given++
			return true, nil
		case r.at == nil:
			r.taken, r.given = nil, 0 // or they would hold on to the file
			object, part, err := r.batch.next(r.ctx)
			if object == nil && part == nil || err != nil {
				return false, err
			}
			if r.at = part; object != nil {
				r.at = r.open(object)
			}
		case r.at.shared:
			var more bool
			var err error
			r.given = 0
			r.taken, more, err = r.at.take(r.ctx, r.taken[:0])
			if err != nil {
				return false, err
			}
			if !more {
				r.at = nil
			}
		default:
			ok, err := r.at.next(r.ctx, ev)
			if ok || err != nil {
				return ok, err
			}
			r.at = nil
		}
	}
}

// sharedBytes is how large a file is, uncompressed, that the readers read together. AWS's
// largest have 50 MB ("Quotas in AWS CloudTrail"): a reader alone takes a second for one.
const sharedBytes = 4 << 20

// open opens a fetched object; nil if there is nothing to be read in it.
func (r *reader) open(f *fetched) *opened {
	o := r.own
	if f.held > 0 {
		o = r.batch.newOpened()
	}
	readable := o.open(f, &r.inflater)
	o.held = f.held
	if o.shared = o.held > 0 && readable; o.shared {
		r.batch.settle(o, false)
	} else {
		r.batch.settle(nil, false)
	}
	if !readable {
		return nil
	}
	return o
}

// An opened is a log file that is being taken apart.
type opened struct {
	batch   *batch
	decoder *logfile.Decoder
	shared  bool  // between readers
	held    int64 // what it takes of the room for large files

	mu        sync.Mutex // held for what follows if it is shared
	done      bool
	key       schema.Key
	etag      string           // of the object
	named     bool             // by the user
	object    []byte           // as delivered
	signature schema.Signature // kept beside it, if it is a digest file
	data      []byte           // uncompressed, the buffer is kept
	file      schema.LogFile
	broken    error // what keeps data from being the whole file
	odd       error // what is to be said of it though it could be read

	near     vicinity // of the last event
	repeats  []schema.Repeat
	timeless int  // new events without a time
	dressed  bool // it repeats records that have other bytes
	doubtful bool // it has records that have the eventID of another event, and maybe other values
}

// open unpacks a fetched object and sets the decoder on it, unless it could not be
// fetched: then it enters that into the ledger.
func (o *opened) open(f *fetched, inflater *logfile.Inflater) bool {
	b := o.batch
	o.key, o.etag, o.named, o.done = f.key, f.object.ETag, f.object.Named, false
	o.broken, o.odd = nil, f.odd
	o.repeats, o.timeless, o.dressed, o.doubtful = o.repeats[:0], 0, false, false
	o.file = schema.LogFile{
		File: f.file, URI: storedURI(f.object.URI), Key: f.key, Size: f.object.Size, ETag: f.object.ETag, Run: b.run.entry.Run,
		VersionID: f.object.Version.ID, Replaced: f.object.Version.Replaced, Deleted: f.object.Version.Deleted,
	}
	if e := f.entry; e != nil {
		o.file.Size, o.file.Status, o.file.SHA256, o.file.Members, o.file.OverLimit = e.Size, e.Status, e.SHA256, e.Members, e.OverLimit
		b.add(o.file, f.err, e.Status != schema.Other, nil, nil)
		return false
	}
	if f.err != nil {
		o.file.Status = schema.Failed
		if errors.As(f.err, new(*ArchivedError)) {
			o.file.Status = schema.Archived
		}
		b.add(o.file, f.err, true, nil, nil)
		return false
	}
	o.object, o.signature = f.data, f.signature
	o.file.Size = int64(len(f.data)) // of a stream it is not known before
	var members int
	o.data, members, o.broken = inflater.Inflate(o.data[:0], f.data, b.run.opt.MaxFileBytes)
	if o.broken == nil {
		sum := sha256.Sum256(o.data)
		o.file.SHA256, o.file.Members = sum[:], int32(members)
		// Of a file that has no name of AWS's, who knows who joined what?
		if members > 1 && o.odd == nil && f.key.Class != schema.ClassOtherFile {
			o.odd = logfile.ErrMembers
		}
	} else if errors.Is(o.broken, logfile.ErrTrailing) {
		o.file.Members = int32(members) + 1 // what follows the last one counts as another
	}
	var large *logfile.TooLargeError
	if errors.As(o.broken, &large) {
		o.file.OverLimit = large.Limit
	}
	o.file.JSONBytes = int64(len(o.data))
	b.mu.Lock()
	b.bytes += o.file.JSONBytes
	b.mu.Unlock()
	o.decoder.Reset(o.data)
	return true
}

// takeEvents is how many events of a shared file a reader takes at a time: enough
// for the lock not to matter, at 2 KiB each.
const takeEvents = 128

// take appends the next events of a shared file to events, and reports whether there
// may be more.
func (o *opened) take(ctx context.Context, events []schema.Event) (_ []schema.Event, more bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.done && len(events) < takeEvents {
		events = slices.Grow(events, 1)[:len(events)+1]
		ok, err := o.next(ctx, &events[len(events)-1])
		if !ok {
			events = events[:len(events)-1]
		}
		if err != nil {
			return events, false, err
		}
		o.decoder.Detach()
	}
	return events, !o.done, nil
}

// next reads the next event that is to become a row. Behind the last one it enters the
// file into the ledger.
func (o *opened) next(ctx context.Context, ev *schema.Event) (bool, error) {
	for {
		ok, err := o.decoder.Next(ev)
		if !ok {
			o.finish(err)
			return false, nil
		}
		wanted, err := o.admit(ctx, ev)
		if wanted || err != nil {
			return wanted, err
		}
	}
}

// admit decides about a record, and reports whether it is to become a row.
func (o *opened) admit(ctx context.Context, ev *schema.Event) (bool, error) {
	o.file.Records++
	if !ev.EventTime.IsZero() {
		if o.file.FirstEventTime.IsZero() || ev.EventTime.Before(o.file.FirstEventTime) {
			o.file.FirstEventTime = ev.EventTime
		}
		if ev.EventTime.After(o.file.LastEventTime) {
			o.file.LastEventTime = ev.EventTime
		}
	}
	if !o.batch.run.opt.Filter.wantsEvent(&o.key, ev) {
		o.file.Filtered++
		return false, nil
	}
	ev.File = o.file.File
	what, first, err := o.batch.run.seen.add(ctx, ev, &o.near)
	switch {
	case err != nil:
		return false, err
	case what == repeat:
		o.file.Repeated++
		id := ev.Leaves[schema.ColEventID]
		o.repeats = append(o.repeats, schema.Repeat{
			File: ev.File, Position: ev.Position, EventID: append([]byte(nil), id...),
			FirstFile: first.file, FirstPosition: first.position,
		})
		o.dressed, o.doubtful = o.dressed || first.dressed, o.doubtful || first.doubtful
		return false, nil
	case what == conflict:
		o.file.Conflicts++
		o.doubtful = true
		o.batch.doubt(schema.Doubt{File: ev.File, Position: ev.Position, EventID: ev.EventID})
	}
	o.file.New++
	if ev.EventTime.IsZero() {
		o.timeless++
	}
	return true, nil
}

// finish enters the file at hand into the ledger; err is how the decoder ended.
func (o *opened) finish(err error) {
	o.done = true
	// Damage to the packing comes first: a decoder at the end of half a file
	// would only say that it is half a file.
	cause := o.broken
	if cause == nil {
		cause = err
	}
	var record *logfile.RecordTooLargeError
	if errors.As(cause, &record) {
		o.file.OverLimit = record.Limit
	}
	tell := true
	var other *logfile.NotLogFileError
	var foreign *logfile.ForeignError
	switch {
	case o.file.Records == 0 && (o.key.Class == schema.ClassDigestFile || errors.As(err, &other) && other.Digest && o.broken == nil):
		o.finishDigest()
		return
	case errors.As(err, &other) && o.broken == nil && o.file.Records == 0:
		o.file.Status = schema.Skipped
		// What is CloudTrail's, but in a form that has no records, is evidence that was not read.
		tell = o.named || other.Form != logfile.Unknown
		if other.Form.IsForeign() && o.key.Class != schema.ClassOtherFile {
			o.file.Status = schema.Corrupt // its name says that it was JSON once
		}
	case cause == nil || o.broken == nil && errors.As(cause, &foreign) && !foreign.Junk:
		o.file.Status = schema.Loaded
		if cause == nil {
			cause = o.odd
		}
	case o.file.Records > 0:
		o.file.Status = schema.Partial
	default:
		o.file.Status = schema.Corrupt
	}
	if reforms := o.decoder.Reforms(); reforms != 0 {
		o.file.Error = "reformatted: " + reforms.String()
	}
	if !o.batch.again {
		for i, digest := range o.decoder.Digests() {
			o.addDigest(i, digest)
		}
	}
	if o.file.Records > 0 { // or the file as a whole is something else
		o.batch.pass(o.decoder.Passed(), o.timeless)
	}
	o.enter(cause, tell, o.keep())
}

// addDigest enters a digest file that somebody joined to the file at hand, as a file of its own.
func (o *opened) addDigest(i int, data []byte) {
	d, err := parseDigest(data)
	name := fmt.Sprintf("digest-%d.json", i+1)
	if err == nil && schema.ParseKey(d.Object).Class == schema.ClassDigestFile {
		name = strings.TrimSuffix(d.Object, ".gz")
	}
	r := o.batch.run
	uri := memberURI(o.file.URI, name)
	sum := sha256.Sum256(data)
	f := schema.LogFile{
		File: r.number(), URI: storedURI(uri), Key: schema.ParseKey(uri), Size: int64(len(data)), ETag: o.etag,
		SHA256: sum[:], JSONBytes: int64(len(data)), Status: schema.Loaded, Run: o.file.Run,
	}
	f.Class, f.Kind = schema.ClassDigestFile, schema.KindDigest
	if err != nil {
		f.Status = schema.Corrupt
	} else {
		d.File = f.File
		o.batch.addDigest(d)
	}
	o.batch.join(f)
	o.batch.add(f, err, true, nil, bytes.Clone(data))
	r.opt.Progress.BytesJSON.Add(f.JSONBytes)
}

// memberMark stands in a URI between that of a file and the name that another has inside of it.
const memberMark = "!/"

// memberURI is the URI of what is a file of its own inside of another.
func memberURI(uri, name string) string { return uri + memberMark + name }

// finishDigest enters a digest file into the ledger.
func (o *opened) finishDigest() {
	o.file.Kind = schema.KindDigest // whatever it is called
	cause := o.broken
	if cause == nil {
		var d *schema.Digest
		if d, cause = parseDigest(o.data); cause == nil {
			d.File, d.Signature = o.file.File, o.signature
			o.batch.addDigest(d)
		}
	}
	o.file.Status = schema.Loaded
	if cause != nil {
		o.file.Status = schema.Corrupt
	} else {
		cause = o.odd
	}
	o.enter(cause, true, o.original())
}

// enter enters the file at hand into the ledger, with the file itself if it is to be kept
// so, and lets go of it.
func (o *opened) enter(cause error, tell bool, original []byte) {
	if o.doubtful {
		whole := o.whole()
		if o.file.Filtered > 0 {
			whole = []byte{} // it was loaded in part, so it is not given back
		}
		o.batch.hold(o.file.File, whole)
	}
	o.batch.add(o.file, cause, tell, o.repeats, original)
	o.batch.run.opt.Progress.BytesJSON.Add(o.file.JSONBytes)
	o.batch.run.opt.Progress.Events.Add(int64(o.file.Records))
	o.object = nil
	if cap(o.data) > sharedBytes {
		o.data = nil // one large file must not be held on to
	}
	if o.shared {
		o.batch.closed(o)
	}
}

// maxOriginal is the largest file that is kept as it was delivered. Only damaged or
// foreign files are, and lookup-events output; AWS's own have 5 MB packed at most.
const maxOriginal = 64 << 20

// maxEnvelope is the longest envelope that is worth one. As delivered it has 15 bytes, of a
// million lines with differing ends two million.
const maxEnvelope = 4 << 20

// keep settles how the file at hand can be given back: from its records within an
// envelope, or, where those do not make up the file, from the file itself, which it
// returns. A file that was loaded in part by the user's wish is neither.
func (o *opened) keep() (original []byte) {
	if o.file.Status == schema.Loaded {
		if o.file.Filtered > 0 {
			return nil
		}
		if o.dressed {
			return o.whole()
		}
		if o.file.Envelope = o.decoder.Envelope(); len(o.file.Envelope) > maxEnvelope {
			o.file.Envelope = nil
		}
		if o.file.Envelope != nil {
			return nil
		}
	}
	return o.original()
}

// original is the file as it was delivered, nil if it is too large to be kept so.
func (o *opened) original() []byte {
	if len(o.object) > maxOriginal {
		return nil
	}
	return o.whole()
}

// whole is the file as it was delivered.
func (o *opened) whole() []byte {
	if o.object == nil {
		return []byte{} // of zero bytes, but kept
	}
	return o.object
}
