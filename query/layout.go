package query

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rivo/uniseg"
)

const (
	// The narrowest that a column of text becomes, in columns of the terminal, if it is
	// wider: less would break words that tell rows apart.
	minColumnWidth = 20

	// On how many lines a cell goes on before the middle of it is left out: 1 MB that a
	// caller wrote into a name must not push the rest off the screen.
	maxCellLines  = 6
	maxBlockLines = 24
)

// A layout is how a table fits a terminal. What is not needed to tell rows apart goes
// first, and only as far as there is need:
//
//   - columns without a value, and those with the same in all rows, are said once, above;
//   - a day is said once: above, or where it changes;
//   - of an ARN stays what names the resource, and of an eventSource the service, as long as
//     no two become one;
//   - columns that are [Screen.Aside] are left out, and named;
//   - what is longer than its column goes on below, in that column;
//   - columns that have no room at all stand below the row, value behind name; what most
//     rows have is said above then, and below are the others.
//
// One row alone is vertical: a line for each column.
type layout struct {
	fits     bool // cells go on within their columns
	vertical bool
	names    int      // the width of names in the vertical form
	below    bool     // some columns are below the line
	head     []string // lines above the table
	leftOut  []string // columns
}

// place says where the values of a column stand.
type place int

const (
	inLine place = iota
	belowLine
	inHead
)

// timeForm is how the times of a column are written.
type timeForm int

const (
	timeWhole    timeForm = iota
	timeUnderDay          // the day is on a line of its own, or in the head
	timeOfYear            // the year is in the head
)

// arnForm is what of an ARN, or of an event source, is written.
type arnForm int

const (
	arnWhole    arnForm = iota
	arnResource         // arn:…:role/service/reader
	arnName             // …/reader
	eventSource         // s3 of s3.amazonaws.com
)

// fit settles the layout by the rows that are held.
func (t *tableWriter) fit(more bool) {
	t.measure()
	switch width := t.screen.Width; {
	case t.screen.Vertical, width > 0 && !t.screen.Wide && len(t.held) == 1 && !more && t.used() > width:
		t.fitBlocks()
		return
	case width <= 0 || t.screen.Wide:
		for i := range t.columns {
			t.columns[i].width = min(t.columns[i].width, maxAlignedWidth)
		}
		return
	}
	t.layout.fits = true
	if t.used() > t.screen.Width {
		var same, empty []string
		if !more && len(t.held) > 1 {
			same, empty = t.sayOnce()
		}
		days := t.sayDays(more)
		t.measure()
		if t.used() > t.screen.Width {
			t.shorten()
			t.measure()
			t.narrowNames()
			t.leaveOut()
			if !more {
				t.findMost()
			}
			t.moveBelow()
		}
		if len(empty) > 0 {
			empty = []string{"nothing in " + strings.Join(empty, " or ")}
		}
		t.writeHead("all rows:", slices.Concat(days, same, empty))
		t.writeHead("unless a row says otherwise:", t.sayMost())
		t.writeHead("no room for:", t.layout.leftOut)
	}
	spare := t.narrow()
	if more {
		t.widen(spare)
	}
}

// measure finds the widths of the columns as they are.
func (t *tableWriter) measure() {
	for i := range t.columns {
		column := &t.columns[i]
		column.width, column.whole = column.name.width, 0
		for _, cells := range t.held {
			c := cells[i]
			column.width = max(column.width, c.width)
			if c.whole {
				column.whole = max(column.whole, c.width)
			}
		}
	}
}

// used is how wide the table is, as it is.
func (t *tableWriter) used() int {
	sum := -len(gap)
	for _, c := range t.columns {
		if c.place == inLine {
			sum += len(gap) + c.width
		}
	}
	return sum
}

