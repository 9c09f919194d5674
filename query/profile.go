package query

import (
	"context"
	_ "embed"
	"time"

	"trailbox/schema"
)

//go:embed profile.sql
var profileSQL string

// A Trait is a value that events have in common.
type Trait struct {
	Dimension              string // the flag that asks for it; "all" for the sum of all events
	Value                  string
	Service                string // of a call, its eventSource
	Nameless               bool   // events have no value there
	Events, Writes, Errors int64
	First, Last            time.Time // eventTime; zero where none has one
	Of                     int64     // how many values the dimension has
}

// ProfileStatement asks for the Profile of the events that a filter lets through.
func ProfileStatement(f Filter, most int) Statement {
	return Statement{SQL: allFragments().put(profileSQL)}.Put("filters", f.Condition()).With(schema.Arg{Name: "most", Value: int64(most)})
}

// Profile finds the most frequent values of each dimension, and the sum of all.
func Profile(ctx context.Context, store *schema.Store, f Filter, most int) (map[string][]Trait, error) {
	all := map[string][]Trait{}
	for t, err := range schema.All[Trait](ProfileStatement(f, most).Query(ctx, store)) {
		if err != nil {
			return nil, err
		}
		all[t.Dimension] = append(all[t.Dimension], t)
	}
	return all, nil
}
