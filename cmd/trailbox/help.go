package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"trailbox/query"
)

// helpWidth is how wide help is at most: wider lines are hard to read.
const helpWidth = 80

//go:embed help/*.md
var helpFiles embed.FS

// A topic is a text about something that takes more room than a command's help: a file
// of help/*.md, whose heading is "NAME: SUMMARY".
type topic struct {
	name     string
	commands []string // whose help names it
}

// topics lists the topics in the order of the help.
func topics() []topic {
	return []topic{
		{"filters", []string{"report", "lookup", "alarm", "case", "share"}},
		{"reports", []string{"report", "sql"}},
		{"lookup", []string{"lookup"}},
		{"trace", []string{"trace"}},
		{"athena", []string{"sql"}},
		{"lake", []string{"sql"}},
		{"case", []string{"case"}},
		{"packs", []string{"pack"}},
		{"share", []string{"share"}},
		{"serve", []string{"serve"}},
		{"api", []string{"serve"}},
		{"verify", []string{"verify"}},
		{"alarms", []string{"alarm", "watch"}},
		{"rules", []string{"alarm", "watch", "case"}},
		{"watch", []string{"watch"}},
		{"setup", []string{"setup"}},
		{"input", []string{"ingest", "watch"}},
		{"store", []string{"sql", "show", "extract"}},
		{"failures", []string{"ingest"}},
		{"speed", nil},
	}
}

// text is the topic's Markdown.
func (t *topic) text() string {
	text, err := helpFiles.ReadFile("help/" + t.name + ".md")
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// summary is what the topic's heading says behind its name.
func (t *topic) summary() string {
	heading, _, _ := strings.Cut(t.text(), "\n")
	return strings.TrimPrefix(heading, "# "+t.name+": ")
}

// line is the command line that shows the topic: the help of a name that is a
// command's, too, is the command's.
func (t *topic) line() string {
	if findCommand(t.name) != nil {
		return "trailbox help topic " + t.name
	}
	return "trailbox help " + t.name
}

// findTopic returns the topic of that name, nil if there is none.
func findTopic(name string) *topic {
	for _, t := range topics() {
		if t.name == name {
			return &t
		}
	}
	return nil
}

func topicNames() []string {
	var names []string
	for _, t := range topics() {
		names = append(names, t.name)
	}
	return names
}

// introduction says what the program is.
const introduction = `trailbox opens the whole flight recorder: it loads AWS CloudTrail log files from S3
or folders into one local DuckDB file, and answers from there.`

func helpCommand() command {
	return command{
		name: "help", args: "[TOPIC]", summary: "this text, that of a command, or that of a topic",
		about: `
  trailbox help COMMAND
  trailbox help TOPIC
  trailbox help topic TOPIC    a topic that goes by the name of a command
  trailbox help report NAME    why a report is there, its columns and filters
  trailbox help --man | man -l -`,
		prepare: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			man := flags.Bool("man", false, "print all of the help as one man page")
			return func(ctx context.Context, s streams, args []string) error {
				switch {
				case !*man:
					return runHelp(ctx, s, args)
				case len(args) > 0:
					return &usageError{message: "the man page is about everything", hint: "trailbox help --man, or trailbox help " + args[0]}
				}
				writeMan(s.out)
				return nil
			}
		},
	}
}

func runHelp(_ context.Context, s streams, args []string) error {
	width := helpWidth
	if columns := s.width(); columns > 0 {
		width = min(width, columns)
	}
	if len(args) == 0 {
		writeOverview(s.out, width)
		return nil
	}
	name := args[0]
	if name == "topic" {
		if len(args) == 1 {
			writeTopics(s.out, width)
			return nil
		}
		t := findTopic(args[1])
		if t == nil {
			return &usageError{
				message: fmt.Sprintf("no topic %q", args[1]),
				hint:    suggest("trailbox help topic ", args[1], topicNames(), "trailbox help topic"),
			}
		}
		writeMarkdown(s.out, t.text(), width)
		return nil
	}
	if c := findCommand(name); c != nil {
		if name == "report" && len(args) > 1 {
			r, err := query.FindReport(args[1])
			if err != nil {
				return err
			}
			c.writeReportHelp(s.out, &r, width)
			return nil
		}
		c.writeHelp(s.out, width)
		return nil
	}
	if t := findTopic(name); t != nil {
		writeMarkdown(s.out, t.text(), width)
		return nil
	}
	hint := suggest("trailbox help ", name, slices.Concat(commandNames(), topicNames()), "trailbox help")
	if _, err := query.FindReport(name); err == nil {
		hint = "trailbox help report " + name
	}
	return &usageError{message: fmt.Sprintf("no command or topic %q", name), hint: hint}
}

