package alarm

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trailbox/query"
	"trailbox/query/record"
	"trailbox/schema"
)

// Options limit an evaluation.
type Options struct {
	// Filter limits the events that count, and the findings, those by When. Events before Since are looked
	// at as far as an alarm's windows reach. Whoever evaluates while events still
	// come sets Until to a time by which they are there: an alarm that has seen no
	// event in a minute goes back to INSUFFICIENT_DATA, even if one comes later.
	query.Filter
	// Together evaluates one alarm over all accounts and Regions.
	Together bool
	// ReadOnlyEvents lets the rules of EventBridge see read-only management events, as
	// the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS does, whatever state
	// they have.
	ReadOnlyEvents bool
	// WideRange evaluates missing data over more than the evaluation periods, as
	// CloudWatch does in a way that is not documented. Without it an alarm whose
	// windows are empty changes at once.
	WideRange bool
	// Events is how many matching events a finding carries; 0 for all.
	Events int
	// Suppressions are what is known and need not be found. KeepSuppressed finds it all the
	// same, marked.
	Suppressions   []*Suppression
	KeepSuppressed bool
	// Actors is for a [Replay] that tells who: what is found has all its actors.
	Actors bool
}

// Evaluate runs a Set over a store and yields what it finds in order of time; at one
// time, in the order of the Set, of accounts and of Regions. The same events give the
// same findings. The first error ends it.
//
// It is [Find] and [Found.ByTime].
func Evaluate(ctx context.Context, store *schema.Store, set *Set, o Options) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		found, err := Find(ctx, store, set, o)
		if err != nil {
			yield(nil, err)
			return
		}
		for f, err := range found.ByTime(ctx) {
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// transitions are the changes of alarms, in order of time.
func (e *evaluation) transitions(ctx context.Context, alarms []*Alarm) ([]*Transition, error) {
	if slices.ContainsFunc(alarms, (*Alarm).hasDefault) {
		if err := e.readActive(ctx); err != nil {
			return nil, err
		}
	}
	found := make([][]*Transition, len(alarms))
	err := each(ctx, len(alarms), func(ctx context.Context, i int) (err error) {
		if found[i], err = e.sifted(ctx, alarms[i]); err != nil {
			return fmt.Errorf("alarm %s: %w", alarms[i].Name, err)
		}
		return nil
	})
	known := map[*Alarm]*history{}
	for i, a := range alarms {
		if a.Composite != nil && err == nil {
			found[i], err = e.siftedComposite(ctx, a, known)
		}
	}
	all := slices.Concat(found...)
	slices.SortStableFunc(all, func(a, b *Transition) int { return a.Time.Compare(b.Time) })
	return all, err
}

// siftedComposite are the changes of a composite alarm that are not suppressed.
func (e *evaluation) siftedComposite(ctx context.Context, a *Alarm, known map[*Alarm]*history) ([]*Transition, error) {
	suppressions := e.suppressions(a.names()...)
	if suppressions == nil {
		return e.composite(ctx, a, known)
	}
	transitions, err := e.withAllEvents().composite(ctx, a, known)
	if err != nil {
		return nil, err
	}
	transitions, err = e.siftTransitions(ctx, suppressions, transitions)
	for _, t := range transitions {
		t.Events = e.shown(t.Events)
	}
	return transitions, err
}

// An evaluation is one run over a store.
type evaluation struct {
	store   *schema.Store
	options Options
	active  map[schema.Place][]int64 // minutes with any event, for default values; by place, which is empty for all together
	// twice says that some eventIDs are there twice, with other bytes: they are one event.
	twice bool
	sheet *tallySheet
}

// newEvaluation prepares a run.
func newEvaluation(ctx context.Context, store *schema.Store, o Options) (*evaluation, error) {
	twice, err := schema.One[bool](store.Query(ctx, "SELECT coalesce(sum(conflicts), 0) > 0 FROM files"))
	if err != nil {
		return nil, err
	}
	for _, s := range o.Suppressions {
		if err := s.Filter.Settle(ctx, store); err != nil {
			return nil, fmt.Errorf("suppression %s: %w", s.text, err)
		}
	}
	return &evaluation{store: store, options: o, twice: twice, sheet: &tallySheet{matches: map[*Suppression]int64{}}}, nil
}

// withAllEvents is the evaluation of what has all of its events.
func (e *evaluation) withAllEvents() *evaluation {
	all := *e
	all.options.Events = 0
	return &all
}

// shown are the first of some events, as many as the options want.
func (e *evaluation) shown(events []Event) []Event {
	if e.options.Events > 0 && len(events) > e.options.Events {
		return events[:e.options.Events:e.options.Events]
	}
	return events
}

// each calls f with the numbers below n, some at a time: most of what a statement takes is
// the work of one core.
func each(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error { return f(ctx, i) })
	}
	return g.Wait()
}

