package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

// filterFlags are the flags that say which events: of report, lookup and alarm.
type filterFlags struct {
	query.Filter
	times scopeFlags
	zone  zoneValue
}

// defineZone defines --tz, for commands whose answers have times in tables.
func (f *filterFlags) defineZone(flags *pflag.FlagSet) {
	flags.Var(&f.zone, "tz", "read dates, and show times in tables, in this time `ZONE`, such as Europe/Paris (default UTC)")
}

func (f *filterFlags) define(flags *pflag.FlagSet) {
	f.times.defineTimes(flags)
	match := func(m *query.Match, name, usage string) { flags.Var(&matchValue{match: m}, name, usage) }
	match(&f.Account, "account", "only these accounts (`ID`,...)")
	match(&f.Region, "aws-region", "only these Regions (`REGION`,...)")
	f.defineEvents(flags)
}

// defineEvents defines the flags that are neither about times nor about places.
func (f *filterFlags) defineEvents(flags *pflag.FlagSet) {
	match := func(m *query.Match, name, usage string) { flags.Var(&matchValue{match: m}, name, usage) }
	match(&f.Actor, "actor", "only what this `NAME` did")
	match(&f.CallerAccount, "caller-account", "only what callers of this account (`ID`) did")
	match(&f.EventName, "event-name", "only this `API` call")
	match(&f.EventSource, "event-source", "only this `SERVICE`, such as s3 or s3.amazonaws.com")
	match(&f.Resource, "resource", "only what touched this `RESOURCE`")
	match(&f.SourceIP, "source-ip", "only calls from this `ADDRESS`, or a range such as 203.0.113.0/24")
	match(&f.AccessKey, "access-key", "only what was done with this `KEY`")
	match(&f.UserAgent, "user-agent", "only what this `AGENT` did, such as '*boto3*'")
	match(&f.ErrorCode, "error-code", "only what failed with this `CODE`")
	flags.Var(&optionalBool{&f.ReadOnly}, "read-only", "only reads (`true`) or only changes (false)")
	flags.BoolVar(&f.ErrorsOnly, "errors-only", false, "only what failed")
	for _, short := range [...]struct{ name, short string }{
		{"actor", "user"}, {"event-name", "event"}, {"access-key", "key"}, {"source-ip", "ip"},
	} {
		alias(flags, short.name, short.short)
	}
}

// alias gives a flag another name besides, unless a flag of the command's own has it.
func alias(flags *pflag.FlagSet, name, other string) {
	if flags.Lookup(other) != nil {
		return
	}
	f := flags.Lookup(name)
	flags.Var(f.Value, other, "the same as --"+name)
	flags.Lookup(other).Hidden = true
}

// check tidies the flags up, and says what is wrong with them together.
func (f *filterFlags) check() error {
	if zone := f.zone.zone; zone != nil {
		if err := errors.Join(f.times.since.in(zone), f.times.until.in(zone)); err != nil {
			return err
		}
	}
	if err := f.times.check(); err != nil {
		return err
	}
	f.Scope = f.times.Scope
	return nil
}

// settle makes sure that the filter means what it says, by what the store has, if there is
// one; of values that no event has it says so, unless it is to be quiet.
func (f *filterFlags) settle(ctx context.Context, s streams, store *schema.Store, quiet bool) error {
	if err := f.Settle(ctx, store); err != nil {
		return matchMisuse(err)
	}
	if store == nil || quiet {
		return nil
	}
	return f.tellMisses(ctx, s, store)
}

// tellMisses says of which values there is no event.
func (f *filterFlags) tellMisses(ctx context.Context, s streams, store *schema.Store) error {
	misses, err := f.Misses(ctx, store)
	if len(misses) > 0 {
		s.page.warn()
	}
	for i := range misses {
		say(s.err, "%s", &misses[i])
	}
	return err
}

// matchMisuse makes a usage error of a value that no event could have.
func matchMisuse(err error) error {
	var match *query.MatchError
	if !errors.As(err, &match) {
		return err
	}
	u := &usageError{message: fmt.Sprintf("--%s %s", match.Filter, match.Error()), hint: "trailbox help filters"}
	if match.Filter != "" {
		u.hint = fmt.Sprintf("--%s =%s takes it as it is", match.Filter, match.Text)
	}
	if match.Nearest != "" {
		u.hint = fmt.Sprintf("did you mean --%s %s?", match.Filter, match.Nearest)
	}
	return u
}

// limiting names the flags that say where to look, with those that a command has for times
// besides.
func limiting(f *query.Filter, times ...string) []string {
	var names []string
	add := func(given bool, more ...string) {
		if given {
			names = append(names, more...)
		}
	}
	add(!f.Since.IsZero(), "--since")
	add(!f.Until.IsZero(), "--until")
	add(true, times...)
	add(f.Account.Given(), "--account")
	add(f.Region.Given(), "--aws-region")
	return names
}

// A matchValue is a flag that takes values: see [query.Match.Add].
type matchValue struct {
	match *query.Match
	text  string
	texts []string // of all times that it was given
}

func (v *matchValue) String() string { return v.text }
func (v *matchValue) Type() string   { return "match" }

func (v *matchValue) Set(text string) error {
	v.text, v.texts = text, append(v.texts, text)
	if text == "" {
		return nil // which is told of all flags alike
	}
	return v.match.Add(text, os.ReadFile)
}

// filterNames are the names of the flags of a filter.
func filterNames() (names []string) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(filterFlags).define(flags)
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
