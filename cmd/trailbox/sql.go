package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

func sqlCommand() command {
	return command{
		name: "sql", args: "[QUERY]", summary: "run one SQL statement over the store",
		about: `
The statement is the argument, the content of --file, or what comes in on the
standard input. It can read the store and nothing else: no file, no network, no
change. The tables are events, files, repeats and runs.

  trailbox sql "SELECT eventName, count(*) FROM events GROUP BY ALL ORDER BY ALL"`,
		prepare: prepareSQL,
	}
}

// sqlFlags are the flags of sql.
type sqlFlags struct {
	store  *string
	file   *string
	format *query.Format
	quiet  *bool
}

func prepareSQL(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &sqlFlags{store: storeFlag(flags)}
	f.file = flags.StringP("file", "f", "", "read the statement from this `FILE`")
	f.format = outputFlag(flags)
	f.quiet = quietFlag(flags)
	return f.run
}

func (f *sqlFlags) run(ctx context.Context, s streams, args []string) error {
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
	store, err := schema.Open(ctx, *f.store)
	if err != nil {
		return err
	}
	return errors.Join(f.answer(ctx, s, store, statements[0]), store.Close())
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
	case len(args) == 0 && isTerminal(s.in):
		return "", &usageError{message: "sql needs a query", hint: `trailbox sql "SELECT count(*) FROM events"`}
	}
	text, err := io.ReadAll(s.in)
	return string(text), err
}

func (f *sqlFlags) answer(ctx context.Context, s streams, store *schema.Store, statement string) error {
	result, err := store.Query(ctx, statement)
	if err != nil {
		return err
	}
	return writeResult(s, result, *f.format, *f.quiet)
}
