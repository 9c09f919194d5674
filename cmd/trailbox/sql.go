package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

func sqlCommand() command {
	return command{
		name: "sql", args: "[QUERY]", summary: "run SQL over the store",
		about: `
The statement is the argument, the content of --file, or what comes in on the
standard input, several of them one after another up to the first that fails; at a
terminal and without any of them a session begins, in which .help helps. They can
read the store and nothing else: no file, no network, no change. With --write they
have tables of your own, mine.NAME, and --allow-files lets them at files. The tables are events, files,
repeats and runs; queries for Athena find cloudtrail_logs, those for CloudTrail
Lake their event data store.

  trailbox sql "SELECT eventName, count(*) FROM events GROUP BY ALL"`,
		prepare: prepareSQL,
	}
}

// sqlFlags are the flags of sql.
type sqlFlags struct {
	store  *storeFlags
	file   *string
	tables *[]string
	answer answerFlags
	grants schema.Grants
}

func prepareSQL(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &sqlFlags{store: storeFlag(flags), grants: schema.Grants{Typed: true}}
	f.file = flags.StringP("file", "f", "", "read the statement from this `FILE`")
	f.tables = flags.StringSlice("table", nil, "take this `NAME` for Athena's CloudTrail table, and no other that the store does not have")
	f.answer.define(flags, query.FormatTable, query.FormatNames()+", or xlsx or parquet with --to", query.FormatParquet)
	f.answer.name = "sql"
	flags.BoolVar(&f.grants.Mine, "write", false, "let the statement change tables of your own, in mine: CREATE TABLE mine.x AS ...")
	flags.BoolVar(&f.grants.Files, "allow-files", false, "let the statement read and write other files")
	return f.run
}

func (f *sqlFlags) run(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 && *f.file == "" && isTerminal(s.in) {
		if f.answer.to != "" {
			return &usageError{message: "--to is for one statement", hint: "in a session, .output FILE"}
		}
		if err := f.answer.check(f.store.path); err != nil {
			return err
		}
		return f.session(ctx, s)
	}
	text, err := f.text(s, args)
	if err != nil {
		return err
	}
	if s.page != nil && *f.file == "" {
		s.page.args = []string{text} // or it would be asked of the standard input again
	}
	statements, err := query.SplitStatements(text)
	switch {
	case err != nil:
		return err
	case len(statements) == 0:
		return &usageError{message: "there is no statement to run", hint: `trailbox sql "SELECT count(*) FROM events"`}
	case len(statements) > 1 && f.answer.to != "":
		return &usageError{message: "--to is for the answer to one statement", hint: "run the others by themselves, before it"}
	}
	if err := f.answer.check(f.store.path); err != nil {
		return err
	}
	grants, err := f.answer.grants(f.grants)
	if err != nil {
		return err
	}
	store, err := f.store.open(ctx, grants)
	if err != nil {
		return err
	}
	w := writes{store: f.store}
	for i, statement := range statements {
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		if err = f.answerTo(ctx, s, store, statement, &w); err != nil {
			if len(statements) > 1 {
				err = fmt.Errorf("statement %d of %d: %w", i+1, len(statements), err)
			}
			break
		}
	}
	return errors.Join(err, store.Close(), w.note(ctx))
}

// answerTo runs one statement.
func (f *sqlFlags) answerTo(ctx context.Context, s streams, store *schema.Store, statement query.Piece, w *writes) error {
	t, err := translate(ctx, s, store, statement, *f.tables, *f.answer.quiet)
	if err != nil {
		return err
	}
	s.page.ask("An answer to SQL", "")
	s.page.run("", t.SQL)
	if err := s.page.know(ctx, store); err != nil {
		return err
	}
	return t.Locate(w.run(ctx, store, f.grants, t.SQL, func() error {
		return f.answer.write(s, "no rows",
			func() (query.Result, error) { return store.Query(ctx, t.SQL) },
			func() (int64, error) { return store.Export(ctx, t.SQL) })
	}))
}

