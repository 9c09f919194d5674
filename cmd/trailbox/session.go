package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"trailbox/query"
	"trailbox/schema"
)

// A session is sql for a person at a terminal: statements that may take several lines,
// and commands that begin with a dot.
type session struct {
	store  *schema.Store
	s      streams
	format query.Format
	quiet  bool
	file   *os.File // that answers go to; nil: the terminal
	// readLine shows a prompt and returns what was typed: io.EOF when that was the last,
	// errInterrupted when the line is to be forgotten.
	readLine func(prompt string) (string, error)
}

// errInterrupted says that the user pressed Ctrl-C instead of finishing a line.
var errInterrupted = errors.New("interrupted")

// A dotCommand is a command of a session.
type dotCommand struct {
	name, args, summary string
	run                 func(x *session, ctx context.Context, arg string) error
}

func dotCommands() []dotCommand {
	return []dotCommand{
		{".tables", "", "tables and views", (*session).tables},
		{".schema", "[TABLE]", "columns and their types", (*session).columns},
		{".reports", "", "canned reports; .reports NAME shows the SQL of one", (*session).reports},
		{".mode", "[FORMAT]", "the form of answers: " + query.FormatNames(), (*session).mode},
		{".output", "[FILE]", "write answers to a file; without FILE, here again", (*session).output},
		{".help", "", "this text", (*session).help},
		{".quit", "", "the end, as is Ctrl-D", func(*session, context.Context, string) error { return io.EOF }},
	}
}

// run reads and answers until there is no more.
func (x *session) run(ctx context.Context) error {
	defer x.closeFile()
	if !x.quiet {
		say(x.s.err, "%s: statements end in a semicolon; .help lists commands", x.store.Path())
	}
	typed := ""
	for {
		prompt := "trailbox> "
		if typed != "" {
			prompt = "     ...> "
		}
		line, err := x.readLine(prompt)
		switch {
		case errors.Is(err, errInterrupted):
			typed = ""
			continue
		case errors.Is(err, io.EOF):
			return x.closeFile()
		case err != nil:
			return err
		}
		if command := strings.TrimSpace(line); typed == "" && strings.HasPrefix(command, ".") {
			if err := x.command(ctx, command); errors.Is(err, io.EOF) {
				return x.closeFile()
			} else if err != nil {
				report(x.s.err, err)
			}
			continue
		}
		if typed += line + "\n"; strings.TrimSpace(typed) == "" {
			typed = ""
		}
		if !query.Ended(typed) {
			continue
		}
		x.statements(ctx, typed)
		typed = ""
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// command runs a line that begins with a dot.
func (x *session) command(ctx context.Context, line string) error {
	name, arg, _ := strings.Cut(line, " ")
	var names []string
	for _, c := range dotCommands() {
		if c.name == name {
			return x.interruptible(ctx, func(ctx context.Context) error { return c.run(x, ctx, strings.TrimSpace(arg)) })
		}
		names = append(names, c.name)
	}
	return &usageError{message: fmt.Sprintf("unknown command %q", name), hint: suggest("", name, names, ".help")}
}

// statements runs what was typed, one statement after another up to the first that fails.
func (x *session) statements(ctx context.Context, typed string) {
	statements, err := query.SplitStatements(typed)
	for i := 0; i < len(statements) && err == nil; i++ {
		err = x.interruptible(ctx, func(ctx context.Context) error {
			result, err := x.store.Query(ctx, query.FromTrino(statements[i]))
			if err != nil {
				return err
			}
			return x.answer(result)
		})
	}
	if err != nil {
		report(x.s.err, err)
	}
}

// interruptible runs f, which Ctrl-C ends, and not the session.
func (x *session) interruptible(ctx context.Context, f func(context.Context) error) error {
	within, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	err := f(within)
	if within.Err() != nil && ctx.Err() == nil {
		return errInterrupted
	}
	return err
}

func (x *session) answer(result query.Result) error {
	s := x.s
	if x.file != nil {
		s.out = x.file
	}
	return writeResult(s, result, x.format, x.quiet, "no rows")
}

func (x *session) tables(ctx context.Context, _ string) error {
	result, err := query.Tables(ctx, x.store)
	if err != nil {
		return err
	}
	return x.answer(result)
}

func (x *session) columns(ctx context.Context, table string) error {
	result, err := query.Columns(ctx, x.store, table)
	if err != nil {
		return err
	}
	return x.answer(result)
}

func (x *session) reports(_ context.Context, name string) error {
	if name == "" {
		listReports(x.s.out)
		return nil
	}
	r, err := query.FindReport(name)
	if err != nil {
		return err
	}
	fmt.Fprintln(x.s.out, strings.TrimSpace(r.SQL))
	return nil
}

func (x *session) mode(_ context.Context, name string) error {
	if name == "" {
		fmt.Fprintln(x.s.out, x.format)
		return nil
	}
	format, err := query.ParseFormat(name)
	if err == nil {
		x.format = format
	}
	return err
}

func (x *session) output(_ context.Context, name string) error {
	if err := x.closeFile(); err != nil || name == "" {
		return err
	}
	file, err := os.Create(name)
	if err == nil {
		x.file = file
	}
	return err
}

func (x *session) closeFile() error {
	if x.file == nil {
		return nil
	}
	err := x.file.Close()
	x.file = nil
	return err
}

func (x *session) help(context.Context, string) error {
	for _, c := range dotCommands() {
		fmt.Fprintf(x.s.out, "%-18s %s\n", c.name+" "+c.args, c.summary)
	}
	fmt.Fprint(x.s.out, `
Anything else is SQL, over several lines if you like, up to a semicolon. Tab
completes names, the arrow keys go through what was typed before, Ctrl-C ends a
query or forgets a line.
`)
	return nil
}