// writeOverview writes what there is.
func writeOverview(w io.Writer, width int) {
	writeMarkdown(w, introduction+"\n\nusage: trailbox COMMAND [FLAGS] [ARGUMENTS]", width)
	fmt.Fprintln(w)
	var rows [][2]string
	for _, c := range commands() {
		if !c.hidden {
			rows = append(rows, [2]string{strings.TrimSpace(c.name + " " + c.args), c.summary})
		}
	}
	writeTerms(w, rows, width)
	fmt.Fprint(w, "\ntrailbox help COMMAND says more about one of these, trailbox help TOPIC about\n\n")
	writeTopics(w, width)
	fmt.Fprintln(w)
	writeExitCodes(w, width)
}

func writeTopics(w io.Writer, width int) {
	var rows [][2]string
	for _, t := range topics() {
		name := t.name
		if findCommand(name) != nil {
			name = "topic " + name
		}
		rows = append(rows, [2]string{name, t.summary()})
	}
	writeTerms(w, rows, width)
}

func writeExitCodes(w io.Writer, width int) {
	writeMarkdown(w, "exit codes: "+exitCodes, width)
}

// maxTermWidth is how wide a term is at most that has its text beside it.
const maxTermWidth = 26

// writeTerms writes terms, indented, and beside each of them its text.
func writeTerms(w io.Writer, rows [][2]string, width int) {
	column := 0
	for _, row := range rows {
		if n := utf8.RuneCountInString(row[0]); n <= maxTermWidth {
			column = max(column, n)
		}
	}
	indent := strings.Repeat(" ", column+4)
	for _, row := range rows {
		term := row[0]
		if utf8.RuneCountInString(term) > column {
			fmt.Fprintln(w, "  "+term)
			term = ""
		}
		for _, line := range wrap(row[1], width-len(indent)) {
			fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-*s  %s", column, term, line), " "))
			term = ""
		}
	}
}

// flagTerms are flags as writeTerms takes them.
func flagTerms(flags *pflag.FlagSet) [][2]string {
	var rows [][2]string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		term := "    --" + f.Name
		if f.Shorthand != "" {
			term = "-" + f.Shorthand + ", --" + f.Name
		}
		if value != "" {
			term += " " + value
		}
		switch f.DefValue {
		case "", "[]", "0", "0s", "false":
		default:
			usage += " (default " + strings.Trim(f.DefValue, "[]") + ")"
		}
		rows = append(rows, [2]string{term, usage})
	})
	return rows
}

// usage is how the command is called.
func (c *command) usage(flags *pflag.FlagSet) string {
	usage := "trailbox " + c.name
	if flags.HasFlags() {
		usage += " [FLAGS]"
	}
	return strings.TrimSpace(usage + " " + c.args)
}

// more names the topics that have more about the command.
func (c *command) more() string {
	var lines []string
	for _, t := range topics() {
		if slices.Contains(t.commands, c.name) {
			lines = append(lines, t.line())
		}
	}
	return strings.Join(lines, ", ")
}

func (c *command) writeHelp(w io.Writer, width int) {
	flags, _ := c.flags()
	writeMarkdown(w, fmt.Sprintf("%s: %s\n\nusage: %s\n\n%s", c.name, c.summary, c.usage(flags), c.about), width)
	if flags.HasFlags() {
		fmt.Fprintln(w, "\nflags:")
		writeTerms(w, flagTerms(flags), width)
	}
	fmt.Fprintln(w)
	writeExitCodes(w, width)
	if more := c.more(); more != "" {
		fmt.Fprintln(w)
		writeMarkdown(w, "more: "+more, width)
	}
}

// writeReportHelp writes what a report is. c is the command that runs it.
func (c *command) writeReportHelp(w io.Writer, r *query.Report, width int) {
	flags, _ := c.flags()
	filters := pflag.NewFlagSet("", pflag.ContinueOnError)
	filters.SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		if !slices.Contains([]string{"store", "trust-schema", "sql", "output", "to", "quiet", "columns", "wide", "vertical", "no-pager", "color"}, f.Name) {
			filters.AddFlag(f)
		}
	})
	paragraphs := []string{
		"report " + r.Name + ": " + r.Title,
		r.Why,
		"usage: trailbox report " + r.Name + " [FLAGS]",
		"columns: " + strings.Join(r.Columns, ", "),
	}
	if r.Limits != "" {
		paragraphs = append(paragraphs, "limits: "+r.Limits)
	}
	if len(r.Needs) > 0 {
		paragraphs = append(paragraphs, "needs: one of --"+strings.Join(r.Needs, ", --"))
	}
	for _, text := range paragraphs { // a header is no Markdown
		fmt.Fprintf(w, "%s\n\n", strings.Join(wrap(text, width), "\n"))
	}
	fmt.Fprintln(w, "filters:")
	writeTerms(w, flagTerms(filters), width)
	fmt.Fprintln(w)
	writeMarkdown(w, "more: trailbox help report has the other flags; "+c.more(), width)
}