// sayOnce moves columns that say the same of all rows to the head, and returns what they
// say, and which say nothing.
func (t *tableWriter) sayOnce() (same, empty []string) {
	left := len(t.columns)
	for i := range t.columns {
		column := &t.columns[i]
		first := t.held[0][i]
		if left == 1 || slices.ContainsFunc(t.held, func(cells []tableCell) bool { return cells[i].text != first.text }) {
			continue
		}
		column.place = inHead
		left--
		if first.text == "" {
			empty = append(empty, column.name.text)
		} else {
			same = append(same, column.name.text+" "+first.quoted().middle(maxAlignedWidth).text)
		}
	}
	return same, empty
}

// sayDays takes out of times what all of them have in common: the day, else the year; or
// the first column's days stand once each, where it is in order. It returns what they have in
// common.
func (t *tableWriter) sayDays(more bool) (said []string) {
	of := map[string][]string{} // columns by what they share
	var order []string
	share := func(what, name string) {
		if of[what] == nil {
			order = append(order, what)
		}
		of[what] = append(of[what], name)
	}
	times := 0
	for i := range t.columns {
		column := &t.columns[i]
		days, changes, isTime := t.days(i)
		if column.place != inLine || !isTime {
			continue
		}
		times++
		switch {
		case i == 0 && (more || len(days) > 1) && 2*changes <= len(t.held):
			column.times = timeUnderDay
		case more:
		case len(days) == 1:
			column.times = timeUnderDay
			t.day = days[0] // is not to be written
			share(days[0], column.name.text)
		case len(yearsOf(days)) == 1:
			column.times = timeOfYear
			share(yearsOf(days)[0], column.name.text)
		}
		for _, cells := range t.held {
			cells[i] = cells[i].as(column.times)
		}
	}
	for _, what := range order {
		if len(of[what]) == times {
			said = append(said, "times "+what)
		} else {
			said = append(said, strings.Join(of[what], " and ")+" "+what)
		}
	}
	return said
}

// days are the days of a column in order, how often they change from row to row, and
// whether all of its values are times.
func (t *tableWriter) days(i int) (days []string, changes int, isTime bool) {
	last := ""
	for _, cells := range t.held {
		c := cells[i]
		switch {
		case c.text == "" && i > 0:
			continue
		case c.time.IsZero():
			return nil, 0, false
		}
		if day := c.day(); day != last {
			changes++
			last = day
			days = append(days, day)
		}
	}
	slices.Sort(days)
	return slices.Compact(days), changes, len(days) > 0
}

// yearsOf are the years of days, with what stands behind the days.
func yearsOf(days []string) []string {
	var years []string
	for _, day := range days {
		_, zone, _ := strings.Cut(day, " ")
		year, _, _ := strings.Cut(day, "-")
		years = append(years, year+" "+zone)
	}
	slices.Sort(years)
	return slices.Compact(years)
}

// writeHead makes a paragraph above the table.
func (t *tableWriter) writeHead(begin string, parts []string) {
	if len(parts) == 0 {
		return
	}
	line, used := begin, len(begin)
	for n, part := range parts {
		if n < len(parts)-1 {
			part += ","
		}
		c := tableCell{text: part, width: displayWidth(part)}
		if used+1+c.width > t.screen.Width && (n > 0 || c.width <= t.screen.Width-4) {
			t.layout.head = append(t.layout.head, line)
			line, used = "   ", 3
		}
		line, used = line+" ", used+1
		for m, c := range c.wrapFrom(t.screen.Width-used, t.screen.Width-4, maxCellLines) {
			if m > 0 {
				t.layout.head = append(t.layout.head, line)
				line, used = "    ", 4
			}
			line += c.text
			used += c.width
		}
	}
	t.layout.head = append(t.layout.head, line)
}

// leaveOut leaves out the columns that are aside, if there is no room for all.
func (t *tableWriter) leaveOut() {
	if t.used() <= t.screen.Width {
		return
	}
	for i := range t.columns {
		if c := &t.columns[i]; c.place == inLine && slices.Contains(t.screen.Aside, c.name.text) {
			c.place = inHead
			t.layout.leftOut = append(t.layout.leftOut, c.name.text)
		}
	}
}

