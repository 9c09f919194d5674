package alarm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"trailbox/schema"
)

// A Composite is what a composite alarm looks at: a rule over the states of other alarms.
type Composite struct {
	Rule   string
	Alarms []*Alarm // that the rule names, each once

	names []string // of them, as the rule has them
	holds holds
}

// holds says whether a rule is true, by the states of its alarms.
type holds func(states []State) bool

const (
	maxRuleBytes = 10_240 // that CloudWatch takes
	maxRuleDepth = 50
	// maxCompositeDepth is how deep composite alarms look at each other.
	maxCompositeDepth = 10
)

// NewComposite reads the rule of a composite alarm: ALARM("a") AND NOT OK(b). What cannot be
// read is a [*RefusedError].
func NewComposite(rule string) (*Composite, error) {
	c := &Composite{Rule: strings.Join(strings.Fields(rule), " ")}
	if len(rule) > maxRuleBytes {
		return nil, refuse("AlarmRule", "it has more than %d characters", maxRuleBytes)
	}
	r := &ruleReader{Composite: c, rest: rule}
	var err error
	if c.holds, err = r.or(0); err == nil && r.peek() != "" {
		err = r.refuse("at %q", r.rest)
	}
	return c, err
}

// A ruleReader reads the rule of a composite alarm.
type ruleReader struct {
	*Composite
	rest string
}

func (r *ruleReader) refuse(format string, args ...any) error {
	return refuse("AlarmRule", "%s cannot be evaluated here: %s", r.Rule, fmt.Sprintf(format, args...))
}

// peek is the next word or bracket; empty at the end.
func (r *ruleReader) peek() string {
	r.rest = strings.TrimLeft(r.rest, " \t\r\n")
	n := strings.IndexAny(r.rest, "() \t\r\n")
	switch {
	case n < 0:
		return r.rest
	case n == 0:
		return r.rest[:1]
	}
	return r.rest[:n]
}

func (r *ruleReader) take(word string) bool {
	if r.peek() != word {
		return false
	}
	r.rest = r.rest[len(word):]
	return true
}

func (r *ruleReader) or(depth int) (holds, error) {
	return r.chain("OR", func() (holds, error) {
		return r.chain("AND", func() (holds, error) { return r.one(depth) })
	})
}

// chain reads what is joined by a word.
func (r *ruleReader) chain(word string, next func() (holds, error)) (holds, error) {
	first, err := next()
	all := []holds{first}
	for err == nil && r.take(word) {
		var more holds
		more, err = next()
		all = append(all, more)
	}
	if len(all) == 1 {
		return first, err
	}
	any := word == "OR"
	return func(states []State) bool {
		return slices.ContainsFunc(all, func(h holds) bool { return h(states) == any }) == any
	}, err
}

func (r *ruleReader) one(depth int) (holds, error) {
	switch word := r.peek(); {
	case depth > maxRuleDepth:
		return nil, r.refuse("it is nested deeper than %d levels", maxRuleDepth)
	case r.take("NOT"):
		inner, err := r.one(depth + 1)
		return func(states []State) bool { return !inner(states) }, err
	case r.take("("):
		inner, err := r.or(depth + 1)
		if err == nil && !r.take(")") {
			err = r.refuse("a bracket is not closed")
		}
		return inner, err
	case r.take("TRUE"), r.take("FALSE"):
		return func([]State) bool { return word == "TRUE" }, nil
	case slices.Contains([]string{string(OK), string(InAlarm), string(InsufficientData)}, word):
		r.take(word)
		if !r.take("(") {
			return nil, r.refuse("%s has no alarm", word)
		}
		name, err := r.name()
		if err != nil {
			return nil, err
		}
		i := slices.Index(r.names, name)
		if i < 0 {
			i = len(r.names)
			r.names = append(r.names, name)
		}
		return func(states []State) bool { return states[i] == State(word) }, nil
	case word == "":
		return nil, r.refuse("it ends too early")
	default:
		return nil, r.refuse("at %q", r.rest)
	}
}

// name reads the name of an alarm or its ARN, and the bracket behind it.
func (r *ruleReader) name() (string, error) {
	r.rest = strings.TrimLeft(r.rest, " \t\r\n")
	end := ")"
	if r.rest != "" && (r.rest[0] == '"' || r.rest[0] == '\'') {
		end, r.rest = r.rest[:1], r.rest[1:]
	}
	name, rest, ok := strings.Cut(r.rest, end)
	r.rest = rest
	if !ok || end != ")" && !r.take(")") {
		return "", r.refuse("a bracket is not closed")
	}
	name = strings.TrimSpace(name)
	if _, of, ok := strings.Cut(name, ":alarm:"); ok && strings.HasPrefix(name, "arn:") {
		name = of
	}
	return name, nil
}

// compositeTies ties composite alarms to those that they look at, by the names and ids that
// these have in their source.
type compositeTies struct {
	loaded  map[string]*Alarm // that can be run
	waiting map[string]*Alarm // composite alarms
}

// tie finds the alarms that a composite alarm looks at; or says why one is not there.
func (t *compositeTies) tie(a *Alarm, depth int) (reason string) {
	if depth > maxCompositeDepth {
		return fmt.Sprintf("composite alarms look at each other more than %d deep", maxCompositeDepth)
	}
	var found []*Alarm
	for _, name := range a.Composite.names {
		child := t.loaded[name]
		if inner := t.waiting[name]; child == nil && inner != nil {
			if reason := t.tie(inner, depth+1); reason != "" {
				return reason
			}
			child = inner
		}
		if child == nil {
			return fmt.Sprintf("it looks at the alarm %s, which is not loaded beside it", name)
		}
		found = append(found, child)
	}
	a.Composite.Alarms = found
	t.loaded[a.Name], t.loaded[a.ID] = a, a
	return ""
}

