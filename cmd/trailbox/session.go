package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"trailbox/query"
	"trailbox/schema"
)

// A session is sql for a person at a terminal: statements that may take several lines,
// and commands that begin with a dot.
type session struct {
	store  *schema.Store // nil after it could not be opened again
	writes writes
	grants schema.Grants // that store is open with; To is a Parquet file, for the next answer
	s      streams
	format query.Format
	quiet  bool
	athena []string // tables of Athena's, see translate
	file   *os.File // that answers go to, or one if it is a workbook; nil: the terminal
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
		{".output", "[FILE]", "write answers to a file (one, if .parquet or .xlsx); alone, here again", (*session).output},
		{".help", "", "this text", (*session).help},
		{".quit", "", "the end, as is Ctrl-D", func(*session, context.Context, string) error { return io.EOF }},
	}
}

// run reads and answers until there is no more.
func (x *session) run(ctx context.Context) error {
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
			return nil
		case err != nil:
			return err
		}
		if command := strings.TrimSpace(line); typed == "" && strings.HasPrefix(command, ".") {
			switch err := x.command(ctx, command); {
			case errors.Is(err, io.EOF):
				return nil
			case x.store == nil:
				return err
			case err != nil:
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
		err = x.statements(ctx, typed)
		typed = ""
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case x.store == nil:
			return err
		case err != nil:
			report(x.s.err, err)
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
func (x *session) statements(ctx context.Context, typed string) error {
	statements, err := query.SplitStatements(typed)
	for i := 0; i < len(statements) && err == nil; i++ {
		err = x.interruptible(ctx, func(ctx context.Context) error {
			t, err := translate(ctx, x.s, x.store, statements[i], x.athena, x.quiet)
			if err != nil {
				return err
			}
			return t.Locate(x.writes.run(ctx, x.store, x.grants, t.SQL, func() error {
				if x.grants.To != "" {
					return x.export(ctx, t.SQL)
				}
				result, err := x.store.Query(ctx, t.SQL)
				if err != nil {
					return err
				}
				return x.answer(result)
			}))
		})
	}
	return err
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

// answer writes an answer: to a file in the form that its name ends in, if it does. Text may
// be in any form.
func (x *session) answer(result query.Result) error {
	s, format := x.s, x.format
	if x.file == nil {
		return writeResult(s, result, format, x.quiet, "no rows")
	}
	s.out = x.file
	if of, err := formOf(x.file.Name()); err == nil && of != query.FormatTable {
		format = of
	}
	err := writeResult(s, result, format, x.quiet, "no rows")
	if format != query.FormatXLSX {
		return err
	}
	name := x.file.Name()
	if err := errors.Join(err, x.closeFile()); err != nil {
		return err
	}
	if !x.quiet {
		say(x.s.err, "the answer is in %s; answers are here again", name)
	}
	return nil
}

// export writes an answer as Parquet, of which a file holds one.
func (x *session) export(ctx context.Context, statement string) error {
	rows, err := x.store.Export(ctx, statement)
	if err != nil {
		return err
	}
	if !x.quiet {
		say(x.s.err, "%s rows in %s; answers are here again", query.Count(rows), x.grants.To)
	}
	return x.reopen(ctx, "")
}

// reopen opens the store for writing a Parquet file besides: what may be written is
// settled when a store is opened.
func (x *session) reopen(ctx context.Context, to string) error {
	path := x.store.Path()
	err := x.store.Close()
	x.store, x.grants.To = nil, to
	if err == nil {
		x.store, err = schema.OpenFor(ctx, path, x.grants)
	}
	return err
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

func (x *session) output(ctx context.Context, name string) error {
	err := x.closeFile()
	if err == nil {
		err = notTheStore(name, x.store.Path())
	}
	form, _ := formOf(name)
	parquet := ""
	switch {
	case err != nil:
	case isPage(name):
		err = &usageError{message: name + ": a page is of one answer", hint: "trailbox sql --to " + query.ShellWord(name) + " QUERY"}
	case form == query.FormatParquet:
		parquet, err = filepath.Abs(name)
	}
	if err == nil && parquet != x.grants.To {
		err = x.reopen(ctx, parquet)
	}
	if err != nil || parquet != "" || name == "" {
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

// close ends the session.
func (x *session) close() error {
	err := x.closeFile()
	if x.store != nil {
		err = errors.Join(err, x.store.Close())
	}
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
