package alarm

import (
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// Table lists what was loaded, and what was not and why.
func (s *Set) Table() query.Result {
	columns := []schema.ResultColumn{
		{Name: "status", Type: "VARCHAR"}, // loaded, no alarm (a filter that none looks at), refused, or aside
		{Name: "kind", Type: "VARCHAR"},
		{Name: "name", Type: "VARCHAR"},
		{Name: "condition", Type: "VARCHAR"},
		{Name: "source", Type: "VARCHAR"},
		{Name: "why", Type: "VARCHAR"}, // it was refused, or what a reader should know
	}
	var rows [][]any
	for _, a := range s.Alarms {
		rows = append(rows, []any{"loaded", "alarm", a.Name, a.Condition(), a.Position.String(), notes(a.Notes)})
	}
	for _, r := range s.Rules {
		rows = append(rows, []any{"loaded", string(r.Kind), r.Name, orNull(r.Level), r.Position.String(), notes(r.Notes)})
	}
	for _, f := range s.Unused {
		rows = append(rows, []any{"no alarm", "metric filter", f.Name, f.Namespace + " " + f.MetricName, f.Position.String(), notes(f.Notes)})
	}
	for _, aside := range []bool{false, true} {
		for _, p := range s.Problems {
			if p.Aside == aside {
				status := "refused"
				if aside {
					status = "aside"
				}
				rows = append(rows, []any{status, nil, orNull(p.Name), nil, p.Position.String(), p.Reason})
			}
		}
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

// A Replay is what a Set found in a store.
type Replay struct {
	Transitions []*Transition
	Tallies     []*Tally
}

// Fired says that an alarm went off, or a rule matched.
func (r *Replay) Fired() bool {
	for _, t := range r.Transitions {
		if t.New == InAlarm {
			return true
		}
	}
	return len(r.Tallies) > 0
}

// Table lists the changes of alarms in their order, then what rules match.
func (r *Replay) Table() query.Result {
	columns := []schema.ResultColumn{
		{Name: "time", Type: "TIMESTAMP"}, // of the change, or of the first event that a rule matches
		{Name: "kind", Type: "VARCHAR"},
		{Name: "name", Type: "VARCHAR"},
		{Name: "account", Type: "VARCHAR"},
		{Name: "region", Type: "VARCHAR"},
		{Name: "oldState", Type: "VARCHAR"},
		{Name: "newState", Type: "VARCHAR"},
		{Name: "matched", Type: "BIGINT"},
		{Name: "last", Type: "TIMESTAMP"}, // event that a rule matches
		{Name: "reason", Type: "VARCHAR"},
		{Name: "reasonData", Type: "VARCHAR"},
		{Name: "events", Type: "STRUCT(eventTime TIMESTAMP, eventID VARCHAR, eventName VARCHAR, eventSource VARCHAR, account VARCHAR, region VARCHAR, actor VARCHAR, sourceIPAddress VARCHAR, errorCode VARCHAR)[]"},
	}
	var rows [][]any
	for _, t := range r.Transitions {
		rows = append(rows, []any{
			t.Time, "alarm", t.Alarm.Name, orNull(t.Account), orNull(t.Region), string(t.Old), string(t.New), t.Matched, nil,
			t.Reason, t.ReasonData, listed(t.Events),
		})
	}
	for _, t := range r.Tallies {
		rows = append(rows, []any{
			timeOrNull(t.First), string(t.Rule.Kind), t.Rule.Name, orNull(t.Account), orNull(t.Region), nil, nil, t.Matched, timeOrNull(t.Last),
			nil, nil, listed(t.Events),
		})
	}
	return query.NewResult(columns, rows)
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func listed(events []Event) schema.List {
	list := schema.List{}
	for _, e := range events {
		list = append(list, schema.Struct{
			{Name: "eventTime", Value: timeOrNull(e.Time)},
			{Name: "eventID", Value: orNull(e.ID)},
			{Name: "eventName", Value: orNull(e.Name)},
			{Name: "eventSource", Value: orNull(e.Source)},
			{Name: "account", Value: orNull(e.Account)},
			{Name: "region", Value: orNull(e.Region)},
			{Name: "actor", Value: orNull(e.Actor)},
			{Name: "sourceIPAddress", Value: orNull(e.SourceIP)},
			{Name: "errorCode", Value: orNull(e.ErrorCode)},
		})
	}
	return list
}
