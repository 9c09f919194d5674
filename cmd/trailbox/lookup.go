package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

func lookupCommand() command {
	return command{
		name: "lookup", summary: "aws cloudtrail lookup-events, without its limits",
		about: `
The flags and the JSON are those of "aws cloudtrail lookup-events": a script runs
with the two words exchanged. Beyond it, several attributes must all fit, and all
that is in the store is looked up: every account and Region, data events, of any
age.

  trailbox lookup --lookup-attributes AttributeKey=Username,AttributeValue=root
  trailbox lookup --key AKIADEPLOYBOTEXAMPLE --since 2026-03-02 -o table

Attributes are EventId, EventName, ReadOnly, Username, ResourceType, ResourceName,
EventSource and AccessKeyId, each compared as a whole. The filters are those of
report: --actor (or --user) takes any name that somebody goes by, --resource any
of a resource. --text and --regex look at the record as it was delivered. All that
is found is printed, unless --max-items says how many of the newest; a NextToken is
not needed and not given. Of the flags of the AWS CLI, --region limits as
--aws-region does; those that are about the connection (--profile, --page-size,
...) are taken and not used.`,
		prepare: prepareLookup,
	}
}

// lookupFlags are the flags of lookup.
type lookupFlags struct {
	store      *storeFlags
	answer     answerFlags
	filter     filterFlags
	attributes []string
	start, end awsTimeValue // of lookup
	category   string
	pattern    string
	input      string // of --cli-input-json
	lookup     query.Lookup
}

func prepareLookup(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &lookupFlags{store: storeFlag(flags)}
	flags.StringArrayVar(&f.attributes, "lookup-attributes", nil, "`AttributeKey=KEY,AttributeValue=VALUE`, or as JSON; again for one more")
	f.start.time, f.end.time = &f.lookup.Start, &f.lookup.End
	flags.Var(&f.start, "start-time", "from this `TIME` on: RFC 3339, a date, or seconds since 1970 (UTC)")
	flags.Var(&f.end, "end-time", "up to this `TIME`, which is included")
	flags.IntVar(&f.lookup.MaxItems, "max-items", 0, "only the newest `N` events (default all)")
	flags.StringVar(&f.category, "event-category", "", "only this `CATEGORY`: insight, management, data or networkactivity (default all but insight)")
	flags.StringVar(&f.lookup.Text, "text", "", "only records with this `WORD` anywhere, upper and lower case all one")
	flags.StringVar(&f.pattern, "regex", "", "only records that this `RE2` expression fits somewhere")
	f.filter.define(flags)
	f.filter.defineZone(flags)
	f.answer.define(flags, query.FormatJSON, "json as AWS has it, ndjson (an event a line), table, csv, markdown, or xlsx or parquet with --to", query.FormatParquet)

	f.answer.name = "lookup"

	// What the AWS CLI takes besides. Most of it is about the connection and makes no
	// difference here; prepare refuses what would make one that we cannot make.
	alias(flags, "aws-region", "region")
	flags.IntVar(&f.lookup.MaxItems, "max-results", 0, "")
	flags.StringVar(&f.input, "cli-input-json", "", "")
	values := []string{
		"starting-token", "next-token", "query", // refused
		"profile", "page-size", "endpoint-url", "ca-bundle", "cli-read-timeout", "cli-connect-timeout", "cli-binary-format",
	}
	for _, name := range values {
		flags.String(name, "", "")
	}
	switches := []string{"no-cli-pager", "no-cli-auto-prompt", "no-paginate", "no-verify-ssl", "no-sign-request", "debug"}
	for _, name := range switches {
		flags.Bool(name, false, "")
	}
	for _, name := range slices.Concat([]string{"max-results", "cli-input-json"}, values, switches) {
		flags.Lookup(name).Hidden = true
	}
	return func(ctx context.Context, s streams, args []string) error { return f.run(ctx, s, flags, args) }
}