// translate gives a statement DuckDB's spelling, and tells what it takes for granted: see
// [query.FromTrino].
func translate(ctx context.Context, s streams, store *schema.Store, statement query.Piece, tables []string, quiet bool) (*query.Translation, error) {
	t, err := query.FromTrino(ctx, store, statement, tables)
	if err == nil && len(t.Tables) > 0 && !quiet {
		say(s.err, "%s: read as cloudtrail_logs, since no table of the store is called so", strings.Join(t.Tables, ", "))
	}
	return t, err
}

// writes are the statements of a person that have changed tables of theirs.
type writes struct {
	store      *storeFlags
	statements []string
	entry      schema.Run
}

// run runs a statement, and remembers it if it changes something.
func (w *writes) run(ctx context.Context, store *schema.Store, grants schema.Grants, statement string, run func() error) error {
	if !grants.Mine {
		return run()
	}
	changes, err := store.Changes(ctx, statement)
	if err != nil {
		return err
	}
	if w.statements == nil {
		w.entry = schema.NewRun(version())
	}
	if err := run(); err != nil {
		return err
	}
	if changes {
		w.statements = append(w.statements, statement)
	}
	return nil
}

// note enters them into the table runs, once the store is closed: it was open for reading.
func (w *writes) note(ctx context.Context) error {
	if len(w.statements) == 0 {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // what was done is noted
	store, err := w.store.open(ctx, schema.Grants{Write: true})
	if err != nil {
		return fmt.Errorf("what was written to mine could not be noted in the table runs: %w", err)
	}
	summary, err := json.Marshal(struct {
		SQL []string `json:"sql"`
	}{w.statements})
	if err == nil {
		// It asked for no log files.
		w.entry.Sources, w.entry.DeliveredSince, w.entry.DeliveredUntil = []string{"mine"}, w.entry.Started, w.entry.Started
		_, err = store.BeginRun(ctx, &w.entry)
	}
	if err == nil {
		w.entry.Finished, w.entry.Summary = time.Now().UTC(), string(summary)
		err = store.FinishRun(ctx, &w.entry)
	}
	return errors.Join(err, store.Close())
}

// session talks to a person at a terminal.
func (f *sqlFlags) session(ctx context.Context, s streams) (err error) {
	store, err := f.store.open(ctx, f.grants)
	if err != nil {
		return err
	}
	s.look, s.whole = &f.answer.lookFlags, ".output FILE gets all"
	x := &session{store: store, athena: *f.tables, writes: writes{store: f.store}, grants: f.store.grants(f.grants), s: s, format: f.answer.format, quiet: *f.answer.quiet}
	defer func() { err = errors.Join(err, x.close(), x.writes.note(ctx)) }()
	var names []string
	for _, c := range dotCommands() {
		names = append(names, c.name)
	}
	completer, err := query.NewCompleter(ctx, store, names...)
	if err != nil {
		return err
	}
	past := openHistory()
	signal.Reset(os.Interrupt) // Ctrl-C is for a query, not for the session
	x.readLine = newEditor(s.in.(*os.File), s.err, completer, past).readLine
	err = x.run(ctx)
	if past != nil {
		err = errors.Join(err, past.save())
	}
	return err
}

// text is the statement, from wherever it comes.
func (f *sqlFlags) text(s streams, args []string) (string, error) {
	switch {
	case len(args) > 1:
		return "", &usageError{message: "the query is one argument", hint: `put it in quotes: trailbox sql "SELECT ..."`}
	case len(args) == 1 && *f.file != "":
		return "", &usageError{message: "a query and --file exclude each other", hint: `trailbox sql --file ` + *f.file}
	case len(args) == 1 && args[0] != "-":
		return args[0], nil
	case *f.file != "":
		text, err := os.ReadFile(*f.file)
		return string(text), err
	}
	text, err := io.ReadAll(s.in)
	return string(text), err
}
