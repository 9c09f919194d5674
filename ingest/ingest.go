package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

// Options are how to load.
type Options struct {
	Filter         Filter
	Concurrency    int   // objects fetched at a time
	MaxFileBytes   int64 // the largest log file taken in, uncompressed
	MaxRecordBytes int64 // the largest record, and so the largest value; 0 for DefaultMaxRecordBytes
	BatchBytes     int64 // of uncompressed JSON in one transaction; 0 for as much as is good
	Memory         int64 // bytes to get by with, on our side of DuckDB; 0 for DefaultMemory
	Version        string
	Progress       *Progress // counts as it goes; may be nil
	// Stop, once closed, ends the run in good order: nothing more is listed and
	// fetched, and what was fetched is loaded. To cancel the context instead throws
	// the batch at hand away.
	Stop <-chan struct{}
	// Versions says that sources list versions, so that files are known by their content.
	Versions bool
	// Undelivered says that the sources hold nothing that a trail delivered, so that what
	// digests list was not asked for.
	Undelivered bool
	// Redacted says that what the sources hold has pseudonyms for names: the run says so, and
	// does not say who made it on which machine.
	Redacted bool
	// Finding is called for each file that something is to be said of: it could
	// not be fetched, is damaged, or is odd. cause is the error of f.Error.
	Finding func(f schema.LogFile, cause error)
	// Other is called for each file that was read and found to be no log file; it is no
	// finding. It may be nil.
	Other func(f schema.LogFile, cause error)
}

// DefaultMaxFileBytes is five times the 50 MB that AWS delivers at most ("Quotas
// in AWS CloudTrail"); a hostile gzip file must not take the machine.
const DefaultMaxFileBytes = 256 << 20

// DefaultMaxRecordBytes is 64 times what AWS lets a record have. What one has is in
// memory several times while it is stored, and as a whole.
const DefaultMaxRecordBytes = 16 << 20

// DefaultMemory is what [Options].Memory is by default.
const DefaultMemory = 768 << 20

// queueShare is the part of Options.Memory that may be fetched ahead: of 768 MiB 24 MiB,
// which are a thousand log files as they usually are, or a few of the largest.
const queueShare = 32

// ErrStopped is returned by [Run] when [Options].Stop ended it before its end.
var ErrStopped = errors.New("stopped before the end")

// Run loads the log files of the sources into the store. The Summary is of what
// is in the store when it returns, also together with an error.
func Run(ctx context.Context, store *schema.Store, sources []Source, opt Options) (Summary, error) {
	started := time.Now()
	r := newRun(store, opt)
	if r.opt.BatchBytes == 0 {
		r.opt.BatchBytes = batchBytes
	}
	if r.opt.Memory == 0 {
		r.opt.Memory = DefaultMemory
	}
	r.fetched = newQueue(r.opt.Memory / queueShare)
	err := r.begin(ctx, sources)
	if err == nil {
		err = r.all(ctx, sources)
	}
	if (err == nil || errors.Is(err, ErrStopped)) && len(r.marks) > 0 {
		if failed := store.MarkVersions(ctx, r.marks); failed != nil {
			err = failed
		}
	}
	summary := r.counts.finish(started, r.opt.Progress)
	if err != nil {
		return summary, err
	}
	text, err := json.Marshal(summary)
	if err != nil {
		return summary, err
	}
	r.entry.Finished, r.entry.Summary = time.Now().UTC(), string(text)
	return summary, store.FinishRun(ctx, &r.entry)
}

// A run is one call of [Run].
type run struct {
	store    *schema.Store
	opt      Options
	entry    schema.Run // in the store's table runs
	ledger   ledger
	marks    []schema.VersionMark // of files that the store has
	counts   counts
	again    atomic.Bool // something that the ledger has is read once more
	seen     *seen
	fetched  *queue
	file     atomic.Int32        // the number of the next log file
	looks    atomic.Int32        // objects far off that were looked at, and are of other programs
	spooling *semaphore.Weighted // held while an archive from afar lies in a file
	plans    bool                // nothing is fetched, and what an archive has inside is looked at only
}

