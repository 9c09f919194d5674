package alarm

import (
	"fmt"
	"strings"
	"time"

	"trailbox/query/eventpattern"
	"trailbox/query/metricfilter"
	"trailbox/query/record"
	"trailbox/query/sigma"
	"trailbox/schema"
)

// A State is the state of an alarm, as CloudWatch names it.
type State string

const (
	OK               State = "OK"
	InAlarm          State = "ALARM"
	InsufficientData State = "INSUFFICIENT_DATA"
)

// A Position is a place in a file: line and column count from 1, 0 is none.
type Position struct {
	File   string // as it was given, or a name of Builtins
	Line   int
	Column int
}

func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// A Dimension belongs to the name of a metric. For an alarm the value is the one that it
// looks at; for a filter it is the selector that takes the value out of the event.
type Dimension struct{ Name, Value string }

// A Comparison is what an alarm does with statistic and threshold, by CloudWatch's name.
// The statistic is the left operand.
type Comparison string

const (
	AtLeast     Comparison = "GreaterThanOrEqualToThreshold"
	GreaterThan Comparison = "GreaterThanThreshold"
	LessThan    Comparison = "LessThanThreshold"
	AtMost      Comparison = "LessThanOrEqualToThreshold"
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
	Description string
	Position    Position
	// Account and Region limit the alarm where its source says whose it is (an
	// AlarmArn does); empty means every account, every Region.
	Account, Region string

	Namespace         string
	MetricName        string
	Dimensions        []Dimension
	Unit              string // "": values of any unit count
	Statistic         string // SampleCount, Average, Sum, Minimum or Maximum
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
	Notes   []string  // what a reader should know about it
}

// A Filter is a metric filter of CloudWatch Logs.
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

// A Kind is the language of a Rule.
type Kind string

const (
	EventBridge      Kind = "EventBridge"
	Sigma            Kind = "Sigma"
	SigmaCorrelation Kind = "Sigma correlation"
)

// A Rule finds events by itself, without a metric and states.
type Rule struct {
	Name        string // unique within a Set: a rule's name, or its title, or its file
	ID          string // where its language has one
	Title       string
	Description string
	Level       string // Sigma: informational, low, medium, high, critical
	Tags        []string
	Kind        Kind
	Position    Position
	Notes       []string

	event       *eventpattern.Rule
	sigma       *sigma.Rule
	correlation *sigma.Correlation
	// silent says that correlations alone look at it: what it matches is not reported.
	silent bool
}

// A Problem is something in a source that cannot be run, and why. It stops nothing else.
type Problem struct {
	Position Position
	Name     string // of the alarm, filter or rule; "" for a whole file
	Reason   string
	// Aside says that nothing is wrong: it is about something else than CloudTrail.
	Aside bool
}

func (p *Problem) Error() string {
	if p.Name == "" {
		return fmt.Sprintf("%s: %s", p.Position, p.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", p.Position, p.Name, p.Reason)
}

// A Set is what was loaded to be run, in the order of the sources.
type Set struct {
	Alarms   []*Alarm
	Unused   []*Filter // that no alarm looks at
	Rules    []*Rule
	Problems []Problem
}

// An Event is an event of the store that matched, with what tells people about it.
type Event struct {
	Time      time.Time
	ID        string // eventID, "" before eventVersion 1.01
	Name      string
	Source    string
	Account   string // recipientAccountId
	Region    string // awsRegion
	Actor     string
	SourceIP  string
	ErrorCode string
	File      int64 // with Position, its place in the store
	Position  int64
	Value     float64 // what it adds to the metric; of alarms
}

// A Finding is what [Evaluate] yields: a [*Transition] or a [*Match].
type Finding interface {
	// Key names the finding for good: evaluating the same events again, or more of
	// them, gives the same finding the same key. Whoever delivers findings keeps the
	// keys of those that were delivered.
	Key() string
	// When is what findings are ordered by: Transition.Time, or the time of the event
	// that completes a Match.
	When() time.Time
}

// A Transition is an alarm's change from one state to another.
type Transition struct {
	Alarm *Alarm
	// Account and Region are where the alarm is; both are empty in a view of all
	// together.
	Account, Region string
	// Time is the first full minute at which the alarm has the new state: CloudWatch
	// comes to it no earlier.
	Time       time.Time
	Old, New   State
	Reason     string // as CloudWatch words it
	ReasonData string // StateReasonData, JSON
	// Matched counts the events that the windows of the evaluation hold. Events are
	// the first of them (see Options.Events), for a change into ALARM; a change out
	// of it has none.
	Matched int64
	Events  []Event
}

// Key implements [Finding].
func (t *Transition) Key() string {
	return key("alarm", t.Alarm.Name, t.Account, t.Region, t.Time.UTC().Format(time.RFC3339), string(t.New))
}

// When implements [Finding].
func (t *Transition) When() time.Time { return t.Time }

// A Match is an event that fits a rule or, for a correlation, the events that do so
// together.
type Match struct {
	Rule *Rule
	// Account is the recipient account of the event that completes the match.
	Account string
	Time    time.Time // eventTime of that event
	Group   []string  // a correlation's values of its group-by fields
	Matched int64     // events; 1 but for correlations
	Events  []Event   // the first of them, see Options.Events; at least one
}

// Key implements [Finding].
func (m *Match) Key() string {
	if m.Rule.Kind == SigmaCorrelation {
		parts := append([]string{"rule", m.Rule.Name}, m.Group...)
		return key(append(parts, m.Time.UTC().Format(time.RFC3339))...)
	}
	event := m.Events[0]
	id := event.ID
	if id == "" {
		id = fmt.Sprintf("%d/%d", event.File, event.Position)
	}
	return key("rule", m.Rule.Name, id, m.Account)
}

// When implements [Finding].
func (m *Match) When() time.Time { return m.Time }

// key joins parts so that different parts give different keys.
func key(parts ...string) string {
	for i, p := range parts {
		parts[i] = strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(p)
	}
	return strings.Join(parts, "|")
}

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
