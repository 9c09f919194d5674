package ingest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

const (
	// batchBytes is how much uncompressed JSON goes into one transaction: some 350,000
	// events. Less would leave row groups unfilled at each commit, more would be more
	// to do again after a run was cut off, and more repeats to be held in memory.
	batchBytes = 512 << 20

	// batchFiles is how many log files do, at most: their rows are held in memory
	// until then, 1 KiB each or so, and those that cannot be fetched have no bytes.
	batchFiles = 25_000
)

// A batch is one transaction's worth of files; it is the [schema.EventSource] that
// DuckDB pulls from.
type batch struct {
	run   *run
	again bool   // its files are in the store, and are only compared with that
	queue *queue // where its objects come from
	whole bool   // it takes all that comes, which fitted into one before

	mu       sync.Mutex
	taken    []fetched // out of the queue, without data
	bytes    int64     // uncompressed, so far
	kept     int64     // of files, envelopes and repeats in ledger, and of objects that are there but once
	ledger   schema.Ledger
	causes   []error // what is to be said of ledger.Files[i], typed; nil for nothing
	passed   logfile.Passed
	timeless int64            // new events without a time
	left     map[string]int64 // files that are not log files, by their kinds
	joined   []schema.LogFile // digest files that were found in others

	// Large files are shared between the readers, so that none of them is idle while
	// another has one still before it.
	shared  []*opened     // those that are being read
	opening int           // readers that have an object, or wait for one, and may share it
	drained bool          // nothing more will be fetched
	changed chan struct{} // closed when a reader may find something else than before

	parked []fetched // objects that wait for room
	held   int64     // bytes of large files that are open
}

// heldShare is the part of Options.Memory that open large files have, uncompressed. When
// it is full the readers finish one before they open the next.
const heldShare = 8

// keptShare is the part of Options.Memory that files and envelopes which are kept as they
// are may have, and rows of repeats, until they are stored with the batch.
const keptShare = 16

// repeatBytes is what a repeat takes until then.
const repeatBytes = 128

// newBatch returns a batch out of a queue, of which first was taken already.
func newBatch(r *run, q *queue, first fetched) *batch {
	b := &batch{run: r, queue: q, changed: make(chan struct{})}
	b.take(first)
	return b
}

// take adds an object; mu is held, unless nobody else has the batch yet.
func (b *batch) take(f fetched) {
	f.unpacked = logfile.Unpacked(f.data)
	b.parked = append(b.parked, f)
	if f.object.Once {
		b.kept += int64(len(f.data))
	} else {
		f.data, f.signature = nil, schema.Signature{}
	}
	b.taken = append(b.taken, f)
}

// NewReader implements [schema.EventSource].
func (b *batch) NewReader(ctx context.Context) schema.EventReader {
	return &reader{ctx: ctx, batch: b, own: b.newOpened()}
}

func (b *batch) newOpened() *opened {
	return &opened{batch: b, decoder: logfile.NewDecoder(b.run.store.HashSeed(), b.run.store.Shapes(), int(b.run.opt.MaxRecordBytes))}
}

// Ledger implements [schema.EventSource].
func (b *batch) Ledger() schema.Ledger {
	b.ledger.Supersedes = b.run.again.Load()
	return b.ledger
}

// next gives out what a reader is to do next: an object of its own, for which it then
// calls settle, or a file that is shared, to take part in. There is neither when the
// batch is done.
func (b *batch) next(ctx context.Context) (object *fetched, part *opened, err error) {
	for {
		b.mu.Lock()
		if object = b.unpark(); object != nil {
			b.opening++
			b.mu.Unlock()
			return object, nil, nil
		}
		if len(b.shared) > 0 {
			part = b.shared[0]
		}
		full := b.drained || b.full()
		if full && part == nil && b.opening == 0 {
			b.mu.Unlock()
			b.run.opt.Progress.Writing.Store(true)
			return nil, nil, nil
		}
		var queued <-chan fetched
		if !full && len(b.parked) == 0 {
			queued = b.queue.items
			b.opening++
		}
		changed := b.changed
		b.mu.Unlock()

		var f fetched
		ok, ended := false, false
		select { // an object of its own comes first: there, no reader is in another's way
		case f, ok = <-queued:
			ended = !ok
		default:
			if part != nil {
				break
			}
			select {
			case f, ok = <-queued:
				ended = !ok
			case <-changed:
			case <-ctx.Done():
				err = context.Cause(ctx)
			}
		}
		if ok {
			b.queue.release(&f)
			b.park(f)
		} else if queued != nil {
			b.settle(nil, ended)
		}
		if !ok && part != nil || err != nil {
			return nil, part, err
		}
	}
}