// newRun is a run that has done nothing yet.
func newRun(store *schema.Store, opt Options) *run {
	if opt.Progress == nil {
		opt.Progress = new(Progress)
	}
	if opt.MaxRecordBytes == 0 {
		opt.MaxRecordBytes = DefaultMaxRecordBytes
	}
	return &run{
		store: store, opt: opt, spooling: semaphore.NewWeighted(1),
		ledger: ledger{filter: opt.Filter.String(), maxFileBytes: opt.MaxFileBytes, maxRecordBytes: opt.MaxRecordBytes, versions: opt.Versions},
		counts: counts{finding: opt.Finding, other: opt.Other, summary: Summary{Errors: []Finding{}, Archives: []Archive{}}},
	}
}

func (r *run) begin(ctx context.Context, sources []Source) error {
	r.entry = schema.NewRun(r.opt.Version)
	r.entry.Filter = r.ledger.filter
	r.entry.DeliveredSince, r.entry.DeliveredUntil = r.opt.Filter.delivered()
	if r.opt.Redacted {
		r.entry.User, r.entry.Host, r.counts.summary.Redacted = "", "", true
	}
	if r.opt.Undelivered {
		r.entry.DeliveredSince, r.entry.DeliveredUntil = r.entry.Started, r.entry.Started
	}
	for _, source := range sources {
		r.entry.Sources = append(r.entry.Sources, source.String())
	}
	var err error
	if r.seen, err = newSeen(ctx, r.store, r.opt.Memory); err != nil {
		return err
	}
	first, err := r.store.BeginRun(ctx, &r.entry)
	r.file.Store(first)
	return err
}

// number gives out the number of a log file.
func (r *run) number() int32 { return r.file.Add(1) - 1 }

// all lists, fetches and loads, all at once.
func (r *run) all(ctx context.Context, sources []Source) error {
	g, ctx := errgroup.WithContext(ctx)
	// Listing and fetching end by a context of their own, so that what was fetched
	// can still be loaded.
	outside, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var stopped atomic.Bool
	outward := func(work func() error) {
		g.Go(func() error {
			err := work()
			if errors.Is(err, ErrStopped) {
				stopped.Store(true)
				return nil
			}
			return err
		})
	}
	g.Go(func() error { return r.heedStop(outside, stop) })

	jobs := make(chan []fetched) // unbuffered: listing runs ahead by no more than the fetchers
	outward(func() error {
		defer close(jobs)
		for _, source := range sources {
			if err := r.list(outside, source, jobs); err != nil {
				return err
			}
		}
		r.opt.Progress.AllListed.Store(true)
		return nil
	})
	var fetchers sync.WaitGroup
	for range max(1, r.opt.Concurrency) {
		fetchers.Add(1)
		outward(func() error {
			defer fetchers.Done()
			err := r.fetch(ctx, outside, jobs, r.fetched)
			if err != nil {
				stop(err) // or listing may end first, by the end of the fetchers, for no cause
			}
			return err
		})
	}
	g.Go(func() error {
		fetchers.Wait()
		r.fetched.close()
		stop(nil)
		return nil
	})
	g.Go(func() error { return r.load(ctx) })
	if err := g.Wait(); err != nil {
		return err
	}
	if stopped.Load() {
		return ErrStopped
	}
	return nil
}

// heedStop ends a context by that when the run is to end.
func (r *run) heedStop(outside context.Context, stop context.CancelCauseFunc) error {
	select {
	case <-r.opt.Stop:
		stop(ErrStopped)
	case <-outside.Done():
	}
	return nil
}

// groupObjects is how many near objects are fetched one after another: to hand them
// over one by one would take as long as to read them.
const groupObjects = 32

// listAhead is how many objects are listed before it is decided about them: enough for
// the time in which the ledger is read, at some 300 bytes each.
const listAhead = 1 << 16

