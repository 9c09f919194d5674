package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
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
In the forms of -o it has a row for each change and each match.

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

replay ends with 3 if an alarm went off or a rule matched. All three end with 4 if
something in the sources is refused, unless it is 3; what is left aside is no fault.`,
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
	flags.StringArrayVar(&f.parameters, "parameter", nil, "a `NAME=VALUE` for a parameter of CloudFormation or a variable of Terraform, as terraform plan takes it in -var; again for one more")
	flags.StringArrayVar(&f.load.VarFiles, "var-file", nil, "a `FILE` of values for variables of Terraform, as terraform plan takes it; again for one more")
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
	if math.IsInf(f.load.Threshold, 0) || math.IsNaN(f.load.Threshold) {
		return &usageError{message: fmt.Sprintf("--threshold %v is not a number of events", f.load.Threshold), hint: "--threshold 5"}
	}
	for _, name := range f.load.VarFiles {
		if info, err := os.Stat(name); err != nil || info.IsDir() {
			return &usageError{message: "--var-file " + name + " is not a file", hint: "--var-file prod.tfvars"}
		}
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

// placed loads the sources of a set once more, where something of it is refused for want of
// the account or the Region, with those of the store if it has one of them.
func (f *ruleFlags) placed(ctx context.Context, from *storeFlags, sources []string, set *alarm.Set, filter query.Filter) (*alarm.Set, error) {
	wanted := func(p alarm.Problem) bool {
		return !p.Aside && (slices.Contains(p.Parameters, source.ParameterAccount) || slices.Contains(p.Parameters, source.ParameterRegion))
	}
	if !slices.ContainsFunc(set.Problems, wanted) {
		return set, nil
	}
	store, err := from.open(ctx, schema.Grants{})
	if err != nil {
		return nil, err
	}
	where := filter.Where()
	where.Since, where.Until = time.Time{}, time.Time{}
	f.load.Account, f.load.Region, err = alarm.OnlyPlace(ctx, store, where)
	if err := errors.Join(err, store.Close()); err != nil {
		return nil, err
	}
	return source.Load(sources, f.load)
}

// alarmFlags are the flags of alarm.
type alarmFlags struct {
	ruleFlags
	flags  *pflag.FlagSet
	store  *storeFlags
	filter filterFlags
	levels []string
	tags   []string
	// statuses are what list shows.
	statuses []string
	answer   answerFlags
}

// formatTimeline is the form in which people read a replay.
const formatTimeline query.Format = "timeline"

func prepareAlarm(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &alarmFlags{flags: flags, store: storeFlag(flags)}
	f.define(flags)
	flags.StringSliceVar(&f.levels, "level", nil, "only rules of these `LEVELS` of Sigma ("+strings.Join(alarm.Levels(), ", ")+")")
	flags.StringSliceVar(&f.tags, "tag", nil, "only rules with one of these `TAGS`, such as attack.t1098 or 'attack.t1078*'")
	flags.StringSliceVar(&f.statuses, "status", nil, "of list: only what is `STATUS`: "+strings.Join(alarm.Statuses(), ", "))
	f.filter.define(flags)
	flags.IntVar(&f.options.Events, "events", 0, "show up to `N` events with each change and match, 0 for all (default 5 in a timeline; in the other forms, which have a row for each, 1)")
	f.answer.define(flags, formatTimeline, query.FormatNames()+", or xlsx with --to; of replay also timeline", formatTimeline)
	return f.run
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
	if err == nil && (verb == "replay" || f.flags.Changed("store")) {
		set, err = f.placed(ctx, f.store, sources, set, f.filter.Filter)
	}
	if err != nil {
		return err
	}
	if err := f.selectRules(s, set); err != nil {
		return err
	}
	f.answer.name = "alarm " + verb
	if verb == "replay" {
		if err := somethingToRun(s, set, sources); err != nil {
			return err
		}
	}
	return run(ctx, s, set)
}

// check tidies the flags up, and refuses those that the verb does not have.
func (f *alarmFlags) check(verb string) error {
	if verb != "replay" {
		own := []string{"together", "wide-range", "all-management-events", "events"}
		for _, name := range append(own, filterNames()...) {
			if f.flags.Changed(name) {
				return &usageError{message: fmt.Sprintf("alarm %s has no --%s", verb, name), hint: "it is for trailbox alarm replay"}
			}
		}
	}
	if verb != "list" && f.flags.Changed("status") {
		return &usageError{message: fmt.Sprintf("alarm %s has no --status", verb), hint: "trailbox alarm list --status refused"}
	}
	for _, status := range f.statuses {
		if !slices.Contains(alarm.Statuses(), status) {
			return &usageError{message: fmt.Sprintf("%q is not a status", status), hint: "--status " + strings.Join(alarm.Statuses(), ",") + ", or some of them"}
		}
	}
	if verb == "explain" {
		for _, name := range []string{"output", "to", "columns", "wide", "vertical"} {
			if f.flags.Changed(name) {
				return &usageError{message: "alarm explain has no --" + name, hint: "it prints SQL: trailbox alarm explain SOURCE > FILE.sql"}
			}
		}
	}
	for i, level := range f.levels {
		if f.levels[i] = strings.ToLower(strings.TrimSpace(level)); !slices.Contains(alarm.Levels(), f.levels[i]) {
			return &usageError{message: fmt.Sprintf("%q is not a level", level), hint: "--level " + strings.Join(alarm.Levels(), ",") + ", or some of them"}
		}
	}
	switch {
	case verb == "list" && f.answer.output.given == formatTimeline:
		return &usageError{message: "alarm list has no -o timeline", hint: "trailbox help alarm"}
	case f.answer.output.given == formatTimeline && f.answer.isShaped():
		return &usageError{message: "a timeline is no table: it has no --columns, --wide or --vertical", hint: "-o table"}
	case f.options.Events < 0:
		return &usageError{message: "--events is a number of events", hint: "leave it out"}
	}
	if err := f.answer.check(f.store.path); err != nil {
		return err
	}
	if err := f.checkRules(); err != nil {
		return err
	}
	return f.filter.check()
}

// selectRules leaves out what --level and --tag do, and says of how much it is silent then.
func (f *alarmFlags) selectRules(s streams, set *alarm.Set) error {
	alarms, rules := len(set.Alarms), len(set.Rules)
	if err := set.Select(f.levels, f.tags); err != nil {
		return &usageError{message: "--tag: " + err.Error(), hint: "a tag, or the beginning of some: 'attack.t1078*'"}
	}
	alarms, rules = alarms-len(set.Alarms), rules-len(set.Rules)
	switch {
	case alarms+rules == 0:
		return nil
	case len(set.Rules) == 0:
		return &usageError{message: "no rule is left by --level and --tag", hint: "trailbox alarm list shows which levels and tags there are"}
	case !*f.answer.quiet:
		say(s.err, "left out by --level and --tag: %s and %s", plural(int64(alarms), "alarm"), plural(int64(rules), "rule"))
	}
	return nil
}

// inTime says that a replay is told along its time.
func (f *alarmFlags) inTime() bool {
	return f.answer.inWords() || f.answer.output.given == formatTimeline
}

// rows is the form of rows that was asked for.
func (f *alarmFlags) rows() query.Format {
	if f.answer.format == formatTimeline {
		return query.FormatTable
	}
	return f.answer.format
}

func (f *alarmFlags) list(_ context.Context, s streams, set *alarm.Set) error {
	f.answer.format = f.rows()
	f.answer.aside = []string{"tags", "condition"}
	err := f.answer.write(s, "", func() (query.Result, error) { return set.Table(f.statuses), nil }, nil)
	if err != nil {
		return err
	}
	if !*f.answer.quiet {
		say(s.err, "%s", set.Totals())
		tellParameters(s, set)
	}
	return refused(set)
}

// refused is the finding that something cannot be run.
func refused(set *alarm.Set) error {
	for _, p := range set.Problems {
		if !p.Aside {
			return errUnrun
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
	tellParameters(s, set)
	if aside > 0 {
		say(s.err, "%d aside: trailbox alarm list --status aside says what and why", aside)
	}
}

// tellParameters says how to give the parameters for want of which something is refused.
func tellParameters(s streams, set *alarm.Set) {
	var names []string
	for _, p := range set.Problems {
		if !p.Aside {
			names = append(names, p.Parameters...)
		}
	}
	if slices.Sort(names); len(names) > 0 {
		say(s.err, "hint: %s", parametersOf(slices.Compact(names)))
	}
}

// parametersOf is how parameters are given.
func parametersOf(names []string) string {
	var flags []string
	for _, name := range names[:min(len(names), maxParametersTold)] {
		flags = append(flags, "--parameter "+name+"=VALUE")
	}
	return strings.Join(flags, " ")
}

const (
	// maxParametersTold is how many parameters are named in a hint.
	maxParametersTold = 5
	// maxAsidesTold is how much of what is aside is told where that is all there is.
	maxAsidesTold = 5
)

// somethingToRun refuses sources that give nothing to run, since their answer would be that
// nothing was found; it says what they hold.
func somethingToRun(s streams, set *alarm.Set, sources []string) error {
	if len(set.Alarms)+len(set.Rules) > 0 {
		return nil
	}
	where := strings.Join(sources, " ")
	e := &usageError{message: "nothing to run: no alarm, no metric filter and no rule is in " + where, hint: "trailbox help rules says what is read"}
	if len(set.Problems) == 0 {
		return e
	}
	var names []string
	told := 0
	for _, p := range set.Problems {
		switch {
		case !p.Aside:
			say(s.err, "trailbox: %s", p.Error())
		case told < maxAsidesTold:
			say(s.err, "aside: %s", p.Error())
			told++
		}
		names = append(names, p.Parameters...)
	}
	e.message = "nothing to run: " + strings.TrimPrefix(set.Totals(), "nothing; ")
	e.hint = "trailbox alarm list " + where + " shows all of it"
	if slices.Sort(names); len(names) > 0 {
		e.hint = "other values may let it in: " + parametersOf(slices.Compact(names)) + "; " + e.hint
	}
	return e
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
	return errors.Join(f.replayIn(ctx, s, store, set), store.Close())
}

// replayIn replays over a store.
func (f *alarmFlags) replayIn(ctx context.Context, s streams, store *schema.Store, set *alarm.Set) error {
	quiet, inTime := *f.answer.quiet, f.inTime()
	if !f.flags.Changed("events") {
		f.options.Events = 1
		if inTime {
			f.options.Events = 5
		}
	}
	if !quiet {
		tellProblems(s, set)
	}
	if err := f.filter.settle(ctx, s, store, quiet); err != nil {
		return err
	}
	f.options.Filter = f.filter.Filter
	var nothing string
	if !quiet {
		var err error
		if nothing, err = tellCoverage(ctx, s, store, &f.options.Filter); err != nil {
			return err
		}
	}
	head := set.Totals() + ": a replay on eventTime, as if every event had reached CloudWatch the second it happened"
	var fired bool
	var err error
	if inTime {
		fired, err = f.writeTimeline(ctx, s, store, set, head, nothing)
	} else {
		if !quiet {
			say(s.err, "%s", head)
		}
		fired, err = f.writeRows(ctx, s, store, set, nothing)
	}
	switch {
	case err != nil:
		return err
	case fired:
		return errFindings
	}
	return refused(set)
}

// writeTimeline writes a replay for people.
func (f *alarmFlags) writeTimeline(ctx context.Context, s streams, store *schema.Store, set *alarm.Set, head, nothing string) (fired bool, err error) {
	var r alarm.Replay
	if r.Transitions, err = alarm.Transitions(ctx, store, set, f.options); err != nil {
		return false, err
	}
	if r.Tallies, err = alarm.Count(ctx, store, set, f.options); err != nil {
		return false, err
	}
	c, err := query.Cover(ctx, store, f.options.Filter)
	if err != nil {
		return false, err
	}
	to, done, err := f.answer.stdout(s)
	if err != nil {
		return false, err
	}
	_, err = fmt.Fprintln(to.answer(), head)
	if err == nil {
		err = r.WriteTimeline(to.answer(), c.First, c.Last, to.width())
	}
	if err = errors.Join(err, done()); err == nil && len(r.Transitions)+len(r.Tallies) == 0 && nothing != "" {
		say(s.err, "%s", nothing)
	}
	return r.Fired(), err
}

// writeRows writes a replay with a row for each change and each match.
func (f *alarmFlags) writeRows(ctx context.Context, s streams, store *schema.Store, set *alarm.Set, nothing string) (fired bool, err error) {
	var findings []alarm.Finding
	for finding, err := range alarm.Evaluate(ctx, store, set, f.options) {
		if err != nil {
			return false, err
		}
		findings = append(findings, finding)
	}
	f.answer.format = f.rows()
	f.answer.aside = []string{"id", "status", "tags", "file", "arn", "userAgent", "reason"}
	err = f.answer.write(s, nothing, func() (query.Result, error) { return alarm.Rows(findings), nil }, nil)
	return alarm.Fired(findings), err
}
