package query

import (
	"context"
	_ "embed"
	"errors"
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

// Cover finds what the store has of the accounts, the Regions and the time that the
// filter limits a report to. The other filters are what is looked for there.
func Cover(ctx context.Context, store *schema.Store, f Filter) (Coverage, error) {
	f = f.scope()
	statement, args := f.apply(coverageSQL)
	rows, err := store.Query(ctx, statement, args...)
	if err != nil {
		return Coverage{}, err
	}
	var c Coverage
	if rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return Coverage{}, errors.Join(err, rows.Close())
		}
		c.Events, c.Accounts, c.Regions = values[0].(int64), values[3].(int64), values[4].(int64)
		c.First, _ = values[1].(time.Time)
		c.Last, _ = values[2].(time.Time)
		c.Hours, c.Active = values[5].(int64), values[6].(int64)
		c.Damaged, c.Failed = values[7].(int64), values[8].(int64)
		c.Proven, c.Verified = values[9].(int64), values[10].(bool)
	}
	return c, errors.Join(rows.Err(), rows.Close())
}

// scope is the part of a filter that says where to look.
func (f *Filter) scope() Filter {
	return Filter{Since: f.Since, Until: f.Until, Accounts: f.Accounts, Regions: f.Regions}
}