func (f *lookupFlags) run(ctx context.Context, s streams, flags *pflag.FlagSet, args []string) error {
	if err := f.prepare(flags, args); err != nil {
		return err
	}
	s.zone = f.filter.zone.zone
	grants, err := f.answer.grants(schema.Grants{})
	if err != nil {
		return err
	}
	store, err := f.store.open(ctx, grants)
	if err != nil {
		return err
	}
	if flags.Changed("profile") && !*f.answer.quiet {
		say(s.err, "--profile is not used: all accounts in %s are looked up, unless --account says which", f.store.path)
	}
	return errors.Join(f.write(ctx, s, store), store.Close())
}

func (f *lookupFlags) write(ctx context.Context, s streams, store *schema.Store) error {
	if err := f.filter.settle(ctx, s, store, true); err != nil {
		return err
	}
	f.lookup.Filter = f.filter.Filter
	where := f.whole()
	if s.page != nil {
		if err := f.draw(ctx, s.page, store, where); err != nil {
			return err
		}
	}
	if limited := !where.Since.IsZero() || !where.Until.IsZero(); limited && !*f.answer.quiet {
		n, err := query.CountTimeless(ctx, store, where)
		if err != nil {
			return err
		}
		if n > 0 {
			say(s.err, "%s", query.Timeless(n))
		}
	}
	var rows int64
	var more bool
	var err error
	if f.answer.format == query.FormatParquet {
		rows, more, err = f.lookup.Export(ctx, store)
	} else {
		to, done, openErr := f.answer.stdout(s)
		if openErr != nil {
			return openErr
		}
		rows, more, err = f.lookup.Write(ctx, store, to.answer(), f.answer.format, to.screen())
		err = errors.Join(err, done())
	}
	if err != nil || *f.answer.quiet {
		return err
	}
	// Where something is found, each filter of one value has its events.
	if rows == 0 || f.lookup.HasChoices() {
		if err := f.filter.tellMisses(ctx, s, store); err != nil {
			return err
		}
	}
	switch {
	case rows == 0:
		return f.tellNothing(ctx, s, store)
	case more:
		say(s.err, "the newest %s events; there are more, --max-items says how many to print", query.Count(rows))
	case f.answer.to != "" || isTerminal(s.out):
		say(s.unheard(), "%s events", query.Count(rows))
	}
	return nil
}

// draw tells a page what the lookup is about.
func (f *lookupFlags) draw(ctx context.Context, p *answerPage, store *schema.Store, where query.Filter) error {
	c, err := query.Cover(ctx, store, where)
	if err != nil {
		return err
	}
	p.cover(&c)
	p.ask("Events looked up", "the events that fit all that was asked for, newest first")
	p.rows.Chart = "time"
	title := "Which events they are, newest first"
	if f.lookup.Text != "" || f.lookup.Pattern != nil {
		title += "; of these, the records were searched as they were delivered"
	}
	p.run(title, f.lookup.Statement().Inline())
	return p.know(ctx, store)
}

// tellNothing says whether what was looked for is not there, or was not loaded.
func (f *lookupFlags) tellNothing(ctx context.Context, s streams, store *schema.Store) error {
	l := &f.lookup
	c, err := query.Cover(ctx, store, f.whole())
	switch {
	case err != nil:
		return err
	case c.Events > 0:
		say(s.err, "nothing found: no match among %s", &c)
		return nil
	}
	var times []string
	if !l.Start.IsZero() {
		times = append(times, "--start-time")
	}
	if !l.End.IsZero() {
		times = append(times, "--end-time")
	}
	return tellNotLoaded(ctx, s, store, limiting(&l.Filter, times...))
}

// whole is all of the lookup's limits of time and place together.
func (f *lookupFlags) whole() query.Filter {
	l := &f.lookup
	where := l.Where()
	if l.Start.After(where.Since) {
		where.Since = l.Start
	}
	if after := l.End.Add(time.Microsecond); !l.End.IsZero() && (where.Until.IsZero() || after.Before(where.Until)) {
		where.Until = after // the end is included
	}
	return where
}

