package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
	"golang.org/x/sync/errgroup"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

// Options are how to load.
type Options struct {
	Filter       Filter
	Concurrency  int   // objects fetched at a time
	MaxFileBytes int64 // the largest log file taken in, uncompressed
	BatchBytes   int64 // of uncompressed JSON in one transaction; 0 for as much as is good
	Memory       int64 // bytes to get by with, on our side of DuckDB; 0 for DefaultMemory
	Version      string
	Progress     *Progress // counts as it goes; may be nil
	// Stop, once closed, ends the run in good order: nothing more is listed and
	// fetched, and what was fetched is loaded. To cancel the context instead throws
	// the batch at hand away.
	Stop <-chan struct{}
	// Finding is called for each file that something is to be said of: it could
	// not be fetched, is damaged, or is odd. cause is the error of f.Error.
	Finding func(f schema.LogFile, cause error)
}

// DefaultMaxFileBytes is five times the 50 MB that AWS delivers at most ("Quotas
// in AWS CloudTrail"); a hostile gzip file must not take the machine.
const DefaultMaxFileBytes = 256 << 20

// DefaultMemory is what [Options].Memory is by default.
const DefaultMemory = 1 << 30

// queueShare is the part of Options.Memory that may be fetched ahead: of 1 GiB 64 MiB,
// which are thousands of log files as they usually are, or a few of the largest.
const queueShare = 16

// A Summary says what a run came to. Its counts add up:
//
//	FilesListed = FilesLoaded + FilesKnown + FilesDamaged + FilesOther + FilesFiltered + FilesLeft
//	Records     = EventsNew + Repeats + EventsFiltered
type Summary struct {
	FilesListed   int64 `json:"files_listed"`
	FilesLoaded   int64 `json:"files_loaded"`
	FilesKnown    int64 `json:"files_known"`    // in the store already, unchanged
	FilesDamaged  int64 `json:"files_damaged"`  // not, or not wholly, to be read; now or when first seen
	FilesOther    int64 `json:"files_other"`    // not log files
	FilesFiltered int64 `json:"files_filtered"` // outside of what was asked for
	FilesLeft     int64 `json:"files_left"`     // not done when the run ended early

	// FilesChanged is how many of FilesLoaded and FilesDamaged are not what they were when
	// an earlier run loaded them.
	FilesChanged int64 `json:"files_changed"`

	// FoldersFiltered is how many folders were not listed, or not to their end, since
	// their paths say that all below them is outside of what was asked for. What they
	// hold is in none of the other counts.
	FoldersFiltered int64 `json:"folders_filtered"`

	Records        int64 `json:"records"`
	EventsNew      int64 `json:"events_new"`
	Repeats        int64 `json:"repeats"`
	EventsFiltered int64 `json:"events_filtered"`
	Conflicts      int64 `json:"conflicts"` // of EventsNew: an eventID that came with other bytes before

	DigestFiles     int64 `json:"digest_files"`     // of FilesListed, by their names
	AggregatedFiles int64 `json:"aggregated_files"` // of FilesOther

	Retries         int64     `json:"retries"`          // requests to S3 that had to be made again
	BytesCompressed int64     `json:"bytes_compressed"` // fetched
	BytesJSON       int64     `json:"bytes_json"`
	Seconds         float64   `json:"seconds"`
	Errors          []Finding `json:"errors"`
	ErrorsMore      int64     `json:"errors_more"` // beyond those; the table files has all of this run
}

// maxErrors is how many findings a summary lists: more are nobody's to read one by one,
// and a million must not be held in memory.
const maxErrors = 1000

// A Finding is what is to be said of a file.
type Finding struct {
	URI    string        `json:"uri"`
	Status schema.Status `json:"status"`
	Error  string        `json:"error"`
}

// ErrStopped is returned by [Run] when [Options].Stop ended it before its end.
var ErrStopped = errors.New("stopped before the end")

