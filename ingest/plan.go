package ingest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

// A Plan is what a run would do: the reconciliation of what the sources list with what
// the store has. Its counts add up:
//
//	FilesListed = FilesToFetch + FilesKnown + FilesDamaged + FilesArchived + FilesOther + FilesFiltered
type Plan struct {
	FilesListed   int64 `json:"files_listed"`
	FilesToFetch  int64 `json:"files_to_fetch"`
	FilesKnown    int64 `json:"files_known"`    // in the store already, unchanged
	FilesDamaged  int64 `json:"files_damaged"`  // as an earlier run has found, or not to be listed
	FilesArchived int64 `json:"files_archived"` // to be restored before they can be read
	FilesOther    int64 `json:"files_other"`    // not log files
	FilesFiltered int64 `json:"files_filtered"` // outside of what was asked for

	// FilesUnfamiliar is how many of FilesOther have a name that does not tell what they are, where
	// each look costs a request. A run looks at them, but for FilesUnseen, which are too many.
	FilesUnfamiliar int64 `json:"files_unfamiliar"`
	FilesUnseen     int64 `json:"files_unseen"`

	FilesChanged    int64     `json:"files_changed"`    // of FilesToFetch: with another size or ETag than when they were read
	FoldersFiltered int64     `json:"folders_filtered"` // as in [Summary]
	Archives        []Archive `json:"archives"`         // FilesArchived, by storage class
	DigestFiles     int64     `json:"digest_files"`     // of FilesListed, by their names
	AggregatedFiles int64     `json:"aggregated_files"` // of FilesOther

	NotRead map[string]int64 `json:"not_read"` // as in [Summary]

	BytesToFetch int64     `json:"bytes_to_fetch"`
	ListRequests int64     `json:"list_requests"` // to S3, that listing took
	GetRequests  int64     `json:"get_requests"`  // that fetching will take, if none fails
	Seconds      float64   `json:"seconds"`
	Errors       []Finding `json:"errors"`
}

// MakePlan lists the sources and compares, and fetches nothing. What is on this machine is looked
// at, as [Run] does, and into archives. store may be nil, for one that is not there yet.
func MakePlan(ctx context.Context, store *schema.Store, sources []Source, opt Options) (Plan, error) {
	started := time.Now()
	r := newRun(store, opt)
	r.plans = true
	var err error
	jobs := make(chan []fetched)
	var listing sync.WaitGroup
	listing.Go(func() {
		defer close(jobs)
		for i := 0; i < len(sources) && err == nil; i++ {
			err = r.list(ctx, sources[i], jobs)
		}
	})
	plan := Plan{Errors: []Finding{}}
	p := newPlanner(r, &plan)
	var failed error
	for group := range jobs {
		for i := 0; i < len(group) && failed == nil; i++ {
			failed = p.take(ctx, &group[i])
		}
	}
	listing.Wait()
	if err == nil {
		err = failed
	}
	// A run looks at so many.
	looks := min(plan.FilesUnfamiliar, max(0, maxLooks-int64(r.looks.Load())))
	plan.GetRequests += looks
	plan.FilesUnseen = plan.FilesUnfamiliar - looks
	s := &r.counts.summary
	plan.FilesListed, plan.FilesKnown, plan.FilesFiltered = s.FilesListed, s.FilesKnown, s.FilesFiltered
	plan.FilesOther += s.FilesOther
	plan.NotRead = s.NotRead
	plan.FilesArchived, plan.Archives = s.FilesArchived, s.Archives
	plan.FilesDamaged += s.FilesDamaged
	plan.FilesChanged, plan.FoldersFiltered = r.counts.versions, s.FoldersFiltered
	plan.DigestFiles, plan.AggregatedFiles = s.DigestFiles, s.AggregatedFiles
	plan.ListRequests = r.opt.Progress.ListRequests.Load()
	plan.Errors = append(plan.Errors, s.Errors...)
	slices.SortStableFunc(plan.Errors, func(a, b Finding) int { return strings.Compare(a.URI, b.URI) })
	plan.Seconds = time.Since(started).Seconds()
	return plan, err
}

// A planner takes what a run would load.
type planner struct {
	run  *run
	plan *Plan
	// What is on this machine and has no name of a log file is judged as a run does it, as far as its
	// first record: by a run of its own, which counts for nobody.
	judge    *run
	decoder  *logfile.Decoder
	inflater logfile.Inflater
}

