package serve

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/page"
	"trailbox/schema"
)

// histogram draws steps of the time, each a link to the events in it.
func (r *request) histogram(steps []page.Step) *page.Histogram {
	return page.DrawSteps(steps, r.eventsOf)
}

// eventsOf is the page of the events of a time.
func (r *request) eventsOf(from, until time.Time) string {
	return r.link("/events", r.within(from, until)...)
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

// newHeat draws what the archive has of each account and Region, each part a link to its events.
func (r *request) newHeat(days []query.Day, known []query.Known) *page.Heat {
	return page.NewHeat(days, known, func(place *schema.Place, from, until time.Time) string {
		var pairs []string
		if place != nil {
			pairs = pairsOf(place)
		}
		if !from.IsZero() {
			pairs = append(pairs, r.within(from, until)...)
		}
		return r.link("/events", pairs...)
	})
}

// pairsOf are the parameters of a place; what has no account or no Region no filter can ask for.
func pairsOf(p *schema.Place) (pairs []string) {
	if p.Account != "" {
		pairs = append(pairs, "account", exact("account", p.Account))
	}
	if p.Region != "" {
		pairs = append(pairs, "aws-region", exact("aws-region", p.Region))
	}
	return pairs
}

func orNone(text string) string { return cmp.Or(text, "(none)") }

// coordinate writes a number of a picture.
func coordinate(x float64) string { return fmt.Sprintf("%.1f", x) }
