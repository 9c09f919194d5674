package alarm

import (
	"fmt"
	"strings"

	"trailbox/query/record"
)

// Condition says in words when the alarm goes off.
func (a *Alarm) Condition() string {
	if a.Composite != nil {
		return a.Composite.Rule
	}
	sign := map[Comparison]string{AtLeast: ">=", GreaterThan: ">", LessThan: "<", AtMost: "<="}[a.Comparison]
	threshold := strings.TrimSuffix(Double(a.Threshold), ".0")
	left := string(a.Statistic)
	if a.Math != nil {
		left = a.Math.Text
	}
	text := fmt.Sprintf("%s %s %s in %s", left, sign, threshold, lasting(a.Period))
	if a.EvaluationPeriods > 1 {
		text += fmt.Sprintf(", %d of %d times", a.DatapointsToAlarm, a.EvaluationPeriods)
	}
	if a.TreatMissingData != MissingMissing {
		text += ", missing is " + string(a.TreatMissingData)
	}
	return text
}

// An Explanation says how a filter or a rule is understood.
type Explanation struct {
	Name     string // of the alarm or the rule
	Kind     string
	Position Position
	Pattern  string // as it was understood
	Tree     string // the same, a condition a line; "" where Pattern is that
	// Statement finds the events that match, by itself.
	Statement string
	Notes     []string
}

// Explain says how each filter and each rule of a Set is understood.
func (s *Set) Explain() []Explanation {
	var all []Explanation
	for _, a := range s.Alarms {
		if a.Composite != nil {
			all = append(all, Explanation{Name: a.Name, Kind: "composite alarm", Position: a.Position, Pattern: a.Composite.Rule, Notes: a.Notes})
		}
		for _, m := range a.metrics() {
			for _, f := range m.Filters {
				e := f.explain(m.Dimensions)
				e.Name, e.Kind, e.Position, e.Notes = a.Name, "alarm: "+a.Condition(), a.Position, a.Notes
				if m.ID != "" {
					e.Notes = append(e.Notes[:len(e.Notes):len(e.Notes)], fmt.Sprintf("this is %s: %s of %s", m.ID, m.Statistic, m.MetricName))
				}
				all = append(all, e)
			}
		}
	}
	for _, r := range s.Rules {
		e := Explanation{Name: r.Name, Kind: string(r.Kind), Position: r.Position, Pattern: r.text(), Notes: r.Notes}
		switch {
		case r.event != nil:
			e.Tree = r.event.Pattern.Tree()
		case r.filter != nil:
			e.Tree = r.filter.pattern.Tree()
		}
		if r.correlation == nil {
			b := &record.Binder{}
			e.Statement = statement(b, r.condition(b, Options{}))
		}
		all = append(all, e)
	}
	return all
}

func (f *Filter) explain(dimensions []Dimension) Explanation {
	b := &record.Binder{}
	return Explanation{Pattern: f.pattern.String(), Tree: f.pattern.Tree(), Statement: statement(b, f.condition(b, dimensions))}
}

func statement(b *record.Binder, condition string) string {
	return b.Statement("SELECT eventTime, eventName, awsRegion, actor, sourceIPAddress, errorCode, eventID\nFROM events\nWHERE " + condition + "\nORDER BY eventTime, eventID;").Inline()
}

// text is the rule as it was understood.
func (r *Rule) text() string {
	switch {
	case r.event != nil:
		return r.event.Pattern.String()
	case r.filter != nil:
		return r.filter.pattern.String()
	case r.sigma != nil:
		return strings.TrimSpace(r.sigma.String())
	}
	return strings.TrimSpace(r.correlation.String())
}
