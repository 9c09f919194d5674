package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/ingest/bucket"
	"trailbox/ingest/cloudtrail"
	"trailbox/query"
	"trailbox/query/alarm/source"
	"trailbox/query/setup"
	"trailbox/schema"
)

func setupCommand() command {
	return command{
		name: "setup", summary: "how CloudTrail is switched on, and what of that is missing",
		about: `
setup prints what switches CloudTrail on in all Regions, for an account or, with
--organization, for an organization: commands of the AWS CLI, or what --form says.
It does nothing itself, and needs no credentials.

  trailbox setup --account 111122223333 --aws-region eu-west-1 \
      --bucket trail-logs --email oncall@example.org > setup.sh

setup --check says, from the store alone, which of the same things the archive shows
to be in place, which are missing, and which it cannot tell. --api also asks AWS.

  trailbox setup --check

It ends with 3 unless all of it is in place.`,
		prepare: prepareSetup,
	}
}

// setupFlags are the flags of setup.
type setupFlags struct {
	flags   *pflag.FlagSet
	store   *storeFlags
	check   bool
	verbose bool
	api     bool
	s3      bucket.Options
	form    formValue
	options setup.Options
	scope   scopeFlags
	format  *query.Format
	quiet   *bool
}

func prepareSetup(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &setupFlags{flags: flags, form: formValue{setup.CLI}, options: setup.Defaults()}
	o := &f.options
	flags.Var(&f.form, "form", "`FORM` of what is printed: cli, cloudformation or terraform")
	f.scope.definePlaces(flags)
	flags.StringVar(&o.Organization, "organization", "", "`ID` of an organization, o-...; --account is its management account then")
	flags.StringVar(&o.Bucket, "bucket", "", "the new `BUCKET` that log files go to")
	flags.StringVar(&o.Trail, "trail", o.Trail, "`NAME` of the trail; with --check, only trails of this name")
	flags.StringVar(&o.KMS, "kms", o.KMS, "`KEY` of the log files: new, none, or the ARN of one that there is")
	flags.StringSliceVar(&o.DataEvents, "data-events", o.DataEvents, "record data events of these `TYPE`s: "+strings.Join(setup.DataEventNames(), ", ")+", or such as AWS::SQS::Queue, or none")
	flags.StringSliceVar(&o.Network, "network-events", o.Network, "record what VPC endpoints for these `SERVICE`s refuse, or none")
	flags.StringSliceVar(&o.Alarms, "alarms", o.Alarms, "the `SET`s of alarms: "+strings.Join(source.Builtins(), ", ")+", or none")
	flags.StringVar(&o.Email, "email", "", "the `ADDRESS` that a new SNS topic tells of alarms")
	flags.StringVar(&o.Topic, "topic", "", "the `ARN` of an SNS topic that there is, to tell of alarms")
	flags.IntVar(&o.KeepDays, "keep-days", o.KeepDays, "delete log files after so many days (`N`)")
	flags.BoolVar(&f.check, "check", false, "say what is missing, as far as the store tells")
	flags.BoolVar(&f.verbose, "verbose", false, "with --check, list what is in place, too")
	flags.BoolVar(&f.api, "api", false, "with --check, also ask AWS how the account's trails and alarms are set up now")
	flags.StringVar(&f.s3.Profile, "profile", "", "with --api, the `NAME` of a profile in the AWS configuration")
	flags.StringVar(&f.s3.EndpointURL, "endpoint-url", "", "with --api, the `URL` of another server than AWS")
	f.store = storeFlag(flags)
	f.format = outputFlag(flags)
	f.quiet = quietFlag(flags)
	return f.run
}

// A formValue is a flag that takes a form of setup.
type formValue struct{ form setup.Form }

func (v *formValue) String() string { return string(v.form) }
func (v *formValue) Type() string   { return "form" }

func (v *formValue) Set(text string) error {
	form, err := setup.ParseForm(text)
	if err == nil {
		v.form = form
	}
	return err
}

func (f *setupFlags) run(ctx context.Context, s streams, args []string) error {
	if len(args) > 0 {
		return &usageError{message: "setup takes no arguments", hint: "trailbox setup --account ID --aws-region REGION --bucket BUCKET"}
	}
	if err := f.scope.check(); err != nil {
		return err
	}
	other, of := []string{"store", "trust-schema", "output", "quiet", "verbose", "api"}, "it is for trailbox setup --check"
	if f.check {
		other, of = []string{"form", "bucket", "email", "topic", "keep-days"}, "it is for trailbox setup without --check"
	}
	for _, name := range other {
		if f.flags.Changed(name) {
			return &usageError{message: "--" + name + " means nothing here", hint: of}
		}
	}
	if !f.api && (f.flags.Changed("profile") || f.flags.Changed("endpoint-url")) {
		return &usageError{message: "--profile and --endpoint-url mean nothing without --api", hint: "trailbox setup --check --api"}
	}
	if f.check {
		return f.runCheck(ctx, s)
	}
	return f.print(s)
}