// Run loads the log files of the sources into the store. The Summary is of what
// is in the store when it returns, also together with an error.
func Run(ctx context.Context, store *schema.Store, sources []Source, opt Options) (Summary, error) {
	started := time.Now()
	r := &run{store: store, opt: opt}
	if r.opt.Progress == nil {
		r.opt.Progress = new(Progress)
	}
	if r.opt.BatchBytes == 0 {
		r.opt.BatchBytes = batchBytes
	}
	if r.opt.Memory == 0 {
		r.opt.Memory = DefaultMemory
	}
	r.fetched = newQueue(r.opt.Memory / queueShare)
	r.summary.Errors = []Finding{}
	err := r.begin(ctx, sources)
	if err == nil {
		err = r.all(ctx, sources)
	}
	s := &r.summary
	s.FilesLeft = s.FilesListed - s.FilesLoaded - s.FilesKnown - s.FilesDamaged - s.FilesOther - s.FilesFiltered
	s.Retries = r.opt.Progress.Retries.Load()
	s.Seconds = time.Since(started).Seconds()
	slices.SortStableFunc(r.summary.Errors, func(a, b Finding) int { return strings.Compare(a.URI, b.URI) })
	if err != nil {
		return r.summary, err
	}
	text, err := json.Marshal(r.summary)
	if err != nil {
		return r.summary, err
	}
	r.ledger.Finished, r.ledger.Summary = time.Now().UTC(), string(text)
	return r.summary, store.FinishRun(ctx, &r.ledger)
}

// A run is one call of [Run].
type run struct {
	store   *schema.Store
	opt     Options
	ledger  schema.Run
	known   map[objectID]known
	again   atomic.Bool // something that the ledger has is read once more
	seen    *seen
	fetched *queue
	file    int32 // the number of the next log file

	mu       sync.Mutex // the lister and the loader both count
	summary  Summary
	versions int64 // listed objects of which the ledger has another version
}

// An objectID stands for an object's URI: 16 bytes, so that the ledger of a million
// files fits in memory.
type objectID [16]byte

// known is what the ledger has of an object: the version of it that was read last.
type known struct {
	version [16]byte // stands for size and ETag; zero where it could not be read so far
	file    int32
	status  schema.Status // empty where that version, too, has to be read
}

// storedURI is a URI as the ledger has it. File systems take names that are no text;
// the bytes that are none become visible, so that two names never become one.
func storedURI(uri string) string {
	if utf8.ValidString(uri) && !strings.Contains(uri, "\x00") {
		return uri
	}
	var b strings.Builder
	for i := 0; i < len(uri); {
		r, size := utf8.DecodeRuneInString(uri[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, uri[i])
		} else {
			b.WriteString(uri[i : i+size])
		}
		i += size
	}
	return b.String()
}

func idOf(uri string) objectID { return xxh3.HashString128(uri).Bytes() }

func versionOf(size int64, etag string) [16]byte {
	version := append(strconv.AppendInt(make([]byte, 0, 64), size, 10), 0)
	return xxh3.Hash128(append(version, etag...)).Bytes()
}

func (r *run) begin(ctx context.Context, sources []Source) error {
	r.ledger = schema.Run{Started: time.Now().UTC(), Version: r.opt.Version, Filter: r.opt.Filter.String()}
	r.ledger.DeliveredSince, r.ledger.DeliveredUntil = r.opt.Filter.delivered()
	for _, source := range sources {
		r.ledger.Sources = append(r.ledger.Sources, source.String())
	}
	if u, err := user.Current(); err == nil {
		r.ledger.User = u.Username
	}
	r.ledger.Host, _ = os.Hostname() // a custody note, not worth failing for

	var err error
	if r.seen, err = newSeen(ctx, r.store, r.opt.Memory); err != nil {
		return err
	}
	r.file, err = r.store.BeginRun(ctx, &r.ledger)
	return err
}

