package alarm

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"trailbox/query/record"
	"trailbox/schema"
)

// Found is what a Set finds in a store. Of what rules match it holds 32 bytes each: the
// events are read when they are asked for.
type Found struct {
	Transitions []*Transition // in order of time

	Suppressed []Suppressed // by each suppression

	evaluation *evaluation
	set        *Set
	firings    []*Match     // of correlations, in the order of the Set
	hits       []record.Hit // Predicate is an index of asked
	asked      []asked
}

// An asked is what events are asked for: those of a rule that no suppression means, or those
// that one does, and none before it.
type asked struct {
	rule       int // its index in the Set
	suppressed *Suppression
}

// Find runs a Set over a store.
func Find(ctx context.Context, store *schema.Store, set *Set, o Options) (*Found, error) {
	e, err := newEvaluation(ctx, store, o)
	if err != nil {
		return nil, err
	}
	f := &Found{evaluation: e, set: set}
	if f.Transitions, err = e.transitions(ctx, set.Alarms); err != nil {
		return nil, err
	}
	var predicates []record.Predicate
	f.asked, predicates = e.predicates(set)
	for hit, err := range record.Hits(ctx, store, predicates, e.twice, e.limits(nil, o.Since)) {
		if err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
		if s := f.asked[hit.Predicate].suppressed; s != nil {
			e.sheet.add(s, 1)
			if !o.KeepSuppressed {
				continue
			}
		}
		f.hits = append(f.hits, hit)
	}
	for _, r := range set.Rules {
		if r.correlation == nil || r.silent {
			continue
		}
		firings, err := e.correlate(ctx, r)
		if err != nil {
			return nil, err
		}
		f.firings = append(f.firings, firings...)
	}
	f.Suppressed = e.suppressed()
	return f, nil
}

// predicates are what events are asked for, by those rules of a Set that look at one event at
// a time.
func (e *evaluation) predicates(set *Set) (all []asked, predicates []record.Predicate) {
	for i, r := range set.Rules {
		if r.correlation != nil || r.silent {
			continue
		}
		suppressions := e.suppressions(r.names()...)
		left, meant := without(r.predicate(e.options), suppressions)
		all, predicates = append(all, asked{rule: i}), append(append(predicates, left), meant...)
		for _, s := range suppressions {
			all = append(all, asked{i, s})
		}
	}
	return all, predicates
}

// Fired says that an alarm went off, or a rule matched.
func (f *Found) Fired() bool {
	return slices.ContainsFunc(f.hits, func(h record.Hit) bool { return f.asked[h.Predicate].suppressed == nil }) ||
		slices.ContainsFunc(f.firings, func(m *Match) bool { return m.Suppressed == nil }) ||
		slices.ContainsFunc(f.Transitions, (*Transition).fires)
}

// A standing is what findings are ordered by: those of alarms before those of rules, rules
// as in the Set.
type standing struct {
	rank int // of the level, where that counts
	time int64
	rule int // its index; -1 for an alarm
}

func (a standing) compare(b standing) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.time, b.time), cmp.Compare(a.rule, b.rule))
}

// ByTime yields what was found in order of time.
func (f *Found) ByTime(ctx context.Context) iter.Seq2[Finding, error] {
	return f.ordered(ctx, func(*Rule) int { return 0 })
}

// ByLevel yields what was found by level, the most severe first and what has none last; of
// one level in order of time.
func (f *Found) ByLevel(ctx context.Context) iter.Seq2[Finding, error] {
	return f.ordered(ctx, (*Rule).rank)
}

// ordered yields what was found by the rank of rules, then in order of time.
func (f *Found) ordered(ctx context.Context, rank func(*Rule) int) iter.Seq2[Finding, error] {
	ranks, indexes := make([]int, len(f.set.Rules)), make(map[*Rule]int)
	for i, r := range f.set.Rules {
		ranks[i], indexes[r] = rank(r), i
	}
	type held struct {
		standing
		Finding
	}
	var others []held
	for _, t := range f.Transitions {
		others = append(others, held{standing{rank(nil), t.Time.UnixMicro(), -1}, t})
	}
	for _, m := range f.firings {
		others = append(others, held{standing{ranks[indexes[m.Rule]], m.Time.UnixMicro(), indexes[m.Rule]}, m})
	}
	slices.SortStableFunc(others, func(a, b held) int { return a.compare(b.standing) })
	at := func(h *record.Hit) standing {
		rule := f.asked[h.Predicate].rule
		return standing{ranks[rule], h.Time, rule}
	}
	slices.SortFunc(f.hits, func(a, b record.Hit) int {
		return cmp.Or(at(&a).compare(at(&b)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.File, b.File), cmp.Compare(a.Position, b.Position))
	})
	return func(yield func(Finding, error) bool) {
		others := others
		for some := range slices.Chunk(f.hits, eventsAtOnce) {
			events, err := f.evaluation.eventsOf(ctx, some)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range some {
				h := &some[i]
				for len(others) > 0 && others[0].compare(at(h)) < 0 {
					if !yield(others[0].Finding, nil) {
						return
					}
					others = others[1:]
				}
				event := events[h.Ref()]
				of := f.asked[h.Predicate]
				m := &Match{
					Rule: f.set.Rules[of.rule], Suppressed: of.suppressed, Account: event.Account, Region: event.Region, Time: event.Time,
					First: event.Time, Last: event.Time, Matched: 1, Events: []Event{event},
				}
				if !yield(m, nil) {
					return
				}
			}
		}
		for _, o := range others {
			if !yield(o.Finding, nil) {
				return
			}
		}
	}
}

// eventsOf reads the events of hits, which are near each other in time.
func (e *evaluation) eventsOf(ctx context.Context, hits []record.Hit) (map[record.Ref]Event, error) {
	refs := make([]record.Ref, len(hits))
	first, last := hits[0].Time, hits[0].Time
	for i := range hits {
		refs[i] = hits[i].Ref()
		first, last = min(first, hits[i].Time), max(last, hits[i].Time)
	}
	slices.SortFunc(refs, func(a, b record.Ref) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Position, b.Position))
	})
	return e.eventsAt(ctx, slices.Compact(refs), time.UnixMicro(first), time.UnixMicro(last))
}
