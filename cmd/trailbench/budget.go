package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A trial is a process that is run again and again.
type trial struct {
	Name    string   `json:"name"`
	Samples []sample `json:"samples"`
}

// A spread is the middle of several numbers, and their ends.
type spread struct {
	Median  float64 `json:"median"`
	Lowest  float64 `json:"lowest"`
	Highest float64 `json:"highest"`
}

func spreadOf(numbers []float64) spread {
	sorted := slices.Sorted(slices.Values(numbers))
	n := len(sorted)
	if n == 0 {
		return spread{}
	}
	return spread{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Lowest: sorted[0], Highest: sorted[n-1]}
}

func (t *trial) of(number func(sample) float64) spread {
	var numbers []float64
	for _, s := range t.Samples {
		numbers = append(numbers, number(s))
	}
	return spreadOf(numbers)
}

func (t *trial) seconds() spread { return t.of(func(s sample) float64 { return s.Seconds }) }
func (t *trial) cpu() spread     { return t.of(func(s sample) float64 { return s.CPUSeconds }) }
func (t *trial) peak() spread    { return t.of(func(s sample) float64 { return float64(s.PeakBytes) }) }

// A unit is what a number counts.
type unit string

const (
	times   unit = "x"
	seconds unit = "s"
	memory  unit = "B"
)

func (u unit) format(number float64) string {
	switch {
	case u == memory && number >= 10<<20:
		return fmt.Sprintf("%.0f MiB", number/(1<<20))
	case u == memory:
		return fmt.Sprintf("%.1f MiB", number/(1<<20))
	case u == times && number >= 9.95:
		return fmt.Sprintf("%.1fx", number)
	case u == times:
		return fmt.Sprintf("%.2fx", number)
	case number >= 9.995:
		return fmt.Sprintf("%.1f s", number)
	}
	return fmt.Sprintf("%.2f s", number)
}

// A budget is what a number has to reach, and what it should.
type budget struct {
	Must    float64 `json:"must"`
	Aim     float64 `json:"aim"`
	AtLeast bool    `json:"at_least"` // else at most
	Unit    unit    `json:"unit"`
}

func (b *budget) meets(number, limit float64) bool {
	if b.AtLeast {
		return number >= limit
	}
	return number <= limit
}

func (b *budget) format(limit float64) string {
	text := strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%.2f", limit), "0"), "0")
	text = strings.TrimSuffix(text, ".") + string(b.Unit)
	switch {
	case b.Unit == memory && limit >= 1<<30:
		text = fmt.Sprintf("%.0f GiB", limit/(1<<30))
	case b.Unit == memory:
		text = b.Unit.format(limit)
	case b.Unit == seconds:
		text = strings.TrimSuffix(text, "s") + " s"
	}
	if b.AtLeast {
		return ">=" + text
	}
	return text
}

// A row is one line of the table: a number, and whether it is within its budget.
type row struct {
	What   string  `json:"what"`        // a name, or A / B
	A      *spread `json:"a,omitempty"` // in Unit
	B      *spread `json:"b,omitempty"`
	Unit   unit    `json:"unit,omitempty"`
	Number float64 `json:"number"`
	Budget budget  `json:"budget"`
	Met    string  `json:"met"` // ok, short, or absent, and then there is no number
}

const absent = "absent" // a rival that is not installed; a note says what to do

// ratioRow is the quotient of two medians.
func ratioRow(what string, a, b spread, unit unit, limits budget) row {
	r := row{What: what, A: &a, B: &b, Unit: unit, Budget: limits}
	if b.Median > 0 {
		r.Number = a.Median / b.Median
	}
	return r.judged()
}

// numberRow is a number by itself.
func numberRow(what string, number float64, b budget) row {
	return row{What: what, Number: number, Budget: b}.judged()
}

func (r row) judged() row {
	r.Met = "short"
	if r.Budget.meets(r.Number, r.Budget.Must) {
		r.Met = "ok"
	}
	return r
}

// A result is what came out for one archive.
type result struct {
	Archive archiveFacts `json:"archive"`
	Rows    []row        `json:"rows"`
	Trials  []*trial     `json:"processes"`
	Notes   []string     `json:"notes"`
}

// write prints the result for people: the budget, then the processes behind it.
func (r *result) write(w io.Writer) {
	fmt.Fprintln(w, wrap(r.Archive.String()))
	lines := [][]string{{"A / B", "A", "B", "is", "must", "aim", ""}}
	for _, row := range r.Rows {
		line := []string{row.What, "", "", row.Budget.Unit.format(row.Number), row.Budget.format(row.Budget.Must), row.Budget.format(row.Budget.Aim), row.Met}
		switch {
		case row.Met == absent:
			line = []string{row.What, "", "", "", "", "", row.Met}
		case row.A != nil:
			line[1], line[2] = row.Unit.format(row.A.Median), row.Unit.format(row.B.Median)
		}
		lines = append(lines, line)
	}
	writeColumns(w, lines)

	lines = [][]string{{"process", "median", "lowest", "highest", "CPU", "memory"}}
	for _, t := range r.Trials {
		wall := t.seconds()
		lines = append(lines, []string{t.Name, seconds.format(wall.Median), seconds.format(wall.Lowest), seconds.format(wall.Highest),
			seconds.format(t.cpu().Median), memory.format(t.peak().Highest)})
	}
	fmt.Fprintln(w)
	writeColumns(w, lines)
	for _, note := range r.Notes {
		fmt.Fprint(w, "\n", wrap(note))
	}
	fmt.Fprintln(w)
}

// writeColumns lines columns up, the first at the left and the others, which are
// numbers, at the right.
func writeColumns(w io.Writer, lines [][]string) {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, line := range lines {
		text := fmt.Sprintf("%-*s", widths[0], line[0])
		for i, cell := range line[1:] {
			text += fmt.Sprintf("  %*s", widths[i+1], cell)
		}
		fmt.Fprintln(w, strings.TrimRight(text, " "))
	}
}

// wrap breaks a text into lines of 80 columns.
func wrap(text string) string {
	var b strings.Builder
	width := 0
	for _, word := range strings.Fields(text) {
		switch {
		case width > 0 && width+1+len(word) > 80:
			b.WriteByte('\n')
			width = 0
		case width > 0:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String() + "\n"
}

// slowest returns the trial that took longest, by its median.
func slowest(trials []*trial) *trial {
	return slices.MaxFunc(trials, func(a, b *trial) int { return cmp.Compare(a.seconds().Median, b.seconds().Median) })
}
