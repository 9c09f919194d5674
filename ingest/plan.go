package ingest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

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

// MakePlan lists the sources and compares, and fetches nothing. store may be nil, for
// one that is not there yet.
func MakePlan(ctx context.Context, store *schema.Store, sources []Source, opt Options) (Plan, error) {
	started := time.Now()
	r := newRun(store, opt)
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
	for group := range jobs {
		for i := range group {
			item := &group[i]
			r.opt.Progress.FilesDone.Add(1)
			if archived := (*ArchivedError)(nil); errors.As(item.err, &archived) {
				r.counts.add(func(*Summary) { r.counts.archived(storedURI(item.object.URI), archived.Class, item.object.Size) })
				continue
			}
			if item.err != nil {
				plan.FilesDamaged++
				r.counts.find(schema.LogFile{URI: storedURI(item.object.URI), Status: schema.Failed, Error: storedURI(item.err.Error())}, item.err)
				continue
			}
			if source, ok := item.source.(opener); ok && item.look && !r.mayRead(ctx, item, source) {
				plan.FilesOther++
				r.counts.add(func(s *Summary) { s.leave(kindOf(&item.key, item.object.URI), 1) })
				continue
			}
			plan.FilesToFetch++
			plan.BytesToFetch += item.object.Size
			plan.GetRequests += item.object.Requests
		}
	}
	listing.Wait()
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
