package main

import (
	"context"
	"strings"
	"time"

	"trailbox/ingest"
	"trailbox/ingest/cloudtrail"
	"trailbox/query"
	"trailbox/schema"
)

// historyPrefix is what the source that is CloudTrail's Event history begins with.
const historyPrefix = "cloudtrail:"

// historyBatchBytes is how much of Event history is committed at a time: it comes so slowly
// that nobody should have to ask for much of it again.
const historyBatchBytes = 4 << 20

// history opens the Event history.
func (f *ingestFlags) history(ctx context.Context, arg string) (*cloudtrail.Source, error) {
	if arg != historyPrefix {
		return nil, &usageError{
			message: arg + ": Event history has no parts",
			hint:    "trailbox ingest cloudtrail:, with --regions, --since and --until to limit it",
		}
	}
	opt := cloudtrail.Options{Options: f.s3, Regions: f.regions, Since: f.scope.Since, Until: f.scope.Until, Plan: f.dryRun != nil && *f.dryRun}
	all := len(opt.Regions) == 1 && strings.EqualFold(opt.Regions[0], "all")
	switch {
	case all:
		opt.Regions = nil
	case len(opt.Regions) > 0:
	case f.s3.Region != "":
		opt.Regions = []string{f.s3.Region}
	default:
		opt.Regions = f.scope.Regions
	}
	return cloudtrail.Open(ctx, opt)
}

// resume lets Event history go on from what the store has, and says what it does not hold.
func (f *ingestFlags) resume(s streams, store *schema.Store, sources []ingest.Source, opt *ingest.Options) {
	opt.Undelivered = true
	for _, source := range sources {
		history, ok := source.(*cloudtrail.Source)
		if !ok {
			opt.Undelivered = false
			continue
		}
		history.Store = store
		if opt.BatchBytes == 0 {
			opt.BatchBytes = historyBatchBytes
		}
		if f.found[historyPrefix] {
			continue
		}
		if f.found != nil {
			f.found[historyPrefix] = true
		}
		say(f.talk(s), "Event history of %s in %s since %s: management events. Data events, network activity, Insights, and what was before are not in it",
			history.Account(), query.Plural(int64(len(history.Regions())), "Region"), history.From().Format(time.RFC3339))
	}
}
