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
alarm VERB [SOURCE...], where VERB is list, explain, replay or coverage:

alarm list shows what the sources hold, and what of it cannot be run and why.

alarm explain shows how each pattern is understood, and its SQL.

alarm replay runs all of it over the events of the store, by eventTime, as if every
event had reached CloudWatch the second it happened: when each alarm changes its
state, with the reason in CloudWatch's words and the events; what each rule matches.
In the forms of -o it has a row for each change and each match; --by rule has one for
each rule, --by technique one for each technique of ATT&CK, and --truth FILE says how
well each rule finds the events that the file labels.

alarm coverage shows which tactics and techniques of ATT&CK the rules say that they
are about, and which tactics none is about.

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
	parameters   []string
	placeholders []string
	load         source.Options
	selection    alarm.Selection
	suppress     string
	options      alarm.Options
}

func (f *ruleFlags) define(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.parameters, "parameter", nil, "a `NAME=VALUE` for a parameter of CloudFormation or a variable of Terraform, as terraform plan takes it in -var; again for one more")
	flags.StringArrayVar(&f.load.VarFiles, "var-file", nil, "a `FILE` of values for variables of Terraform, as terraform plan takes it; again for one more")
	flags.StringArrayVar(&f.placeholders, "placeholder", nil, "a `NAME=VALUE,...` for a placeholder (%NAME%) of Sigma rules; again for one more")
	flags.DurationVar(&f.load.Period, "period", 5*time.Minute, "of the alarm on a bare pattern: a `DURATION` in minutes")
	flags.Float64Var(&f.load.Threshold, "threshold", 1, "of the alarm on a bare pattern: it goes off at so many events (`N`)")
	flags.StringSliceVar(&f.selection.Levels, "level", nil, "only rules of this `LEVEL` of Sigma and above ("+strings.Join(alarm.Levels(), ", ")+"); several are these alone")
	match := func(m *query.Match, name, usage string) { flags.Var(&matchValue{match: m}, name, usage) }
	match(&f.selection.Rule, "rule", "only the rules and alarms of this `NAME` or ID, such as '*bucket*'")
	match(&f.selection.Tag, "tag", "only rules with this `TAG`: a tactic, a technique with its sub-techniques, such as attack.t1098")
	match(&f.selection.Status, "status", "only rules of this `STATUS` of Sigma: stable, test, experimental, ...; of alarm list also "+strings.Join(alarm.Statuses(), ", "))
	flags.StringVar(&f.suppress, "suppress", "", "leave out matches that this `FILE` says are known, and tell how many (YAML)")
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
	f.load.Placeholders = map[string][]string{}
	for _, text := range f.placeholders {
		name, values, ok := strings.Cut(text, "=")
		if !ok {
			return &usageError{message: fmt.Sprintf("--placeholder %q has no value", text), hint: "--placeholder " + text + "=VALUE,..."}
		}
		f.load.Placeholders[strings.Trim(name, "%")] = strings.Split(values, ",")
	}
	if err := f.selection.Check(); err != nil {
		return &usageError{message: err.Error(), hint: "--level " + strings.Join(alarm.Levels(), ",") + ", or some of them"}
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

// selectRules leaves out what --level, --rule, --tag and --status do, and says of how much is
// nothing told then.
func (f *ruleFlags) selectRules(set *alarm.Set, tell func(format string, args ...any)) error {
	alarms, rules := len(set.Alarms), len(set.Rules)
	misses, err := set.Select(&f.selection)
	if err != nil {
		return matchMisuse(err)
	}
	var unmet []string
	for i := range misses {
		unmet = append(unmet, misses[i].String())
	}
	alarms, rules = alarms-len(set.Alarms), rules-len(set.Rules)
	if alarms+rules > 0 && len(set.Rules)+len(set.Alarms) == 0 {
		message := "no rule is left by --level, --rule, --tag and --status"
		if unmet != nil {
			message += ": " + strings.Join(unmet, "; ")
		}
		return &usageError{message: message, hint: "trailbox alarm list shows which levels and tags there are"}
	}
	for _, text := range unmet {
		tell("%s", text)
	}
	if alarms+rules > 0 {
		tell("left out by --level, --rule, --tag and --status: %s and %s", query.Plural(int64(alarms), "alarm"), query.Plural(int64(rules), "rule"))
	}
	return nil
}

// readSuppressions reads what --suppress names, for the rules of a set, and says what of it
// suppresses nothing any more.
func (f *ruleFlags) readSuppressions(set *alarm.Set, now time.Time, tell func(format string, args ...any)) error {
	f.options.Suppressions = nil
	if f.suppress == "" {
		return nil
	}
	text, err := os.ReadFile(f.suppress)
	if err != nil {
		return err
	}
	all, err := alarm.ParseSuppressions(text)
	if err != nil {
		return &usageError{message: fmt.Sprintf("--suppress %s: %v", f.suppress, err), hint: "trailbox help topic alarms shows one"}
	}
	for _, one := range all {
		if one.Expired(now) {
			tell("%s:%d has expired and suppresses nothing: %s", f.suppress, one.Line, one)
			continue
		}
		misses, err := one.Settle(set)
		if err != nil {
			return matchMisuse(err)
		}
		for i := range misses {
			misses[i].Filter = "rule"
			tell("%s:%d: %s", f.suppress, one.Line, &misses[i])
		}
		f.options.Suppressions = append(f.options.Suppressions, one)
	}
	return nil
}

// tellBarren says how much of what is run can match nothing at all.
func (f *ruleFlags) tellBarren(set *alarm.Set, tell func(format string, args ...any)) {
	if n := set.Barren(f.options); n > 0 {
		tell("%s that can match nothing, such as a disabled one: trailbox alarm list says why", query.Plural(int64(n), "rule"))
	}
}

// tellElsewhere says how much of what is run is of places that no event is from.
func tellElsewhere(ctx context.Context, store *schema.Store, set *alarm.Set, o alarm.Options, tell func(format string, args ...any)) error {
	n, err := set.Elsewhere(ctx, store, o)
	if err == nil && n > 0 {
		tell("%d of the alarms and rules belong to an account or a Region that no event is from, and see nothing; --together lets alarms see all", n)
	}
	return err
}

// tellSuppressed says what each suppression has suppressed.
func tellSuppressed(tell func(format string, args ...any), all []alarm.Suppressed) {
	for _, one := range all {
		if one.Matches == 0 {
			tell("suppressed nothing: %s", one)
			continue
		}
		tell("suppressed %d: %s", one.Matches, one)
	}
}

// alarmFlags are the flags of alarm.
type alarmFlags struct {
	ruleFlags
	flags  *pflag.FlagSet
	store  *storeFlags
	filter filterFlags
	by     string
	truth  string
	// statuses are what list shows.
	statuses []string
	answer   answerFlags
}

// formatTimeline is the form in which people read a replay.
const formatTimeline query.Format = "timeline"

func prepareAlarm(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &alarmFlags{flags: flags, store: storeFlag(flags)}
	f.define(flags)
	f.filter.define(flags)
	flags.StringVar(&f.by, "by", "", "of replay: a row for each `THING`: rule or technique (of ATT&CK)")
	flags.StringVar(&f.truth, "truth", "", "of replay: how well rules find what this `FILE` labels: CSV or JSON of eventID and label, or of eventIDs")
	flags.IntVar(&f.options.Events, "events", 0, "show up to `N` events with each change and match, 0 for all (default 5 in a timeline; in the other forms, which have a row for each, 1)")
	f.answer.define(flags, formatTimeline, query.FormatNames()+", or xlsx or parquet with --to; of replay also timeline", formatTimeline, query.FormatParquet)
	return f.run
}

func (f *alarmFlags) run(ctx context.Context, s streams, args []string) error {
	verbs := []string{"list", "explain", "replay", "coverage"}
	if len(args) == 0 {
		return &usageError{message: "alarm what?", hint: "trailbox alarm list, explain, replay or coverage"}
	}
	verb, sources := args[0], args[1:]
	run := map[string]func(context.Context, streams, *alarm.Set) error{"list": f.list, "explain": f.explain, "replay": f.replay, "coverage": f.coverage}[verb]
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
	if err := f.selectRules(set, f.tell(s)); err != nil {
		return err
	}
	f.answer.name = "alarm " + verb
	switch {
	case verb == "replay":
		if err := somethingToRun(s, set, sources); err != nil {
			return err
		}
	case verb != "list" && len(set.Alarms)+len(set.Rules) == 0:
		f.tell(s)("%s: trailbox help rules says what is read", set.Totals())
	}
	return run(ctx, s, set)
}

// tell says things, unless it is to be quiet.
func (f *alarmFlags) tell(s streams) func(format string, args ...any) {
	return telling(s, *f.answer.quiet)
}

// check tidies the flags up, and refuses those that the verb does not have.
func (f *alarmFlags) check(verb string) error {
	if verb != "replay" {
		own := []string{"together", "wide-range", "all-management-events", "events", "by", "truth", "suppress"}
		for _, name := range append(own, filterNames()...) {
			if f.flags.Changed(name) {
				return &usageError{message: fmt.Sprintf("alarm %s has no --%s", verb, name), hint: "it is for trailbox alarm replay"}
			}
		}
	}
	if err := f.checkStatus(verb); err != nil {
		return err
	}
	if verb == "explain" {
		for _, name := range []string{"output", "to", "columns", "wide", "vertical"} {
			if f.flags.Changed(name) {
				return &usageError{message: "alarm explain has no --" + name, hint: "it prints SQL: trailbox alarm explain SOURCE > FILE.sql"}
			}
		}
	}
	switch {
	case verb != "replay" && f.answer.output.given == formatTimeline:
		return &usageError{message: "alarm " + verb + " has no -o timeline", hint: "trailbox help alarm"}
	case f.by != "" && f.by != "rule" && f.by != "technique":
		return &usageError{message: fmt.Sprintf("--by %q: there is --by rule and --by technique", f.by), hint: "leave it out for a row for each match"}
	case f.by != "" && f.truth != "":
		return &usageError{message: "--truth has rows of its own", hint: "leave out --by"}
	case f.by+f.truth != "" && f.answer.output.given == formatTimeline:
		return &usageError{message: "a timeline has no --by and no --truth", hint: "-o table"}
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

// checkStatus tells what --status means: what becomes of a rule, for list, or the status that
// it has by Sigma.
func (f *alarmFlags) checkStatus(verb string) error {
	words := strings.Split(f.flags.Lookup("status").Value.String(), ",")
	if !slices.ContainsFunc(words, func(word string) bool { return slices.Contains(alarm.Statuses(), word) }) {
		return nil
	}
	if verb != "list" {
		return &usageError{message: fmt.Sprintf("alarm %s has no --status %s", verb, strings.Join(words, ",")), hint: "trailbox alarm list --status refused"}
	}
	for _, status := range words {
		if !slices.Contains(alarm.Statuses(), status) {
			return &usageError{message: fmt.Sprintf("%q is not a status", status), hint: "--status " + strings.Join(alarm.Statuses(), ",") + ", or some of them"}
		}
	}
	f.statuses, f.selection.Status = words, query.Match{}
	return nil
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
	s.page.ask("Alarms and rules, and what becomes of each", "")
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

func (f *alarmFlags) coverage(_ context.Context, s streams, set *alarm.Set) error {
	f.answer.format, f.answer.aside = f.rows(), []string{"names"}
	s.page.ask("What the rules cover of ATT&CK", "")
	if !*f.answer.quiet {
		tellProblems(s, set)
		unseen := set.Unseen()
		if len(unseen) > 0 {
			say(s.err, "no rule for %d of ATT&CK's %d tactics: %s", len(unseen), len(alarm.Tactics()), strings.Join(unseen, ", "))
		}
	}
	if err := f.answer.write(s, "", func() (query.Result, error) { return set.Coverage(), nil }, nil); err != nil {
		return err
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