// account is the account that an event belongs to, in SQL.
func account() string { return query.Fragment("account") }

// OnlyPlace is the account and the Region of the events that a filter lets through, where all
// of them have one; empty where they have several.
func OnlyPlace(ctx context.Context, store *schema.Store, filter query.Filter) (id, region string, err error) {
	found, err := schema.One[schema.Place](query.Statement{SQL: `SELECT
			CASE WHEN count(DISTINCT account) = 1 THEN min(account) END AS account,
			CASE WHEN count(DISTINCT region) = 1 THEN min(region) END AS region
		FROM (SELECT ` + account() + ` AS account, awsRegion AS region FROM events WHERE /* limits */ true)`}.
		Put("limits", filter.Condition()).Query(ctx, store))
	return found.Account, found.Region, err
}

// Elsewhere counts the alarms and rules of accounts and Regions from which the options let no
// event through, so that they see nothing.
func (s *Set) Elsewhere(ctx context.Context, store *schema.Store, o Options) (n int, err error) {
	var of []schema.Place
	for _, a := range s.Alarms {
		if !o.Together {
			of = append(of, schema.Place{Account: a.Account, Region: a.Region})
		}
	}
	for _, r := range s.Rules {
		if r.event != nil {
			of = append(of, schema.Place{Account: r.event.Account, Region: r.event.Region})
		}
	}
	of = slices.DeleteFunc(of, func(p schema.Place) bool { return p == schema.Place{} })
	if len(of) == 0 {
		return 0, nil
	}
	rows, err := query.Statement{SQL: `SELECT DISTINCT ` + account() + ` AS account, awsRegion AS region FROM events WHERE /* limits */ true`}.
		Put("limits", o.Filter.Condition()).Query(ctx, store)
	var places []schema.Place
	for place, err := range schema.All[schema.Place](rows, err) {
		if err != nil {
			return 0, err
		}
		places = append(places, place)
	}
	if places == nil {
		return 0, nil // there is nothing to see, which is said otherwise
	}
	for _, p := range of {
		here := func(at schema.Place) bool {
			return (p.Account == "" || p.Account == at.Account) && (p.Region == "" || p.Region == at.Region)
		}
		if !slices.ContainsFunc(places, here) {
			n++
		}
	}
	return n, nil
}

// limits are the conditions of the options, and of an alarm's own place, on events from a
// time on.
func (e *evaluation) limits(a *Alarm, from time.Time) query.Statement {
	filter := e.options.Filter
	filter.Since = from
	var own schema.Scope
	if a != nil && !e.options.Together {
		if a.Account != "" {
			own.Accounts = []string{a.Account}
		}
		if a.Region != "" {
			own.Regions = []string{a.Region}
		}
	}
	return query.And(query.Statement{SQL: "eventTime IS NOT NULL"}, filter.Condition(), query.InScope(own))
}

// query runs a statement over the events that a condition and limits let through, which
// go to its mark for matching.
func (e *evaluation) query(ctx context.Context, statement, condition string, b *record.Binder, limits query.Statement) (*schema.Rows, error) {
	matching := "(SELECT * FROM events WHERE (" + condition + ") AND /* limits */ true"
	if e.twice {
		matching += " QUALIFY eventID IS NULL OR row_number() OVER (PARTITION BY eventID, recipientAccountId ORDER BY file, position) = 1"
	}
	matching += ")"
	return b.Statement(schema.Put(statement, "matching", matching)).Put("limits", limits).Query(ctx, e.store)
}

// from is the time of the first event that an alarm has to see. What it does from Since
// on depends on what its windows reach, unless it keeps states.
func (e *evaluation) from(a *Alarm) time.Time {
	if e.options.Since.IsZero() || a.TreatMissingData == MissingIgnore {
		return time.Time{}
	}
	reach := a.Period * time.Duration(a.evaluationRange(e.options.WideRange))
	return e.options.Since.Truncate(time.Minute).Add(-reach - time.Minute)
}

