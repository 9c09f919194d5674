package page

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"time"
	"unicode/utf8"

	"trailbox/query"
	"trailbox/schema"
)

const (
	// MaxRows is how many rows of an answer a page has: a browser still opens and sorts so
	// many at once, and nobody reads more. All of them are counted, hashed and drawn.
	MaxRows = 10_000
	// maxText is how many bytes of text these rows may have together. A few records may be
	// as long as 10,000 rows of a report.
	maxText = 8 << 20
	// maxWhole is how many bytes a page has of one value.
	maxWhole = 16 << 10
)

// Rows are the rows of an answer on their way to a page. They implement [query.PageRows].
type Rows struct {
	// Chart is how to draw them: one of [query.Charts], or ChartLanes, or none.
	Chart string
	// Aside are columns that stand below the others where there is no room for all.
	Aside []string
	// Keep says that all columns are asked for: none is said once for all rows.
	Keep bool

	columns []schema.ResultColumn
	rows    [][]Cell
	numbers []Step // of rows: events, writes, errors, where they are drawn as bars
	counted Counted
	first   []string // the values of the first row
	varies  []bool   // by column
	text    int
	cut     bool // some value is not shown whole
	all     int64
	most    int64
	time    *TimeChart
	lanes   *laneChart
	sum     hash.Hash
	csv     *query.RowWriter
}

// ChartLanes is how to draw the rows of a replay.
const ChartLanes = "lanes"

// Begin implements [query.PageRows].
func (r *Rows) Begin(columns []schema.ResultColumn) (err error) {
	*r = Rows{Chart: r.Chart, Aside: r.Aside, Keep: r.Keep, columns: columns, varies: make([]bool, len(columns)), sum: sha256.New(), most: 1}
	r.counted = CountedOf(columns)
	r.time, r.lanes = NewTimeChart(columns), newLaneChart(columns)
	r.csv, err = query.NewRowWriter(r.sum, columns, query.FormatCSV, query.Screen{})
	return err
}

// Row implements [query.PageRows].
func (r *Rows) Row(values []any) error {
	r.all++
	switch r.Chart {
	case "time":
		r.time.Add(values)
	case ChartLanes:
		r.lanes.add(values)
	}
	if r.all == 1 {
		for _, v := range values {
			r.first = append(r.first, query.Text(v))
		}
	}
	if len(r.rows) < MaxRows && r.text < maxText {
		r.keep(values)
	}
	return r.csv.Write(values)
}

// keep keeps a row for the table.
func (r *Rows) keep(values []any) {
	var cells []Cell
	for i, v := range values {
		c := ValueCell(r.columns[i], v)
		if c.Whole != "" {
			r.cut = true
			c.Whole = middle(c.Whole, maxWhole)
		}
		r.varies[i] = r.varies[i] || query.Text(v) != r.first[i]
		r.text += len(c.Text) + len(c.Whole)
		cells = append(cells, c)
	}
	n := r.counted.step(values)
	r.most = max(r.most, n.Events)
	r.rows, r.numbers = append(r.rows, cells), append(r.numbers, n)
}

// End implements [query.PageRows].
func (r *Rows) End(bool) error { return r.csv.End(true) }

// TellsWrites reports whether the rows count writes.
func (r *Rows) TellsWrites() bool { return r.counted.writes >= 0 }

// All is how many rows there were, and Shown how many of them the page has.
func (r *Rows) All() int64   { return r.all }
func (r *Rows) Shown() int64 { return int64(len(r.rows)) }

// SHA256 is the hash of all rows, as CSV.
func (r *Rows) SHA256() string { return hex.EncodeToString(r.sum.Sum(nil)) }

// picture is the picture along the time, if there is one.
func (r *Rows) picture() *Histogram {
	if r.Chart != "time" {
		return nil
	}
	return r.time.Draw(nil)
}

// lineWidth is how many characters stand side by side in a table, on a screen as on paper.
const lineWidth = 150

// barColumn is the name of the column of bars.
const barColumn = "bar"

