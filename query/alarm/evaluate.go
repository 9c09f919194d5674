package alarm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trailbox/query/record"
	"trailbox/schema"
)

// Options limit an evaluation.
type Options struct {
	// Scope limits the findings, and those by When. Events before Since are looked
	// at as far as an alarm's windows reach. Whoever evaluates while events still
	// come sets Until to a time by which they are there: an alarm that has seen no
	// event in a minute goes back to INSUFFICIENT_DATA, even if one comes later.
	schema.Scope
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
}

// Evaluate runs a Set over a store and yields what it finds in order of time; at one
// time, in the order of the Set, of accounts and of Regions. The same events give the
// same findings. The first error ends it.
//
// The changes of alarms and the matches of rules are held until all of them are known:
// some hundred bytes each, besides their events.
func Evaluate(ctx context.Context, store *schema.Store, set *Set, o Options) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		var all []Finding
		transitions, err := Transitions(ctx, store, set, o)
		for _, t := range transitions {
			all = append(all, t)
		}
		if err == nil {
			var found []*Match
			found, err = matches(ctx, store, set, o)
			for _, m := range found {
				all = append(all, m)
			}
		}
		if err != nil {
			yield(nil, err)
			return
		}
		slices.SortStableFunc(all, func(a, b Finding) int { return a.When().Compare(b.When()) })
		for _, f := range all {
			if !yield(f, nil) {
				return
			}
		}
	}
}

// Transitions evaluates the alarms of a Set, as [Evaluate] does.
func Transitions(ctx context.Context, store *schema.Store, set *Set, o Options) ([]*Transition, error) {
	e, err := newEvaluation(ctx, store, o)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(set.Alarms, (*Alarm).hasDefault) {
		if err := e.readActive(ctx); err != nil {
			return nil, err
		}
	}
	found := make([][]*Transition, len(set.Alarms))
	err = each(ctx, len(set.Alarms), func(ctx context.Context, i int) (err error) {
		if found[i], err = e.alarm(ctx, set.Alarms[i]); err != nil {
			return fmt.Errorf("alarm %s: %w", set.Alarms[i].Name, err)
		}
		return nil
	})
	all := slices.Concat(found...)
	slices.SortStableFunc(all, func(a, b *Transition) int { return a.Time.Compare(b.Time) })
	return all, err
}

// An evaluation is one run over a store.
type evaluation struct {
	store   *schema.Store
	options Options
	active  map[place][]int64 // minutes with any event, for default values
	// twice says that some eventIDs are there twice, with other bytes: they are one event.
	twice bool
}

