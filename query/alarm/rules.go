package alarm

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"trailbox/query"
	"trailbox/query/eventpattern"
	"trailbox/query/record"
	"trailbox/query/sigma"
	"trailbox/schema"
)

// A Kind is the language of a Rule.
type Kind string

const (
	EventBridge      Kind = "EventBridge"
	MetricFilter     Kind = "metric filter" // without an alarm
	Sigma            Kind = "Sigma"
	SigmaCorrelation Kind = "Sigma correlation"
)

// A Rule finds events by itself, without a metric and states.
type Rule struct {
	Name        string // unique within a Set: a rule's name, or its title, or its file
	ID          string // where its language has one
	Title       string
	Description string
	Level       string // of Sigma, one of [Levels]
	Status      string // of Sigma: stable, test, experimental, ...
	Tags        []string
	Kind        Kind
	Position    Position
	Notes       []string

	given       string // the Name that its source has, which others may have as well
	event       *eventpattern.Rule
	filter      *Filter
	sigma       *sigma.Rule
	correlation *sigma.Correlation
	// silent says that correlations alone look at it: what it matches is not reported.
	silent bool
}

// condition is the SQL of the events that a rule matches.
func (r *Rule) condition(b *record.Binder, o Options) string {
	switch {
	case r.sigma != nil:
		return r.sigma.SQL(b)
	case r.filter != nil:
		return r.filter.pattern.SQL(b)
	}
	event := r.eventRule(o)
	return record.And(event.Pattern.SQL(b), event.Delivered(b))
}

// eventRule is a rule of EventBridge in the state that it has for the options.
func (r *Rule) eventRule(o Options) *eventpattern.Rule {
	event := *r.event
	if o.ReadOnlyEvents && event.State == eventpattern.Enabled {
		event.State = eventpattern.EnabledForAll
	}
	return &event
}

// Barren counts the rules that can match no event, whatever the store has: their notes say why.
func (s *Set) Barren(o Options) (n int) {
	for _, r := range s.Rules {
		if r.sigma != nil && r.sigma.Barren() || r.event != nil && r.eventRule(o).Barren() {
			n++
		}
	}
	return n
}

// predicate is the rule as [record.Tallies] takes it.
func (r *Rule) predicate(o Options) record.Predicate {
	if r.sigma != nil {
		return r.sigma.Predicate()
	}
	return record.Predicate{Condition: func(b *record.Binder) string { return r.condition(b, o) }}
}

// A Tally counts what a rule matches in a place, or the events of one time that a
// correlation came true.
type Tally struct {
	Rule            *Rule
	Account, Region string    // empty: all together
	Group           []string  // a correlation's values of its group-by fields
	Matched         int64     // events
	First, Last     time.Time // eventTime of the first and the last
	Days            []Day     // on which they were, but for correlations
	Actors          []string  // see Options.Actors
	Events          []Event   // the first of them, see Options.Events
}

// Matches counts what was found: a correlation was found once.
func (t *Tally) Matches() int64 {
	if t.Rule.correlation != nil {
		return 1
	}
	return t.Matched
}

