package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trailbox/query"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// streams are the program's input and outputs: stdout is the answer, stderr the talk.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer

	zone  *time.Location // whose times tables show; nil for UTC
	look  *lookFlags     // how answers look, if there are flags for that
	pager *pager         // between the answer and the terminal, or nil
	whole string         // how to get all rows of a table, where a terminal gets the first of them
	page  *answerPage    // that the answer becomes, or nil
}

// answer is what an answer is written to: stdout, or the pager before it.
func (s *streams) answer() io.Writer {
	if s.pager != nil {
		return s.pager
	}
	return s.out
}

// fileOf is the file that a stream is or leads to, nil if it is none.
func fileOf(stream any) *os.File {
	switch s := stream.(type) {
	case *pager:
		return s.out
	case *listener:
		return fileOf(s.to)
	}
	f, _ := stream.(*os.File)
	return f
}

// isTerminal reports whether a stream is one, or leads to one.
func isTerminal(stream any) bool {
	f := fileOf(stream)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// width is how wide tables may get: that of the terminal, or $COLUMNS; 0, without
// a limit, for files and pipes.
func (s *streams) width() int {
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		return columns
	}
	if f := fileOf(s.out); f != nil {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 0
}

// terminalRows is how many rows of a table a terminal gets: nobody reads more of them.
const terminalRows = 1000

// screen is what answers are written to. $COLUMNS makes no terminal of a pipe.
func (s *streams) screen() query.Screen {
	screen := query.Screen{Width: s.width(), Terminal: isTerminal(s.out), Zone: s.zone}
	screen.Tell = func(note string) { say(s.err, "%s", note) }
	if s.page != nil {
		screen.Page = &s.page.rows
	}
	if s.whole != "" && screen.Terminal {
		screen.Rows = terminalRows
		screen.Rest = func(shown, all int64) string {
			return fmt.Sprintf("the first %s of %s rows: %s", query.Count(shown), query.Count(all), s.whole)
		}
	}
	if s.look != nil {
		screen.Columns, screen.Wide, screen.Vertical = s.look.columns, s.look.wide, s.look.vertical
		if len(screen.Columns) == 0 {
			screen.Aside = s.look.aside
		}
		screen.Colour = s.look.colour.paints(screen.Terminal)
		screen.Name = s.look.name
	}
	return screen
}

// A command is a subcommand of the program.
type command struct {
	name    string
	args    string // as shown in its usage line
	summary string
	about   string // more about it, for its help, in Markdown
	hidden  bool   // from people: it is for programs
	// prepare defines the command's flags and returns what runs it.
	prepare func(flags *pflag.FlagSet) func(ctx context.Context, s streams, args []string) error
}

// commands lists the subcommands in the order of the help. A function, since help
// is one of them.
func commands() []command {
	return []command{
		ingestCommand(),
		reportCommand(),
		lookupCommand(),
		sqlCommand(),
		showCommand(),
		traceCommand(),
		alarmCommand(),
		caseCommand(),
		packCommand(),
		verifyCommand(),
		custodyCommand(),
		extractCommand(),
		shareCommand(),
		watchCommand(),
		serveCommand(),
		setupCommand(),
		completionCommand(),
		{
			name: "version", summary: "what was built, and with which DuckDB",
			prepare: func(*pflag.FlagSet) func(context.Context, streams, []string) error { return runVersion },
		},
		helpCommand(),
		completeCommand(),
	}
}

// findCommand returns the command of that name, nil if there is none.
func findCommand(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return &c
		}
	}
	return nil
}

// commandNames are the names that people are told of.
func commandNames() []string {
	var names []string
	for _, c := range commands() {
		if !c.hidden {
			names = append(names, c.name)
		}
	}
	return names
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	return report(s.err, dispatch(ctx, args, s))
}

func dispatch(ctx context.Context, args []string, s streams) error {
	if len(args) == 0 {
		writeOverview(s.err, helpWidth)
		return &usageError{quiet: true}
	}
	args = commandFirst(args)
	name := args[0]
	switch name {
	case "-h", "--help":
		name = "help"
	case "--version":
		name = "version"
	}
	if c := findCommand(name); c != nil {
		return c.run(ctx, s, args[1:])
	}
	hint := suggest("trailbox ", name, commandNames(), "trailbox help")
	if t := findTopic(name); t != nil {
		hint = t.line()
	}
	return &usageError{message: fmt.Sprintf("unknown command %q", args[0]), hint: hint}
}

// commandFirst puts the flags that stand before a command behind it, which is where it looks
// for them: trailbox --store x.duckdb report who.
func commandFirst(args []string) []string {
	for i := 0; i < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "-")
		switch {
		case !isFlag && i > 0 && findCommand(args[i]) != nil:
			return slices.Concat(args[i:i+1], args[:i], args[i+1:])
		case !isFlag || name == "" || name == "-":
			return args
		case !strings.Contains(name, "=") && takesValue(strings.TrimPrefix(name, "-"), name[0] != '-'):
			i++
		}
	}
	return args
}

// takesValue reports whether the word behind a flag belongs to it, in the first command that
// has such a flag.
func takesValue(name string, short bool) bool {
	for _, c := range commands() {
		flags, _ := c.flags()
		f := flags.Lookup(name)
		if short {
			f = nil
			if len(name) == 1 {
				f = flags.ShorthandLookup(name)
			}
		}
		if f != nil {
			return f.NoOptDefVal == ""
		}
	}
	return false
}

// flags are the command's flags, and what runs it by them.
func (c *command) flags() (*pflag.FlagSet, func(ctx context.Context, s streams, args []string) error) {
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard) // messages come from report alone
	flags.SortFlags = false
	return flags, c.prepare(flags)
}

func (c *command) run(ctx context.Context, s streams, args []string) error {
	flags, start := c.flags()
	err := flags.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return runHelp(ctx, s, append([]string{c.name}, flags.Args()...))
	case err != nil:
		return c.flagError(err, flags)
	}
	if err := checkValues(flags); err != nil {
		return err
	}
	if to, ok := pageOf(flags); ok {
		return c.runToPage(ctx, s, flags, args, to, start)
	}
	return start(ctx, s, flags.Args())
}

// checkValues refuses values that nobody means. An empty one is that of a variable
// which is not set: --actor "$WHO" must not answer for everybody.
func checkValues(flags *pflag.FlagSet) error {
	var wrong error
	flags.Visit(func(f *pflag.Flag) {
		switch value := f.Value.String(); {
		case value == "" || value == "[]":
			wrong = &usageError{message: "--" + f.Name + " is empty", hint: "give it a value, or leave it out"}
		case !utf8.ValidString(value):
			wrong = &usageError{message: "--" + f.Name + " is not UTF-8", hint: "event text is UTF-8 throughout"}
		}
	})
	return wrong
}

// flagError turns a complaint about flags into one with a way out.
func (c *command) flagError(err error, flags *pflag.FlagSet) error {
	fallback := "trailbox help " + c.name
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return &usageError{message: err.Error(), hint: fallback}
	}
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return &usageError{
		message: err.Error(),
		hint:    suggest("", "--"+unknown.GetSpecifiedName(), names, fallback),
	}
}

// suggest returns the candidate nearest to a mistyped word, with prefix before
// it, or fallback if none is near.
func suggest(prefix, word string, candidates []string, fallback string) string {
	best, distance := "", max(len(word)/2, 2)+1
	for _, c := range candidates {
		if d := query.EditDistance(word, c); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return "see " + fallback
	}
	return "did you mean " + prefix + best + "?"
}
