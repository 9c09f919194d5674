package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"trailbox/query"
)

// manWidth is how wide tables are on a man page, which indents by 7 columns; what is wider
// is not indented.
const manWidth = 70

// writeMan writes all of the help as one man page.
func writeMan(w io.Writer) {
	fmt.Fprintf(w, ".TH TRAILBOX 1 \"\" %s\n", roffQuoted("trailbox "+version()))
	fmt.Fprint(w, ".nh\n.ad l\n.SH NAME\n") // broken at hyphens or stretched, commands and flags are hard to read
	fmt.Fprintf(w, "trailbox \\- %s\n", roff("AWS CloudTrail log files in one local DuckDB file, and answers from there"))
	fmt.Fprint(w, ".SH SYNOPSIS\n.B trailbox\nCOMMAND [FLAGS] [ARGUMENTS]\n.SH DESCRIPTION\n")
	writeRoff(w, introduction)
	fmt.Fprint(w, ".SH COMMANDS\n")
	for _, c := range commands() {
		if c.hidden {
			continue
		}
		flags, _ := c.flags()
		fmt.Fprintf(w, ".SS %s\n", roffQuoted(c.usage(flags)))
		writeRoff(w, c.summary+"\n\n"+c.about)
		for _, row := range flagTerms(flags) {
			fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roffQuoted(strings.TrimSpace(row[0])), roff(row[1]))
		}
	}
	fmt.Fprint(w, ".SH REPORTS\n")
	for _, r := range query.Reports() {
		why := r.Title + ": " + r.Why
		if r.Limits != "" {
			why += "; limits: " + r.Limits
		}
		fmt.Fprintf(w, ".TP\n.B %s\n%s\n.br\n%s\n", roffQuoted(r.Name), roff(why), roff("Columns: "+strings.Join(r.Columns, ", ")))
	}
	for _, t := range topics() {
		_, text, _ := strings.Cut(t.text(), "\n")
		fmt.Fprintf(w, ".SH %s\n", roffQuoted(strings.ToUpper(t.name)+": "+t.summary()))
		writeRoff(w, text)
	}
	fmt.Fprintf(w, ".SH EXIT STATUS\n%s\n", roff(exitCodes))
}

// writeRoff writes a text in Markdown with the macros of man pages.
func writeRoff(w io.Writer, text string) {
	for _, b := range parseMarkdown(text) {
		switch b.kind {
		case headingBlock:
			fmt.Fprintf(w, ".SS %s\n", roffQuoted(plain(b.text)))
		case paragraphBlock:
			fmt.Fprintf(w, ".PP\n%s\n", roffSpans(b.text))
		case itemBlock:
			marker := b.marker
			if marker == "-" {
				marker = `\(bu`
			}
			fmt.Fprintf(w, ".IP %s 4\n%s\n", marker, roffSpans(b.text))
		case codeBlock:
			writeRoffLines(w, b.text)
		case tableBlock:
			var table bytes.Buffer
			writeCells(&table, b.rows, manWidth)
			writeRoffLines(w, strings.TrimSuffix(table.String(), "\n"))
		}
	}
}

// writeRoffLines writes lines that stay as they are.
func writeRoffLines(w io.Writer, lines string) {
	begin, end := ".PP\n.nf\n", ".fi\n"
	for line := range strings.SplitSeq(lines, "\n") {
		if utf8.RuneCountInString(line) > manWidth {
			begin, end = ".PP\n.in 0\n.nf\n", ".fi\n.in\n"
		}
	}
	fmt.Fprint(w, begin)
	for line := range strings.SplitSeq(lines, "\n") {
		fmt.Fprintln(w, roff(line))
	}
	fmt.Fprint(w, end)
}

// roffSpans is a line of Markdown with its code and its emphasis.
func roffSpans(text string) string {
	var b strings.Builder
	for _, s := range spans(text) {
		switch s.style {
		case plainSpan:
			b.WriteString(roff(s.text))
		case emphasisSpan:
			b.WriteString(`\fI` + roff(s.text) + `\fR`)
		default:
			b.WriteString(`\fB` + roff(s.text) + `\fR`)
		}
	}
	return b.String()
}

// roffEscapes keep characters what they are. A hyphen would become one that nobody can
// search for or paste; a dot or a quote begins a request at the beginning of a line.
var roffEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`)

// notASCII is what not every formatter reads.
var notASCII = regexp.MustCompile(`[^\x00-\x7f]`)

// roff is text that is nothing but text.
func roff(text string) string {
	text = notASCII.ReplaceAllStringFunc(roffEscapes.Replace(text), func(r string) string {
		return fmt.Sprintf(`\[u%04X]`, []rune(r)[0])
	})
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

// roffQuoted is text as one argument of a macro.
func roffQuoted(text string) string { return `"` + roff(text) + `"` }