// shorten writes less of the ARNs of columns that are wide, and of event sources, as little
// as tells them apart.
func (t *tableWriter) shorten() {
	for i := range t.columns {
		column := &t.columns[i]
		if column.place != inLine || column.width <= minColumnWidth && column.name.text != "eventSource" {
			continue
		}
		forms := []arnForm{arnName, arnResource}
		if column.name.text == "eventSource" {
			forms = []arnForm{eventSource}
		}
		for _, form := range forms {
			was := map[string]string{} // by what is left of it
			isClear := true
			for _, cells := range t.held {
				short := cells[i].shorten(form).text
				other, ok := was[short]
				if ok && other != cells[i].text && strings.Contains(other, "arn:") && strings.Contains(cells[i].text, "arn:") {
					isClear = false
					break
				}
				if !strings.Contains(other, "arn:") {
					was[short] = cells[i].text
				}
			}
			if isClear {
				column.arns = form
				for _, cells := range t.held {
					cells[i] = cells[i].shorten(form)
				}
				break
			}
		}
	}
}

// narrowNames lets names that are wider than all their values go on below themselves.
func (t *tableWriter) narrowNames() {
	for i := range t.columns {
		column := &t.columns[i]
		if column.place != inLine {
			continue
		}
		column.width = 0
		for _, word := range nameWords(column.name.text) {
			column.width = max(column.width, displayWidth(word))
		}
		for _, cells := range t.held {
			column.width = max(column.width, cells[i].width)
		}
	}
}

// moveBelow moves columns below the line, as few as make the table about as short as it
// gets: first those in which most rows say the same, which costs them no line, then from
// the last one on. The first column and the event's name stay.
func (t *tableWriter) moveBelow() {
	first := slices.IndexFunc(t.columns, func(c tableColumn) bool { return c.place == inLine })
	var alike, others []int
	for i := len(t.columns) - 1; i > first; i-- {
		switch c := &t.columns[i]; {
		case c.place != inLine || c.name.text == "eventName":
		case c.most != "":
			alike = append(alike, i)
		default:
			others = append(others, i)
		}
	}
	movable := slices.Concat(alike, others)
	was := slices.Clone(t.columns)
	move := func(n int) {
		copy(t.columns, was)
		for _, i := range movable[:n] {
			t.columns[i].place = belowLine
		}
		t.layout.below = n > 0
	}
	lines, fewest := make([]int, len(movable)+1), math.MaxInt
	for n := range lines {
		move(n)
		if lines[n] = math.MaxInt; n == len(movable) || t.narrowed(minColumnWidth) <= t.room() {
			t.narrow()
			lines[n] = t.lines()
		}
		fewest = min(fewest, lines[n])
	}
	move(slices.IndexFunc(lines, func(n int) bool { return n <= fewest+fewest/8 }))
}

// lines is about how many lines the first rows take, as the table is.
func (t *tableWriter) lines() int {
	sum := 0
	for _, cells := range t.held[:min(len(t.held), 500)] {
		height, below := 1, 0
		for i, c := range cells {
			column := &t.columns[i]
			switch {
			case c.text == "" && column.most == "":
			case column.place == inLine && !c.whole:
				height = max(height, (c.width+column.width-1)/max(column.width, 1))
			case column.place == belowLine && c.text != column.most:
				below += column.name.width + len(": ") + c.width + len(gap)
			}
		}
		room := max(t.screen.Width-4, 1)
		sum += height + (below+room-1)/room
	}
	return max(sum, 1)
}

// findMost finds what most rows have in each column, if so many do that it is worth saying
// once. A time that is no row's own would mislead.
func (t *tableWriter) findMost() {
	if len(t.held) < 4 {
		return
	}
	for i := range t.columns {
		count := map[string]int{}
		most := ""
		for _, cells := range t.held {
			if !cells[i].time.IsZero() {
				most = ""
				break
			}
			text := cells[i].text
			count[text]++
			if count[text] > count[most] {
				most = text
			}
		}
		if 4*count[most] >= 3*len(t.held) {
			t.columns[i].most = most
		}
	}
}