// table are the rows as a table, and what all of them have in common.
func (r *Rows) table() (t *Table, same []Named) {
	places := r.places()
	t = &Table{Sorts: true}
	bars := -1
	for i, c := range r.columns {
		switch places[i] {
		case above:
			same = append(same, Named{Show(c.Name), r.rows[0][i].Text, r.rows[0][i].Whole})
		case beside:
			if r.isBars(c.Name) {
				bars = i
				t.Columns = append(t.Columns, Column{Name: barColumn})
			} else {
				t.Columns = append(t.Columns, Column{Name: Show(c.Name), Number: r.isNumber(i)})
			}
			if r.Chart == "bars" && c.Name == "events" {
				bars = i
				t.Columns = append(t.Columns, Column{Name: barColumn})
			}
		}
	}
	for n, cells := range r.rows {
		var row Row
		for i, c := range cells {
			switch {
			case places[i] == beside && !r.isBars(r.columns[i].Name):
				row.Cells = append(row.Cells, c)
			case places[i] == below && c.Text != "":
				row.Below = append(row.Below, Named{Show(r.columns[i].Name), c.Text, c.Whole})
			}
			if i == bars {
				row.Cells = append(row.Cells, Cell{Meter: r.counted.meter(r.numbers[n], r.most)})
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, same
}

// isBars says that a column is of bars made of characters, for which a page has its own.
func (r *Rows) isBars(column string) bool { return r.Chart == "time" && column == "chart" }

// A place is where the values of a column stand.
type standing int

const (
	beside standing = iota // the others, in a column
	below                  // in a line below them
	above                  // once, since all rows have the same
)

// places are where the values of the columns stand. A text that all rows have is said once;
// what has no room beside the others stands below them.
func (r *Rows) places() []standing {
	places, widths, wide := make([]standing, len(r.columns)), make([]int, len(r.columns)), 0
	for i, c := range r.columns {
		if !r.Keep && len(r.rows) > 1 && !r.varies[i] && !r.isNumber(i) {
			places[i] = above
			continue
		}
		widths[i] = r.width(i, c.Name)
		wide += widths[i]
	}
	drawn := []int{r.counted.events, r.counted.writes, r.counted.errors}
	move := func(i int) {
		if places[i] == beside && wide > lineWidth && !(r.Chart == "bars" && slices.Contains(drawn, i)) {
			places[i] = below
			wide -= widths[i]
		}
	}
	for i, c := range slices.Backward(r.columns) {
		if slices.Contains(r.Aside, c.Name) {
			move(i)
		}
	}
	for i := len(r.columns) - 1; i > 3; i-- {
		move(i)
	}
	return places
}

// width is how wide a column gets: long values go on in further lines.
func (r *Rows) width(i int, name string) int {
	const most = 30
	width := len(name)
	for _, row := range r.rows {
		if width = max(width, utf8.RuneCountInString(row[i].Text)); width >= most {
			return most + 2
		}
	}
	return width + 2
}

// isNumber reports whether a column is set to the right.
func (r *Rows) isNumber(i int) bool { return IsNumber(r.columns[i].Type) }

// Counted are the columns of an answer that count: events, and of these writes and errors.
type Counted struct{ events, writes, errors int } // -1 for none

// CountedOf are those of an answer.
func CountedOf(columns []schema.ResultColumn) Counted {
	find := func(name string) int {
		return slices.IndexFunc(columns, func(c schema.ResultColumn) bool { return c.Name == name })
	}
	return Counted{find("events"), find("writes"), find("errors")}
}

// step are the counts of a row, 0 for what is not there.
func (c Counted) step(row []any) Step {
	count := func(column int) int64 {
		if column < 0 {
			return 0
		}
		n, _ := row[column].(int64)
		return n
	}
	return Step{Events: count(c.events), Writes: count(c.writes), Errors: count(c.errors)}
}

// Events is how many events a row counts.
func (c Counted) Events(row []any) int64 { return c.step(row).Events }

// Meter is a row as a bar, beside others of which the largest has most events.
func (c Counted) Meter(row []any, most int64) *Meter { return c.meter(c.step(row), most) }

func (c Counted) meter(s Step, most int64) *Meter {
	m := NewMeter(s.Events, s.Writes, s.Errors, most)
	m.Label = query.Plural(s.Events, "event")
	if c.writes >= 0 {
		m.Label += ", " + query.Plural(s.Writes, "write")
	}
	if c.errors >= 0 {
		m.Label += fmt.Sprintf(", %d failed", s.Errors)
	}
	return m
}

// A TimeChart draws rows along their time: those that have a start are steps of it already,
// the others are an event each.
type TimeChart struct {
	start, at, readOnly, failed int // columns, -1 for none
	counted                     Counted
	steps                       []Step
	tally                       tally
}

// NewTimeChart begins a picture of rows with these columns.
func NewTimeChart(columns []schema.ResultColumn) *TimeChart {
	find := func(names ...string) int {
		return slices.IndexFunc(columns, func(c schema.ResultColumn) bool { return slices.Contains(names, c.Name) })
	}
	return &TimeChart{
		start: find("start"), at: find("eventTime"), readOnly: find("readOnly"), failed: find("error", "errorCode"),
		counted: CountedOf(columns),
	}
}

// maxSteps is how many steps a chart may have: the reports have some 130.
const maxSteps = 1000

// Add draws a row.
func (c *TimeChart) Add(row []any) {
	switch {
	case c.start >= 0:
		if start, ok := row[c.start].(time.Time); ok && len(c.steps) < maxSteps {
			step := c.counted.step(row)
			step.Start = start
			c.steps = append(c.steps, step)
		}
	case c.at >= 0:
		at, ok := row[c.at].(time.Time)
		if !ok {
			c.tally.odd++
			return
		}
		var writes, errors int64
		if c.readOnly >= 0 && row[c.readOnly] == false {
			writes = 1
		}
		if c.failed >= 0 && query.Text(row[c.failed]) != "" {
			errors = 1
		}
		c.tally.add(at, 1, writes, errors)
	}
}

// Draw is the picture of the rows so far, nil if none has a time; link is what each step leads to,
// nil for nothing.
func (c *TimeChart) Draw(link func(from, until time.Time) string) *Histogram {
	if c.start >= 0 {
		return DrawSteps(c.steps, link)
	}
	steps, width := c.tally.steps()
	for i := range steps {
		if link != nil {
			steps[i].Href = link(steps[i].Start, steps[i].Start.Add(width))
		}
	}
	h := newHistogram(steps, width, nil, nil, c.readOnly >= 0)
	if h != nil && c.tally.odd > 0 {
		h.Caption += "; it leaves out " + query.Plural(c.tally.odd, "row") + " without a time that can be"
	}
	return h
}

// DrawSteps draws steps of the time in whatever order; link is what each leads to, nil for nothing.
func DrawSteps(steps []Step, link func(from, until time.Time) string) *Histogram {
	if len(steps) == 0 {
		return nil
	}
	slices.SortFunc(steps, func(a, b Step) int { return a.Start.Compare(b.Start) })
	width := time.Minute
	if len(steps) > 1 {
		width = steps[1].Start.Sub(steps[0].Start)
	}
	for i := range steps {
		next := steps[i].Start.Add(width)
		if i+1 < len(steps) { // months differ
			next = steps[i+1].Start
		}
		if link != nil {
			steps[i].Href = link(steps[i].Start, next)
		}
	}
	return NewHistogram(steps, width, nil, nil)
}
