package serve

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/page"
)

// histogram draws steps of the time, each a link to the events in it.
func (r *request) histogram(steps []page.Step) *page.Histogram {
	if len(steps) == 0 {
		return nil
	}
	slices.SortFunc(steps, func(a, b page.Step) int { return a.Start.Compare(b.Start) })
	width := time.Minute
	if len(steps) > 1 {
		width = steps[1].Start.Sub(steps[0].Start)
	}
	for i := range steps {
		next := steps[i].Start.Add(width)
		if i+1 < len(steps) { // months differ
			next = steps[i+1].Start
		}
		steps[i].Href = r.link("/events", r.within(steps[i].Start, next)...)
	}
	return page.NewHistogram(steps, width, nil, nil)
}

// within are the parameters for a time, as far as it is within the period of the page.
func (r *request) within(from, until time.Time) []string {
	if from.Before(r.filter.Since) {
		from = r.filter.Since
	}
	if !r.filter.Until.IsZero() && r.filter.Until.Before(until) {
		until = r.filter.Until
	}
	return []string{"since", clock(from), "until", clock(until)}
}

// clock is a time as a parameter.
func clock(t time.Time) string {
	if text := t.UTC().Format(time.RFC3339Nano); !strings.HasSuffix(text, "T00:00:00Z") {
		return text
	}
	return t.UTC().Format(time.DateOnly)
}

// stepsOf are the days of a period, all accounts and Regions together.
func stepsOf(days []query.Day) []page.Step {
	var steps []page.Step
	at := map[time.Time]int{}
	for _, d := range days {
		if !d.Placed { // those come first
			at[d.Start] = len(steps)
			steps = append(steps, page.Step{Start: d.Start})
			continue
		}
		if i, ok := at[d.Start]; ok {
			steps[i].Events += d.Events
			steps[i].Writes += d.Writes
			steps[i].Errors += d.Errors
		}
	}
	return steps
}

// A heat is a picture of what the archive has of each account and Region in each step of the
// time, and of what it lacks.
type heat struct {
	Width, Height int
	Label         string
	Rows          []heatRow
	Ticks         []heatTick
	Proven        bool // some of it is: the legend says so
	More          string
}

type heatRow struct {
	Account, Region, Href, TextY string
	Cells                        []heatCell
}

type heatTick struct{ X, Y, Text, Href string }

// A heatCell is one step of a place. Its Kind is the class and the pattern that fill it.
type heatCell struct {
	X, Y, W, H, Title, Href string
	Kind                    string // events, silent, off or absent
	Opacity                 string // of the events
	Off, Damaged            bool   // besides events
	ProofY                  string // of the line of what is proven; empty for none
}

// The sizes of a heat map.
const (
	heatWidth, heatLeft, heatRowHeight = 1160, 210, 18
	// maxPlaces is how many accounts and Regions it draws, those of most events.
	maxPlaces = 40
)

// A place is an account and Region, with what there is of it by the start of each step.
type place struct {
	account, region string
	days            map[time.Time]query.Day
	events          int64
	first, last     time.Time // of its steps with events
}

// placesOf are the places of days, those of most events first.
func placesOf(days []query.Day) []*place {
	known := map[[2]string]*place{}
	var all []*place
	for _, d := range days {
		if !d.Placed {
			continue
		}
		p := known[[2]string{d.Account, d.Region}]
		if p == nil {
			p = &place{account: d.Account, region: d.Region, days: map[time.Time]query.Day{}, first: d.Start}
			known[[2]string{d.Account, d.Region}], all = p, append(all, p)
		}
		p.days[d.Start] = d
		p.events += d.Events
		p.last = d.Next
	}
	slices.SortFunc(all, func(a, b *place) int {
		return cmp.Or(cmp.Compare(b.events, a.events), cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region))
	})
	return all
}

// covered is what is known of a place besides its events.
type covered struct{ digested, proven, damaged, off []page.Span }

// newHeat draws a heat map.
func (r *request) newHeat(days []query.Day, known []query.Known) *heat {
	var steps []query.Day
	for _, d := range days {
		if !d.Placed {
			steps = append(steps, d)
		}
	}
	places := placesOf(days)
	if len(places) == 0 || len(steps) == 0 {
		return nil
	}
	h := &heat{Width: heatWidth}
	if more := len(places) - maxPlaces; more > 0 {
		h.More = fmt.Sprintf("and %s more accounts and Regions, which have fewer events: the report coverage has all", query.Count(int64(more)))
		places = places[:maxPlaces]
	}
	most := int64(1)
	for _, p := range places {
		for _, d := range p.days {
			most = max(most, d.Events)
		}
	}
	wide := float64(heatWidth-heatLeft) / float64(len(steps))
	counts := map[string]int{}
	for i, p := range places {
		top := i * heatRowHeight
		row := heatRow{
			Account: shorten(page.Show(orNone(p.account))), Region: shorten(page.Show(orNone(p.region))), TextY: fmt.Sprint(top + heatRowHeight - 5),
			Href: r.link("/events", p.pairs()...),
		}
		c := coveredOf(p, known)
		for j, step := range steps {
			cell := r.heatCell(p, step, c, most)
			counts[cell.Kind]++
			cell.X, cell.W = coordinate(heatLeft+float64(j)*wide), coordinate(max(wide-1, 1))
			cell.Y, cell.H = fmt.Sprint(top+1), fmt.Sprint(heatRowHeight-2)
			if cell.ProofY != "" {
				cell.ProofY, h.Proven = fmt.Sprint(top+heatRowHeight-4), true
			}
			row.Cells = append(row.Cells, cell)
		}
		h.Rows = append(h.Rows, row)
	}
	bottom := len(places) * heatRowHeight
	h.Height = bottom + 18
	r.heatTicks(h, steps, wide, bottom+13)
	h.Label = fmt.Sprintf("%d accounts and Regions by %d steps of the time from %s to %s: %d with events, %d silent, %d in which logging was off, %d absent",
		len(places), len(steps), page.Stamp(steps[0].Start), page.Stamp(steps[len(steps)-1].Next), counts["events"], counts["silent"], counts["off"], counts["absent"])
	return h
}

