package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"trailbox/query"
)

// Show is text as pages show it: all of it is seen, and nothing in it acts on what is beside it.
func Show(text string) string { return query.Escape(text) }

// maxShown is how many characters of a value a table shows; the whole is told when asked for.
const maxShown = 140

// middle is text of at most so many characters, without its middle if it has more.
func middle(text string, most int) string {
	n := utf8.RuneCountInString(text)
	if n <= most {
		return text
	}
	runes := []rune(text)
	head := most * 2 / 3
	return string(runes[:head]) + "…" + string(runes[n-(most-head-1):])
}

// A Table is one of a page.
type Table struct {
	ID      string
	Columns []Column
	Rows    []Row
	Sorts   bool   // by a click on a column, if the page has the script for that
	More    string // what is not in it, and where that is
}

// Fixed reports whether columns have the widths that they ask for, whatever is in them.
func (t *Table) Fixed() bool {
	return slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Percent > 0 })
}

// A Column is one of a table.
type Column struct {
	Name    string
	Number  bool   // set to the right
	Percent int    // its width, of those that page.css has; 0 for what is left
	Href    string // what sorts the table by it; empty for nothing
	Sorted  string // ascending or descending, if the table is
}

// Class are the classes of its header.
func (c Column) Class() string {
	var classes []string
	if c.Number {
		classes = append(classes, "num")
	}
	if c.Percent > 0 {
		classes = append(classes, fmt.Sprintf("c%d", c.Percent))
	}
	return strings.Join(classes, " ")
}

// A Row is one of a table; with a Gap it has no cells and says what is left out there.
type Row struct {
	ID    string // to be linked to
	Cells []Cell
	Below []Named // values for which there is no room beside the others
	Gap   string
}

// A Named is a value with the name of its column.
type Named struct{ Name, Text, Whole string }

// A Cell is one of a row. [NewCell] makes it.
type Cell struct {
	Text  string
	Whole string // of what is cut
	Class string
	Href  string // of the page, #id, or another page
	Notes []Cell // smaller, below
	Meter *Meter
}

// NewCell returns a cell with text of anybody's making.
func NewCell(text, class string, notes ...Cell) Cell {
	c := Cell{Text: Show(text), Class: class}
	if short := middle(c.Text, maxShown); short != c.Text {
		c.Text, c.Whole = short, c.Text
	}
	for _, n := range notes {
		if n.Text != "" {
			c.Notes = append(c.Notes, n)
		}
	}
	return c
}

// Linked returns the cell as a link to an id of the page.
func (c Cell) Linked(id string) Cell {
	if id != "" {
		c.Href = "#" + id
	}
	return c
}

// A Meter is a number as a bar.
type Meter struct {
	Label               string
	All, Writes, Errors string // widths
}

// meterWidth is that of the full bar.
const meterWidth = 120

// NewMeter returns a meter of events, of which some are writes and some are errors, beside others of
// which the largest has most.
func NewMeter(events, writes, errors, most int64) *Meter {
	width := func(n int64) string {
		if n <= 0 || most <= 0 {
			return "0"
		}
		return coordinate(max(float64(n)/float64(most)*meterWidth, 1))
	}
	return &Meter{
		Label: fmt.Sprintf("%d events, %d writes, %d failed", events, writes, errors),
		All:   width(events), Writes: width(writes), Errors: width(errors),
	}
}

// coordinate writes a number of a picture.
func coordinate(x float64) string { return fmt.Sprintf("%.1f", x) }

// Columns are columns by their names, with a # behind it where one has numbers, and a colon and
// its width where it has a fixed one.
func Columns(names ...string) []Column {
	var all []Column
	for _, name := range names {
		name, width, _ := strings.Cut(name, ":")
		name, number := strings.CutSuffix(name, "#")
		percent, _ := strconv.Atoi(width) // 0 for none
		all = append(all, Column{Name: name, Number: number, Percent: percent})
	}
	return all
}
