package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

// answerFlags are the flags of where an answer goes, and in what form.
type answerFlags struct {
	output answerValue
	format query.Format // settled by check
	to     string
	quiet  *bool
	lookFlags
}

// define defines -o and --to; the form is usual unless one of them tells another.
func (f *answerFlags) define(flags *pflag.FlagSet, usual query.Format, forms string) {
	f.output.usual = usual
	flags.VarP(&f.output, "output", "o", "`FORMAT` of the answer: "+forms)
	flags.StringVar(&f.to, "to", "", "write the answer to this `FILE`, in the form that it ends in, such as .csv or .parquet, unless -o says which")
	f.lookFlags.define(flags)
	f.quiet = quietFlag(flags)
}

// check settles the form, and keeps the store from being written over.
func (f *answerFlags) check(store string) error {
	switch {
	case f.output.given != "":
		f.format = f.output.given
	case formatOf(f.to) != "":
		f.format = formatOf(f.to)
	default:
		f.format = f.output.usual
	}
	switch {
	case f.format == query.FormatParquet && f.to == "":
		return &usageError{message: "Parquet goes to a file", hint: "-o parquet --to FILE"}
	case f.format == query.FormatParquet && len(f.columns) > 0:
		return &usageError{message: "a Parquet file has all columns", hint: "leave out --columns, or choose them by trailbox sql"}
	}
	return notTheStore(f.to, store)
}

// notTheStore refuses to write an answer over the store that it comes from, or over a file
// that the store has beside it, be it there or not.
func notTheStore(to, store string) error {
	for _, own := range [...]struct{ ending, is string }{
		{"", "it is the store"}, {".wal", "it is the store's log"},
		{".tmp", "it is the store's folder for what is put aside"}, {".watch", "it is the mark of a watch"}, {".mine", "it is your own tables"},
	} {
		if to != "" && (isSameFile(to, store+own.ending) || own.ending == ".tmp" && strings.HasPrefix(filepath.Clean(to), filepath.Clean(store)+".tmp-")) {
			return &usageError{message: "cannot write the answer to " + to + ": " + own.is, hint: "name another file"}
		}
	}
	return nil
}

// isSameFile reports whether two paths lead to one file, or would.
func isSameFile(a, b string) bool {
	if one, err := os.Stat(a); err == nil {
		other, err := os.Stat(b)
		return err == nil && os.SameFile(one, other)
	}
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// grants are what the store is to be opened for besides grants: DuckDB writes Parquet,
// and to no other file.
func (f *answerFlags) grants(grants schema.Grants) (schema.Grants, error) {
	var err error
	if f.format == query.FormatParquet {
		grants.To, err = filepath.Abs(f.to)
	}
	return grants, err
}

// write writes an answer: what run returns, or, as Parquet, what export writes itself to
// the file that the store was opened for. nothing is what to say of an answer without rows.
func (f *answerFlags) write(s streams, nothing string, run func() (query.Result, error), export func() (rows int64, err error)) error {
	if f.format == query.FormatParquet {
		rows, err := export()
		if err == nil && !*f.quiet {
			say(s.err, "%s rows", count(rows))
		}
		return err
	}
	result, err := run()
	if err != nil {
		return err
	}
	to, done, err := f.stdout(s)
	if err != nil {
		return errors.Join(err, result.Close())
	}
	rows, err := query.Write(to.answer(), result, f.format, to.screen())
	if err := errors.Join(err, done()); err != nil {
		return err
	}
	tellRows(to, rows, *f.quiet, nothing)
	return nil
}

// stdout is s, with a pager if the answer needs one, or, if a file is asked for, s with that
// for stdout. done ends either.
func (f *answerFlags) stdout(s streams) (to streams, done func() error, err error) {
	s.look = &f.lookFlags
	if f.to == "" {
		to, done = f.paged(s)
		return to, done, nil
	}
	file, err := os.Create(f.to)
	if err != nil {
		return s, nil, err
	}
	s.out = file
	return s, file.Close, nil
}

// An answerValue is a flag that takes a form of answers.
type answerValue struct{ given, usual query.Format }

func (v *answerValue) Type() string { return "format" }

func (v *answerValue) String() string { return string(v.usual) }

func (v *answerValue) Set(text string) error {
	format := query.FormatParquet
	if text != string(format) {
		var err error
		if format, err = query.ParseFormat(text); err != nil {
			return err
		}
	}
	v.given = format
	return nil
}

// formatOf is the form that the name of a file ends in, "" if it ends in none.
func formatOf(name string) query.Format {
	switch filepath.Ext(name) {
	case ".csv":
		return query.FormatCSV
	case ".json":
		return query.FormatJSON
	case ".jsonl", ".ndjson":
		return query.FormatNDJSON
	case ".md":
		return query.FormatMarkdown
	case ".parquet":
		return query.FormatParquet
	}
	return ""
}
