package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

const (
	// batchBytes is how much uncompressed JSON goes into one transaction: some 700,000
	// events. Less would leave row groups unfilled at each commit, more would be more
	// to do again after a run was cut off.
	batchBytes = 1 << 30

	// batchFiles is how many log files do, at most: their rows are held in memory
	// until then, 1 KiB each or so, and those that cannot be fetched have no bytes.
	batchFiles = 50_000
)

// A batch is one transaction's worth of files; it is the [schema.EventSource] that
// DuckDB pulls from.
type batch struct {
	run *run

	mu     sync.Mutex
	first  *fetched // of its objects, until it is given out
	bytes  int64    // uncompressed, so far
	ledger schema.Ledger
	causes []error // what is to be said of ledger.Files[i], typed; nil for nothing
}

// NewReader implements [schema.EventSource].
func (b *batch) NewReader(ctx context.Context) schema.EventReader {
	return &reader{ctx: ctx, batch: b, decoder: logfile.NewDecoder(b.run.store.HashSeed(), b.run.store.Shapes())}
}

// Ledger implements [schema.EventSource].
func (b *batch) Ledger() schema.Ledger { return b.ledger }

// next gives out the next fetched object, none when the batch is full.
func (b *batch) next(ctx context.Context) (fetched, bool, error) {
	b.mu.Lock()
	full, first := b.bytes >= b.run.opt.BatchBytes || len(b.ledger.Files) >= batchFiles, b.first
	b.first = nil
	b.mu.Unlock()
	if first != nil {
		return *first, true, nil
	}
	if full {
		return fetched{}, false, nil
	}
	return b.run.fetched.pop(ctx)
}

