package query

import (
	"context"
	_ "embed"
	"time"

	"trailbox/schema"
)

//go:embed coverage.sql
var coverageSQL string

// A Coverage says what a report is about, whatever it finds there.
type Coverage struct {
	Events      int64
	First, Last time.Time // eventTime; zero where no event has one
	Accounts    int64
	Regions     int64
	Hours       int64 // by the clock, from First to Last
	Active      int64 // of Hours, with events
	Damaged     int64 // log files, in the whole store
	Failed      int64 // log files that could not be fetched
	Proven      int64 // of Events, by the digests that CloudTrail signed
	Verified    bool  // somebody has looked
}

// Cover finds what the store has of where a filter says to look.
func Cover(ctx context.Context, store *schema.Store, f Filter) (Coverage, error) {
	where := f.Where()
	return schema.One[Coverage](Statement{SQL: allFragments().put(coverageSQL)}.Put("filters", where.Condition()).Query(ctx, store))
}