// prepare makes a lookup of the flags, or says what is wrong with them.
func (f *lookupFlags) prepare(flags *pflag.FlagSet, args []string) error {
	if f.input != "" {
		if err := f.takeInput(flags); err != nil {
			return err
		}
	}
	switch {
	case flags.Changed("query"):
		return &usageError{message: "--query is not one of ours", hint: "trailbox lookup ... | jq -r '.Events[].CloudTrailEvent'"}
	case flags.Changed("starting-token") || flags.Changed("next-token"):
		return &usageError{message: "there are no pages, so no token", hint: "leave it out, and --max-items too: all events come at once"}
	case (flags.Changed("max-items") || flags.Changed("max-results")) && f.lookup.MaxItems < 1:
		return &usageError{message: "--max-items is a number from 1 on", hint: "leave it out to get all events"}
	case len(args) > 0 && len(f.attributes) == 0:
		return &usageError{message: fmt.Sprintf("lookup takes no arguments: %q", args[0]), hint: "trailbox lookup --text WORD finds a word anywhere in a record"}
	}
	l := &f.lookup
	l.Category = query.Category(strings.ToLower(f.category))
	// The AWS CLI takes several values behind one flag.
	for _, text := range slices.Concat(f.attributes, args) {
		text, err := valueOrFile(text)
		if err != nil {
			return err
		}
		attributes, err := query.ParseAttributes(text)
		if err != nil {
			return f.misuse(err)
		}
		l.Attributes = append(l.Attributes, attributes...)
	}
	if err := l.Check(); err != nil {
		return f.misuse(err)
	}
	if err := f.filter.check(); err != nil {
		return err
	}
	if err := f.answer.check(f.store.path); err != nil {
		return err
	}
	if f.answer.isJSON() && len(f.answer.columns) > 0 {
		return &usageError{message: "--columns are for tables, CSV, Markdown and workbooks: JSON has the members that AWS gives it", hint: "-o csv"}
	}
	if f.pattern != "" {
		var err error
		if l.Pattern, err = regexp.Compile(f.pattern); err != nil {
			return &usageError{message: "--regex: " + err.Error(), hint: "--text takes a word as it is; (?i) at the beginning makes upper and lower case all one"}
		}
	}
	return nil
}

// takeInput takes --cli-input-json for the flags that are not given by themselves: an
// object as "aws cloudtrail lookup-events --generate-cli-skeleton" prints it.
func (f *lookupFlags) takeInput(flags *pflag.FlagSet) error {
	text, err := valueOrFile(f.input)
	if err != nil {
		return err
	}
	var input struct {
		LookupAttributes json.RawMessage
		StartTime        string
		EndTime          string
		EventCategory    string
		MaxResults       int
		NextToken        string
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&input); err != nil || dec.More() {
		return &usageError{
			message: "--cli-input-json is not the JSON of lookup-events",
			hint:    `--cli-input-json '{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"ConsoleLogin"}]}'`,
		}
	}
	for _, member := range [...]struct{ flag, value string }{
		{"lookup-attributes", string(input.LookupAttributes)},
		{"start-time", input.StartTime},
		{"end-time", input.EndTime},
		{"event-category", input.EventCategory},
		{"max-results", strings.TrimPrefix(strconv.Itoa(input.MaxResults), "0")}, // which is none
		{"next-token", input.NextToken},
	} {
		if member.value == "" || flags.Changed(member.flag) || member.flag == "max-results" && flags.Changed("max-items") {
			continue
		}
		if err := flags.Set(member.flag, member.value); err != nil {
			return &usageError{message: "--cli-input-json: " + err.Error(), hint: "trailbox help lookup"}
		}
	}
	return nil
}