// list chooses from what a source lists.
func (r *run) list(ctx context.Context, source Source, jobs chan<- []fetched) error {
	var group []fetched
	send := func() error {
		select {
		case jobs <- group:
			group = nil
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	within, cancel := context.WithCancel(ctx)
	found := make(chan *listed, listAhead) // pointers: the objects themselves would be 14 MB, cleared at each run
	cutOff := false
	var listing sync.WaitGroup
	defer listing.Wait()
	defer cancel()
	listing.Go(func() {
		defer close(found)
		for o, err := range source.List(within, r.wantsFolder) {
			select {
			case found <- &listed{o, err}:
			case <-within.Done():
				cutOff = true
				return
			}
		}
	})
	if err := r.ledger.read(ctx, r.store); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx) // stopped in good order, as anywhere else
		}
		return err
	}
	for f := range found {
		o, err := f.object, f.err
		if err != nil && o.URI == "" {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err
		}
		key := schema.ParseKey(filepath.ToSlash(storedURI(o.URI)))
		item := fetched{source: source, object: o, key: key, err: err}
		if !r.wants(&item) {
			continue
		}
		item.file = r.number()
		r.opt.Progress.BytesWanted.Add(o.Size)
		group = append(group, item)
		if o.Near && len(group) < groupObjects {
			continue
		}
		if err := send(); err != nil {
			return err
		}
	}
	if cutOff { // by now the listing has ended
		return context.Cause(ctx)
	}
	if group == nil {
		return nil
	}
	return send()
}

// A listed is what a source lists: an object, an error, or both.
type listed struct {
	object Object
	err    error
}

// wantsFolder decides about a folder that a source has come by.
func (r *run) wantsFolder(path string) Want {
	want := r.opt.Filter.wantsFolder(path)
	if want == WantNone {
		r.counts.add(func(s *Summary) { s.FoldersFiltered++ })
	}
	return want
}

// wants counts a listed object, and reports whether it is to be fetched.
func (r *run) wants(item *fetched) bool {
	item.look = item.err == nil && item.key.Class == schema.ClassOtherFile && !item.object.Named
	fate, status := r.fateOf(item)
	if fate == fateOther && item.isFarOff() && item.isUnfamiliar() {
		r.looks.Add(1) // that an earlier run had
	}
	r.counts.listed(item, fate, status)
	r.opt.Progress.FilesListed.Add(1)
	switch fate {
	case fateFetch:
		if !item.object.Version.Replaced.IsZero() {
			r.again.Store(true) // what took its place is read, too
		}
		return true
	case fateFetchAgain, fateFetchChanged:
		r.again.Store(true)
		return true
	}
	r.opt.Progress.FilesDone.Add(1)
	if o := &item.object; o.Version.ID != "" && (fate == fateKnown || fate == fateDamaged || fate == fateArchived) {
		r.marks = r.ledger.mark(r.marks, o)
	}
	return false
}

// A fate is what becomes of a listed object.
type fate uint8

const (
	fateFetch        fate = iota
	fateFetchAgain        // the ledger has it, and not all that is wanted of it
	fateFetchChanged      // the ledger has another version of it
	fateOther             // it is no log file
	fateAggregated        // likewise
	fateFiltered          // outside of what was asked for
	fateKnown             // the store has it
	fateDamaged           // as an earlier run has found
	fateArchived          // likewise, and it still is
	fateGone              // deleted, and nothing of it is left
)

// fetches reports whether the object is to be fetched.
func (f fate) fetches() bool { return f <= fateFetchChanged }

// fateOf decides about a listed object; status is what the ledger has it as.
func (r *run) fateOf(item *fetched) (f fate, status schema.Status) {
	switch class := item.key.Class; {
	case item.err != nil: // it could not even be looked at
		return fateFetch, ""
	case class == schema.ClassAggregatedFile && !item.object.Named:
		return fateAggregated, ""
	case item.look && !item.isUnfamiliar():
		return fateOther, ""
	case !r.opt.Filter.wantsFile(&item.key):
		return fateFiltered, ""
	}
	if item.object.Version.Gone {
		return fateGone, ""
	}
	if f, status = r.ledger.fateOf(&item.object); f.fetches() && item.object.Archived == IsArchived {
		item.err = &ArchivedError{URI: item.object.URI, Class: item.object.Class}
	}
	return f, status
}