// countRules counts what the rules of a Set match, without the single matches: in the order of
// the Set, of accounts and of Regions; of correlations, in that of time.
func (e *evaluation) countRules(ctx context.Context, set *Set) ([]*Tally, error) {
	tallies, err := e.tallies(ctx, set)
	if err != nil {
		return nil, err
	}
	var all []*Tally
	for _, r := range set.Rules {
		for _, at := range sortedPlaces(tallies[r]) {
			all = append(all, tallies[r][at])
		}
		if r.correlation == nil || r.silent {
			continue
		}
		firings, err := e.correlate(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, m := range firings {
			t := &Tally{Rule: r, Account: m.Account, Region: m.Region, Group: m.Group, Actors: m.Actors, Matched: m.Matched, First: m.First, Last: m.Last, Events: m.Events}
			if e.options.Together {
				t.Account, t.Region = "", ""
			}
			all = append(all, t)
		}
	}
	return all, nil
}

// tallies counts what rules match that look at one event at a time.
func (e *evaluation) tallies(ctx context.Context, set *Set) (map[*Rule]map[schema.Place]*Tally, error) {
	all, predicates := e.predicates(set)
	counting := record.Counting{Keep: e.options.Events, Once: e.twice, Days: true, Actors: e.options.Actors}
	if e.options.Events == 0 {
		counting.Keep = -1
	}
	if !e.options.Together {
		counting.By = []string{account(), "awsRegion"}
	}
	found, err := record.Tallies(ctx, e.store, predicates, counting, e.limits(nil, e.options.Since))
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	type place struct {
		of   record.Ref
		into *Event
	}
	var places []place
	tallies := map[*Rule]map[schema.Place]*Tally{}
	for _, f := range found {
		of := all[f.Predicate]
		if of.suppressed != nil {
			e.sheet.add(of.suppressed, f.Count)
			continue
		}
		r, at := set.Rules[of.rule], schema.Place{}
		if !e.options.Together {
			at = schema.Place{Account: textOf(f.Group[0]), Region: textOf(f.Group[1])}
		}
		t := &Tally{Rule: r, Account: at.Account, Region: at.Region, Matched: f.Count, First: f.First, Last: f.Last, Actors: f.Actors, Events: make([]Event, len(f.Events))}
		for _, d := range f.Days {
			t.Days = append(t.Days, Day(d))
		}
		for i, p := range f.Events {
			places = append(places, place{p, &t.Events[i]})
		}
		if tallies[r] == nil {
			tallies[r] = map[schema.Place]*Tally{}
		}
		tallies[r][at] = t
	}
	var refs []record.Ref
	for _, p := range places {
		refs = append(refs, p.of)
	}
	events, err := e.events(ctx, refs)
	for _, p := range places {
		*p.into = events[p.of]
	}
	return tallies, err
}

// eventsAtOnce is how many events are looked up by one statement: each looks at all events of
// the store in a stretch of time, and holds what it finds twice.
const eventsAtOnce = 1 << 16

// events reads what tells people about the events that are referred to.
func (e *evaluation) events(ctx context.Context, refs []record.Ref) (map[record.Ref]Event, error) {
	events := make(map[record.Ref]Event, len(refs))
	for some := range slices.Chunk(refs, eventsAtOnce) {
		found, err := e.eventsAt(ctx, some, time.Time{}, time.Time{})
		if err != nil {
			return nil, err
		}
		maps.Copy(events, found)
	}
	return events, nil
}

// eventsAt is events, of which none is before first or after last, unless these are zero.
func (e *evaluation) eventsAt(ctx context.Context, refs []record.Ref, first, last time.Time) (map[record.Ref]Event, error) {
	events := make(map[record.Ref]Event, len(refs))
	var files, positions []int64
	for _, p := range refs {
		files, positions = append(files, p.File), append(positions, p.Position)
	}
	statement := query.Statement{
		SQL:  "SELECT " + eventColumns() + " FROM events WHERE (file, position) IN (SELECT (unnest($files::BIGINT[]), unnest($positions::BIGINT[]))) AND /* within */ true",
		Args: []schema.Arg{{Name: "files", Value: files}, {Name: "positions", Value: positions}},
	}
	if !first.IsZero() {
		statement = statement.Put("within", query.InScope(schema.Scope{Since: first, Until: last.Add(time.Microsecond)}))
	}
	rows, err := statement.Query(ctx, e.store)
	for event, err := range schema.All[Event](rows, err) {
		if err != nil {
			return nil, err
		}
		events[record.Ref{File: event.File, Position: event.Position}] = event
	}
	return events, nil
}

// placeFor is where the alarm is that an event belongs to.
func (e *evaluation) placeFor(event Event) schema.Place {
	if e.options.Together {
		return schema.Place{}
	}
	return schema.Place{Account: event.Account, Region: event.Region}
}

// correlate finds each time that a correlation comes true. It looks at all events before,
// since when it came true depends on them.
func (e *evaluation) correlate(ctx context.Context, r *Rule) ([]*Match, error) {
	suppressions := e.suppressions(r.names()...)
	keep := e.options.Events
	if e.options.Actors || suppressions != nil {
		keep = 0
	}
	firings, err := sigma.Correlate(ctx, e.store, []*sigma.Correlation{r.correlation}, keep, e.limits(nil, time.Time{}))
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", r.Name, err)
	}
	firings = slices.DeleteFunc(firings, func(f sigma.Firing) bool { return f.Time.Before(e.options.Since) })
	var refs []record.Ref
	for _, f := range firings {
		refs = append(refs, f.Trigger.Ref)
		for _, seen := range f.Events {
			refs = append(refs, seen.Ref)
		}
	}
	events, err := e.events(ctx, refs)
	if err != nil {
		return nil, err
	}
	matches := make([]*Match, len(firings))
	for i, f := range firings {
		trigger := events[f.Trigger.Ref]
		m := &Match{Rule: r, Account: trigger.Account, Region: trigger.Region, Time: f.Time, First: f.First, Last: f.Last, Matched: int64(f.Total)}
		for _, value := range f.Group {
			m.Group = append(m.Group, textOf(value))
		}
		for _, seen := range f.Events {
			m.Events = append(m.Events, events[seen.Ref])
		}
		matches[i] = m
	}
	if matches, err = e.siftFirings(ctx, suppressions, matches); err != nil {
		return nil, err
	}
	for _, m := range matches {
		if e.options.Actors {
			m.Actors = m.actors()
		}
		m.Events = e.shown(m.Events)
	}
	return matches, nil
}

// textOf is a text, empty for NULL.
func textOf(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}
