package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

func sqlCommand() command {
	return command{
		name: "sql", args: "[QUERY]", summary: "run one SQL statement over the store",
		about: `
The statement is the argument, the content of --file, or what comes in on the
standard input; at a terminal and without any of them a session begins, in which
.help helps. It can read the store and nothing else: no file, no network, no
change. --write and --allow-files lift these bounds. The tables are events, files,
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
	answer answerFlags
	grants schema.Grants
}

func prepareSQL(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &sqlFlags{store: storeFlag(flags)}
	f.file = flags.StringP("file", "f", "", "read the statement from this `FILE`")
	f.answer.define(flags, query.FormatTable, query.FormatNames()+", or parquet with --to")
	flags.BoolVar(&f.grants.Write, "write", false, "let the statement change the store")
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
	statements, err := query.SplitStatements(text)
	switch {
	case err != nil:
		return err
	case len(statements) == 0:
		return &usageError{message: "there is no statement to run", hint: `trailbox sql "SELECT count(*) FROM events"`}
	case len(statements) > 1:
		return &usageError{message: "one statement at a time", hint: "run the others by themselves"}
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
	statement := query.FromTrino(statements[0])
	err = f.answer.write(s, "no rows",
		func() (query.Result, error) { return store.Query(ctx, statement) },
		func() (int64, error) { return store.Export(ctx, statement) })
	return errors.Join(err, store.Close())
}

// session talks to a person at a terminal.
func (f *sqlFlags) session(ctx context.Context, s streams) (err error) {
	store, err := f.store.open(ctx, f.grants)
	if err != nil {
		return err
	}
	s.look = &f.answer.lookFlags
	x := &session{store: store, grants: f.store.grants(f.grants), s: s, format: f.answer.format, quiet: *f.answer.quiet}
	defer func() { err = errors.Join(err, x.close()) }()
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
