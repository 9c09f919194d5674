package alarm

import (
	"strings"
	"testing"
	"time"
)

func TestTimeline(t *testing.T) {
	first := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	at := func(minute int) time.Time { return first.Add(time.Duration(minute) * time.Minute) }
	one, two := &Alarm{Name: "one"}, &Alarm{Name: "a name that takes more than its lane has\x1b[31m"}
	r := Replay{Transitions: []*Transition{
		{Alarm: one, Time: at(1), Old: InsufficientData, New: OK},
		{Alarm: two, Time: at(10), Old: InAlarm, New: OK}, // it was so from the beginning
		{Alarm: one, Time: at(10), Old: OK, New: InAlarm, Reason: "a reason of some words that go on and on behind the end of a line", Matched: 3,
			Events: []Event{{Time: at(9), Name: "DeleteBucket", Actor: "admin\n", SourceIP: "198.51.100.7", ID: id(1)}}},
		{Alarm: one, Time: at(20), Old: InAlarm, New: OK},
		{Alarm: one, Time: at(30), Old: OK, New: InAlarm, Reason: "again"}, // it still is
	}}
	var out strings.Builder
	if err := r.WriteTimeline(&out, first, at(40), 60); err != nil {
		t.Fatal(err)
	}
	want := `
2026-03-02T10:00:00Z to 2026-03-02T10:40:00Z
a name that takes more than i…  █████··············  1 x
one                             ····██████····█████  2 x

2026-03-02T10:10:00Z  one
    a reason of some words that go on and on behind the end
    of a line
      2026-03-02T10:09:00Z  DeleteBucket  admin\n  198.51.1…
      and 2 more
2026-03-02T10:20:00Z  OK after 10m

2026-03-02T10:30:00Z  one
    again

not shown: 1 change between OK and INSUFFICIENT_DATA, which -o table has
`
	if got := out.String(); got != want {
		t.Errorf("%s", got)
	}
}
