package notify

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/query/alarm"
	"trailbox/schema"
)

var watched = &alarm.Alarm{
	Name: "DeleteBucket", Namespace: "N", MetricName: "M", Statistic: "Sum", Period: time.Minute,
	EvaluationPeriods: 1, DatapointsToAlarm: 1, Comparison: alarm.AtLeast, Threshold: 1, TreatMissingData: alarm.MissingMissing,
}

func minute(n int) time.Time { return time.Date(2026, 3, 2, 10, n, 0, 0, time.UTC) }

// changesOf are the transitions that the alarm makes, whose window is a minute, with
// events in these minutes.
func changesOf(minutes []int) []*alarm.Transition {
	minutes = slices.Compact(slices.Sorted(slices.Values(minutes)))
	var all []*alarm.Transition
	add := func(n int, from, to alarm.State, matched int64) {
		all = append(all, &alarm.Transition{Alarm: watched, Account: "111122223333", Region: "us-east-1", Time: minute(n), Old: from, New: to, Matched: matched})
	}
	for i, m := range minutes {
		if i == 0 || minutes[i-1] != m-1 {
			add(m+1, alarm.InsufficientData, alarm.InAlarm, 1)
		}
		if i == len(minutes)-1 || minutes[i+1] != m+1 {
			add(m+2, alarm.InAlarm, alarm.InsufficientData, 0)
		}
	}
	return all
}

// A teller is a watch that is told in which minutes there are events.
type teller struct {
	told []schema.Told
	all  []string
}

// look looks at a minute, with what settles in five, and returns what is told.
func (w *teller) look(now int, from time.Time, minutes []int) string {
	found := changesOf(minutes)
	found = slices.DeleteFunc(found, func(t *alarm.Transition) bool { return t.Time.After(minute(now)) })
	var news []string
	for _, t := range sift(found, w.told, new(Watch).series, map[string]time.Time{alarmKey(watched): from}, minute(now-5)) {
		w.told = append(w.told, schema.Told{Series: new(Watch).series(t), State: string(t.New), Happened: t.Time})
		news = append(news, fmt.Sprintf("%s %d", t.New[:1], t.Time.Minute()))
	}
	slices.SortStableFunc(w.told, func(a, b schema.Told) int { return a.Happened.Compare(b.Happened) })
	w.all = append(w.all, news...)
	return strings.Join(news, ", ")
}

// What is told as log files come in. A 11 is the alarm that begins at minute 11, I 12 its
// end.
func TestSift(t *testing.T) {
	type look struct {
		now     int
		minutes []int // with events, as far as is known then
		want    string
	}
	for _, test := range []struct {
		name  string
		looks []look
	}{
		{"an alarm at once, its end when it is certain", []look{
			{12, []int{10}, "A 11"}, {13, []int{10}, ""}, {16, []int{10}, ""}, {17, []int{10}, "I 12"}, {18, []int{10}, ""},
		}},
		{"a burst whose files come bit by bit is one alarm", []look{
			{12, []int{10}, "A 11"}, {14, []int{10, 11, 12}, ""}, {17, []int{10, 11, 12, 13, 14}, ""}, {30, []int{10, 11, 12, 13, 14}, "I 16"},
		}},
		{"an earlier begin that shows later is the same alarm", []look{
			{12, []int{10}, "A 11"}, {13, []int{9, 10}, ""}, {20, []int{9, 10}, "I 12"},
		}},
		{"so is a later end", []look{
			{30, []int{10}, "A 11, I 12"}, {31, []int{10, 11}, ""},
		}},
		{"two alarms that turn out to be one", []look{
			{30, []int{10, 12}, "A 11, I 12, A 13, I 14"}, {31, []int{10, 11, 12}, ""},
		}},
		{"a late event apart from others is told of, with its end", []look{
			{30, []int{10, 20}, "A 11, I 12, A 21, I 22"}, {31, []int{10, 15, 20}, "A 16, I 17"}, {32, []int{5, 10, 15, 20}, "A 6, I 7"}, {33, []int{5, 10, 15, 20}, ""},
		}},
		{"a second alarm while the end of the first is uncertain waits for it", []look{
			{12, []int{10}, "A 11"}, {15, []int{10, 13}, ""}, {17, []int{10, 13}, "I 12, A 14"}, {20, []int{10, 13}, "I 15"},
		}},
	} {
		w := new(teller)
		for _, look := range test.looks {
			if got := w.look(look.now, minute(0), look.minutes); got != look.want {
				t.Errorf("%s: at %d it tells %q, want %q", test.name, look.now, got, look.want)
			}
		}
	}
	w := new(teller)
	if got := w.look(30, minute(12), []int{10, 20}); got != "I 12, A 21, I 22" {
		t.Errorf("from 12 on it tells %q", got)
	}
}

