package page

import (
	"maps"
	"slices"
	"time"
)

// A tally counts what happened when, in as few steps as a picture has room for, however many
// events come: its steps get longer as the time does over which they are spread.
type tally struct {
	width int // of a step, as an index of tallySteps
	at    map[int64]*Step
	odd   int64 // with a time in which there was no CloudTrail
}

// tallySteps are the lengths that a step may have, in seconds. Each divides the next one.
var tallySteps = [...]int64{1, 60, 5 * 60, 15 * 60, 3600, 6 * 3600, 86400, 7 * 86400, 28 * 86400, 364 * 86400}

const (
	// maxTallied is how many steps are counted, and maxDrawnSteps how many are drawn.
	maxTallied, maxDrawnSteps = 4096, 130
	// monday is one at midnight, in Unix seconds: steps of days and weeks begin there.
	monday = 4 * 86400
	// beginning is 2006: before, there was no AWS.
	beginning = 1136073600
)

// add counts some events at a time.
func (t *tally) add(at time.Time, events, writes, errors int64) {
	seconds := at.Unix()
	if seconds < beginning || at.After(time.Now().AddDate(0, 0, 1)) {
		t.odd += events
		return
	}
	if t.at == nil {
		t.at = map[int64]*Step{}
	}
	t.addTo(seconds, events, writes, errors)
	for len(t.at) > maxTallied && t.width < len(tallySteps)-1 {
		t.widen()
	}
}

func (t *tally) addTo(seconds, events, writes, errors int64) {
	n := (seconds - monday) / tallySteps[t.width]
	s := t.at[n]
	if s == nil {
		s = &Step{Start: time.Unix(n*tallySteps[t.width]+monday, 0).UTC()}
		t.at[n] = s
	}
	s.Events += events
	s.Writes += writes
	s.Errors += errors
}

// widen makes the steps longer.
func (t *tally) widen() {
	old := t.at
	t.at = map[int64]*Step{}
	t.width++
	for _, s := range old {
		t.addTo(s.Start.Unix(), s.Events, s.Writes, s.Errors)
	}
}

// widenTo makes the steps as long as others are.
func (t *tally) widenTo(width int) {
	for t.width < width {
		t.widen()
	}
}

// span is from when to when there are steps, in Unix seconds.
func (t *tally) span() (from, until int64) {
	numbers := slices.Sorted(maps.Keys(t.at))
	length := tallySteps[t.width]
	return numbers[0]*length + monday, (numbers[len(numbers)-1]+1)*length + monday
}

// steps are what was counted, those with nothing among them.
func (t *tally) steps() (all []Step, width time.Duration) {
	if len(t.at) == 0 {
		return nil, 0
	}
	numbers := slices.Sorted(maps.Keys(t.at))
	for numbers[len(numbers)-1]-numbers[0] >= maxDrawnSteps && t.width < len(tallySteps)-1 {
		t.widen()
		numbers = slices.Sorted(maps.Keys(t.at))
	}
	length := tallySteps[t.width]
	for n := numbers[0]; n <= numbers[len(numbers)-1]; n++ {
		s := t.at[n]
		if s == nil {
			s = &Step{Start: time.Unix(n*length+monday, 0).UTC()}
		}
		all = append(all, *s)
	}
	return all, time.Duration(length) * time.Second
}