// sifted are the changes of an alarm that are not suppressed.
func (e *evaluation) sifted(ctx context.Context, a *Alarm) ([]*Transition, error) {
	suppressions := e.suppressions(a.names()...)
	if suppressions == nil {
		return e.alarm(ctx, a)
	}
	transitions, err := e.withAllEvents().alarm(ctx, a)
	if err != nil {
		return nil, err
	}
	transitions, err = e.siftTransitions(ctx, suppressions, transitions)
	for _, t := range transitions {
		t.Events = e.shown(t.Events)
	}
	return transitions, err
}

func (e *evaluation) alarm(ctx context.Context, a *Alarm) ([]*Transition, error) {
	if a.Composite != nil {
		return nil, nil // what it looks at comes first
	}
	series, err := e.series(ctx, a)
	if err != nil {
		return nil, err
	}
	var all []*Transition
	wanted := map[wantedMinute][]*Transition{}
	for _, at := range sortedPlaces(series) {
		minutes := mergeMinutes(series[at]...)
		for _, c := range a.changes(series[at], e.options.WideRange) {
			when := timeOf(c.at)
			if when.Before(e.options.Since) || !e.options.Until.IsZero() && !when.Before(e.options.Until) {
				continue
			}
			t := &Transition{Alarm: a, Account: at.Account, Region: at.Region, Time: when, Old: c.old, New: c.new}
			t.Reason, t.ReasonData = a.reason(c)
			all = append(all, t)
			for _, b := range becauseOf(a, c, minutes) {
				t.Matched += b.matched
				for _, minute := range b.minutes {
					key := wantedMinute{at, minute}
					wanted[key] = append(wanted[key], t)
				}
			}
		}
	}
	return all, e.attach(ctx, a, wanted)
}

// series are the minutes of each metric of an alarm, in each place where one has a value.
func (e *evaluation) series(ctx context.Context, a *Alarm) (map[schema.Place][][]minute, error) {
	series := map[schema.Place][][]minute{}
	metrics := a.metrics()
	for i, m := range metrics {
		for _, f := range m.Filters {
			counted, err := e.count(ctx, a, m, f)
			if err != nil {
				return nil, err
			}
			for at, minutes := range counted {
				if series[at] == nil {
					series[at] = make([][]minute, len(metrics))
				}
				series[at][i] = mergeMinutes(series[at][i], minutes)
			}
		}
	}
	return series, nil
}

