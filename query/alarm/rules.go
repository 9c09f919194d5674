package alarm

import (
	"context"
	"fmt"
	"slices"
	"time"

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
	event := *r.event
	if o.ReadOnlyEvents && event.State == eventpattern.Enabled {
		event.State = eventpattern.EnabledForAll
	}
	return record.And(event.Pattern.SQL(b), event.Delivered(b))
}

// predicate is the rule as [record.Tallies] takes it.
func (r *Rule) predicate(o Options) record.Predicate {
	if r.sigma != nil {
		return r.sigma.Predicate()
	}
	return record.Predicate{Condition: func(b *record.Binder) string { return r.condition(b, o) }}
}

// A Tally counts what a rule matches in a place.
type Tally struct {
	Rule            *Rule
	Account, Region string // empty: all together
	Matched         int64
	First, Last     time.Time // eventTime of the first and the last
	Events          []Event   // the first of them, see Options.Events
}

// Count counts what the rules of a Set match, without the single matches: in the order of
// the Set, of accounts and of Regions.
func Count(ctx context.Context, store *schema.Store, set *Set, o Options) ([]*Tally, error) {
	e, err := newEvaluation(ctx, store, o)
	if err != nil {
		return nil, err
	}
	tallies, err := e.tallies(ctx, set)
	if err != nil {
		return nil, err
	}
	for _, r := range set.Rules {
		if r.correlation == nil || r.silent {
			continue
		}
		err := e.correlate(ctx, r, func(m *Match, at schema.Place) {
			if t := tallies[r][at]; t != nil {
				t.Matched++
				t.Last = m.Time
				return
			}
			if tallies[r] == nil {
				tallies[r] = map[schema.Place]*Tally{}
			}
			tallies[r][at] = &Tally{Rule: r, Account: at.Account, Region: at.Region, Matched: 1, First: m.Time, Last: m.Time, Events: m.Events}
		})
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.Name, err)
		}
	}
	var all []*Tally
	for _, r := range set.Rules {
		for _, at := range sortedPlaces(tallies[r]) {
			all = append(all, tallies[r][at])
		}
	}
	return all, nil
}

// tallies counts what rules match that look at one event at a time.
func (e *evaluation) tallies(ctx context.Context, set *Set) (map[*Rule]map[schema.Place]*Tally, error) {
	var rules []*Rule
	var predicates []record.Predicate
	for _, r := range set.Rules {
		if r.correlation != nil || r.silent {
			continue
		}
		rules, predicates = append(rules, r), append(predicates, r.predicate(e.options))
	}
	counting := record.Counting{Keep: e.options.Events, Once: e.twice}
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
		r, at := rules[f.Predicate], schema.Place{}
		if !e.options.Together {
			at = schema.Place{Account: textOf(f.Group[0]), Region: textOf(f.Group[1])}
		}
		t := &Tally{Rule: r, Account: at.Account, Region: at.Region, Matched: f.Count, First: f.First, Last: f.Last, Events: make([]Event, len(f.Events))}
		for i, p := range f.Events {
			places = append(places, place{p, &t.Events[i]})
		}
		if tallies[r] == nil {
			tallies[r] = map[schema.Place]*Tally{}
		}
		tallies[r][at] = t
	}
	for some := range slices.Chunk(places, eventsAtOnce) {
		var refs []record.Ref
		for _, p := range some {
			refs = append(refs, p.of)
		}
		events, err := e.events(ctx, refs)
		if err != nil {
			return nil, err
		}
		for _, p := range some {
			*p.into = events[p.of]
		}
	}
	return tallies, nil
}

// eventsAtOnce is how many events are looked up by one statement: each looks at all events of
// the store, and holds what it finds twice.
const eventsAtOnce = 1 << 17

// events reads what tells people about the events that are referred to.
func (e *evaluation) events(ctx context.Context, refs []record.Ref) (map[record.Ref]Event, error) {
	events := make(map[record.Ref]Event, len(refs))
	if len(refs) == 0 {
		return events, nil
	}
	var files, positions []int64
	for _, p := range refs {
		files, positions = append(files, p.File), append(positions, p.Position)
	}
	rows, err := e.store.Query(ctx, "SELECT "+eventColumns()+" FROM events WHERE (file, position) IN (SELECT (unnest($files::BIGINT[]), unnest($positions::BIGINT[])))",
		schema.Arg{Name: "files", Value: files}, schema.Arg{Name: "positions", Value: positions})
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

// matches are those of each rule, rule by rule.
func matches(ctx context.Context, store *schema.Store, set *Set, o Options) ([]*Match, error) {
	e, err := newEvaluation(ctx, store, o)
	if err != nil {
		return nil, err
	}
	whole := *e // all events that a rule matches, in their order
	whole.options.Events, whole.options.Together = 0, true
	tallies, err := whole.tallies(ctx, set)
	if err != nil {
		return nil, err
	}
	var all []*Match
	for _, r := range set.Rules {
		switch t := tallies[r][schema.Place{}]; {
		case t != nil:
			for i, event := range t.Events {
				all = append(all, &Match{Rule: r, Account: event.Account, Time: event.Time, Matched: 1, Events: t.Events[i : i+1 : i+1]})
			}
		case r.correlation != nil && !r.silent:
			err := e.correlate(ctx, r, func(m *Match, _ schema.Place) { all = append(all, m) })
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.Name, err)
			}
		}
	}
	return all, nil
}

// correlate calls found for each time that a correlation comes true, with the place of
// its first event. It looks at all events before, since when it came true depends on
// them.
func (e *evaluation) correlate(ctx context.Context, r *Rule, found func(m *Match, at schema.Place)) error {
	firings, err := sigma.Correlate(ctx, e.store, []*sigma.Correlation{r.correlation}, e.limits(nil, time.Time{}))
	if err != nil {
		return err
	}
	firings = slices.DeleteFunc(firings, func(f sigma.Firing) bool { return f.Time.Before(e.options.Since) })
	var refs []record.Ref
	for i := range firings {
		for _, seen := range e.shown(&firings[i]) {
			refs = append(refs, seen.Ref)
		}
	}
	events, err := e.events(ctx, refs)
	if err != nil {
		return err
	}
	for i := range firings {
		f := &firings[i]
		m := &Match{Rule: r, Time: f.Time, Matched: int64(f.Total)}
		for _, value := range f.Group {
			m.Group = append(m.Group, textOf(value))
		}
		for _, seen := range e.shown(f) {
			m.Events = append(m.Events, events[seen.Ref])
		}
		m.Account = m.Events[len(m.Events)-1].Account
		found(m, e.placeFor(m.Events[0]))
	}
	return nil
}

// textOf is a text, empty for NULL.
func textOf(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}

// shown are the events of a firing that a finding carries.
func (e *evaluation) shown(f *sigma.Firing) []sigma.Seen {
	if e.options.Events > 0 && len(f.Events) > e.options.Events {
		return f.Events[:e.options.Events]
	}
	return f.Events
}
