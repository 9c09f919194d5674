package alarm

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

const (
	// How wide a timeline is where no terminal says it, in columns.
	plainWidth = 100
	// Of it, what the name of a lane takes.
	minNameWidth = 16
	maxNameWidth = 44
)

// A spell is the time that an alarm is in ALARM.
type spell struct{ from, to time.Time }

// A lane is an alarm in one place, with its spells.
type lane struct {
	name, place string // as they are printed
	spells      []spell
	open        bool // the last spell has not ended
}

// A Replay is what a Set found in a store, for people: what rules match is counted.
type Replay struct {
	Transitions []*Transition
	Tallies     []*Tally
	Suppressed  []Suppressed // by each suppression
}

// NewReplay runs a Set over a store.
func NewReplay(ctx context.Context, store *schema.Store, set *Set, o Options) (*Replay, error) {
	o.KeepSuppressed = false
	e, err := newEvaluation(ctx, store, o)
	if err != nil {
		return nil, err
	}
	r := new(Replay)
	if r.Transitions, err = e.transitions(ctx, set.Alarms); err != nil {
		return nil, err
	}
	r.Tallies, err = e.countRules(ctx, set)
	r.Suppressed = e.suppressed()
	return r, err
}

// Fired says that an alarm went off, or a rule matched.
func (r *Replay) Fired() bool {
	return len(r.Tallies) > 0 || slices.ContainsFunc(r.Transitions, (*Transition).fires)
}

// WriteTimeline writes a replay for people: what its rules come to, the spells of each alarm
// along the time from first to last, then each spell with its events, then what rules match,
// the most severe first. Text of events is escaped as tables do.
func (r *Replay) WriteTimeline(w io.Writer, sums []*LevelSum, first, last time.Time, width int) error {
	out := bufio.NewWriter(w)
	if width <= 0 {
		width = plainWidth
	}
	if len(sums) > 0 {
		writeSums(out, sums, r.Days(), width)
	}
	if lanes := r.lanes(last); len(lanes) > 0 {
		fmt.Fprintln(out)
		writeLanes(out, lanes, first, last, width)
	}
	others := 0
	for i, t := range r.Transitions {
		if t.New != InAlarm {
			if t.Old != InAlarm {
				others++
			}
			continue
		}
		fmt.Fprintf(out, "\n%s  %s\n", stamp(t.Time), query.Escape(where(t.Alarm.Name, t.Account, t.Region)))
		writeText(out, t.Reason, width)
		writeEvents(out, t.Events, t.Matched, width)
		if back := r.next(i); back != nil {
			fmt.Fprintf(out, "%s  %s after %s\n", stamp(back.Time), back.New, lasting(back.Time.Sub(t.Time)))
		}
	}
	if others > 0 {
		fmt.Fprintf(out, "\nnot shown: %s between OK and INSUFFICIENT_DATA, which -o table has\n", counted(others, "change"))
	}
	slices.SortStableFunc(r.Tallies, func(a, b *Tally) int {
		return cmp.Or(cmp.Compare(a.Rule.rank(), b.Rule.rank()), a.First.Compare(b.First))
	})
	for i, t := range r.Tallies {
		if i == 0 {
			fmt.Fprint(out, "\nRules, by the events that they match\n")
		}
		text := where(t.Rule.Name, t.Account, t.Region)
		if t.Rule.Level != "" {
			text += " (" + t.Rule.Level + ")"
		}
		if group := t.Rule.grouped(t.Group); group != "" {
			text += " " + group
		}
		number := fmt.Sprintf("%d x", t.Matched)
		if t.Rule.correlation != nil {
			number = counted(int(t.Matched), "event") + ":"
		}
		fmt.Fprintf(out, "\n%s to %s  %s %s\n", stamp(t.First), stamp(t.Last), number, query.Escape(text))
		writeEvents(out, t.Events, t.Matched, width)
	}
	return out.Flush()
}

// next is the change of the same alarm that follows on the one at i; nil for none.
func (r *Replay) next(i int) *Transition {
	t := r.Transitions[i]
	for _, later := range r.Transitions[i+1:] {
		if later.Alarm == t.Alarm && later.Account == t.Account && later.Region == t.Region {
			return later
		}
	}
	return nil
}

