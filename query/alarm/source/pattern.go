package source

import (
	"strings"

	"trailbox/query/alarm"
	"trailbox/query/eventpattern"
)

// looksLikePattern says that a source is a pattern, and not the path of one.
func looksLikePattern(source string) bool {
	return strings.HasPrefix(strings.TrimSpace(source), "{")
}

// looksLikeFilterPattern tells a filter pattern from JSON: its first selector begins with
// a dollar sign, a key of JSON with a quote.
func looksLikeFilterPattern(text string) bool {
	rest, ok := strings.CutPrefix(text, "{")
	return ok && strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n(!"), "$")
}

// readPattern reads a pattern that is given as it is, which is its name as well.
func (l *loader) readPattern(text string) {
	const file = "pattern"
	text = strings.TrimSpace(text)
	if looksLikeFilterPattern(text) {
		l.addFilterPattern(file, text, text)
		return
	}
	if doc, err := parseJSON([]byte(text)); err == nil && isExport(doc) {
		l.readOne(alarm.Position{File: file}, text, doc, nil, true, newBudget())
		return
	}
	l.addEventPattern(file, text, text)
}

// addFilterPattern adds a filter pattern with an alarm of its own.
func (l *loader) addFilterPattern(file, name, text string) {
	const namespace, metric = "trailbox", "matches"
	at := alarm.Position{File: file}
	f, err := alarm.NewFilter(alarm.Filter{Name: name, Position: at, Pattern: text, Namespace: namespace, MetricName: metric, Value: "1", Unit: "None"})
	if err != nil {
		l.failed(at, "", err)
		return
	}
	l.set.AddAlarms([]*alarm.Alarm{{
		Name: name, Position: at, Namespace: namespace, MetricName: metric, Statistic: alarm.Sum, Period: l.options.Period,
		EvaluationPeriods: 1, DatapointsToAlarm: 1, Comparison: alarm.AtLeast, Threshold: l.options.Threshold,
		TreatMissingData: alarm.MissingMissing, ActionsEnabled: true,
	}}, []*alarm.Filter{f})
}

// addEventPattern adds an event pattern by itself, as an enabled rule of that name.
func (l *loader) addEventPattern(file, name, text string) {
	at := alarm.Position{File: file}
	r, err := eventpattern.NewRule(eventpattern.Description{Name: name, EventPattern: text})
	if err != nil {
		l.refuse(at, string(alarm.EventBridge), "", err)
		return
	}
	l.set.AddEventRule(r, at)
}
