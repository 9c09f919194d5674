package serve

import (
	"fmt"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/page"
)

// An eventsChart is the picture of the events of a list over time. Its width is 1000, whatever
// a browser makes of that.
type eventsChart struct {
	From, Until string // RFC 3339
	Step        string // in words
	Seconds     int64  // of a step
	Label       string
	Bars        []eventsBar
	Silent, Off []eventsSpan
	Ticks       []string
	Notes       []string // what is hatched, and what is not in the picture
	Most        string
}

// An eventsBar is a step with events in it.
type eventsBar struct {
	X, W, Y, H, WritesY, WritesH, ErrorsH string
	Start, Title, Link                    string
	Events, Writes, Errors                int64
}

// An eventsSpan is a time of which something is to be told.
type eventsSpan struct{ X, W, Title string }

// The sizes of the picture.
const (
	chartWidth  = 1000.0
	chartHeight = 84.0
	chartBars   = 120 // at most
)

// period is the time that the list is about, as far as a picture shows it: what was asked for,
// or what the store has.
func (r *request) period(k *knownStore) (from, until time.Time) {
	from, until = k.First, k.Last.Add(time.Second)
	span := until.Sub(from)
	// Of a period that is much longer than the log, some of what is not there is enough.
	if t := r.filter.Since; !t.IsZero() {
		from = latest(t, from.Add(-span/4))
	}
	if t := r.filter.Until; !t.IsZero() {
		until = earliest(t, until.Add(span/4))
	}
	return from, until
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// newChart counts the events of a history over time and draws them; nil where there is no time.
func (r *request) newChart(k *knownStore, h *query.History, v *view) (*eventsChart, error) {
	from, until := r.period(k)
	if k.First.IsZero() || !from.Before(until) {
		return nil, nil
	}
	width := query.StepWidth(until.Sub(from), chartBars)
	from = from.Truncate(width)
	count := int64((until.Sub(from) + width - 1) / width)
	until = from.Add(time.Duration(count) * width)
	v.Statements = append(v.Statements, r.shownHistory(h).StepsStatement(from, until, width))
	stepsOf := func(h *query.History) ([]query.HistoryStep, error) {
		what := fmt.Sprintf("steps %d %d %d", from.UnixMicro(), until.UnixMicro(), width)
		return memoOf(r, what, h, func() ([]query.HistoryStep, error) { return h.Steps(r.ctx, r.store, from, until, width) })
	}
	steps, err := stepsOf(h)
	if err != nil {
		return nil, err
	}
	// Silence is when nobody did anything there, whatever was asked for besides.
	every := steps
	if where := (&query.History{Filter: r.filter.Where()}); h.Hits != nil || where.Condition().Inline() != h.Condition().Inline() {
		if every, err = stepsOf(where); err != nil {
			return nil, err
		}
	}
	c := &eventsChart{From: stamp(from), Until: stamp(until), Step: page.Lasting(width), Seconds: int64(width / time.Second)}
	c.draw(r, from, width, count, steps)
	c.drawSilence(from, width, count, every)
	c.drawOffs(from, until, k.Offs)
	c.tell(k, from, until, steps)
	return c, nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// draw draws the steps.
func (c *eventsChart) draw(r *request, from time.Time, width time.Duration, count int64, steps []query.HistoryStep) {
	most := int64(1)
	for _, s := range steps {
		most = max(most, s.Events)
	}
	wide := chartWidth / float64(count)
	high := func(n int64) float64 {
		if n == 0 {
			return 0
		}
		return max(float64(n)/float64(most)*(chartHeight-4), 2) // one among thousands is seen
	}
	for _, s := range steps {
		start := from.Add(time.Duration(s.Step) * width)
		all, writes, errors := high(s.Events), high(s.Writes), high(s.Errors)
		c.Bars = append(c.Bars, eventsBar{
			X: fixed(float64(s.Step)*wide + wide*0.08), W: fixed(wide * 0.84), Y: fixed(chartHeight - all), H: fixed(all),
			WritesY: fixed(chartHeight - writes), WritesH: fixed(writes), ErrorsH: fixed(errors),
			Start: stamp(start), Events: s.Events, Writes: s.Writes, Errors: s.Errors,
			Title: fmt.Sprintf("%s, %s: %s, %s, %d refused or failed", stamp(start), c.Step, query.Plural(s.Events, "event"), query.Plural(s.Writes, "write"), s.Errors),
			Link:  with("/events", r.onlyEvents("order", "columns"), "since", stamp(start), "until", stamp(start.Add(width))),
		})
	}
	c.Most = fmt.Sprintf("the highest bar is %s in %s", query.Plural(most, "event"), c.Step)
}

// silence is how long there has to be no event at all for that to be told.
const silence = time.Hour

// drawSilence draws the times in which there is no event at all.
func (c *eventsChart) drawSilence(from time.Time, width time.Duration, count int64, every []query.HistoryStep) {
	wide, next, silent := chartWidth/float64(count), int64(0), time.Duration(0)
	add := func(until int64) {
		if lasts := time.Duration(until-next) * width; lasts >= silence {
			silent += lasts
			c.Silent = append(c.Silent, eventsSpan{
				fixed(float64(next) * wide), fixed(float64(until-next) * wide),
				fmt.Sprintf("no event at all from %s to %s", stamp(from.Add(time.Duration(next)*width)), stamp(from.Add(time.Duration(until)*width))),
			})
		}
	}
	for _, s := range every {
		add(s.Step)
		next = s.Step + 1
	}
	add(count)
	if silent > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("hatched: no event at all, together %s of %s", page.Lasting(silent), page.Lasting(time.Duration(count)*width)))
	}
}

