package alarm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/query"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// Rules of composite alarms, by the states of a and b.
func TestCompositeRules(t *testing.T) {
	states := []State{OK, InAlarm, InsufficientData}
	for rule, want := range map[string]func(a, b State) bool{
		`ALARM(a)`:                                     func(a, _ State) bool { return a == InAlarm },
		`ALARM("a") AND NOT OK( 'b' )`:                 func(a, b State) bool { return a == InAlarm && b != OK },
		`NOT ALARM(a) OR OK(b) AND OK(a)`:              func(a, b State) bool { return a != InAlarm || b == OK && a == OK },
		`NOT (ALARM(a) OR INSUFFICIENT_DATA(b))`:       func(a, b State) bool { return !(a == InAlarm || b == InsufficientData) },
		`(ALARM(a) OR OK(a)) AND (TRUE AND NOT FALSE)`: func(a, _ State) bool { return a == InAlarm || a == OK },
		`ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:a) OR FALSE OR ALARM(b)`: func(a, b State) bool { return a == InAlarm || b == InAlarm },
	} {
		c, err := NewComposite(rule)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		for _, a := range states {
			for _, b := range states {
				var of []State
				for _, name := range c.names {
					of = append(of, map[string]State{"a": a, "b": b}[name])
				}
				if got := c.holds(of); got != want(a, b) {
					t.Errorf("%s with %s, %s: %t", rule, a, b, got)
				}
			}
		}
	}
	for rule, want := range map[string]string{
		"":                               "it ends too early",
		"ALARM(a":                        "a bracket is not closed",
		"(ALARM(a)":                      "a bracket is not closed",
		"ALARM":                          "ALARM has no alarm",
		"ALARM(a) XOR OK(b)":             `at "XOR OK(b)"`,
		"AT_LEAST(1, ALARM, (a, b))":     `at "AT_LEAST(1, ALARM, (a, b))"`,
		"ALARM(a) AND":                   "it ends too early",
		strings.Repeat("NOT ", 100):      "nested deeper than 50 levels",
		strings.Repeat("(", 100):         "nested deeper than 50 levels",
		strings.Repeat("TRUE OR ", 2000): "more than 10240 characters",
	} {
		_, err := NewComposite(rule)
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Property != "AlarmRule" || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50s: %v, want %s", rule, err, want)
		}
	}
}

// A composite alarm follows those beside it, place by place; asked for in pieces, it does what
// it does in whole.
func TestComposite(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "DeleteBucket", "eventID", id(1)),
		event("2026-03-02T10:01:05Z", "DeleteTrail", "eventID", id(2)),
		event("2026-03-02T10:03:05Z", "DeleteTrail", "eventID", id(3), "awsRegion", "eu-west-1"),
		event("2026-03-02T11:00:05Z", "DeleteTrail", "eventID", id(4)),
	)
	var filters []*Filter
	var alarms []*Alarm
	add := func(name, rule string) *Alarm {
		c, err := NewComposite(rule)
		if err != nil {
			t.Fatal(err)
		}
		a := &Alarm{Name: name, ID: name + "Id", Composite: c}
		alarms = append(alarms, a)
		return a
	}
	add("either", "ALARM(both) OR ALARM(TrailsId)") // before those that it looks at
	add("both", "ALARM(Buckets) AND ALARM(TrailsId)")
	add("lost", "ALARM(Keys)")
	add("round", "ALARM(about)")
	add("about", "OK(round)")
	add("here", "ALARM(Trails)").Region = "eu-west-1"
	for _, metric := range []string{"Buckets", "Trails"} {
		f, err := NewFilter(Filter{Name: metric, Namespace: "N", MetricName: metric, Pattern: `{ $.eventName = "Delete` + strings.TrimSuffix(metric, "s") + `" }`, Value: "1"})
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, f)
		a := counting()
		a.Name, a.ID, a.Namespace, a.MetricName = metric, metric+"Id", "N", metric
		alarms = append(alarms, a)
	}
	var set Set
	set.AddAlarms(alarms, filters)
	var refused []string
	for _, p := range set.Problems {
		refused = append(refused, p.Name+": "+p.Reason)
	}
	if want := []string{
		"lost: it looks at the alarm Keys, which is not loaded beside it", "round: composite alarms look at each other more than 10 deep",
		"about: composite alarms look at each other more than 10 deep",
	}; !slices.Equal(refused, want) {
		t.Errorf("%q, want %q", refused, want)
	}
	write := func(found []Finding) (lines []string) {
		for _, f := range found {
			if f := f.(*Transition); f.Alarm.Composite != nil {
				lines = append(lines, fmt.Sprintf("%s %s %s %s>%s %d %d", f.Time.Format("15:04"), f.Alarm.Name, f.Region, f.Old, f.New, f.Matched, len(f.Events)))
			}
		}
		return lines
	}
	found := evaluated(t, store, &set, Options{})
	want := []string{
		"10:02 either us-east-1 OK>ALARM 3 3", // the bucket by way of both, the trail twice
		"10:02 both us-east-1 OK>ALARM 2 2",
		"10:04 either eu-west-1 OK>ALARM 1 1",
		"10:04 here eu-west-1 OK>ALARM 1 1",
		"10:06 both us-east-1 ALARM>OK 0 0",
		"10:07 either us-east-1 ALARM>OK 0 0",
		"10:09 either eu-west-1 ALARM>OK 0 0",
		"10:09 here eu-west-1 ALARM>OK 0 0",
		"11:01 either us-east-1 OK>ALARM 1 1",
		"11:06 either us-east-1 ALARM>OK 0 0",
	}
	if got := write(found); !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	for _, f := range found {
		if f := f.(*Transition); f.Alarm.Name == "both" && f.New == InAlarm {
			if want := "Trails is ALARM: ALARM(Buckets) AND ALARM(TrailsId) is true."; f.Reason != want {
				t.Errorf("%s, want %s", f.Reason, want)
			}
		}
	}
	var pieces []string
	begin := time.Date(2026, 3, 2, 9, 59, 0, 0, time.UTC)
	for at := begin; at.Before(begin.Add(2 * time.Hour)); at = at.Add(3 * time.Minute) {
		pieces = append(pieces, write(evaluated(t, store, &set, Options{Filter: query.Filter{Scope: schema.Scope{Since: at, Until: at.Add(3 * time.Minute)}}}))...)
	}
	if !slices.Equal(pieces, want) {
		t.Errorf("in pieces\n got %s\nwant %s", strings.Join(pieces, "\n     "), strings.Join(want, "\n     "))
	}
}