// newEvaluation prepares a run.
func newEvaluation(ctx context.Context, store *schema.Store, o Options) (*evaluation, error) {
	e := &evaluation{store: store, options: o}
	rows, err := store.Query(ctx, "SELECT coalesce(sum(conflicts), 0) > 0 FROM files")
	if err != nil {
		return nil, err
	}
	return e, eachRow(rows, func(v []any) { e.twice = v[0].(bool) })
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

// A place is where an alarm is. Both are empty for all together.
type place struct{ account, region string }

// account is the account that an event belongs to: Insights events have no other.
const account = "coalesce(recipientAccountId, userIdentity.accountId)"

// limits are the conditions of the options, and of an alarm's own place, on events from a
// time on. Their values have names of their own.
func (e *evaluation) limits(a *Alarm, from time.Time) record.Condition {
	c := record.Condition{SQL: "eventTime IS NOT NULL"}
	add := func(given bool, condition, name string, value any) {
		if given {
			c.SQL += " AND " + condition
			c.Args = append(c.Args, schema.Arg{Name: name, Value: value})
		}
	}
	add(!from.IsZero(), "eventTime >= $since", "since", from.UTC())
	add(!e.options.Until.IsZero(), "eventTime < $until", "until", e.options.Until.UTC())
	add(len(e.options.Accounts) > 0, account+" IN (SELECT unnest($accounts::VARCHAR[]))", "accounts", e.options.Accounts)
	add(len(e.options.Regions) > 0, "awsRegion IN (SELECT unnest($regions::VARCHAR[]))", "regions", e.options.Regions)
	if a != nil {
		add(a.Account != "", account+" = $account", "account", a.Account)
		add(a.Region != "", "awsRegion = $region", "region", a.Region)
	}
	return c
}

// query runs a statement over the events that a condition and limits let through. The
// statement calls them matching.
func (e *evaluation) query(ctx context.Context, statement, condition string, b *record.Binder, limits record.Condition) (*schema.Rows, error) {
	matching := "(SELECT * FROM events WHERE (" + condition + ") AND " + limits.SQL
	if e.twice {
		matching += " QUALIFY eventID IS NULL OR row_number() OVER (PARTITION BY eventID, recipientAccountId ORDER BY file, position) = 1"
	}
	matching += ")"
	return e.store.Query(ctx, strings.Replace(statement, "matching", matching, 1), slices.Concat(b.Args(), limits.Args)...)
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

func (e *evaluation) alarm(ctx context.Context, a *Alarm) ([]*Transition, error) {
	series := map[place][]minute{}
	for _, f := range a.Filters {
		counted, err := e.count(ctx, a, f)
		if err != nil {
			return nil, err
		}
		for at, minutes := range counted {
			series[at] = append(series[at], minutes...)
		}
	}
	var all []*Transition
	wanted := map[wantedMinute][]*Transition{}
	for _, at := range sortedPlaces(series) {
		minutes := mergeMinutes(series[at])
		for _, c := range a.changes(minutes, e.options.WideRange) {
			when := timeOf(c.at)
			if when.Before(e.options.Since) || !e.options.Until.IsZero() && !when.Before(e.options.Until) {
				continue
			}
			t := &Transition{Alarm: a, Account: at.account, Region: at.region, Time: when, Old: c.old, New: c.new}
			t.Reason, t.ReasonData = a.reason(c)
			all = append(all, t)
			if c.new != InAlarm || len(c.verdict.points) == 0 {
				continue
			}
			first := c.verdict.points[len(c.verdict.points)-1].start
			i, _ := slices.BinarySearchFunc(minutes, first, func(m minute, at int64) int { return cmp.Compare(m.at, at) })
			for ; i < len(minutes) && minutes[i].at < c.at; i++ {
				if minutes[i].matched > 0 {
					t.Matched += minutes[i].matched
					key := wantedMinute{at, minutes[i].at}
					wanted[key] = append(wanted[key], t)
				}
			}
		}
	}
	return all, e.attach(ctx, a, wanted)
}

func sortedPlaces[T any](series map[place]T) []place {
	var all []place
	for at := range series {
		all = append(all, at)
	}
	slices.SortFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region))
	})
	return all
}

// count returns what a filter makes in each minute, in each place.
func (e *evaluation) count(ctx context.Context, a *Alarm, f *Filter) (map[place][]minute, error) {
	b := &record.Binder{}
	rows, err := e.query(ctx, `SELECT `+e.places()+`, minute, count(*), count(value), coalesce(`+f.sum()+`, 0), coalesce(min(value), 0), coalesce(max(value), 0)
		FROM (SELECT `+account+` AS account, awsRegion AS region, date_trunc('minute', eventTime) AS minute, `+f.value(b)+` AS value FROM matching)
		GROUP BY ALL ORDER BY minute`, f.condition(b, a.Dimensions), b, e.limits(a, e.from(a)))
	if err != nil {
		return nil, err
	}
	series := map[place][]minute{}
	err = eachRow(rows, func(v []any) {
		at, m := placeOf(v), minuteOf(v[2])
		m.matched, m.values = v[3].(int64), v[4].(int64)
		m.sum, m.min, m.max = v[5].(float64), v[6].(float64), v[7].(float64)
		series[at] = append(series[at], m)
	})
	if err == nil && f.Default != nil {
		e.fillDefaults(a, series, *f.Default)
	}
	for at := range series {
		// An event without a value is none for the alarm.
		series[at] = slices.DeleteFunc(series[at], func(m minute) bool { return m.values == 0 })
	}
	return series, err
}