func newPlanner(r *run, plan *Plan) *planner {
	judge := newRun(nil, Options{MaxFileBytes: r.opt.MaxFileBytes, MaxRecordBytes: r.opt.MaxRecordBytes})
	return &planner{run: r, plan: plan, judge: judge, decoder: logfile.NewDecoder(0, new(schema.Shapes), int(r.opt.MaxRecordBytes))}
}

// take takes an object that is listed.
func (p *planner) take(ctx context.Context, item *fetched) error {
	if source, ok := item.source.(opener); ok && item.mayBeArchive() {
		if done, err := p.run.lookInto(ctx, ctx, item, source, p); done || err != nil {
			return err
		}
		begin := item.object
		begin.Size = min(begin.Size, lookBytes)
		if data, _, err := item.source.Fetch(ctx, begin); err == nil {
			item.data = data
		}
	}
	if !item.isFarOff() || item.key.Class != schema.ClassOtherFile { // or it may be an archive
		p.run.checkSize(item)
	}
	return p.push(ctx, *item)
}

func (*planner) reserve(context.Context, *fetched, int64) error { return nil }
func (*planner) release(*fetched)                               {}

// push counts an object, or a member of an archive, which takes no bytes but the archive's.
func (p *planner) push(ctx context.Context, item fetched) error {
	r, plan := p.run, p.plan
	r.opt.Progress.FilesDone.Add(1)
	if item.err == nil && item.data != nil && item.entry == nil && item.key.Class != schema.ClassLogFile && item.key.Class != schema.ClassDigestFile {
		if other, err := p.isOther(ctx, &item); other || err != nil {
			return err
		}
	}
	archive := item.key.Kind == kindArchive && item.entry != nil
	var archived *ArchivedError
	switch {
	case errors.As(item.err, &archived):
		r.counts.add(func(*Summary) { r.counts.archived(storedURI(item.object.URI), archived.Class, item.object.Size) })
	case item.entry != nil && item.entry.Status == schema.Other:
		plan.FilesOther++
		r.counts.add(func(s *Summary) { s.leave(kindOf(&item.key, item.object.URI), 1) })
	case item.err != nil:
		plan.FilesDamaged++
		status := schema.Failed
		if archive {
			status = item.entry.Status
		}
		r.counts.find(schema.LogFile{URI: storedURI(item.object.URI), Status: status, Error: storedURI(item.err.Error())}, item.err)
	case item.look && item.isFarOff():
		plan.FilesOther++
		plan.FilesUnfamiliar++
		r.counts.add(func(s *Summary) { s.leave(kindOf(&item.key, item.object.URI), 1) })
	default:
		plan.FilesToFetch++
		plan.GetRequests += item.object.Requests
		if !archive { // its members have them
			plan.BytesToFetch += item.object.Size
		}
		if item.odd != nil {
			r.counts.find(schema.LogFile{URI: storedURI(item.object.URI), Status: schema.Loaded, Error: item.odd.Error()}, item.odd)
		}
	}
	return nil
}

// isOther reports whether an object is found to be no log file, and counts it then. Of a large one there is only the
// begin: if that has no record, all of it is read.
func (p *planner) isOther(ctx context.Context, item *fetched) (bool, error) {
	b, found, err := p.read(ctx, item)
	if found || err != nil {
		return false, err
	}
	if int64(len(item.data)) < item.object.Size {
		if item.source == nil { // a member, which is not read twice
			return false, nil
		}
		if item.data, _, item.err = item.source.Fetch(ctx, item.object); item.err != nil {
			return false, nil
		}
		if b, found, err = p.read(ctx, item); found || err != nil {
			return false, err
		}
	}
	f := &b.ledger.Files[0]
	switch f.Status {
	case schema.Skipped:
		p.plan.FilesOther++
	case schema.Corrupt:
		p.plan.FilesDamaged++
	default:
		return false, nil
	}
	p.run.counts.add(func(s *Summary) {
		for kind, n := range b.left {
			s.leave(kind, n)
		}
	})
	if b.causes[0] != nil {
		p.run.counts.find(*f, b.causes[0])
	}
	return true, nil
}

// read reads an object as far as its first record, and returns what there is to be said of one without.
func (p *planner) read(ctx context.Context, item *fetched) (b *batch, found bool, err error) {
	b = &batch{run: p.judge, again: true, changed: make(chan struct{})}
	o := &opened{batch: b, decoder: p.decoder}
	if !o.open(item, &p.inflater) {
		return b, false, nil
	}
	var ev schema.Event
	found, err = o.next(ctx, &ev)
	return b, found, err
}
