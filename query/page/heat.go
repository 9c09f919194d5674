package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// A Heat is a picture of what the archive has of each account and Region in each step of the
// time, and of what it lacks.
type Heat struct {
	Width, Height int
	Label         string
	Rows          []heatRow
	Ticks         []Tick
	Proven        bool // some of it is: the legend says so
	More          string
}

type heatRow struct {
	Account, Region, Href, TextY string
	Cells                        []heatCell
}

// A Tick is a time below a picture.
type Tick struct{ X, Y, Text, Href string }

// A heatCell is one step of a place. Its Kind is the class and the pattern that fill it.
type heatCell struct {
	X, Y, W, H, Title, Href string
	Kind                    string // events, silent, off or absent
	Opacity                 string // of the events
	Off, Damaged            bool   // besides events
	ProofY                  string // of the line of what is proven; empty for none
}

// The sizes of a picture with a row for each account and Region.
const (
	HeatWidth, HeatLeft, HeatRowHeight = 1160, 210, 18
	// MaxPlaces is how many accounts and Regions it draws, those of most events.
	MaxPlaces = 40
	// maxPlaceName is how many characters of an account or a Region it has room for.
	maxPlaceName = 60
)

// A HeatLink is what a part of a Heat leads to: a step of a place, all of a place, where the
// times are zero, or a step of all places, where there is none.
type HeatLink func(place *schema.Place, from, until time.Time) string

// A place is an account and Region, with what there is of it by the start of each step.
type place struct {
	account, region string
	days            map[time.Time]query.Day
	events          int64
	first, last     time.Time // of its steps with events
}

func (p *place) at() *schema.Place { return &schema.Place{Account: p.account, Region: p.region} }

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
type covered struct{ digested, proven, damaged, off []Span }

// NewHeat draws what there was on days, and what is known besides; link may be nil.
func NewHeat(days []query.Day, known []query.Known, link HeatLink) *Heat {
	if link == nil {
		link = func(*schema.Place, time.Time, time.Time) string { return "" }
	}
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
	h := &Heat{Width: HeatWidth}
	if more := len(places) - MaxPlaces; more > 0 {
		h.More = fmt.Sprintf("and %s more accounts and Regions, which have fewer events: the report coverage has all", query.Count(int64(more)))
		places = places[:MaxPlaces]
	}
	most := int64(1)
	for _, p := range places {
		for _, d := range p.days {
			most = max(most, d.Events)
		}
	}
	wide := float64(HeatWidth-HeatLeft) / float64(len(steps))
	counts := map[string]int{}
	for i, p := range places {
		top := i * HeatRowHeight
		row := heatRow{
			Account: middle(Show(orNone(p.account)), maxPlaceName), Region: middle(Show(orNone(p.region)), maxPlaceName), TextY: fmt.Sprint(top + HeatRowHeight - 5),
			Href: link(p.at(), time.Time{}, time.Time{}),
		}
		c := coveredOf(p, known)
		for j, step := range steps {
			cell := heatCellOf(p, step, c, most, link)
			counts[cell.Kind]++
			cell.X, cell.W = coordinate(HeatLeft+float64(j)*wide), coordinate(max(wide-1, 1))
			cell.Y, cell.H = fmt.Sprint(top+1), fmt.Sprint(HeatRowHeight-2)
			if cell.ProofY != "" {
				cell.ProofY, h.Proven = fmt.Sprint(top+HeatRowHeight-4), true
			}
			row.Cells = append(row.Cells, cell)
		}
		h.Rows = append(h.Rows, row)
	}
	bottom := len(places) * HeatRowHeight
	h.Height = bottom + 18
	h.ticks(steps, wide, bottom+13, link)
	h.Label = fmt.Sprintf("%d accounts and Regions by %d steps of the time from %s to %s: %d with events, %d silent, %d in which logging was off, %d absent",
		len(places), len(steps), Stamp(steps[0].Start), Stamp(steps[len(steps)-1].Next), counts["events"], counts["silent"], counts["off"], counts["absent"])
	return h
}

// ticks writes about eight of the times below.
func (h *Heat) ticks(steps []query.Day, wide float64, y int, link HeatLink) {
	layout := "2006-01-02"
	switch width := steps[0].Next.Sub(steps[0].Start); {
	case width < 24*time.Hour:
		layout = "01-02 15:04"
	case width > 8*24*time.Hour:
		layout = "2006-01"
	}
	for j := 0; j < len(steps); j += max(1, (len(steps)+7)/8) {
		if x := HeatLeft + float64(j)*wide; x > HeatWidth-80 && j > 0 { // it would be cut off
			break
		}
		h.Ticks = append(h.Ticks, Tick{
			coordinate(HeatLeft + float64(j)*wide), fmt.Sprint(y), steps[j].Start.UTC().Format(layout),
			link(nil, steps[j].Start, steps[j].Next),
		})
	}
}

// coveredOf is what is known of a place. Of what the name of a file does not tell, anything
// may have been in it.
func coveredOf(p *place, known []query.Known) (c covered) {
	for _, k := range known {
		// A trail may be of all Regions, whichever it was switched off in.
		if k.Account != "" && k.Account != p.account || k.Region != "" && k.Region != p.region && k.Kind != "off" {
			continue
		}
		span := Span{From: k.Since, Until: k.Until}
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

// heatCellOf is what there is of a place in a step, and in words.
func heatCellOf(p *place, step query.Day, c covered, most int64, link HeatLink) heatCell {
	d := p.days[step.Start]
	cell := heatCell{
		Kind: "events", Off: touches(c.off, step), Damaged: touches(c.damaged, step),
		Href: link(p.at(), step.Start, step.Next),
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
	cell.Title = Stamp(step.Start) + " " + Show(orNone(p.account)+" "+orNone(p.region)) + ": " + strings.Join(words, ", ")
	return cell
}

// touches reports whether one of the spans has a part of the step.
func touches(spans []Span, step query.Day) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.From.Before(step.Next) && step.Start.Before(s.Until) })
}

// covers reports whether one of the spans has all of the step.
func covers(spans []Span, step query.Day) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return !s.From.After(step.Start) && !s.Until.Before(step.Next) })
}

func orNone(text string) string { return cmp.Or(text, "(none)") }