// full reports whether the batch has enough; mu is held.
func (b *batch) full() bool {
	return !b.whole && (b.bytes >= b.run.opt.BatchBytes || b.kept >= b.run.opt.Memory/keptShare || len(b.ledger.Files) >= batchFiles)
}

// park puts an object where unpark finds it.
func (b *batch) park(f fetched) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opening--
	b.take(f)
}

// unpark returns the next object that there is room for; mu is held.
func (b *batch) unpark() *fetched {
	if len(b.parked) == 0 {
		return nil
	}
	f := b.parked[0]
	if f.held = f.unpacked; f.held < sharedBytes {
		f.held = 0
	}
	if b.held > 0 && b.held+f.held > b.run.opt.Memory/heldShare {
		return nil
	}
	b.held += f.held
	b.parked = slices.Delete(b.parked, 0, 1)
	return &f
}

// settle says what came of an object that next gave out: a file that is shared from
// now on, or nil.
func (b *batch) settle(shared *opened, drained bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opening--
	b.drained = b.drained || drained
	if shared != nil {
		b.shared = append(b.shared, shared)
	}
	if shared != nil || drained || b.opening == 0 {
		b.wake()
	}
}

// closed says that a large file was read to its end.
func (b *batch) closed(o *opened) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shared = slices.DeleteFunc(b.shared, func(s *opened) bool { return s == o })
	b.held -= o.held
	b.wake()
}

// wake makes the readers that wait in next look again; mu is held.
func (b *batch) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// addDigest enters what a digest file says, which add has entered or is about to.
func (b *batch) addDigest(d *schema.Digest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ledger.Digests = append(b.ledger.Digests, *d)
}

// pass counts what a file has beside its records, and its new events without a time.
func (b *batch) pass(p logfile.Passed, timeless int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.passed.Add(p)
	b.timeless += int64(timeless)
}

// join notes a digest file that was found in another, which nobody has listed.
func (b *batch) join(f schema.LogFile) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.joined = append(b.joined, f)
}

// doubt notes a new event that may have the values of another.
func (b *batch) doubt(d schema.Doubt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ledger.Doubts = append(b.ledger.Doubts, d)
}

// hold keeps a file as it was delivered until the batch is done. A batch of many such files ends
// early, since they are in memory.
func (b *batch) hold(file int32, data []byte) {
	const weight = 8
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ledger.Doubtful == nil {
		b.ledger.Doubtful = map[int32][]byte{}
	}
	b.ledger.Doubtful[file] = data
	b.bytes += weight * int64(len(data))
}

// add enters a file that was read to its end into the ledger. cause is what is the matter with it, and
// tell whether that is a finding.
// original is the file as delivered where it is to be kept so, else nil.
func (b *batch) add(f schema.LogFile, cause error, tell bool, repeats []schema.Repeat, original []byte) {
	if cause != nil {
		f.Error = strings.TrimSuffix(storedURI(cause.Error())+"; "+f.Error, "; ") // it may name the file
	}
	kind := leftKind(&f, cause)
	if !tell {
		cause = nil
	}
	b.run.opt.Progress.FilesDone.Add(1)
	b.run.opt.Progress.BytesDone.Add(f.Size)
	b.mu.Lock()
	defer b.mu.Unlock()
	if kind != "" {
		if b.left == nil {
			b.left = map[string]int64{}
		}
		b.left[kind]++
	}
	b.ledger.Files = append(b.ledger.Files, f)
	b.causes = append(b.causes, cause)
	b.ledger.Repeats = append(b.ledger.Repeats, repeats...)
	b.kept += int64(len(f.Envelope) + len(original) + repeatBytes*len(repeats))
	if original != nil {
		b.ledger.Originals = append(b.ledger.Originals, schema.Original{File: f.File, Data: original})
		b.bytes += int64(len(original))
	}
}