// sayMost returns what most rows have in the columns below the line.
func (t *tableWriter) sayMost() (said []string) {
	for _, column := range t.columns {
		if column.place == belowLine && column.most != "" {
			most := tableCell{text: column.most, width: displayWidth(column.most)}
			said = append(said, column.name.text+" "+most.quoted().middle(maxAlignedWidth).text)
		}
	}
	return said
}

// room is how wide the cells of the columns in the line may be together.
func (t *tableWriter) room() int {
	n := 0
	for _, c := range t.columns {
		if c.place == inLine {
			n++
		}
	}
	return t.screen.Width - len(gap)*(n-1)
}

// narrowed is how wide they are where text is no wider than limit.
func (t *tableWriter) narrowed(limit int) (sum int) {
	for _, c := range t.columns {
		if c.place == inLine {
			sum += c.narrowed(limit)
		}
	}
	return sum
}

// narrow narrows the widest columns until those in the line fit side by side. It returns
// how much of the terminal's width is left over.
func (t *tableWriter) narrow() (spare int) {
	limit := max(t.room(), minColumnWidth)
	for limit > minColumnWidth && t.narrowed(limit) > t.room() {
		limit--
	}
	spare = t.room() - t.narrowed(limit)
	for i := range t.columns {
		c := &t.columns[i]
		if c.place != inLine {
			continue
		}
		width := c.narrowed(limit)
		if width < c.width && spare > 0 { // too little for all of those
			width++
			spare--
		}
		if spare < 0 { // one column alone, and no room for it
			width = min(width, max(t.screen.Width, 1))
		}
		c.width = width
	}
	return max(spare, 0)
}

// narrowed is how wide the column is where text is no wider than limit.
func (c *tableColumn) narrowed(limit int) int {
	if c.name.text == "eventName" { // part of one is another one
		return min(c.width, 3*minColumnWidth)
	}
	return max(min(c.width, limit), c.whole)
}

// widen spreads what room is left over the columns of text, and those that only had
// NULLs: the rows to come were not measured.
func (t *tableWriter) widen(spare int) {
	var wider []int
	for i, c := range t.columns {
		if c.place == inLine && (c.others && c.whole == 0 || !c.numbers && !c.others) {
			wider = append(wider, i)
		}
	}
	for n, i := range wider {
		share := spare / (len(wider) - n)
		t.columns[i].width += share
		spare -= share
	}
}

// fitBlocks gives the names up to half of the width, the values the rest.
func (t *tableWriter) fitBlocks() {
	t.layout.vertical = true
	for _, c := range t.columns {
		t.layout.names = max(t.layout.names, c.name.width)
	}
	if t.screen.Width > 0 {
		t.layout.names = min(t.layout.names, max((t.screen.Width-len(gap))/2, 8))
	}
}

// as is a time in a form.
func (c tableCell) as(form timeForm) tableCell {
	if c.time.IsZero() {
		return c
	}
	switch form {
	case timeUnderDay:
		c.text = c.time.Format("15:04:05.999999999")
	case timeOfYear:
		c.text = c.time.Format("01-02 15:04:05.999999999")
	default:
		c.text = c.time.Format("2006-01-02T15:04:05.999999999" + cmp.Or(offset(c.time), "Z"))
	}
	c.width = displayWidth(c.text)
	return c
}

// day is the day of a time and whose day it is.
func (c tableCell) day() string {
	if c.time.IsZero() {
		return ""
	}
	return c.time.Format("2006-01-02 ") + cmp.Or(c.time.Format(offset(c.time)), "UTC")
}

// offset is the layout of a time's offset, "" for UTC.
func offset(t time.Time) string {
	if t.Location() == time.UTC {
		return ""
	}
	return "-07:00"
}

