package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"trailbox/ingest"
	"trailbox/query"
	"trailbox/schema"
)

// plan tells what a run would do. A store is read if there is one; none is made, and
// nothing in it is changed.
func (f *ingestFlags) plan(ctx context.Context, s streams, sources []ingest.Source) error {
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil && !errors.Is(err, schema.ErrNoStore) {
		return err
	}
	opt := f.whole()
	f.resume(s, store, sources, &opt)
	screen := newStatusLine(f.talk(s), func(float64) string { return query.Count(opt.Progress.FilesListed.Load()) + " files listed" })
	found := newFindings(s, screen)
	opt.Finding = func(file schema.LogFile, cause error) { found.add(file.URI, cause) }
	screen.start()
	plan, err := ingest.MakePlan(ctx, store, sources, opt)
	screen.stop()
	found.rest()
	f.tellArchives(s, plan.Archives)
	if store != nil {
		err = errors.Join(err, store.Close())
	}
	if err != nil {
		return err
	}
	if *f.format == query.FormatTable {
		printPlan(s.out, &plan)
	} else if err := writeObject(s, &plan, *f.format); err != nil {
		return err
	}
	nothing := plan.FilesToFetch+plan.FilesKnown+plan.FilesFiltered+plan.FilesDamaged+plan.FilesArchived+plan.FilesUnfamiliar+plan.FoldersFiltered == 0
	if nothing {
		say(s.err, "trailbox: nothing would be loaded: of %s listed none is CloudTrail's", query.Plural(plan.FilesListed, "file"))
	}
	if nothing || len(plan.Errors) > 0 || plan.FilesArchived > 0 {
		return errFindings
	}
	return nil
}

// printPlan writes the counts in the words of printSummary.
func printPlan(w io.Writer, p *ingest.Plan) {
	archived := ""
	if p.FilesArchived > 0 {
		archived = " + " + query.Count(p.FilesArchived) + " archived"
	}
	fmt.Fprintf(w, "files    %12s listed = %s to fetch + %s known + %s damaged%s + %s other + %s filtered out\n",
		query.Count(p.FilesListed), query.Count(p.FilesToFetch), query.Count(p.FilesKnown), query.Count(p.FilesDamaged), archived, query.Count(p.FilesOther), query.Count(p.FilesFiltered))
	if p.FilesChanged > 0 {
		fmt.Fprintf(w, "changed  %12s to fetch again: their size or ETag is another than when they were read\n", query.Count(p.FilesChanged))
	}
	if p.FoldersFiltered > 0 {
		fmt.Fprintf(w, "folders  %12s not looked into: of other accounts, Regions or days\n", query.Count(p.FoldersFiltered))
	}
	printKinds(w, p.DigestFiles, p.AggregatedFiles)
	printNotRead(w, p.NotRead)
	if looks := p.FilesUnfamiliar - p.FilesUnseen; looks > 0 {
		fmt.Fprintf(w, "to look at: %s of these, whose names do not tell what they are\n", query.Count(looks))
	}
	if p.FilesUnseen > 0 {
		printUnseen(w, p.FilesUnseen)
	}
	fmt.Fprintf(w, "size     %12s to fetch\n", megabytes(p.BytesToFetch))
	if p.ListRequests > 0 {
		fmt.Fprintf(w, "requests %12s to list what is there, and about %s to fetch\n", query.Count(p.ListRequests), query.Count(p.GetRequests))
	}
}