// Whatever order events come in, however late: in the end each alarm has been told of,
// nothing twice, nothing that is not so, and its end last. Where none comes behind a later
// one each alarm is told of once, and its end as it was.
func TestSiftAnyOrder(t *testing.T) {
	seed := rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 0))
	for range 100 {
		late := dice.IntN(2) == 0
		delay := 1 + dice.IntN(4)
		var minutes, arrivals []int
		for range 1 + dice.IntN(8) {
			m := dice.IntN(20)
			at := m + delay
			if late {
				at = m + 1 + dice.IntN(34)
			}
			minutes, arrivals = append(minutes, m), append(arrivals, at)
		}
		fail := func(what string, w *teller) {
			t.Fatalf("seed %d: %s: minutes %v, coming at %v: %v", seed, what, minutes, arrivals, w.all)
		}
		w := new(teller)
		for now := 1; now < 80; now += 1 + dice.IntN(3) {
			var known []int
			for i, at := range arrivals {
				if at <= now {
					known = append(known, minutes[i])
				}
			}
			w.look(min(now, 59), minute(0), known)
		}
		sorted := slices.Sorted(slices.Values(w.all))
		if len(slices.Compact(sorted)) != len(w.all) {
			fail("told twice", w)
		}
		if w.told[len(w.told)-1].State != string(alarm.InsufficientData) {
			fail("the end is missing", w)
		}
		alarms, ends := 0, 0
		final := changesOf(minutes)
		for i := 0; i < len(final); i += 2 {
			begin, end := final[i].Time, final[i+1].Time
			within := 0
			for _, told := range w.told {
				if told.State == string(alarm.InAlarm) && !told.Happened.Before(begin) && told.Happened.Before(end) {
					within++
				}
				if told.State != string(alarm.InAlarm) && told.Happened.Equal(end) {
					ends++
				}
			}
			if within == 0 || within > 1 && !late {
				fail("an alarm is told "+fmt.Sprint(within)+" times", w)
			}
			alarms += within
		}
		for _, told := range w.told {
			if told.State == string(alarm.InAlarm) {
				alarms--
			}
		}
		if alarms != 0 {
			fail("an alarm is told that was none", w)
		}
		if !late && (ends != len(final)/2 || len(w.told) != len(final)) {
			fail("ends are not told as they were", w)
		}
	}
}

// Only what no event can undo is told before it is settled.
func TestCertain(t *testing.T) {
	for _, test := range []struct {
		what   string
		change func(*alarm.Alarm, *alarm.Transition)
		want   bool
	}{
		{"an alarm on too many events", func(*alarm.Alarm, *alarm.Transition) {}, true},
		{"more than a threshold", func(a *alarm.Alarm, _ *alarm.Transition) { a.Comparison = alarm.GreaterThan }, true},
		{"the end of an alarm", func(_ *alarm.Alarm, t *alarm.Transition) { t.New = alarm.OK }, false},
		{"an alarm on silence", func(_ *alarm.Alarm, t *alarm.Transition) { t.Matched = 0 }, false},
		{"an alarm on too few", func(a *alarm.Alarm, _ *alarm.Transition) { a.Comparison = alarm.LessThan }, false},
		{"an average, which the next event may lower", func(a *alarm.Alarm, _ *alarm.Transition) { a.Statistic = "Average" }, false},
		{"several periods, of which one may still turn out well", func(a *alarm.Alarm, _ *alarm.Transition) { a.EvaluationPeriods = 3 }, false},
		{"several periods, of which those without events are good", func(a *alarm.Alarm, _ *alarm.Transition) {
			a.EvaluationPeriods, a.TreatMissingData = 3, alarm.MissingNotBreaching
		}, true},
	} {
		a := *watched
		tr := &alarm.Transition{Alarm: &a, New: alarm.InAlarm, Matched: 1}
		test.change(&a, tr)
		if got := certain(tr); got != test.want {
			t.Errorf("%s: %v", test.what, got)
		}
	}
}