// heatTicks writes about eight of the times below.
func (r *request) heatTicks(h *heat, steps []query.Day, wide float64, y int) {
	layout := "2006-01-02"
	switch width := steps[0].Next.Sub(steps[0].Start); {
	case width < 24*time.Hour:
		layout = "01-02 15:04"
	case width > 8*24*time.Hour:
		layout = "2006-01"
	}
	for j := 0; j < len(steps); j += max(1, (len(steps)+7)/8) {
		if x := heatLeft + float64(j)*wide; x > heatWidth-80 && j > 0 { // it would be cut off
			break
		}
		h.Ticks = append(h.Ticks, heatTick{
			coordinate(heatLeft + float64(j)*wide), fmt.Sprint(y), steps[j].Start.UTC().Format(layout),
			r.link("/events", r.within(steps[j].Start, steps[j].Next)...),
		})
	}
}

// pairs are the parameters of a place; what has no account or no Region no filter can ask for.
func (p *place) pairs() (pairs []string) {
	if p.account != "" {
		pairs = append(pairs, "account", exact("account", p.account))
	}
	if p.region != "" {
		pairs = append(pairs, "aws-region", exact("aws-region", p.region))
	}
	return pairs
}

func orNone(text string) string { return cmp.Or(text, "(none)") }

// coveredOf is what is known of a place. Of what the name of a file does not tell, anything
// may have been in it.
func coveredOf(p *place, known []query.Known) (c covered) {
	for _, k := range known {
		// A trail may be of all Regions, whichever it was switched off in.
		if k.Account != "" && k.Account != p.account || k.Region != "" && k.Region != p.region && k.Kind != "off" {
			continue
		}
		span := page.Span{From: k.Since, Until: k.Until}
		switch k.Kind {
		case "digested":
			c.digested = append(c.digested, span)
		case "proven":
			c.proven = append(c.proven, span)
		case "off":
			c.off = append(c.off, span)
		default:
			c.damaged = append(c.damaged, span)
		}
	}
	return c
}

// heatCell is what there is of a place in a step, and in words.
func (r *request) heatCell(p *place, step query.Day, c covered, most int64) heatCell {
	d := p.days[step.Start]
	cell := heatCell{
		Kind: "events", Off: touches(c.off, step), Damaged: touches(c.damaged, step),
		Href: r.link("/events", append(p.pairs(), r.within(step.Start, step.Next)...)...),
	}
	words := []string{query.Plural(d.Events, "event")}
	proven := covers(c.proven, step)
	switch {
	case d.Events > 0:
		cell.Opacity = coordinate(0.3 + 0.7*math.Log1p(float64(d.Events))/math.Log1p(float64(most)))
		proven = d.Proven == d.Events
		words = append(words, query.Plural(d.Writes, "write"), query.Count(d.Errors)+" failed", query.Count(d.Proven)+" proven")
	case cell.Off:
		cell.Kind = "off"
	case covers(c.digested, step):
		cell.Kind = "silent"
		words = append(words, "digests say that nothing was delivered")
	case !step.Start.Before(p.first) && step.Start.Before(p.last):
		cell.Kind = "silent"
		words = append(words, "silence between its events")
	default:
		cell.Kind = "absent"
		words = append(words, "absent: before its first event or behind its last")
	}
	if cell.Off {
		words = append(words, "a trail was off")
	}
	if cell.Damaged {
		words = append(words, "with log files that are damaged or not fetched")
	}
	if proven {
		cell.ProofY = "proven"
		words = append(words, "all proven")
	}
	cell.Title = page.Stamp(step.Start) + " " + page.Show(orNone(p.account)+" "+orNone(p.region)) + ": " + strings.Join(words, ", ")
	return cell
}

// touches reports whether one of the spans has a part of the step.
func touches(spans []page.Span, step query.Day) bool {
	return slices.ContainsFunc(spans, func(s page.Span) bool { return s.From.Before(step.Next) && step.Start.Before(s.Until) })
}

// covers reports whether one of the spans has all of the step.
func covers(spans []page.Span, step query.Day) bool {
	return slices.ContainsFunc(spans, func(s page.Span) bool { return !s.From.After(step.Start) && !s.Until.Before(step.Next) })
}

// coordinate writes a number of a picture.
func coordinate(x float64) string { return fmt.Sprintf("%.1f", x) }
