package alarm

import (
	"cmp"
	"slices"
	"time"
)

// A minute is what a metric has in one minute.
type minute struct {
	at            int64 // minutes since 1970
	values        int64 // what SampleCount counts
	sum, min, max float64
	matched       int64 // events; fewer than values where a default value stands for none
}

// add puts more of the same minute into m.
func (m *minute) add(more minute) {
	if m.values == 0 {
		m.min, m.max = more.min, more.max
	}
	if more.values > 0 {
		m.min, m.max = min(m.min, more.min), max(m.max, more.max)
	}
	m.values += more.values
	m.sum += more.sum
	m.matched += more.matched
}

// A datapoint is what an alarm sees in one of its windows.
type datapoint struct {
	start     int64 // the window's first minute
	samples   int64
	value     float64 // the statistic
	breaching bool
}

// A verdict is what an evaluation comes to.
type verdict struct {
	state  State       // "": the alarm keeps the one that it has
	points []datapoint // what decided, newest first
	filled int         // missing points that were treated as breaching or not
	early  bool        // fewer points than asked for decided: the others are missing
}

// A change is a change of state at a full minute.
type change struct {
	at       int64
	old, new State
	verdict  verdict
}

// changes evaluates an alarm at each full minute from the first value of its metrics on,
// until all of its windows are empty behind the last. The minutes of each metric are sorted,
// each with a value.
func (a *Alarm) changes(metrics [][]minute, wide bool) []change {
	minutes := metrics[0]
	if len(metrics) > 1 {
		minutes = mergeMinutes(metrics...)
	}
	period := int64(a.Period / time.Minute)
	windows := make([]datapoint, a.evaluationRange(wide))
	reach := period * int64(len(windows))
	state := a.initial()
	var all []change
	judge := func(t int64) {
		v := a.judge(a.window(windows, metrics, t, period))
		if v.state != "" && v.state != state {
			all = append(all, change{at: t, old: state, new: v.state, verdict: v})
			state = v.state
		}
	}
	for end := 0; end < len(minutes); {
		// The windows are empty until the minute behind the next value.
		t := minutes[end].at + 1
		for last := minutes[end].at; t <= last+reach+1; t++ {
			for end < len(minutes) && minutes[end].at < t {
				last = minutes[end].at
				end++
			}
			judge(t)
		}
	}
	return all
}

// evaluationRange is how many windows are looked at for values. CloudWatch looks at more
// than the evaluation periods, how many is not documented: 5 for 3 in its example, which
// the wide range follows.
func (a *Alarm) evaluationRange(wide bool) int {
	if wide {
		return a.EvaluationPeriods + max(a.EvaluationPeriods/3, 2)
	}
	return a.EvaluationPeriods
}

// initial is the state of the alarm before its first value: what windows without one
// come to.
func (a *Alarm) initial() State {
	empty := a.window(make([]datapoint, a.EvaluationPeriods), make([][]minute, len(a.metrics())), 0, int64(a.Period/time.Minute))
	if v := a.judge(empty); v.state != "" {
		return v.state
	}
	return InsufficientData
}

// window fills in what the windows before t hold of each metric's minutes: the newest window
// first, without samples where there is no value.
func (a *Alarm) window(windows []datapoint, metrics [][]minute, t, period int64) []datapoint {
	next := make([]int, len(metrics)) // of each metric, behind the minute that comes next
	for i, minutes := range metrics {
		next[i], _ = slices.BinarySearchFunc(minutes, t, func(m minute, t int64) int { return cmp.Compare(m.at, t) })
	}
	samples := make([]sample, len(metrics))
	for k := range windows {
		p := datapoint{start: t - int64(k+1)*period}
		for i, minutes := range metrics {
			var total minute
			for ; next[i] > 0 && minutes[next[i]-1].at >= p.start; next[i]-- {
				total.add(minutes[next[i]-1])
			}
			samples[i] = sample{there: total.values > 0}
			if p.samples += total.values; total.values > 0 {
				statistic := a.Statistic
				if a.Math != nil {
					statistic = a.Metrics[i].Statistic
				}
				samples[i].value = statistic.of(total)
			}
		}
		result := samples[0]
		if a.Math != nil {
			result = a.Math.at(samples)
			p.samples = max(p.samples, 1) // FILL makes a value of none
		}
		if !result.there {
			p.samples = 0
		} else {
			p.value, p.breaching = result.value, a.breaches(result.value)
		}
		windows[k] = p
	}
	return windows
}

// of is the statistic of a window.
func (s Statistic) of(m minute) float64 {
	switch s {
	case SampleCount:
		return float64(m.values)
	case Average:
		return m.sum / float64(m.values)
	case Minimum:
		return m.min
	case Maximum:
		return m.max
	}
	return m.sum
}

func (a *Alarm) breaches(value float64) bool {
	switch a.Comparison {
	case AtLeast:
		return value >= a.Threshold
	case GreaterThan:
		return value > a.Threshold
	case LessThan:
		return value < a.Threshold
	}
	return value <= a.Threshold
}

// judge decides on a range of windows, the newest first, as the CloudWatch User Guide
// has it ("Configuring how CloudWatch alarms treat missing data"): the newest values
// decide, as many as there are evaluation periods; where the range has fewer, what the
// others are is said by TreatMissingData.
func (a *Alarm) judge(windows []datapoint) verdict {
	var v verdict
	for _, p := range windows {
		if p.samples > 0 && len(v.points) < a.EvaluationPeriods {
			v.points = append(v.points, p)
		}
	}
	missing := a.EvaluationPeriods - len(v.points)
	breaching := 0
	for _, p := range v.points {
		if p.breaching {
			breaching++
		}
	}
	if missing > 0 {
		switch a.TreatMissingData {
		case MissingBreaching:
			breaching += missing
			v.filled = missing
		case MissingNotBreaching:
			v.filled = missing
		default:
			v.early = true
			switch {
			case len(v.points) == 0 && a.TreatMissingData == MissingIgnore:
				return v
			case len(v.points) == 0:
				v.state = InsufficientData
				return v
			case breaching < a.DatapointsToAlarm && a.premature(windows):
				if a.TreatMissingData != MissingIgnore {
					v.state = InAlarm
				}
				return v
			}
		}
	}
	v.state = OK
	if breaching >= a.DatapointsToAlarm {
		v.state = InAlarm
	}
	return v
}

// premature says that an alarm goes off with fewer values than it asks for: the oldest
// of them is breaching and has been there for as long as DatapointsToAlarm, and since
// then none was not breaching.
func (a *Alarm) premature(windows []datapoint) bool {
	oldest := -1
	for k, p := range windows {
		switch {
		case p.samples == 0:
		case !p.breaching:
			return false
		case k < a.EvaluationPeriods:
			oldest = k
		}
	}
	return oldest+1 >= a.DatapointsToAlarm
}

// mergeMinutes adds up series of minutes, each of them sorted.
func mergeMinutes(series ...[]minute) []minute {
	all := slices.Concat(series...)
	slices.SortStableFunc(all, func(a, b minute) int { return int(a.at - b.at) })
	merged := all[:0]
	for _, m := range all {
		if last := len(merged) - 1; last >= 0 && merged[last].at == m.at {
			merged[last].add(m)
		} else {
			merged = append(merged, m)
		}
	}
	return merged
}
