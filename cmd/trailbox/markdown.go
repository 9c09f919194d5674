package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Help is written in Markdown, so that it reads well in the repository, too, and shown
// on terminals and as a man page. This is as much of Markdown as it needs: headings,
// paragraphs, lists of one level, code, tables, and in their text `code`, **strong**,
// *emphasis*, [links](to.md) and backslashes. An indented paragraph is code as well.

// A blockKind is what a block is.
type blockKind int

const (
	paragraphBlock blockKind = iota
	headingBlock
	itemBlock
	codeBlock
	tableBlock
)

// A block is a part of a text, with nothing of its marks but those within lines.
type block struct {
	kind blockKind
	// text is a heading's, a paragraph's or an item's on one line, and code as it is.
	text   string
	level  int        // of a heading, from 1 on
	marker string     // of an item: "-", or "1." and so on
	rows   [][]string // of a table; the first is its header
}

var (
	headingLine = regexp.MustCompile(`^(#+) +(.*)$`)
	itemLine    = regexp.MustCompile(`^(-|\d+\.) +(.*)$`)
	ruleLine    = regexp.MustCompile(`^\|[-| :]+\|$`)
)

// parseMarkdown takes a text apart.
func parseMarkdown(text string) []block {
	var blocks []block
	lines := strings.Split(text, "\n")
	// take returns the lines at the beginning that are wanted.
	take := func(wanted func(line string) bool) []string {
		n := 0
		for n < len(lines) && wanted(lines[n]) {
			n++
		}
		taken := lines[:n]
		lines = lines[n:]
		return taken
	}
	indented := func(line string) bool { return strings.HasPrefix(line, "  ") }
	for len(lines) > 0 {
		line := lines[0]
		switch {
		case strings.TrimSpace(line) == "":
			lines = lines[1:]
		case strings.HasPrefix(line, "```"):
			lines = lines[1:]
			code := take(func(line string) bool { return line != "```" })
			lines = lines[min(1, len(lines)):]
			blocks = append(blocks, block{kind: codeBlock, text: strings.Join(code, "\n")})
		case indented(line):
			code := take(indented)
			for i := range code {
				code[i] = code[i][2:]
			}
			blocks = append(blocks, block{kind: codeBlock, text: strings.Join(code, "\n")})
		case headingLine.MatchString(line):
			m := headingLine.FindStringSubmatch(line)
			lines = lines[1:]
			blocks = append(blocks, block{kind: headingBlock, level: len(m[1]), text: m[2]})
		case strings.HasPrefix(line, "|"):
			var rows [][]string
			for _, row := range take(func(line string) bool { return strings.HasPrefix(line, "|") }) {
				if !ruleLine.MatchString(row) {
					rows = append(rows, cells(row))
				}
			}
			blocks = append(blocks, block{kind: tableBlock, rows: rows})
		case itemLine.MatchString(line):
			m := itemLine.FindStringSubmatch(line)
			lines = lines[1:]
			rest := take(indented)
			blocks = append(blocks, block{kind: itemBlock, marker: m[1], text: joined(append([]string{m[2]}, rest...))})
		default:
			text := take(func(line string) bool {
				return line != "" && !indented(line) && !strings.HasPrefix(line, "```") && !strings.HasPrefix(line, "|") &&
					!headingLine.MatchString(line) && !itemLine.MatchString(line)
			})
			blocks = append(blocks, block{kind: paragraphBlock, text: joined(text)})
		}
	}
	return blocks
}

// joined is lines as one.
func joined(lines []string) string {
	return strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
}

// cells takes the row of a table apart. A bar that is part of a cell has a backslash.
func cells(row string) []string {
	row = strings.TrimSuffix(strings.TrimPrefix(row, "|"), "|")
	parts := strings.Split(strings.ReplaceAll(row, `\|`, "\x00"), "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(strings.ReplaceAll(parts[i], "\x00", "|"))
	}
	return parts
}

// A span is a piece of a line's text in one style.
type span struct {
	style spanStyle
	text  string
}

type spanStyle int

const (
	plainSpan spanStyle = iota
	codeSpan
	strongSpan
	emphasisSpan
)

// spanMarks are what begins a span that is not plain. Code comes first: what is in it
// is as it stands.
var spanMarks = regexp.MustCompile("`([^`]+)`" + `|\*\*([^*]+)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*|\[([^\]]+)\]\([^)\s]+\)|\\([[:punct:]])`)

// spans takes a line apart.
func spans(text string) []span {
	var all []span
	for text != "" {
		m := spanMarks.FindStringSubmatchIndex(text)
		if m == nil {
			return append(all, span{plainSpan, text})
		}
		if m[0] > 0 {
			all = append(all, span{plainSpan, text[:m[0]]})
		}
		group := func(n int) string { return text[max(m[2*n], 0):max(m[2*n+1], 0)] }
		switch {
		case m[2] >= 0:
			all = append(all, span{codeSpan, group(1)})
		case m[4] >= 0:
			all = append(all, span{strongSpan, plain(group(2))})
		case m[6] >= 0:
			all = append(all, span{emphasisSpan, plain(group(3))})
		case m[8] >= 0:
			all = append(all, spans(group(4))...)
		default:
			all = append(all, span{plainSpan, group(5)})
		}
		text = text[m[1]:]
	}
	return all
}

// plain is a line without its marks.
func plain(text string) string {
	var b strings.Builder
	for _, s := range spans(text) {
		b.WriteString(s.text)
	}
	return b.String()
}

