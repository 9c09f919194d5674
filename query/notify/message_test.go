package notify

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"trailbox/query/alarm"
	"trailbox/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// made is when the notices of the tests are made.
var made = time.Date(2026, 3, 2, 10, 20, 0, 0, time.UTC)

// deleteBucket is what an event looks like to whom it is told.
func deleteBucket(second int) alarm.Event {
	return alarm.Event{
		Time: minute(10).Add(time.Duration(second) * time.Second), ID: "3b1e0a1c-0000-4000-8000-000000000001",
		Name: "DeleteBucket", Source: "s3.amazonaws.com", Account: "111122223333", Region: "us-east-1", Actor: "admin", SourceIP: "198.51.100.7",
	}
}

// fired is a transition as a replay gives it.
func fired() *alarm.Transition {
	a := *watched
	a.Description = "somebody deletes a bucket"
	a.AlarmActions = []string{"arn:aws:sns:us-east-1:111122223333:alarms"}
	return &alarm.Transition{
		Alarm: &a, Account: "111122223333", Region: "us-east-1", Time: minute(11), Old: alarm.InsufficientData, New: alarm.InAlarm,
		Reason:  "Threshold Crossed: 1 datapoint [2.0 (02/03/26 10:10:00)] was greater than or equal to the threshold (1.0).",
		Matched: 2, Events: []alarm.Event{deleteBucket(5), deleteBucket(30)},
	}
}

// hostile is a text that each receiver would obey in its own way.
const hostile = "x\r\nBcc: all@example.com\r\n\r\n.\r\n<!channel> <http://192.0.2.1|click> `id` $(id) @everyone \x1b[2J\u202e=?utf-8?q?=0Ax?= \x00'\";--"

// notice makes a notice of a message.
func notice(t *testing.T, m *Message) *schema.Notice {
	t.Helper()
	n, err := m.notice(made)
	if err != nil {
		t.Fatal(err)
	}
	return &n
}

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// What people and programs read, whole: as JSON, as a mail and in a chat.
func TestMessages(t *testing.T) {
	rule := &alarm.Rule{
		Name: "S3 bucket deleted", ID: "r-1", Description: "A bucket is gone", Level: "high", Kind: alarm.Sigma, Tags: []string{"attack.impact"},
	}
	back := fired()
	back.Old, back.New, back.Time, back.Matched, back.Events = alarm.InAlarm, alarm.InsufficientData, minute(12), 0, nil
	back.Reason = "Insufficient Data: 1 datapoint was unknown."
	elsewhere := fired()
	elsewhere.Region, elsewhere.Account = "", ""
	elsewhere.Alarm.Unit, elsewhere.Alarm.Statistic = "Count", "SampleCount"
	elsewhere.Alarm.EvaluationPeriods, elsewhere.Alarm.DatapointsToAlarm = 3, 2
	elsewhere.Alarm.Description = ""
	for name, m := range map[string]*Message{
		"alarm":    ofTransition(fired()),
		"back":     ofTransition(back),
		"together": ofTransition(elsewhere),
		"rule":     ofMatches([]*alarm.Match{{Rule: rule, Account: "111122223333", Time: minute(10), Matched: 1, Events: []alarm.Event{deleteBucket(0)}}}),
	} {
		n := notice(t, m)
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(n.Message), "", "  "); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", indented.String()+"\n")
		parsed, err := parseMessage(n)
		if err != nil || !reflect.DeepEqual(parsed, m) {
			t.Errorf("%s comes back as %+v, %v; want %+v", name, parsed, err, m)
		}
		golden(t, name+".txt", "Subject: "+m.subject()+"\n\n"+m.body())
		golden(t, name+".chat", m.chat()+"\n")
	}
}

// A message has a bound, however many events there are and whatever is in them.
func TestMessageBound(t *testing.T) {
	large := fired()
	long := strings.Repeat("ä\x00", 1<<20)
	large.Matched = 100_000
	large.Alarm.Description = long
	large.Events = nil
	for range maxEvents + 5 {
		large.Events = append(large.Events, alarm.Event{
			Time: minute(10), ID: "3b1e0a1c-0000-4000-8000-000000000001", Name: long, Source: long, Account: long, Region: long,
			Actor: long, SourceIP: long, ErrorCode: long,
		})
	}
	m := ofTransition(large)
	if n := len(notice(t, m).Message); n > 256<<10 || len(m.Trailbox.Events) != maxEvents || m.Trailbox.EventCount != 100_000 {
		t.Errorf("%d bytes, %d events of %d", n, len(m.Trailbox.Events), m.Trailbox.EventCount)
	}
	if n := len(m.chat()); n > 40_000 {
		t.Errorf("%d bytes in a chat", n)
	}
}

// The id of a notice is what is told, and nothing else.
func TestNoticeID(t *testing.T) {
	same, other := fired(), fired()
	same.Reason, same.Matched = "in other words", 7
	other.Time = minute(12)
	id := ofTransition(fired()).Trailbox.NoticeID
	if ofTransition(same).Trailbox.NoticeID != id || ofTransition(other).Trailbox.NoticeID == id {
		t.Error("the id does not tell one transition from another")
	}
	if noticeID("a", "b") == noticeID("a b") || noticeID("a|b") == noticeID("a", "b") {
		t.Error("different keys have the same id")
	}
}

func TestShorten(t *testing.T) {
	for text, want := range map[string]string{"": "", "äö": "äö", "äöü": "äöü", "äöüx": "äö…", "a\xffb": "a\xffb", "a\xffbc": "a\xff…"} {
		if got := shorten(3, text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// The message of a composite alarm has its rule where others have their metric.
func TestCompositeMessage(t *testing.T) {
	rule, err := alarm.NewComposite("ALARM(a) OR ALARM(b)")
	if err != nil {
		t.Fatal(err)
	}
	m := ofTransition(&alarm.Transition{
		Alarm: &alarm.Alarm{Name: "any", Composite: rule}, Account: "111122223333", Region: "us-east-1", New: alarm.InAlarm, Old: alarm.OK,
		Time: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Reason: "a is ALARM: ALARM(a) OR ALARM(b) is true.",
	})
	text, err := json.Marshal(m)
	if err != nil || !strings.Contains(string(text), `"AlarmRule":"ALARM(a) OR ALARM(b)"`) || strings.Contains(string(text), "Trigger") {
		t.Errorf("%s, %v", text, err)
	}
	if body := m.body(); !strings.Contains(body, "when this is true: ALARM(a) OR ALARM(b)") || strings.Contains(body, "Monitored Metric") {
		t.Error(body)
	}
}