// print writes what switches CloudTrail on.
func (f *setupFlags) print(s streams) error {
	for _, list := range [...]struct {
		name   string
		values []string
		to     *string
	}{{"account", f.scope.Accounts, &f.options.Account}, {"aws-region", f.scope.Regions, &f.options.Region}} {
		if len(list.values) > 1 {
			return &usageError{message: "--" + list.name + " is one here: where the trail is made", hint: "its home Region, and the account, or the management account of an organization"}
		}
		for _, value := range list.values {
			*list.to = value
		}
	}
	plan, err := setup.NewPlan(f.options)
	if err != nil {
		return setupUsage(err)
	}
	return plan.Write(s.out, f.form.form)
}

// setupUsage is what is wrong with the options of setup, by the names of their flags.
func setupUsage(err error) error {
	var wrong *setup.OptionError
	if !errors.As(err, &wrong) {
		return err
	}
	flag := map[string]string{
		"Account": "account", "Region": "aws-region", "Organization": "organization", "Trail": "trail", "Bucket": "bucket", "KMS": "kms",
		"DataEvents": "data-events", "Network": "network-events", "Alarms": "alarms", "Email": "email", "Topic": "topic", "KeepDays": "keep-days",
	}[wrong.Option]
	text := "--" + flag + " " + wrong.Problem
	if wrong.Value != "" {
		text = fmt.Sprintf("--%s %q %s", flag, wrong.Value, wrong.Problem)
	}
	return &usageError{message: text, hint: "trailbox setup --account 111122223333 --aws-region eu-west-1 --bucket trail-logs"}
}

// runCheck says what the store tells of what should be there.
func (f *setupFlags) runCheck(ctx context.Context, s streams) error {
	trail := ""
	if f.flags.Changed("trail") {
		trail = f.options.Trail
	}
	wanted, err := setup.NewWanted(f.options, f.scope.Scope, trail)
	if err != nil {
		return setupUsage(err)
	}
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil {
		return err
	}
	findings, whole, err := f.findings(ctx, s, store, wanted)
	if err := errors.Join(err, store.Close()); err != nil {
		return err
	}
	missing, untold := setup.Count(findings, setup.Missing), setup.Count(findings, setup.Untold)
	if err := writeResult(s, setup.Table(findings, f.verbose), *f.format, *f.quiet, ""); err != nil {
		return err
	}
	if !*f.quiet {
		say(s.err, "%s of %s in place, %s missing, %s that the archive cannot tell",
			query.Count(setup.Count(findings, setup.InPlace)), query.Plural(int64(len(findings)), "thing"), query.Count(missing), query.Count(untold))
	}
	if missing+untold > 0 || len(findings) == 0 || !whole {
		return errFindings
	}
	return nil
}

// findings are what the store tells and, if it is asked, AWS. whole says that AWS refused
// nothing.
func (f *setupFlags) findings(ctx context.Context, s streams, store *schema.Store, wanted *setup.Wanted) (findings []setup.Finding, whole bool, err error) {
	if !*f.quiet {
		if _, err := tellCoverage(ctx, s, store, new(query.Filter)); err != nil {
			return nil, false, err
		}
	}
	var told *setup.Told
	if f.api {
		if told, err = f.ask(ctx, s); err != nil {
			return nil, false, err
		}
	}
	findings, err = setup.Check(ctx, store, wanted, told)
	return findings, told == nil || told.Whole, err
}

// ask asks AWS.
func (f *setupFlags) ask(ctx context.Context, s streams) (*setup.Told, error) {
	source, err := cloudtrail.Open(ctx, cloudtrail.Options{Options: f.s3})
	if err != nil {
		return nil, err
	}
	settings, errs := source.Settings(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, err := range errs {
		sayError(s.err, err)
	}
	if len(errs) > 0 {
		say(s.err, "hint: the caller needs cloudtrail:DescribeTrails, GetTrailStatus, GetEventSelectors and GetInsightSelectors, logs:DescribeMetricFilters and cloudwatch:DescribeAlarms, as SecurityAudit and ReadOnlyAccess have them")
	}
	told := &setup.Told{Account: source.Account(), At: time.Now().UTC(), Whole: len(errs) == 0}
	for _, one := range settings {
		told.Settings = append(told.Settings, setup.Setting(one))
	}
	if !*f.quiet {
		say(s.err, "AWS was asked about the account %s, in %s", told.Account, query.Plural(int64(len(source.Regions())), "Region"))
	}
	return told, nil
}