// codeIndent is how far code is indented where there is room for that.
const codeIndent = "  "

// writeMarkdown writes a text for a terminal.
func writeMarkdown(w io.Writer, text string, width int) {
	blocks := parseMarkdown(text)
	for i, b := range blocks {
		if i > 0 && !(b.kind == itemBlock && blocks[i-1].kind == itemBlock) {
			fmt.Fprintln(w)
		}
		switch b.kind {
		case headingBlock:
			for _, line := range wrap(plain(b.text), width) {
				fmt.Fprintln(w, line)
			}
			rule := "-"
			if b.level == 1 {
				rule = "="
			}
			fmt.Fprintln(w, strings.Repeat(rule, min(width, utf8.RuneCountInString(plain(b.text)))))
		case paragraphBlock:
			for _, line := range wrap(plain(b.text), width) {
				fmt.Fprintln(w, line)
			}
		case itemBlock:
			indent := len(b.marker) + 1
			for j, line := range wrap(plain(b.text), width-indent) {
				marker := ""
				if j == 0 {
					marker = b.marker
				}
				fmt.Fprintf(w, "%-*s%s\n", indent, marker, line)
			}
		case codeBlock:
			writeCode(w, b.text, width)
		case tableBlock:
			writeCells(w, b.rows, width)
		}
	}
}

// writeCode writes code as it is, indented if all of it still fits then.
func writeCode(w io.Writer, code string, width int) {
	lines := strings.Split(code, "\n")
	indent := codeIndent
	if slices.ContainsFunc(lines, func(line string) bool { return utf8.RuneCountInString(line)+len(codeIndent) > width }) {
		indent = ""
	}
	for _, line := range lines {
		fmt.Fprintln(w, strings.TrimRight(indent+line, " "))
	}
}

// wrap breaks a line into lines of a width, between its words. A word that is wider is
// broken itself.
func wrap(text string, width int) []string {
	width = max(width, 1)
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n <= width {
			line += " " + word
			used += 1 + n
			continue
		}
		if used > 0 {
			lines = append(lines, line)
		}
		for ; n > width; n -= width {
			cut := len(string([]rune(word)[:width]))
			lines = append(lines, word[:cut])
			word = word[cut:]
		}
		line, used = word, n
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// columnGap is what stands between the columns of a table.
const columnGap = "  "

// writeCells writes a table, whose cells take as many lines as they need.
func writeCells(w io.Writer, rows [][]string, width int) {
	table := make([][]string, len(rows))
	for i, row := range rows {
		for _, cell := range row {
			table[i] = append(table[i], plain(cell))
		}
	}
	widths := fitColumns(table, width)
	write := func(row []string) (lines int) {
		var wrapped [][]string
		for c, cell := range row {
			wrapped = append(wrapped, wrap(cell, widths[c]))
			lines = max(lines, len(wrapped[c]))
		}
		for n := range lines {
			line := ""
			for c := range row {
				text := ""
				if n < len(wrapped[c]) {
					text = wrapped[c][n]
				}
				line += text + strings.Repeat(" ", widths[c]-utf8.RuneCountInString(text)) + columnGap
			}
			fmt.Fprintln(w, strings.TrimRight(line, " "))
		}
		return lines
	}
	write(table[0])
	var rules []string
	for _, n := range widths {
		rules = append(rules, strings.Repeat("-", n))
	}
	fmt.Fprintln(w, strings.Join(rules, columnGap))
	apart := false // a row that takes several lines has empty ones around it
	for i, row := range table[1:] {
		tall := rowLines(row, widths) > 1
		if i > 0 && (apart || tall) {
			fmt.Fprintln(w)
		}
		write(row)
		apart = tall
	}
}

// fitColumns returns how wide the columns of a table become: of its widest cell, and
// where there is no room for that, so that the table is as short as can be.
func fitColumns(rows [][]string, width int) []int {
	widths, longest := make([]int, len(rows[0])), make([]int, len(rows[0]))
	gaps := len(columnGap) * (len(widths) - 1)
	share := max(1, (width-gaps)/len(widths))
	total, least := gaps, gaps
	for c := range widths {
		for _, row := range rows {
			widths[c] = max(widths[c], utf8.RuneCountInString(row[c]))
			for _, word := range strings.Fields(row[c]) {
				longest[c] = max(longest[c], utf8.RuneCountInString(word))
			}
		}
		total += widths[c]
		longest[c] = max(longest[c], min(widths[c], share/2)) // a name of a few words is one, too
		least += longest[c]
	}
	if least > width { // words have to be broken, in columns that take more than their share
		for c := range longest {
			longest[c] = min(longest[c], share)
		}
	}
	height := func() (lines int) {
		for _, row := range rows {
			lines += rowLines(row, widths)
		}
		return lines
	}
	for ; total > width; total-- {
		// The column gives way that costs the fewest lines, of several the widest.
		best, fewest := 0, 0
		for c := range widths {
			if widths[c] <= longest[c] {
				continue
			}
			widths[c]--
			lines := height()
			widths[c]++
			if fewest == 0 || lines < fewest || lines == fewest && widths[c] > widths[best] {
				best, fewest = c, lines
			}
		}
		if fewest == 0 {
			break
		}
		widths[best]--
	}
	return widths
}

// rowLines is how many lines a row takes.
func rowLines(row []string, widths []int) int {
	lines := 0
	for c, cell := range row {
		lines = max(lines, len(wrap(cell, widths[c])))
	}
	return lines
}
