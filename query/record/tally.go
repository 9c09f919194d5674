package record

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// A Tally counts the events of one group that match a predicate.
type Tally struct {
	Predicate   int       // its index
	Group       []*string // the values of what they are grouped by; nil for NULL
	Count       int64     // more than 0
	First, Last time.Time // eventTime; zero where none of the records has one
	Days        []Day     // on which they were, if that is counted
	Actors      []string  // who really acted, each once, if that is asked for
	Events      []Ref     // the first of them, by eventTime, then by eventID, then by Ref
}

// A Day is one of a [Tally], in UTC, with its events.
type Day struct {
	Key   time.Time
	Value int64
}

// tallied is how many predicates are looked for in one pass over the events. To read a
// column costs more than to compare it once more; but what it takes to plan a statement grows
// faster than the statement. With 740 rules 8 and 32 were slower.
const tallied = 16

// Counting says how [Tallies] counts.
type Counting struct {
	By   []string // texts in SQL: events with the same values of them are counted together
	Keep int      // how many events a tally has; less than 0: all
	Days bool     // a tally has the days of its events
	// Actors: a tally has its actors.
	Actors bool
	Once   bool // events of one eventID and one account, of which the bytes differ, count once
}

// Tallies counts what matches each of the predicates. Tallies are in the order of
// predicates; groups in none. The conditions in where have to be true of the events, too.
//
// It is for many predicates: there is one pass over the events for some dozens of them,
// over those events only that they can be about by their names. What they ask of the shapes
// of records is looked up once for all.
func Tallies(ctx context.Context, store *schema.Store, predicates []Predicate, counting Counting, where ...query.Statement) ([]Tally, error) {
	names, err := readNames(ctx, store)
	if err != nil {
		return nil, err
	}
	var all []Tally
	for _, batch := range names.batches(predicates) {
		tallies, err := schema.Collect[Tally](counting.statement(predicates, batch, names, where).Query(ctx, store))
		if err != nil {
			return nil, err
		}
		all = append(all, tallies...)
	}
	slices.SortStableFunc(all, func(a, b Tally) int { return cmp.Compare(a.Predicate, b.Predicate) })
	return all, nil
}

// batches are the indexes of predicates that are looked for in one pass, those left out that
// nothing in the store can be about.
func (n eventNames) batches(predicates []Predicate) (batches [][]int) {
	var named, unnamed []int
	for i := range predicates {
		if predicates[i].EventNames == nil {
			unnamed = append(unnamed, i)
		} else if n.have(&predicates[i]) {
			named = append(named, i)
		}
	}
	// Those that are about the same events stand together.
	slices.SortStableFunc(named, func(i, j int) int { return slices.Compare(predicates[i].EventNames, predicates[j].EventNames) })
	for _, indexes := range [][]int{named, unnamed} {
		batches = slices.AppendSeq(batches, slices.Chunk(indexes, tallied))
	}
	return batches
}

// onceOnly leaves one of the events of one eventID and one account.
const onceOnly = "true\n    QUALIFY eventID IS NULL OR row_number() OVER (PARTITION BY predicate, eventID, recipientAccountId ORDER BY file, position) = 1"

// pass is a statement over the events with some of the predicates in it.
func (b *Binder) pass(sql string, predicates []Predicate, indexes []int) string {
	var found []string
	for _, i := range indexes {
		found = append(found, fmt.Sprintf("CASE WHEN %s THEN %d END", bracketed(predicates[i].Condition(b)), i))
	}
	return schema.Put(schema.Put(sql, "found", strings.Join(found, ",\n")), "events", b.events())
}

//go:embed tallies.sql
var talliesSQL string

// statement is one pass, for some of the predicates.
func (c Counting) statement(predicates []Predicate, indexes []int, names eventNames, where []query.Statement) query.Statement {
	b := &Binder{joins: true}
	sql := b.pass(talliesSQL, predicates, indexes)
	put := func(mark, text string) { sql = schema.Put(sql, mark, text) }
	var groups, by []string
	for i, text := range c.By {
		groups = append(groups, fmt.Sprintf("group%d", i))
		by = append(by, fmt.Sprintf("%s AS group%d", text, i))
	}
	if len(groups) > 0 {
		put("group", "["+strings.Join(groups, ", ")+"]")
		put("groups", "predicate, "+strings.Join(groups, ", "))
	}
	if c.Days {
		put("days", "map_entries(histogram(date_trunc('day', eventTime)::TIMESTAMP))")
	}
	columns := []string{"position"}
	if c.Actors {
		columns = append(columns, "actor")
		put("actors", "list(DISTINCT actor) FILTER (actor IS NOT NULL)")
	}
	put("by", strings.Join(append(columns, by...), ", "))
	put("kept", c.kept())
	if c.Once {
		put("once", onceOnly)
	}
	return b.Statement(sql).Put("where", names.limit(predicates, indexes, where))
}

// kept is the list of the events that a tally has.
func (c Counting) kept() string {
	const list = "list({file: file, position: position} ORDER BY eventTime, eventID, file, position)"
	switch {
	case c.Keep == 0:
		return "NULL"
	case c.Keep < 0:
		return list
	case c.Keep >= 1_000_000: // more than arg_min takes
		return fmt.Sprintf("%s[:%d]", list, c.Keep)
	}
	return fmt.Sprintf("arg_min({file: file, position: position}, {eventTime: eventTime, eventID: eventID, file: file, position: position}, %d)", c.Keep)
}
