package notify

import (
	"slices"
	"time"

	"trailbox/query/alarm"
	"trailbox/schema"
)

// A memory is what has been told of one alarm, in order of time.
type memory []schema.Told

// has says that a state which an alarm takes on at from, and keeps until that time, has
// been told: some moment of it has, or it is what was told last before.
//
// Late events move the begin and the end of a state, which makes no other state of it.
// An alarm that was told as of 10:05 and now turns out to have begun at 10:04 is the
// same; so is the end that was told as of 10:06 and comes at 10:12.
func (m memory) has(state alarm.State, from, until time.Time) bool {
	last := ""
	for _, t := range m {
		switch {
		case !t.Happened.After(from):
			last = t.State
		case t.Happened.Before(until) && t.State == string(state):
			return true
		}
	}
	return last == string(state)
}

// add keeps the order of time.
func (m *memory) add(t schema.Told) {
	i, _ := slices.BinarySearchFunc(*m, t, func(a, b schema.Told) int {
		if a.Happened.After(b.Happened) {
			return 1
		}
		return -1 // behind those of the same time
	})
	*m = slices.Insert(*m, i, t)
}

// certain says that events which are still to come cannot undo a transition: it is an
// alarm, raised by events that are there, on there being too many. Where a period without
// a value counts for anything but a good one, all periods must have theirs.
func certain(t *alarm.Transition) bool {
	a := t.Alarm
	return t.New == alarm.InAlarm && t.Matched > 0 &&
		(a.Comparison == alarm.AtLeast || a.Comparison == alarm.GreaterThan) &&
		(a.Statistic == alarm.Sum || a.Statistic == alarm.SampleCount || a.Statistic == alarm.Maximum) &&
		(a.EvaluationPeriods == 1 || a.TreatMissingData == alarm.MissingNotBreaching)
}

// sift picks what is to be told out of the transitions that an evaluation has found, all
// of them in order of time, with what has been told before: of each alarm, what is from
// a time on; seriesOf names it. What is uncertain waits until it is as old as settled: log
// files come minutes late, and until then it only seems that nothing has happened.
func sift(found []*alarm.Transition, told []schema.Told, seriesOf func(*alarm.Transition) string, from map[string]time.Time, settled time.Time) []*alarm.Transition {
	memories := make(map[string]memory)
	for _, t := range told {
		memories[t.Series] = append(memories[t.Series], t)
	}
	series, ends := make([]string, len(found)), make([]time.Time, len(found))
	next := make(map[string]time.Time)
	for i, t := range slices.Backward(found) {
		series[i] = seriesOf(t)
		end, ok := next[series[i]]
		if !ok {
			end = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		ends[i], next[series[i]] = end, t.Time
	}
	var news []*alarm.Transition
	for i, t := range found {
		if t.Time.Before(from[alarmKey(t.Alarm)]) || t.Time.After(settled) && !certain(t) {
			continue
		}
		m := memories[series[i]]
		if m.has(t.New, t.Time, ends[i]) {
			continue
		}
		m.add(schema.Told{Series: series[i], State: string(t.New), Happened: t.Time})
		memories[series[i]] = m
		news = append(news, t)
	}
	return news
}