// anARN has in its groups what is left out of one, and what stays: the whole resource, or
// its name.
var anARN = regexp.MustCompile(`\barn:([a-z-]*:[a-z0-9.-]*:[a-z0-9-]*:[0-9a-z]*):([^\s,"]*)`)

// shorten writes less of the ARNs in a cell.
func (c tableCell) shorten(form arnForm) tableCell {
	if form == arnWhole || c.whole {
		return c
	}
	if service, ok := strings.CutSuffix(c.text, ".amazonaws.com"); ok && form == eventSource && !strings.Contains(service, " ") {
		return tableCell{text: service, width: displayWidth(service)}
	}
	if form == eventSource || !strings.Contains(c.text, "arn:") {
		return c
	}
	c.text = anARN.ReplaceAllStringFunc(c.text, func(arn string) string {
		resource := anARN.FindStringSubmatch(arn)[2]
		if form == arnResource {
			return "arn:…:" + resource
		}
		end := strings.LastIndexAny(strings.TrimRight(resource, "/:*"), "/:")
		if end < 0 {
			return "…:" + resource
		}
		return "…" + resource[end:]
	})
	if form == arnName {
		c.text = withoutTwins(c.text)
	}
	c.width = displayWidth(c.text)
	return c
}

// withoutTwins leaves out the shortened ARNs of what a list has the name of as well.
func withoutTwins(list string) string {
	words := strings.Split(list, " ")
	named := map[string]bool{}
	for _, word := range words {
		named[strings.TrimSuffix(word, ",")] = true
	}
	words = slices.DeleteFunc(words, func(word string) bool {
		name, isShort := strings.CutPrefix(strings.TrimSuffix(word, ","), "…")
		return isShort && len(name) > 1 && named[name[1:]]
	})
	return strings.TrimSuffix(strings.Join(words, " "), ",")
}

// middle leaves out the middle of what is wider than a width.
func (c tableCell) middle(width int) tableCell {
	if c.width <= width {
		return c
	}
	kept, used := c.prefix(width * 2 / 3)
	rest := tableCell{text: c.text[kept:]}
	skip := c.width - width + 1
	dropped, gone := rest.prefix(skip)
	for gone < skip && dropped < len(rest.text) { // half of a wide character
		_, after, w, _ := uniseg.FirstGraphemeClusterInString(rest.text[dropped:], -1)
		dropped, gone = len(rest.text)-len(after), gone+w
	}
	text := c.text[:kept] + "…" + rest.text[dropped:]
	return tableCell{text: text, width: used + 1 + displayWidth(rest.text[dropped:])}
}

// quoted is a cell that stands among others of its line: it cannot look like one of them.
func (c tableCell) quoted() tableCell {
	if !c.whole && !c.json && strings.ContainsAny(c.text, " \"") {
		c.text = `"` + strings.ReplaceAll(c.text, `"`, `\"`) + `"`
		c.width = displayWidth(c.text)
	}
	return c
}

// wrap breaks a cell into lines of a width, at most so many; the middle of what is longer
// is left out.
func (c tableCell) wrap(width, lines int) []tableCell { return c.wrapFrom(width, width, lines) }

// wrapFrom is wrap, with another width for the first line.
func (c tableCell) wrapFrom(first, width, lines int) []tableCell {
	first, width = max(first, 2), max(width, 2) // a wide character has to fit
	if c.width <= first {
		return []tableCell{c}
	}
	// Lines end before they are full where words do.
	c = c.middle(first + (lines-1)*width*3/4)
	var parts []tableCell
	for room := first; c.text != ""; room = width {
		if c.width <= room {
			return append(parts, c)
		}
		n, _ := c.prefix(room)
		if n == 0 { // one character, and it is wider
			n = len(c.text)
		}
		if end := wordEnd(c.text[:n], c.text[n:]); end > n/2 || end > 0 && len(parts) == 0 && first < width {
			n = end
		}
		part := strings.TrimRight(c.text[:n], " ")
		parts = append(parts, tableCell{text: part, width: displayWidth(part)})
		c.text = strings.TrimLeft(c.text[n:], " ")
		c.width = displayWidth(c.text)
	}
	return parts
}

