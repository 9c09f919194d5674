package notify

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/schema"
)

// subject is a message in a line, as SNS has it for CloudWatch.
func (m *Message) subject() string {
	text := fmt.Sprintf(`MATCH: "%s" in account %s`, m.name(), m.AWSAccountId)
	if m.Change != nil {
		text = fmt.Sprintf(`%s: "%s"`, m.NewStateValue, m.name())
		if m.Region != "" {
			text += " in " + m.Region
		}
	}
	return query.Escape(text)
}

// name is what the user calls it.
func (m *Message) name() string {
	if m.Change != nil {
		return m.AlarmName
	}
	return m.RuleName
}

// counted writes a number of things.
func counted(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + more
}

// A block is a part of a mail: a title, and lines of a label and a value.
type block struct {
	title string
	width int // of label and colon
	lines [][2]string
}

func (b block) write(w *strings.Builder) {
	fmt.Fprintf(w, "\n%s\n", b.title)
	for _, line := range b.lines {
		text := fmt.Sprintf("- %-*s %s", b.width, line[0]+":", query.Escape(line[1]))
		w.WriteString(strings.TrimRight(text, " ") + "\n")
	}
}

// body is the text of a mail. Sentences and labels of alarms are those of CloudWatch's
// mails, which people have filters on.
func (m *Message) body() string {
	var w strings.Builder
	if m.Change != nil {
		m.alarmBody(&w)
	} else {
		m.ruleBody(&w)
	}
	m.eventsBody(&w)
	fmt.Fprintf(&w, "\n-- \n%s\nNotice %s\n", m.Trailbox.Replay, m.Trailbox.NoticeID)
	return w.String()
}

// mailTime is how CloudWatch's mails write a time.
const mailTime = "Monday 02 January, 2006 15:04:05 UTC"

func (m *Message) alarmBody(w *strings.Builder) {
	c, in := m.Change, ""
	if m.Region != "" {
		in = fmt.Sprintf(" in the %s region", query.Escape(m.Region))
	}
	at := c.StateChangeTime.Format(mailTime)
	fmt.Fprintf(w, "Your alarm \"%s\"%s has entered the %s state, because \"%s\" at \"%s\".\n",
		query.Escape(c.AlarmName), in, c.NewStateValue, query.Escape(c.NewStateReason), at)
	description := ""
	if c.AlarmDescription != nil {
		description = *c.AlarmDescription
	}
	block{"Alarm Details:", 27, [][2]string{
		{"Name", c.AlarmName},
		{"Description", description},
		{"State Change", fmt.Sprintf("%s -> %s", c.OldStateValue, c.NewStateValue)},
		{"Reason for State Change", c.NewStateReason},
		{"Timestamp", at},
		{"AWS Account", m.AWSAccountId},
		{"Alarm Arn", c.AlarmArn},
	}}.write(w)

	if c.Trigger != nil {
		c.Trigger.write(w)
	} else {
		fmt.Fprintf(w, "\nThreshold:\n- The alarm is in the ALARM state when this is true: %s\n", query.Escape(c.AlarmRule))
	}
	block{"State Change Actions:", 0, [][2]string{
		{string(alarm.OK), bracketed(c.OKActions)},
		{string(alarm.InAlarm), bracketed(c.AlarmActions)},
		{string(alarm.InsufficientData), bracketed(c.InsufficientDataActions)},
	}}.write(w)
}

// write writes what an alarm looks at.
func (t *Trigger) write(w *strings.Builder) {
	least := t.DatapointsToAlarm
	if least == 0 {
		least = t.EvaluationPeriods
	}
	fmt.Fprintf(w, "\nThreshold:\n- The alarm is in the ALARM state when the metric is %s %s for at least %d of the last %d period(s) of %d seconds.\n",
		t.ComparisonOperator, decimal(t.Threshold), least, t.EvaluationPeriods, t.Period)

	var dimensions []string
	for _, d := range t.Dimensions {
		dimensions = append(dimensions, fmt.Sprintf("[%s = %s]", d.Name, d.Value))
	}
	unit := "not specified"
	if t.Unit != nil {
		unit = *t.Unit
	}
	block{"Monitored Metric:", 36, [][2]string{
		{"MetricNamespace", t.Namespace},
		{"MetricName", t.MetricName},
		{"Dimensions", strings.Join(dimensions, ", ")},
		{"Period", fmt.Sprintf("%d seconds", t.Period)},
		{"Statistic", statisticName(t.Statistic)},
		{"Unit", unit},
		{"TreatMissingData", string(t.TreatMissingData)},
	}}.write(w)
}

func (m *Message) ruleBody(w *strings.Builder) {
	r := m.Matches
	fmt.Fprintf(w, "Your rule \"%s\" has %s in account %s, the last of them at \"%s\".\n", query.Escape(r.RuleName),
		counted(int64(r.MatchCount), "new match", "new matches"), query.Escape(m.AWSAccountId), r.LastMatchTime.Format(mailTime))
	block{"Rule Details:", 13, [][2]string{
		{"Name", r.RuleName},
		{"ID", r.RuleID},
		{"Description", r.RuleDescription},
		{"Kind", string(r.RuleKind)},
		{"Level", r.RuleLevel},
		{"Tags", strings.Join(r.RuleTags, ", ")},
		{"AWS Account", m.AWSAccountId},
	}}.write(w)
}