// add enters a file that was read to its end into the ledger.
// original is the file as delivered where it is to be kept so, else nil.
func (b *batch) add(f schema.LogFile, cause error, repeats []schema.Repeat, original []byte) {
	if cause != nil {
		f.Error = storedURI(cause.Error()) // it may name the file
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ledger.Files = append(b.ledger.Files, f)
	b.causes = append(b.causes, cause)
	b.ledger.Repeats = append(b.ledger.Repeats, repeats...)
	if original != nil {
		b.ledger.Originals = append(b.ledger.Originals, schema.Original{File: f.File, Data: original})
		b.bytes += int64(len(original))
	}
}

// A reader takes apart one file after another, for one of DuckDB's threads. It
// carries the context of the statement that it serves, since DuckDB calls it
// without one.
type reader struct {
	ctx      context.Context
	batch    *batch
	inflater logfile.Inflater
	decoder  *logfile.Decoder

	// The file at hand; open is false between files.
	open    bool
	key     Key
	object  []byte // as delivered
	data    []byte // uncompressed, the buffer is kept
	file    schema.LogFile
	broken  error // what keeps data from being the whole file
	odd     error // what is to be said of it though it could be read
	repeats []schema.Repeat
}

// Next implements [schema.EventReader].
func (r *reader) Next(ev *schema.Event) (bool, error) {
	for {
		if !r.open {
			f, ok, err := r.batch.next(r.ctx)
			if !ok || err != nil {
				return false, err
			}
			r.start(f)
			continue
		}
		ok, err := r.decoder.Next(ev)
		if !ok {
			r.finish(err)
			continue
		}
		wanted, err := r.admit(ev)
		if wanted || err != nil {
			return wanted, err
		}
	}
}

// start unpacks a fetched object and sets the decoder on it.
func (r *reader) start(f fetched) {
	r.key = f.key
	r.broken, r.odd = nil, nil
	r.repeats = r.repeats[:0]
	r.file = schema.LogFile{
		File: f.file, URI: storedURI(f.object.URI), Size: f.object.Size, ETag: f.object.ETag, Run: r.batch.run.ledger.Run,
		Account: f.key.Account, Region: f.key.Region, Kind: f.key.Kind, Delivered: f.key.Delivered,
	}
	if f.err != nil {
		r.file.Status = schema.Failed
		r.batch.add(r.file, f.err, nil, nil)
		return
	}
	r.object = f.data
	r.file.Size = int64(len(f.data)) // of a stream it is not known before
	var members int
	r.data, members, r.broken = r.inflater.Inflate(r.data[:0], f.data, r.batch.run.opt.MaxFileBytes)
	if r.broken == nil {
		sum := sha256.Sum256(r.data)
		r.file.SHA256 = sum[:]
		if members > 1 {
			r.odd = logfile.ErrMembers
		}
	}
	var large *logfile.TooLargeError
	if errors.As(r.broken, &large) {
		r.file.OverLimit = large.Limit
	}
	r.file.JSONBytes = int64(len(r.data))
	r.batch.mu.Lock()
	r.batch.bytes += r.file.JSONBytes
	r.batch.mu.Unlock()
	r.decoder.Reset(r.data)
	r.open = true
}

// admit decides about a record, and reports whether it is to become a row.
func (r *reader) admit(ev *schema.Event) (bool, error) {
	r.file.Records++
	if !ev.EventTime.IsZero() {
		if r.file.FirstEventTime.IsZero() || ev.EventTime.Before(r.file.FirstEventTime) {
			r.file.FirstEventTime = ev.EventTime
		}
		if ev.EventTime.After(r.file.LastEventTime) {
			r.file.LastEventTime = ev.EventTime
		}
	}
	if !r.batch.run.opt.Filter.wantsEvent(&r.key, ev) {
		r.file.Filtered++
		return false, nil
	}
	ev.File = r.file.File
	what, first, err := r.batch.run.seen.add(r.ctx, ev)
	switch {
	case err != nil:
		return false, err
	case what == repeat:
		r.file.Repeated++
		id := ev.Leaves[schema.ColEventID]
		r.repeats = append(r.repeats, schema.Repeat{
			File: ev.File, Position: ev.Position, EventID: append([]byte(nil), id...),
			FirstFile: first.file, FirstPosition: first.position,
		})
		return false, nil
	case what == conflict:
		r.file.Conflicts++
	}
	r.file.New++
	return true, nil
}

// finish enters the file at hand into the ledger; err is how the decoder ended.
func (r *reader) finish(err error) {
	r.open = false
	// Damage to the packing comes first: a decoder at the end of half a file
	// would only say that it is half a file.
	cause := r.broken
	if cause == nil {
		cause = err
	}
	var other *logfile.NotLogFileError
	switch {
	case errors.As(err, &other) && r.broken == nil && r.file.Records == 0:
		r.file.Status = schema.Skipped
	case cause == nil:
		r.file.Status = schema.Loaded
		cause = r.odd
	case r.file.Records > 0:
		r.file.Status = schema.Partial
	default:
		r.file.Status = schema.Corrupt
	}
	r.batch.add(r.file, cause, r.repeats, r.keep())
	r.batch.run.opt.Progress.BytesJSON.Add(r.file.JSONBytes)
	r.batch.run.opt.Progress.Events.Add(int64(r.file.Records))
	r.object = nil
	if cap(r.data) > 4<<20 {
		r.data = nil // one large file must not be held on to
	}
}

// maxOriginal is the largest file that is kept as it was delivered. Only damaged or
// foreign files are, and lookup-events output; AWS's own have 5 MB packed at most.
const maxOriginal = 64 << 20

// keep settles how the file at hand can be given back: from its records within an
// envelope, or, where those do not make up the file, from the file itself, which it
// returns. A file that was loaded in part by the user's wish is neither.
func (r *reader) keep() (original []byte) {
	if r.file.Status == schema.Loaded {
		if r.file.Filtered > 0 {
			return nil
		}
		if r.file.Envelope = r.decoder.Envelope(); r.file.Envelope != nil {
			return nil
		}
	}
	if len(r.object) > maxOriginal {
		return nil
	}
	if r.object == nil {
		return []byte{} // of zero bytes, but kept
	}
	return r.object
}
