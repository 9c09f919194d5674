package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/lineage"
	"trailbox/query/page"
	"trailbox/schema"
)

func reportCommand() command {
	return command{
		name: "report", args: "[NAME]", summary: "answer a common question; without NAME, list them",
		about: `
All filters work on all reports. --actor takes any name that somebody goes by: a
user, a role (all of its sessions), a session, an ARN. --resource takes a name, an
id or an ARN, whichever of them the records have.

The first line on stderr says what the answer is about. --sql prints the statement
behind a report, to be changed and run: trailbox report who --sql | trailbox sql`,
		prepare: prepareReport,
	}
}

// reportFlags are the flags of report.
type reportFlags struct {
	store  *storeFlags
	answer answerFlags
	sql    *bool
	kin    *bool
	filter filterFlags
}

func prepareReport(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &reportFlags{store: storeFlag(flags)}
	f.filter.define(flags)
	f.filter.defineZone(flags)
	f.kin = flags.Bool("with-descendants", false, "also what descends from whoever is asked for: sessions and keys that they issued, to any depth")
	f.sql = flags.Bool("sql", false, "print the statement with the filters in it, and do not run it")
	f.answer.define(flags, query.FormatTable, query.FormatNames()+", or xlsx or parquet with --to", query.FormatParquet)
	return f.run
}

func (f *reportFlags) run(ctx context.Context, s streams, args []string) error {
	switch {
	case len(args) == 0:
		listReports(s.out)
		return nil
	case len(args) > 1:
		return &usageError{message: "one report at a time", hint: "trailbox report " + args[0]}
	case *f.sql && f.answer.to != "":
		return &usageError{message: "--to is for answers, and --sql gives none", hint: "trailbox report " + args[0] + " --sql > FILE"}
	}
	if err := f.filter.check(); err != nil {
		return err
	}
	if *f.kin && !f.filter.HasWho() {
		return &usageError{
			message: "--with-descendants needs one of --actor, --access-key, --source-ip, --user-agent, --caller-account",
			hint:    "trailbox report " + args[0] + " --actor NAME --with-descendants",
		}
	}
	s.zone = f.filter.zone.zone
	if err := f.answer.check(f.store.path); err != nil {
		return err
	}
	r, err := query.FindReport(args[0])
	if err != nil {
		return err
	}
	f.answer.name, f.answer.aside = r.Name, r.Aside
	switch {
	case r.TooWide(f.filter.Filter):
		return &usageError{
			message: fmt.Sprintf("report %s needs one of --%s", r.Name, strings.Join(r.Needs, ", --")),
			hint:    fmt.Sprintf("trailbox report %s --%s VALUE", r.Name, r.Needs[0]),
		}
	case r.HasZone():
		if r.Zone, err = f.filter.zone.name(); err != nil {
			return err
		}
	}
	if *f.sql {
		return f.writeSQL(ctx, s, &r)
	}
	grants, err := f.answer.grants(schema.Grants{})
	if err != nil {
		return err
	}
	store, err := f.store.open(ctx, grants)
	if err != nil {
		return err
	}
	err = f.write(ctx, s, store, &r)
	if err == nil && r.IsOfPeriod() && f.filter.HasPeriod() {
		err = f.checkPeriod(ctx, s, store, &r)
	}
	return errors.Join(err, store.Close())
}

// checkPeriod says so if some of the period that was asked for is absent.
func (f *reportFlags) checkPeriod(ctx context.Context, s streams, store *schema.Store, r *query.Report) error {
	a, err := r.Absent(ctx, store, f.asked(r))
	switch {
	case err != nil:
		return err
	case a.Places > 0 && a.Absent == 0:
		return nil
	}
	s.page.warn()
	switch {
	case *f.answer.quiet:
	case a.Places == 0:
		say(s.err, "the period is not covered: nothing is there")
	default:
		say(s.err, "the period is not covered: some of it is absent, by account and Region in %s of %s", query.Count(a.Absent), query.Count(a.Places))
	}
	return errFindings
}

// writeSQL writes the statement. What the filters mean the store says, if there is one.
func (f *reportFlags) writeSQL(ctx context.Context, s streams, r *query.Report) error {
	store, err := f.store.open(ctx, schema.Grants{})
	switch {
	case err != nil && *f.kin: // only the store knows who they are
		return err
	case err != nil:
		store = nil
	}
	err = f.filter.settle(ctx, s, store, true)
	if err == nil && *f.kin {
		err = f.findKin(ctx, s, store, true)
	}
	if store != nil {
		err = errors.Join(err, store.Close())
	}
	if err == nil {
		_, err = fmt.Fprint(s.out, r.Statement(f.asked(r)).Inline())
	}
	return err
}

