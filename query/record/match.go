package record

import (
	"context"
	_ "embed"
	"iter"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// A Predicate is a condition on events that is looked for together with many others.
type Predicate struct {
	Condition Expression // a BOOLEAN
	// EventNames are the values of eventName, in lower case, outside of which no event
	// matches, as letters match in either case. They make the search fast. Nil: any.
	EventNames []string
	// Values are whatever else is asked of the events that match: texts.
	Values []Expression
}

// A Ref says which event of the store: that of a log file at a position.
type Ref struct{ File, Position int64 }

// An Event is one that matches: where it is in the store, and what alarms go by.
type Event struct {
	Ref
	Time    time.Time // zero where the record has none
	Account string    // recipientAccountId
	Region  string    // awsRegion
	Values  []*string // of the predicate's expressions; nil for NULL
}

// A Match is an event that a predicate is true of.
type Match struct {
	Predicate int // its index
	Event
}

// Matches yields the events that match each of the predicates: by predicate, then by time,
// then by their Ref. The conditions in where have to be true of them, too. An error ends
// it; it is that of the predicate named.
//
// Each predicate is a statement of its own. Most rules of alarms name the events that they
// are about: what the store does not have is not looked for, and DuckDB finds the rest by
// one column, which has few distinct values, before it looks into any other.
func Matches(ctx context.Context, store *schema.Store, predicates []Predicate, where ...query.Statement) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		names, err := readNames(ctx, store)
		if err != nil {
			yield(Match{}, err)
			return
		}
		for i, p := range predicates {
			if !names.have(&p) {
				continue
			}
			for event, err := range schema.All[Event](p.statement(names, where).Query(ctx, store)) {
				if !yield(Match{Predicate: i, Event: event}, err) || err != nil {
					return
				}
			}
		}
	}
}

//go:embed matches.sql
var matchesSQL string

// statement finds what matches.
func (p *Predicate) statement(names eventNames, where []query.Statement) query.Statement {
	b := &Binder{}
	sql := schema.Put(matchesSQL, "condition", bracketed(p.Condition(b)))
	if len(p.Values) > 0 {
		values := make([]string, len(p.Values))
		for i, write := range p.Values {
			values[i] = write(b)
		}
		sql = schema.Put(sql, "values", "["+strings.Join(values, ", ")+"]")
	}
	return b.Statement(sql).Put("where", names.limit([]Predicate{*p}, []int{0}, where))
}

// bracketed is a condition that may end in a comment.
func bracketed(condition string) string { return "(" + condition + "\n)" }

// eventNames are the values of eventName that the store has, by their lower-case form.
type eventNames map[string][]string

func readNames(ctx context.Context, store *schema.Store) (eventNames, error) {
	names := eventNames{}
	for name, err := range schema.All[string](store.Query(ctx, "SELECT DISTINCT eventName FROM events WHERE eventName IS NOT NULL")) {
		if err != nil {
			return nil, err
		}
		lower := strings.ToLower(name)
		names[lower] = append(names[lower], name)
	}
	return names, nil
}

// have says that the store has events that a predicate can be about.
func (n eventNames) have(p *Predicate) bool { return p.EventNames == nil || n.of(p) != nil }

// of are the names that events have which a predicate can be about.
func (n eventNames) of(p *Predicate) (stored []string) {
	for _, name := range p.EventNames {
		stored = append(stored, n[name]...)
	}
	return stored
}

// limit is the condition of where on events that one of the predicates of these indexes can
// be about: all of them have EventNames, or none.
func (n eventNames) limit(predicates []Predicate, indexes []int, where []query.Statement) query.Statement {
	var stored []string
	for _, i := range indexes {
		stored = append(stored, n.of(&predicates[i])...)
	}
	if stored == nil {
		return query.And(where...)
	}
	return query.And(append([]query.Statement{{
		SQL:  "eventName IN (SELECT unnest($eventnames::VARCHAR[]))",
		Args: []schema.Arg{{Name: "eventnames", Value: stored}},
	}}, where...)...)
}