// A stateChange is a change of an alarm, plain or composite, with what led to it.
type stateChange struct {
	at       int64
	old, new State
	moved    []string  // of a composite alarm: which of its alarms have changed to what
	because  []because // for a change into ALARM
}

// A because is the minutes with matching events that brought a plain alarm into ALARM.
type because struct {
	alarm   *Alarm
	minutes []int64
	matched int64
}

// A history is all that an alarm does, in each place.
type history struct {
	initial State
	changes map[schema.Place][]stateChange
}

// history is that of a composite alarm's rule, or of an alarm that one looks at.
func (e *evaluation) history(ctx context.Context, a *Alarm, known map[*Alarm]*history) (*history, error) {
	if h := known[a]; h != nil {
		return h, nil
	}
	h := &history{changes: map[schema.Place][]stateChange{}}
	known[a] = h
	if a.Composite == nil {
		h.initial = a.initial()
		series, err := e.series(ctx, a)
		for at, minutes := range series {
			merged := mergeMinutes(minutes...)
			for _, c := range a.changes(minutes, e.options.WideRange) {
				h.changes[at] = append(h.changes[at], stateChange{at: c.at, old: c.old, new: c.new, because: becauseOf(a, c, merged)})
			}
		}
		return h, err
	}
	var inner []*history
	places := map[schema.Place]bool{}
	states := make([]State, len(a.Composite.Alarms))
	for i, child := range a.Composite.Alarms {
		of, err := e.history(ctx, child, known)
		if err != nil {
			return nil, err
		}
		inner = append(inner, of)
		states[i] = of.initial
		for at := range of.changes {
			if e.options.Together || (a.Account == "" || a.Account == at.Account) && (a.Region == "" || a.Region == at.Region) {
				places[at] = true
			}
		}
	}
	h.initial = a.Composite.state(states)
	for at := range places {
		h.changes[at] = a.Composite.follow(slices.Clone(states), inner, at)
	}
	return h, nil
}

// becauseOf are the minutes that brought an alarm into ALARM.
func becauseOf(a *Alarm, c change, minutes []minute) []because {
	if c.new != InAlarm || len(c.verdict.points) == 0 {
		return nil
	}
	b := because{alarm: a}
	first := c.verdict.points[len(c.verdict.points)-1].start
	i, _ := slices.BinarySearchFunc(minutes, first, func(m minute, at int64) int { return cmp.Compare(m.at, at) })
	for ; i < len(minutes) && minutes[i].at < c.at; i++ {
		if minutes[i].matched > 0 {
			b.minutes = append(b.minutes, minutes[i].at)
			b.matched += minutes[i].matched
		}
	}
	return []because{b}
}

// state is the state of a composite alarm, which knows two.
func (c *Composite) state(states []State) State {
	if c.holds(states) {
		return InAlarm
	}
	return OK
}

// follow is what a composite alarm does in a place while its alarms change.
func (c *Composite) follow(states []State, inner []*history, at schema.Place) (all []stateChange) {
	type step struct {
		alarm int
		stateChange
	}
	var steps []step
	for i, h := range inner {
		for _, s := range h.changes[at] {
			steps = append(steps, step{i, s})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	state := c.state(states)
	last := make([][]because, len(inner)) // why each is in ALARM
	for i := 0; i < len(steps); {
		change := stateChange{at: steps[i].at, old: state}
		for ; i < len(steps) && steps[i].at == change.at; i++ {
			s := steps[i]
			states[s.alarm], last[s.alarm] = s.new, s.because
			change.moved = append(change.moved, fmt.Sprintf("%s is %s", c.Alarms[s.alarm].Name, s.new))
		}
		if change.new = c.state(states); change.new == state {
			continue
		}
		state = change.new
		if state == InAlarm {
			change.because = slices.Concat(last...)
		}
		all = append(all, change)
	}
	return all
}

// composite is what a composite alarm does, as transitions. What its alarms do is looked up in
// known, or put there.
func (e *evaluation) composite(ctx context.Context, a *Alarm, known map[*Alarm]*history) ([]*Transition, error) {
	h, err := e.history(ctx, a, known)
	if err != nil {
		return nil, err
	}
	var all []*Transition
	wanted := map[*Alarm]map[wantedMinute][]*Transition{}
	var order []*Alarm
	for _, at := range sortedPlaces(h.changes) {
		for _, c := range h.changes[at] {
			when := timeOf(c.at)
			if when.Before(e.options.Since) || !e.options.Until.IsZero() && !when.Before(e.options.Until) {
				continue
			}
			verb := "is true"
			if c.new == OK {
				verb = "is no longer true"
			}
			t := &Transition{
				Alarm: a, Account: at.Account, Region: at.Region, Time: when, Old: c.old, New: c.new,
				Reason: fmt.Sprintf("%s: %s %s.", strings.Join(c.moved, ", "), a.Composite.Rule, verb),
			}
			all = append(all, t)
			for _, b := range c.because {
				t.Matched += b.matched
				if wanted[b.alarm] == nil {
					wanted[b.alarm] = map[wantedMinute][]*Transition{}
					order = append(order, b.alarm)
				}
				for _, minute := range b.minutes {
					key := wantedMinute{at, minute}
					wanted[b.alarm][key] = append(wanted[b.alarm][key], t)
				}
			}
		}
	}
	for _, child := range order {
		if err := e.attach(ctx, child, wanted[child]); err != nil {
			return nil, err
		}
	}
	return all, nil
}