// findKin makes the filter let through the descendants of whoever was asked for as well.
func (f *reportFlags) findKin(ctx context.Context, s streams, store *schema.Store, quiet bool) error {
	kin, err := lineage.Descendants(ctx, store, f.filter.Who())
	if err != nil {
		return err
	}
	f.filter.Also, f.filter.Families = kin.Condition(), kin.Families()
	if !quiet {
		say(s.err, "with descendants: %s asked for, and %s issued from them",
			query.Plural(int64(len(kin.Seeds)), "session"), query.Count(int64(len(kin.Sessions)-len(kin.Seeds))))
	}
	return nil
}

// asked is the filter of a report, once it is settled.
func (f *reportFlags) asked(r *query.Report) query.Filter {
	return r.Asked(f.filter.Filter, time.Now())
}

// listReports lists the reports for people, group by group.
func listReports(w io.Writer) {
	var group string
	for _, r := range query.Reports() {
		if r.Group != group {
			if group != "" {
				fmt.Fprintln(w)
			}
			group = r.Group
			fmt.Fprintln(w, group)
		}
		fmt.Fprintf(w, "  %-20s  %s\n", r.Name, r.Title)
	}
}

func (f *reportFlags) write(ctx context.Context, s streams, store *schema.Store, r *query.Report) error {
	if err := errors.Join(f.filter.settle(ctx, s, store, *f.answer.quiet), s.page.know(ctx, store)); err != nil {
		return err
	}
	if *f.kin {
		if err := f.findKin(ctx, s, store, *f.answer.quiet); err != nil {
			return err
		}
	}
	var nothing string
	if !*f.answer.quiet {
		var err error
		if nothing, err = tellCoverage(ctx, s, store, &f.filter.Filter); err != nil {
			return err
		}
		if r.Limits != "" && nothing != "" {
			say(s.err, "limits: %s", r.Limits)
		}
	}
	if s.page != nil {
		if err := f.draw(ctx, s.page, store, r); err != nil {
			return err
		}
	}
	return f.answer.write(s, nothing,
		func() (query.Result, error) { return r.Run(ctx, store, f.asked(r)) },
		func() (int64, error) { return r.Export(ctx, store, f.asked(r)) })
}

// draw tells a page what the report is, and what belongs to it besides its rows.
func (f *reportFlags) draw(ctx context.Context, p *answerPage, store *schema.Store, r *query.Report) error {
	// The page, what is absent, and who asks again are about one period.
	until := f.filter.Until
	if f.filter.Filter = f.asked(r); until.IsZero() && !f.filter.Until.IsZero() {
		p.until = f.filter.Until
	}
	p.ask(r.Title, r.Why)
	p.rows.Chart = r.Chart
	p.run("", r.Statement(f.filter.Filter).Inline())
	if r.Chart != "heat" {
		return nil
	}
	where := f.filter.Where()
	days, err := query.Days(ctx, store, where)
	if err != nil {
		return err
	}
	known, err := query.KnownTimes(ctx, store)
	if err != nil {
		return err
	}
	p.Heat = page.NewHeat(days, known, nil)
	p.run("The map", query.DaysStatement(where).Inline())
	p.run("The map, besides events", query.KnownStatement().Inline())
	return nil
}

// tellCoverage says what the answer will be about, and returns what to say if the
// answer is nothing: that there is no match, unless there is nothing to match.
func tellCoverage(ctx context.Context, s streams, store *schema.Store, f *query.Filter) (nothing string, err error) {
	c, err := query.Cover(ctx, store, *f)
	if err != nil {
		return "", err
	}
	s.page.cover(&c)
	if c.Events > 0 {
		say(s.unheard(), "covers %s", &c)
		return fmt.Sprintf("nothing found: no match among these %s events", query.Count(c.Events)), nil
	}
	return "", tellNotLoaded(ctx, s, store, limiting(f))
}

// tellNotLoaded says that the store has nothing of what was asked for by the flags that
// say where to look, or nothing at all.
func tellNotLoaded(ctx context.Context, s streams, store *schema.Store, flags []string) error {
	s.page.warn()
	whole, err := query.Cover(ctx, store, query.Filter{})
	switch {
	case err != nil:
		return err
	case whole.Events == 0:
		say(s.err, "nothing loaded: the store has no events; trailbox ingest SOURCE... loads log files")
	default:
		say(s.err, "nothing loaded of that %s: the store covers %s", strings.Join(flags, ", "), &whole)
	}
	return nil
}

// writeResult writes an answer, and tells how many rows it had.
func writeResult(s streams, result query.Result, format query.Format, quiet bool, nothing string) error {
	rows, err := query.Write(s.answer(), result, format, s.screen())
	if err == nil {
		tellRows(s, rows, quiet, nothing)
	}
	return err
}

// tellRows tells how many rows an answer had: none, in the words for nothing, or, on a
// terminal, whatever number.
func tellRows(s streams, rows int64, quiet bool, nothing string) {
	switch {
	case quiet:
	case rows == 0 && nothing != "":
		if s.page != nil {
			s.page.Empty = nothing
		}
		say(s.unheard(), "%s", nothing)
	case isTerminal(s.out):
		say(s.err, "%s rows", query.Count(rows))
	}
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
