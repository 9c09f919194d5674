package sigma

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/record"
	"trailbox/schema"
)

// A Firing is a stretch of time over which a correlation was true of one group: each
// window that ended at one of the group's events, from Time to Last, and overlapped the
// one before.
type Firing struct {
	Correlation *Correlation
	Group       []*string // the values of GroupBy; nil for NULL
	Time        time.Time // when it became true
	First       time.Time // of the first event in the window then
	Last        time.Time
	Count       float64 // what was counted or added up, at its highest; of temporal types, rules
	Events      []Seen  // the first of them, as many as are kept
	Total       int     // events
	Trigger     Seen    // that made it true
}

// Seen is an event of a firing, and what saw it.
type Seen struct {
	record.Event
	Member int // of the correlation; an event of a correlation is the one that made it true
}

// Correlate runs correlations over the events of a store, as far as all conditions in where
// are true of them. Firings are in the order of the correlations, then in that of time. Each
// keeps so many of its events, 0 for all.
func Correlate(ctx context.Context, store *schema.Store, correlations []*Correlation, keep int, where ...query.Statement) ([]Firing, error) {
	r := &correlator{ctx: ctx, store: store, where: where, keep: keep, done: map[*Correlation][]Firing{}}
	var all []Firing
	for _, c := range correlations {
		firings, err := r.run(c)
		if err != nil {
			return nil, fmt.Errorf("correlation %q: %w", c.Title, err)
		}
		all = append(all, firings...)
	}
	return all, nil
}

// A correlator runs correlations over a store.
type correlator struct {
	ctx   context.Context
	store *schema.Store
	where []query.Statement
	keep  int // events of a firing; 0: all
	done  map[*Correlation][]Firing
}

// run runs a correlation, unless that was done.
func (r *correlator) run(c *Correlation) ([]Firing, error) {
	if firings, ok := r.done[c]; ok {
		return firings, nil
	}
	var streams []iter.Seq2[occurrence, error]
	for i, m := range c.Members {
		if m.Rule != nil {
			streams = append(streams, c.ofRule(r.ctx, r.store, i, r.where))
			continue
		}
		inner, err := r.run(m.Correlation)
		if err != nil {
			return nil, err
		}
		streams = append(streams, c.ofCorrelation(i, inner))
	}
	var firings []Firing
	w := &watch{correlation: c, keep: r.keep, groups: map[string]*group{}, report: func(f Firing) { firings = append(firings, f) }}
	for o, err := range merged(streams) {
		if err != nil {
			return nil, err
		}
		w.see(o)
	}
	w.finish()
	slices.SortStableFunc(firings, func(a, b Firing) int {
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(key(a.Group), key(b.Group)))
	})
	r.done[c] = firings
	return firings, nil
}

// An occurrence is what a correlation looks at: an event that a rule matched, or a firing.
type occurrence struct {
	seen  Seen
	group []*string
	value *string // of the field that is counted; nil for NULL
}

