package alarm

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Event is an event of the store that matched, with what tells people about it.
type Event struct {
	Time      time.Time
	ID        string // eventID, "" before eventVersion 1.01
	Name      string
	Source    string
	Account   string // recipientAccountId
	Region    string // awsRegion
	Actor     string
	ARN       string // of the actor
	AccessKey string // its ID
	SourceIP  string
	UserAgent string
	ErrorCode string
	File      int64 // with Position, which event of the store it is
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
	Actors  []string // see Options.Actors
	// Suppressed is why nobody needs it, see Options.KeepSuppressed; that of a change into
	// ALARM is also that of the way back.
	Suppressed *Suppression
}

// Key implements [Finding].
func (t *Transition) Key() string {
	return key("alarm", t.Alarm.Name, t.Account, t.Region, t.Time.UTC().Format(time.RFC3339), string(t.New))
}

// fires says that it is something to look at, as a change out of ALARM is not.
func (t *Transition) fires() bool { return t.New == InAlarm && t.Suppressed == nil }

// When implements [Finding].
func (t *Transition) When() time.Time { return t.Time }

// A Match is an event that fits a rule or, for a correlation, the events that do so
// together.
type Match struct {
	Rule *Rule
	// Account and Region are those of the event that completes the match.
	Account, Region string
	Time            time.Time // eventTime of that event
	First, Last     time.Time // of all of the events
	Group           []string  // a correlation's values of its group-by fields
	Matched         int64     // events; 1 but for correlations
	Events          []Event   // the first of them, see Options.Events; at least one
	Actors          []string  // see Options.Actors; of correlations
	// Suppressed is why nobody needs it, see Options.KeepSuppressed.
	Suppressed *Suppression
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

// actors are those of its events, each once.
func (m *Match) actors() (actors []string) {
	for _, e := range m.Events {
		if e.Actor != "" && !slices.Contains(actors, e.Actor) {
			actors = append(actors, e.Actor)
		}
	}
	return actors
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