// fetch fetches what it is given, until outside ends, and hands it on to be loaded.
func (r *run) fetch(ctx, outside context.Context, jobs <-chan []fetched, to *queue) error {
	for group := range jobs {
		for i := range group {
			if err := r.fetchOne(ctx, outside, group[i], to); err != nil {
				return err
			}
		}
	}
	return nil // if there was more, list knows
}

func (r *run) fetchOne(ctx, outside context.Context, item fetched, to *queue) error {
	if item.entry != nil { // it was looked at before
		return to.push(ctx, item)
	}
	// What has the name of a log file is one, and nothing else is asked of it.
	look := item.mayBeArchive()
	if look {
		if done, err := r.lookAt(ctx, outside, &item, to); done || err != nil {
			return err
		}
	}
	r.checkSize(&item)
	if item.err == nil && item.data == nil {
		if err := to.reserve(ctx, &item, item.object.Size); err != nil {
			return err
		}
		item.data, item.signature, item.err = item.source.Fetch(outside, item.object)
	}
	if outside.Err() != nil && (item.err != nil || item.object.Near) {
		to.release(&item)
		return context.Cause(outside)
	}
	if item.err != nil {
		var stop *StopError
		if errors.As(item.err, &stop) {
			return item.err
		}
		item.data = nil
		to.release(&item)
	}
	if _, opens := item.source.(opener); item.err == nil && !opens && look {
		c := bytes.NewReader(item.data)
		if form := archiveFormOf(c); form != noArchive {
			to.release(&item) // or its members may wait for room for ever
			return r.unpack(ctx, outside, item, c, form, to)
		}
	}
	if to == r.fetched { // else it was counted before
		r.opt.Progress.BytesFetched.Add(int64(len(item.data)))
	}
	return to.push(ctx, item)
}

// checkSize gives up an object that is too long already: packing makes no file longer but by its frame.
func (r *run) checkSize(item *fetched) {
	if item.err == nil && item.object.Size > r.opt.MaxFileBytes+1<<20 {
		item.err = &logfile.TooLargeError{Limit: r.opt.MaxFileBytes}
	}
}

// load loads what was fetched, batch by batch.
func (r *run) load(ctx context.Context) error {
	for {
		first, more, err := r.fetched.pop(ctx)
		if !more || err != nil {
			return err
		}
		b := newBatch(r, r.fetched, first)
		err = r.loadBatch(ctx, b)
		if outOfMemory(err) {
			err = r.loadParts(ctx, b.taken)
		}
		if err != nil {
			return err
		}
	}
}

// loadBatch loads a batch. Where it returns an error nothing of the batch has happened.
func (r *run) loadBatch(ctx context.Context, b *batch) error {
	err := r.store.Load(ctx, b)
	r.opt.Progress.Writing.Store(false)
	if err != nil {
		r.seen.forget()
		b.uncount()
		return err
	}
	r.seen.committed()
	if slices.ContainsFunc(b.ledger.Doubts, func(d schema.Doubt) bool { return d.Settled }) {
		r.seen.forget() // it has them as events
	}
	for i := range b.joined {
		r.counts.listed(&fetched{key: b.joined[i].Key}, fateFetch, "")
		r.opt.Progress.FilesListed.Add(1)
		r.opt.Progress.BytesFetched.Add(b.joined[i].Size)
	}
	r.counts.loaded(b)
	if b.ledger.Supersedes {
		return r.tellChanged(ctx, b)
	}
	return nil
}

// tellChanged finds the files of a batch that were loaded before and are not what they
// were then. The same content under another ETag is no finding: local files are
// touched, objects are copied and encrypted anew.
func (r *run) tellChanged(ctx context.Context, b *batch) error {
	changed, err := r.store.ChangedFiles(ctx, r.entry.Run)
	if err != nil || len(changed) == 0 {
		return err
	}
	here := map[int32]bool{} // the run had other batches
	for i := range b.ledger.Files {
		here[b.ledger.Files[i].File] = true
	}
	for _, f := range changed {
		if here[f.File] {
			here[f.File] = false // it may have taken the place of several
			r.counts.add(func(s *Summary) { s.FilesChanged++ })
			r.counts.find(schema.LogFile{URI: f.URI, Status: f.Status, Error: ErrChanged.Error()}, ErrChanged)
		}
	}
	return nil
}
