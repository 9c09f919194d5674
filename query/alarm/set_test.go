package alarm

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"trailbox/query/metricfilter"
)

// What CloudWatch refuses of an alarm is refused by the name of the property.
func TestCheck(t *testing.T) {
	for _, test := range []struct {
		property string
		change   func(a *Alarm)
	}{
		{"ComparisonOperator", func(a *Alarm) { a.Comparison = "LessThanLowerThreshold" }},
		{"Statistic", func(a *Alarm) { a.Statistic = "p99" }},
		{"TreatMissingData", func(a *Alarm) { a.TreatMissingData = "" }},
		{"Period", func(a *Alarm) { a.Period = 10 * time.Second }},
		{"Period", func(a *Alarm) { a.Period = 90 * time.Second }},
		{"Period", func(a *Alarm) { a.Period = 0 }},
		{"EvaluationPeriods", func(a *Alarm) { a.EvaluationPeriods, a.DatapointsToAlarm = 0, 0 }},
		{"EvaluationPeriods", func(a *Alarm) { a.EvaluationPeriods = 24*12 + 1 }},
		{"EvaluationPeriods", func(a *Alarm) { a.Period, a.EvaluationPeriods = time.Hour, 7*24+1 }},
		{"DatapointsToAlarm", func(a *Alarm) { a.DatapointsToAlarm = 2 }},
		{"DatapointsToAlarm", func(a *Alarm) { a.DatapointsToAlarm = 0 }},
		{"Threshold", func(a *Alarm) { a.Threshold = math.NaN() }},
		{"Threshold", func(a *Alarm) { a.Threshold = math.Inf(1) }},
		{"", func(a *Alarm) { a.MetricName = "" }},
	} {
		a := counting()
		a.Namespace, a.MetricName = "N", "M"
		if err := a.Check(); err != nil {
			t.Fatal(err)
		}
		test.change(a)
		var refused *RefusedError
		if err := a.Check(); !errors.As(err, &refused) || refused.Property != test.property {
			t.Errorf("%+v: %v, want %s refused", a, err, test.property)
		}
	}
	longest := counting()
	longest.Namespace, longest.MetricName = "N", "M"
	longest.Period, longest.EvaluationPeriods = time.Hour, 7*24
	if err := longest.Check(); err != nil {
		t.Error(err)
	}
}

// Whatever Check lets through can be evaluated.
func FuzzCheck(f *testing.F) {
	f.Add(int64(300), 1, 1, "GreaterThanOrEqualToThreshold", "Sum", 1.0, "missing")
	f.Add(int64(60), 24*60, 3, "LessThanThreshold", "Average", -0.5, "breaching")
	f.Add(int64(3600), 7*24, 7*24, "LessThanOrEqualToThreshold", "Minimum", 1e100, "ignore")
	f.Add(int64(60), 1, 1, "LessThanThreshold", "Maximum", math.Inf(1), "missing")
	f.Fuzz(func(t *testing.T, period int64, periods, datapoints int, comparison, statistic string, threshold float64, missing string) {
		a := &Alarm{
			Namespace: "N", MetricName: "M", Period: time.Duration(period) * time.Second, EvaluationPeriods: periods, DatapointsToAlarm: datapoints,
			Comparison: Comparison(comparison), Statistic: Statistic(statistic), Threshold: threshold, TreatMissingData: Missing(missing),
		}
		if a.Check() != nil {
			return
		}
		for _, c := range a.changes([][]minute{ones(100, 101, 105)}, true) {
			a.reason(c)
		}
	})
}

func TestNewFilter(t *testing.T) {
	zero := 0.0
	var refused *RefusedError
	for _, f := range []Filter{
		{Value: "many"}, {Value: "1e300"}, {Value: "NaN"}, {Value: "$.a[*]"},
		{Value: "1", Dimensions: []Dimension{{Name: "D", Value: "$.*"}}},
		{Value: "1", Dimensions: []Dimension{{Name: "D", Value: "$.a"}}, Default: &zero},
	} {
		if _, err := NewFilter(f); !errors.As(err, &refused) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	var syntax *metricfilter.SyntaxError
	if _, err := NewFilter(Filter{Pattern: "{ $.a = }", Value: "1"}); !errors.As(err, &syntax) {
		t.Error(err)
	}
	var unsupported *metricfilter.UnsupportedError
	if _, err := NewFilter(Filter{Pattern: "ERROR", Value: "1"}); !errors.As(err, &unsupported) {
		t.Error(err)
	}
	if f, err := NewFilter(Filter{Pattern: "{ $.a = b c }", Value: "1"}); err != nil || len(f.Notes) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	f, err := NewFilter(Filter{Pattern: `{ $.eventname = "A" || ($.userIdentity.Type = "Root" && $.requestParameters.Name = "b" && $.eventName = "C") }`, Value: "1"})
	want := []string{"CloudTrail's events have no $.eventname: it is $.eventName", "CloudTrail's events have no $.userIdentity.Type: it is $.userIdentity.type"}
	if err != nil || !slices.Equal(f.Notes, want) {
		t.Errorf("%q, %v", f.Notes, err)
	}
}

// An alarm has the filters that make its metric, with its dimensions in any order and in its
// unit; a name is given once.
func TestAddAlarms(t *testing.T) {
	var filters []*Filter
	filter := func(name, metric, unit string, dimensions ...Dimension) {
		f, err := NewFilter(Filter{Name: name, Namespace: "N", MetricName: metric, Unit: unit, Dimensions: dimensions, Value: "1"})
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, f)
	}
	filter("one", "M", "None")
	filter("two", "M", "None")
	filter("sized", "M", "Bytes")
	filter("split", "S", "None", Dimension{"A", "$.a"}, Dimension{"B", "$.b"})
	filter("alone", "X", "None")
	var alarms []*Alarm
	add := func(name, namespace, metric, unit string, dimensions ...Dimension) {
		a := counting()
		a.Name, a.Namespace, a.MetricName, a.Unit, a.Dimensions = name, namespace, metric, unit, dimensions
		a.Position.File = "f"
		alarms = append(alarms, a)
	}
	add("any", "N", "M", "")
	add("any", "N", "M", "None")
	add("split", "N", "S", "", Dimension{"B", "x"}, Dimension{"A", "y"})
	add("whole", "N", "S", "")
	add("counted", "N", "S", "Count", Dimension{"A", "y"}, Dimension{"B", "x"})
	add("cpu", "AWS/EC2", "M", "")
	add("lost", "n", "M", "")
	var set Set
	set.AddAlarms(alarms, filters)
	var got []string
	for _, a := range set.Alarms {
		line := a.Name + ":"
		for _, f := range a.Filters {
			line += " " + f.Name
		}
		got = append(got, line)
	}
	for _, r := range set.Rules {
		got = append(got, string(r.Kind)+" "+r.Name)
	}
	for _, p := range set.Problems {
		got = append(got, fmt.Sprintf("%s, aside %t", p.Name, p.Aside))
	}
	want := []string{"any: one two sized", "any in f: one two", "split: split", "metric filter alone", "whole, aside false", "counted, aside false", "cpu, aside true", "lost, aside false"}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}

	// Chosen by the name that the source gives, all that have it are.
	var selection Selection
	if err := selection.Rule.Add("any", os.ReadFile); err != nil {
		t.Fatal(err)
	}
	if misses, err := set.Select(&selection); err != nil || len(misses) > 0 || len(set.Alarms) != 2 {
		t.Errorf("%v, %v, %d alarms", misses, err, len(set.Alarms))
	}
}