// places are the columns of a place.
func (e *evaluation) places() string {
	if e.options.Together {
		return "NULL, NULL"
	}
	return "account, region"
}

func placeOf(v []any) place {
	account, _ := v[0].(string) // or NULL
	region, _ := v[1].(string)
	return place{account, region}
}

// minuteOf is the minute of a time that was cut off to it.
func minuteOf(v any) minute {
	at, _ := v.(time.Time)
	return minute{at: at.Unix() / 60}
}

// hasDefault says that a minute with events of which none fits has a value for the alarm.
func (a *Alarm) hasDefault() bool {
	return slices.ContainsFunc(a.Filters, func(f *Filter) bool { return f.Default != nil })
}

// readActive reads which minutes have events at all.
func (e *evaluation) readActive(ctx context.Context) error {
	rows, err := e.query(ctx, `SELECT `+e.places()+`, minute
		FROM (SELECT `+account+` AS account, awsRegion AS region, date_trunc('minute', eventTime) AS minute FROM matching)
		GROUP BY ALL ORDER BY minute`, "true", &record.Binder{}, e.limits(nil, time.Time{}))
	if err != nil {
		return err
	}
	e.active = map[place][]int64{}
	return eachRow(rows, func(v []any) { e.active[placeOf(v)] = append(e.active[placeOf(v)], minuteOf(v[2]).at) })
}

// fillDefaults puts the default value into minutes that have events, of which none fits.
func (e *evaluation) fillDefaults(a *Alarm, series map[place][]minute, value float64) {
	first := int64(math.MinInt64)
	if from := e.from(a); !from.IsZero() {
		first = from.Unix() / 60
	}
	for at, active := range e.active {
		if !e.options.Together && (a.Account != "" && a.Account != at.account || a.Region != "" && a.Region != at.region) {
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
	at     place
	minute int64
}

// eventColumns are those of an [Event].
const eventColumns = "eventTime, eventID, eventName, eventSource, " + account + " AS account, awsRegion, actor, sourceIPAddress, errorCode, file, position"

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
	for _, f := range a.Filters {
		patterns = append(patterns, "("+f.condition(b, a.Dimensions)+")")
	}
	rows, err := e.query(ctx, `SELECT `+eventColumns+` FROM matching
		WHERE epoch(date_trunc('minute', eventTime))::BIGINT // 60 IN (SELECT unnest(`+b.Bind(minutes)+`::BIGINT[])) ORDER BY `+eventOrder,
		strings.Join(patterns, " OR "), b, e.limits(a, timeOf(minutes[0])))
	if err != nil {
		return err
	}
	return eachRow(rows, func(v []any) {
		event := eventOf(v)
		for _, t := range wanted[wantedMinute{e.placeFor(event), event.Time.Truncate(time.Minute).Unix() / 60}] {
			if e.options.Events == 0 || len(t.Events) < e.options.Events {
				t.Events = append(t.Events, event)
			}
		}
	})
}

func eventOf(v []any) Event {
	text := func(i int) string {
		s, _ := v[i].(string) // or NULL
		return s
	}
	at, _ := v[0].(time.Time)
	return Event{
		Time: at, ID: text(1), Name: text(2), Source: text(3), Account: text(4), Region: text(5), Actor: text(6),
		SourceIP: text(7), ErrorCode: text(8), File: v[9].(int64), Position: v[10].(int64),
	}
}

// eachRow reads rows to their end and closes them.
func eachRow(rows *schema.Rows, row func(values []any)) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		row(values)
	}
	return rows.Err()
}