// valueOrFile returns a flag's value, or, as the AWS CLI does, what is in the file that a
// value of file:// names.
func valueOrFile(value string) (string, error) {
	path, ok := strings.CutPrefix(value, "file://")
	if !ok {
		return value, nil
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

// attributeForm is how an attribute is written.
const attributeForm = `--lookup-attributes AttributeKey=EventName,AttributeValue=ConsoleLogin`

// misuse makes a usage error of what is wrong with a lookup: which flag it is, and what
// would have worked.
func (f *lookupFlags) misuse(err error) error {
	var category *query.CategoryError
	var times *query.TimesError
	var attribute *query.AttributeError
	var syntax *query.AttributeSyntaxError
	switch {
	case errors.As(err, &category):
		return &usageError{
			message: fmt.Sprintf("%q is not a category of events", f.category),
			hint:    suggest("--event-category ", string(category.Category), category.Choices, "trailbox help lookup"),
		}
	case errors.As(err, &times):
		return &usageError{
			message: fmt.Sprintf("--start-time %s is after --end-time %s", f.start.text, f.end.text),
			hint:    "exchange them; both are included",
		}
	case errors.As(err, &attribute):
		return attributeMisuse(attribute)
	case errors.As(err, &syntax):
		return syntaxMisuse(syntax)
	}
	return err
}

func attributeMisuse(e *query.AttributeError) error {
	key := string(e.Attribute.Key)
	switch e.Problem {
	case query.AttributeIncomplete:
		return &usageError{message: "--lookup-attributes needs an AttributeKey and an AttributeValue, neither of them empty", hint: attributeForm}
	case query.AttributeUnknown:
		return &usageError{message: e.Error(), hint: suggest("AttributeKey=", key, e.Choices, "trailbox help lookup")}
	case query.AttributeNotOfInsights:
		return &usageError{message: e.Error(), hint: "look them up by " + strings.Join(e.Choices, ", ")}
	}
	value := "false"
	if e.Attribute.Key == query.KeyEventID {
		value = "01234567-89ab-4cde-8f01-23456789abcd"
	}
	return &usageError{message: e.Error(), hint: "AttributeKey=" + key + ",AttributeValue=" + value}
}

func syntaxMisuse(e *query.AttributeSyntaxError) error {
	message := "--lookup-attributes: " + e.Error()
	switch e.Problem {
	case query.NotJSON:
		return &usageError{
			message: "--lookup-attributes is " + e.Error(),
			hint:    `--lookup-attributes '[{"AttributeKey":"EventName","AttributeValue":"ConsoleLogin"}]'`,
		}
	case query.NoneBehind:
		return &usageError{message: message, hint: `put a value with commas in quotes: 'AttributeKey=ResourceName,AttributeValue="a,b"'`}
	case query.TwiceThere:
		return &usageError{message: message, hint: "for two attributes, give the flag twice; both must fit"}
	case query.QuoteOpen:
		return &usageError{message: message, hint: `'AttributeKey=ResourceName,AttributeValue="a,b"'`}
	}
	return &usageError{message: message, hint: attributeForm}
}

// An awsTimeValue is a flag that takes a time as the AWS CLI does.
type awsTimeValue struct{ timeValue }

func (v *awsTimeValue) Set(text string) error {
	t, err := parseAWSTime(text, time.Now())
	if err != nil {
		return err
	}
	*v.time, v.text = t, text
	return nil
}

// epochSeconds are seconds since 1970, from 1973 on: fewer digits are a date.
var epochSeconds = regexp.MustCompile(`^\d{9,11}(\.\d+)?$`)

// parseAWSTime reads a time in the forms that CloudTrail's user guide gives for
// lookup-events, or as [query.ParseTime] does; in UTC unless it says otherwise.
func parseAWSTime(text string, now time.Time) (time.Time, error) {
	if epochSeconds.MatchString(text) {
		seconds, err := strconv.ParseFloat(text, 64)
		return time.UnixMicro(int64(seconds * 1e6)).UTC(), err
	}
	t, err := query.ParseTime(text, now, time.UTC)
	if err == nil {
		return t, nil
	}
	spaced := strings.Join(strings.Fields(strings.ReplaceAll(strings.ToUpper(text), ",", " ")), " ")
	for _, date := range [...]string{time.DateOnly, "1-2-2006", "1/2/2006", "2006/1/2"} {
		for _, clock := range [...]string{"", " 15:04", " 15:04:05", " 3:04PM", " 3:04 PM"} {
			if t, err := time.Parse(date+clock, spaced); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, err
}