// wordEnd is where a line that has room for text and not for rest may end: behind its last
// space or, where that would leave much of the line empty, another sign between words; 0
// for nowhere.
func wordEnd(text, rest string) int {
	if strings.HasPrefix(rest, " ") {
		return len(text)
	}
	if end := strings.LastIndexByte(text, ' ') + 1; end > len(text)/2 {
		return end
	}
	return strings.LastIndexAny(text, " /:,;&-._") + 1
}

// Wrap breaks a line of words into lines of a width, those after the first with an indent.
func Wrap(line string, width int) []string {
	const indent = "  "
	var lines []string
	c := tableCell{text: line, width: displayWidth(line)}
	for n, part := range c.wrapFrom(width, width-len(indent), 50) {
		if n > 0 {
			part.text = indent + part.text
		}
		lines = append(lines, part.text)
	}
	return lines
}

// nameWords are the words of a column's name: first, Event, Time.
func nameWords(name string) []string { return aWord.FindAllString(name, -1) }

var aWord = regexp.MustCompile(`[^a-z]*[a-z]*[^A-Za-z]*`)

// wrapName breaks a column's name into lines of a width, where its words end if it has room
// for each.
func (c tableCell) wrapName(width int) []tableCell {
	var lines []tableCell
	line := tableCell{}
	for _, word := range nameWords(c.text) {
		w := displayWidth(word)
		if line.width > 0 && line.width+w > width {
			lines = append(lines, line)
			line = tableCell{}
		}
		line = tableCell{text: line.text + word, width: line.width + w}
	}
	var cut []tableCell
	for _, line := range append(lines, line) {
		cut = append(cut, line.wrap(width, maxCellLines)...)
	}
	return cut[:min(len(cut), maxCellLines)]
}

// A style is what a terminal is told before text, "" for nothing.
type style string

const (
	styleNone    style = ""
	styleFailure style = "\x1b[31m" // red
	styleWrite   style = "\x1b[33m" // yellow
	styleEnd           = "\x1b[0m"
)

func (c *tableColumn) appendPainted(line []byte, text, value string) []byte {
	if c.paint == nil || text == "" {
		return append(line, text...)
	}
	painted := c.paint(value)
	if painted == styleNone {
		return append(line, text...)
	}
	return fmt.Appendf(line, "%s%s%s", painted, text, styleEnd)
}

// reads are what the names of calls that change nothing begin with.
var reads = regexp.MustCompile(`^(Describe|List|Get|Head|Lookup|BatchGet|Batch(Check|Describe)|Search|Query|Scan|Select|Check|Validate|Test|Simulate|Preview|Estimate|Discover|Filter|View|Read)`)

// paintOf is how the values of a column are painted: errors, findings and the names of
// calls that change something.
func paintOf(name string) func(string) style {
	switch name {
	case "error", "errorCode", "errorMessage":
		return func(text string) style { return when(text != "", styleFailure) }
	case "errors", "denied", "failed", "failures":
		return func(text string) style { return when(text != "" && text != "0", styleFailure) }
	case "outcome":
		return func(text string) style { return when(text != "Success", styleFailure) }
	case "level", "severity", "kind", "status", "verdict":
		return paintWeight
	case "eventName":
		return func(text string) style { return when(!reads.MatchString(text), styleWrite) }
	}
	return nil
}

// paintWeight paints words for what deserves a look.
func paintWeight(text string) style {
	switch text {
	case "critical", "high", "corrupt", "partial", "absent", "refused", "ALARM":
		return styleFailure
	case "medium", "skipped", "aside":
		return styleWrite
	}
	return styleNone
}

func when(yes bool, s style) style {
	if yes {
		return s
	}
	return styleNone
}
