package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailbox/query/alarm"
	"trailbox/schema"
)

const (
	// maxEvents is how many events a message shows: more are nobody's to read in a mail,
	// and SNS takes 256 KiB.
	maxEvents = 20

	// maxRunes is what is shown of a text out of an event, which may be a megabyte long.
	maxRunes = 300

	// maxDescription is how long CloudWatch lets a description be.
	maxDescription = 1024
)

// A Message is what is delivered, in the form of its JSON: that of CloudWatch's messages
// to SNS for an alarm, one like it for a rule, and what CloudWatch never tells.
type Message struct {
	AWSAccountId string // empty: all accounts together
	Region       string // its long name; empty: all of them together
	*Change
	*Matches
	Trailbox Note
}

// A Change is the part of a [Message] that is of an alarm's change of state. Names,
// order and oddities are CloudWatch's.
type Change struct {
	AlarmName        string
	AlarmDescription *string
	// AlarmConfigurationUpdatedTimestamp is null: no CloudWatch has configured it.
	AlarmConfigurationUpdatedTimestamp *stamp
	NewStateValue                      alarm.State
	NewStateReason                     string
	StateChangeTime                    stamp
	AlarmArn                           string // empty: it is in no one place
	OldStateValue                      alarm.State
	OKActions                          []string
	AlarmActions                       []string
	InsufficientDataActions            []string
	AlarmRule                          string   `json:",omitempty"` // of a composite alarm
	Trigger                            *Trigger `json:",omitempty"` // of any other
	ActionExecutedAfterMuteWindow      bool
}

// A Trigger is what an alarm looks at.
type Trigger struct {
	MetricName                       string
	Namespace                        string
	StatisticType                    string
	Statistic                        string // in capitals
	Unit                             *string
	Dimensions                       []dimension
	Period                           int64 // seconds
	EvaluationPeriods                int
	DatapointsToAlarm                int `json:",omitempty"`
	ComparisonOperator               alarm.Comparison
	Threshold                        float64
	TreatMissingData                 alarm.Missing
	EvaluateLowSampleCountPercentile string
}

type dimension struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

// Matches are the part of a [Message] that is of a rule.
type Matches struct {
	RuleName        string
	RuleID          string
	RuleDescription string
	RuleKind        alarm.Kind
	RuleLevel       string
	RuleTags        []string
	MatchCount      int   // that are new
	LastMatchTime   stamp // eventTime
}

// A Note is what trailbox adds: what it is, and on which events.
type Note struct {
	NoticeID string // the same whenever the message comes again
	Replay   string
	Region   string // its code; empty: all of them together
	// EventCount counts the events. Events are maxEvents of them at most.
	EventCount int64
	Events     []Event
}

// replay is told to everybody who might take a message for CloudWatch's own.
const replay = "found in CloudTrail log files by trailbox watch, by eventTime; not sent by CloudWatch"

// An Event is an event as messages show it, by CloudTrail's names, but for principal: the
// best name of who really acted.
type Event struct {
	EventID            string    `json:"eventID"`
	EventTime          time.Time `json:"eventTime"`
	EventName          string    `json:"eventName"`
	EventSource        string    `json:"eventSource"`
	AWSRegion          string    `json:"awsRegion"`
	RecipientAccountID string    `json:"recipientAccountId"`
	Principal          string    `json:"principal"`
	SourceIPAddress    string    `json:"sourceIPAddress"`
	ErrorCode          string    `json:"errorCode,omitempty"`
}

// A stamp is a time as CloudWatch writes it.
type stamp struct{ time.Time }

const stampLayout = "2006-01-02T15:04:05.000-0700"

// MarshalJSON implements [json.Marshaler].
func (s stamp) MarshalJSON() ([]byte, error) {
	return json.Marshal(s.UTC().Format(stampLayout))
}

// UnmarshalJSON implements [json.Unmarshaler].
func (s *stamp) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	t, err := time.Parse(stampLayout, text)
	s.Time = t.UTC()
	return err
}

// Fired says that one of some messages is of an alarm that went off, or of a match.
func Fired(messages []*Message) bool {
	return slices.ContainsFunc(messages, func(m *Message) bool { return m.Matches != nil || m.NewStateValue == alarm.InAlarm })
}

// ofTransition is the message that an alarm has changed its state.
func ofTransition(t *alarm.Transition) *Message {
	a := t.Alarm
	m := &Message{
		AWSAccountId: t.Account,
		Region:       regionName(t.Region),
		Change: &Change{
			AlarmName:               a.Name,
			NewStateValue:           t.New,
			NewStateReason:          t.Reason,
			StateChangeTime:         stamp{t.Time},
			OldStateValue:           t.Old,
			OKActions:               list(a.OKActions),
			AlarmActions:            list(a.AlarmActions),
			InsufficientDataActions: list(a.InsufficientDataActions),
		},
		Trailbox: Note{NoticeID: noticeID(t.Key()), Replay: replay, Region: t.Region, EventCount: t.Matched},
	}
	if a.Description != "" {
		description := shorten(maxDescription, a.Description)
		m.AlarmDescription = &description
	}
	if t.Account != "" && t.Region != "" {
		m.AlarmArn = fmt.Sprintf("arn:%s:cloudwatch:%s:%s:alarm:%s", schema.Partition(t.Region), t.Region, t.Account, a.Name)
	}
	if a.Composite != nil {
		m.AlarmRule = a.Composite.Rule
	} else {
		m.Trigger = triggerOf(a)
	}
	m.Trailbox.add(t.Events)
	return m
}

