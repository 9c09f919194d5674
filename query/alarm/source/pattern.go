package source

import (
	"cmp"
	"errors"
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
	return ok && strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n("), "$")
}

// readPattern reads a pattern that is given as it is, which is its name as well.
func (l *loader) readPattern(text string) {
	const file = "pattern"
	text = strings.TrimSpace(text)
	if looksLikeFilterPattern(text) {
		l.addFilterPattern(file, text, text)
		return
	}
	l.addEventRules(file, text, []byte(text))
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

// addEventRules adds what "aws events describe-rule" or "list-rules" print, or an event
// pattern by itself under that name.
func (l *loader) addEventRules(file, name string, data []byte) {
	at := alarm.Position{File: file}
	rules, errs := eventpattern.ReadRules(data)
	for _, r := range rules {
		r.Name = cmp.Or(r.Name, name)
		l.set.AddEventRule(r, at)
	}
	for _, err := range errs {
		name := ""
		var named *eventpattern.RuleError
		if errors.As(err, &named) {
			name, err = named.Name, named.Err
		}
		l.failed(at, name, err)
	}
}
