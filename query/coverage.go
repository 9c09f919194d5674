package query

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"trailbox/schema"
)

//go:embed coverage.sql
var coverageSQL string

//go:embed absent.sql
var absentSQL string

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
	Timeless    int64 // events without a time of those accounts and Regions, whatever the times
	Proven      int64 // of Events, by the digests that CloudTrail signed
	Verified    bool  // somebody has looked
}

// CoverageStatement asks for the Coverage of where a filter says to look.
func CoverageStatement(f Filter) Statement {
	where, places := f.Where(), anyTime(f)
	return Statement{SQL: allFragments().put(coverageSQL)}.
		Put("filters", where.Condition()).Put("places", places.Condition())
}

// Cover finds what the store has of where a filter says to look.
func Cover(ctx context.Context, store *schema.Store, f Filter) (Coverage, error) {
	return schema.One[Coverage](CoverageStatement(f).Query(ctx, store))
}

// anyTime is where a filter says to look, without its times.
func anyTime(f Filter) Filter {
	where := f.Where()
	where.Since, where.Until = time.Time{}, time.Time{}
	return where
}

//go:embed timeless.sql
var timelessSQL string

// CountTimeless counts the events that have no time, so that they are within none of a filter's, though
// they are where it says to look otherwise.
func CountTimeless(ctx context.Context, store *schema.Store, f Filter) (int64, error) {
	places := anyTime(f)
	return schema.One[int64](Statement{SQL: allFragments().put(timelessSQL)}.Put("places", places.Condition()).Query(ctx, store))
}

// An Absence says of how many accounts and Regions some of the period that was asked for is
// absent, of so many places.
type Absence struct{ Absent, Places int64 }

// Absent finds out, by a report of the period, what is absent of where a filter says to look.
func (r *Report) Absent(ctx context.Context, store *schema.Store, f Filter) (Absence, error) {
	report := r.Statement(f.Where())
	report.SQL = strings.TrimSuffix(strings.TrimSpace(report.SQL), ";")
	return schema.One[Absence](Statement{SQL: absentSQL}.Put("coverage", report).Query(ctx, store))
}

// String is the coverage in words.
func (c *Coverage) String() string {
	proven := ""
	if c.Verified && c.Events > 0 {
		proven = fmt.Sprintf(" (%s proven)", Percent(c.Proven, c.Events))
	}
	text := fmt.Sprintf("%s%s, %s, %s", Plural(c.Events, "event"), proven, Plural(c.Accounts, "account"), Plural(c.Regions, "Region"))
	if c.Hours > 0 {
		text += fmt.Sprintf(", %s to %s; ", c.First.Format(time.RFC3339), c.Last.Format(time.RFC3339))
		if gaps := c.Hours - c.Active; gaps > 0 {
			text += fmt.Sprintf("no event in %s of %s", Count(gaps), Plural(c.Hours, "hour"))
		} else {
			text += "events in each hour"
		}
	}
	if c.Timeless > 0 {
		text += "; " + Timeless(c.Timeless)
	}
	if c.Damaged == 0 && c.Failed == 0 {
		return text + "; no damaged files"
	}
	if c.Damaged > 0 {
		text += "; " + Plural(c.Damaged, "damaged file")
	}
	if c.Failed > 0 {
		text += "; " + Plural(c.Failed, "file") + " not fetched"
	}
	return text
}

// Timeless says how many events no limits of time can find.
func Timeless(n int64) string {
	if n == 1 {
		return "1 event without a time, which limits of time leave out"
	}
	return Plural(n, "event") + " without a time, which limits of time leave out"
}