// triggerOf is what an alarm looks at. An expression stands in place of a metric's name.
func triggerOf(a *alarm.Alarm) *Trigger {
	t := &Trigger{
		MetricName:         a.MetricName,
		Namespace:          a.Namespace,
		StatisticType:      "Statistic",
		Statistic:          capitals(string(a.Statistic)),
		Dimensions:         []dimension{},
		Period:             int64(a.Period / time.Second),
		EvaluationPeriods:  a.EvaluationPeriods,
		ComparisonOperator: a.Comparison,
		Threshold:          a.Threshold,
		TreatMissingData:   a.TreatMissingData,
	}
	if a.Math != nil {
		t.MetricName = a.Math.Text
	}
	if a.Unit != "" {
		t.Unit = &a.Unit
	}
	if a.DatapointsToAlarm != a.EvaluationPeriods {
		t.DatapointsToAlarm = a.DatapointsToAlarm
	}
	for _, d := range a.Dimensions {
		t.Dimensions = append(t.Dimensions, dimension{Name: d.Name, Value: d.Value})
	}
	return t
}

// ofMatches is the message that a rule has matches in an account: at least one, in order
// of time.
func ofMatches(matches []*alarm.Match) *Message {
	first := matches[0]
	r := first.Rule
	m := &Message{
		AWSAccountId: first.Account,
		Matches: &Matches{
			RuleName:        r.Name,
			RuleID:          r.ID,
			RuleDescription: shorten(maxDescription, r.Description),
			RuleKind:        r.Kind,
			RuleLevel:       r.Level,
			RuleTags:        list(r.Tags),
			MatchCount:      len(matches),
			LastMatchTime:   stamp{matches[len(matches)-1].Time},
		},
	}
	var keys []string
	m.Trailbox.Replay = replay
	for _, match := range matches {
		keys = append(keys, match.Key())
		m.Trailbox.EventCount += match.Matched
		m.Trailbox.add(match.Events)
	}
	m.Trailbox.NoticeID = noticeID(keys...)
	return m
}

// noticeID makes a name out of what is told.
func noticeID(keys ...string) string {
	text, err := json.Marshal(keys)
	if err != nil {
		panic(fmt.Sprintf("BUG: %v", err)) // strings
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// capitals is how CloudWatch's messages write a statistic: SUM, SAMPLE_COUNT.
func capitals(statistic string) string {
	if statistic == "SampleCount" {
		return "SAMPLE_COUNT"
	}
	return strings.ToUpper(statistic)
}

// list is never null.
func list(texts []string) []string {
	return append([]string{}, texts...)
}

// add adds events as long as there is room.
func (n *Note) add(events []alarm.Event) {
	if n.Events == nil {
		n.Events = []Event{}
	}
	for _, e := range events[:min(len(events), maxEvents-len(n.Events))] {
		n.Events = append(n.Events, Event{
			EventID:            e.ID,
			EventTime:          e.Time.UTC(),
			EventName:          shorten(maxRunes, e.Name),
			EventSource:        shorten(maxRunes, e.Source),
			AWSRegion:          shorten(maxRunes, e.Region),
			RecipientAccountID: shorten(maxRunes, e.Account),
			Principal:          shorten(maxRunes, e.Actor),
			SourceIPAddress:    shorten(maxRunes, e.SourceIP),
			ErrorCode:          shorten(maxRunes, e.ErrorCode),
		})
	}
}

// shorten cuts a text that is too long to be shown.
func shorten(limit int, text string) string {
	n, cut := 0, 0
	for i := range text {
		if n++; n == limit {
			cut = i
		}
		if n > limit {
			return text[:cut] + "…"
		}
	}
	return text
}

// parseMessage reads the message of a notice.
func parseMessage(n *schema.Notice) (*Message, error) {
	m := new(Message)
	if err := json.Unmarshal([]byte(n.Message), m); err != nil {
		return nil, fmt.Errorf("notice %s: %w", n.ID, err)
	}
	if m.Change == nil && m.Matches == nil {
		return nil, fmt.Errorf("notice %s is neither of an alarm nor of a rule", n.ID)
	}
	return m, nil
}

// notice is the message to be delivered, made at that time.
func (m *Message) notice(made time.Time) (schema.Notice, error) {
	text, err := marshal(m)
	return schema.Notice{ID: m.Trailbox.NoticeID, Made: made, Message: string(text)}, err
}

// marshal writes JSON whose arrows are arrows (OK -> ALARM), as people read it, too.
func marshal(v any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(text.Bytes(), []byte{'\n'}), err
}
