package query

import (
	"context"
	_ "embed"
	"time"

	"trailbox/schema"
)

//go:embed days.sql
var daysSQL string

//go:embed known.sql
var knownSQL string

// A Day is what there was in one step of the time: of an account and Region, or, where it is
// not Placed, nothing but the step.
type Day struct {
	Placed                         bool
	Account, Region                string
	Start, Next                    time.Time
	Events, Writes, Errors, Proven int64
}

// DaysStatement asks for the Days of the events that a filter lets through.
func DaysStatement(f Filter) Statement {
	s := Statement{SQL: allFragments().put(daysSQL)}.Put("filters", f.Condition())
	for _, arg := range f.Args() {
		if arg.Value != nil && (arg.Name == "since" || arg.Name == "until") {
			s = s.Put(arg.Name, Statement{SQL: "$" + arg.Name}.With(arg))
		}
	}
	return s
}

// Days counts events by account, Region and step of the time: first the steps, all of them,
// then what there was in each.
func Days(ctx context.Context, store *schema.Store, f Filter) ([]Day, error) {
	return schema.Collect[Day](DaysStatement(f).Query(ctx, store))
}

// A Known is a time of which the store knows something besides events.
type Known struct {
	Kind            string // digested, proven, off, damaged or not fetched
	Account, Region string // empty where the name of a file does not tell
	Since, Until    time.Time
}

// KnownStatement asks for the Known times.
func KnownStatement() Statement { return Statement{SQL: allFragments().put(knownSQL)} }

// KnownTimes finds them.
func KnownTimes(ctx context.Context, store *schema.Store) ([]Known, error) {
	return schema.Collect[Known](KnownStatement().Query(ctx, store))
}
