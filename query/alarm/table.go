package alarm

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// Statuses are what becomes of what a source holds: it is run, it cannot be run, or it is
// left aside since nothing is wrong with that.
func Statuses() []string { return []string{"loaded", "refused", "aside"} }

// Totals says in a line how much there is of what.
func (s *Set) Totals() string {
	var loaded []string
	add := func(n int, thing string) {
		if n > 0 {
			loaded = append(loaded, counted(n, thing))
		}
	}
	kinds := map[Kind]int{}
	for _, r := range s.Rules {
		kinds[r.Kind]++
	}
	add(len(s.Alarms), "alarm")
	add(kinds[EventBridge]+kinds[Sigma], "rule")
	add(kinds[SigmaCorrelation], "correlation")
	add(kinds[MetricFilter], "filter")
	if loaded == nil {
		loaded = []string{"nothing"}
	}
	aside := 0
	for _, p := range s.Problems {
		if p.Aside {
			aside++
		}
	}
	return fmt.Sprintf("%s; %d aside; %d refused", strings.Join(loaded, ", "), aside, len(s.Problems)-aside)
}

// Table lists what was loaded, and what was not and why; of these statuses alone, if there
// are any.
func (s *Set) Table(statuses []string) query.Result {
	columns := []schema.ResultColumn{
		{Name: "status", Type: "VARCHAR"}, // one of [Statuses]
		{Name: "kind", Type: "VARCHAR"},
		{Name: "name", Type: "VARCHAR"},
		{Name: "condition", Type: "VARCHAR"}, // of an alarm; of a filter, the metric
		{Name: "level", Type: "VARCHAR"},
		{Name: "tags", Type: "VARCHAR"},
		{Name: "source", Type: "VARCHAR"},
		{Name: "why", Type: "VARCHAR"}, // it was refused, or what a reader should know
	}
	var rows [][]any
	for _, a := range s.Alarms {
		rows = append(rows, []any{"loaded", "alarm", a.Name, a.Condition(), nil, nil, a.Position.String(), notes(a.Notes)})
	}
	for _, r := range s.Rules {
		var condition any
		if r.filter != nil {
			condition = r.filter.Namespace + " " + r.filter.MetricName
		}
		rows = append(rows, []any{"loaded", string(r.Kind), r.Name, condition, orNull(r.Level), orNull(strings.Join(r.Tags, ", ")), r.Position.String(), notes(r.Notes)})
	}
	for _, aside := range []bool{false, true} {
		for _, p := range s.Problems {
			if p.Aside == aside {
				status := "refused"
				if aside {
					status = "aside"
				}
				rows = append(rows, []any{status, orNull(p.Kind), orNull(p.Name), nil, nil, nil, p.Position.String(), p.Reason})
			}
		}
	}
	if len(statuses) > 0 {
		rows = slices.DeleteFunc(rows, func(row []any) bool { return !slices.Contains(statuses, row[0].(string)) })
	}
	return query.NewResult(columns, rows)
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// notes are one text.
func notes(all []string) any {
	text := ""
	for i, n := range all {
		if i > 0 {
			text += "; "
		}
		text += n
	}
	return orNull(text)
}

// findingRows are findings as rows, each made when it is read: there may be a million.
type findingRows struct {
	next       func() (Finding, error, bool)
	stop       func()
	known      map[*Rule][]any // what all rows of a rule have in common
	of         []any           // what the rows of a finding have in common
	reason     any
	suppressed any
	events     []Event // that are left of it
	event      Event
	err        error
}

// Rows lists findings in their order, with what led to them: a row for each of the events
// that a finding carries (see [Options].Events), or one row if it carries none.
func Rows(findings iter.Seq2[Finding, error]) query.Result {
	r := &findingRows{known: map[*Rule][]any{}}
	r.next, r.stop = iter.Pull2(findings)
	return r
}

// Columns implements [query.Result].
func (r *findingRows) Columns() []schema.ResultColumn {
	return []schema.ResultColumn{
		{Name: "time", Type: "TIMESTAMP"}, // of the change, or of the event that completes a match
		{Name: "kind", Type: "VARCHAR"},
		{Name: "rule", Type: "VARCHAR"}, // or alarm
		{Name: "id", Type: "VARCHAR"},
		{Name: "level", Type: "VARCHAR"},
		{Name: "status", Type: "VARCHAR"},
		{Name: "tags", Type: "VARCHAR"},
		{Name: "tactics", Type: "VARCHAR"},
		{Name: "techniques", Type: "VARCHAR"},
		{Name: "file", Type: "VARCHAR"}, // in which the rule is
		{Name: "oldState", Type: "VARCHAR"},
		{Name: "state", Type: "VARCHAR"},
		{Name: "matched", Type: "BIGINT"},  // events
		{Name: "groupBy", Type: "VARCHAR"}, // of a correlation: each field with its value
		{Name: "account", Type: "VARCHAR"},
		{Name: "region", Type: "VARCHAR"},
		{Name: "actor", Type: "VARCHAR"},
		{Name: "arn", Type: "VARCHAR"},
		{Name: "accessKeyId", Type: "VARCHAR"},
		{Name: "sourceIPAddress", Type: "VARCHAR"},
		{Name: "userAgent", Type: "VARCHAR"},
		{Name: "eventTime", Type: "TIMESTAMP"},
		{Name: "eventName", Type: "VARCHAR"},
		{Name: "eventSource", Type: "VARCHAR"},
		{Name: "errorCode", Type: "VARCHAR"},
		{Name: "eventID", Type: "VARCHAR"},
		{Name: "reason", Type: "VARCHAR"},     // of a change, as CloudWatch words it
		{Name: "suppressed", Type: "VARCHAR"}, // why nobody needs it
	}
}

// Next implements [query.Result].
func (r *findingRows) Next() bool {
	if len(r.events) == 0 {
		f, err, ok := r.next()
		if r.err = err; !ok || err != nil {
			return false
		}
		r.begin(f)
	}
	r.event, r.events = r.events[0], r.events[1:]
	return true
}

// begin begins with the rows of a finding.
func (r *findingRows) begin(f Finding) {
	var place Event
	var suppressed *Suppression
	switch f := f.(type) {
	case *Transition:
		r.of = []any{f.Time, "alarm", f.Alarm.Name, nil, nil, nil, nil, nil, nil, f.Alarm.Position.String(), string(f.Old), string(f.New), f.Matched, nil}
		place, r.events, r.reason = Event{Account: f.Account, Region: f.Region}, f.Events, f.Reason
		suppressed = f.Suppressed
	case *Match:
		rule := f.Rule
		known, ok := r.known[rule]
		if !ok {
			tactics, techniques := rule.attack()
			known = []any{
				string(rule.Kind), rule.Name, orNull(rule.ID), orNull(rule.Level), orNull(rule.Status), listed(rule.Tags),
				listed(tactics), listed(techniques), rule.Position.String(), nil, nil,
			}
			r.known[rule] = known
		}
		r.of = append(append([]any{f.Time}, known...), f.Matched, orNull(rule.grouped(f.Group)))
		place, r.events, r.reason = Event{Account: f.Account}, f.Events, nil
		suppressed = f.Suppressed
	}
	if r.suppressed = nil; suppressed != nil {
		r.suppressed = suppressed.String()
	}
	if len(r.events) == 0 {
		r.events = []Event{place}
	}
}

// Values implements [query.Result].
func (r *findingRows) Values() ([]any, error) {
	e := &r.event
	return slices.Concat(r.of, []any{
		orNull(e.Account), orNull(e.Region), orNull(e.Actor), orNull(e.ARN), orNull(e.AccessKey), orNull(e.SourceIP), orNull(e.UserAgent),
		timeOrNull(e.Time), orNull(e.Name), orNull(e.Source), orNull(e.ErrorCode), orNull(e.ID), r.reason, r.suppressed,
	}), nil
}

// Err implements [query.Result].
func (r *findingRows) Err() error { return r.err }

// Close implements [query.Result].
func (r *findingRows) Close() error {
	r.stop()
	return nil
}

// listed are texts as one.
func listed(texts []string) any { return orNull(strings.Join(texts, ", ")) }

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