// ofRule are the events that a member of a correlation matches, in the order of time.
func (c *Correlation) ofRule(ctx context.Context, store *schema.Store, member int, where []query.Statement) iter.Seq2[occurrence, error] {
	p := c.Members[member].Rule.Predicate()
	for _, name := range c.GroupBy {
		p.Values = append(p.Values, value(c.fieldOf(name, member)))
	}
	if c.Field != "" {
		p.Values = append(p.Values, value(c.Field))
	}
	return func(yield func(occurrence, error) bool) {
		for m, err := range record.Matches(ctx, store, []record.Predicate{p}, where...) {
			if err == nil && m.Time.IsZero() {
				continue // without a time it is in no window
			}
			o := occurrence{seen: Seen{m.Event, member}}
			if err == nil {
				o.seen.Values = nil
				o.group = m.Values[:len(c.GroupBy)]
				if c.Field != "" {
					o.value = m.Values[len(c.GroupBy)]
				}
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

// ofCorrelation are the firings of a member. It knows the values of what it groups by.
func (c *Correlation) ofCorrelation(member int, firings []Firing) iter.Seq2[occurrence, error] {
	return func(yield func(occurrence, error) bool) {
		for _, f := range firings {
			known := func(name string) *string {
				if i := slices.Index(f.Correlation.GroupBy, name); i >= 0 {
					return f.Group[i]
				}
				return nil
			}
			o := occurrence{seen: Seen{f.Trigger.Event, member}}
			for _, name := range c.GroupBy {
				o.group = append(o.group, known(c.fieldOf(name, member)))
			}
			o.value = known(c.Field)
			if !yield(o, nil) {
				return
			}
		}
	}
}

// fieldOf is the field that a name to group by stands for in events of a member.
func (c *Correlation) fieldOf(name string, member int) string {
	alias := c.alias(name)
	if alias == nil {
		return name
	}
	m := c.Members[member].meta()
	for _, f := range alias.Fields {
		if f.Rule == c.Rules[member] || f.Rule == m.ID || f.Rule == m.Name || f.Rule == m.Title {
			return f.Field
		}
	}
	return ""
}

// value is the text of a field: of several values, the first.
func value(field string) record.Expression {
	return func(b *record.Binder) string {
		if column, ok := record.Text(path(field)); ok {
			return column
		}
		return record.Through(b, path(field)) + "[1] ->> '$'"
	}
}

// merged puts streams, each in the order of time, together: by time, then by member.
func merged(streams []iter.Seq2[occurrence, error]) iter.Seq2[occurrence, error] {
	return func(yield func(occurrence, error) bool) {
		type head struct {
			occurrence
			next func() (occurrence, error, bool)
		}
		var heads []*head
		for _, stream := range streams {
			next, stop := iter.Pull2(stream)
			defer stop()
			o, err, ok := next()
			if err != nil {
				yield(o, err)
				return
			}
			if ok {
				heads = append(heads, &head{o, next})
			}
		}
		for len(heads) > 0 {
			first := slices.MinFunc(heads, func(a, b *head) int {
				return cmp.Or(a.seen.Time.Compare(b.seen.Time), cmp.Compare(a.seen.Member, b.seen.Member))
			})
			if !yield(first.occurrence, nil) {
				return
			}
			o, err, ok := first.next()
			if err != nil {
				yield(o, err)
				return
			}
			first.occurrence = o
			if !ok {
				heads = slices.DeleteFunc(heads, func(h *head) bool { return h == first })
			}
		}
	}
}

// A watch slides a correlation's window over occurrences.
type watch struct {
	correlation *Correlation
	keep        int // events of a firing; 0: all
	groups      map[string]*group
	report      func(Firing)
	seen        int // occurrences since groups that are over were looked for
}

// A group is what a watch knows of one group.
type group struct {
	values  []*string
	window  []occurrence // that end at the last one; those that have left it are cut off
	counts  map[string]int
	sum     float64
	numbers int         // of those that were added up
	chains  []time.Time // of rules in order: where the last chain began that came to each of them
	pending []occurrence
	firing  *Firing
}

// sweepEvery is after how many occurrences groups are looked for that are over: there may
// be as many groups as events.
const sweepEvery = 1 << 16

// key tells groups apart.
func key(values []*string) string {
	var b strings.Builder
	for _, v := range values {
		if v == nil {
			b.WriteString("!,") // before any text
		} else {
			b.WriteString(strconv.Quote(*v) + ",")
		}
	}
	return b.String()
}

// see takes in the next occurrence. What happens within one second is looked at together.
func (w *watch) see(o occurrence) {
	if w.seen++; w.seen%sweepEvery == 0 {
		for k, g := range w.groups {
			if !g.last().After(o.seen.Time.Add(-w.correlation.Timespan)) {
				w.settle(g)
				w.end(g)
				delete(w.groups, k)
			}
		}
	}
	k := key(o.group)
	g := w.groups[k]
	if g == nil {
		g = &group{values: o.group, counts: map[string]int{}, chains: make([]time.Time, len(w.correlation.Members))}
		w.groups[k] = g
	}
	if len(g.pending) > 0 && g.pending[0].seen.Time.Before(o.seen.Time) {
		w.settle(g)
	}
	g.pending = append(g.pending, o)
}

// last is when a group saw something last.
func (g *group) last() time.Time {
	if len(g.pending) > 0 {
		return g.pending[0].seen.Time
	}
	return g.window[len(g.window)-1].seen.Time
}

// finish settles what is left, in an order that does not depend on the map's.
func (w *watch) finish() {
	for _, k := range slices.Sorted(maps.Keys(w.groups)) {
		w.settle(w.groups[k])
		w.end(w.groups[k])
	}
}

// settle moves a group's window to the time of what is pending, and looks at it.
func (w *watch) settle(g *group) {
	if len(g.pending) == 0 {
		return
	}
	now := g.pending[0].seen.Time
	begin := now.Add(-w.correlation.Timespan) // which is outside
	if len(g.window) > 0 && !g.window[len(g.window)-1].seen.Time.After(begin) {
		w.end(g) // the windows do not overlap
	}
	gone := 0
	for gone < len(g.window) && !g.window[gone].seen.Time.After(begin) {
		g.count(w.correlation, g.window[gone], -1)
		gone++
	}
	g.window = g.window[gone:]
	for _, o := range g.pending {
		g.count(w.correlation, o, 1)
		if n := o.seen.Member; n == 0 {
			g.chains[0] = now
		} else if g.chains[n-1].After(g.chains[n]) {
			g.chains[n] = g.chains[n-1]
		}
	}
	fresh := g.pending
	g.window = append(g.window, fresh...)
	g.pending = nil
	count, holds := g.holds(w.correlation, begin)
	switch {
	case !holds:
		w.end(g)
	case g.firing == nil:
		g.firing = &Firing{Correlation: w.correlation, Group: g.values, Time: now, First: g.window[0].seen.Time, Count: count, Trigger: g.window[len(g.window)-1].seen}
		fresh = g.window
		fallthrough
	default:
		g.firing.Last = now
		g.firing.Count = max(g.firing.Count, count)
		g.firing.Total += len(fresh)
		for _, o := range fresh {
			if w.keep > 0 && len(g.firing.Events) == w.keep {
				break
			}
			g.firing.Events = append(g.firing.Events, o.seen)
		}
	}
}

// end reports a group's firing.
func (w *watch) end(g *group) {
	if g.firing != nil {
		w.report(*g.firing)
		g.firing = nil
	}
}

// count adds an occurrence to what a group counts, or takes it out again.
func (g *group) count(c *Correlation, o occurrence, by int) {
	var what string
	switch c.Type {
	case EventCount:
		return // the window's length
	case ValueCount:
		if o.value == nil {
			return
		}
		what = *o.value
	case ValueSum, ValueAvg:
		if n, ok := asNumber(o.value); ok {
			g.sum += float64(by) * n
			g.numbers += by
		}
		return
	default:
		what = fmt.Sprint(o.seen.Member)
	}
	if g.counts[what] += by; g.counts[what] == 0 {
		delete(g.counts, what)
	}
}

// holds says what is counted, and whether that is what the correlation looks for.
func (g *group) holds(c *Correlation, begin time.Time) (count float64, holds bool) {
	switch c.Type {
	case EventCount:
		count = float64(len(g.window))
	case ValueSum, ValueAvg:
		if g.numbers == 0 {
			return 0, false
		}
		count = g.sum
		if c.Type == ValueAvg {
			count /= float64(g.numbers)
		}
	default:
		count = float64(len(g.counts))
	}
	switch {
	case c.Type == TemporalOrdered:
		return count, g.chains[len(g.chains)-1].After(begin)
	case c.Type == Temporal && len(c.Conditions) == 0:
		return count, len(g.counts) == len(c.Members)
	}
	for _, comparison := range c.Conditions {
		if !comparison.Holds(count) {
			return count, false
		}
	}
	return count, true
}

// asNumber is the number that a value is, if it is one.
func asNumber(value *string) (n float64, ok bool) {
	if value == nil || !number.MatchString(*value) {
		return 0, false
	}
	n, err := strconv.ParseFloat(*value, 64)
	return n, err == nil
}
