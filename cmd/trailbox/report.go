package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

func reportCommand() command {
	return command{
		name: "report", args: "[NAME]", summary: "answer a common question; without NAME, list them",
		about: `
All filters work on all reports. --actor takes any name that somebody goes by: a
user, a role (all of its sessions), a session, an ARN. --resource takes a name or
what an ARN ends in.`,
		prepare: prepareReport,
	}
}

// reportFlags are the flags of report.
type reportFlags struct {
	store  *string
	format *query.Format
	quiet  *bool
	limits rangeFlags
	filter query.Filter
}

func prepareReport(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &reportFlags{store: storeFlag(flags)}
	f.limits.define(flags)
	flags.StringVar(&f.filter.Actor, "actor", "", "only what this `NAME` did")
	flags.StringVar(&f.filter.EventName, "event-name", "", "only this `API` call")
	flags.StringVar(&f.filter.EventSource, "event-source", "", "only this `SERVICE`, such as s3 or s3.amazonaws.com")
	flags.StringVar(&f.filter.Resource, "resource", "", "only what touched this `RESOURCE`")
	flags.StringVar(&f.filter.SourceIP, "source-ip", "", "only calls from this `ADDRESS`")
	flags.Var(&optionalBool{&f.filter.ReadOnly}, "read-only", "only reads (`true`) or only changes (false)")
	flags.BoolVar(&f.filter.ErrorsOnly, "errors-only", false, "only what failed")
	f.format = outputFlag(flags)
	f.quiet = quietFlag(flags)
	return f.run
}

func (f *reportFlags) run(ctx context.Context, s streams, args []string) error {
	switch {
	case len(args) == 0:
		listReports(s.out)
		return nil
	case len(args) > 1:
		return &usageError{message: "one report at a time", hint: "trailbox report " + args[0]}
	}
	if err := f.limits.check(); err != nil {
		return err
	}
	f.filter.Since, f.filter.Until = f.limits.since.Time, f.limits.until.Time
	f.filter.Accounts, f.filter.Regions = f.limits.accounts, f.limits.regions
	r, err := query.FindReport(args[0])
	if err != nil {
		return errors.Join(err) // a wrong name is told with a suggestion
	}
	store, err := schema.Open(ctx, *f.store)
	if err != nil {
		return err
	}
	return errors.Join(f.answer(ctx, s, store, &r), store.Close())
}

// listReports lists the reports for people.
func listReports(w io.Writer) {
	for _, r := range query.Reports() {
		fmt.Fprintf(w, "%-12s %s\n", r.Name, r.Title)
	}
}

func (f *reportFlags) answer(ctx context.Context, s streams, store *schema.Store, r *query.Report) error {
	result, err := r.Run(ctx, store, f.filter)
	if err != nil {
		return err
	}
	return writeResult(s, result, *f.format, *f.quiet)
}

// writeResult writes an answer, and tells how many rows it had: none, or, on a
// terminal, whatever number.
func writeResult(s streams, result query.Result, format query.Format, quiet bool) error {
	rows, err := query.Write(s.out, result, format, s.width())
	switch {
	case err != nil || quiet:
	case rows == 0:
		say(s.err, "no rows")
	case isTerminal(s.out):
		say(s.err, "%s rows", count(rows))
	}
	return err
}

// An optionalBool is a flag that is true, false or not given.
type optionalBool struct{ value **bool }

func (v *optionalBool) Type() string { return "true|false" }

func (v *optionalBool) String() string {
	if *v.value == nil {
		return ""
	}
	return strconv.FormatBool(**v.value)
}

func (v *optionalBool) Set(text string) error {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return errors.New("it is true or false")
	}
	*v.value = &b
	return nil
}
