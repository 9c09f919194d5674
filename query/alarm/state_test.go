package alarm

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// judged judges a range that is written as the CloudWatch User Guide does: oldest first,
// X breaching, 0 not breaching, - missing.
func judged(a *Alarm, text string) verdict {
	var windows []datapoint
	for _, point := range strings.Fields(text) {
		p := datapoint{}
		if point != "-" {
			p = datapoint{samples: 1, breaching: point == "X"}
		}
		windows = append(windows, p)
	}
	slices.Reverse(windows)
	return a.judge(windows)
}

// What an alarm makes of missing data: the tables of the CloudWatch User Guide,
// "Configuring how CloudWatch alarms treat missing data".
func TestMissingData(t *testing.T) {
	const keep = State("")
	for _, test := range []struct {
		datapoints, periods int
		points              string
		filled              int
		missing, ignore     State
		breaching, not      State
	}{
		{3, 3, "0 - X - X", 0, OK, OK, OK, OK},
		{3, 3, "0 - - - -", 2, OK, OK, OK, OK},
		{3, 3, "- - - - -", 3, InsufficientData, keep, InAlarm, OK},
		{3, 3, "0 X X - X", 0, InAlarm, InAlarm, InAlarm, InAlarm},
		{3, 3, "- - X - -", 2, InAlarm, keep, InAlarm, OK},

		{2, 3, "0 - X - X", 0, InAlarm, InAlarm, InAlarm, InAlarm},
		{2, 3, "0 0 X 0 X", 0, InAlarm, InAlarm, InAlarm, InAlarm},
		{2, 3, "0 - X - -", 1, OK, OK, InAlarm, OK},
		{2, 3, "- - - - 0", 2, OK, OK, InAlarm, OK},
		{2, 3, "- - - X -", 2, InAlarm, keep, InAlarm, OK},

		// What is not in the tables, but follows from their text.
		{1, 1, "X", 0, InAlarm, InAlarm, InAlarm, InAlarm},
		{1, 1, "0", 0, OK, OK, OK, OK},
		{1, 1, "-", 1, InsufficientData, keep, InAlarm, OK},
		{2, 3, "- - - - X", 2, OK, OK, InAlarm, OK},                // too new to go off early
		{2, 3, "X - - - -", 2, OK, OK, InAlarm, OK},                // too old: not among the evaluation periods
		{2, 3, "- - X - X", 1, InAlarm, InAlarm, InAlarm, InAlarm}, // enough whatever is missing
	} {
		for setting, want := range map[Missing]State{
			MissingMissing: test.missing, MissingIgnore: test.ignore, MissingBreaching: test.breaching, MissingNotBreaching: test.not,
		} {
			a := &Alarm{EvaluationPeriods: test.periods, DatapointsToAlarm: test.datapoints, TreatMissingData: setting}
			v := judged(a, test.points)
			if v.state != want {
				t.Errorf("%d of %d, %s, %s: %q, want %q", test.datapoints, test.periods, test.points, setting, v.state, want)
			}
			if setting == MissingBreaching && v.filled != test.filled {
				t.Errorf("%d of %d, %s: %d filled, want %d", test.datapoints, test.periods, test.points, v.filled, test.filled)
			}
		}
	}
}

// counting is an alarm of AWS's template: any event within five minutes.
func counting() *Alarm {
	return &Alarm{
		Name: "Changes", Statistic: Sum, Period: 5 * time.Minute, EvaluationPeriods: 1, DatapointsToAlarm: 1,
		Comparison: AtLeast, Threshold: 1, TreatMissingData: MissingMissing,
	}
}

// ones are minutes with that many events each.
func ones(minutes ...int64) []minute {
	var all []minute
	for _, at := range minutes {
		all = mergeMinutes(all, []minute{{at: at, values: 1, sum: 1, min: 1, max: 1, matched: 1}})
	}
	return all
}

// moves writes changes as 11>ALARM.
func moves(changes []change) string {
	var all []string
	for _, c := range changes {
		all = append(all, fmt.Sprintf("%d>%s", c.at, c.new))
	}
	return strings.Join(all, " ")
}

