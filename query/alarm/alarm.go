package alarm

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// A State is the state of an alarm, as CloudWatch names it.
type State string

const (
	OK               State = "OK"
	InAlarm          State = "ALARM"
	InsufficientData State = "INSUFFICIENT_DATA"
)

// A Dimension belongs to the name of a metric. For an alarm the value is the one that it
// looks at; for a filter it is the selector that takes the value out of the event.
type Dimension struct{ Name, Value string }

// sortDimensions puts dimensions into the order of their names, in which those of an alarm
// and of its filters are compared.
func sortDimensions(all []Dimension) {
	slices.SortFunc(all, func(a, b Dimension) int { return cmp.Compare(a.Name, b.Name) })
}

// A Comparison is what an alarm does with statistic and threshold, by CloudWatch's name.
// The statistic is the left operand.
type Comparison string

const (
	AtLeast     Comparison = "GreaterThanOrEqualToThreshold"
	GreaterThan Comparison = "GreaterThanThreshold"
	LessThan    Comparison = "LessThanThreshold"
	AtMost      Comparison = "LessThanOrEqualToThreshold"
)

// A Statistic says what an alarm makes of the values in a period, by CloudWatch's name.
type Statistic string

const (
	SampleCount Statistic = "SampleCount"
	Average     Statistic = "Average"
	Sum         Statistic = "Sum"
	Minimum     Statistic = "Minimum"
	Maximum     Statistic = "Maximum"
)

// A Missing says what an alarm makes of a period without a value (TreatMissingData).
type Missing string

const (
	MissingMissing      Missing = "missing"
	MissingNotBreaching Missing = "notBreaching"
	MissingBreaching    Missing = "breaching"
	MissingIgnore       Missing = "ignore"
)

// An Alarm is a CloudWatch alarm over a metric that metric filters make.
type Alarm struct {
	Name        string // unique within a Set
	ID          string // by which its source refers to it, if not by its name
	Description string
	Position    Position
	// Account and Region limit the alarm where its source says whose it is (an
	// AlarmArn does); empty means every account, every Region.
	Account, Region string

	Namespace         string
	MetricName        string
	Dimensions        []Dimension
	Unit              string // "": values of any unit count
	Statistic         Statistic
	Period            time.Duration
	EvaluationPeriods int
	DatapointsToAlarm int // EvaluationPeriods, unless the source has it
	Comparison        Comparison
	Threshold         float64
	TreatMissingData  Missing

	ActionsEnabled          bool
	AlarmActions            []string
	OKActions               []string
	InsufficientDataActions []string

	Filters []*Filter // whose values make up the metric; at least one
	// Math is over Metrics, and stands in place of the metric, its dimensions, unit and
	// statistic; nil for an alarm on a metric. Filters are those of all metrics then.
	Math    *Math
	Metrics []*Metric
	// Composite is over other alarms, in place of all of that; nil for an alarm on a metric.
	Composite *Composite

	Notes []string // what a reader should know about it

	given string // the Name that its source has, which others may have as well
}

// names are what the alarm goes by.
func (a *Alarm) names() []string { return []string{a.Name, a.given} }

// metrics are what the alarm looks at.
func (a *Alarm) metrics() []*Metric {
	switch {
	case a.Composite != nil:
		return nil
	case a.Math != nil:
		return a.Metrics
	}
	return []*Metric{{Namespace: a.Namespace, MetricName: a.MetricName, Dimensions: a.Dimensions, Unit: a.Unit, Statistic: a.Statistic, Filters: a.Filters}}
}

// Check refuses what CloudWatch refuses, and what has no meaning here, with a
// [*RefusedError]. An alarm that CloudWatch never sees, such as one for a bare pattern, may
// look back further than CloudWatch does.
func (a *Alarm) Check() error {
	longest := 24 * time.Hour
	if a.Period >= time.Hour {
		longest = 7 * 24 * time.Hour
	}
	for _, m := range a.metrics() {
		switch {
		case m.MetricName == "" || m.Namespace == "":
			return refuse("", "MetricName and Namespace are missing")
		case !slices.Contains([]Statistic{SampleCount, Average, Sum, Minimum, Maximum}, m.Statistic):
			return refuse("Statistic", "%q cannot be replayed: only SampleCount, Average, Sum, Minimum and Maximum", m.Statistic)
		}
	}
	switch {
	case !slices.Contains([]Comparison{AtLeast, GreaterThan, LessThan, AtMost}, a.Comparison):
		return refuse("ComparisonOperator", "%q cannot be replayed: only comparisons with a threshold", a.Comparison)
	case !slices.Contains([]Missing{MissingMissing, MissingNotBreaching, MissingBreaching, MissingIgnore}, a.TreatMissingData):
		return refuse("TreatMissingData", "%q is none of missing, notBreaching, breaching and ignore", a.TreatMissingData)
	case a.Period < time.Minute && a.Period > 0:
		return refuse("Period", "%s: metric filters have one value a minute", seconds(a.Period))
	case a.Period < time.Minute || a.Period%time.Minute != 0:
		return refuse("Period", "%s is not a number of minutes", seconds(a.Period))
	case a.EvaluationPeriods < 1:
		return refuse("EvaluationPeriods", "%d: there is at least one", a.EvaluationPeriods)
	case a.EvaluationPeriods > int(longest/a.Period):
		return refuse("EvaluationPeriods", "%d periods of %s are more than CloudWatch looks back", a.EvaluationPeriods, seconds(a.Period))
	case a.DatapointsToAlarm < 1 || a.DatapointsToAlarm > a.EvaluationPeriods:
		return refuse("DatapointsToAlarm", "%d: it is from 1 to EvaluationPeriods (%d)", a.DatapointsToAlarm, a.EvaluationPeriods)
	case !(math.Abs(a.Threshold) <= MaxValue):
		return refuse("Threshold", "it is no number")
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%d seconds", int(d/time.Second)) }

// A RefusedError says why CloudWatch would refuse an alarm or a filter, or why it cannot be
// replayed.
type RefusedError struct {
	Property string // that is wrong, by its name in CloudFormation; "" for several together
	Reason   string
}

func (e *RefusedError) Error() string {
	if e.Property == "" {
		return e.Reason
	}
	return e.Property + ": " + e.Reason
}

func refuse(property, format string, args ...any) error {
	return &RefusedError{Property: property, Reason: fmt.Sprintf(format, args...)}
}