// lasting writes a number of minutes: 5m, 2h, 1h30m.
func lasting(d time.Duration) string {
	text := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// where names an alarm in a place.
func where(name, account, region string) string {
	text := name
	for _, part := range []string{account, region} {
		if part != "" {
			text += " " + part
		}
	}
	return strings.TrimPrefix(text, " ")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// lanes are those of the alarms that went off, in order of their first time.
func (r *Replay) lanes(last time.Time) []*lane {
	var all []*lane
	known := map[string]*lane{}
	for _, t := range r.Transitions {
		if t.New != InAlarm && t.Old != InAlarm {
			continue
		}
		id := key(t.Alarm.Name, t.Account, t.Region)
		l := known[id]
		if l == nil {
			l = &lane{name: query.Escape(t.Alarm.Name), place: query.Escape(where("", t.Account, t.Region))}
			known[id] = l
			all = append(all, l)
		}
		switch {
		case t.New == InAlarm:
			l.spells = append(l.spells, spell{from: t.Time, to: last})
			l.open = true
		case l.open:
			l.spells[len(l.spells)-1].to = t.Time
			l.open = false
		default: // it was so from the beginning
			l.spells = append(l.spells, spell{to: t.Time})
		}
	}
	return all
}

// writeLanes draws the spells of each lane: a block where there is one, however short.
func writeLanes(out *bufio.Writer, lanes []*lane, first, last time.Time, width int) {
	names, places := 0, 0
	for _, l := range lanes {
		names, places = max(names, len([]rune(l.name))), max(places, len([]rune(l.place)))
		for _, s := range l.spells { // an alarm goes back later than its last event
			if s.to.After(last) {
				last = s.to
			}
		}
	}
	names = min(names, maxNameWidth, max(width/2-places, minNameWidth))
	left := names + len("  ")
	if places > 0 {
		left += places + len("  ")
	}
	columns := max(width-left-len("  99999 x"), 10)
	step := max(last.Sub(first)/time.Duration(columns)+1, time.Second)
	begin, end := stamp(first), stamp(last)
	if room := columns - len(begin) - len(end); room > 0 {
		fmt.Fprintf(out, "%*s%s%*s%s\n", left, "", begin, room, "", end)
	} else {
		fmt.Fprintf(out, "%s to %s\n", begin, end)
	}
	for _, l := range lanes {
		bar := []rune(strings.Repeat("·", columns))
		for _, s := range l.spells {
			from := max(int(s.from.Sub(first)/step), 0)
			to := min(int(s.to.Add(-time.Nanosecond).Sub(first)/step), columns-1)
			for i := min(from, columns-1); i <= to; i++ {
				bar[i] = '█'
			}
		}
		line := fill(l.name, names) + "  "
		if places > 0 {
			line += fill(l.place, places) + "  "
		}
		fmt.Fprintf(out, "%s%s  %d x\n", line, string(bar), len(l.spells))
	}
}

// fill cuts or pads text to a width.
func fill(text string, width int) string {
	runes := []rune(text)
	if len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text + strings.Repeat(" ", width-len(runes))
}

// writeText writes text in lines of a width, indented.
func writeText(out *bufio.Writer, text string, width int) {
	line := "   "
	for word := range strings.FieldsSeq(query.Escape(text)) {
		if len(line) > 3 && len(line)+1+len(word) > width {
			fmt.Fprintln(out, line)
			line = "   "
		}
		line += " " + word
	}
	fmt.Fprintln(out, line)
}

// writeEvents writes events, a line each, and how many more there are.
func writeEvents(out *bufio.Writer, events []Event, matched int64, width int) {
	for _, e := range events {
		line := fmt.Sprintf("      %s  %s", stamp(e.Time), e.Name)
		for _, more := range []string{e.Actor, e.SourceIP, e.ErrorCode, e.ID} {
			if more != "" {
				line += "  " + more
			}
		}
		fmt.Fprintln(out, trimmed(query.Escape(line), width))
	}
	if more := matched - int64(len(events)); more > 0 && len(events) > 0 {
		fmt.Fprintf(out, "      and %d more\n", more)
	}
}
