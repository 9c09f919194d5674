package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/alarm/source"
	"trailbox/schema"
)

func alarmCommand() command {
	return command{
		name: "alarm", args: "VERB ...", summary: "what your alarms and rules would have found",
		about: `
alarm VERB [SOURCE...], where VERB is list, explain or replay:

alarm list shows what the sources hold, and what of it cannot be run and why.

alarm explain shows how each pattern is understood, and its SQL.

alarm replay runs all of it over the events of the store, by eventTime, as if every
event had reached CloudWatch the second it happened: when each alarm changes its
state, with the reason in CloudWatch's words and the events; what each rule matches.

A SOURCE is a file, a folder, a pattern, or one of ` + strings.Join(source.Builtins(), ", ") + ` (the default: all of
them):

- CloudFormation templates (JSON, YAML), Terraform files, terraform show -json
- aws logs describe-metric-filters and aws cloudwatch describe-alarms, side by side
- aws events describe-rule or list-rules, or an event pattern by itself
- Sigma rules and correlations
- '{ $.eventName = "DeleteBucket" }', as an alarm with --threshold and --period
- aws: the ten of AWS's template; aws-s3: the one for S3; cis: the CIS AWS
  Foundations Benchmark (--parameter Benchmark=3.0 for another version)

Each account and Region has alarms of its own, as in CloudWatch. Windows slide by
the minute; an alarm whose windows are empty changes at once, unless --wide-range
lets it look back as far as CloudWatch may do.

replay ends with 3 if an alarm went off or a rule matched; all three do if
something in the sources cannot be run.`,
		prepare: prepareAlarm,
	}
}

// ruleFlags are how alarms and rules are loaded and run.
type ruleFlags struct {
	parameters []string
	load       source.Options
	options    alarm.Options
}

func (f *ruleFlags) define(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.parameters, "parameter", nil, "a `NAME=VALUE` for a parameter of CloudFormation or a variable of Terraform; again for one more")
	flags.DurationVar(&f.load.Period, "period", 5*time.Minute, "of the alarm on a bare pattern: a `DURATION` in minutes")
	flags.Float64Var(&f.load.Threshold, "threshold", 1, "of the alarm on a bare pattern: it goes off at so many events (`N`)")
	flags.BoolVar(&f.options.Together, "together", false, "one alarm over all accounts and Regions")
	flags.BoolVar(&f.options.WideRange, "wide-range", false, "look further back for missing data than the evaluation periods")
	flags.BoolVar(&f.options.ReadOnlyEvents, "all-management-events", false, "let EventBridge rules see read-only management events, whatever their state")
}

// checkRules tidies these flags up.
func (f *ruleFlags) checkRules() error {
	if f.load.Period < time.Minute || f.load.Period%time.Minute != 0 {
		return &usageError{message: fmt.Sprintf("--period %s is not a number of minutes", f.load.Period), hint: "--period 5m"}
	}
	f.load.Parameters = map[string]string{}
	for _, text := range f.parameters {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return &usageError{message: fmt.Sprintf("--parameter %q has no value", text), hint: "--parameter " + text + "=VALUE"}
		}
		f.load.Parameters[name] = value
	}
	return nil
}

// alarmFlags are the flags of alarm.
type alarmFlags struct {
	ruleFlags
	flags  *pflag.FlagSet
	store  *storeFlags
	quiet  *bool
	filter filterFlags
	form   timelineValue
}

func prepareAlarm(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &alarmFlags{flags: flags, store: storeFlag(flags)}
	f.define(flags)
	f.filter.define(flags)
	flags.IntVar(&f.options.Events, "events", 0, "show up to `N` events with each change or rule (default 5 where people read, all in JSON and CSV)")
	flags.VarP(&f.form, "output", "o", "`FORMAT` of the answer: "+query.FormatNames()+"; of replay also timeline (its default)")
	f.quiet = quietFlag(flags)
	return f.run
}

// A timelineValue is a flag that takes a format, or timeline.
type timelineValue struct {
	format   query.Format
	timeline bool
	given    bool
}

func (v *timelineValue) Type() string { return "format" }

func (v *timelineValue) String() string {
	if v.timeline {
		return "timeline"
	}
	return string(v.format)
}

func (v *timelineValue) Set(text string) error {
	v.given = true
	if v.timeline = text == "timeline"; v.timeline {
		return nil
	}
	format, err := query.ParseFormat(text)
	v.format = format
	return err
}

func (f *alarmFlags) run(ctx context.Context, s streams, args []string) error {
	verbs := []string{"list", "explain", "replay"}
	if len(args) == 0 {
		return &usageError{message: "alarm what?", hint: "trailbox alarm list, trailbox alarm explain or trailbox alarm replay"}
	}
	verb, sources := args[0], args[1:]
	run := map[string]func(context.Context, streams, *alarm.Set) error{"list": f.list, "explain": f.explain, "replay": f.replay}[verb]
	if run == nil {
		return &usageError{message: fmt.Sprintf("alarm cannot %q", verb), hint: suggest("trailbox alarm ", verb, verbs, "trailbox help alarm")}
	}
	if err := f.check(verb); err != nil {
		return err
	}
	if len(sources) == 0 {
		sources = source.Builtins()
	}
	set, err := source.Load(sources, f.load)
	if err != nil {
		return err
	}
	return run(ctx, s, set)
}

