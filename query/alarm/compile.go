package alarm

import (
	"strconv"
	"strings"

	"trailbox/query/metricfilter"
	"trailbox/query/record"
)

// compile reads the pattern and the selectors of a filter.
func (f *Filter) compile() error {
	pattern, err := metricfilter.Parse(f.Pattern)
	if err == nil {
		err = pattern.Unsupported()
	}
	if err != nil {
		return err
	}
	f.pattern = pattern
	for _, w := range pattern.Warnings {
		f.Notes = append(f.Notes, w.Text)
	}
	if strings.HasPrefix(f.Value, "$") {
		if f.selector, err = selector(f.Value); err != nil {
			return err
		}
	} else if f.constant, err = strconv.ParseFloat(f.Value, 64); err != nil || !(f.constant <= maxValue && f.constant >= -maxValue) {
		return &valueError{f.Value}
	}
	for _, d := range f.Dimensions {
		path, err := selector(d.Value)
		if err != nil {
			return err
		}
		f.paths = append(f.paths, path)
	}
	return nil
}

// A valueError says that a MetricValue is no value.
type valueError struct{ text string }

func (e *valueError) Error() string {
	return "MetricValue: " + strconv.Quote(e.text) + " is neither a number nor a selector"
}

// selector reads a selector as patterns have it.
func selector(text string) (record.Path, error) {
	pattern, err := metricfilter.Parse("{ " + text + " = * }")
	if err != nil {
		return nil, err
	}
	condition, ok := pattern.Expr.(*metricfilter.Condition)
	if !ok {
		return nil, &valueError{text}
	}
	for _, step := range condition.Selector {
		if step.IsAny {
			return nil, &valueError{text}
		}
	}
	return condition.Selector, nil
}

// condition is the SQL of what a filter counts for an alarm: events that fit the pattern
// and, if its metric has dimensions, have the alarm's values of them.
func (f *Filter) condition(b *record.Binder, dimensions []Dimension) string {
	sql := "(" + f.pattern.SQL(b) + ")"
	for i, path := range f.paths {
		sql += " AND coalesce((" + record.Node(b, path) + " ->> '$') = " + b.Bind(dimensions[i].Value) + ", false)"
	}
	return sql
}

// value is the SQL of the value that an event gives, NULL where it gives none.
func (f *Filter) value(b *record.Binder) string {
	if f.selector == nil {
		return b.Bind(f.constant) + "::DOUBLE"
	}
	number := "TRY_CAST(" + record.Node(b, f.selector) + " ->> '$' AS DOUBLE)"
	return "CASE WHEN abs(" + number + ") <= " + b.Bind(maxValue) + " THEN " + number + " END"
}

// sum is the SQL of the sum of values. DuckDB's threads add up in any order, in which the
// last digits of a sum may differ: the same events are to give the same findings.
func (f *Filter) sum() string {
	if f.selector == nil {
		return "count(value) * min(value)"
	}
	return "list_sum(list(value ORDER BY value))"
}