// drawOffs draws the times in which somebody had a trail off.
func (c *eventsChart) drawOffs(from, until time.Time, offs []query.Off) {
	x := func(t time.Time) float64 { return float64(t.Sub(from)) / float64(until.Sub(from)) * chartWidth }
	for _, off := range offs {
		end, ends := off.Until, stamp(off.Until)
		if end.IsZero() {
			end, ends = until, "the end of the log"
		}
		if !off.Since.Before(until) || !end.After(from) {
			continue
		}
		since, end := latest(off.Since, from), earliest(end, until)
		title := fmt.Sprintf("trail %s off in %s %s from %s to %s", page.Show(off.Trail), page.Show(off.Account), page.Show(off.Region), stamp(off.Since), ends)
		c.Off = append(c.Off, eventsSpan{fixed(x(since)), fixed(max(x(end)-x(since), 2)), title})
		if len(c.Off) <= 5 {
			c.Notes = append(c.Notes, "red line: "+title)
		}
	}
	if more := len(c.Off) - 5; more > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("and %d more times with a trail off", more))
	}
}

// tell puts the picture into words.
func (c *eventsChart) tell(k *knownStore, from, until time.Time, steps []query.HistoryStep) {
	var events, writes, errors int64
	for _, s := range steps {
		events += s.Events
		writes += s.Writes
		errors += s.Errors
	}
	c.Label = fmt.Sprintf("%s from %s to %s, %s, %d refused or failed; %s", query.Plural(events, "event"), c.From, c.Until, query.Plural(writes, "write"), errors, c.Most)
	layout := page.TickLayout(until.Sub(from))
	const ticks = 4
	for i := range ticks + 1 {
		c.Ticks = append(c.Ticks, from.Add(until.Sub(from)/ticks*time.Duration(i)).UTC().Format(layout))
	}
	c.Ticks[0] = from.UTC().Format("2006-01-02 15:04")
	if k.Odd > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%s of the store have a time before there was a CloudTrail, or later than tomorrow: the picture leaves them out, the list has them", query.Plural(k.Odd, "event")))
	}
	if k.Timeless > 0 {
		c.Notes = append(c.Notes, query.Timeless(k.Timeless)+", and the picture")
	}
}

// fixed writes a number of a picture.
func fixed(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
}