// check tidies the flags up, and refuses those that the verb does not have.
func (f *alarmFlags) check(verb string) error {
	if verb != "replay" {
		own := []string{"store", "trust-schema", "together", "wide-range", "all-management-events", "events"}
		for _, name := range append(own, filterNames()...) {
			if f.flags.Changed(name) {
				return &usageError{message: fmt.Sprintf("alarm %s has no --%s", verb, name), hint: "it is for trailbox alarm replay"}
			}
		}
	}
	switch {
	case verb == "explain" && f.form.given, verb != "replay" && f.form.timeline:
		return &usageError{message: fmt.Sprintf("alarm %s has no -o %s", verb, &f.form), hint: "trailbox help alarm"}
	case f.options.Events < 0:
		return &usageError{message: "--events is a number of events", hint: "leave it out"}
	}
	if err := f.checkRules(); err != nil {
		return err
	}
	if err := f.filter.check(); err != nil {
		return err
	}
	return nil
}

func (f *alarmFlags) list(_ context.Context, s streams, set *alarm.Set) error {
	format := f.form.format
	if !f.form.given {
		format = query.FormatTable
	}
	return errors.Join(writeResult(s, set.Table(), format, *f.quiet, "nothing found: the sources hold no alarms and no rules"), refused(set))
}

// refused is the finding that something cannot be run.
func refused(set *alarm.Set) error {
	for _, p := range set.Problems {
		if !p.Aside {
			return errFindings
		}
	}
	return nil
}

// tellProblems says what cannot be run.
func tellProblems(s streams, set *alarm.Set) {
	aside := 0
	for _, p := range set.Problems {
		if p.Aside {
			aside++
			continue
		}
		say(s.err, "trailbox: %s", p.Error())
	}
	if aside > 0 {
		say(s.err, "%s not about CloudTrail: trailbox alarm list shows what was left aside", plural(int64(aside), "part"))
	}
}

func (f *alarmFlags) explain(_ context.Context, s streams, set *alarm.Set) error {
	for i, e := range set.Explain() {
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		if err := explainOne(s.out, e); err != nil {
			return err
		}
	}
	tellProblems(s, set)
	return refused(set)
}

// explainOne prints an explanation as an SQL script whose comments say the rest.
func explainOne(w io.Writer, e alarm.Explanation) error {
	var b strings.Builder
	comment := func(text string) {
		for line := range strings.Lines(text) {
			fmt.Fprintf(&b, "%s\n", strings.TrimRight("-- "+query.Escape(strings.TrimRight(line, "\r\n")), " "))
		}
	}
	comment(e.Name)
	comment(e.Kind)
	comment(e.Position.String())
	for _, n := range e.Notes {
		comment("note: " + n)
	}
	comment("")
	fmt.Fprintln(&b, "--")
	comment(e.Pattern)
	if e.Tree != "" {
		fmt.Fprintln(&b, "--")
		comment(e.Tree)
	}
	if e.Statement != "" {
		fmt.Fprintln(&b, e.Statement)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *alarmFlags) replay(ctx context.Context, s streams, set *alarm.Set) error {
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil {
		return err
	}
	return errors.Join(f.answer(ctx, s, store, set), store.Close())
}

func (f *alarmFlags) answer(ctx context.Context, s streams, store *schema.Store, set *alarm.Set) error {
	timeline := f.form.timeline || !f.form.given
	people := timeline || f.form.format == query.FormatTable || f.form.format == query.FormatMarkdown
	if people && !f.flags.Changed("events") {
		f.options.Events = 5
	}
	if !*f.quiet {
		tellProblems(s, set)
	}
	if err := f.filter.settle(ctx, s, store, *f.quiet); err != nil {
		return err
	}
	f.options.Filter = f.filter.Filter
	var nothing string
	if !*f.quiet {
		var err error
		if nothing, err = tellCoverage(ctx, s, store, &f.options.Filter); err != nil {
			return err
		}
	}
	head := fmt.Sprintf("a replay of %s and %s on eventTime, as if every event had reached CloudWatch the second it happened",
		plural(int64(len(set.Alarms)), "alarm"), plural(int64(len(set.Rules)), "rule"))
	if timeline {
		fmt.Fprintln(s.out, head)
	} else if !*f.quiet {
		say(s.err, "%s", head)
	}
	var r alarm.Replay
	var err error
	if r.Transitions, err = alarm.Transitions(ctx, store, set, f.options); err != nil {
		return err
	}
	if r.Tallies, err = alarm.Count(ctx, store, set, f.options); err != nil {
		return err
	}
	if timeline {
		c, err := query.Cover(ctx, store, f.options.Filter)
		if err != nil {
			return err
		}
		if err := r.WriteTimeline(s.out, c.First, c.Last, s.width()); err != nil {
			return err
		}
		if len(r.Transitions)+len(r.Tallies) == 0 && nothing != "" {
			say(s.err, "%s", nothing)
		}
	} else if err := writeResult(s, r.Table(), f.form.format, *f.quiet, nothing); err != nil {
		return err
	}
	if r.Fired() {
		return errFindings
	}
	return refused(set)
}
