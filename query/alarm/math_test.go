package alarm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"trailbox/query/record/recordtest"
)

// What expressions come to where metrics have a value, and where they have none.
func TestMath(t *testing.T) {
	metrics := []*Metric{{ID: "m1"}, {ID: "m2"}, {ID: "errors"}}
	some := func(value float64) sample { return sample{value, true} }
	none := sample{}
	for _, test := range []struct {
		text   string
		values []sample
		want   sample
	}{
		{"m1", []sample{some(3), none, none}, some(3)},
		{"m1", []sample{none, none, none}, none},
		{"m1 + m2 * 2", []sample{some(3), some(4), none}, some(11)},
		{"(m1+m2)*2 - -1", []sample{some(3), some(4), none}, some(15)},
		{"m1-m2-1", []sample{some(9), some(4), none}, some(4)},
		{"m1+m2", []sample{some(3), none, none}, none},
		{"m1/m2", []sample{some(3), some(0), none}, none},
		{"100*m1/m2", []sample{some(3), some(6), none}, some(50)},
		{"SUM(METRICS())", []sample{some(3), some(4), none}, some(7)},
		{"SUM(METRICS())", []sample{none, none, none}, none},
		{`SUM(METRICS("m"))`, []sample{some(3), some(4), some(9)}, some(7)},
		{"SUM([m1, errors])", []sample{some(3), some(4), some(9)}, some(12)},
		{"AVG(METRICS())", []sample{some(3), some(5), none}, some(4)},
		{"AVG(FILL(METRICS(), 0))", []sample{some(3), some(6), none}, some(3)},
		{"MIN(METRICS()) + MAX(METRICS())", []sample{some(3), some(6), some(4)}, some(9)},
		{"FILL(m1, 0) - FILL(m2, -2)", []sample{none, none, none}, some(2)},
		{"FILL(m1,0)", []sample{some(5), none, none}, some(5)},
		{"CEIL(m1 / 2) + FLOOR(m1/2) + ABS(0-m1)", []sample{some(3), none, none}, some(6)},
		{"1e3 * .5", []sample{none, none, none}, some(500)},
		{"e2", []sample{some(3), some(4), none}, some(14)},
	} {
		m, err := NewMath(metrics, []Expression{{"e0", test.text}, {"e2", "e3 * 2"}, {"e3", "m1 + m2"}}, "e0")
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got := m.at(test.values); got != test.want {
			t.Errorf("%s of %v: %v, want %v", test.text, test.values, got, test.want)
		}
	}
	for text, want := range map[string]string{
		"IF(m1 > 5, 1, 0)":             "cannot be computed here: there is no IF",
		"m1 > 5":                       `at "> 5"`,
		"ANOMALY_DETECTION_BAND(m1)":   "there is no ANOMALY_DETECTION_BAND",
		"FILL(m1, REPEAT)":             "FILL is computed with a number alone",
		"SUM(m1)":                      "SUM of one metric is a number for all of its time",
		"METRICS() + 1":                "+ between several values",
		"METRICS()":                    "it has several values",
		`METRICS("x")`:                 "METRICS finds no metric",
		"m3":                           "there is no metric or expression m3",
		"e0 + 1":                       "the expression e0 refers to itself",
		"e1":                           "the expression e1 refers to itself",
		"m1 +":                         "a value was expected",
		"(m1":                          "a bracket is not closed",
		"":                             "",
		strings.Repeat("(", 100) + "1": "nested deeper than 50 levels",
		strings.Repeat("-", 100) + "1": "nested deeper than 50 levels",
		strings.Repeat("1+", 2000):     "more than 2048 characters",
	} {
		_, err := NewMath(metrics, []Expression{{"e0", text}, {"e1", "e4"}, {"e4", "e1"}}, "e0")
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Property != "Metrics" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// An alarm on the sum of two metrics counts what both count; one on a difference, whose windows
// are filled, is over as soon as they are empty.
func TestMathAlarm(t *testing.T) {
	store := recordtest.Load(t,
		event("2026-03-02T10:00:05Z", "DeleteBucket", "eventID", id(1)),
		event("2026-03-02T10:01:05Z", "DeleteTrail", "eventID", id(2)),
		event("2026-03-02T10:01:15Z", "DeleteTrail", "eventID", id(3)),
	)
	var filters []*Filter
	for metric, pattern := range map[string]string{"Buckets": `{ $.eventName = "DeleteBucket" }`, "Trails": `{ $.eventName = "DeleteTrail" }`} {
		f, err := NewFilter(Filter{Name: metric, Namespace: "N", MetricName: metric, Pattern: pattern, Value: "1"})
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, f)
	}
	for _, test := range []struct {
		text string
		want string
	}{
		{"SUM(METRICS())", "10:02 3"}, // one window has all three
		{"b + t", "10:02 3"},
		{"t - FILL(b, 0)", ""}, // 1, then 2 once the bucket is out of the window: never 3
		{"3 * (FILL(t, 0) - FILL(b, 0))", "10:02 3"},
	} {
		a := counting()
		a.Metrics = []*Metric{{ID: "b", Namespace: "N", MetricName: "Buckets", Statistic: Sum}, {ID: "t", Namespace: "N", MetricName: "Trails", Statistic: Sum}}
		a.Threshold = 3
		var err error
		if a.Math, err = NewMath(a.Metrics, []Expression{{"e", test.text}}, "e"); err == nil {
			err = a.Check()
		}
		if err != nil {
			t.Fatal(err)
		}
		var set Set
		set.AddAlarms([]*Alarm{a}, filters)
		if len(set.Alarms) != 1 || len(a.Filters) != 2 || len(set.Rules) != 0 || len(set.Explain()) != 2 {
			t.Fatalf("%+v", set)
		}
		var got []string
		for _, f := range evaluated(t, store, &set, Options{}) {
			if f := f.(*Transition); f.New == InAlarm {
				got = append(got, f.Time.Format("15:04 ")+string(rune('0'+f.Matched)))
				if len(f.Events) != 3 || !strings.Contains(f.Reason, "[3.0 ") {
					t.Errorf("%s: %+v", test.text, f)
				}
			}
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %v, want %s", test.text, got, test.want)
		}
		if want := test.text + " >= 3 in 5m"; a.Condition() != want {
			t.Errorf("%s, want %s", a.Condition(), want)
		}
	}
	// Windows that FILL fills have a value when nothing has happened.
	a := counting()
	a.Period, a.Metrics, a.Comparison, a.Threshold = time.Minute, []*Metric{{ID: "m", Statistic: Sum}}, LessThan, 1
	a.Math, _ = NewMath(a.Metrics, []Expression{{"e", "FILL(m, 0)"}}, "e")
	if got, want := string(a.initial())+" "+moves(a.changes([][]minute{ones(10)}, false)), "ALARM 11>OK 12>ALARM"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// No expression takes the program down.
func FuzzMath(f *testing.F) {
	f.Add("SUM(METRICS()) / FILL(m1, 0)")
	f.Add(`MAX([m1, e1]) - ABS(METRICS("m"))`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := NewMath([]*Metric{{ID: "m1"}}, []Expression{{"e0", text}, {"e1", "m1*2"}}, "e0")
		if err == nil {
			m.at([]sample{{1, true}})
			m.at([]sample{{}})
		}
	})
}