func TestChanges(t *testing.T) {
	minuteAlarm := counting()
	minuteAlarm.Period = time.Minute
	quiet := counting()
	quiet.TreatMissingData = MissingNotBreaching
	sticky := counting()
	sticky.TreatMissingData = MissingIgnore
	heartbeat := counting()
	heartbeat.TreatMissingData, heartbeat.Comparison = MissingBreaching, LessThan
	three := counting()
	three.Threshold = 3
	twoOfThree := counting()
	twoOfThree.Period, twoOfThree.EvaluationPeriods, twoOfThree.DatapointsToAlarm = time.Minute, 3, 2
	twoOfThree.TreatMissingData = MissingNotBreaching

	for _, test := range []struct {
		name    string
		alarm   *Alarm
		minutes []minute
		want    string
	}{
		{"nothing", counting(), nil, ""},
		{"one event", counting(), ones(10), "11>ALARM 16>INSUFFICIENT_DATA"},
		{"one event, one minute", minuteAlarm, ones(10), "11>ALARM 12>INSUFFICIENT_DATA"},
		{"4 minutes apart: one spell", counting(), ones(10, 14), "11>ALARM 20>INSUFFICIENT_DATA"},
		{"5 minutes apart: one spell", counting(), ones(10, 15), "11>ALARM 21>INSUFFICIENT_DATA"},
		{"6 minutes apart: two spells", counting(), ones(10, 16), "11>ALARM 16>INSUFFICIENT_DATA 17>ALARM 22>INSUFFICIENT_DATA"},
		{"missing is not breaching", quiet, ones(10), "11>ALARM 16>OK"},
		{"missing is ignored", sticky, ones(10, 100), "11>ALARM"},
		{"a heartbeat that stops", heartbeat, ones(10), "11>OK 16>ALARM"},
		{"threshold 3", three, ones(10, 10, 12, 14, 15), "11>OK 13>ALARM 18>OK 21>INSUFFICIENT_DATA"},
		{"2 of 3", twoOfThree, ones(10, 12, 20), "13>ALARM 14>OK"},
	} {
		if got := moves(test.alarm.changes([][]minute{test.minutes}, false)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	// The wide range lets a value decide for two more periods.
	if got, want := moves(minuteAlarm.changes([][]minute{ones(10)}, true)), "11>ALARM 14>INSUFFICIENT_DATA"; got != want {
		t.Errorf("wide range: %s, want %s", got, want)
	}
}

// changes only looks where there is something to see; a plain walk over every minute of
// the time must come to the same.
func TestChangesPlain(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		a := &Alarm{
			Statistic:         []Statistic{Sum, Average, Minimum, Maximum, SampleCount}[random.IntN(5)],
			Period:            time.Duration(1+random.IntN(4)) * time.Minute,
			EvaluationPeriods: 1 + random.IntN(4),
			Comparison:        []Comparison{AtLeast, GreaterThan, LessThan, AtMost}[random.IntN(4)],
			Threshold:         float64(random.IntN(4)),
			TreatMissingData:  []Missing{MissingMissing, MissingIgnore, MissingBreaching, MissingNotBreaching}[random.IntN(4)],
		}
		a.DatapointsToAlarm = 1 + random.IntN(a.EvaluationPeriods)
		wide := random.IntN(2) == 0
		var minutes []minute
		for at := int64(100); at < 160; at++ {
			if random.IntN(6) == 0 {
				v := float64(random.IntN(5))
				minutes = append(minutes, minute{at: at, values: 1 + random.Int64N(3), sum: v, min: v / 2, max: v, matched: 1})
			}
		}
		var want []change
		state := a.initial()
		period := int64(a.Period / time.Minute)
		for at := int64(90); at < 260; at++ {
			var before []minute
			for _, m := range minutes {
				if m.at < at {
					before = append(before, m)
				}
			}
			v := a.judge(a.window(make([]datapoint, a.evaluationRange(wide)), [][]minute{before}, at, period))
			if v.state != "" && v.state != state {
				want = append(want, change{at: at, old: state, new: v.state})
				state = v.state
			}
		}
		if got := a.changes([][]minute{minutes}, wide); moves(got) != moves(want) {
			t.Fatalf("%+v\nminutes %v\n got %s\nwant %s", a, minutes, moves(got), moves(want))
		}
	}
}

func TestReasons(t *testing.T) {
	at := time.Date(2025, 6, 15, 12, 2, 0, 0, time.UTC).Unix() / 60
	point := func(before int64, value float64, breaching bool) datapoint {
		return datapoint{start: at - before, samples: 1, value: value, breaching: breaching}
	}
	alarm := func(periods, datapoints int, comparison Comparison, threshold float64, missing Missing) *Alarm {
		return &Alarm{EvaluationPeriods: periods, DatapointsToAlarm: datapoints, Comparison: comparison, Threshold: threshold, TreatMissingData: missing}
	}
	for _, test := range []struct {
		alarm   *Alarm
		windows []datapoint // newest first
		want    string
	}{
		{
			alarm(1, 1, AtLeast, 3, MissingMissing), []datapoint{point(0, 3, true)},
			"Threshold Crossed: 1 out of the last 1 datapoints [3.0 (15/06/25 12:02:00)] was greater than or equal to the threshold (3.0) (minimum 1 datapoint for OK -> ALARM transition).",
		}, {
			alarm(2, 2, LessThan, 3.5, MissingMissing), []datapoint{point(0, 1, true), point(1, 2, true)},
			"Threshold Crossed: 2 out of the last 2 datapoints [1.0 (15/06/25 12:02:00), 2.0 (15/06/25 12:01:00)] were less than the threshold (3.5) (minimum 2 datapoints for OK -> ALARM transition).",
		}, {
			alarm(1, 1, GreaterThan, 50, MissingMissing), []datapoint{point(0, 1, false)},
			"Threshold Crossed: 1 out of the last 1 datapoints [1.0 (15/06/25 12:02:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).",
		}, {
			alarm(3, 2, GreaterThan, 50, MissingMissing), []datapoint{point(0, 1, false), point(1, 60, true), point(2, 2, false)},
			"Threshold Crossed: 2 out of the last 3 datapoints [1.0 (15/06/25 12:02:00), 2.0 (15/06/25 12:00:00)] were not greater than the threshold (50.0) (minimum 2 datapoints for ALARM -> OK transition).",
		}, {
			alarm(2, 2, AtLeast, 2, MissingMissing), []datapoint{point(0, 1, false), point(1, 2, true)},
			"Threshold Crossed: 1 out of the last 2 datapoints [1.0 (15/06/25 12:02:00)] was not greater than or equal to the threshold (2.0) (minimum 1 datapoint for ALARM -> OK transition).",
		}, {
			alarm(2, 2, GreaterThan, 21, MissingMissing), []datapoint{{}, point(1, 21.5, true)},
			"Threshold Crossed: 1 datapoint [21.5 (15/06/25 12:01:00)] was greater than the threshold (21.0).",
		}, {
			alarm(8, 8, AtMost, 0, MissingBreaching), append([]datapoint{point(0, 2, false)}, make([]datapoint, 7)...),
			"Threshold Crossed: 1 datapoint [2.0 (15/06/25 12:02:00)] was not less than or equal to the threshold (0.0) and 7 missing datapoints were treated as [Breaching].",
		}, {
			alarm(1, 1, AtLeast, 1, MissingNotBreaching), make([]datapoint, 1),
			"Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
		}, {
			alarm(3, 3, AtLeast, 1, MissingBreaching), make([]datapoint, 3),
			"Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].",
		}, {
			alarm(1, 1, AtLeast, 1, MissingMissing), make([]datapoint, 1),
			"Insufficient Data: 1 datapoint was unknown.",
		}, {
			alarm(2, 2, AtLeast, 1, MissingMissing), make([]datapoint, 2),
			"Insufficient Data: 2 datapoints were unknown.",
		},
	} {
		if got := test.alarm.reasonText(test.alarm.judge(test.windows)); got != test.want {
			t.Errorf("\n got %s\nwant %s", got, test.want)
		}
	}
}

func TestReasonData(t *testing.T) {
	at := time.Date(2024, 9, 19, 6, 1, 0, 0, time.UTC).Unix() / 60
	a := counting()
	changes := a.changes([][]minute{{{at: at - 5, values: 3, sum: 3, min: 1, max: 1, matched: 3}}}, false)
	_, data := a.reason(changes[0])
	want := `{"version":"1.0","queryDate":"2024-09-19T05:57:00.000+0000","startDate":"2024-09-19T05:52:00.000+0000","statistic":"Sum","period":300,"recentDatapoints":[3.0],"threshold":1.0,"evaluatedDatapoints":[{"timestamp":"2024-09-19T05:52:00.000+0000","sampleCount":3.0,"value":3.0}]}`
	if data != want {
		t.Errorf("\n got %s\nwant %s", data, want)
	}
	_, data = a.reason(changes[1])
	if want := `{"version":"1.0","queryDate":"2024-09-19T06:02:00.000+0000","statistic":"Sum","period":300,"recentDatapoints":[],"threshold":1.0}`; data != want {
		t.Errorf("\n got %s\nwant %s", data, want)
	}
	if !json.Valid([]byte(data)) {
		t.Error("not JSON")
	}
}

func TestDouble(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 3: "3.0", 21.5: "21.5", -0.25: "-0.25", 9999999: "9999999.0", 1e7: "1.0E7", 123456789: "1.23456789E8", 1e-4: "1.0E-4",
	} {
		if got := Double(f); got != want {
			t.Errorf("%g: %s, want %s", f, got, want)
		}
	}
}
