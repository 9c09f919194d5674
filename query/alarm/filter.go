package alarm

import (
	"strconv"
	"strings"

	"trailbox/query/metricfilter"
	"trailbox/query/record"
)

// A Filter is a metric filter of CloudWatch Logs: see [NewFilter].
type Filter struct {
	Name       string
	Position   Position
	Pattern    string // as it was given
	Namespace  string
	MetricName string
	Value      string   // a number, or the selector that takes it out of the event
	Default    *float64 // for a minute with events of which none fits; nil: no value
	Unit       string
	Dimensions []Dimension
	Notes      []string

	pattern  *metricfilter.Pattern
	selector record.Path   // of Value; nil for a number
	constant float64       // of Value; the number
	paths    []record.Path // of Dimensions
}

// MaxValue is the largest value that CloudWatch takes.
const MaxValue = 0x1p360

// NewFilter returns a filter whose pattern, value and dimensions were read, which an
// [Alarm] can look at. Its errors are those of [metricfilter.Parse], a
// [*metricfilter.UnsupportedError] and a [*RefusedError].
func NewFilter(f Filter) (*Filter, error) {
	if f.Default != nil && len(f.Dimensions) > 0 {
		return nil, refuse("", "a filter with dimensions cannot have a DefaultValue")
	}
	pattern, err := metricfilter.Parse(f.Pattern)
	if err == nil {
		err = pattern.Unsupported()
	}
	if err != nil {
		return nil, err
	}
	f.pattern = pattern
	for _, w := range pattern.Warnings {
		f.Notes = append(f.Notes, w.Text)
	}
	f.Notes = append(f.Notes, pattern.Misspelled()...)
	if strings.HasPrefix(f.Value, "$") {
		if f.selector, err = selector(f.Value); err != nil {
			return nil, err
		}
	} else if f.constant, err = strconv.ParseFloat(f.Value, 64); err != nil || !(f.constant <= MaxValue && f.constant >= -MaxValue) {
		return nil, notAValue(f.Value)
	}
	sortDimensions(f.Dimensions)
	for _, d := range f.Dimensions {
		path, err := selector(d.Value)
		if err != nil {
			return nil, err
		}
		f.paths = append(f.paths, path)
	}
	return &f, nil
}

func notAValue(text string) error {
	return refuse("MetricValue", "%q is neither a number nor a selector", text)
}

// selector reads a selector as patterns have it.
func selector(text string) (record.Path, error) {
	pattern, err := metricfilter.Parse("{ " + text + " = * }")
	if err != nil {
		return nil, err
	}
	condition, ok := pattern.Expr.(*metricfilter.Condition)
	if !ok {
		return nil, notAValue(text)
	}
	for _, step := range condition.Selector {
		if step.IsAny {
			return nil, notAValue(text)
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
	return "CASE WHEN abs(" + number + ") <= " + b.Bind(MaxValue) + " THEN " + number + " END"
}

// sum is the SQL of the sum of values. DuckDB's threads add up in any order, in which the
// last digits of a sum may differ: the same events are to give the same findings.
func (f *Filter) sum() string {
	if f.selector == nil {
		return "count(value) * min(value)"
	}
	return "list_sum(list(value ORDER BY value))"
}