// readLedger fills known, unless that was done before or there is no store yet.
func (r *run) readLedger(ctx context.Context) error {
	if r.known != nil || r.store == nil {
		return nil
	}
	r.known = map[objectID]known{}
	for f, err := range r.store.KnownFiles(ctx) {
		if err != nil {
			return err
		}
		id := idOf(f.URI)
		last, ok := r.known[id]
		this := known{version: versionOf(f.Size, f.ETag), file: f.File}
		switch {
		case f.Status == schema.Failed:
			this = known{}
		case f.Filter != "" && f.Filter != r.ledger.Filter: // what that run left out may be wanted now
		case f.OverLimit > 0 && f.OverLimit < r.opt.MaxFileBytes: // what was too large then may not be now
		default:
			this.status = f.Status
		}
		switch {
		case ok && this.version == last.version: // read more than once, under different limits
			this.file, this.status = max(this.file, last.file), cmp.Or(this.status, last.status)
		case ok && this.file < last.file:
			continue
		}
		r.known[id] = this
	}
	return nil
}

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
	g.Go(func() error {
		select {
		case <-r.opt.Stop:
			stop(ErrStopped)
		case <-outside.Done():
		}
		return nil
	})

	jobs := make(chan []job) // unbuffered: listing runs ahead by no more than the fetchers
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
			err := r.fetch(ctx, outside, jobs)
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

// A job is an object to be fetched.
type job struct {
	source Source
	item   fetched // without data
}

// groupObjects is how many near objects are fetched one after another: to hand them
// over one by one would take as long as to read them.
const groupObjects = 32

// listAhead is how many objects are listed before it is decided about them: enough for
// the time in which the ledger is read, at some 300 bytes each.
const listAhead = 1 << 16

// list chooses from what a source lists.
func (r *run) list(ctx context.Context, source Source, jobs chan<- []job) error {
	var group []job
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
	found := make(chan listed, listAhead)
	cutOff := false
	var listing sync.WaitGroup
	defer listing.Wait()
	defer cancel()
	listing.Go(func() {
		defer close(found)
		for o, err := range source.List(within, r.wantsFolder) {
			select {
			case found <- listed{o, err}:
			case <-within.Done():
				cutOff = true
				return
			}
		}
	})
	if err := r.readLedger(ctx); err != nil {
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
		item := fetched{object: o, key: key, err: err}
		if !r.wants(&item) {
			continue
		}
		item.file = r.file
		r.file++
		r.opt.Progress.BytesWanted.Add(o.Size)
		group = append(group, job{source, item})
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
		r.mu.Lock()
		defer r.mu.Unlock()
		r.summary.FoldersFiltered++
	}
	return want
}

// wants counts a listed object, and reports whether it is to be fetched.
func (r *run) wants(item *fetched) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.summary
	s.FilesListed++
	r.opt.Progress.FilesListed.Add(1)
	if item.key.Class == schema.ClassDigestFile {
		s.DigestFiles++
	}
	switch class := item.key.Class; {
	case item.err != nil: // it could not even be looked at
		return true
	case class == schema.ClassAggregatedFile && !item.object.Named:
		s.FilesOther++
		s.AggregatedFiles++
	case class == schema.ClassOtherFile && !item.object.Named:
		s.FilesOther++
	case !r.opt.Filter.wantsFile(&item.key):
		s.FilesFiltered++
	default:
		o := &item.object
		known, ok := r.known[idOf(storedURI(o.URI))]
		if !ok || o.ETag == "" { // without one, nothing tells whether it has changed
			return true
		}
		other := known.version != versionOf(o.Size, o.ETag)
		if other && known.file > 0 {
			r.versions++
		}
		if other || known.status == "" {
			r.again.Store(true)
			return true
		}
		switch known.status {
		case schema.Loaded:
			s.FilesKnown++
		case schema.Skipped:
			s.FilesOther++
		default:
			s.FilesDamaged++
			r.find(schema.LogFile{URI: storedURI(o.URI), Status: known.status, Error: ErrStillDamaged.Error()}, ErrStillDamaged)
		}
	}
	r.opt.Progress.FilesDone.Add(1)
	return false
}

// ErrChanged is the finding of a log file that an earlier run has loaded, and that has
// other content now. A trail does not rewrite its log files.
var ErrChanged = errors.New("changed since it was loaded; the store keeps what it was then, too")

