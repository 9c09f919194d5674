package alarm

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"time"

	"trailbox/query/record/recordtest"
	"trailbox/query/sigma"
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
	if err := r.WriteTimeline(&out, nil, first, at(40), 60); err != nil {
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

// What a replay comes to: the levels, the most severe first, with the first match of each
// against the first event of whoever made it, the days, and the rules of a level.
func TestSums(t *testing.T) {
	by := func(n int, at, name, user string, members ...string) string {
		return event(at, name, append(members, "eventID", id(n), "userIdentity", `{"type":"IAMUser","userName":"`+user+`"}`)...)
	}
	records := []string{
		by(1, "2026-03-01T08:00:00Z", "ListBuckets", "intruder"),
		by(2, "2026-03-02T10:00:00Z", "DeleteBucket", "intruder"),
		by(3, "2026-03-02T10:01:00Z", "DeleteBucket", "intruder", "errorCode", "AccessDenied"),
		by(4, "2026-03-03T10:00:00Z", "GetObject", "admin", "errorCode", "AccessDenied"),
		by(5, "2026-03-03T10:00:30Z", "GetObject", "admin", "errorCode", "AccessDenied"),
	}
	rules := sigmaRules
	for i := range 12 { // the later in the file, the earlier they match, and the more often
		name := fmt.Sprintf("Call%d", i)
		rules += fmt.Sprintf("---\ntitle: %s\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  a: {eventName: %s}\n  condition: a\nlevel: informational\n", name, name)
		for j := range i + 1 {
			records = append(records, by(100*i+j+10, fmt.Sprintf("2026-03-04T%02d:00:%02dZ", 12-i, j), name, "admin"))
		}
	}
	store := recordtest.Load(t, records...)
	set := &Set{}
	addPattern(t, set, "s3", `{"detail": {"eventName": ["DeleteBucket"]}}`)
	set.AddSigma(sigma.Parse("rules.yml", rules))
	r := &Replay{Tallies: counts(t, store, set, Options{Events: 1})}
	sums, err := r.Sums(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	out := bufio.NewWriter(&text)
	writeSums(out, sums, r.Days(), 80)
	out.Flush()
	want := `
level          rules   matches  first                 after     first event of
high               1         1  2026-03-02T10:00:00Z  1 day     intruder
medium             1         3  2026-03-02T10:01:00Z  1 day     intruder
informational     12        78  2026-03-04T01:00:00Z  15h       admin
none               1         2  2026-03-02T10:00:00Z  1 day     intruder

days with most: 2026-03-04 78, 2026-03-02 4, 2026-03-03 2

high
  2026-03-02T10:00:00Z  1 x Many buckets

medium
  2026-03-02T10:01:00Z  3 x Denied

informational: the 5 first of 12 rules
  2026-03-04T01:00:00Z  12 x Call11
  2026-03-04T02:00:00Z  11 x Call10
  2026-03-04T03:00:00Z  10 x Call9
  2026-03-04T04:00:00Z  9 x Call8
  2026-03-04T05:00:00Z  8 x Call7
informational: the 5 most frequent
  2026-03-04T01:00:00Z  12 x Call11
  2026-03-04T02:00:00Z  11 x Call10
  2026-03-04T03:00:00Z  10 x Call9
  2026-03-04T04:00:00Z  9 x Call8
  2026-03-04T05:00:00Z  8 x Call7

no level
  2026-03-02T10:00:00Z  2 x s3
`
	if text.String() != want {
		t.Errorf("%s", text.String())
	}
}
