package page

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// Lanes are a picture of when several things happened, each in a line of its own.
type Lanes struct {
	Width, Height, Left int // from Left on there is the time, before it the names
	Label, Red, Amber   string
	Rows                []Lane
	Ticks               []Tick
	More                string
}

// A Lane is one of the lines.
type Lane struct {
	Name, Y, TextY string
	Marks          []LaneMark
}

// A LaneMark is a time in a lane. Its Class says its colour.
type LaneMark struct{ X, W, Y, H, Class, Title string }

const (
	// LaneLeft is the room for names.
	LaneLeft = 320
	maxLanes = 40
	// maxLaneName is how many characters a name has room for.
	maxLaneName = 50
)

// A laneChart draws the rows of a replay: for each alarm when it went off, and for each rule
// when it matched.
type laneChart struct {
	at, rule, kind, state int
	lanes                 map[string]*laneTally
}

type laneTally struct {
	name, class string
	tally       tally
}

func newLaneChart(columns []schema.ResultColumn) *laneChart {
	find := func(name string) int {
		return slices.IndexFunc(columns, func(c schema.ResultColumn) bool { return c.Name == name })
	}
	return &laneChart{at: find("time"), rule: find("rule"), kind: find("kind"), state: find("state"), lanes: map[string]*laneTally{}}
}

func (c *laneChart) add(row []any) {
	if c.at < 0 || c.rule < 0 {
		return
	}
	at, ok := row[c.at].(time.Time)
	if state := query.Text(row[c.state]); !ok || state != "" && state != "ALARM" {
		return
	}
	name, class := query.Text(row[c.rule]), "writes"
	if query.Text(row[c.kind]) == "alarm" {
		class = "errors"
	}
	l := c.lanes[class+name]
	if l == nil {
		l = &laneTally{name: name, class: class}
		c.lanes[class+name] = l
	}
	l.tally.add(at, 1, 0, 0)
}

// before puts in order by what came first, and by name.
func (l *laneTally) before(other *laneTally) int {
	a, _ := l.tally.span()
	b, _ := other.tally.span()
	return cmp.Or(cmp.Compare(a, b), cmp.Compare(l.name, other.name), cmp.Compare(l.class, other.class))
}

// draw draws the lanes in the order of what came first.
func (c *laneChart) draw() *Lanes {
	var all []*laneTally
	width, first, last := 0, int64(0), int64(0)
	for _, l := range c.lanes {
		if len(l.tally.at) > 0 {
			all, width = append(all, l), max(width, l.tally.width)
		}
	}
	if len(all) == 0 {
		return nil
	}
	for {
		for i, l := range all {
			l.tally.widenTo(width)
			from, until := l.tally.span()
			if i == 0 || from < first {
				first = from
			}
			last = max(last, until)
		}
		if (last-first)/tallySteps[width] < maxDrawnSteps || width == len(tallySteps)-1 {
			break
		}
		width, last = width+1, 0
	}
	slices.SortFunc(all, (*laneTally).before)
	l := &Lanes{Width: HeatWidth, Left: LaneLeft, Red: "an alarm goes off", Amber: "a rule matches"}
	l.Label = fmt.Sprintf("%s that found something, from %s to %s", query.Plural(int64(len(all)), "rule and alarm"), Stamp(time.Unix(first, 0)), Stamp(time.Unix(last, 0)))
	if more := len(all) - maxLanes; more > 0 {
		l.More, all = fmt.Sprintf("and %d more, in the table", more), all[:maxLanes]
	}
	x := func(at int64) float64 { return LaneLeft + float64(at-first)/float64(last-first)*(HeatWidth-LaneLeft) }
	for i, one := range all {
		top := i * HeatRowHeight
		row := Lane{Name: middle(Show(one.name), maxLaneName), Y: coordinate(float64(top) + HeatRowHeight/2), TextY: fmt.Sprint(top + HeatRowHeight - 5)}
		steps, _ := one.tally.steps()
		for _, s := range steps {
			if s.Events == 0 {
				continue
			}
			from := s.Start.Unix()
			row.Marks = append(row.Marks, LaneMark{
				X: coordinate(x(from)), W: coordinate(max(x(from+tallySteps[width])-x(from)-1, 2)), Y: fmt.Sprint(top + 3), H: fmt.Sprint(HeatRowHeight - 6), Class: one.class,
				Title: Show(fmt.Sprintf("%s: %s in %s from %s on", one.name, query.Plural(s.Events, "row"), Lasting(time.Duration(tallySteps[width])*time.Second), Stamp(s.Start))),
			})
		}
		l.Rows = append(l.Rows, row)
	}
	l.Height = len(all)*HeatRowHeight + 18
	const ticks = 5
	for i := range int64(ticks) {
		at := first + (last-first)*i/ticks
		l.Ticks = append(l.Ticks, Tick{X: coordinate(x(at)), Y: fmt.Sprint(l.Height - 5), Text: time.Unix(at, 0).UTC().Format("2006-01-02 15:04")})
	}
	return l
}
