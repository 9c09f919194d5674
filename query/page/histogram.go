package page

import (
	"fmt"
	"math"
	"time"

	"trailbox/query"
)

// A Step is a bar of a histogram: what there was from a time on, until the next step.
type Step struct {
	Start                  time.Time
	Events, Writes, Errors int64
	Href                   string // what its bar leads to; empty for nothing
}

// A Span is a time of which something is to be told.
type Span struct {
	From, Until time.Time
	Title       string
}

// A Histogram is a picture of events over time.
type Histogram struct {
	Width, Height                       int
	Label, Caption, GapWords, MarkWords string
	Writes                              bool // are told from reads
	Bars                                []bar
	Gaps                                []box
	Lines                               []line
	Ticks                               []tick
	Marks                               []mark
}

type bar struct{ X, Y, W, H, Writes, WritesY, Errors, Title, Href string }
type box struct{ X, Y, W, H, Title string }
type line struct{ X, X2, Y, TextY, Text string }
type tick struct{ X, Y, Anchor, Text string }
type mark struct{ X, Y, Y2, Title string }

// The sizes of a histogram.
const (
	histogramWidth, histogramHeight = 860, 150
	histogramTop, histogramBottom   = 14, 128 // of the bars
	histogramRight                  = 815     // of the bars; the numbers are behind it
)

// NewHistogram draws steps of one width. gaps are hatched: times in which somebody had
// logging switched off; marks are lines at a time.
func NewHistogram(steps []Step, width time.Duration, gaps, marks []Span) *Histogram {
	return newHistogram(steps, width, gaps, marks, true)
}

// newHistogram draws steps of which it is known which events are writes, or not.
func newHistogram(steps []Step, width time.Duration, gaps, marks []Span, writes bool) *Histogram {
	if len(steps) == 0 {
		return nil
	}
	h := &Histogram{Width: histogramWidth, Height: histogramHeight, Writes: writes, GapWords: "a trail was off", MarkWords: "a detection"}
	first, last := steps[0].Start, steps[len(steps)-1].Start.Add(width)
	x := func(t time.Time) float64 {
		share := float64(t.Sub(first)) / float64(last.Sub(first))
		return min(max(share, 0), 1) * histogramRight
	}
	most, busiest, total := int64(1), steps[0], int64(0)
	for _, s := range steps {
		total += s.Events
		if s.Events > most {
			most, busiest = s.Events, s
		}
	}
	top := ceiling(most)
	height := func(n int64) float64 {
		if n == 0 {
			return 0
		}
		return max(float64(n)/float64(top)*(histogramBottom-histogramTop), 1.5)
	}
	for _, n := range []int64{0, top / 2, top} {
		if n == 0 && top/2 == 0 && len(h.Lines) > 0 {
			continue
		}
		y := histogramBottom - float64(n)/float64(top)*(histogramBottom-histogramTop)
		h.Lines = append(h.Lines, line{"0", fmt.Sprint(histogramWidth), coordinate(y), coordinate(y - 3), fmt.Sprint(n)})
	}
	for _, g := range gaps {
		from, until := x(g.From), x(g.Until)
		if until-from < 1 {
			continue
		}
		h.Gaps = append(h.Gaps, box{coordinate(from), fmt.Sprint(histogramTop), coordinate(until - from), fmt.Sprint(histogramBottom - histogramTop), Show(g.Title)})
	}
	wide := float64(histogramRight) / float64(len(steps))
	for i, s := range steps {
		if s.Events == 0 {
			continue
		}
		all, wrote, errors := height(s.Events), height(s.Writes), height(s.Errors)
		b := bar{
			X: coordinate(float64(i)*wide + wide*0.06), W: coordinate(max(wide*0.88, 0.8)),
			Y: coordinate(histogramBottom - all), H: coordinate(all),
			WritesY: coordinate(histogramBottom - wrote),
			Title:   fmt.Sprintf("%s: %d events, %d writes, %d failed", Stamp(s.Start), s.Events, s.Writes, s.Errors),
			Href:    s.Href,
		}
		if !writes {
			b.Title = fmt.Sprintf("%s: %d events, %d failed", Stamp(s.Start), s.Events, s.Errors)
		}
		if wrote > 0 {
			b.Writes = coordinate(wrote)
		}
		if errors > 0 {
			b.Errors = coordinate(errors)
		}
		h.Bars = append(h.Bars, b)
	}
	for _, m := range marks {
		if m.From.Before(first) || m.From.After(last) {
			continue
		}
		h.Marks = append(h.Marks, mark{coordinate(x(m.From)), "2", fmt.Sprint(histogramBottom), Show(m.Title)})
	}
	h.ticks(first, last)
	h.Label = fmt.Sprintf("%s from %s to %s, the most from %s on: %s", query.Plural(total, "event"), Stamp(first), Stamp(last), Stamp(busiest.Start), query.Count(busiest.Events))
	h.Caption = fmt.Sprintf("a bar is %s; the most from %s on: %s", Lasting(width), Stamp(busiest.Start), query.Count(busiest.Events))
	return h
}

// ticks writes the times below the bars, about six of them.
func (h *Histogram) ticks(first, last time.Time) {
	const ticks = 6
	layout := TickLayout(last.Sub(first))
	for i := range ticks + 1 {
		at := first.Add(time.Duration(float64(last.Sub(first)) * float64(i) / ticks))
		anchor, text := "middle", at.UTC().Format(layout)
		switch i {
		case 0:
			anchor, text = "start", at.UTC().Format("2006-01-02 15:04")
		case ticks:
			anchor = "end"
		}
		h.Ticks = append(h.Ticks, tick{coordinate(float64(histogramRight) * float64(i) / ticks), fmt.Sprint(histogramHeight - 6), anchor, text})
	}
}

// ceiling is the round number that is next above.
func ceiling(n int64) int64 {
	if n <= 4 {
		return max(n, 1)
	}
	scale := math.Pow(10, math.Floor(math.Log10(float64(n))))
	for _, step := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if step*scale >= float64(n) {
			return int64(step * scale)
		}
	}
	return n
}

// Stamp writes a time.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// Lasting writes how long something was, in its two largest units.
func Lasting(d time.Duration) string {
	if d < 0 {
		return "-" + Lasting(-d)
	}
	days, hours, minutes, seconds := int64(d/(24*time.Hour)), int64(d/time.Hour)%24, int64(d/time.Minute)%60, int64(d/time.Second)%60
	switch {
	case days > 0 && hours > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case days > 0:
		return fmt.Sprintf("%d d", days)
	case hours > 0 && minutes > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case hours > 0:
		return fmt.Sprintf("%d h", hours)
	case minutes > 0 && seconds > 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d s", seconds)
}

// TickLayout is how times are written below a picture of so long a time.
func TickLayout(span time.Duration) string {
	switch {
	case span > 400*24*time.Hour:
		return "2006-01"
	case span > 4*24*time.Hour:
		return "01-02"
	case span > 20*time.Hour:
		return "01-02 15:04"
	case span < 5*time.Minute:
		return "15:04:05"
	}
	return "15:04"
}