func sortedPlaces[T any](series map[schema.Place]T) []schema.Place {
	var all []schema.Place
	for at := range series {
		all = append(all, at)
	}
	slices.SortFunc(all, func(a, b schema.Place) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	return all
}

// count returns what a filter makes in each minute, in each place.
func (e *evaluation) count(ctx context.Context, a *Alarm, m *Metric, f *Filter) (map[schema.Place][]minute, error) {
	b := &record.Binder{}
	rows, err := e.query(ctx, `SELECT `+e.places()+`, minute, count(*) AS matched, count(value) AS "values",
			coalesce(`+f.sum()+`, 0) AS sum, coalesce(min(value), 0) AS min, coalesce(max(value), 0) AS max
		FROM (SELECT `+account()+` AS account, awsRegion AS region, date_trunc('minute', eventTime) AS minute, `+f.value(b)+` AS value FROM /* matching */ events)
		GROUP BY ALL ORDER BY minute`, f.condition(b, m.Dimensions), b, e.limits(a, e.from(a)))
	series := map[schema.Place][]minute{}
	for m, err := range schema.All[countedMinute](rows, err) {
		if err != nil {
			return nil, err
		}
		series[m.Place] = append(series[m.Place], minute{
			at: minuteOf(m.Minute), matched: m.Matched, values: m.Values, sum: m.Sum, min: m.Min, max: m.Max,
		})
	}
	if f.Default != nil {
		e.fillDefaults(a, series, *f.Default)
	}
	for at := range series {
		// An event without a value is none for the alarm.
		series[at] = slices.DeleteFunc(series[at], func(m minute) bool { return m.values == 0 })
	}
	return series, nil
}

// places are the columns of a place.
func (e *evaluation) places() string {
	if e.options.Together {
		return "NULL AS account, NULL AS region"
	}
	return "account, region"
}

// A countedMinute is what a filter makes in a minute.
type countedMinute struct {
	schema.Place
	Minute          time.Time
	Matched, Values int64
	Sum, Min, Max   float64
}

// minuteOf is the number of the minute that a time is in.
func minuteOf(t time.Time) int64 { return t.Truncate(time.Minute).Unix() / 60 }

// hasDefault says that a minute with events of which none fits has a value for the alarm.
func (a *Alarm) hasDefault() bool {
	if a.Composite != nil {
		return slices.ContainsFunc(a.Composite.Alarms, (*Alarm).hasDefault)
	}
	return slices.ContainsFunc(a.Filters, func(f *Filter) bool { return f.Default != nil })
}

// readActive reads which minutes have events at all.
func (e *evaluation) readActive(ctx context.Context) error {
	rows, err := e.query(ctx, `SELECT `+e.places()+`, minute
		FROM (SELECT `+account()+` AS account, awsRegion AS region, date_trunc('minute', eventTime) AS minute FROM /* matching */ events)
		GROUP BY ALL ORDER BY minute`, "true", &record.Binder{}, e.limits(nil, time.Time{}))
	type active struct {
		schema.Place
		Minute time.Time
	}
	e.active = map[schema.Place][]int64{}
	for a, err := range schema.All[active](rows, err) {
		if err != nil {
			return err
		}
		e.active[a.Place] = append(e.active[a.Place], minuteOf(a.Minute))
	}
	return nil
}

// fillDefaults puts the default value into minutes that have events, of which none fits.
func (e *evaluation) fillDefaults(a *Alarm, series map[schema.Place][]minute, value float64) {
	first := int64(math.MinInt64)
	if from := e.from(a); !from.IsZero() {
		first = from.Unix() / 60
	}
	for at, active := range e.active {
		if !e.options.Together && (a.Account != "" && a.Account != at.Account || a.Region != "" && a.Region != at.Region) {
			continue
		}
		taken := map[int64]bool{}
		for _, m := range series[at] {
			taken[m.at] = true
		}
		for _, minuteAt := range active {
			if minuteAt >= first && !taken[minuteAt] {
				series[at] = append(series[at], minute{at: minuteAt, values: 1, sum: value, min: value, max: value})
			}
		}
	}
}

// A wantedMinute is one whose events belong to transitions.
type wantedMinute struct {
	at     schema.Place
	minute int64
}

// eventColumns are those of an [Event].
func eventColumns() string {
	return `eventTime AS "time", eventID AS id, eventName AS name, eventSource AS source, ` + account() + ` AS account,
	awsRegion AS region, actor, userIdentity.arn AS arn, userIdentity.accessKeyId AS accessKey, sourceIPAddress AS sourceIP, userAgent,
	errorCode, file, position`
}

// eventOrder is the order of events.
const eventOrder = "eventTime, eventID, file, position"

// attach gives transitions their events.
func (e *evaluation) attach(ctx context.Context, a *Alarm, wanted map[wantedMinute][]*Transition) error {
	if len(wanted) == 0 {
		return nil
	}
	var minutes []int64
	for w := range wanted {
		minutes = append(minutes, w.minute)
	}
	slices.Sort(minutes)
	minutes = slices.Compact(minutes)
	b := &record.Binder{}
	var patterns []string
	for _, m := range a.metrics() {
		for _, f := range m.Filters {
			patterns = append(patterns, "("+f.condition(b, m.Dimensions)+")")
		}
	}
	rows, err := e.query(ctx, `SELECT `+eventColumns()+` FROM /* matching */ events
		WHERE epoch(date_trunc('minute', eventTime))::BIGINT // 60 IN (SELECT unnest(`+b.Bind(minutes)+`::BIGINT[])) ORDER BY `+eventOrder,
		strings.Join(patterns, " OR "), b, e.limits(a, timeOf(minutes[0])))
	for event, err := range schema.All[Event](rows, err) {
		if err != nil {
			return err
		}
		for _, t := range wanted[wantedMinute{e.placeFor(event), minuteOf(event.Time)}] {
			if e.options.Events == 0 || len(t.Events) < e.options.Events {
				t.Events = append(t.Events, event)
			}
			if e.options.Actors && event.Actor != "" && !slices.Contains(t.Actors, event.Actor) {
				t.Actors = append(t.Actors, event.Actor)
			}
		}
	}
	return nil
}
