package record

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"trailbox/schema"
)

// A Condition is a condition on events: a boolean expression over the columns of the table
// events, and the values that it is bound to.
type Condition struct {
	SQL  string
	Args []schema.Arg
}

// A Predicate is a condition that is looked for together with many others.
type Predicate struct {
	Condition
	// EventNames are the values of eventName, in lower case, outside of which no event
	// matches, as letters match in either case. They make the search fast. Nil: any.
	EventNames []string
	// Values are expressions over the columns of events, of whatever else is asked of the
	// events that match; Args has what they are bound to.
	Values []string
}

// An Event is one that matches: where it is in the store, and what alarms go by.
type Event struct {
	File, Position int64
	Time           time.Time // zero where the record has none
	Account        string    // recipientAccountId
	Region         string    // awsRegion
	Values         []any     // of the predicate's expressions
}

// A Match is an event that a predicate is true of.
type Match struct {
	Predicate int // its index
	Event
}

// Matches yields the events that match each of the predicates: by predicate, then by time,
// then by place. The conditions in where have to be true of them, too; they must not call
// their values as a [Binder] does. An error ends it; it is that of the predicate named.
//
// Each predicate is a statement of its own. Most rules of alarms name the events that they
// are about: what the store does not have is not looked for, and DuckDB finds the rest by
// one column, which has few distinct values, before it looks into any other.
func Matches(ctx context.Context, store *schema.Store, predicates []Predicate, where ...Condition) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		names, err := eventNames(ctx, store)
		if err != nil {
			yield(Match{}, err)
			return
		}
		for i, p := range predicates {
			for event, err := range p.find(ctx, store, names, where) {
				if !yield(Match{Predicate: i, Event: event}, err) || err != nil {
					return
				}
			}
		}
	}
}

// eventNames are the values of eventName that the store has, by their lower-case form.
func eventNames(ctx context.Context, store *schema.Store) (map[string][]string, error) {
	rows, err := store.Query(ctx, "SELECT DISTINCT eventName FROM events WHERE eventName IS NOT NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := map[string][]string{}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return nil, err
		}
		name := values[0].(string)
		names[strings.ToLower(name)] = append(names[strings.ToLower(name)], name)
	}
	return names, rows.Err()
}

// find yields the events that match one predicate.
func (p *Predicate) find(ctx context.Context, store *schema.Store, names map[string][]string, where []Condition) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		statement, args, some := p.statement(names, where)
		if !some {
			return
		}
		rows, err := store.Query(ctx, statement, args...)
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				yield(Event{}, err)
				return
			}
			event := Event{File: values[0].(int64), Position: values[1].(int64), Values: values[5:]}
			event.Time, _ = values[2].(time.Time)
			event.Account, _ = values[3].(string)
			event.Region, _ = values[4].(string)
			if !yield(event, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Event{}, err)
		}
	}
}

// statement finds what matches; there is none where the store has no event of these names.
func (p *Predicate) statement(names map[string][]string, where []Condition) (statement string, args []schema.Arg, some bool) {
	var b strings.Builder
	b.WriteString("SELECT file, position, eventTime, recipientAccountId, awsRegion")
	for _, value := range p.Values {
		b.WriteString(",\n" + value)
	}
	b.WriteString("\nFROM events WHERE ")
	args = slices.Clip(p.Args)
	if p.EventNames != nil {
		var stored []string
		for _, name := range p.EventNames {
			stored = append(stored, names[name]...)
		}
		if len(stored) == 0 {
			return "", nil, false
		}
		b.WriteString("eventName IN (SELECT unnest($eventnames::VARCHAR[]))\nAND ")
		args = append(args, schema.Arg{Name: "eventnames", Value: stored})
	}
	for _, w := range where {
		b.WriteString("(" + w.SQL + "\n) AND ") // it may end in a comment: hence the line end
		args = append(args, w.Args...)
	}
	b.WriteString("(" + p.SQL + "\n)\nORDER BY eventTime, file, position")
	return b.String(), args, true
}
