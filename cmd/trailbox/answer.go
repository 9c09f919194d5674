package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// define defines -o and --to; the form is usual unless one of them tells another, or, where
// the command has words of its own for people, these ("", see inWords). own are
// forms besides those of [query.Write] in which the command itself writes the answer.
func (f *answerFlags) define(flags *pflag.FlagSet, usual query.Format, forms string, own ...query.Format) {
	f.output.usual, f.output.own = usual, own
	flags.VarP(&f.output, "output", "o", "`FORMAT` of the answer: "+forms)
	flags.StringVar(&f.to, "to", "", "write the answer to this `FILE`, in the form that it ends in, such as .csv, .xlsx or .html, unless -o says which")
	f.lookFlags.define(flags)
	f.quiet = quietFlag(flags)
}

// check settles the form, and keeps the store from being written over.
func (f *answerFlags) check(store string) error {
	if err := notTheStore(f.to, store); err != nil {
		return err
	}
	switch f.format = f.output.given; {
	case f.format != "":
	case f.to != "":
		var err error
		if f.format, err = formOf(f.to); err != nil {
			return err
		}
	default:
		f.format = cmp.Or(f.output.usual, query.FormatTable)
	}
	switch f.format {
	case query.FormatXLSX:
		if f.to == "" {
			return &usageError{message: "a workbook goes to a file", hint: "--to FILE.xlsx"}
		}
	case query.FormatHTML:
		if f.to == "" {
			return &usageError{message: "a page goes to a file", hint: "--to FILE.html"}
		}
		return isThere(f.to)
	case query.FormatParquet:
		switch {
		case !slices.Contains(f.output.own, query.FormatParquet):
			return &usageError{message: "there is no statement behind this answer, by which DuckDB could write Parquet", hint: "--to FILE.csv, which DuckDB makes Parquet of: COPY (FROM 'FILE.csv') TO 'FILE.parquet'"}
		case f.to == "":
			return &usageError{message: "Parquet goes to a file", hint: "-o parquet --to FILE"}
		case len(f.columns) > 0:
			return &usageError{message: "a Parquet file has all columns", hint: "leave out --columns, or choose them by trailbox sql"}
		}
	}
	return nil
}

// inWords says that nobody asked for rows: of the commands that tell people in their own
// words, these are the answer then.
func (f *answerFlags) inWords() bool {
	return f.output.given == "" && (f.format == query.FormatTable || f.format == f.output.usual) && !f.isShaped()
}

// isJSON says that the answer is JSON.
func (f *answerFlags) isJSON() bool {
	return f.format == query.FormatJSON || f.format == query.FormatNDJSON
}

// notTheStore refuses to write an answer over the store that it comes from, or over a file
// that the store has beside it, be it there or not.
func notTheStore(to, store string) error {
	for _, own := range [...]struct{ ending, is string }{
		{"", "it is the store"}, {".wal", "it is the store's log"},
		{".tmp", "it is the store's folder for what is put aside"}, {".watch", "it is the mark of a watch"}, {".mine", "it is your own tables"},
		{".serve", "it is the mark of a console"}, {".case.json", "it is what is marked in the console"},
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
// the file that the store was opened for, unless it is nil. nothing is what to say of an answer without rows.
func (f *answerFlags) write(s streams, nothing string, run func() (query.Result, error), export func() (rows int64, err error)) error {
	if f.format == query.FormatParquet {
		if export == nil {
			export = func() (int64, error) {
				result, err := run()
				if err != nil {
					return 0, err
				}
				return schema.ExportAnswer(context.Background(), result, f.to) // what ends run ends the result
			}
		}
		rows, err := export()
		if err == nil && !*f.quiet {
			say(s.err, "%s rows", query.Count(rows))
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
	s.look, s.whole = &f.lookFlags, "a pipe and --to FILE get all"
	if s.page != nil {
		s.page.rows.Aside, s.page.rows.Keep = f.aside, len(f.columns) > 0
		s.out = &s.page.words
		return s, func() error { return nil }, nil
	}
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
type answerValue struct {
	given, usual query.Format
	own          []query.Format
}

func (v *answerValue) Type() string { return "format" }

func (v *answerValue) String() string { return string(cmp.Or(v.given, v.usual)) }

func (v *answerValue) Set(text string) error {
	format := query.Format(text)
	if format != query.FormatXLSX && format != query.FormatHTML && format != query.FormatParquet && !slices.Contains(v.own, format) {
		var err error
		if format, err = query.ParseFormat(text); err != nil {
			return err
		}
	}
	v.given = format
	return nil
}

// isPage says that the name of a file is that of an HTML page.
func isPage(name string) bool {
	ending := strings.ToLower(filepath.Ext(name))
	return ending == ".html" || ending == ".htm"
}

// formOf is the form that the name of a file ends in.
func formOf(name string) (query.Format, error) {
	ending := filepath.Ext(name)
	switch strings.ToLower(ending) {
	case ".csv":
		return query.FormatCSV, nil
	case ".json":
		return query.FormatJSON, nil
	case ".jsonl", ".ndjson":
		return query.FormatNDJSON, nil
	case ".md":
		return query.FormatMarkdown, nil
	case ".parquet":
		return query.FormatParquet, nil
	case ".txt":
		return query.FormatTable, nil
	case ".xlsx":
		return query.FormatXLSX, nil
	}
	if isPage(name) {
		return query.FormatHTML, nil
	}
	message := fmt.Sprintf("%s: no form ends in %s", name, ending)
	if ending == "" {
		message = name + ": its name does not tell the form"
	}
	return "", &usageError{message: message, hint: "let it end in .csv, .html, .json, .jsonl, .md, .parquet, .txt or .xlsx, or say which by -o"}
}