func (m *Message) eventsBody(w *strings.Builder) {
	n := &m.Trailbox
	if n.EventCount == 0 {
		return
	}
	shown := ""
	if int64(len(n.Events)) < n.EventCount {
		shown = fmt.Sprintf(", %d of them here", len(n.Events))
	}
	fmt.Fprintf(w, "\nMatching Events (%d%s):\n", n.EventCount, shown)
	for _, e := range n.Events {
		fmt.Fprintf(w, "- %s\n", e.line())
	}
}

// line is an event in a line.
func (e *Event) line() string {
	parts := []string{
		e.EventTime.UTC().Format(time.RFC3339), e.EventName, e.EventSource, "by " + or(e.Principal, "nobody known"),
		"from " + or(e.SourceIPAddress, "nowhere known"), "in " + e.AWSRegion, "account " + e.RecipientAccountID,
	}
	if e.ErrorCode != "" {
		parts = append(parts, "error "+e.ErrorCode)
	}
	if e.EventID != "" {
		parts = append(parts, "eventID "+e.EventID)
	}
	return query.Escape(strings.Join(parts, " "))
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// decimal writes a threshold as CloudWatch does: 1.0.
func decimal(f float64) string {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// statisticName undoes capitals: mails have the statistic's own name.
func statisticName(statistic string) string {
	var name strings.Builder
	for word := range strings.SplitSeq(statistic, "_") {
		name.WriteString(word[:min(1, len(word))] + strings.ToLower(word[min(1, len(word)):]))
	}
	return name.String()
}

func bracketed(actions []string) string {
	if len(actions) == 0 {
		return ""
	}
	return "[" + strings.Join(actions, "] [") + "]"
}

// chat is a message as chats take it: Slack's mrkdwn, which Mattermost, Rocket.Chat and
// Discord's Slack endpoint understand as well. Nothing in it that came from outside is
// obeyed: what Slack would read as markup (mentions, links) is escaped, and all of it
// stands as code, where the others ring nobody for an @channel and make no links.
func (m *Message) chat() string {
	var w strings.Builder
	if m.Change != nil {
		fmt.Fprintf(&w, "*%s* %s", m.NewStateValue, code(m.AlarmName))
	} else {
		fmt.Fprintf(&w, "*MATCH* %s, %s", code(m.RuleName), counted(int64(m.MatchCount), "match", "matches"))
	}
	if m.Region != "" {
		w.WriteString(" in " + code(m.Region))
	}
	if m.AWSAccountId != "" {
		w.WriteString(", account " + code(m.AWSAccountId))
	}
	if m.Change != nil {
		fmt.Fprintf(&w, ", at %s: %s", m.StateChangeTime.Format(time.RFC3339), code(m.NewStateReason))
	}
	n := &m.Trailbox
	for i := range n.Events {
		if i == maxChatEvents {
			break
		}
		fmt.Fprintf(&w, "\n• %s", code(n.Events[i].line()))
	}
	if more := n.EventCount - int64(min(len(n.Events), maxChatEvents)); more > 0 && len(n.Events) > 0 {
		fmt.Fprintf(&w, "\n• and %s", counted(more, "more event", "more events"))
	}
	fmt.Fprintf(&w, "\n_%s_", replay)
	return w.String()
}

// maxChatEvents is how many events a message to a chat shows, which has some 4,000
// characters to be read at a glance.
const maxChatEvents = 5

// code makes text that is shown as it is.
func code(text string) string {
	text = strings.ReplaceAll(query.Escape(text), "`", "'")
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	return "`" + or(text, " ") + "`"
}

// Table is messages as an answer, with the columns that a replay has of them.
func Table(messages []*Message) query.Result {
	columns := []schema.ResultColumn{
		{Name: "time", Type: "TIMESTAMP"}, {Name: "kind", Type: "VARCHAR"}, {Name: "name", Type: "VARCHAR"},
		{Name: "account", Type: "VARCHAR"}, {Name: "region", Type: "VARCHAR"}, {Name: "oldState", Type: "VARCHAR"},
		{Name: "newState", Type: "VARCHAR"}, {Name: "matched", Type: "BIGINT"}, {Name: "reason", Type: "VARCHAR"},
		{Name: "notice", Type: "VARCHAR"}, // its id
	}
	var rows [][]any
	for _, m := range messages {
		var row []any
		if c := m.Change; c != nil {
			row = []any{c.StateChangeTime.Time, "alarm", c.AlarmName, nil, nil, string(c.OldStateValue), string(c.NewStateValue), nil, c.NewStateReason, nil}
		} else {
			row = []any{m.LastMatchTime.Time, string(m.RuleKind), m.RuleName, nil, nil, nil, nil, nil, nil, nil}
		}
		if m.AWSAccountId != "" {
			row[3] = m.AWSAccountId
		}
		if m.Trailbox.Region != "" {
			row[4] = m.Trailbox.Region
		}
		row[7], row[9] = m.Trailbox.EventCount, m.Trailbox.NoticeID
		rows = append(rows, row)
	}
	return query.NewResult(columns, rows)
}