// ErrStillDamaged is the finding of a damaged file that an earlier run has read.
var ErrStillDamaged = errors.New("damaged, as an earlier run has found; it has not changed since")

// fetch fetches what it is given, until outside ends, and hands it on to be loaded.
func (r *run) fetch(ctx, outside context.Context, jobs <-chan []job) error {
	for group := range jobs {
		for i := range group {
			if err := r.fetchOne(ctx, outside, &group[i]); err != nil {
				return err
			}
		}
	}
	return nil // if there was more, list knows
}

func (r *run) fetchOne(ctx, outside context.Context, j *job) error {
	item := j.item
	// Packing makes no file longer but by its frame, so this one is too long.
	if item.err == nil && item.object.Size > r.opt.MaxFileBytes+1<<20 {
		item.err = &logfile.TooLargeError{Limit: r.opt.MaxFileBytes}
	}
	if item.err == nil {
		if err := r.fetched.reserve(ctx, &item, item.object.Size); err != nil {
			return err
		}
		item.data, item.signature, item.err = j.source.Fetch(outside, item.object)
	}
	if outside.Err() != nil && (item.err != nil || item.object.Near) {
		r.fetched.release(&item)
		return context.Cause(outside)
	}
	if item.err != nil {
		var stop *StopError
		if errors.As(item.err, &stop) {
			return item.err
		}
		item.data = nil
		r.fetched.release(&item)
	}
	r.opt.Progress.BytesFetched.Add(int64(len(item.data)))
	return r.fetched.push(ctx, item)
}

// load loads what was fetched, batch by batch.
func (r *run) load(ctx context.Context) error {
	for {
		first, more, err := r.fetched.pop(ctx)
		if !more || err != nil {
			return err
		}
		b := newBatch(r, first)
		if err := r.store.Load(ctx, b); err != nil {
			return err
		}
		r.opt.Progress.Writing.Store(false)
		r.seen.committed()
		r.count(b)
		if b.ledger.Supersedes {
			if err := r.tellChanged(ctx, b); err != nil {
				return err
			}
		}
	}
}

// tellChanged finds the files of a batch that were loaded before and are not what they
// were then. The same content under another ETag is no finding: local files are
// touched, objects are copied and encrypted anew.
func (r *run) tellChanged(ctx context.Context, b *batch) error {
	changed, err := r.store.ChangedFiles(ctx, r.ledger.Run)
	if err != nil || len(changed) == 0 {
		return err
	}
	here := map[int32]bool{} // the run had other batches
	for i := range b.ledger.Files {
		here[b.ledger.Files[i].File] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range changed {
		if here[f.File] {
			here[f.File] = false // it may have taken the place of several
			r.summary.FilesChanged++
			r.find(schema.LogFile{URI: f.URI, Status: f.Status, Error: ErrChanged.Error()}, ErrChanged)
		}
	}
	return nil
}

// count adds a batch that is in the store now to the summary.
func (r *run) count(b *batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.summary
	for i := range b.ledger.Files {
		f := &b.ledger.Files[i]
		switch f.Status {
		case schema.Loaded:
			s.FilesLoaded++
		case schema.Skipped:
			s.FilesOther++
		default:
			s.FilesDamaged++
		}
		s.Records += int64(f.Records)
		s.EventsNew += int64(f.New)
		s.Repeats += int64(f.Repeated)
		s.EventsFiltered += int64(f.Filtered)
		s.Conflicts += int64(f.Conflicts)
		if f.Status != schema.Failed {
			s.BytesCompressed += f.Size
		}
		s.BytesJSON += f.JSONBytes
		if b.causes[i] != nil && f.Status != schema.Skipped {
			r.find(*f, b.causes[i])
		}
	}
}

// find notes a finding; mu is held.
func (r *run) find(f schema.LogFile, cause error) {
	if len(r.summary.Errors) < maxErrors {
		r.summary.Errors = append(r.summary.Errors, Finding{URI: f.URI, Status: f.Status, Error: f.Error})
	} else {
		r.summary.ErrorsMore++
	}
	if r.opt.Finding != nil {
		r.opt.Finding(f, cause)
	}
}
